"""The statistics of claims that compare settings: f0, biases, depths, kernels of start and end.

(*Disentangling feature and lazy training in deep neural networks*, 2020, App. A, I, J and Sec. 7.)
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float

from analysis.lazy_feature.estimates import (
    FEATURE,
    LAZY,
    against_alpha,
    ensemble_values,
    one_of,
    within,
)
from claims.core.register import Measured
from claims.core.statistics import no_estimate, of_mean, resampled, worst_case
from claims.lazy_feature.regime_errors import DEEP_FEATURE, REGIMES, regimes_apart
from jamming.fits.seeds import mean_over_seeds

Results = Mapping[str, Any]
Statistic = Callable[[Results], Measured]

EXTREME, KERNELS = "regimes-extreme", "regimes-kernels"
RAW, BIAS, DEEP = "regimes-unsubtracted", "regimes-bias", "regimes-deep"
DATA, GRAM, RESIDUAL = "regimes-data", "gram", "gram-resnet"
RESIDUAL_KERNELS, CNN = "regimes-resnet", "regimes-cnn"


def uncentred(high: bool) -> Statistic:
    """L17: errors of alpha f against those of alpha (f - f0).

    For alpha up to 1 the difference in standard errors; beyond 100 the smallest relative excess.
    """

    def statistic(results: Results) -> Measured:
        raw, base = one_of(results[RAW]), one_of(results[REGIMES])
        rows = []
        for h in map(int, raw.h.values):
            x, y = against_alpha(raw, "error", h)
            u, v = against_alpha(base, "error", h)
            alpha = x / math.sqrt(h)
            use = (alpha >= 100) if high else (alpha <= 1)
            shared = [i for i in np.flatnonzero(use) if np.isclose(u, x[i]).any()]
            if shared:
                match = [int(np.abs(np.log(u / x[i])).argmin()) for i in shared]
                rows.append((f"h = {h}", y[shared].mean(0), v[match].mean(0)))
        if not rows:
            return no_estimate("no alpha was run both with and without f0")
        if high:
            found = [(name, _excess(y, v)) for name, y, v in rows]
            text = "Relative excess of the error of alpha f, alpha of 100 and more"
            if unknown := [name for name, one in found if one.value is None]:
                return no_estimate(f"{text}: no number at {', '.join(unknown)}")
            worst = min(found, key=lambda one: one[1].value or 0.0)[1]
            said = "; ".join(f"{name}: {one.value:.2f}" for name, one in found)
            return Measured(worst.value, worst.low, worst.high, worst.n, f"{text} ({said})")
        found = [(name, _in_errors(y, v)) for name, y, v in rows]
        text = "Difference of the errors of alpha f and alpha (f - f0) in standard errors"
        return worst_case(found, 0.0, f"{text}, alpha of 1 and less")

    return statistic


def _excess(y: Float[np.ndarray, " n"], base: Float[np.ndarray, " n"]) -> Measured:
    """mean y / mean base - 1, networks resampled."""
    rng = np.random.default_rng(0)
    means = [x[rng.integers(0, x.size, (2000, x.size))].mean(1) for x in (y, base)]
    n = min(y.size, base.size)
    return resampled(float(y.mean() / base.mean() - 1), means[0] / means[1] - 1, n, "")


def _in_errors(y: Float[np.ndarray, " n"], base: Float[np.ndarray, " m"]) -> Measured:
    """The difference of means in standard errors."""
    se = math.sqrt(y.var(ddof=1) / y.size + base.var(ddof=1) / base.size)
    if se == 0:
        return no_estimate("the errors do not scatter")
    z = float((y.mean() - base.mean()) / se)
    return Measured(z, z - 1.96, z + 1.96, y.size, "")


def biases(results: Results) -> Measured:
    """L18: errors with biases less those without, in standard errors, mean over alpha~."""
    with_bias, base = one_of(results[BIAS]), one_of(results[REGIMES])
    found = []
    for h in map(int, with_bias.h.values):
        for name, of in (("networks", against_alpha), ("ensembles", None)):
            x, y = of(with_bias, "error", h) if of else ensemble_values(with_bias, h)
            u, v = of(base, "error", h) if of else ensemble_values(base, h)
            match = [int(np.abs(np.log(u / a)).argmin()) for a in x]
            if not np.allclose(u[match], x):
                return no_estimate("the sweeps with biases and without have not the same alpha~")
            found.append((f"{name}, h = {h}", _in_errors(y.mean(0), v[match].mean(0))))
    return worst_case(found, 0.0, "Difference of the errors in standard errors, mean over alpha~")


def kernel_of_the_end(place: int, name: str = KERNELS) -> Statistic:
    """L19: the error of the kernel of the end by that of the network, alpha number `place`."""

    def statistic(results: Results) -> Measured:
        one = one_of(results[name])
        alpha = float(one.alpha.values[place])
        cell = one.isel(alpha=place)
        found = []
        for h in one.h.values:
            row = cell.sel(h=h)
            end = _excess(row.end_error.values, row.error.values)
            start = _excess(row.kernel_error.values, row.error.values)
            if end.value is None or end.low is None or end.high is None:
                return no_estimate("a kernel of the end is missing")
            text = f"h = {h} (of the start {1 + (start.value or 0.0):.2f})"
            shifted = Measured(1 + end.value, 1 + end.low, 1 + end.high, end.n, "")
            found.append((text, shifted))
        text = f"Error of kernel learning with the final kernel by the network's, alpha = {alpha:g}"
        return worst_case(found, 1.0, text)

    return statistic


def depths(results: Results) -> Measured:
    """L22a: the ensemble's error of the deepest networks by that of the others, over alpha~."""
    shallow, deep = _depths(results)
    h = int(shallow.h.values[0])
    a, b = (ensemble_values(one, h)[1].mean(0) for one in (shallow, deep))
    value = float(b.mean() / a.mean())
    log_se = math.sqrt(sum(float(v.var(ddof=1) / v.size / v.mean() ** 2) for v in (a, b)))
    text = f"Ensemble's error of L = {int(deep.L)} by that of L = {int(shallow.L)}, h = {h}"
    low, high = value * math.exp(-1.96 * log_se), value * math.exp(1.96 * log_se)
    return Measured(value, low, high, a.size, f"{text}: {b.mean():.4f} and {a.mean():.4f}")


