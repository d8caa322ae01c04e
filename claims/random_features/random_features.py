"""The statistics of claims about random features, from `sweeps.random_features`."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float

from claims.core.register import Measured
from claims.core.statistics import SAMPLES, no_estimate, resampled

Results = Mapping[str, Any]

NAME, HALF = "random-features", "random-features-half"
# Error bars wider than this, as a share of the value, could not tell the theory from another.
PRECISE = 0.1


def peak(results: Results) -> Measured:
    """X1: h / P at the largest test error of the read-out of the smallest norm.

    The median over seeds, as at h = P the mean over them does not exist.
    """
    found = results[NAME]
    at = _at(found, 0.0)
    if at is None or found.sizes["h"] < 5:
        return no_estimate("five widths are needed, with the read-out of the smallest norm")
    rows = at.single.median("member").transpose("seed", "h").values
    ratio = found.h.values / found.attrs["P"]
    if not ratio.min() < 0.5 < 2 <= ratio.max():
        return no_estimate(
            f"widths from {ratio.min():g} to {ratio.max():g} P do not show both sides"
        )
    draws = np.random.default_rng(0).integers(0, len(rows), (SAMPLES, len(rows)))
    each = ratio[np.median(rows[draws], axis=1).argmax(axis=1)]
    low, high = np.quantile(each, [0.025, 0.975])
    curve = np.median(rows, axis=0)
    where = int(curve.argmax())
    down, up = curve[:where].min(initial=np.inf), curve[where:].min()
    text = (
        "h/P at the largest median test error, smallest norm;"
        f" {curve[where]:.3g} there, {down:.3g} at its lowest before and {up:.3g} after"
    )
    return Measured(float(ratio[where]), float(low), float(high), len(rows), text)


def flattened(results: Results) -> Measured:
    """X2: at h = 1.1 P, the ensemble's error by what the peak adds to that of one network."""
    found = results[NAME]
    at = _at(found, 0.0)
    ratio = found.h.values / found.attrs["P"]
    near = int(np.abs(ratio - 1.1).argmin())
    if at is None or abs(ratio[near] - 1.1) > 0.02 or ratio.max() < 2 or found.sizes["seed"] < 2:
        return no_estimate(
            "two seeds at h = 1.1 P and beyond 2 P are needed, with the smallest norm"
        )
    single = at.single.mean("member").transpose("seed", "h").values
    ensemble = at.ensemble.transpose("seed", "h").values[:, near]
    # what one network has more than the widest one, which is next to its limit
    rows = np.stack([ensemble, single[:, near], single[:, -1]], axis=1)
    draws = np.random.default_rng(0).integers(0, len(rows), (SAMPLES, len(rows)))
    value = float(_share(rows.mean(axis=0)))
    mean = rows.mean(axis=0)
    text = (
        f"Error of the mean of {found.attrs['members']} networks at h = 1.1 P ({mean[0]:.3g}) by"
        f" the excess of one there ({mean[1]:.3g}) above one at {ratio.max():g} P ({mean[2]:.3g})"
    )
    return resampled(value, _share(rows[draws].mean(axis=1)), len(rows), text)


def _share(means: Float[np.ndarray, "*draws 3"]) -> Float[np.ndarray, "*draws"]:
    return np.asarray(means[..., 0] / (means[..., 1] - means[..., 2]))


def agreement(results: Results) -> Measured:
    """X5: the largest distance to theory over all widths, in standard errors, with a ridge.

    Of networks and ensembles, at the two sizes d extrapolated to 1/d = 0: theory is of that limit,
    and what a finite d changes goes as 1/d. Where errors are too large to tell there is no number.
    """
    large, small = results[NAME], results[HALF]
    ridges = [lam for lam in large.ridge.values.tolist() if lam > 0]
    seeds = min(large.sizes["seed"], small.sizes["seed"])
    if not ridges or not set(ridges) <= set(small.ridge.values.tolist()) or seeds < 5:
        return no_estimate("five seeds are needed, and a ridge, at which the peak is finite")
    ours, theirs = (one.h.values / one.attrs["P"] for one in (large, small))
    if ours.shape != theirs.shape or not np.allclose(ours, theirs, rtol=0.01):
        return no_estimate("the two sizes have not the same h / P")
    z, sizes, off = (
        np.concatenate(rows)
        for rows in zip(
            *(
                _distance(large.sel(ridge=lam), small.sel(ridge=lam), name)
                for lam in ridges
                for name in ("single", "ensemble")
            ),
            strict=True,
        )
    )
    if sizes.max() > PRECISE:
        return no_estimate(
            f"standard errors of up to {sizes.max():.0%} of the value: more seeds needed"
        )
    text = (
        f"Largest distance to theory in standard errors, which are {np.median(sizes):.1%} of the"
        f" value, d = {small.attrs['d']} and {large.attrs['d']} extrapolated;"
        f" {int((np.abs(z) < 1.96).sum())} of {z.size} points within 1.96, mean square"
        f" {np.mean(z**2):.2f}; without, at d = {large.attrs['d']}, at most {np.abs(off).max():.1%}"
        " off"
    )
    return Measured(float(np.abs(z).max()), None, None, z.size, text)


def _distance(
    large: xr.Dataset, small: xr.Dataset, name: str
) -> tuple[Float[np.ndarray, " h"], Float[np.ndarray, " h"], Float[np.ndarray, " h"]]:
    """Of each width: distance to theory in errors, error by value, and what the larger d is off."""
    exact = large[f"{name}_theory"].values
    means, errors = [], []
    for one in (large, small):
        rows = one[name].mean("member") if "member" in one[name].dims else one[name]
        values = rows.transpose("seed", "h").values
        means.append(values.mean(axis=0))
        errors.append(values.std(axis=0, ddof=1) / np.sqrt(len(values)))
    d, half = float(large.attrs["d"]), float(small.attrs["d"])
    weights = d / (d - half), -half / (d - half)
    error = np.hypot(weights[0] * errors[0], weights[1] * errors[1])
    limit = weights[0] * means[0] + weights[1] * means[1]
    return (limit - exact) / error, error / exact, means[0] / exact - 1


def trained(results: Results) -> Measured:
    """X6: the largest relative distance of the error after gradient flow to its closed form."""
    found = results[NAME]
    if not found.sizes["run"]:
        return no_estimate("no network was trained by gradient flow")
    off = np.abs(found.flow.values / found.closed.values - 1)
    ratios = sorted({f"{h / found.attrs['P']:g}" for h in found.flow_h.values})
    text = f"Largest relative distance, networks of h/P = {', '.join(ratios)}"
    return Measured(float(off.max()), None, None, off.size, text)


def _at(found: xr.Dataset, lam: float) -> xr.Dataset | None:
    return found.sel(ridge=lam) if lam in found.ridge.values else None
