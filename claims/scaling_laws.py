"""The statistics of claims about how the learned function approaches its limit as N grows."""

import math
from collections.abc import Callable

import numpy as np
import xarray as xr

from analysis.averages import averages
from analysis.descents import ASYMPTOTIC, beyond, ensemble_rows, excess_rows, rows
from analysis.fluctuations import PAST, large
from analysis.norm import divergence
from claims.curves import Curve, at, measured, of_curves
from claims.descents import DESCENT, Results, of
from claims.register import Measured
from claims.statistics import nothing, of_runs
from jamming.errors import BadInput
from jamming.fits.interval import Interval
from jamming.fits.power import corrected, power_law, with_floor

AVERAGES, DIFFERENCE = "descent-averages", "descent-difference"
Statistic = Callable[[Results], Measured]
# Widths from which on networks are wide, as far as the number of steps goes
SLOW = 50.0


def scan(results: Results, name: str = DESCENT) -> xr.Dataset:
    """The scan of an experiment: of several P or depths, the last."""
    return of(results, name)[-1][1]


def asymptotic_error(results: Results) -> Measured:
    """S1: B_0 of eps_N = eps_inf + B_0 N^(-1/2) + B_1 N^(-3/4)."""
    past = beyond(scan(results), ASYMPTOTIC)
    text = f"B_0, for N above {_first(past):.0f}"
    try:
        law = corrected(past.N.values, rows(past, "test_error"))
    except BadInput as problem:
        return nothing(f"{text}: {problem}")
    floor, B_1 = law.floor, law.prefactors[1]
    text += (
        f"; eps_inf = {floor.value:.3f} [{floor.low:.3f}, {floor.high:.3f}],"
        f" B_1 = {B_1.value:.2g} [{B_1.low:.2g}, {B_1.high:.2g}],"
        f" chi^2 per degree of freedom {law.chi2:.1f}"
    )
    return measured(law.prefactors[0], _seeds(past), text)


def asymptotic_fit(results: Results) -> Measured:
    """S1: chi^2 per degree of freedom of that form."""
    past = beyond(scan(results), ASYMPTOTIC)
    text = f"chi^2 per degree of freedom of the form of S1, N above {_first(past):.0f}"
    try:
        law = corrected(past.N.values, rows(past, "test_error"))
    except BadInput as problem:
        return nothing(f"{text}: {problem}")
    if math.isnan(law.chi2):
        return nothing(f"{text}: fewer than three networks of a width")
    return Measured(law.chi2, None, None, _seeds(past), text)


def flat_ensemble(results: Results, name: str = DESCENT) -> Measured:
    """S2: spread of the ensemble's error over [2 N*, 100 N*], by that of one network."""
    past = beyond(scan(results, name), 2.0, 120.0)
    single, ensemble = rows(past, "test_error"), ensemble_rows(past)
    text = "Spread over N from 2 N* of the error of the average, by that of one network"
    if past.sizes["h"] < 4:
        return nothing(f"{text}: too few widths")
    return of_curves(lambda a, b: float(np.ptp(b) / np.ptp(a)), text, single, ensemble)


def subleading(results: Results) -> Measured:
    """S2: the error of the average beyond 30 N* less that from 2 N* to 10 N*."""
    one = scan(results)
    ratio = one.N.values / float(one.n_star)
    near, far = (ratio >= 2) & (ratio <= 10), ratio >= 30
    text = "Error of the average beyond 30 N* less that between 2 and 10 N*"
    if not near.any() or not far.any():
        return nothing(f"{text}: no such widths")
    return of_curves(lambda y: float(y[far].mean() - y[near].mean()), text, ensemble_rows(one))


def average_error(results: Results) -> Measured:
    """S3: b of eps^n = eps_bar + A n^b."""
    of = averages(scan(results, AVERAGES))
    law = with_floor(of.n, of.error)
    return measured(
        law.exponent,
        of.error.shape[1],
        f"Exponent of the error in n; eps_bar = {law.floor.value:.4f}, N = {of.N:.0f},"
        f" chi^2 {law.chi2:.1f}; n is the number of independent groups",
    )


def average_delta(results: Results) -> Measured:
    """S3: b of delta ~ n^b."""
    of = averages(scan(results, AVERAGES))
    law = power_law(of.n, of.delta)
    text = f"Exponent of delta in n, N = {of.N:.0f}, chi^2 {law.chi2:.1f}"
    return measured(law.exponent, of.delta.shape[1], text)


def error_with_delta_of_averages(results: Results) -> Measured:
    """S3: b of eps^n - eps_bar ~ delta^b."""
    of = averages(scan(results, AVERAGES))
    law = with_floor(np.nanmean(of.delta, 1), of.error)
    text = f"Exponent of the error in delta, n = {of.n[0]:g} to {of.n[-1]:g}, N = {of.N:.0f}"
    return measured(law.exponent, of.error.shape[1], text)


def variance(results: Results) -> Measured:
    """S4: b of <||f - fbar||^2> ~ N^b beyond 10 N*."""
    return _power(scan(results), "deviation_test", "Exponent of the variance in N")


