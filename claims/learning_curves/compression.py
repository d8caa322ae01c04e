"""The statistics of claims about learning curves of invariant data."""

import numpy as np
import xarray as xr

from analysis.learning_curves.estimates import aligned
from claims.core import statistics as st
from claims.core.register import Measured
from jamming.checks.errors import BadInput
from jamming.data.invariant import beta_feature, beta_lazy
from jamming.fits.power import PowerLaw, power_law
from sweeps.lazy_feature.gram import most_learnt

# Exponents of errors of images are those of the last decade of P: below, where neighbours are as
# far apart as any two images, the curves bend.
DECADE = 10.0
# Those of the stripe are of a decade and a half, five octaves.
AND_A_HALF = 32.0

Rows = np.ndarray


def exponent(found: xr.Dataset, *, curve: str) -> Measured:
    """beta of epsilon ~ P^-beta minus the predicted {predicted:.3f}, P from {law.x_min:g} to
    {law.x_max:g}, {dataset}: beta = {beta.value:.3f} [{beta.low:.3f}, {beta.high:.3f}]{feature}."""
    d, d_par = int(found.attrs["d"]), int(found.attrs["d_par"])
    predicted, feature = beta_lazy(d), ""
    if curve == "feature":
        predicted = beta_feature(d, d_par)
        feature = (
            f"; {float(found.fitted.mean()):.0%} of the networks fit; of the kernel it is"
            f" {_said(found, 'lazy', -1.0, AND_A_HALF)}"
        )
    law = _law(found, curve, AND_A_HALF)
    beta = st.moved(law.exponent, 0.0, -1.0)
    number = st.measured(st.moved(beta, -predicted), found.sizes["set"])
    said = {"predicted": predicted, "dataset": found.attrs["dataset"], "feature": feature}
    return number.saying(law=law, beta=beta, **said)


def exponents_apart(found: xr.Dataset) -> Measured:
    """beta of feature learning minus that of lazy training; {fitted:.0%} of the networks fit."""
    rows = [_by_set(found[name]) for name in ("feature", "lazy")]
    ln_P, fitted = np.log(found.P.values.astype(float)), float(found.feature_fitted.mean())

    def apart(*curves: Rows) -> float:
        feature, lazy = (-np.polyfit(ln_P, np.log(curve), 1)[0] for curve in curves)
        return float(feature - lazy)

    if ln_P.size < 3 or min(row.min() for row in rows) <= 0:
        return st.no_estimate("three P with errors are needed: {text}").saying(fitted=fitted)
    return st.of_curves(apart, *rows).saying(fitted=fitted)


def exponent_of_cnn(found: xr.Dataset, *, curve: str) -> Measured:
    """beta of epsilon ~ P^-beta, P from {law.x_min:g} to {law.x_max:g}, {dataset}, h = {h},
    L = {L}."""
    law = _law(found, curve)
    number = st.measured(st.moved(law.exponent, 0.0, -1.0), found.sizes["set"])
    return number.saying(law=law, **found.attrs)


def feature_by_lazy(found: xr.Dataset) -> Measured:
    """Error of feature learning divided by that of lazy training, of networks and kernels."""
    each = ((f"P = {P}", _ratio(*_at(found, P, "feature", "lazy"))) for P in found.P.values)
    return st.worst_case(each, 0.0)


def compression(found: xr.Dataset) -> Measured:
    """Exponent of Lambda ~ P^a, its largest on the way, neurons weighed by their read-out, P from
    {law.x_min:g} to {law.x_max:g}; where the loss has halved {Lambda_half}, at the end {Lambda}, at
    the end with all neurons alike {Lambda_alike}."""
    law = _law(found, "Lambda_largest")
    others = {name: _said(found, name) for name in ("Lambda_half", "Lambda", "Lambda_alike")}
    return st.measured(law.exponent, found.sizes["set"]).saying(law=law, **others)


def compressed_kernel(found: xr.Dataset, *, least: int) -> Measured:
    """Error of feature learning divided by that of the kernel on (x_par, x_perp / Lambda), Lambda
    of all neurons alike at the end of training, P >= {least}; below, {below}."""
    # Ratios of means over the data sets, at the worst P.
    cases, below = [], []
    for P in found.P.values:
        rows = np.stack(_at(found, P, "feature", "compressed"))
        one = _ratio(*rows[:, ~np.isnan(rows).any(0)])
        if P >= least:
            cases.append((f"P = {P}", one))
        else:
            below.append("unknown" if one.value is None else f"{one.value:.3g} at P = {P}")
    number = st.worst_case(cases, 1.0, log=True)
    return number.saying(least=least, below=", ".join(below) or "none")


def aligned_share(found: xr.Dataset) -> Measured:
    """Share of the squared weights of the first layer along the informative direction at the end of
    training, neurons weighed by their read-outs, at the P where it is least, mean over data sets;
    at the start {start:.2f}, where the loss has halved {half:.2f}, at most {largest:.2f}."""
    of = aligned(found)
    cases = [(f"P = {P}", st.of_mean(of.end.sel(P=P).values)) for P in of.P.values]
    said = {name: float(of[name].mean()) for name in ("start", "half", "largest")}
    return st.worst_case(cases, np.inf).saying(**said)


def falls_again(found: xr.Dataset) -> Measured:
    """By how much the share of squared weights along the informative direction falls after its
    largest value, at the P where it falls most, mean over data sets."""
    fall = aligned(found).fall
    cases = [(f"P = {P}", st.of_mean(fall.sel(P=P).values)) for P in fall.P.values]
    return st.worst_case(cases, -np.inf)


def kernel_of_the_end(found: xr.Dataset, *, over: str) -> Measured:
    """Error of the tangent kernel of the end of training divided by that of {over}, of means over
    data sets, h = {h}."""
    rows = ((P, *_at(found, P, "end", over)) for P in found.P.values)
    cases = [(f"P = {P}", _ratio(a, b)) for P, a, b in rows if not np.isnan(a).all()]
    number = st.worst_case(cases, 1.0 if over == "feature" else -np.inf, log=True)
    named = {"feature": "the network", "lazy": "the kernel of the start"}[over]
    return number.saying(over=named, h=found.attrs["h"])


def informative_kernel(found: xr.Dataset) -> Measured:
    """Growth by learning of what the top ten eigenvectors have, the lesser of two: information
    {bits} bits, projection of the labels {omega2}, P = {P}."""
    # Of an experiment of `sweeps.learning_curves.compression`, or of `sweeps.lazy_feature.gram`.
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

    means = ["{:.2f} to {:.2f}".format(*rows.mean(1)) for rows in (bits, omega2)]
    number = st.bootstrap(lesser, sets, log=True)
    return number.saying(bits=means[0], omega2=means[1], P=found.attrs["pca_P"])


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
    """The power law over the last factor of P; BadInput where fewer than three have a value."""
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
