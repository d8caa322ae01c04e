"""The statistics of claims about double descent, from scans of `sweeps.double_descent`."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from analysis.double_descent.estimates import beyond, rows, scans
from claims.core.curves import Curve, at, of_curves
from claims.core.register import Measured
from claims.core.statistics import largest, no_estimate, spearman, worst_case
from jamming.fits.seeds import mean_and_error, mean_over_seeds

Results = Mapping[str, Any]
Statistic = Callable[[Results], Measured]

DESCENT, POINTS, DEPTH = "descent", "descent-points", "descent-depth"
# what laws of large N have to make do with
SMALL = "on a laptop P = 500, N* near 140 and N up to some 1,300 N*"
# A peak is looked for from here on, in units of N*: far below, small networks learn too little
PAST = 0.4


def of(results: Results, *names: str) -> list[tuple[str, xr.Dataset]]:
    """The scans of some experiments, each with what it is called."""
    return [
        (f"P = {int(one.P)}, L = {int(one.L)}", one)
        for name in names
        for one in scans(results[name])
    ]


def location(*names: str) -> Statistic:
    """D1, D4: the factor between N* and the N of the largest test error, of the worst scan."""

    def statistic(results: Results) -> Measured:
        found = []
        for name, one in of(results, *names):
            n_star, N = float(one.n_star), one.N.values

            def factor(error: Curve, N: Curve = N, n_star: float = n_star) -> float:
                ratio = _peak(N, error, n_star)[0] / n_star
                return max(ratio, 1 / ratio)

            found.append((name, of_curves(factor, name, rows(one, "test_error"))))
        text = "Factor between N* and the N of the largest test error from 0.4 N* on"
        return worst_case(found, 1.0, text)

    return statistic


def height(*names: str) -> Statistic:
    """D1, D4: the largest test error by that at 10 N*, of the lowest peak."""

    def statistic(results: Results) -> Measured:
        found = []
        for name, one in of(results, *names):
            n_star, N = float(one.n_star), one.N.values

            def ratio(error: Curve, N: Curve = N, n_star: float = n_star) -> float:
                return _peak(N, error, n_star)[1] / at(N, error, 10 * n_star)

            found.append((name, of_curves(ratio, name, rows(one, "test_error"))))
        return least(found, "Largest test error, by that at 10 N*")

    return statistic


def rise(*names: str) -> Statistic:
    """D1, D4: how far the error rises to its maximum from narrower networks, in standard errors.

    Of the scan where it does so least; 0 where it falls all the way.
    """

    def statistic(results: Results) -> Measured:
        found = []
        for name, one in of(results, *names):
            error = rows(one, "test_error")
            n = (~np.isnan(error)).sum(1)
            mean, se = mean_and_error(error)
            place, _ = _peak(one.N.values, mean, float(one.n_star))
            top = int(np.searchsorted(one.N.values, place))
            if top == len(mean) or not np.isfinite(se[: top + 1]).all():
                return no_estimate(f"{name}: no maximum, or fewer than two networks of a width")
            low = int(mean[: top + 1].argmin())
            z = float(mean[top] - mean[low]) / math.hypot(se[top], se[low])
            said = f"{name}, {mean[low]:.3f} to {mean[top]:.3f}"
            found.append((said, Measured(z, z - 1.96, z + 1.96, int(n[top]), "")))
        return least(found, "Rise of the error to its maximum in standard errors")

    return statistic


def early_stopping(results: Results) -> Measured:
    """D2: what early stopping gains at N*, by what it gains at 10 N*."""
    ((_, one),) = of(results, DESCENT)
    N, n_star = one.N.values, float(one.n_star)

    def ratio(error: Curve, early: Curve) -> float:
        far = at(N, error - early, 10 * n_star)
        return at(N, error - early, n_star) / far if far > 0 else math.nan

    error, early = rows(one, "test_error"), rows(one, "early_error")
    gap = at(N, mean_over_seeds(error - early), n_star)
    left = at(N, mean_over_seeds(early), n_star)
    text = (
        f"Gain of early stopping at N*, which is {gap:.3f} and leaves an error of {left:.3f}, by"
        " that at 10 N*"
    )
    return of_curves(ratio, text, error, early)


def far_gain(results: Results) -> Measured:
    """D2: what early stopping gains at 10 N*."""
    ((_, one),) = of(results, DESCENT)
    N, place = one.N.values, 10 * float(one.n_star)
    return of_curves(
        lambda error, early: at(N, error - early, place),
        "Final less smallest earlier test error at 10 N*",
        rows(one, "test_error"),
        rows(one, "early_error"),
    )


def early_rise(results: Results) -> Measured:
    """D2: by how much the error of early-stopped networks ever rises with N, up to 10 N*."""
    ((_, one),) = of(results, DESCENT)
    some = beyond(one, PAST, 10.0)
    text = "Largest rise of the early-stopped error with N, between 0.4 and 10 N*"
    if some.sizes["h"] < 3:
        return no_estimate(f"{text}: too few widths")
    final = _rise(mean_over_seeds(rows(some, "test_error")))
    return of_curves(_rise, f"{text}; {final:.3f} without", rows(some, "early_error"))


def descending(results: Results) -> Measured:
    """D3: the smaller of the falls of the error from 2 N* to 10 N* and to 100 N*."""
    ((_, one),) = of(results, DESCENT)
    N, n_star = one.N.values, float(one.n_star)

    def fall(error: Curve) -> float:
        two, ten, hundred = (at(N, error, factor * n_star) for factor in (2, 10, 100))
        return -largest([ten - two, hundred - ten])

    mean = mean_over_seeds(rows(one, "test_error"))
    values = ", ".join(f"{at(N, mean, factor * n_star):.4f}" for factor in (2, 10, 100))
    text = f"Smaller of the falls of the error between 2, 10 and 100 N*, where it is {values}"
    return of_curves(fall, text, rows(one, "test_error"))


def time_to_fit(results: Results) -> Measured:
    """D5: the rank correlation of N with the steps to zero loss, at one learning rate."""
    ((_, one),) = of(results, DESCENT)
    past = one.isel(h=np.flatnonzero((one.N > one.n_star) & (one.lr >= one.attrs["most"])))
    fits = rows(past, "fitted") > 0
    steps = rows(past, "ticks")
    N = np.broadcast_to(past.N.values[:, None], steps.shape)
    if not fits.any():
        return no_estimate("no network fits")
    ends = [f"{np.median(steps[i][fits[i]]):.0f}" for i in (0, -1) if fits[i].any()]
    text = (
        f"Rank correlation of N and steps over runs that fit; medians go from {' to '.join(ends)}"
    )
    return spearman(N[fits].tolist(), steps[fits].tolist(), text)


def stopped_norm(results: Results) -> Measured:
    """P13: the norm at N* at the end of training, by that where the test error was smallest."""
    ((_, one),) = of(results, DESCENT)
    N, n_star = one.N.values, float(one.n_star)
    last = one.norm_t.isel(t=-1).transpose("h", "seed").values
    text = "||f|| on training points at N*, by that at the time of the smallest test error"
    return of_curves(
        lambda end, early: at(N, end, n_star) / at(N, early, n_star),
        text,
        last,
        rows(one, "early_norm"),
    )


def least(found: Sequence[tuple[str, Measured]], text: str) -> Measured:
    """Of several numbers that must all be large, the smallest; the text names them all."""
    values = [one.value for _, one in found if one.value is not None]
    return worst_case(found, max(values, default=0.0), text)


def _peak(N: Curve, error: Curve, n_star: float) -> tuple[float, float]:
    """(N, error) of the largest error, not far below N*; NaN where N* is not known."""
    there = N >= PAST * n_star
    if not there.any() or np.isnan(error[there]).any():
        return math.nan, math.nan
    i = int(error[there].argmax())
    return float(N[there][i]), float(error[there][i])


def _rise(error: Curve) -> float:
    """The most by which a value is above an earlier one."""
    return float((error - np.minimum.accumulate(error)).max())


def scan(results: Results, name: str = DESCENT) -> xr.Dataset:
    """The scan of an experiment: of several P or depths, the last."""
    return of(results, name)[-1][1]


def seeds(one: xr.Dataset) -> int:
    """The most networks of one width."""
    return int(np.isfinite(rows(one, "test_error")).sum(1).max(initial=0))


def first(one: xr.Dataset) -> float:
    """The smallest N, NaN where there is none."""
    return float(one.N.values[0]) if one.sizes["h"] else math.nan