def variance_with_width(results: Results) -> Measured:
    """P12: b of the variance ~ h^b beyond 10 N*."""
    past = large(scan(results))
    if past.sizes["h"] < 3:
        return nothing("fewer than three widths beyond 10 N*")
    law = power_law(past.h.values.astype(float), rows(past, "deviation_test"))
    return measured(law.exponent, _seeds(past), "Exponent of the variance in h, beyond 10 N*")


def peak_of_variance(results: Results) -> Measured:
    """S4: the factor between N* and the N of the largest variance."""
    one = scan(results)
    N, n_star = one.N.values, float(one.n_star)

    def factor(y: Curve) -> float:
        ratio = float(N[int(np.nanargmax(y))]) / n_star
        return max(ratio, 1 / ratio)

    text = "Factor between N* and the N at which the variance on test points is largest"
    return of_curves(factor, text, rows(one, "deviation_test"))


def slope_of_f(results: Results) -> Measured:
    """S5: b of ||grad f|| = C_0 + C_1 N^b."""
    past = beyond(scan(results), 2.0)
    y = rows(past, "slope")
    try:
        free, fixed = with_floor(past.N.values, y), corrected(past.N.values, y, (-0.25,))
    except BadInput as problem:
        return nothing(str(problem))
    text = (
        f"Exponent of ||grad f|| above a floor, N > {_first(past):.0f}; with -1/4 imposed it is"
        f" {fixed.floor.value:.2g} + {fixed.prefactors[0].value:.2g} N^(-1/4)"
    )
    return measured(free.exponent, _seeds(past), text)


def error_with_delta(results: Results) -> Measured:
    """S6: b of eps_N = eps_inf + D_0 delta^b."""
    past = beyond(scan(results), PAST)
    try:
        law = with_floor(np.nanmedian(rows(past, "delta"), 1), rows(past, "test_error"))
    except BadInput as problem:
        return nothing(str(problem))
    text = (
        f"Exponent of the error in delta, N > {_first(past):.0f}; eps_inf = {law.floor.value:.3f}"
    )
    return measured(law.exponent, _seeds(past), text)


def delta_with_estimate(results: Results) -> Measured:
    """S7: b of delta ~ (||f - fbar|| / ||grad f||)^b."""
    past = beyond(scan(results), PAST)
    if past.sizes["h"] < 3:
        return nothing("too few widths past N*")
    law = power_law(np.nanmean(rows(past, "delta_estimate"), 1), rows(past, "delta"))
    return measured(law.exponent, _seeds(past), "Exponent of delta in its estimate, N > 2 N*")


def correlation_with_estimate(results: Results) -> Measured:
    """S7: the correlation of ln delta and the logarithm of its estimate."""
    past = beyond(scan(results), PAST)
    text = "Correlation over N > 2 N* of the logarithms of delta and of its estimate"
    if past.sizes["h"] < 3:
        return nothing(f"{text}: too few widths")
    return of_curves(
        lambda x, y: float(np.corrcoef(np.log(x), np.log(y))[0, 1]),
        text,
        rows(past, "delta_estimate"),
        rows(past, "delta"),
    )


def excess(results: Results) -> Measured:
    """S8: b of eps_N - eps_bar_N ~ N^b beyond 10 N*."""
    past = large(scan(results))
    if past.sizes["h"] < 3:
        return nothing("fewer than three widths beyond 10 N*")
    law = power_law(past.N.values, excess_rows(past))
    text = (
        f"Exponent in N of what averaging takes off the error, beyond 10 N*; chi^2 {law.chi2:.1f}"
    )
    return measured(law.exponent, _seeds(past), text)


def excess_with_variance(results: Results) -> Measured:
    """P12: b of eps_N - eps_bar_N ~ variance^b, past jamming."""
    past = beyond(scan(results), PAST)
    variance = np.nanmean(rows(past, "deviation_test"), 1)
    law = power_law(variance, excess_rows(past))
    text = "Exponent in the variance of what averaging takes off the error, beyond 2 N*"
    return measured(law.exponent, _seeds(past), text)


def diverging_norm(results: Results) -> Measured:
    """S9: b of ||f||^2 ~ (N / N* - 1)^b past jamming, N* fitted."""
    one = scan(results)
    try:
        law = divergence(one)
    except BadInput as problem:
        return nothing(str(problem))
    text = (
        f"Exponent of ||f||^2 in N/N* - 1, N from {law.x_min:.0f} to {law.x_max:.0f}; N* ="
        f" {law.at.value:.0f} [{law.at.low:.0f}, {law.at.high:.0f}] fitted, where half of the"
        f" networks fit at {float(one.n_star):.0f}; chi^2 {law.chi2:.1f}"
    )
    return measured(law.exponent, int(one.sizes["seed"]), text)


def growing_norm(results: Results) -> Measured:
    """S9: the largest norm at the end, by that after a tenth of the steps."""
    one = scan(results)
    steps = float(one.attrs["steps"])
    early = one.norm_t.sel(t=steps / 10, method="nearest")
    text = f"Largest ||f|| over N after {steps:g} steps, by that after {float(early.t):g}"
    return of_curves(
        lambda a, b: float(np.nanmax(a) / np.nanmax(b)),
        text,
        one.norm_t.isel(t=-1).transpose("h", "seed").values,
        early.transpose("h", "seed").values,
    )


