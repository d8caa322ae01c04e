"""Least squares of many rows at once: linear, and of a power law above a floor.

Rows z [B, n] are values at n points, NaN where a row has none; weights [n] are the same for all.
"""

import numpy as np
from jaxtyping import Float

from jamming.checks.arrays import unit

TINY = 1e-9  # smaller exponents count as 0
COARSE, FINE, ROUNDS = 161, 41, 5


def linear(
    design: Float[np.ndarray, "n p"], z: Float[np.ndarray, "B n"], weight: Float[np.ndarray, " n"]
) -> Float[np.ndarray, "B p"]:
    """The parameters of z = design @ parameters; NaN where a row has too few points."""
    root, p = np.sqrt(weight), design.shape[1]
    whole = np.isfinite(z).all(1)
    found = np.full((len(z), p), np.nan)
    found[whole] = z[whole] * root @ np.linalg.pinv(design * root[:, None]).T
    for i in np.flatnonzero(~whole):
        there = np.isfinite(z[i])
        a = design[there] * root[there, None]
        if np.linalg.matrix_rank(a) == p:
            found[i] = np.linalg.lstsq(a, z[i, there] * root[there], rcond=None)[0]
    return found


def above_floor(
    u: Float[np.ndarray, " n"],
    z: Float[np.ndarray, "B n"],
    weight: Float[np.ndarray, " n"],
    exponents: tuple[float, float],
) -> Float[np.ndarray, "B 3"]:
    """(c, A, b) of z = c + A exp(b u), with the best b between the two exponents.

    b is searched on a grid, and on finer ones around its best point. NaN where a row has fewer than
    three points.
    """
    known = np.isfinite(z)
    w, z = np.where(known, weight, 0.0), np.where(known, z, 0.0)
    w[known.sum(1) < 3] = np.nan
    size = unit(z)
    z = z / size  # whose squares may be beyond the range of numbers
    total = w.sum(1)
    centre = (w * z).sum(1) / total
    z = z - centre[:, None]
    low, high = exponents
    grid = np.linspace(low, high, COARSE)
    b = grid[_gain(_base(grid, u), z, w).argmax(1)]
    half = 2 * (grid[1] - grid[0])
    for _ in range(ROUNDS):  # each ten times as fine around the best of the last
        tried = np.clip(b[:, None] + half * np.linspace(-1, 1, FINE), low, high)
        best = _gain(_base(tried, u), z, w).argmax(1)
        b, half = tried[np.arange(len(b)), best], half / 10
    b = np.where(np.abs(b) < TINY, TINY if high > 0 else -TINY, b)
    base = _base(b, u)
    mean = (w * base).sum(1) / total
    off = base - mean[:, None]
    slope = (w * off * z).sum(1) / (w * off**2).sum(1)
    A = slope / b
    return np.stack([size * (centre - slope * mean - A), size * A, b], 1)


def _base(b: np.ndarray, u: np.ndarray) -> np.ndarray:
    """(e^(b u) - 1) / b along a last axis, which at b = 0 is u, a logarithm."""
    b = np.where(np.abs(b) < TINY, TINY, b)[..., None]
    return np.expm1(b * u) / b


def _gain(base: np.ndarray, z: np.ndarray, w: np.ndarray) -> np.ndarray:
    """By how much each b lowers the weighted squares of z [B, n], of weighted mean 0: [B, G].

    `base` is [G, n], the same for every row, or [B, G, n].
    """
    each, total = "bgn" if base.ndim == 3 else "gn", w.sum(1)[:, None]
    mean = np.einsum(f"{each},bn->bg", base, w) / total
    square = np.einsum(f"{each},bn->bg", base**2, w) - mean**2 * total
    along = np.einsum(f"{each},bn->bg", base, w * z)
    return np.divide(along**2, square, out=np.zeros_like(along), where=square > 0)
