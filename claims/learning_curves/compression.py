"""The statistics of claims about learning curves: invariant data, and kernels of images."""

import numpy as np
import xarray as xr

from claims.core import statistics as st
from claims.core.register import Measured
from jamming.checks.errors import BadInput
from jamming.data.invariant import beta_feature, beta_lazy
from jamming.fits.interval import Interval
from jamming.fits.power import PowerLaw, power_law
from sweeps.lazy_feature.gram import most_learnt

# Exponents of errors of images are those of the last decade of P: below, where neighbours are as
# far apart as any two images, the curves bend.
DECADE = 10.0
# Those of the stripe are of a decade and a half, five octaves.
AND_A_HALF = 32.0

Rows = np.ndarray


def exponent(found: xr.Dataset, *, curve: str) -> Measured:
    """P6: beta of epsilon ~ P^-beta, minus what is predicted; `curve` is lazy or feature."""
    d, d_par = int(found.attrs["d"]), int(found.attrs["d_par"])
    predicted = beta_lazy(d) if curve == "lazy" else beta_feature(d, d_par)
    law = _law(found, curve, AND_A_HALF)
    beta = st.moved(law.exponent, 0.0, -1.0)
    text = (
        f"beta of epsilon ~ P^-beta minus the predicted {predicted:.3f}, P from {law.x_min:g} to"
        f" {law.x_max:g}, {found.attrs['dataset']}: beta = {beta.value:.3f}"
        f" [{beta.low:.3f}, {beta.high:.3f}]"
    )
    if curve == "feature":
        text += (
            f"; {float(found.fitted.mean()):.0%} of the networks fit; of the kernel it is"
            f" {_said(found, 'lazy', -1.0, AND_A_HALF)}"
        )
    return st.measured(st.moved(beta, -predicted), found.sizes["set"], text)


def exponents_apart(found: xr.Dataset) -> Measured:
    """P5: beta where features are learnt minus that of lazy training, on the same data sets."""
    rows = [_by_set(found[name]) for name in ("feature", "lazy")]
    ln_P = np.log(found.P.values.astype(float))
    fitted = float(found.feature_fitted.mean())
    text = f"beta of feature learning minus that of lazy training; {fitted:.0%} of the networks fit"
    if ln_P.size < 3 or min(row.min() for row in rows) <= 0:
        return st.no_estimate(f"three P with errors are needed: {text}")

    def apart(*curves: Rows) -> float:
        feature, lazy = (-np.polyfit(ln_P, np.log(curve), 1)[0] for curve in curves)
        return float(feature - lazy)

    return st.of_curves(apart, text, *rows)


def exponent_of_cnn(found: xr.Dataset, *, curve: str) -> Measured:
    """P5: beta of epsilon ~ P^-beta; `curve` is lazy or feature."""
    law, a = _law(found, curve), found.attrs
    text = (
        f"beta of epsilon ~ P^-beta, P from {law.x_min:g} to {law.x_max:g}, {a['dataset']},"
        f" h = {a['h']}, L = {a['L']}"
    )
    return st.measured(st.moved(law.exponent, 0.0, -1.0), found.sizes["set"], text)


def feature_by_lazy(found: xr.Dataset) -> Measured:
    """P5a: the error of feature learning divided by that of lazy training, at the worst P."""
    text = "Error of feature learning divided by that of lazy training, of networks and kernels"
    cases = ((P, _ratio(*_at(found, P, "feature", "lazy"))) for P in found.P.values)
    return st.worst_case(((f"P = {P}", one) for P, one in cases), 0.0, text)


def compression(found: xr.Dataset) -> Measured:
    """P7: the exponent of Lambda(P)."""
    law = _law(found, "Lambda_largest")
    others = {
        "where the loss has halved": "Lambda_half",
        "at the end": "Lambda",
        "at the end with all neurons alike": "Lambda_alike",
    }
    said = ", ".join(f"{how} {_said(found, name)}" for how, name in others.items())
    text = (
        "Exponent of Lambda ~ P^a, its largest on the way, neurons weighed by their read-out,"
        f" P from {law.x_min:g} to {law.x_max:g}; {said}"
    )
    return st.measured(law.exponent, found.sizes["set"], text)


def compressed_kernel(found: xr.Dataset) -> Measured:
    """P8: the error of feature learning divided by that of the kernel on compressed data.

    Ratios of means over the data sets, at the worst P.
    """
    cases = []
    for P in found.P.values:
        rows = np.stack(_at(found, P, "feature", "compressed"))
        cases.append((f"P = {P}", _ratio(*rows[:, ~np.isnan(rows).any(0)])))
    text = "Error of feature learning divided by that of the kernel on (x_par, x_perp / Lambda)"
    return st.worst_case(cases, 1.0, text)


