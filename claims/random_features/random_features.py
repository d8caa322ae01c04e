"""The statistics of claims about random features, from `sweeps.random_features`."""

import itertools

import numpy as np
import xarray as xr
from jaxtyping import Float

from claims.core import statistics as st
from claims.core.register import NORMAL, Measured

# Error bars wider than this, as a share of the value, could not tell the theory from another.
PRECISE = 0.1


def peak(found: xr.Dataset) -> Measured:
    """h/P at the largest median test error, smallest norm; {peak:.3g} there, {before:.3g} at its
    lowest before and {after:.3g} after."""
    # The median over seeds, as at h = P the mean over them does not exist.
    if 0.0 not in found.ridge.values or found.sizes["h"] < 5:
        return st.no_estimate("five widths are needed, with the read-out of the smallest norm")
    rows = found.single.sel(ridge=0.0).median("member").transpose("seed", "h").values
    ratio = found.h.values / found.attrs["P"]
    if not ratio.min() < 0.5 < 2 <= ratio.max():
        span = f"{ratio.min():g} to {ratio.max():g} P"
        return st.no_estimate(f"widths from {span} do not show both sides")
    each = ratio[np.median(rows[st.draws(len(rows))], axis=1).argmax(axis=1)]
    curve = np.median(rows, axis=0)
    where = int(curve.argmax())
    before, after = curve[:where].min(initial=np.inf), curve[where:].min()
    number = st.percentiles(ratio[where], each, len(rows))
    return number.saying(peak=curve[where], before=before, after=after)


def flattened(found: xr.Dataset) -> Measured:
    """Error of the mean of {members} networks at h = 1.1 P ({mean:.3g}) divided by the excess of
    one there ({one:.3g}) above one at {wide:g} P ({widest:.3g})."""
    # What one network has more than the widest, which is next to its limit, is what the peak adds.
    ratio = found.h.values / found.attrs["P"]
    near = int(np.abs(ratio - 1.1).argmin())
    there = 0.0 in found.ridge.values and abs(ratio[near] - 1.1) <= 0.02 and ratio.max() >= 2
    if not there or found.sizes["seed"] < 2:
        needed = "two seeds at h = 1.1 P and beyond 2 P"
        return st.no_estimate(f"{needed} are needed, with the smallest norm")
    at = found.sel(ridge=0.0).transpose("seed", "h", ...)
    single = at.single.mean("member").values
    rows = np.stack([at.ensemble.values[:, near], single[:, near], single[:, -1]])

    def share(runs: np.ndarray) -> float:
        many, one, widest = rows[:, runs].mean(1)
        return float(many / (one - widest))

    mean, one, widest = rows.mean(1)
    said = {"members": found.attrs["members"], "wide": ratio.max()}
    return st.bootstrap(share, rows.shape[1]).saying(mean=mean, one=one, widest=widest, **said)


def height(found: xr.Dataset) -> Measured:
    """Largest median error of one network divided by that at {wide:g} P ({last:.3g}), smallest
    norm."""
    ratio, single, _ = _smallest_norm(found)

    def of(rows: np.ndarray) -> float:
        curve = np.median(single[rows], axis=0)
        return float(curve.max() / curve[-1])

    last = float(np.median(single[:, -1]))
    return st.bootstrap(of, len(single), log=True).saying(wide=ratio[-1], last=last)


def gain(found: xr.Dataset) -> Measured:
    """Mean error of one network minus that of the mean of {members}, at 2 P ({near:.3g}), divided
    by the same at {wide:g} P ({far:.3g})."""
    ratio, single, ensemble = _smallest_norm(found)
    i = int(np.abs(ratio - 2).argmin())

    def gains(rows: np.ndarray) -> np.ndarray:
        return np.asarray((single - ensemble)[rows][:, [i, -1]].mean(0))

    near, far = gains(np.arange(len(single)))
    said = {"members": found.attrs["members"], "near": near, "far": far, "wide": ratio[-1]}
    ratios = st.bootstrap(lambda rows: float(np.divide(*gains(rows))), len(single), log=True)
    return ratios.saying(**said)


