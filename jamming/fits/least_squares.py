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
    known, root = np.isfinite(z), np.sqrt(weight)
    patterns, which = np.unique(known, axis=0, return_inverse=True)
    a = design * (patterns * root)[..., None]
    solve = np.linalg.pinv(a)
    solve[np.linalg.matrix_rank(a) < min(design.shape)] = np.nan
    return np.einsum("bpn,bn->bp", solve[which.ravel()], np.where(known, z, 0.0) * root)


def above_floor(
    u: Float[np.ndarray, " n"],
    z: Float[np.ndarray, "B n"],
    weight: Float[np.ndarray, " n"],
    exponents: tuple[float, float],
) -> Float[np.ndarray, "B 3"]:
    """(c, A, b) of z = c + A exp(b u), with the best b between the two exponents.

    b is searched on a grid, then on finer ones around its best. NaN for fewer than three points.
    """
    w, z = _known(z, weight)
    size = unit(z)
    z = z / size  # whose squares may be beyond the range of numbers
    low, high = exponents
    grid = np.linspace(low, high, COARSE)
    b = grid[_gain(_base(grid, u), z, w).argmax(1)]
    half = 2 * (grid[1] - grid[0])
    for _ in range(ROUNDS):  # each ten times as fine around the best of the last
        tried = np.clip(b[:, None] + half * np.linspace(-1, 1, FINE), low, high)
        best = _gain(_base(tried, u), z, w).argmax(1)
        b, half = tried[np.arange(len(b)), best], half / 10
    b = np.where(np.abs(b) < TINY, TINY if high > 0 else -TINY, b)
    slope, constant = _line(_base(b, u), z, w)
    A = slope / b
    return np.stack([size * (constant - A), size * A, b], 1)


def straightest(
    u: Float[np.ndarray, "grid n"], z: Float[np.ndarray, "B n"], weight: Float[np.ndarray, " n"]
) -> Float[np.ndarray, "B 3"]:
    """(i, slope, constant) of the best line z = constant + slope u_i, for that u_i that fits best.

    NaN where a row has fewer than three points, but for i.
    """
    w, z = _known(z, weight)
    i = _gain(u, z, w).argmax(1)
    return np.stack([i, *_line(u[i], z, w)], 1)


def _known(z: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights [B, n] and values, 0 where there is none; weights NaN with fewer than three."""
    known = np.isfinite(z)
    w = np.where(known, weight, 0.0)
    w[known.sum(1) < 3] = np.nan
    return w, np.where(known, z, 0.0)


def _line(x: np.ndarray, z: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slope and constant [B] of z(x), of x [B, n]."""
    mean, centre = (np.average(each, 1, w, keepdims=True) for each in (x, z))
    off = x - mean
    slope = (w * off * (z - centre)).sum(1) / (w * off**2).sum(1)
    return slope, centre[:, 0] - slope * mean[:, 0]


def _base(b: np.ndarray, u: np.ndarray) -> np.ndarray:
    """(e^(b u) - 1) / b along a last axis, which at b = 0 is u, a logarithm."""
    b = np.where(np.abs(b) < TINY, TINY, b)[..., None]
    return np.expm1(b * u) / b


def _gain(base: np.ndarray, z: np.ndarray, w: np.ndarray) -> np.ndarray:
    """By how much a line in each base lowers the weighted squares of z [B, n] about its mean.

    `base` is [G, n], the same for every row, or [B, G, n].
    """
    each, total = "bgn" if base.ndim == 3 else "gn", w.sum(1)[:, None]
    mean = np.einsum(f"{each},bn->bg", base, w) / total
    square = np.einsum(f"{each},bn->bg", base**2, w) - mean**2 * total
    off = z - np.average(z, 1, w, keepdims=True)
    along = np.einsum(f"{each},bn->bg", base, w * off)
    return np.divide(along**2, square, out=np.zeros_like(along), where=square > 0)
