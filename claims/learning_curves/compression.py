"""The statistics of claims about learning curves: invariant data, and kernels of images."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from claims.core.curves import Curve, of_curves
from claims.core.register import Measured
from claims.core.statistics import SAMPLES, no_estimate, resampled, worst_case
from jamming.data.invariant import beta_feature, beta_lazy
from jamming.fits.interval import Interval
from jamming.fits.power import PowerLaw, power_law
from sweeps.lazy_feature.gram import most_learnt

Results = Mapping[str, Any]
Statistic = Callable[[Results], Measured]

STRIPE, CYLINDER, IMAGES, CURVE = "stripe", "cylinder", "gram-cnn", "curve-cnn"
MNIST, CIFAR = "kernel-regression-mnist", "kernel-regression-cifar10"
# Exponents of errors of images are those of the last decade of P: below, where neighbours are as
# far apart as any two images, the curves bend.
DECADE = 10.0
# Those of the stripe are of a decade and a half, five octaves.
AND_A_HALF = 32.0


def exponent(name: str, curve: str) -> Statistic:
    """P6: beta of epsilon ~ P^-beta, less what is predicted; `curve` is lazy or feature."""

    def statistic(results: Results) -> Measured:
        found: xr.Dataset = results[name]
        d, d_par = int(found.attrs["d"]), int(found.attrs["d_par"])
        predicted = beta_lazy(d) if curve == "lazy" else beta_feature(d, d_par)
        law = law_of(found, curve, _last(found, AND_A_HALF))
        if law is None:
            return no_estimate("three P within a decade and a half are needed")
        b = law.exponent
        text = (
            f"beta of epsilon ~ P^-beta less the predicted {predicted:.3f}, P from {law.x_min:g} to"
            f" {law.x_max:g}, {found.attrs['dataset']}: beta = {-b.value:.3f}"
            f" [{-b.high:.3f}, {-b.low:.3f}]"
        )
        if curve == "feature":
            fitted = float(found.fitted.mean())
            lazy = law_of(found, "lazy", _last(found, AND_A_HALF))
            text += f"; {fitted:.0%} of the networks fit"
            text += "" if lazy is None else f"; of the kernel it is {-lazy.exponent.value:.3f}"
        apart = Interval(*(end + predicted for end in (b.value, b.low, b.high)))
        return of_exponent(apart, -1.0, found.sizes["set"], text)

    return statistic


def exponents_apart(results: Results) -> Measured:
    """P5: beta where features are learnt less that of lazy training, on the same data sets."""
    found: xr.Dataset = results[CURVE]
    rows = [_by_set(found[name]) for name in ("feature", "lazy")]
    ln_P = np.log(found.P.values.astype(float))
    fitted = float(found.feature_fitted.mean())
    text = f"beta of feature learning less that of lazy training; {fitted:.0%} of the networks fit"
    if ln_P.size < 3 or min(row.min() for row in rows) <= 0:
        return no_estimate(f"three P with errors are needed: {text}")

    def apart(feature: Curve, lazy: Curve) -> float:
        steep, flat = (-np.polyfit(ln_P, np.log(curve), 1)[0] for curve in (feature, lazy))
        return float(steep - flat)

    return of_curves(apart, text, *rows)


def exponent_of_cnn(curve: str) -> Statistic:
    """P5: beta of epsilon ~ P^-beta; `curve` is lazy or feature."""

    def statistic(results: Results) -> Measured:
        found: xr.Dataset = results[CURVE]
        law = law_of(found, curve, 0.0)
        if law is None:
            return no_estimate("three P are needed")
        a = found.attrs
        text = (
            f"beta of epsilon ~ P^-beta, P from {law.x_min:g} to {law.x_max:g}, {a['dataset']},"
            f" h = {a['h']}, L = {a['L']}"
        )
        return of_exponent(law.exponent, -1.0, found.sizes["set"], text)

    return statistic


def feature_by_lazy(results: Results) -> Measured:
    """P5a: the error where features are learnt by that of lazy training, at the worst P."""
    found: xr.Dataset = results[CURVE]
    cases = [
        (f"P = {P}", ratio(*(_by_set(found.sel(P=P)[name]) for name in ("feature", "lazy"))))
        for P in found.P.values
    ]
    text = "Error of feature learning by that of lazy training, of networks and their kernels"
    return worst_case(cases, 0.0, text)


def compression(results: Results) -> Measured:
    """P7: the exponent of Lambda(P)."""
    found: xr.Dataset = results[STRIPE]
    law = law_of(found, "Lambda_largest", 0.0)
    others = {
        "where the loss has halved": "Lambda_half",
        "at the end": "Lambda",
        "at the end with all neurons alike": "Lambda_alike",
    }
    laws = {how: law_of(found, name, 0.0) for how, name in others.items()}
    if law is None:
        return no_estimate("three P are needed")
    said = ", ".join(f"{how} {one.exponent.value:.2f}" for how, one in laws.items() if one)
    text = (
        "Exponent of Lambda ~ P^a, its largest on the way, neurons weighed by their read-out,"
        f" P from {law.x_min:g} to {law.x_max:g}; {said}"
    )
    return of_exponent(law.exponent, 1.0, found.sizes["set"], text)


def compressed_kernel(results: Results) -> Measured:
    """P8: the error of feature learning by that of the kernel on compressed data, at the worst P.

    Ratios of means over the data sets.
    """
    found: xr.Dataset = results[STRIPE]
    cases = []
    for P in found.P.values:
        one = found.sel(P=P)
        feature, kernel = (_by_set(one[name]) for name in ("feature", "compressed"))
        there = ~np.isnan(feature) & ~np.isnan(kernel)
        cases.append((f"P = {P}", ratio(feature[there], kernel[there])))
    text = "Error of feature learning by that of the kernel on (x_par, x_perp / Lambda)"
    return worst_case(cases, 1.0, text)


def informative_kernel(name: str) -> Statistic:
    """P9: by how much information and projection of the top eigenvectors grow, the lesser.

    Of an experiment of `sweeps.learning_curves.compression`, or of `sweeps.lazy_feature.gram`.
    """

    def statistic(results: Results) -> Measured:
        found = results[name]
        return _informed(found if "pca_P" in found.attrs else most_learnt(found))

    return statistic


def _informed(found: xr.Dataset) -> Measured:
    start, end = (found.sel(moment=moment) for moment in ("start", "end"))
    sets = found.sizes["set"]
    # what is within the error of no information counts as that error: its estimate can be negative
    known = np.maximum(start.pca_total.values, start.pca_total_error.values)
    bits = [known, end.pca_total.values]
    omega2 = [one.pca_omega2.sum("eigenvector").values for one in (start, end)]
    if sets < 2 or not all(np.isfinite(rows).all() for rows in (*bits, *omega2)):
        return no_estimate("two data sets with a kernel PCA are needed")
    draws = np.random.default_rng(0).integers(0, sets, (SAMPLES, sets))

    def lesser(rows: np.ndarray) -> np.ndarray:
        ratios = [b[rows].mean(-1) / a[rows].mean(-1) for a, b in (bits, omega2)]
        least: np.ndarray = np.minimum(*ratios)
        return least

    value = float(lesser(np.arange(sets)[None])[0])
    text = (
        "Growth by learning of what the top ten eigenvectors have, the lesser of two: information"
        f" {bits[0].mean():.2f} to {bits[1].mean():.2f} bits, projection of the labels"
        f" {omega2[0].mean():.2f} to {omega2[1].mean():.2f}, P = {found.attrs['pca_P']}"
    )
    return resampled(value, lesser(draws), sets, text, log=True)


def exponent_of_images(name: str, centre: float) -> Statistic:
    """P10: beta of the mean square error of the kernel farthest from the published one."""

    def statistic(results: Results) -> Measured:
        found: xr.Dataset = results[name]
        cases, wrong = [], []
        for kernel in found.kernel.values:
            one = found.sel(kernel=kernel)
            laws = [law_of(one, curve, _last(found)) for curve in ("mse", "error")]
            if laws[0] is None or laws[1] is None:
                return no_estimate("three P within a decade are needed")
            cases.append((str(kernel), of_exponent(laws[0].exponent, -1.0, one.sizes["seed"], "")))
            wrong.append(f"{-laws[1].exponent.value:.2f}")
        text = (
            f"beta of the mean square error of regression, {found.attrs['dataset']}, P up to"
            f" {int(found.P.max())}; of the share of wrong points {' and '.join(wrong)}"
        )
        return worst_case(cases, centre, text)

    return statistic


def dimension(name: str, published: float) -> Statistic:
    """P10: d of the distance to the nearest of P points, ~ P^(-1/d)."""

    def statistic(results: Results) -> Measured:
        found: xr.Dataset = results[name]
        law = law_of(found, "nearest", _last(found))
        if law is None:
            return no_estimate("three P within a decade are needed")
        b = law.exponent
        d = Interval(*(-1 / end for end in (b.value, b.low, b.high)))
        text = (
            f"d of the distance to the nearest of P points ~ P^(-1/d), {found.attrs['dataset']},"
            f" P from {law.x_min:g} to {law.x_max:g}; published {published:g}"
        )
        return of_exponent(d, 1.0, found.sizes["seed"], text)

    return statistic


def ratio(a: np.ndarray, b: np.ndarray) -> Measured:
    """Of the means of a and b over the same data sets, resampled together."""
    if a.size < 2 or not b.all() or not np.isfinite([a, b]).all():
        return no_estimate("no errors of two data sets")
    draws = np.random.default_rng(0).integers(0, a.size, (SAMPLES, a.size))
    each = a[draws].mean(1) / b[draws].mean(1)
    return resampled(float(a.mean() / b.mean()), each, int(a.size), "", log=True)


def _last(found: xr.Dataset, factor: float = DECADE) -> float:
    """Where the last factor of P begins."""
    return float(found.P.max()) / factor


def _by_set(column: xr.DataArray) -> np.ndarray:
    """The mean over the networks on each data set, that of the data sets last."""
    if "init" not in column.dims:
        return column.values
    return column.mean("init").values


def law_of(found: xr.Dataset, name: str, least: float) -> PowerLaw | None:
    """The power law of P from `least` on; None with fewer than three P that have a value."""
    rows, P = _by_set(found[name]), found.P.values.astype(float)
    with np.errstate(invalid="ignore"):
        there = (P >= least) & (np.nansum(rows, 1) > 0)
    return power_law(P[there], rows[there]) if there.sum() >= 3 else None


def of_exponent(found: Interval, sign: float, n: int, text: str) -> Measured:
    """Of an exponent, or of its negative."""
    ends = sorted((sign * found.low, sign * found.high))
    known = not any(math.isnan(end) for end in ends)
    low, high = ends if known else (None, None)
    return Measured(sign * found.value, low, high, n, text)
