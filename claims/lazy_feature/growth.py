"""The statistics of claims about how far and how fast features are learnt.

(*Disentangling feature and lazy training in deep neural networks*, 2020, Secs. 5 and 6, App. B, C,
E and F.)
"""

import math

import numpy as np
import xarray as xr

from analysis.lazy_feature import estimates
from analysis.lazy_feature.estimates import FEATURE, LAZY, NEAR, against_alpha, law, one_of
from claims.core import statistics as st
from claims.core.register import Measured
from claims.lazy_feature.regimes import WIDE, by_width, seeds, widths
from jamming.fits.curves import collapse
from jamming.fits.seeds import mean_over_seeds
from jamming.observables.learning_curves import curve

# between which a crossover is one at alpha~ = O(1)
ORDER_OF_ONE = (0.3, 50.0)


def lazy_power(sweep: xr.Dataset, *, name: str) -> Measured:
    """L6a, L10a: the power of alpha in the lazy regime, of the width farthest from -1."""
    one = one_of(sweep)
    found = by_width(one, lambda h: st.measured(law(one, name, h, *LAZY).exponent, seeds(one)), 1)
    return st.worst_case(found, -1.0, "Power of alpha~ from 1e3 on")


def kernel_crossing(sweep: xr.Dataset) -> Measured:
    """L6b: alpha~ at which the kernel changes by its own norm, and how the widths collapse."""
    one = one_of(sweep)
    each = (against_alpha(one, "kernel_change", h, FEATURE[0]) for h in widths(one))
    curves = [(x, mean_over_seeds(y)) for x, y in each]
    apart = math.exp(collapse(curves)) if len(curves) > 1 else math.nan
    found = by_width(one, lambda h: st.measured(estimates.crossover(one, h), seeds(one)))
    text = f"alpha~ of the crossover; in alpha~ curves of the widths lie within {apart:.2f}"
    return st.worst_case(found, math.sqrt(math.prod(ORDER_OF_ONE)), text, log=True)


def crossing_of_mfp(sweep: xr.Dataset) -> Measured:
    """X3b: largest alpha of the crossover in mfp, which is alpha~ of ntp, divided by smallest."""
    one = one_of(sweep)
    at = {h: estimates.crossover(one, h) for h in widths(one)}
    said = ", ".join(f"{x.value:.3g} at h = {h}" for h, x in at.items())
    text = f"Largest alpha of the crossover divided by the smallest: {said}"
    if len(at) < 2 or not np.isfinite([x.value for x in at.values()]).all():
        return st.no_estimate(text)
    return st.spread(list(at.values()), seeds(one), text)


def feature_power(sweep: xr.Dataset, *, name: str, L: int) -> Measured:
    """L7: minus the power of alpha~ in feature learning, at one depth."""
    one = one_of(sweep, L=L)
    h = int(one.h.values[-1])
    found = law(one, name, h, *FEATURE)
    text = (
        f"L = {L}, h = {h}, alpha~ from {found.x_min:g} to {found.x_max:g}, chi2 {found.chi2:.1f}"
    )
    return st.measured(st.moved(found.exponent, 0.0, -1.0), seeds(one), text)


def half_times(sweep: xr.Dataset) -> Measured:
    """L8: how far t_{L/2} / alpha~ varies over widths and alpha~ in feature learning."""
    one = one_of(sweep)
    means, said = [], []
    for h in widths(one):
        x, y = against_alpha(one, "t_half", h, *FEATURE)
        each = y.mean(1) / x
        means += each.tolist()
        said.append(f"h = {h}: {each.min():.2f} to {each.max():.2f}")
    text = f"Largest t_L/2 / alpha~ divided by the smallest, minus 1 ({'; '.join(said)})"
    return st.exact(np.max(means) / np.min(means) - 1, seeds(one), text)


def lazy_half_times(sweep: xr.Dataset) -> Measured:
    """L9a: how far t_{L/2} of one network varies over alpha~ in lazy learning, of the worst."""
    one = one_of(sweep)

    def varies(h: int) -> Measured:
        _, y = against_alpha(one, "t_half", h, LAZY[0])
        return st.exact((y.max(0) / y.min(0) - 1).max(), seeds(one))

    text = "Largest t_L/2 divided by the smallest of one network, minus 1"
    return st.worst_case(by_width(one, varies), 0.0, text)


def half_times_by_width(sweep: xr.Dataset) -> Measured:
    """L9c: how far the mean t_{L/2} of widths differs in lazy learning, largest by smallest."""
    one = one_of(sweep)
    rows = [against_alpha(one, "t_half", h, LAZY[0])[1].mean(0) for h in widths(one)]
    said = ", ".join(
        f"{y.mean():.2f} +- {y.std(ddof=1) / math.sqrt(y.size):.2f} at h = {h}"
        for h, y in zip(widths(one), rows, strict=True)
    )
    text = f"Largest mean t_L/2 of a width divided by the smallest, minus 1: {said}"
    if len(rows) < 2:
        return st.no_estimate(text)
    return st.of_curves(lambda y: float(y.max() / y.min() - 1), text, np.stack(rows))


