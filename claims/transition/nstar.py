"""The statistics of claims about where the transition is, from searches for N*."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from claims.core.register import Measured
from claims.core.statistics import no_estimate, worst_case

Results = Mapping[str, Any]


def exponent_of_random(results: Results) -> Measured:
    """J5: the exponent of N*(P) for random points, of the depth farthest from 1."""
    found = results["nstar-random"]
    most = float((found.n_star / found.P).max())
    spread = _spread(found)
    text = f"Exponent of N* ~ P^a; N*/P is at most {most:.2f}, depths differ by up to {spread:.0%}"
    return worst_case(_exponents(found), 1.0, text)


def exponent_of_mnist(results: Results) -> Measured:
    """J7: the exponent of N*(P) for MNIST, of the depth farthest from 3/4."""
    found, random = results["nstar-mnist"], results["nstar-random"]
    shared = [P for P in found.P.values if P in random.P.values and P >= 500]
    below = [float(found.n_star.sel(P=P).max() / random.n_star.sel(P=P).mean()) for P in shared]
    said = f"; at most {max(below):.2f} of N* of random points" if below else ""
    text = f"Exponent of N* ~ P^a{said}, depths differ by up to {_spread(found):.0%}"
    return worst_case(_exponents(found), 0.775, text)


def learning_times(results: Results) -> Measured:
    """J6: the exponent of N*(P) at the longest time."""
    found: xr.Dataset = results["learning-time"]
    n = found.n_star.values  # [t, P]
    last, there = found.isel(t=-1), np.isfinite(n[-1])
    if there.sum() < 2:
        return no_estimate("N* at the longest time is known for fewer than two P")
    falls = n[:-1] >= n[1:]
    known = np.isfinite(n[:-1]) & np.isfinite(n[1:])
    ln_P = np.log(found.P.values[there].astype(float))
    ln_n = [np.log(last[k].values[there]) for k in ("n_star", "n_star_low", "n_star_high")]
    slopes = [float(np.polyfit(ln_P, y, 1)[0]) for y in ln_n]
    # the ends of the intervals, crossed: the steepest and the flattest line between them
    tilt = np.linspace(-1, 1, len(ln_P))
    half = (ln_n[2] - ln_n[1]) / 2
    low, high = sorted(float(np.polyfit(ln_P, ln_n[0] + s * tilt * half, 1)[0]) for s in (-1, 1))
    text = (
        f"Exponent of N* ~ P^a after {int(found.t[-1])} steps; N* falls with time in"
        f" {int((falls & known).sum())} of {int(known.sum())} steps of time"
    )
    return Measured(slopes[0], low, high, int(there.sum()), text)


def optimisers(results: Results) -> Measured:
    """J25: N* of SGD by that of ADAM, at the P farthest from 1."""
    adam, sgd = results["nstar-random"].sel(L=2), results["nstar-random-sgd"].sel(L=2)
    found = []
    for P in [P for P in sgd.P.values if P in adam.P.values]:
        one, two = sgd.sel(P=P), adam.sel(P=P)
        ratio = one.n_star_sample.values / two.n_star_sample.values
        value = float(one.n_star / two.n_star)
        if np.isfinite(value):
            low, high = np.nanquantile(ratio, [0.025, 0.975])
            found.append((f"P = {P}", Measured(value, float(low), float(high), 1, "")))
    spread = [
        float(np.nanstd(np.log(adam.sel(P=P).n_star_sample.values))) for P in adam.P.values[[0, -1]]
    ]
    text = (
        "N* of SGD by that of ADAM, random points, L = 2; the spread of ln N* over seeds goes"
        f" from {spread[0]:.3f} to {spread[1]:.3f} between the smallest and the largest P"
    )
    return worst_case(found, 1.0, text)


def _exponents(found: xr.Dataset) -> list[tuple[str, Measured]]:
    runs = found.sizes["P"]
    rows = []
    for L in found.L.values:
        one = found.sel(L=L)
        value, low, high = (float(one[k]) for k in ("exponent", "exponent_low", "exponent_high"))
        known = np.isfinite(value)
        measured = Measured(value, low, high, runs, "") if known else no_estimate("not bracketed")
        rows.append((f"L = {L}", measured))
    return rows


def _spread(found: xr.Dataset) -> float:
    """The largest N* of any depth by the smallest at the same P, less 1; at the largest P."""
    n = found.isel(P=-1).n_star.values
    return float(np.nanmax(n) / np.nanmin(n) - 1)
