"""The statistics of claims about how errors, f and its slope go with N beyond N*."""

import math

import numpy as np
import xarray as xr

from analysis.double_descent import estimates
from analysis.double_descent.estimates import LARGE, PAST, beyond, large, rows
from claims.core import statistics as st
from claims.core.register import Measured
from claims.double_descent.curves import Curve, at, first, over_N, places, scan, seeds, values
from jamming.fits.interval import Interval
from jamming.fits.power import corrected, power_law, with_floor
from jamming.fits.seeds import mean_and_error, mean_over_seeds

# networks of which the papers take the average
AVERAGED = 20
# the width from which on the papers' rate falls as h^-1.5
SLOW = 100.0


def power(found: xr.Dataset, *, y: str, x: str = "N", past: float = LARGE, text: str) -> Measured:
    """S4, S7, S8, P12: b of y ~ x^b beyond `past` N*; "excess" is what averaging takes off."""
    one = beyond(scan(found), past)
    text = f"{text}, beyond {past:g} N*"
    at_x = one[x].values.astype(float) if x in "Nh" else mean_over_seeds(values(one, x))
    law = power_law(at_x, values(one, y))
    return st.measured(law.exponent, seeds(one), f"{text}; chi^2 {law.chi2:.1f}")


def power_of_averages(found: xr.Dataset, *, y: str, x: str, text: str) -> Measured:
    """S3: b of delta ~ n^b, or of eps^n = eps_bar + A x^b, x = n or delta, of averages of n."""
    of = estimates.averages(scan(found))
    at_x = of.n if x == "n" else mean_over_seeds(of.delta)
    said = f"{text}, n = {of.n[0]:g} to {of.n[-1]:g} of independent groups, N = {of.N:.0f}"
    if y == "delta":
        law = power_law(at_x, of.delta)
        return st.measured(law.exponent, of.delta.shape[1], f"{said}, chi^2 {law.chi2:.1f}")
    above = with_floor(at_x, of.error)
    said += f", eps_bar = {above.floor.value:.4f}, chi^2 {above.chi2:.1f}"
    return st.measured(above.exponent, of.error.shape[1], said)


def asymptotic(found: xr.Dataset, *, chi2: bool = False) -> Measured:
    """S1: B_0 of eps_N = eps_inf + B_0 N^(-1/2) + B_1 N^(-3/4), or its chi^2."""
    past = beyond(scan(found), estimates.ASYMPTOTIC)
    what = "chi^2 per degree of freedom of the form of S1" if chi2 else "B_0"
    text = f"{what}, for N above {first(past):.0f}"
    law = corrected(past.N.values, rows(past, "test_error"))
    if chi2 and math.isnan(law.chi2):
        return st.no_estimate(f"{text}: fewer than three networks of a width")
    if chi2:
        return st.exact(law.chi2, seeds(past), text)
    floor, B_1 = law.floor, law.prefactors[1]
    text += (
        f"; eps_inf = {floor.value:.3f} [{floor.low:.3f}, {floor.high:.3f}],"
        f" B_1 = {B_1.value:.2g} [{B_1.low:.2g}, {B_1.high:.2g}],"
        f" chi^2 per degree of freedom {law.chi2:.1f}"
    )
    return st.measured(law.prefactors[0], seeds(past), text)


def flat_ensemble(found: xr.Dataset) -> Measured:
    """S2: spread of the ensemble's error over [2 N*, 100 N*], divided by that of one network."""
    past = beyond(scan(found), 2.0, 120.0)
    text = (
        f"Spread over N from 2 N* of the error of the average of {AVERAGED}, divided by that of one"
        " network"
    )
    if past.sizes["h"] < 4:
        return st.no_estimate(f"{text}: too few widths")
    single, ensemble = rows(past, "test_error"), estimates.average_rows(past, AVERAGED)
    return st.of_curves(lambda a, b: float(np.ptp(b) / np.ptp(a)), text, single, ensemble)


