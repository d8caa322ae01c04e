"""The statistics of claims about errors, f and its slope beyond N*, and about initial weights."""

import math
from dataclasses import replace

import numpy as np
import xarray as xr

from analysis.double_descent import estimates
from analysis.double_descent.estimates import LARGE, PAST, beyond, rows, scan
from claims.core import statistics as st
from claims.core.register import Measured
from claims.double_descent.descents import Curve, at
from jamming.fits.power import corrected, power_law, with_floor
from jamming.fits.seeds import Interval, mean_and_error, mean_over_seeds

# networks of which the papers take the average
AVERAGED = 20
# the width from which on the papers' rate falls as h^-1.5
SLOW = 100.0
# root mean square distance of outputs from labels at which the square loss has done its work
LEARNT = 0.01


def seeds(one: xr.Dataset) -> int:
    """The most networks of one width."""
    return int(np.isfinite(rows(one, "test_error")).sum(1).max(initial=0))


def power(found: xr.Dataset, *, y: str, x: str = "N", past: float = LARGE) -> Measured:
    """b of y ~ x^b beyond `past` N*; "excess" is what averaging takes off."""
    one = beyond(scan(found), past)
    at_x = one[x].values.astype(float) if x in "Nh" else mean_over_seeds(rows(one, x))
    law = power_law(at_x, rows(one, y))
    return st.measured(law.exponent, seeds(one)).saying(law=law)


def power_of_averages(found: xr.Dataset, *, y: str, x: str) -> Measured:
    """b of delta ~ n^b, or of eps^n = eps_bar + A x^b, x = n or delta, of averages of n."""
    of = estimates.averages(scan(found))
    n, delta = of.n.values.astype(float), of.delta.values
    at_x = n if x == "n" else mean_over_seeds(delta)
    law = power_law(at_x, delta) if y == "delta" else with_floor(at_x, of.error.values)
    number = st.measured(law.exponent, of.sizes["group"])
    return number.saying(groups=f"n = {n[0]:g} to {n[-1]:g}", N=float(of.N), law=law)


def asymptotic(found: xr.Dataset, *, chi2: bool = False) -> Measured:
    """B_0, for N above {first:.0f}; eps_inf = {inf.value:.3f} [{inf.low:.3f}, {inf.high:.3f}],
    B_1 = {B_1.value:.2g} [{B_1.low:.2g}, {B_1.high:.2g}], chi^2 per degree of freedom
    {chi2:.1f}."""
    # Of eps_N = eps_inf + B_0 N^(-1/2) + B_1 N^(-3/4); its `chi2` in place of B_0.
    past = beyond(scan(found), estimates.ASYMPTOTIC)
    law = corrected(past.N.values, rows(past, "test_error"))
    B_0, B_1 = law.prefactors
    if not chi2:
        number = st.measured(B_0, seeds(past))
    elif math.isnan(law.chi2):
        number = st.no_estimate("{text}: fewer than three networks of a width")
    else:
        number = st.exact(law.chi2, seeds(past))
    return number.saying(first=past.N.values[0], inf=law.floor, B_1=B_1, chi2=law.chi2)


def flat_ensemble(found: xr.Dataset) -> Measured:
    """Spread over N from 2 N* of the error of the average of 20, divided by that of one network."""
    past = beyond(scan(found), 2.0, 120.0)
    if past.sizes["h"] < 4:
        return st.no_estimate("{text}: too few widths")
    single, ensemble = rows(past, "test_error"), estimates.average_rows(past, AVERAGED)
    return st.at_least(
        st.of_curves(lambda a, b: float(np.ptp(b) / np.ptp(a)), single, ensemble), 0.0
    )


def subleading(found: xr.Dataset) -> Measured:
    """Error of the average of 20 beyond 30 N* minus that between 2 and 10 N*."""
    one = scan(found)
    u = one.place.values
    near, far = (u >= 2) & (u <= 10), u >= 30
    if not near.any() or not far.any():
        return st.no_estimate("{text}: no such widths")
    y = estimates.average_rows(one, AVERAGED)
    return st.of_curves(lambda y: float(y[far].mean() - y[near].mean()), y)


def error_with_delta(found: xr.Dataset) -> Measured:
    """Exponent of the error in delta, N > {first:.0f}; eps_inf = {eps_inf:.3f}."""
    past = beyond(scan(found), PAST)
    law = with_floor(np.nanmedian(rows(past, "delta"), 1), rows(past, "test_error"))
    number = st.measured(law.exponent, seeds(past))
    return number.saying(first=past.N.values[0], eps_inf=law.floor.value)


