"""The statistics of claims that compare settings: f0, biases, depths, kernels of start and end.

(*Disentangling feature and lazy training in deep neural networks*, 2020, App. A, I, J and Sec. 7.)
"""

import math
from dataclasses import replace

import numpy as np
import xarray as xr

from analysis.lazy_feature.estimates import (
    FEATURE,
    LAZY,
    against_alpha,
    ensemble_values,
    one_of,
    within,
)
from claims.core import statistics as st
from claims.core.register import Measured
from claims.lazy_feature.regimes import DEEP, apart, ratio_of_means, regimes_apart, widths
from jamming.fits.seeds import mean_over_seeds


def uncentred(raw: xr.Dataset, base: xr.Dataset, *, high: bool) -> Measured:
    """L17: errors of alpha f against those of alpha (f - f0).

    For alpha up to 1 the difference in standard errors; beyond 100 the smallest relative excess.
    """
    raw, base = one_of(raw), one_of(base)
    found = []
    for h in widths(raw, 1):
        x, y = against_alpha(raw, "error", h)
        u, v = against_alpha(base, "error", h)
        alpha = x / math.sqrt(h)
        use = (alpha >= 100) if high else (alpha <= 1)
        shared = [i for i in np.flatnonzero(use) if np.isclose(u, x[i]).any()]
        if shared:
            errors = y[shared].mean(0), v[_nearest(u, x[shared])].mean(0)
            one = ratio_of_means(*errors, minus=1.0) if high else apart(*errors)
            found.append((f"h = {h}", one))
    if not found:
        return st.no_estimate("no alpha was run both with and without f0")
    if not high:
        text = "Difference of the errors of alpha f and alpha (f - f0) in standard errors"
        return st.worst_case(found, 0.0, f"{text}, alpha of 1 and less")
    text = "Relative excess of the error of alpha f, alpha of 100 and more"
    least = st.worst_case(found, math.inf, text)
    return least if least.value is None else replace(least, n=found[0][1].n)


def biases(with_bias: xr.Dataset, base: xr.Dataset) -> Measured:
    """L18: errors with biases minus those without, in standard errors, mean over alpha~."""
    with_bias, base = one_of(with_bias), one_of(base)
    found = []
    for h in widths(with_bias, 1):
        for name in ("networks", "ensembles"):
            (x, y), (u, v) = (
                against_alpha(one, "error", h) if name == "networks" else ensemble_values(one, h)
                for one in (with_bias, base)
            )
            match = _nearest(u, x)
            if not np.allclose(u[match], x):
                return st.no_estimate("the sweeps with biases and without have not the same alpha~")
            found.append((f"{name}, h = {h}", apart(y.mean(0), v[match].mean(0))))
    return st.worst_case(
        found, 0.0, "Difference of the errors in standard errors, mean over alpha~"
    )


def _nearest(u: np.ndarray, x: np.ndarray) -> list[int]:
    """For each alpha~ of x the index of the nearest in u."""
    return [int(np.abs(np.log(u / a)).argmin()) for a in x]


def kernel_of_the_end(sweep: xr.Dataset, *, place: int) -> Measured:
    """L19: the error of the kernel of the end divided by the network's, alpha number `place`."""
    one = one_of(sweep)
    cell = one.isel(alpha=place)
    found = []
    for h in widths(one, 1):
        row = cell.sel(h=h)
        end, start = (
            ratio_of_means(row[name].values, row.error.values)
            for name in ("end_error", "kernel_error")
        )
        if end.value is None or end.low is None or end.high is None:
            return st.no_estimate("a kernel of the end is missing")
        said = "unknown" if start.value is None else f"{start.value:.2f}"
        found.append((f"h = {h} (of the start {said})", end))
    text = "Error of kernel learning with the final kernel divided by the network's, alpha ="
    return st.worst_case(found, 1.0, f"{text} {float(one.alpha.values[place]):g}")


def depths(sweep: xr.Dataset) -> Measured:
    """L22a: the ensemble's error of the deepest networks divided by that of the others."""
    shallow, deep = _depths(sweep)
    h = int(shallow.h.values[0])
    a, b = (ensemble_values(one, h)[1].mean(0) for one in (shallow, deep))
    value = float(b.mean() / a.mean())
    log_se = math.sqrt(sum(float(v.var(ddof=1) / v.size / v.mean() ** 2) for v in (a, b)))
    low, high = (value * math.exp(sign * st.NORMAL * log_se) for sign in (-1, 1))
    text = (
        f"Ensemble's error of L = {int(deep.L)} divided by that of L = {int(shallow.L)}, h = {h}:"
        f" {b.mean():.4f} and {a.mean():.4f}"
    )
    return Measured(value, low, high, a.size, text)