def informative_kernel(found: xr.Dataset) -> Measured:
    """P9: by how much information and projection of the top eigenvectors grow, the lesser.

    Of an experiment of `sweeps.learning_curves.compression`, or of `sweeps.lazy_feature.gram`.
    """
    found = found if "pca_P" in found.attrs else most_learnt(found)
    start, end = (found.sel(moment=moment) for moment in ("start", "end"))
    # what is within the error of no information counts as that error: its estimate can be negative
    known = np.maximum(start.pca_total.values, start.pca_total_error.values)
    bits = np.stack([known, end.pca_total.values])
    omega2 = np.stack([one.pca_omega2.sum("eigenvector").values for one in (start, end)])
    sets = found.sizes["set"]
    if sets < 2 or not np.isfinite([bits, omega2]).all():
        return st.no_estimate("two data sets with a kernel PCA are needed")

    def lesser(drawn: Rows) -> float:
        means = (rows[:, drawn].mean(1) for rows in (bits, omega2))
        return min(float(after / before) for before, after in means)

    text = (
        "Growth by learning of what the top ten eigenvectors have, the lesser of two: information"
        f" {bits[0].mean():.2f} to {bits[1].mean():.2f} bits, projection of the labels"
        f" {omega2[0].mean():.2f} to {omega2[1].mean():.2f}, P = {found.attrs['pca_P']}"
    )
    return st.bootstrap(lesser, sets, text, log=True)


def exponent_of_images(found: xr.Dataset, *, centre: float) -> Measured:
    """P10: beta of the mean square error of the kernel farthest from the published one."""
    cases, wrong = [], []
    for kernel in found.kernel.values:
        one = found.sel(kernel=kernel)
        beta = st.moved(_law(one, "mse", DECADE).exponent, 0.0, -1.0)
        cases.append((str(kernel), st.measured(beta, one.sizes["seed"])))
        wrong.append(_said(one, "error", -1.0, DECADE))
    text = (
        f"beta of the mean square error of regression, {found.attrs['dataset']}, P up to"
        f" {int(found.P.max())}; of the share of wrong points {' and '.join(wrong)}"
    )
    return st.worst_case(cases, centre, text)


def dimension(found: xr.Dataset, *, published: float) -> Measured:
    """P10: d of the distance to the nearest of P points, ~ P^(-1/d)."""
    law = _law(found, "nearest", DECADE)
    b = law.exponent
    text = (
        f"d of the distance to the nearest of P points ~ P^(-1/d), {found.attrs['dataset']},"
        f" P from {law.x_min:g} to {law.x_max:g}; published {published:g}"
    )
    ends = sorted((-1 / b.low, -1 / b.high))
    return st.measured(Interval(-1 / b.value, *ends), found.sizes["seed"], text)


def _ratio(a: Rows, b: Rows) -> Measured:
    """Of the means of a and b over the same data sets, resampled together."""
    if a.size < 2 or not b.all() or not np.isfinite([a, b]).all():
        return st.no_estimate("no errors of two data sets")
    return st.bootstrap(lambda drawn: float(a[drawn].mean() / b[drawn].mean()), a.size, log=True)


def _at(found: xr.Dataset, P: int, *names: str) -> list[Rows]:
    return [_by_set(found[name].sel(P=P)) for name in names]


def _by_set(column: xr.DataArray) -> Rows:
    """The mean over the networks on each data set, that of the data sets last."""
    return (column.mean("init") if "init" in column.dims else column).values


def _law(found: xr.Dataset, name: str, last: float = np.inf) -> PowerLaw:
    """The power law over the last factor of P.

    Raises:
        BadInput: fewer than three P there have a value.
    """
    rows, P = _by_set(found[name]), found.P.values.astype(float)
    with np.errstate(invalid="ignore"):
        there = (P >= P.max() / last) & (np.nansum(rows, 1) > 0)
    if there.sum() < 3:
        raise BadInput(f"{name}: three P are needed, within a factor of {last:g}")
    return power_law(P[there], rows[there])


def _said(found: xr.Dataset, name: str, sign: float = 1.0, last: float = np.inf) -> str:
    """Its exponent, or its negative, for a text."""
    try:
        return f"{sign * _law(found, name, last).exponent.value:.2f}"
    except BadInput:
        return "unknown"
