"""The statistics of claims about how far and how fast features are learnt.

(*Disentangling feature and lazy training in deep neural networks*, 2020, Secs. 5 and 6, App. B, C,
E and F.)
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from analysis.lazy_feature.estimates import (
    FEATURE,
    LAZY,
    NEAR,
    against_alpha,
    crossover,
    law,
    local_slopes,
    one_of,
)
from claims.core.curves import of_curves
from claims.core.register import Measured
from claims.core.statistics import largest, measured, no_estimate, of_mean, worst_case
from claims.lazy_feature.regime_errors import REGIMES, WIDE, exact, seeds
from jamming.fits.curves import collapse
from jamming.fits.seeds import mean_and_error, mean_over_seeds
from jamming.observables.learning_curves import curve

Results = Mapping[str, Any]
Statistic = Callable[[Results], Measured]

# between which a crossover is one at alpha~ = O(1)
ORDER_OF_ONE = (0.3, 50.0)
DEPTHS, RELU, EARLY = "regimes-depths", "regimes-relu", "regimes-growth"


def _wide(one: xr.Dataset) -> list[int]:
    return [int(h) for h in one.h.values if h >= WIDE]


def lazy_power(name: str) -> Statistic:
    """L6a, L10a: the power of alpha in the lazy regime, of the width farthest from -1."""

    def statistic(results: Results) -> Measured:
        one = one_of(results[REGIMES])
        found = [
            (f"h = {h}", measured(law(one, name, int(h), *LAZY).exponent, seeds(one), ""))
            for h in one.h.values
        ]
        return worst_case(found, -1.0, "Power of alpha~ from 1e3 on")

    return statistic


def kernel_crossing(results: Results) -> Measured:
    """L6b: alpha~ at which the kernel changes by its own norm, and how the widths collapse."""
    one = one_of(results[REGIMES])
    found = [(f"h = {h}", measured(crossover(one, h), seeds(one), "")) for h in _wide(one)]
    curves = []
    for h in _wide(one):
        x, y = against_alpha(one, "kernel_change", h, FEATURE[0])
        curves.append((x, mean_and_error(y)[0]))
    apart = math.exp(collapse(curves)) if len(curves) > 1 else math.nan
    text = f"alpha~ of the crossover; in alpha~ curves of the widths lie within {apart:.2f}"
    return worst_case(found, math.sqrt(math.prod(ORDER_OF_ONE)), text, log=True)


def crossing_of_mfp(results: Results) -> Measured:
    """X3b: the largest by the smallest alpha of the crossover in mfp, which is alpha~ of ntp."""
    one = one_of(results[REGIMES])
    at = {h: crossover(one, h) for h in _wide(one)}
    values = [each.value for each in at.values()]
    said = ", ".join(f"{x:.3g} at h = {h}" for h, x in zip(at, values, strict=True))
    text = f"Largest by smallest alpha of the crossover: {said}"
    if len(values) < 2 or not np.isfinite(values).all():
        return no_estimate(text)
    high = -largest(-each.low for each in at.values())
    high = largest(each.high for each in at.values()) / high
    low = 1.0
    return Measured(max(values) / min(values), low, float(high), seeds(one), text)


def feature_power(name: str, L: int) -> Statistic:
    """L7: minus the power of alpha~ in feature learning, at one depth."""

    def statistic(results: Results) -> Measured:
        one = one_of(results[DEPTHS], L=L)
        h = int(one.h.values[-1])
        found = law(one, name, h, *FEATURE)
        b = found.exponent
        text = (
            f"L = {L}, h = {h}, alpha~ from {found.x_min:g} to {found.x_max:g},"
            f" chi2 {found.chi2:.1f}"
        )
        return measured(type(b)(-b.value, -b.high, -b.low), seeds(one), text)

    return statistic


def half_times(results: Results) -> Measured:
    """L8: how far t_{L/2} / alpha~ varies over widths and alpha~ in feature learning."""
    one = one_of(results[EARLY])
    means, said = [], []
    for h in _wide(one):
        x, y = against_alpha(one, "t_half", h, *FEATURE)
        each = y.mean(1) / x
        means += each.tolist()
        said.append(f"h = {h}: {each.min():.2f} to {each.max():.2f}")
    text = f"Largest t_L/2 / alpha~ by the smallest, less 1 ({'; '.join(said)})"
    return exact(largest(means) / -largest(-x for x in means) - 1, seeds(one), text)


def lazy_half_times(results: Results) -> Measured:
    """L9a: how far t_{L/2} of one network varies over alpha~ in lazy learning, of the worst."""
    one = one_of(results[EARLY])
    found = []
    for h in _wide(one):
        _, y = against_alpha(one, "t_half", h, LAZY[0])
        each = y.max(0) / y.min(0) - 1
        found.append((f"h = {h}", exact(float(each.max()), seeds(one), "")))
    return worst_case(found, 0.0, "Largest t_L/2 by the smallest of one network, less 1")


def half_times_by_width(results: Results) -> Measured:
    """L9c: how far the mean t_{L/2} of widths differs in lazy learning, largest by smallest."""
    one = one_of(results[EARLY])
    rows = {h: against_alpha(one, "t_half", h, LAZY[0])[1].mean(0) for h in _wide(one)}
    errors = {h: y.std(ddof=1) / math.sqrt(y.size) for h, y in rows.items()}
    said = ", ".join(f"{y.mean():.2f} +- {errors[h]:.2f} at h = {h}" for h, y in rows.items())
    text = f"Largest mean t_L/2 of a width by the smallest, less 1: {said}"
    if len(rows) < 2:
        return no_estimate(text)
    return of_curves(lambda y: float(y.max() / y.min() - 1), text, np.stack(list(rows.values())))


def lazy_curves(results: Results) -> Measured:
    """L9b: the largest difference of one network's loss curves in the lazy regime."""
    one = one_of(results[EARLY])
    found = []
    for h in _wide(one):
        x, _ = against_alpha(one, "error", h)
        rows = [(one.sel(h=h).isel({str(one.attrs["scale"]): k})) for k in range(x.size)]
        lazy = [row for row, a in zip(rows, x, strict=True) if a >= LAZY[0] / NEAR]
        if len(lazy) < 2:
            return no_estimate("fewer than two lazy loss curves")
        apart = 0.0
        for s in range(seeds(one)):
            curves = [curve(row.curve_t.values[s], row.curve_loss.values[s]) for row in lazy]
            t, best = (each[1:] for each in curves[-1])
            for u, y in curves[:-1]:
                at = np.interp(np.log(t), np.log(u[1:]), y[1:])
                apart = largest([apart, float(np.abs(at - best).max())])
        found.append((f"h = {h}", exact(apart, seeds(one), "")))
    return worst_case(
        found, 0.0, "Largest difference of alpha^2 L(t) between alpha~ of one network"
    )


