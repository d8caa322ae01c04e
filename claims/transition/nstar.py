"""The statistics of claims about where the transition is, from searches for N*."""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from claims.core import statistics as st
from claims.core.register import Measured


def exponent_of_random(found: xr.Dataset) -> Measured:
    """J5: the exponent of N*(P) for random points, of the depth farthest from 1."""
    most = float((found.n_star / found.P).max())
    spread = _spread(found)
    text = f"Exponent of N* ~ P^a; N*/P is at most {most:.2f}, depths differ by up to {spread:.0%}"
    return st.worst_case(_exponents(found), 1.0, text)


def exponent_of_mnist(found: xr.Dataset, random: xr.Dataset) -> Measured:
    """J7: the exponent of N*(P) for MNIST, of the depth farthest from 3/4."""
    shared = [P for P in found.P.values if P in random.P.values and P >= 500]
    below = [float(found.n_star.sel(P=P).max() / random.n_star.sel(P=P).mean()) for P in shared]
    said = f"; at most {max(below):.2f} of N* of random points" if below else ""
    text = f"Exponent of N* ~ P^a{said}, depths differ by up to {_spread(found):.0%}"
    return st.worst_case(_exponents(found), 0.775, text)


def learning_times(found: xr.Dataset) -> Measured:
    """J6: the exponent of N*(P) at the longest time."""
    n = found.n_star.values  # [t, P]
    last, there = found.isel(t=-1), np.isfinite(n[-1])
    if there.sum() < 2:
        return st.no_estimate("N* at the longest time is known for fewer than two P")
    falls = n[:-1] >= n[1:]
    known = np.isfinite(n[:-1]) & np.isfinite(n[1:])
    ln_P = np.log(found.P.values[there].astype(float))
    ln_n, ln_low, ln_high = (
        np.log(last[name].values[there]) for name in ("n_star", "n_star_low", "n_star_high")
    )

    def slope(y: np.ndarray) -> float:
        return float(np.polyfit(ln_P, y, 1)[0])

    # the ends of the intervals, crossed: the steepest and the flattest line between them
    tilt = np.linspace(-1, 1, len(ln_P)) * (ln_high - ln_low) / 2
    low, high = sorted((slope(ln_n - tilt), slope(ln_n + tilt)))
    text = (
        f"Exponent of N* ~ P^a after {int(found.t[-1])} steps; N* falls with time in"
        f" {int((falls & known).sum())} of {int(known.sum())} steps of time"
    )
    return Measured(slope(ln_n), low, high, int(there.sum()), text)


def optimisers(adam: xr.Dataset, sgd: xr.Dataset) -> Measured:
    """J25: N* of SGD divided by that of ADAM, at the P farthest from 1."""
    adam, sgd = adam.sel(L=2), sgd.sel(L=2)

    def ratios() -> Iterator[tuple[str, Measured]]:
        for P in [P for P in sgd.P.values if P in adam.P.values]:
            one, two = sgd.sel(P=P), adam.sel(P=P)
            value = float(one.n_star / two.n_star)
            if np.isfinite(value):
                each = one.n_star_sample.values / two.n_star_sample.values
                low, high = np.nanquantile(each, [0.025, 0.975])
                yield f"P = {P}", Measured(value, float(low), float(high), 1, "")

    spread = np.nanstd(np.log(adam.n_star_sample.transpose("P", "sample").values), axis=1)
    text = (
        "N* of SGD divided by that of ADAM, random points, L = 2; the spread of ln N* over seeds"
        f" goes from {spread[0]:.3f} to {spread[-1]:.3f} between the smallest and the largest P"
    )
    return st.worst_case(ratios(), 1.0, text)


def _exponents(found: xr.Dataset) -> Iterator[tuple[str, Measured]]:
    for L in found.L.values:
        yield f"L = {L}", st.measured(st.stored(found.sel(L=L), "exponent"), found.sizes["P"])


def _spread(found: xr.Dataset) -> float:
    """The largest N* of any depth divided by the smallest at the largest P, minus 1."""
    n = found.isel(P=-1).n_star.values
    return float(np.nanmax(n) / np.nanmin(n) - 1)
