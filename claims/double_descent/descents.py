"""The statistics of claims about double descent, from scans of `sweeps.double_descent`.

Places on a scan are in units of N*.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np
import xarray as xr

from analysis.double_descent.estimates import beyond, rows, scans
from claims.core import statistics as st
from claims.core.register import Measured
from claims.double_descent.curves import Curve, at, over_N, places, scan
from jamming.fits.seeds import mean_and_error, mean_over_seeds

# A peak is looked for from here on: far below, small networks learn too little
PAST = 0.4
FINAL_AND_EARLY = ("test_error", "early_error")


def location(*found: xr.Dataset) -> Measured:
    """D1, D4: the factor between N* and the N of the largest test error, of the worst scan."""

    def factor(u: Curve, error: Curve) -> float:
        place, _ = _peak(u, error)
        return max(place, 1 / place)

    text = "Factor between N* and the N of the largest test error from 0.4 N* on"
    return st.worst_case(_of_errors(found, factor), 1.0, text)


def height(*found: xr.Dataset) -> Measured:
    """D1, D4: the largest test error divided by that at 10 N*, of the lowest peak."""
    each = _of_errors(found, lambda u, error: _peak(u, error)[1] / at(u, error, 10.0))
    return st.worst_case(each, math.inf, "Largest test error, divided by that at 10 N*")


def rise(*found: xr.Dataset) -> Measured:
    """D1, D4: how far the error rises to its maximum from narrower networks, in standard errors.

    Of the scan where it does so least; 0 where it falls all the way.
    """
    each = []
    for name, one in _scans(found):
        error = rows(one, "test_error")
        mean, se = mean_and_error(error)
        place, _ = _peak(places(one), mean)
        top = int(np.searchsorted(places(one), place))
        if top == len(mean) or not np.isfinite(se[: top + 1]).all():
            return st.no_estimate(f"{name}: no maximum, or fewer than two networks of a width")
        low = int(mean[: top + 1].argmin())
        n = int((~np.isnan(error[top])).sum())
        z = st.in_errors(mean[top] - mean[low], math.hypot(se[top], se[low]), n)
        each.append((f"{name}, {mean[low]:.3f} to {mean[top]:.3f}", z))
    return st.worst_case(each, math.inf, "Rise of the error to its maximum in standard errors")


def early_stopping(found: xr.Dataset) -> Measured:
    """D2: what early stopping gains at N*, divided by what it gains at 10 N*."""
    one = scan(found)
    u = places(one)

    def gain(end: Curve, early: Curve) -> float:
        far = at(u, end - early, 10.0)
        return at(u, end - early, 1.0) / far if far > 0 else math.nan

    end, early = (rows(one, name) for name in FINAL_AND_EARLY)
    gap, left = (at(u, mean_over_seeds(each), 1.0) for each in (end - early, early))
    text = (
        f"Gain of early stopping at N*, which is {gap:.3f} and leaves an error of {left:.3f},"
        " divided by that at 10 N*"
    )
    return st.of_curves(gain, text, end, early)


def far_gain(found: xr.Dataset) -> Measured:
    """D2: what early stopping gains at 10 N*."""
    one = scan(found)
    u = places(one)
    text = "Final minus smallest earlier test error at 10 N*"
    return over_N(lambda end, early: at(u, end - early, 10.0), text, one, *FINAL_AND_EARLY)


def early_rise(found: xr.Dataset) -> Measured:
    """D2: by how much the error of early-stopped networks ever rises with N, up to 10 N*."""
    some = beyond(scan(found), PAST, 10.0)
    text = "Largest rise of the early-stopped error with N, between 0.4 and 10 N*"
    if some.sizes["h"] < 3:
        return st.no_estimate(f"{text}: too few widths")
    final = _rise(mean_over_seeds(rows(some, "test_error")))
    return over_N(_rise, f"{text}; {final:.3f} without", some, "early_error")


def descending(found: xr.Dataset) -> Measured:
    """D3: the smaller of the falls of the error from 2 N* to 10 N* and to 100 N*."""
    one = scan(found)
    u, error = places(one), rows(one, "test_error")

    def errors(error: Curve) -> tuple[float, ...]:
        return tuple(at(u, error, place) for place in (2.0, 10.0, 100.0))

    def fall(error: Curve) -> float:
        two, ten, hundred = errors(error)
        return -st.largest([ten - two, hundred - ten])

    said = ", ".join(f"{each:.4f}" for each in errors(mean_over_seeds(error)))
    text = f"Smaller of the falls of the error between 2, 10 and 100 N*, where it is {said}"
    return st.of_curves(fall, text, error)


def time_to_fit(found: xr.Dataset) -> Measured:
    """D5: the rank correlation of N with the steps to zero loss, at one learning rate."""
    one = scan(found)
    past = one.isel(h=np.flatnonzero((one.N > one.n_star) & (one.lr >= one.attrs["most"])))
    fits, steps = rows(past, "fitted") > 0, rows(past, "ticks")
    N = np.broadcast_to(past.N.values[:, None], steps.shape)
    if not fits.any():
        return st.no_estimate("no network fits")
    ends = [f"{np.median(steps[i][fits[i]]):.0f}" for i in (0, -1) if fits[i].any()]
    text = (
        f"Rank correlation of N and steps over runs that fit; medians go from {' to '.join(ends)}"
    )
    return st.spearman(N[fits].tolist(), steps[fits].tolist(), text)


def stopped_norm(found: xr.Dataset) -> Measured:
    """P13: the norm at N* at the end of training, divided by that at the smallest test error."""
    one = scan(found)
    u = places(one)
    text = "||f|| on training points at N*, divided by that at the time of the smallest test error"
    return st.of_curves(
        lambda end, early: at(u, end, 1.0) / at(u, early, 1.0),
        text,
        rows(one.isel(t=-1), "norm_t"),
        rows(one, "early_norm"),
    )


def _scans(found: tuple[xr.Dataset, ...]) -> Iterator[tuple[str, xr.Dataset]]:
    """All scans, each with what it is called."""
    for one in (one for each in found for one in scans(each)):
        yield f"P = {int(one.P)}, L = {int(one.L)}", one


def _of_errors(
    found: tuple[xr.Dataset, ...], of: Callable[[Curve, Curve], float]
) -> Iterator[tuple[str, Measured]]:
    """`of` the places and the mean test error there, for each scan."""
    for name, one in _scans(found):
        u = places(one)
        yield name, st.of_curves(lambda error, u=u: of(u, error), name, rows(one, "test_error"))


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