def steady(found: xr.Dataset) -> Measured:
    """Largest mean error of the mean of {members} networks from 2 P to {wide:g} P divided by the
    smallest, minus 1."""
    ratio, _, ensemble = _smallest_norm(found)
    beyond = ensemble[:, ratio >= 2]

    def of(rows: np.ndarray) -> float:
        curve = beyond[rows].mean(0)
        return float(curve.max() / curve.min() - 1)

    said = {"members": found.attrs["members"], "wide": ratio[-1]}
    return st.bootstrap(of, len(beyond)).saying(**said)


def _smallest_norm(found: xr.Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """h / P [h], errors of one network (mean over members) and of ensembles, both [seed, h]."""
    at = found.sel(ridge=0.0).transpose("seed", "h", ...)
    ratio = found.h.values / found.attrs["P"]
    return ratio, at.single.mean("member").values, at.ensemble.values


def agreement(large: xr.Dataset, small: xr.Dataset) -> Measured:
    """Largest distance to theory in standard errors, which are {size:.1%} of the value, d = {half}
    and {d} extrapolated; {within} of {n} points within 1.96, mean square {square:.2f}; without, at
    d = {d}, at most {off:.1%} off.

    Over all widths, with a ridge, of networks and ensembles, at the two sizes d extrapolated to
    1/d = 0: theory is of that limit, and what a finite d changes goes as 1/d. Where errors are too
    large to tell there is no number.
    """
    ridges = [lam for lam in large.ridge.values.tolist() if lam > 0]
    seeds = min(large.sizes["seed"], small.sizes["seed"])
    if not ridges or not set(ridges) <= set(small.ridge.values.tolist()) or seeds < 5:
        return st.no_estimate("five seeds are needed, and a ridge, at which the peak is finite")
    ours, theirs = (one.h.values / one.attrs["P"] for one in (large, small))
    if ours.shape != theirs.shape or not np.allclose(ours, theirs, rtol=0.01):
        return st.no_estimate("the two sizes have not the same h / P")
    cases = itertools.product(ridges, ("single", "ensemble"))
    each = [_distance(large.sel(ridge=lam), small.sel(ridge=lam), name) for lam, name in cases]
    z, sizes, off = np.concatenate(each, axis=1)
    if sizes.max() > PRECISE:
        said = f"standard errors of up to {sizes.max():.0%} of the value"
        return st.no_estimate(f"{said}: more seeds needed")
    return st.exact(np.abs(z).max(), z.size).saying(
        size=np.median(sizes),
        half=small.attrs["d"],
        d=large.attrs["d"],
        within=int((np.abs(z) < NORMAL).sum()),
        n=z.size,
        square=np.mean(z**2),
        off=np.abs(off).max(),
    )


def _distance(large: xr.Dataset, small: xr.Dataset, name: str) -> Float[np.ndarray, "3 h"]:
    """Of each width: distance to theory in errors, error by value, and what the larger d is off."""
    exact = large[f"{name}_theory"].values
    rows = [one[name].transpose("h", "seed", ...).values for one in (large, small)]
    each = [x.mean(2) if x.ndim > 2 else x for x in rows]  # over members
    mean, other = (x.mean(1) for x in each)
    error, its_error = (x.std(1, ddof=1) / x.shape[1] ** 0.5 for x in each)
    d, half = float(large.attrs["d"]), float(small.attrs["d"])
    limit = (d * mean - half * other) / (d - half)
    error = np.hypot(d * error, half * its_error) / abs(d - half)
    return np.stack([(limit - exact) / error, error / exact, mean / exact - 1])


def trained(found: xr.Dataset) -> Measured:
    """Largest relative distance, networks of h/P = {ratios}."""
    if not found.sizes["run"]:
        return st.no_estimate("no network was trained by gradient flow")
    off = np.abs(found.flow.values / found.closed.values - 1)
    ratios = sorted({f"{h / found.attrs['P']:g}" for h in found.flow_h.values})
    return st.exact(off.max(), off.size).saying(ratios=", ".join(ratios))
