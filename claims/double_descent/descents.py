"""The statistics of claims about double descent, with places on scans of N in units of N*."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import xarray as xr
from jaxtyping import Bool, Float

from analysis.double_descent.estimates import (
    beyond,
    networks,
    perturbation,
    rows,
    scan,
    scans,
    training_sets,
)
from claims.core import statistics as st
from claims.core.register import Measured
from jamming.fits.seeds import mean_over_seeds

# A peak is looked for from here on: far below, small networks learn too little
PAST = 0.4
# channels from which on a convolutional network is more than a few filters
SOME = 8
FINAL_AND_EARLY = ("test_error", "early_error")

Scans = tuple[xr.Dataset, ...]
Curve = Float[np.ndarray, " _"]
Near = Bool[np.ndarray, " _"]


def at(x: Curve, y: Curve, place: float) -> float:
    """y at a place, interpolated in ln x; NaN beyond the ends."""
    there = np.isfinite(y)
    x, y = x[there], y[there]
    if not x.size or not x[0] <= place <= x[-1]:
        return math.nan
    return float(np.interp(math.log(place), np.log(x), y))


def location(*found: xr.Dataset) -> Measured:
    """Factor between N* and the N of the largest test error from 0.4 N* on."""

    def factor(u: Curve, error: Curve) -> float:
        place, _ = _peak(u, error)
        return max(place, 1 / place)

    return st.at_least(st.worst_case(_of_errors(found, factor), 1.0), 1.0)


def height(*found: xr.Dataset) -> Measured:
    """Largest test error, divided by that at 10 N*."""
    each = _of_errors(found, lambda u, error: _peak(u, error)[1] / at(u, error, 10.0))
    return st.worst_case(each, math.inf)


def rise(*found: xr.Dataset) -> Measured:
    """Rise of the error, from its smallest value at smaller N to its maximum from 0.4 N* on."""
    # Both places are those of all other runs, so that a run has no part in their choice.
    each = []
    for name, one in _scans(found):
        u, error = one.place.values, rows(one, "test_error")
        rises = [_rise_to_peak(u, error, s) for s in range(error.shape[1])]
        each.append((name, st.of_mean(rises)))
    return st.worst_case(each, math.inf)


def _rise_to_peak(u: Curve, error: Float[np.ndarray, "h seed"], s: int) -> float:
    mean = mean_over_seeds(np.delete(error, s, 1))
    place, _ = _peak(u, mean)
    if math.isnan(place):
        return math.nan
    top = int(np.searchsorted(u, place))
    return float(error[top, s] - error[int(mean[: top + 1].argmin()), s])


def early_stopping(*found: xr.Dataset) -> Measured:
    """Largest gain of early stopping within a factor of two of N*, divided by that at 10 N*, in
    the scan where this is least."""
    each = []
    for name, one in _scans(found):
        u, ends = one.place.values, [rows(one, of) for of in FINAL_AND_EARLY]
        near = (u >= 0.5) & (u <= 2.0)

        def gain(end: Curve, early: Curve, u: Curve = u, near: Near = near) -> float:
            far = at(u, end - early, 10.0)
            return float((end - early)[near].max()) / far if near.any() and far > 0 else math.nan

        most = float(mean_over_seeds(ends[0] - ends[1])[near].max(initial=-math.inf))
        each.append((f"{name}, at most {most:.3f}", st.of_curves(gain, *ends)))
    return st.worst_case(each, math.inf)


def far_gain(found: xr.Dataset) -> Measured:
    """Final minus smallest earlier test error at 10 N*."""
    one = scan(found)
    u, ends = one.place.values, (rows(one, name) for name in FINAL_AND_EARLY)
    return st.of_curves(lambda end, early: at(u, end - early, 10.0), *ends)


def early_rise(found: xr.Dataset) -> Measured:
    """Largest rise of the early-stopped error with N, between 0.4 and 10 N*; {final:.3f}
    without early stopping."""
    some = beyond(scan(found), PAST, 10.0)
    if some.sizes["h"] < 3:
        return st.no_estimate("{text}: too few widths")
    final = _rise(mean_over_seeds(rows(some, "test_error")))
    return st.at_least(st.of_curves(_rise, rows(some, "early_error")), 0.0).saying(final=final)


def descending(found: xr.Dataset) -> Measured:
    """Smaller of the relative falls of the error from 2 to 10 and from 10 to 100 N*; it is
    {errors}."""
    one = scan(found)
    u, error = one.place.values, rows(one, "test_error")

    def errors(error: Curve) -> list[float]:
        return [at(u, error, place) for place in (2.0, 10.0, 100.0)]

    def smaller(error: Curve) -> float:
        near, far, farther = errors(error)
        return min(1 - far / near, 1 - farther / far)

    said = ", ".join(f"{each:.4f}" for each in errors(mean_over_seeds(error)))
    return st.of_curves(smaller, error).saying(errors=said)


def time_to_fit(found: xr.Dataset) -> Measured:
    """Rank correlation of N and steps over runs that fit; medians go from {medians}."""
    # On each training set, and the mean over these, as its networks are not independent.
    one = networks(found)
    past = one.isel(h=np.flatnonzero((one.N > one.n_star) & (one.lr >= one.attrs["most"])))
    fits, steps = rows(past, "fitted") > 0, rows(past, "ticks")
    if not fits.any():
        return st.no_estimate("no network fits")
    ends = [f"{np.median(steps[i][fits[i]]):.0f}" for i in (0, -1) if fits[i].any()]
    N = np.broadcast_to(past.N.values[:, None], steps.shape)
    sets = np.split(np.arange(steps.shape[1]), training_sets(found))
    each = [
        st.spearman(N[:, those][fits[:, those]].tolist(), steps[:, those][fits[:, those]].tolist())
        for those in sets
    ]
    if len(each) == 1:
        number = each[0]
    else:
        number = st.of_mean(math.nan if x.value is None else x.value for x in each)
    return number.saying(medians=" to ".join(ends))


def stopped_norm(found: xr.Dataset) -> Measured:
    """||f|| on training points at N*, divided by that at the time of the smallest test error."""
    one = scan(found)
    u = one.place.values
    norms = rows(one.isel(t=-1), "norm_t"), rows(one, "early_norm")
    return st.of_curves(lambda end, early: at(u, end, 1.0) / at(u, early, 1.0), *norms)


def perturbed_norm(found: xr.Dataset, other: xr.Dataset) -> Measured:
    """||f|| on training points at N*, divided by that with {how}, on the same training sets."""
    # those need not fit: N* is that of the descent that nothing perturbs
    one, two = scan(found), scan(other)
    if not np.array_equal(np.unique(found["set"]), np.unique(other["set"])):
        return st.no_estimate("{text}: other training sets").saying(how=perturbation(other))
    x = two.N.values / float(one.n_star)
    norms = (rows(each.isel(t=-1), "norm_t") for each in (one, two))
    measured = st.of_curves(lambda a, b: at(one.place.values, a, 1.0) / at(x, b, 1.0), *norms)
    return measured.saying(how=perturbation(other) or "plain descent")


def _scans(found: Scans) -> list[tuple[str, xr.Dataset]]:
    every = (one for each in found for one in scans(each))
    return [(f"P = {int(one.P)}, L = {int(one.L)}", one) for one in every]


def _of_errors(found: Scans, of: Callable[[Curve, Curve], float]) -> st.Cases:
    """`of` the places and the mean test error there, for each scan."""
    each = ((name, one.place.values, rows(one, "test_error")) for name, one in _scans(found))
    return ((name, st.of_curves(partial(of, u), error)) for name, u, error in each)


def _peak(u: Curve, error: Curve) -> tuple[float, float]:
    """(place, error) of the largest error, not far below N*; NaN where N* is not known."""
    there = u >= PAST
    if not there.any() or np.isnan(error[there]).any():
        return math.nan, math.nan
    i = int(error[there].argmax())
    return float(u[there][i]), float(error[there][i])


def _rise(error: Curve) -> float:
    """The most by which a value is above an earlier one."""
    return float((error - np.minimum.accumulate(error)).max())


def gain(found: xr.Dataset) -> Measured:
    """Error of one network minus that of the average of {seeds}, in points, at the width where it
    is smallest."""
    # This and those below are of convolutional networks on CIFAR-10 (S13).
    one = _over_widths(found)
    gains = 100 * _of_sets(one, one.test_error - one.ensemble_of_set)
    each = ((f"f = {f}", st.of_mean(gains.sel(h=f).values)) for f in one.h.values if f >= SOME)
    return st.worst_case(each, math.inf).saying(seeds=one.sizes["seed"] // training_sets(one))


def transition(found: xr.Dataset) -> Measured:
    """Fewest channels with which half of the networks make no error on training points."""
    one = _over_widths(found)
    fits = _of_sets(one, (one.train_error == 0).astype(float)).transpose("h", "seed").values

    def fewest(runs: np.ndarray) -> float:
        enough = np.flatnonzero(fits[:, runs].mean(1) >= 0.5)
        return float(one.h[enough[0]]) if enough.size else math.inf

    value, n = fewest(np.arange(fits.shape[1])), fits.shape[1]
    each = np.array([fewest(runs) for runs in st.draws(n)])
    return st.percentiles(value, each, n) if np.isfinite(each).all() else st.no_estimate()


def best_width(found: xr.Dataset) -> Measured:
    """Channels with which the average does best, {best:.1f} % errors, where the widest make
    {last:.1f} %."""
    one = _over_widths(found)
    error = 100 * one.ensemble_error.values
    if not np.isfinite(error).all():
        return st.no_estimate("the error of the average is not known at every width")
    number = st.exact(one.h[int(error.argmin())], one.sizes["seed"])
    return number.saying(best=error.min(), last=error[-1])


def accuracy(found: xr.Dataset) -> Measured:
    """Accuracy of one network (%) with 40 to 64 channels; {last:.1f} % for the widest."""
    one = _over_widths(found)
    right = 100 * (1 - _of_sets(one, one.test_error))
    last = float(right.isel(h=-1).mean())
    return st.of_mean(right.sel(h=slice(40, 64)).mean("h").values).saying(last=last)


def _of_sets(one: xr.Dataset, of: xr.DataArray) -> xr.DataArray:
    """Means over the networks on each of several training sets; of one, the networks."""
    sets = training_sets(one)
    return of if sets == 1 else of.coarsen(seed=one.sizes["seed"] // sets).mean()


def _over_widths(found: xr.Dataset) -> xr.Dataset:
    return found.isel(loss=0).transpose("h", "seed").sortby("h")