def subleading(found: xr.Dataset) -> Measured:
    """S2: the error of the average beyond 30 N* minus that from 2 N* to 10 N*."""
    one = scan(found)
    u = places(one)
    near, far = (u >= 2) & (u <= 10), u >= 30
    text = f"Error of the average of {AVERAGED} beyond 30 N* minus that between 2 and 10 N*"
    if not near.any() or not far.any():
        return st.no_estimate(f"{text}: no such widths")
    y = estimates.average_rows(one, AVERAGED)
    return st.of_curves(lambda y: float(y[far].mean() - y[near].mean()), text, y)


def error_with_delta(found: xr.Dataset) -> Measured:
    """S6: b of eps_N = eps_inf + D_0 delta^b."""
    past = beyond(scan(found), PAST)
    law = with_floor(np.nanmedian(rows(past, "delta"), 1), rows(past, "test_error"))
    text = f"Exponent of the error in delta, N > {first(past):.0f}; eps_inf = {law.floor.value:.3f}"
    return st.measured(law.exponent, seeds(past), text)


def differences(found: xr.Dataset, other: xr.Dataset) -> Measured:
    """S17: the exponent of the variance where f - f_0 is trained, minus that of f."""
    parts = [large(scan(each)) for each in (found, other)]
    f, less = (power_law(x.N.values, rows(x, "deviation_test")).exponent for x in parts)
    spread = flat_ensemble(other).value
    said = "unknown" if spread is None else f"{spread:.2f}"
    text = (
        f"Exponent of the variance, trained on f - f_0 ({less.value:.2f}) minus trained on f"
        f" ({f.value:.2f}); spread of the average's error divided by one network's: {said}"
    )
    half = math.hypot(*((law.high - law.low) / 2 for law in (f, less)))
    value = less.value - f.value
    return st.measured(Interval(value, value - half, value + half), seeds(scan(other)), text)


def self_averaging(found: xr.Dataset) -> Measured:
    """S18: scatter of the error over networks, divided by the distance to that of the average."""
    past = beyond(scan(found), 1.5, 20.0)
    errors = rows(past, "test_error")
    scatter = mean_and_error(errors)[1] * np.sqrt((~np.isnan(errors)).sum(1))
    text = (
        "Median over N from 1.5 to 20 N* of the scatter of errors divided by what averaging takes"
        " off; n counts widths"
    )
    return st.of_runs(scatter / mean_over_seeds(estimates.excess_rows(past)), text)


def budget(found: xr.Dataset) -> Measured:
    """S18: error of an average slightly past N* minus that of one network of the total size."""
    one = scan(found)
    some = beyond(one, 2.0, 4.0)
    if not some.sizes["h"]:
        return st.no_estimate("no width between 2 and 4 N*")
    if not np.isfinite(some.ensemble_error.values).all():
        return st.no_estimate("the error of the average is not known at every width")
    best = some.isel(h=int(np.argmin(some.ensemble_error.values)))
    N, n = float(best.N), int(np.isfinite(best.test_error.values).sum())
    text = (
        f"Error of the average of {n} networks of N = {N:.0f}, minus that of one of N = {n * N:.0f}"
    )
    there = int(np.flatnonzero(one.N.values == N)[0])

    def apart(average: Curve, single: Curve) -> float:
        return float(average[there]) - at(one.N.values, single, n * N)

    return st.of_curves(apart, text, estimates.ensemble_rows(one), rows(one, "test_error"))


def peak_of_variance(found: xr.Dataset) -> Measured:
    """S4: the factor between N* and the N of the largest variance."""
    one = scan(found)
    u = places(one)

    def factor(y: Curve) -> float:
        place = float(u[int(np.nanargmax(y))])
        return max(place, 1 / place)

    text = "Factor between N* and the N at which the variance on test points is largest"
    return over_N(factor, text, one, "deviation_test")


def slope_of_f(found: xr.Dataset) -> Measured:
    """S5: b of ||grad f|| = C_0 + C_1 N^b beyond 10 N*."""
    past = large(scan(found))
    N, y = past.N.values, rows(past, "slope")
    free = with_floor(N, y)
    quarter, half = (corrected(N, y, (exponent,)) for exponent in (-0.25, -0.5))
    variance = mean_over_seeds(rows(past, "deviation_test"))
    alike = float(np.corrcoef(variance, mean_over_seeds(y**2))[0, 1])
    text = (
        f"Exponent of ||grad f|| above a floor, N > {first(past):.0f}; chi^2 is"
        f" {quarter.chi2:.1f} with -1/4 imposed, {half.chi2:.1f} with -1/2; the correlation of"
        f" ||grad f||^2 with the variance of f is {alike:.4f}"
    )
    return st.measured(free.exponent, seeds(past), text)


