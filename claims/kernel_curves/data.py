"""The statistics of claims about kernels on real data: exponents, spectra, dimensions."""

import itertools
from typing import Any

import numpy as np
import xarray as xr

from claims.core import statistics as st
from claims.core.register import Measured
from jamming.data import parse_name
from jamming.data.invariant import beta_lazy
from jamming.fits.seeds import Interval
from sweeps.kernel_curves.exponents import DECADE, dimension, of_ranks
from sweeps.kernel_curves.limits import limits

TASKS = {"mse": "regression", "svm_error": "SVM"}
Rows = np.ndarray


def _late(found: xr.Dataset, *names: str) -> tuple[Rows, dict[str, Rows]]:
    """ln P of the last decade, and what was measured there [P, seed], by kernel and task."""
    P = found.P.values.astype(float)
    late = P >= P.max() / DECADE
    each = {
        f"{kernel}, {TASKS[name]}": found[name]
        .sel(kernel=kernel)
        .isel(sigma=0)
        .transpose("P", "seed")
        .values[late]
        for kernel, name in itertools.product(found.kernel.values, names)
    }
    return np.log(P[late]), each


def _slope(ln_P: Rows, mean: Rows) -> float:
    """beta of errors ~ P^-beta; NaN of errors that are 0 or unknown, or of fewer than three P."""
    if len(ln_P) < 3 or not (mean > 0).all():
        return float("nan")
    centred = ln_P - ln_P.mean()
    return float(-(centred @ np.log(mean)) / (centred @ centred))


def _said(found: xr.Dataset) -> dict[str, Any]:
    return {"dataset": found.attrs["dataset"], "P": int(found.P.max()), "n": found.sizes["seed"]}


def exponents(found: xr.Dataset, *, of: str = "mean") -> Measured:
    """The {of} of beta of regression and of support vector machines, of the Laplace and the
    Gaussian kernel, {dataset}, the last decade of P up to {P}, {n} draws: {each}."""
    ln_P, each = _late(found, *TASKS)
    reduced: Any = {"mean": np.mean, "spread": np.ptp, "largest": np.max, "smallest": np.min}[of]

    def number(*curves: Rows) -> float:
        return float(reduced([_slope(ln_P, curve) for curve in curves]))

    parts = [f"{name} {_slope(ln_P, rows.mean(1)):.3f}" for name, rows in each.items()]
    return st.of_curves(number, *each.values()).saying(of=of, each="; ".join(parts), **_said(found))


def exponent_of_both(found: xr.Dataset, *, of: str) -> Measured:
    """beta of the error of {of}, the mean of the Laplace and the Gaussian kernel, {dataset}, the
    last decade of P up to {P}, {n} draws; each: {each}."""
    ln_P, each = _late(found, of)
    mean = np.mean([*each.values()], axis=0)
    parts = [f"{name} {_slope(ln_P, rows.mean(1)):.3f}" for name, rows in each.items()]
    number = st.of_curves(lambda curve: _slope(ln_P, curve), mean)
    return number.saying(of=TASKS[of], each="; ".join(parts), **_said(found))


def exponent_of_invariant(found: xr.Dataset) -> Measured:
    """beta of hard-margin SVMs with the tangent kernel minus the predicted {predicted:.3f},
    {dataset}, the last decade of P up to {P}, {n} draws: beta = {beta:.3f}."""
    d = parse_name(found.attrs["dataset"]).d
    assert d is not None  # it is part of the names of stripes and cylinders
    ln_P, each = _late(found, "svm_error")
    (rows,), predicted = each.values(), beta_lazy(d)
    beta = _slope(ln_P, rows.mean(1))
    number = st.of_curves(lambda mean: _slope(ln_P, mean) - predicted, rows)
    return number.saying(predicted=predicted, beta=beta, **_said(found))


def lengths(found: xr.Dataset, *, least: float, beside: float = 1000.0) -> Measured:
    """The largest distance between the exponent of a kernel of length sigma >= {least:g} and that
    of sigma = {beside:g}, Laplace, {dataset}, P up to {P}, {n} draws: {each}."""
    P = found.P.values.astype(float)
    late = P >= P.max() / DECADE
    ln_P, one = np.log(P[late]), found.mse.isel(kernel=0).transpose("sigma", "P", "seed")
    sigmas = [float(x) for x in found.sigma.values if x >= least]
    rows = [one.sel(sigma=x).values[late] for x in (beside, *sigmas)]

    def number(first: Rows, *curves: Rows) -> float:
        own = _slope(ln_P, first)
        return max(abs(_slope(ln_P, curve) - own) for curve in curves)

    parts = [
        f"{x:g}: {_slope(ln_P, of.mean(1)):.3f}" for x, of in zip(sigmas, rows[1:], strict=True)
    ]
    said = {"least": least, "beside": beside, "each": ", ".join(parts)}
    return st.of_curves(number, *rows).saying(**said, **_said(found))


def level(found: xr.Dataset, *, sigma: float, beside: float = 1000.0) -> Measured:
    """The mean square error of a kernel of length {sigma:g} divided by that of {beside:g}, Laplace,
    {dataset}, P = {P}, {n} draws."""
    one = found.mse.isel(kernel=0, P=-1)
    each = (one.sel(sigma=sigma) / one.sel(sigma=beside)).values
    return st.of_geometric_mean(each).saying(sigma=sigma, beside=beside, **_said(found))