def single_depths(sweep: xr.Dataset) -> Measured:
    """L22b: errors of single deep networks minus those of the others, in standard errors."""
    shallow, deep = _depths(sweep)
    h = int(shallow.h.values[0])
    a, b = (against_alpha(one, "error", h)[1].mean(0) for one in (shallow, deep))
    text = f"Networks of L = {int(deep.L)}: {b.mean():.4f}, of L = {int(shallow.L)}: {a.mean():.4f}"
    return apart(b, a, f"{text}; the difference in standard errors")


def _depths(sweep: xr.Dataset) -> list[xr.Dataset]:
    return [one_of(sweep, L=int(sweep.L.values[i])) for i in (0, -1)]


def blow_up(sweep: xr.Dataset) -> Measured:
    """L25: Var F at the smallest alpha~ divided by that at 1e-2."""
    one = one_of(sweep)
    h = int(one.h.values[0])
    x, y = against_alpha(one, "deviation", h)
    _, e = against_alpha(one, "error", h)
    small, usual = int(x.argmin()), *_nearest(x, np.array([DEEP["feature"]]))
    fitted = float(mean_over_seeds(against_alpha(one, "fitted", h)[1])[small])
    text = (
        f"Var F at alpha~ = {x[small]:g} divided by that at {x[usual]:g}, h = {h}; errors"
        f" {e[small].mean():.4f} and {e[usual].mean():.4f}; {fitted:.0%} of the networks fit"
    )
    return ratio_of_means(y[small], y[usual], text)


def regime_of(sweep: xr.Dataset, *, datasets: list[str]) -> Measured:
    """L21: ensemble's error of feature minus that of lazy learning, in standard errors.

    On the first of the data sets that was run; what others gave is in the text.
    """
    run = [str(name) for name in sweep.dataset.values]
    there = [name for name in datasets if name in run]
    if not there:
        return st.no_estimate(f"{datasets[0]} is not among {', '.join(run)}")
    each = {
        name: regimes_apart(one_of(sweep, dataset=name), f"{name}, P = {int(sweep.P.values[0])}: ")
        for name in run
    }
    found = each.pop(there[0])
    others = [f"{name} {one.value:.1f}" for name, one in each.items() if one.value is not None]
    said = f"; others: {', '.join(others)}" if others else ""
    return replace(found, text=f"{found.text}{said}")


def single_cnn(sweep: xr.Dataset) -> Measured:
    """L24: the error of single networks in feature minus that in lazy learning, likewise."""
    one = one_of(sweep)
    x, y = against_alpha(one, "error", int(one.h.values[-1]))
    feature, lazy = (y[within(x, regime)] for regime in (FEATURE, LAZY))
    if not (len(feature) and len(lazy)):
        return st.no_estimate("an alpha~ of each regime is needed")
    said = ", ".join(f"{e:.4f} at alpha~ = {a:g}" for a, e in zip(x, y.mean(1), strict=True))
    text = f"Single networks: {said}; feature minus lazy in standard errors"
    return apart(feature.mean(0), lazy.mean(0), text)


def classes_in_kernel(sweep: xr.Dataset) -> Measured:
    """L20: how much the contrast of classes in Theta grows by learning, at the smallest alpha~."""
    before, after = (sweep.sel(moment=moment) for moment in ("start", "end"))
    gain = (after.contrast - before.contrast).transpose("alpha_tilde", "seed")
    start = float(before.contrast.mean())
    # the first seed's matrices: how much the whole kernel has grown
    traces = sweep.theta.transpose("point", "other", "alpha_tilde", "moment").values.trace()
    said = "; ".join(
        f"alpha~ = {a:g}: {start + mean:.3f}, the kernel grown by {grown:.3g}"
        for a, mean, grown in zip(
            sweep.alpha_tilde.values,
            gain.mean("seed").values,
            traces[:, 1] / traces[:, 0],
            strict=True,
        )
    )
    text = (
        "(within - between classes) / diagonal at the end minus that at the start, which is"
        f" {start:.3f} ({said})"
    )
    return st.of_mean(gain.values[0], text)
