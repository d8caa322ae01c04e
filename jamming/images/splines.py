"""Smooth displacement fields through random displacements of a few control points.

A grid of g x g points over the image, the corners among them, is displaced, each point by its own
vector, uniform in [-m, m] pixels along either direction; between them the field is the thin-plate
spline. (Ruderman, Rabinowitz, Morcos & Zoran, *Pooling is neither necessary nor sufficient for
appropriate deformation stability in CNNs*, 2018; g = 5, m = 10 for 224 pixels, g = 3, m = 2 for
CIFAR-10.)

NOTE: the paper's text displaces destinations, its figure sources. Here it is sources, s - tau(s) as
in `warp`: the same to first order in m.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key
from scipy.interpolate import RBFInterpolator

from jamming.checks.arguments import number, whole
from jamming.checks.arrays import as_float, is_traced, one_key
from jamming.images.fields import sides

LARGEST_GRID = 32


def spline_field(at_points: Float[Array, "2 g g"], n: Any) -> Float[Array, "2 H W"]:
    """The thin-plate spline, in pixels, of displacements in pixels at the g x g control points.

    n is the number of pixels a side, or (rows, columns).
    """
    rows, columns = sides(n)
    g = whole("g, control points a side,", at_points.shape[-1], least=2, most=LARGEST_GRID)
    matrix = jnp.asarray(_matrix(rows, columns, g), at_points.dtype)
    # accelerators round products of float32 to fewer digits otherwise
    flat = jnp.matmul(at_points.reshape(2, -1), matrix, precision=jax.lax.Precision.HIGHEST)
    return flat.reshape(2, rows, columns)


def sample_spline_field(key: Key[Array, ""], n: Any, g: Any, m: Any) -> Float[Array, "2 H W"]:
    """A random field in pixels, of the dtype of m >= 0, its largest displacement at the points.

    n and g are static; m may be traced. For several fields use `jax.vmap` over keys.
    """
    g = whole("g, control points a side,", g, least=2, most=LARGEST_GRID)
    if not is_traced(m):
        number("m, a displacement in pixels,", m, least=0.0)
    m = jnp.asarray(as_float(m, "m"))
    return spline_field(m * jax.random.uniform(one_key(key), (2, g, g), m.dtype, -1, 1), n)


@functools.lru_cache(maxsize=16)
def _matrix(rows: int, columns: int, g: int) -> Float[np.ndarray, "points pixels"]:
    """What a displacement of 1 of each control point is at each pixel: the spline is linear in it.

    In units of a side's length: the spline of a stretched image is not the stretched spline.
    """
    size = max(rows, columns) - 1

    def grid(height: int, width: int) -> np.ndarray:
        ends = np.linspace(0, rows - 1, height), np.linspace(0, columns - 1, width)
        return np.stack(np.meshgrid(*ends, indexing="ij"), -1).reshape(-1, 2) / size

    spline = RBFInterpolator(grid(g, g), np.eye(g * g), kernel="thin_plate_spline")
    return spline(grid(rows, columns)).T