def single_depths(results: Results) -> Measured:
    """L22b: errors of single deep networks less those of the others, in standard errors."""
    shallow, deep = _depths(results)
    h = int(shallow.h.values[0])
    a, b = (against_alpha(one, "error", h)[1].mean(0) for one in (shallow, deep))
    found = _in_errors(b, a)
    text = f"Networks of L = {int(deep.L)}: {b.mean():.4f}, of L = {int(shallow.L)}: {a.mean():.4f}"
    text += "; the difference in standard errors"
    return Measured(found.value, found.low, found.high, found.n, text)


def _depths(results: Results) -> tuple[xr.Dataset, xr.Dataset]:
    sweep = results[DEEP]
    shallow, deep = (one_of(sweep, L=int(sweep.L.values[i])) for i in (0, -1))
    return shallow, deep


def blow_up(results: Results) -> Measured:
    """L25: Var F at the smallest alpha~ by that at 1e-2."""
    one = one_of(results[EXTREME])
    h = int(one.h.values[0])
    x, y = against_alpha(one, "deviation", h)
    _, e = against_alpha(one, "error", h)
    small, usual = int(x.argmin()), int(np.abs(np.log(x / DEEP_FEATURE)).argmin())
    found = _excess(y[small], y[usual])
    fitted = float(mean_over_seeds(against_alpha(one, "fitted", h)[1])[small])
    text = (
        f"Var F at alpha~ = {x[small]:g} by that at {x[usual]:g}, h = {h}; errors"
        f" {e[small].mean():.4f} and {e[usual].mean():.4f}; {fitted:.0%} of the networks fit"
    )
    value, low, high = (None if v is None else 1 + v for v in (found.value, found.low, found.high))
    return Measured(value, low, high, found.n, text)


def regime_of(*names: str) -> Statistic:
    """L21: ensemble's error of feature less that of lazy learning on one data set, over its error.

    On the first of those named that was run.
    """

    def statistic(results: Results) -> Measured:
        sweep = results[DATA]
        there = [name for name in names if name in sweep.dataset.values]
        if not there:
            return no_estimate(
                f"{names[0]} is not among {', '.join(map(str, sweep.dataset.values))}"
            )
        dataset = there[0]
        others = []
        for name in map(str, sweep.dataset.values):
            z = regimes_apart(one_of(sweep, dataset=name)).value
            if name != dataset and z is not None:
                others.append(f"{name} {z:.1f}")
        found = regimes_apart(one_of(sweep, dataset=dataset))
        text = f"{dataset}, P = {int(sweep.P.values[0])}: {found.text}"
        if others:
            text += f"; others: {', '.join(others)}"
        return Measured(found.value, found.low, found.high, found.n, text)

    return statistic


def regime_of_cnn(results: Results) -> Measured:
    """L24: the ensemble's error of feature less that of lazy learning, in standard errors."""
    return regimes_apart(one_of(results[CNN]))


def single_cnn(results: Results) -> Measured:
    """L24: the error of single networks in feature less that in lazy learning, likewise."""
    one = one_of(results[CNN])
    x, y = against_alpha(one, "error", int(one.h.values[-1]))
    feature, lazy = (y[within(x, regime)] for regime in (FEATURE, LAZY))
    if not (len(feature) and len(lazy)):
        return no_estimate("an alpha~ of each regime is needed")
    found = _in_errors(feature.mean(0), lazy.mean(0))
    said = ", ".join(f"{e:.4f} at alpha~ = {a:g}" for a, e in zip(x, y.mean(1), strict=True))
    text = f"Single networks: {said}; feature less lazy in standard errors"
    return Measured(found.value, found.low, found.high, found.n, text)


def classes_in_kernel(name: str) -> Statistic:
    """L20: how much the contrast of classes in Theta grows by learning, at the smallest alpha~.

    `name` is the experiment's.
    """

    def statistic(results: Results) -> Measured:
        return _contrast_gained(results[name])

    return statistic


def _contrast_gained(sweep: xr.Dataset) -> Measured:
    gain = (sweep.contrast.sel(moment="end") - sweep.contrast.sel(moment="start")).transpose(
        "alpha_tilde", "seed"
    )
    start = float(sweep.contrast.sel(moment="start").mean())
    # the first seed's matrices: how much the whole kernel has grown
    trace = np.trace(
        sweep.theta.transpose("alpha_tilde", "moment", "point", "other").values, 0, 2, 3
    )
    said = "; ".join(
        f"alpha~ = {a:g}: {start + mean:.3f}, the kernel grown by {grown:.3g}"
        for a, mean, grown in zip(
            sweep.alpha_tilde.values,
            gain.mean("seed").values,
            trace[:, 1] / trace[:, 0],
            strict=True,
        )
    )
    found = of_mean(gain.values[0], "")
    text = (
        "(within - between classes) / diagonal at the end less that at the start, which is"
        f" {start:.3f} ({said})"
    )
    return Measured(found.value, found.low, found.high, found.n, text)