def rescaled_weights(results: Results) -> Measured:
    """L10b: sqrt(h) |w - w0| / |w0| in feature learning, largest by smallest over the widths."""
    one = one_of(results[REGIMES])
    rows = []
    for h in one.h.values:
        _, y = against_alpha(one, "weight_change", int(h), *FEATURE)
        rows.append(math.sqrt(h) * y.mean(1))
    ratio = np.max(rows, axis=0) / np.min(rows, axis=0)
    said = ", ".join(f"{r.mean():.2f}" for r in rows)
    text = f"Largest by smallest over h; means by width: {said}"
    return exact(float(ratio.max()), seeds(one), text)


def linear_growth(results: Results) -> Measured:
    """L11a: the power of t by which the output grows before t_{L/2}, in feature learning."""
    one = one_of(results[EARLY])
    found = []
    for h in _wide(one):
        _, y = against_alpha(one, "growth", h, *FEATURE)
        # too few looks before t_{L/2} leave some alpha~ without a number
        there = y[~np.isnan(y).all(1)]
        found.append((f"h = {h}", of_mean(mean_over_seeds(there.T) if there.size else y[0], "")))
    return worst_case(found, 1.0, "Power of t of ||f_t - f_0|| up to 0.3 t_L/2, mean over alpha~")


def grown_output(results: Results) -> Measured:
    """L11b: ||f - f_0|| / sqrt(h) at t_{L/2}, the largest over widths by the smallest."""
    one = one_of(results[REGIMES])
    rows, said = [], []
    for h in _wide(one):
        x, y = against_alpha(one, "norm_half", h, *FEATURE)
        rows.append(y.mean(1) / x)
        said.append(f"{rows[-1].mean():.3g} at h = {h}")
    ratio = np.max(rows, axis=0) / np.min(rows, axis=0)
    text = f"Largest by smallest over h at one alpha~ ({', '.join(said)})"
    return exact(float(ratio.max()), seeds(one), text)


def intermediate(results: Results) -> Measured:
    """L14: over how many decades of alpha~ the local power of relu's kernel change is -1/2."""
    one = one_of(results[RELU])
    best, said = 0.0, []
    for h in map(int, one.h.values):
        x, y = against_alpha(one, "kernel_change", h)
        edges = x[~np.isnan(mean_over_seeds(y))]
        _, slope = local_slopes(one, "kernel_change", h)
        inside = (slope <= -0.35) & (slope >= -0.65)
        run = longest = 0.0
        for k, there in enumerate(inside):
            run = run + math.log10(edges[k + 1] / edges[k]) if there else 0.0
            longest = max(longest, run)
        best = max(best, longest)
        said.append(f"h = {h}: {longest:.1f}, powers {', '.join(f'{s:.2f}' for s in slope)}")
    text = f"Decades with a local power between -0.65 and -0.35 ({'; '.join(said)})"
    return exact(best, seeds(one), text)


def lazy_ends(results: Results) -> Measured:
    """L26: how far the time to fit varies over alpha~ of 1e3 and more, of the worst width."""
    one = one_of(results[REGIMES])
    found = []
    for h in _wide(one):
        _, y = against_alpha(one, "t_end", h, LAZY[0])
        _, fitted = against_alpha(one, "fitted", h, LAZY[0])
        mean = y.mean(1)
        # the time of a run that did not fit is that of its budget
        apart = float(mean.max() / mean.min() - 1) if (fitted > 0).all() else math.nan
        found.append((f"h = {h}", exact(apart, seeds(one), "")))
    slopes = [law(one, "weight_change", h, *LAZY).exponent.value for h in _wide(one)]
    said = ", ".join(f"{b:.3f}" for b in slopes)
    text = f"Longest time to fit by the shortest, less 1; |w - w0| has the powers {said} of alpha"
    return worst_case(found, 0.0, text)
