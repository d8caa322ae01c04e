"""The statistics of claims about how far and how fast features are learnt.

(*Disentangling feature and lazy training in deep neural networks*, 2020, Secs. 5 and 6, App. B, C,
E and F.)
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from analysis.loss_curves import mean_curve
from analysis.regime_fits import (
    FEATURE,
    LAZY,
    NEAR,
    against_alpha,
    crossover,
    law,
    local_slopes,
    mean_and_error,
    one_of,
)
from claims.regime_errors import REGIMES, WIDE, exact, of_interval, of_mean, seeds
from claims.register import Measured
from claims.statistics import farthest, nothing
from jamming.fits.collapse import collapse

Results = Mapping[str, Any]
Statistic = Callable[[Results], Measured]

DEPTHS, RELU = "regimes-depths", "regimes-relu"
# alpha~ from which loss curves are those of the frozen kernel
LAZY_CURVES = 1e2


def _wide(one: xr.Dataset) -> list[int]:
    return [int(h) for h in one.h.values if h >= WIDE]


def lazy_power(name: str) -> Statistic:
    """L6a, L10a: the power of alpha in the lazy regime, of the width farthest from -1."""

    def statistic(results: Results) -> Measured:
        one = one_of(results[REGIMES])
        found = [
            (f"h = {h}", of_interval(law(one, name, int(h), *LAZY).exponent, seeds(one), ""))
            for h in one.h.values
        ]
        return farthest(found, -1.0, "Power of alpha~ from 1e3 on")

    return statistic


def kernel_crossing(results: Results) -> Measured:
    """L6b: alpha~ at which the kernel changes by its own norm, and how the widths collapse."""
    one = one_of(results[REGIMES])
    found = [(f"h = {h}", of_interval(crossover(one, h), seeds(one), "")) for h in _wide(one)]
    curves = []
    for h in _wide(one):
        x, y = against_alpha(one, "kernel_change", h, FEATURE[0])
        curves.append((x, mean_and_error(y)[0]))
    apart = math.exp(collapse(curves)) if len(curves) > 1 else math.nan
    text = f"alpha~ of the crossover; in alpha~ curves of the widths lie within {apart:.2f}"
    return farthest(found, 5.0, text)


def crossing_of_mfp(results: Results) -> Measured:
    """X3b: the largest by the smallest alpha of the crossover in mfp, which is alpha~ of ntp."""
    one = one_of(results[REGIMES])
    at = {h: crossover(one, h) for h in _wide(one)}
    values = [each.value for each in at.values()]
    said = ", ".join(f"{x:.3g} at h = {h}" for h, x in zip(at, values, strict=True))
    text = f"Largest by smallest alpha of the crossover: {said}"
    if len(values) < 2 or not np.isfinite(values).all():
        return nothing(text)
    high = max(each.high for each in at.values()) / min(each.low for each in at.values())
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
        return of_interval(type(b)(-b.value, -b.high, -b.low), seeds(one), text)

    return statistic


def half_times(results: Results) -> Measured:
    """L8: how far t_{L/2} / alpha~ varies over widths and alpha~ in feature learning."""
    one = one_of(results[REGIMES])
    means, said = [], []
    for h in _wide(one):
        x, y = against_alpha(one, "t_half", h, *FEATURE)
        each = y.mean(1) / x
        means += each.tolist()
        said.append(f"h = {h}: {each.min():.2f} to {each.max():.2f}")
    text = f"Largest t_L/2 / alpha~ by the smallest, less 1 ({'; '.join(said)})"
    return exact(max(means) / min(means) - 1, seeds(one), text)


def lazy_half_times(results: Results) -> Measured:
    """L9a: how far t_{L/2} varies over widths and alpha~ in lazy learning."""
    one = one_of(results[REGIMES])
    means, errors = [], []
    for h in _wide(one):
        _, y = against_alpha(one, "t_half", h, LAZY[0])
        mean, error = mean_and_error(y)
        means += mean.tolist()
        errors += (error / mean).tolist()
    text = (
        f"Largest t_L/2 by the smallest, less 1: {min(means):.2f} to {max(means):.2f}; a mean over"
        f" networks has an error of {np.mean(errors):.1%}"
    )
    return exact(max(means) / min(means) - 1, seeds(one), text)


def lazy_curves(results: Results) -> Measured:
    """L9b: the largest difference of mean loss curves in lazy learning from that of the widest."""
    one = one_of(results[REGIMES])
    h = _wide(one)
    curves = []
    for width in h:
        own = one.sel(h=width).at_alpha_tilde.values.astype(float)
        for k in np.flatnonzero(own >= LAZY_CURVES / NEAR):
            curves.append((width, *mean_curve(one, "curve_loss", width, int(k))))
    if len(curves) < 2:
        return nothing("fewer than two lazy loss curves")
    _, t, best = curves[-1]
    apart = {
        width: max(
            float(np.abs(np.interp(np.log(t), np.log(u), y) - best).max())
            for other, u, y in curves
            if other == width
        )
        for width in h
    }
    said = ", ".join(f"{x:.3f} at h = {width}" for width, x in apart.items())
    text = f"Largest difference of alpha^2 L(t), mean over networks: {said}"
    return exact(max(apart.values()), seeds(one), text)


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
    one = one_of(results[REGIMES])
    found = []
    for h in _wide(one):
        _, y = against_alpha(one, "growth", h, *FEATURE)
        found.append((f"h = {h}", of_mean(y.mean(0), "")))
    return farthest(found, 1.0, "Power of t of ||f_t - f_0|| up to 0.3 t_L/2, mean over alpha~")


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
        edges = x[np.isfinite(mean_and_error(y)[0])]
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
        mean = y.mean(1)
        found.append((f"h = {h}", exact(float(mean.max() / mean.min() - 1), seeds(one), "")))
    slopes = [law(one, "weight_change", h, *LAZY).exponent.value for h in _wide(one)]
    said = ", ".join(f"{b:.3f}" for b in slopes)
    text = f"Longest time to fit by the shortest, less 1; |w - w0| has the powers {said} of alpha"
    return farthest(found, 0.0, text)