def zeros(results: Results) -> Measured:
    """S10: the quartile of the zeros of f farthest from the linear estimate, in large networks."""
    one = scan(results)
    quartiles = one.crossing.transpose("h", "seed", "quartile").values
    known = np.flatnonzero(np.isfinite(quartiles).all(2).any(1))
    if not known.size:
        return nothing("too few points between the boundaries")
    last, first = int(known[-1]), int(known[np.searchsorted(one.N.values[known], one.n_star)])

    def far(i: int) -> tuple[float, float]:
        low, _, high = np.nanmean(np.where(np.isfinite(quartiles[i]), quartiles[i], np.nan), 0)
        return float(low), float(high)

    low, high = far(last)
    before = far(first)
    side = 0 if abs(math.log(low)) > abs(math.log(high)) else 2
    text = (
        f"Quartile farther from 1 of zeros of f along its gradient, by |f|/|grad f|: half lie"
        f" between {low:.2f} and {high:.2f} at N = {one.N.values[last]:.0f}, between"
        f" {before[0]:.2f} and {before[1]:.2f} at N = {one.N.values[first]:.0f}"
    )
    return of_runs(quartiles[last, :, side].tolist(), text, np.mean)


def steps_of_wide(results: Results) -> Measured:
    """S14: largest by smallest median number of steps to fit, of wide networks."""
    one = scan(results)
    wide = one.isel(h=np.flatnonzero((one.h.values >= SLOW) & (one.lr < one.attrs["most"])))
    if wide.sizes["h"] < 2:
        return nothing("fewer than two wide networks")
    steps = [float(np.nanmedian(row)) for row in rows(wide, "ticks")]
    said = ", ".join(f"{h:g}: {s:.0f}" for h, s in zip(wide.h.values, steps, strict=True))
    text = f"Largest by smallest median number of steps to fit (h: {said})"
    return of_curves(lambda y: float(y.max() / y.min()), text, rows(wide, "ticks"))


def differences(results: Results) -> Measured:
    """S17: the exponent of the variance where f - f_0 is trained, less that of f."""
    other = scan(results, DIFFERENCE)
    parts = [large(one) for one in (scan(results), other)]
    if min(part.sizes["h"] for part in parts) < 3:
        return nothing("fewer than three widths beyond 10 N*")
    laws = [power_law(x.N.values, rows(x, "deviation_test")).exponent for x in parts]
    spread = flat_ensemble(results, DIFFERENCE)
    said = "unknown" if spread.value is None else f"{spread.value:.2f}"
    text = (
        f"Exponent of the variance, trained on f - f_0 ({laws[1].value:.2f}) less trained on f"
        f" ({laws[0].value:.2f}); spread of the average's error by one network's: {said}"
    )
    half = math.hypot(*((law.high - law.low) / 2 for law in laws))
    value = laws[1].value - laws[0].value
    return measured(Interval(value, value - half, value + half), _seeds(other), text)


def self_averaging(results: Results) -> Measured:
    """S18: scatter of the error over networks, by the distance to that of the average."""
    past = beyond(scan(results), 1.5, 20.0)
    text = "Median over N from 1.5 to 20 N* of the scatter of errors by what averaging takes off"
    errors, gap = rows(past, "test_error"), excess_rows(past)
    ratio = np.nanstd(errors, 1, ddof=1) / np.nanmean(gap, 1)
    return of_runs(ratio.tolist(), f"{text}; n counts widths")


def budget(results: Results) -> Measured:
    """S18: error of an average slightly past N* less that of one network of the same total size."""
    one = scan(results)
    some = beyond(one, 2.0, 4.0)
    if not some.sizes["h"]:
        return nothing("no width between 2 and 4 N*")
    N = one.N.values
    best = some.isel(h=int(np.argmin(some.ensemble_error.values)))
    n = int(np.isfinite(best.test_error.values).sum())
    total = n * float(best.N)
    text = (
        f"Error of the average of {n} networks of N = {float(best.N):.0f}, less that of one of"
        f" N = {total:.0f}"
    )
    there = int(np.flatnonzero(N == float(best.N))[0])
    return of_curves(
        lambda average, single: float(average[there]) - at(N, single, total),
        text,
        ensemble_rows(one),
        rows(one, "test_error"),
    )


def _power(one: xr.Dataset, name: str, text: str) -> Measured:
    past = large(one)
    if past.sizes["h"] < 3:
        return nothing(f"{text}: fewer than three widths beyond 10 N*")
    law = power_law(past.N.values, rows(past, name))
    said = f"{text}, N from {law.x_min:.0f} to {law.x_max:.0f}; chi^2 {law.chi2:.1f}"
    return measured(law.exponent, _seeds(past), said)


def _seeds(one: xr.Dataset) -> int:
    return int(np.isfinite(rows(one, "test_error")).sum(1).max(initial=0))


def _first(one: xr.Dataset) -> float:
    return float(one.N.values[0]) if one.sizes["h"] else math.nan