def lazy_curves(sweep: xr.Dataset) -> Measured:
    """L9b: the largest difference of one network's loss curves in the lazy regime."""
    one = one_of(sweep)
    found = []
    for h in widths(one):
        x, _ = against_alpha(one, "error", h)
        cells = one.sel(h=h).isel({str(one.attrs["scale"]): np.flatnonzero(x >= LAZY[0] / NEAR)})
        cells = cells.transpose("seed", str(one.attrs["scale"]), ...)
        if cells.curve_t.shape[1] < 2:
            return st.no_estimate("fewer than two lazy loss curves")
        apart = [0.0]
        for times, losses in zip(cells.curve_t.values, cells.curve_loss.values, strict=True):
            curves = [curve(t, y) for t, y in zip(times, losses, strict=True)]
            t, last = (each[1:] for each in curves[-1])
            for u, y in curves[:-1]:
                at = np.interp(np.log(t), np.log(u[1:]), y[1:])
                apart.append(float(np.abs(at - last).max()))
        found.append((f"h = {h}", st.exact(st.largest(apart), seeds(one))))
    text = "Largest difference of alpha^2 L(t) between alpha~ of one network"
    return st.worst_case(found, 0.0, text)


def one_curve(
    sweep: xr.Dataset, *, name: str, h: float = 0.0, alpha: float = 0.0, least: int = WIDE
) -> Measured:
    """L10b, L11b: h^`h` alpha~^`alpha` times a variable, the largest over widths by the smallest.

    In feature learning, over widths from `least` on, at the alpha~ where they differ most.
    """
    one = one_of(sweep)
    rows, said = [], []
    for width in widths(one, least):
        x, y = against_alpha(one, name, width, *FEATURE)
        rows.append(width**h * x**alpha * y.mean(1))
        said.append(f"{rows[-1].mean():.3g} at h = {width}")
    text = f"Largest divided by smallest over h at one alpha~, means {', '.join(said)}"
    return st.exact((np.max(rows, axis=0) / np.min(rows, axis=0)).max(), seeds(one), text)


def linear_growth(sweep: xr.Dataset) -> Measured:
    """L11a: the power of t by which the output grows before t_{L/2}, in feature learning."""
    one = one_of(sweep)

    def power(h: int) -> Measured:
        _, y = against_alpha(one, "growth", h, *FEATURE)
        # too few snapshots before t_{L/2} leave some alpha~ without a number
        there = y[~np.isnan(y).all(1)]
        return st.of_mean(mean_over_seeds(there.T) if there.size else y[0])

    text = "Power of t of ||f_t - f_0|| up to 0.3 t_L/2, mean over alpha~"
    return st.worst_case(by_width(one, power), 1.0, text)


def intermediate(sweep: xr.Dataset) -> Measured:
    """L14: over how many decades of alpha~ the local power of relu's kernel change is -1/2."""
    one = one_of(sweep)
    best, said = [0.0], []
    for h in widths(one, 1):
        x, y = against_alpha(one, "kernel_change", h)
        edges = x[~np.isnan(mean_over_seeds(y))]
        _, slope = estimates.local_slopes(one, "kernel_change", h)
        run, longest = 0.0, 0.0
        for k, power in enumerate(slope):
            inside = -0.65 <= power <= -0.35
            run = run + math.log10(edges[k + 1] / edges[k]) if inside else 0.0
            longest = max(longest, run)
        best.append(longest)
        said.append(f"h = {h}: {longest:.1f}, powers {', '.join(f'{s:.2f}' for s in slope)}")
    text = f"Decades with a local power between -0.65 and -0.35 ({'; '.join(said)})"
    return st.exact(max(best), seeds(one), text)


def lazy_ends(sweep: xr.Dataset) -> Measured:
    """L26: how far the time to fit varies over alpha~ of 1e3 and more, of the worst width."""
    one = one_of(sweep)

    def varies(h: int) -> Measured:
        mean = against_alpha(one, "t_end", h, LAZY[0])[1].mean(1)
        _, fitted = against_alpha(one, "fitted", h, LAZY[0])
        # the time of a run that did not fit is that of its budget
        apart = mean.max() / mean.min() - 1 if (fitted > 0).all() else math.nan
        return st.exact(apart, seeds(one))

    slopes = [law(one, "weight_change", h, *LAZY).exponent.value for h in widths(one)]
    text = (
        "Longest time to fit divided by the shortest, minus 1; |w - w0| has the powers"
        f" {', '.join(f'{b:.3f}' for b in slopes)} of alpha"
    )
    return st.worst_case(by_width(one, varies), 0.0, text)