def differences(found: xr.Dataset, other: xr.Dataset) -> Measured:
    """Exponent of the variance, trained on f - f_0 ({less:.2f}) minus trained on f ({f:.2f});
    spread of the average's error divided by one network's: {spread}."""
    parts = [beyond(scan(each), LARGE) for each in (found, other)]
    f, less = (power_law(x.N.values, rows(x, "deviation_test")).exponent for x in parts)
    spread = flat_ensemble(other).value
    half = math.hypot(*((law.high - law.low) / 2 for law in (f, less)))
    value = less.value - f.value
    number = st.measured(Interval(value, value - half, value + half), seeds(scan(other)))
    said = "unknown" if spread is None else f"{spread:.2f}"
    return number.saying(less=less.value, f=f.value, spread=said)


def self_averaging(found: xr.Dataset) -> Measured:
    """Median over N from 1.5 to 20 N* of the scatter of errors divided by what averaging takes
    off; n counts widths."""
    past = beyond(scan(found), 1.5, 20.0)
    errors = rows(past, "test_error")
    scatter = mean_and_error(errors)[1] * np.sqrt((~np.isnan(errors)).sum(1))
    return st.of_runs(scatter / mean_over_seeds(rows(past, "excess")))


def budget(found: xr.Dataset) -> Measured:
    """Error of the average of {n} networks of N = {N:.0f}, minus that of one of N = {total:.0f}."""
    one = scan(found)
    some = beyond(one, 2.0, 4.0)
    if not some.sizes["h"]:
        return st.no_estimate("no width between 2 and 4 N*")
    if not np.isfinite(some.ensemble_error.values).all():
        return st.no_estimate("the error of the average is not known at every width")
    best = some.isel(h=int(np.argmin(some.ensemble_error.values)))
    N, n = float(best.N), int(np.isfinite(best.test_error.values).sum())
    there = int(np.flatnonzero(one.N.values == N)[0])

    def apart(average: Curve, single: Curve) -> float:
        return float(average[there]) - at(one.N.values, single, n * N)

    number = st.of_curves(apart, rows(one, "ensemble"), rows(one, "test_error"))
    return number.saying(n=n, N=N, total=n * N)


def peak_of_variance(found: xr.Dataset) -> Measured:
    """Factor between N* and the N at which the variance on test points is largest."""
    one = scan(found)
    u = one.place.values

    def factor(y: Curve) -> float:
        place = float(u[int(np.nanargmax(y))])
        return max(place, 1 / place)

    return st.of_curves(factor, rows(one, "deviation_test"))


def slope_of_f(found: xr.Dataset) -> Measured:
    """Exponent of ||grad f|| above a floor, N > {first:.0f}; chi^2 is {quarter:.1f} with -1/4
    imposed, {half:.1f} with -1/2; the correlation of ||grad f||^2 with the variance of f is
    {alike:.4f}."""
    past = beyond(scan(found), LARGE)
    N, y = past.N.values, rows(past, "slope")
    free = with_floor(N, y).exponent
    quarter, half = (corrected(N, y, (exponent,)).chi2 for exponent in (-0.25, -0.5))
    variance = mean_over_seeds(rows(past, "deviation_test"))
    alike = float(np.corrcoef(variance, mean_over_seeds(y**2))[0, 1])
    number = st.measured(free, seeds(past))
    return number.saying(first=past.N.values[0], quarter=quarter, half=half, alike=alike)


def correlation_with_estimate(found: xr.Dataset) -> Measured:
    """Correlation over N > 2 N* of the logarithms of delta and of its estimate."""
    past = beyond(scan(found), PAST)
    if past.sizes["h"] < 3:
        return st.no_estimate("{text}: too few widths")

    def correlation(x: Curve, y: Curve) -> float:
        return float(np.corrcoef(np.log(x), np.log(y))[0, 1])

    return st.of_curves(correlation, rows(past, "delta_estimate"), rows(past, "delta"))


def diverging_norm(found: xr.Dataset) -> Measured:
    """Exponent of ||f||^2 in N/N* - 1, N from {law.x_min:.0f} to {law.x_max:.0f}; N* =
    {law.at.value:.0f} [{law.at.low:.0f}, {law.at.high:.0f}] fitted, where half of the networks fit
    at {half:.0f}; chi^2 {law.chi2:.1f}."""
    one = scan(found)
    law = estimates.divergence(one)
    return st.measured(law.exponent, one.sizes["seed"]).saying(law=law, half=float(one.n_star))


