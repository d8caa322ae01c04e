"""The statistics of claims about how f, and what initial weights do to it, go with N."""

import math

import numpy as np
import xarray as xr

from analysis.double_descent.estimates import PAST, beyond, divergence, excess_rows, large, rows
from claims.core.curves import Curve, of_curves
from claims.core.register import Measured
from claims.core.statistics import measured, no_estimate, of_mean
from claims.double_descent.descents import Results, first, scan, seeds
from jamming.checks.errors import BadInput
from jamming.fits.power import corrected, power_law, with_floor
from jamming.fits.seeds import mean_over_seeds

# the width from which on the papers' rate falls as h^-1.5
SLOW = 100.0


def variance(results: Results) -> Measured:
    """S4: b of <||f - fbar||^2> ~ N^b beyond 10 N*."""
    return _power(scan(results), "deviation_test", "Exponent of the variance in N")


def variance_with_width(results: Results) -> Measured:
    """P12: b of the variance ~ h^b beyond 10 N*."""
    past = large(scan(results))
    if past.sizes["h"] < 3:
        return no_estimate("fewer than three widths beyond 10 N*")
    law = power_law(past.h.values.astype(float), rows(past, "deviation_test"))
    return measured(law.exponent, seeds(past), "Exponent of the variance in h, beyond 10 N*")


def excess_with_variance(results: Results) -> Measured:
    """P12: b of eps_N - eps_bar_N ~ variance^b beyond 10 N*."""
    past = large(scan(results))
    if past.sizes["h"] < 3:
        return no_estimate("fewer than three widths beyond 10 N*")
    variance = mean_over_seeds(rows(past, "deviation_test"))
    law = power_law(variance, excess_rows(past))
    text = "Exponent in the variance of what averaging takes off the error, beyond 10 N*"
    return measured(law.exponent, seeds(past), text)


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
    """S5: b of ||grad f|| = C_0 + C_1 N^b beyond 10 N*."""
    past = large(scan(results))
    y = rows(past, "slope")
    try:
        free = with_floor(past.N.values, y)
        quarter, half = (corrected(past.N.values, y, (power,)) for power in (-0.25, -0.5))
    except BadInput as problem:
        return no_estimate(str(problem))
    variance = mean_over_seeds(rows(past, "deviation_test"))
    alike = float(np.corrcoef(variance, mean_over_seeds(y**2))[0, 1])
    text = (
        f"Exponent of ||grad f|| above a floor, N > {first(past):.0f}; chi^2 is"
        f" {quarter.chi2:.1f} with -1/4 imposed, {half.chi2:.1f} with -1/2; the correlation of"
        f" ||grad f||^2 with the variance of f is {alike:.4f}"
    )
    return measured(free.exponent, seeds(past), text)


def delta_with_estimate(results: Results) -> Measured:
    """S7: b of delta ~ (||f - fbar|| / ||grad f||)^b."""
    past = beyond(scan(results), PAST)
    if past.sizes["h"] < 3:
        return no_estimate("too few widths past N*")
    law = power_law(mean_over_seeds(rows(past, "delta_estimate")), rows(past, "delta"))
    return measured(law.exponent, seeds(past), "Exponent of delta in its estimate, N > 2 N*")


def correlation_with_estimate(results: Results) -> Measured:
    """S7: the correlation of ln delta and the logarithm of its estimate."""
    past = beyond(scan(results), PAST)
    text = "Correlation over N > 2 N* of the logarithms of delta and of its estimate"
    if past.sizes["h"] < 3:
        return no_estimate(f"{text}: too few widths")
    return of_curves(
        lambda x, y: float(np.corrcoef(np.log(x), np.log(y))[0, 1]),
        text,
        rows(past, "delta_estimate"),
        rows(past, "delta"),
    )


def diverging_norm(results: Results) -> Measured:
    """S9: b of ||f||^2 ~ (N / N* - 1)^b past jamming, N* fitted."""
    one = scan(results)
    try:
        law = divergence(one)
    except BadInput as problem:
        return no_estimate(str(problem))
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
    # NaN where there are too few points; infinite where too many of them have no zero
    known = np.flatnonzero((~np.isnan(quartiles)).all(2).any(1))
    if not known.size:
        return no_estimate("too few points between the boundaries")
    last, first = int(known[-1]), int(known[np.searchsorted(one.N.values[known], one.n_star)])

    def far(i: int) -> tuple[float, float]:
        low, _, high = np.nanmean(quartiles[i], 0)
        return float(low), float(high)

    low, high = far(last)
    before = far(first)
    if not math.isfinite(high):
        text = "Too many points have no zero of f along its gradient"
        return Measured(math.inf, None, None, seeds(one), text)
    side = 0 if abs(math.log(low)) > abs(math.log(high)) else 2
    text = (
        f"Quartile farther from 1 of zeros of f along its gradient, by |f|/|grad f|: half lie"
        f" between {low:.2f} and {high:.2f} at N = {one.N.values[last]:.0f}, between"
        f" {before[0]:.2f} and {before[1]:.2f} at N = {one.N.values[first]:.0f}"
    )
    return of_mean(quartiles[last, :, side].tolist(), text)


def steps_of_wide(results: Results) -> Measured:
    """S14: largest by smallest mean number of steps to fit, of wide networks."""
    one = scan(results)
    wide = one.isel(h=np.flatnonzero((one.h.values >= SLOW) & (one.lr < one.attrs["most"])))
    if wide.sizes["h"] < 2:
        return no_estimate("fewer than two wide networks")
    if not np.nanmin(rows(wide, "fitted")) > 0:
        return no_estimate("a wide network does not fit, and has no number of steps to fit")
    steps = mean_over_seeds(rows(wide, "ticks")).tolist()
    said = ", ".join(f"{h:g}: {s:.0f}" for h, s in zip(wide.h.values, steps, strict=True))
    text = f"Largest by smallest mean number of steps to fit (h: {said})"
    return of_curves(lambda y: float(y.max() / y.min()), text, rows(wide, "ticks"))


def _power(one: xr.Dataset, name: str, text: str) -> Measured:
    past = large(one)
    if past.sizes["h"] < 3:
        return no_estimate(f"{text}: fewer than three widths beyond 10 N*")
    law = power_law(past.N.values, rows(past, name))
    said = f"{text}, N from {law.x_min:.0f} to {law.x_max:.0f}; chi^2 {law.chi2:.1f}"
    return measured(law.exponent, seeds(past), said)