def correlation_with_estimate(found: xr.Dataset) -> Measured:
    """S7: the correlation of ln delta and the logarithm of its estimate."""
    past = beyond(scan(found), PAST)
    text = "Correlation over N > 2 N* of the logarithms of delta and of its estimate"
    if past.sizes["h"] < 3:
        return st.no_estimate(f"{text}: too few widths")

    def correlation(x: Curve, y: Curve) -> float:
        return float(np.corrcoef(np.log(x), np.log(y))[0, 1])

    return over_N(correlation, text, past, "delta_estimate", "delta")


def diverging_norm(found: xr.Dataset) -> Measured:
    """S9: b of ||f||^2 ~ (N / N* - 1)^b past jamming, N* fitted."""
    one = scan(found)
    law = estimates.divergence(one)
    text = (
        f"Exponent of ||f||^2 in N/N* - 1, N from {law.x_min:.0f} to {law.x_max:.0f}; N* ="
        f" {law.at.value:.0f} [{law.at.low:.0f}, {law.at.high:.0f}] fitted, where half of the"
        f" networks fit at {float(one.n_star):.0f}; chi^2 {law.chi2:.1f}"
    )
    return st.measured(law.exponent, int(one.sizes["seed"]), text)


def growing_norm(found: xr.Dataset) -> Measured:
    """S9: the largest norm at the end, divided by that after a tenth of the steps."""
    one = scan(found)
    steps = float(one.attrs["steps"])
    early = one.sel(t=steps / 10, method="nearest")
    text = f"Largest ||f|| over N after {steps:g} steps, divided by that after {float(early.t):g}"
    ends = rows(one.isel(t=-1), "norm_t"), rows(early, "norm_t")
    return st.of_curves(lambda a, b: float(np.nanmax(a) / np.nanmax(b)), text, *ends)


def zeros(found: xr.Dataset) -> Measured:
    """S10: the quartile of the zeros of f farthest from the linear estimate, in large networks."""
    one = scan(found)
    quartiles = one.crossing.transpose("h", "seed", "quartile").values
    # NaN where there are too few points; infinite where too many of them have no zero
    known = np.flatnonzero((~np.isnan(quartiles)).all(2).any(1))
    if not known.size:
        return st.no_estimate("too few points between the boundaries")
    N = one.N.values[known]
    low, _, high = np.nanmean(quartiles[known[-1]], 0)
    if not math.isfinite(high):
        text = "Too many points have no zero of f along its gradient"
        return st.exact(math.inf, seeds(one), text)
    start = int(np.searchsorted(N, one.n_star))
    before = np.nanmean(quartiles[known[start]], 0)
    text = (
        f"Quartile farther from 1 of zeros of f along its gradient, divided by |f|/|grad f|: half"
        f" lie between {low:.2f} and {high:.2f} at N = {N[-1]:.0f}, between"
        f" {before[0]:.2f} and {before[2]:.2f} at N = {N[start]:.0f}"
    )
    side = 0 if abs(math.log(low)) > abs(math.log(high)) else 2
    return st.of_mean(quartiles[known[-1], :, side], text)


def steps_of_wide(found: xr.Dataset) -> Measured:
    """S14: largest divided by smallest mean number of steps to fit, of wide networks."""
    one = scan(found)
    wide = one.isel(h=np.flatnonzero((one.h.values >= SLOW) & (one.lr < one.attrs["most"])))
    if wide.sizes["h"] < 2:
        return st.no_estimate("fewer than two wide networks")
    if not np.nanmin(rows(wide, "fitted")) > 0:
        return st.no_estimate("a wide network does not fit, and has no number of steps to fit")
    steps = rows(wide, "ticks")
    each = zip(wide.h.values, mean_over_seeds(steps), strict=True)
    said = ", ".join(f"{h:g}: {mean:.0f}" for h, mean in each)
    text = f"Largest divided by smallest mean number of steps to fit (h: {said})"
    return st.of_curves(lambda y: float(y.max() / y.min()), text, steps)