def growing_norm(found: xr.Dataset) -> Measured:
    """Largest ||f|| over N after {steps:g} steps, divided by that after {early:g}."""
    one = scan(found)
    steps = float(one.attrs["steps"])
    early = one.sel(t=steps / 10, method="nearest")
    ends = rows(one.isel(t=-1), "norm_t"), rows(early, "norm_t")
    growth = st.of_curves(lambda a, b: float(np.nanmax(a) / np.nanmax(b)), *ends)
    return growth.saying(steps=steps, early=float(early.t))


def zeros(found: xr.Dataset) -> Measured:
    """Quartile farther from 1 of zeros of f along its gradient, divided by |f|/|grad f|: half lie
    between {last}, between {start}."""
    # In the largest networks; `start` is of those next to N*.
    one = scan(found)
    quartiles = one.crossing.transpose("h", "seed", "quartile").values
    # NaN where there are too few points; infinite where too many of them have no zero
    known = np.flatnonzero((~np.isnan(quartiles)).all(2).any(1))
    if not known.size:
        return st.no_estimate("too few points between the boundaries")
    N = one.N.values[known]
    start = int(np.searchsorted(N, one.n_star))
    low, _, high = np.nanmean(quartiles[known[-1]], 0)
    if not math.isfinite(high):
        text = "Too many points have no zero of f along its gradient"
        return replace(st.exact(math.inf, seeds(one)), text=text)
    side = 0 if abs(math.log(low)) > abs(math.log(high)) else 2
    before = np.nanmean(quartiles[known[start]], 0)
    return st.of_mean(quartiles[known[-1], :, side]).saying(
        last=f"{low:.2f} and {high:.2f} at N = {N[-1]:.0f}",
        start=f"{before[0]:.2f} and {before[2]:.2f} at N = {N[start]:.0f}",
    )


def steps_of_wide(found: xr.Dataset) -> Measured:
    """Largest divided by smallest mean number of steps to fit (h: {means})."""
    one = scan(found)
    wide = one.isel(h=np.flatnonzero((one.h.values >= SLOW) & (one.lr < one.attrs["most"])))
    if wide.sizes["h"] < 2:
        return st.no_estimate("fewer than two wide networks")
    if not np.nanmin(rows(wide, "fitted")) > 0:
        return st.no_estimate("a wide network does not fit, and has no number of steps to fit")
    steps = rows(wide, "ticks")
    each = zip(wide.h.values, mean_over_seeds(steps), strict=True)
    found_steps = st.at_least(st.of_curves(lambda y: float(y.max() / y.min()), steps), 1.0)
    return found_steps.saying(means=", ".join(f"{h:g}: {mean:.0f}" for h, mean in each))


def power_of_width(wide: xr.Dataset, *, name: str) -> Measured:
    """b of a variable ~ h^b, h = {first} to {last}, where it is {end:.3f}; chi^2 {chi2:.1f}."""
    y = wide[name].transpose("h", "seed").values
    law = power_law(wide.h.values.astype(float), y)
    found = st.measured(law.exponent, y.shape[1])
    first, last = wide.h.values[[0, -1]].astype(int)
    return found.saying(first=first, last=last, end=y[-1].mean(), chi2=law.chi2)


def variance_at_start(wide: xr.Dataset, *, name: str) -> Measured:
    """Largest relative distance of the variance from its mean over h, {mean:.2g}; it goes as h to
    the {b:.2f}."""
    # Over h >= 20. `name`: "orthogonal" or "independent", the initial weights.
    wide = wide.isel(h=np.flatnonzero(wide.h.values >= 20))
    values = np.asarray(wide[name].transpose("h", "draw").values)
    law = power_law(wide.h.values.astype(float), values)
    found = st.at_least(st.of_curves(lambda y: float(np.abs(y / y.mean() - 1).max()), values), 0.0)
    return found.saying(mean=values.mean(), b=law.exponent.value)


def closed_form(wide: xr.Dataset) -> Measured:
    """Root mean square distance divided by that of the closed form at h = {h}; it goes as h to the
    {b:.2f}."""
    last = wide.isel(h=-1)
    h, left = int(last.h), float(last.left.max())
    if left > LEARNT:
        return st.no_estimate(f"at h = {h} labels are learnt to {left:.2g} only: more steps")
    law = power_law(wide.h.values.astype(float), wide.deviation.values)
    return st.of_mean(last.deviation.values).saying(h=h, b=law.exponent.value)
