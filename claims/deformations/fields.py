"""The statistics of claims about random fields: their size, and when they fold."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Float

from claims.core import statistics as st
from claims.core.register import Measured
from jamming.images import fields
from jamming.images.warp import warp

SAMPLES = 400  # of thousands of fields, whose medians are nearly normal


def beside_the_sum(found: xr.Dataset, *, name: str) -> Measured:
    """Mean of {fields} fields divided by the sum over modes, for each c from 3 on."""
    return _ratios(found.sel(c=found.c > 2), name, f"{name}_exact")


def beside_the_formula(found: xr.Dataset, *, name: str, c: list[int]) -> Measured:
    """Mean of {fields} fields divided by the formula; the sum over modes gives {exact}."""
    chosen = found.sel(c=c)
    exact = ", ".join(
        f"{x:.3f}" for x in (chosen[f"{name}_exact"] / chosen[f"{name}_formula"]).values
    )
    return _ratios(chosen, name, f"{name}_formula").saying(exact=exact)


def _ratios(found: xr.Dataset, name: str, predicted: str) -> Measured:
    """At the finest grid: the others are of the same fields."""
    one = found.isel(n=-1)
    each = (
        (f"c = {c}", st.of_mean(one[name].sel(c=c).values / float(one[predicted].sel(c=c))))
        for c in one.c.values
    )
    return st.worst_case(each, 1.0, log=True).saying(fields=one.sizes["field"])


def growth(found: xr.Dataset, *, c: list[int]) -> Measured:
    """d delta^2 / d ln c divided by (pi/4) n^2 T, c from {ends[0]} to {ends[1]}."""
    low, high = (found.isel(n=-1).square.sel(c=each).values for each in c)
    unit = math.pi / 4 * math.log(c[1] / c[0])
    half = 1.96 * math.sqrt((low.var(ddof=1) + high.var(ddof=1)) / low.size) / unit
    value = float(high.mean() - low.mean()) / unit
    return Measured(value, value - half, value + half, low.size).saying(ends=c)


def typical_xi(found: xr.Dataset, *, c: list[int]) -> Measured:
    """Median of max Xi over {fields} fields divided by (c/2) sqrt(pi^3 T ln c), {n} pixels a
    side."""

    def at(one: xr.Dataset) -> Measured:
        return _median(one.xi.values / float(one.xi_formula))

    return _at_each(found, c, at)


def half_bijective(found: xr.Dataset, *, c: list[int]) -> Measured:
    """T at which half of {fields} fields have Xi < 1 everywhere divided by 4/(pi^3 c^2 ln c), {n}
    pixels a side; half have no fold up to {folds} times that."""

    def at(one: xr.Dataset) -> Measured:
        return _median(one.xi.values**-2 / float(one.T_max))

    one = found.isel(n=-1).sel(c=c)
    folds = np.median(one.fold.values, 1) ** -2 / one.T_max.values
    return _at_each(found, c, at).saying(folds=", ".join(f"{x:.2f}" for x in folds))


def _at_each(found: xr.Dataset, c: list[int], of: Callable[[xr.Dataset], Measured]) -> Measured:
    one = found.isel(n=-1)
    each = ((f"c = {k}", of(one.sel(c=k))) for k in c)
    number = st.worst_case(each, 1.0, log=True)
    return number.saying(fields=one.sizes["field"], n=int(one.n))


def _median(rows: Float[np.ndarray, " field"]) -> Measured:
    drawn = np.random.default_rng(0).integers(0, rows.size, (SAMPLES, rows.size))
    return st.percentiles(np.median(rows), np.median(rows[drawn], axis=1), rows.size)


def sufficient(found: xr.Dataset) -> Measured:
    """Largest ratio, over all fields and pixels, of a real eigenvalue of grad tau to max Xi."""
    # of a matrix none is above the largest eigenvalue of its symmetric part
    ratio = found.fold / found.xi
    return st.exact(float(ratio.max()), ratio.size)


def on_the_frame() -> Measured:
    """Largest displacement of a pixel of the frame divided by that of the others, c = {cuts}."""
    cuts, worst = (1, 3, 15), 0.0
    for c in cuts:
        tau = np.asarray(fields.sample_field(jax.random.key(c), 32, c, 1.0))
        inner = np.abs(tau[:, 1:-1, 1:-1]).max()
        frame = np.abs(tau).copy()
        frame[:, 1:-1, 1:-1] = 0
        worst = max(worst, float(frame.max() / inner))
    return st.exact(worst, len(cuts)).saying(cuts=", ".join(map(str, cuts)))


def participation() -> Measured:
    """(sum Psi^2)^2 / sum Psi^4 of the weights Psi of all pixels at the centre of a cell."""
    n = 8
    each = jnp.eye(n * n).reshape(n * n, n, n, 1)  # images of one white pixel
    moved = warp(each, jnp.full((2, n, n), 0.5), "gaussian")
    weights = np.asarray(moved[:, n // 2, n // 2, 0], float)
    return st.exact((weights**2).sum() ** 2 / (weights**4).sum(), weights.size)