def tail(found: xr.Dataset) -> Measured:
    """a - 1 of the labels' weight beyond rank n ~ n^(1-a) minus beta of regression, of the kernel
    where it is farthest from 0; {m} points of kernel PCA, extrapolated, {dataset}, {n} draws:
    {each}."""
    ln_P, late = _late(found, "mse")
    expected, cases, parts = limits(found), [], []
    if "tails" not in expected:
        return st.no_estimate("no kernel PCA")
    for kernel, rows in zip(found.kernel.values, late.values(), strict=True):
        of = expected.tails.sel(kernel=kernel).isel(sigma=0).transpose("rank", "seed").values
        law = of_ranks(found["rank"].values, of)
        if law is None:
            return st.no_estimate()
        use = (found["rank"].values >= law.x_min) & (found["rank"].values <= law.x_max)
        ln_n = np.log(found["rank"].values[use])

        def apart(below: Rows, curve: Rows, ln_n: Rows = ln_n) -> float:
            return _slope(ln_n, below) - _slope(ln_P, curve)

        number = st.of_curves(apart, of[use], rows)
        cases.append((str(kernel), number))
        parts.append(
            f"a - 1 = {_slope(ln_n, of[use].mean(1)):.3f}, beta = {_slope(ln_P, rows.mean(1)):.3f}"
        )
    said = {"m": int(found.m.max()), "each": "; ".join(parts)}
    return st.worst_case(cases, 0.0).saying(**said, **_said(found))


def prediction(found: xr.Dataset) -> Measured:
    """The mean square error that the spectrum predicts divided by that of regression, of the kernel
    and P where it is farthest from 1, {m} points of kernel PCA, extrapolated, {dataset}, {n}
    draws."""
    expected = limits(found)
    if "predicted" not in expected:
        return st.no_estimate("no kernel PCA")
    both = (expected.predicted / found.mse).isel(sigma=0).transpose("kernel", "P", "seed")
    cases = [
        (f"{kernel}, P = {P}", st.of_geometric_mean(both.sel(kernel=kernel, P=P).values))
        for kernel, P in itertools.product(both.kernel.values, both.P.values)
        if np.isfinite(both.sel(kernel=kernel, P=P)).all()
    ]
    said = {"m": int(found.m.max())}
    return st.worst_case(cases, 1.0, log=True).saying(**said, **_said(found))


def density(found: xr.Dataset) -> Measured:
    """theta of the density of eigenvalues ~ lambda^-theta, Laplace, {m} points of kernel PCA,
    extrapolated, ranks {law.x_min:g} to {law.x_max:g}, {dataset}, {n} draws."""
    expected = limits(found)
    if "eigenvalues" not in expected:
        return st.no_estimate("no kernel PCA")
    lam = expected.eigenvalues.sel(kernel="laplace").isel(sigma=0)
    law = of_ranks(found["rank"].values, lam.transpose("rank", "seed").values)
    if law is None or not law.exponent.high < 0:
        return st.no_estimate()
    of = law.exponent
    theta = Interval(1 - 1 / of.value, 1 - 1 / of.low, 1 - 1 / of.high)
    number = st.measured(theta, found.sizes["seed"])
    return number.saying(law=law, m=int(found.m.max()), **_said(found))


def of_images(found: xr.Dataset, *, dataset: str) -> Measured:
    """d of the distance to the nearest of P points ~ P^(-1/d), {dataset}, the last decade of P up
    to {P}, {n} draws."""
    rows = found.nearest.sel(dataset=dataset).transpose("P", "seed").values
    d = dimension(found.P.values, rows)
    number = st.no_estimate() if d is None else st.measured(d, rows.shape[1])
    return number.saying(dataset=dataset, P=int(found.P.max()), n=rows.shape[1])


def of_spheres(found: xr.Dataset, *, largest: int) -> Measured:
    """The measured dimension divided by the true one, of the sphere up to dimension {largest} where
    it is farthest from 1, P up to {P}, {n} draws."""
    cases = [(f"d = {d}", number) for d, number in _spheres(found) if d <= largest]
    said = {"largest": largest, "P": int(found.P.max()), "n": found.sizes["seed"]}
    return st.worst_case(cases, 1.0, log=True).saying(**said)


def of_large_spheres(found: xr.Dataset, *, d: int) -> Measured:
    """The measured dimension of the sphere of dimension {d} divided by {d}, P up to {P}, {n}
    draws."""
    (number,) = (number for true, number in _spheres(found) if true == d)
    return number.saying(d=d, P=int(found.P.max()), n=found.sizes["seed"])


def _spheres(found: xr.Dataset) -> list[tuple[int, Measured]]:
    """True dimension, and the measured one divided by it."""
    each = []
    for name in (str(name) for name in found.dataset.values if str(name).startswith("random")):
        true = int(name.removeprefix("random")) - 1
        rows = found.nearest.sel(dataset=name).transpose("P", "seed").values
        of = dimension(found.P.values, rows)
        share = None if of is None else Interval(*(x / true for x in (of.value, of.low, of.high)))
        number = st.no_estimate() if share is None else st.measured(share, rows.shape[1])
        each.append((true, number))
    return each
