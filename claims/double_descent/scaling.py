"""The statistics of claims about errors, f and its slope beyond N*, and about initial weights."""

import math
from dataclasses import replace

import numpy as np
import xarray as xr

from analysis.double_descent import estimates
from analysis.double_descent.estimates import LARGE, PAST, beyond, networks, rows, scan
from claims.core import statistics as st
from claims.core.register import Measured
from claims.double_descent.descents import Curve, at
from jamming.fits.power import corrected, power_law, with_floor
from jamming.fits.seeds import mean_over_seeds

# networks of which the papers take the average
AVERAGED = 20
# the width from which on the papers' rate falls as h^-1.5
SLOW = 100.0
# root mean square distance of outputs from labels at which the square loss has done its work
LEARNT = 0.01


def seeds(one: xr.Dataset) -> int:
    """Independent runs: the most networks of one width, or the training sets if several."""
    return int(np.isfinite(rows(one, "test_error")).sum(1).max(initial=0))


def power(found: xr.Dataset, *, y: str, x: str = "N", past: float = LARGE) -> Measured:
    """b of y ~ x^b beyond `past` N*; "excess" is what averaging takes off, "in_slopes" the variance
    divided by the square of the slope."""
    one = beyond(scan(found), past)
    one = one.assign(in_slopes=one.deviation_test / one.slope**2)
    at_x = one[x].values.astype(float) if x in "Nh" else mean_over_seeds(rows(one, x))
    law = power_law(at_x, rows(one, y))
    return st.measured(law.exponent, seeds(one)).saying(law=law)


def asymptotic(found: xr.Dataset, *, limit: bool = False) -> Measured:
    """B_0, for N above {first:.0f}; eps_inf = {inf.value:.3f} [{inf.low:.3f}, {inf.high:.3f}],
    B_1 = {B_1.value:.2g} [{B_1.low:.2g}, {B_1.high:.2g}], chi^2 per degree of freedom
    {chi2:.1f}."""
    # Of eps_N = eps_inf + B_0 N^(-1/2) + B_1 N^(-3/4); its `limit`, eps_inf, in place of B_0.
    past = beyond(scan(found), estimates.ASYMPTOTIC)
    law = corrected(past.N.values, rows(past, "test_error"))
    B_0, B_1 = law.prefactors
    number = st.measured(law.floor if limit else B_0, seeds(past))
    return number.saying(first=past.N.values[0], inf=law.floor, B_1=B_1, chi2=law.chi2)


def approach(found: xr.Dataset) -> Measured:
    """Exponent in N of the error above its limit, N > {first:.0f}; eps_inf = {law.floor.value:.3f}
    [{law.floor.low:.3f}, {law.floor.high:.3f}], chi^2 {law.chi2:.1f}."""
    past = beyond(scan(found), estimates.ASYMPTOTIC)
    law = with_floor(past.N.values, rows(past, "test_error"))
    return st.measured(law.exponent, seeds(past)).saying(first=past.N.values[0], law=law)


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
    """Exponent of the variance, trained on f - f_0 minus trained on f, the same widths {widths} on
    the same training sets; spread of the average's error divided by one network's: {spread}."""
    f, less = scan(found), scan(other)
    large = beyond(f, LARGE).h.values  # the N* of f for both, so that windows are the same
    common = [h for h in less.h.values if h in large]
    if len(common) < 3:
        return st.no_estimate(f"{{text}}: {len(common)} widths, where 3 are needed")
    paired = np.intersect1d(f.seed.values, less.seed.values)
    ln_N = np.log(f.sel(h=common).N.values)

    def apart(less: Curve, f: Curve) -> float:
        return float(np.polyfit(ln_N, np.log(less / f), 1)[0])

    variances = (rows(one.sel(h=common, seed=paired), "deviation_test") for one in (less, f))
    number = st.of_curves(apart, *variances)
    spread = flat_ensemble(other).value
    said = "unknown" if spread is None else f"{spread:.2f}"
    return number.saying(widths=f"h = {common[0]:g} to {common[-1]:g}", spread=said)


def self_averaging(found: xr.Dataset) -> Measured:
    """Scatter of the errors of networks on one training set, N from 1.5 to 20 N*, divided by what
    averaging takes off; root mean squares over widths, the mean over training sets."""
    past = beyond(scan(found), 1.5, 20.0)
    if not past.sizes["h"]:
        return st.no_estimate("{text}: no such widths")
    errors = rows(networks(found).sel(h=past.h), "test_error")
    each = np.stack(np.split(errors, estimates.training_sets(found), 1))
    scatter = np.sqrt(np.nanvar(each, axis=2, ddof=1).mean(1))
    excess = math.sqrt(float(np.mean(mean_over_seeds(rows(past, "excess")) ** 2)))
    if scatter.size == 1:  # of one set there is no interval
        return st.exact(scatter[0] / excess, 1)
    return st.of_mean(scatter / excess)


def budget(found: xr.Dataset) -> Measured:
    """Error of the average of {n} networks of N = {N:.0f}, which is the nearest to 3 N*, minus that
    of one of N = {total:.0f}."""
    one = scan(found)
    if not np.isfinite(one.place.values).all():
        return st.no_estimate("N* is not known")
    there = int(np.abs(np.log(one.place.values / 3)).argmin())
    N = float(one.N[there])

    def apart(average: Curve, single: Curve) -> float:
        return float(average[there]) - at(one.N.values, single, AVERAGED * N)

    average = estimates.average_rows(one, AVERAGED)
    number = st.of_curves(apart, average, rows(one, "test_error"))
    return number.saying(n=AVERAGED, N=N, total=AVERAGED * N)


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


def constants_of_slope(found: xr.Dataset) -> Measured:
    """C_0 / C_1 of ||grad f|| = C_0 + C_1 N^(-1/4), N > {first:.0f}; C_0 = {C_0:.2g}, C_1 =
    {C_1:.2g}."""
    past = beyond(scan(found), LARGE)
    if past.sizes["h"] < 3:
        return st.no_estimate("{text}: too few widths")
    x = past.N.values**-0.25

    def constants(y: Curve) -> tuple[float, float]:
        C_1, C_0 = np.polyfit(x, y, 1)
        return float(C_0), float(C_1)

    def share(y: Curve) -> float:
        C_0, C_1 = constants(y)
        return C_0 / C_1

    y = rows(past, "slope")
    C_0, C_1 = constants(mean_over_seeds(y))
    return st.of_curves(share, y).saying(first=past.N.values[0], C_0=C_0, C_1=C_1)


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
    """Exponent in h of the number of steps to fit (h: {means})."""
    one = scan(found)
    wide = one.isel(h=np.flatnonzero((one.h.values >= SLOW) & (one.lr < one.attrs["most"])))
    if wide.sizes["h"] < 2:
        return st.no_estimate("fewer than two wide networks")
    if not np.nanmin(rows(wide, "fitted")) >= 1:
        return st.no_estimate("a wide network does not fit, and has no number of steps to fit")
    steps, ln_h = rows(wide, "ticks"), np.log(wide.h.values)
    each = zip(wide.h.values, mean_over_seeds(steps), strict=True)
    number = st.of_curves(lambda y: float(np.polyfit(ln_h, np.log(y), 1)[0]), steps)
    return number.saying(means=", ".join(f"{h:g}: {mean:.0f}" for h, mean in each))


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
