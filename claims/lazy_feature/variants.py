"""The statistics of claims that compare settings: f0, biases, depths, kernels of start and end.

(*Disentangling feature and lazy training in deep neural networks*, 2020, App. A, I, J and Sec. 7.)
"""

import math
from typing import Any

import numpy as np
import xarray as xr

from analysis.lazy_feature import estimates
from analysis.lazy_feature.estimates import FEATURE, LAZY, against_alpha, one_of
from claims.core import statistics as st
from claims.core.register import Measured
from jamming.fits.seeds import mean_over_seeds


def paired(a: st.Samples, b: st.Samples, *, minus: float = 0.0) -> Measured:
    """mean a / mean b - `minus`, of values on the same training sets, which are resampled
    together."""
    if a.shape != b.shape:
        return st.no_estimate("the sweeps have not the same training sets: {text}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return st.no_estimate("{text}: a run diverged")
    return st.bootstrap(lambda rows: float(a[rows].mean() / b[rows].mean()) - minus, a.size)


def regimes_apart(sweep: xr.Dataset, dataset: str | None = None) -> Measured:
    """Ensembles of {seeds}, h = {h}: {feature:.4f} in feature and {lazy:.4f} in lazy learning; the
    difference in standard errors."""
    # For the widest networks; each network has a part in both.
    one = one_of(sweep, dataset)
    h = int(one.h.values[-1])
    curves = (against_alpha(one, "ensemble", h, *regime) for regime in (FEATURE, LAZY))
    feature, lazy = (y.mean(0) for _, y in curves)
    difference = feature - lazy
    error = float(difference.std(ddof=1) / math.sqrt(difference.size))
    found = st.in_errors(float(difference.mean()), error, estimates.seeds(one))
    return found.saying(seeds=one.attrs["seeds"], h=h, feature=feature.mean(), lazy=lazy.mean())


def uncentred(raw: xr.Dataset, base: xr.Dataset, *, high: bool) -> Measured:
    """Relative excess of the errors of alpha f over those of alpha (f - f0), alpha of {range}."""
    # For alpha up to 1 that farthest from 0; beyond 100 the smallest.
    raw, base = one_of(raw), one_of(base)
    found = []
    for h in estimates.widths(raw, 1):
        x, y = against_alpha(raw, "error", h)
        u, v = against_alpha(base, "error", h)
        alpha = x / math.sqrt(h)
        use = (alpha >= 100) if high else (alpha <= 1)
        shared = [i for i in np.flatnonzero(use) if np.isclose(u, x[i]).any()]
        if shared:
            errors = y[shared].mean(0), v[estimates.nearest(u, x[shared])].mean(0)
            found.append((f"h = {h}", paired(*errors, minus=1.0)))
    if not found:
        return st.no_estimate("no alpha was run both with and without f0")
    worst = st.worst_case(found, math.inf if high else 0.0)
    return worst.saying(range="100 and more" if high else "1 and less")


def biases(with_bias: xr.Dataset, base: xr.Dataset) -> Measured:
    """Relative excess of the errors with biases, mean over alpha~."""
    both = one_of(with_bias), one_of(base)
    found = []
    for h in estimates.widths(both[0], 1):
        for name, of in (("networks", "error"), ("ensembles", "ensemble")):
            (x, y), (u, v) = (against_alpha(one, of, h) for one in both)
            match = estimates.nearest(u, x)
            if not np.allclose(u[match], x):
                return st.no_estimate("the sweeps with biases and without have not the same alpha~")
            means = y.mean(0), v[match].mean(0)
            found.append((f"{name}, h = {h}", paired(*means, minus=1.0)))
    return st.worst_case(found, 0.0)


def kernel_of_the_end(sweep: xr.Dataset, *, place: int) -> Measured:
    """Error of kernel learning with the final kernel divided by the network's, alpha =
    {alpha:g}."""
    one = one_of(sweep)
    cell = one.isel(alpha=place)
    found = []
    for h in estimates.widths(one, 1):
        row = cell.sel(h=h)
        errors = (row[name].values for name in ("end_error", "kernel_error"))
        end, start = (paired(each, row.error.values) for each in errors)
        if end.value is None or end.low is None or end.high is None:
            return st.no_estimate("a kernel of the end is missing")
        said = "unknown" if start.value is None else f"{start.value:.2f}"
        found.append((f"h = {h} (of the start {said})", end))
    return st.worst_case(found, 1.0).saying(alpha=float(cell.alpha))


def depths(sweep: xr.Dataset) -> Measured:
    """Ensemble's error of L = {deep} divided by that of L = {shallow}, h = {h}: {b:.4f} and
    {a:.4f}."""
    a, b, said = _at_depths(sweep, "ensemble")
    return paired(b, a).saying(**said)


def single_depths(sweep: xr.Dataset) -> Measured:
    """Networks of L = {deep}: {b:.4f}, of L = {shallow}: {a:.4f}; the difference in standard
    errors."""
    a, b, said = _at_depths(sweep, "error")
    error = float((b - a).std(ddof=1) / math.sqrt(a.size))
    return st.in_errors(float((b - a).mean()), error, a.size).saying(**said)


def _at_depths(sweep: xr.Dataset, name: str) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Errors of the shallowest and the deepest, means over alpha~, and what is said of them."""
    both = [one_of(sweep, L=int(sweep.L.values[i])) for i in (0, -1)]
    h = int(both[0].h.values[0])
    a, b = (against_alpha(one, name, h)[1].mean(0) for one in both)
    shallow, deep = (int(one.L) for one in both)
    return a, b, {"shallow": shallow, "deep": deep, "h": h, "a": a.mean(), "b": b.mean()}


def blow_up(sweep: xr.Dataset) -> Measured:
    """Var F at alpha~ = {small:g} divided by that at {usual:g}, h = {h}; errors {errors};
    {fitted:.0%} of the networks fit."""
    one = one_of(sweep)
    h = int(one.h.values[0])
    x, y = against_alpha(one, "deviation", h)
    _, e = against_alpha(one, "error", h)
    small, usual = int(x.argmin()), *estimates.nearest(x, [estimates.DEEP["feature"]])
    return paired(y[small], y[usual]).saying(
        small=x[small],
        usual=x[usual],
        h=h,
        errors=f"{e[small].mean():.4f} and {e[usual].mean():.4f}",
        fitted=mean_over_seeds(against_alpha(one, "fitted", h)[1])[small],
    )


def regime_of(sweep: xr.Dataset, *, datasets: list[str]) -> Measured:
    """{dataset}, P = {P}: Ensembles of {seeds}, h = {h}: {feature:.4f} in feature and {lazy:.4f} in
    lazy learning; the difference in standard errors{others}."""
    run = [str(name) for name in sweep.dataset.values]
    first = next((name for name in datasets if name in run), "")
    if not first:
        return st.no_estimate(f"{datasets[0]} is not among {', '.join(run)}")
    each = {name: regimes_apart(sweep, name) for name in run}
    found = each.pop(first)
    others = [f"{name} {one.value:.1f}" for name, one in each.items() if one.value is not None]
    said = f"; others: {', '.join(others)}" if others else ""
    return found.saying(dataset=first, P=int(sweep.P.values[0]), others=said)


def lazy_is_better(sweep: xr.Dataset, *, datasets: list[str]) -> Measured:
    """Of all data sets that of the smallest difference in standard errors, feature minus lazy."""
    missing = set(datasets) - {str(name) for name in sweep.dataset.values}
    if missing:
        return st.no_estimate(f"{', '.join(sorted(missing))} was not run: {{text}}")
    found = ((name, regimes_apart(sweep, name)) for name in datasets)
    return st.worst_case(found, math.inf)


def single_cnn(sweep: xr.Dataset) -> Measured:
    """Single networks: {errors}; feature minus lazy in standard errors."""
    one = one_of(sweep)
    h = int(one.h.values[-1])
    x, y = against_alpha(one, "error", h)
    feature, lazy = (against_alpha(one, "error", h, *regime)[1] for regime in (FEATURE, LAZY))
    if not (len(feature) and len(lazy)):
        return st.no_estimate("an alpha~ of each regime is needed")
    said = ", ".join(f"{e:.4f} at alpha~ = {a:g}" for a, e in zip(x, y.mean(1), strict=True))
    return st.apart(feature.mean(0), lazy.mean(0)).saying(errors=said)


def classes_in_kernel(sweep: xr.Dataset) -> Measured:
    """(within - between classes) / diagonal at the end minus that at the start, which is
    {start:.3f} ({each})."""
    # How much the contrast of classes in Theta grows by learning, at the smallest alpha~.
    before, after = (sweep.sel(moment=moment) for moment in ("start", "end"))
    gain = (after.contrast - before.contrast).transpose("alpha_tilde", "seed")
    start = float(before.contrast.mean())
    # the first seed's matrices: how much the whole kernel has grown
    traces = sweep.theta.transpose("point", "other", "alpha_tilde", "moment").values.trace()
    rows = zip(gain.alpha_tilde.values, gain.mean("seed").values, *traces.T, strict=True)
    said = "; ".join(
        f"alpha~ = {a:g}: {start + mean:.3f}, the kernel grown by {last / first:.3g}"
        for a, mean, first, last in rows
    )
    return st.of_mean(gain.values[0]).saying(start=start, each=said)
