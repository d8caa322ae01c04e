"""Smoothness of the filters of a convolution, and filters made smoother.

Kernels are [kh, kw, in, out], as those of Flax (Ruderman, Rabinowitz, Morcos & Zoran, *Pooling is
neither necessary nor sufficient for appropriate deformation stability in CNNs*, 2018, Sec. 4).
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jamming.checks.arguments import number
from jamming.checks.arrays import ArrayLike, as_float, finite, unit
from jamming.checks.errors import BadInput


def total_variation(W: ArrayLike) -> float:
    """TV(W) / ||W||_1: the sum of |differences| of neighbours along rows and columns, normalised.

    It does not depend on the scale of W. Of independent Gaussian 3 x 3 filters it is 12 sqrt(2) / 9
    = 1.886, of ones cut off at two standard deviations 1.86. BadInput for filters that are zero.
    """
    W = np.asarray(finite(W, "W", "kh", "kw", "in", "out", dtype=np.float64))
    W = W / unit(W)
    norm = np.abs(W).sum()
    if norm == 0:
        raise BadInput("filters that are zero have no total variation: leave them out")
    return float(sum(np.abs(np.diff(W, axis=axis)).sum() for axis in (0, 1)) / norm)


def smoothed(W: ArrayLike, sigma: Any) -> Float[Array, "kh kw in out"]:
    """The filters convolved with a Gaussian of standard deviation sigma >= 0, cut to their size.

    Beyond their ends they are zero. The Gaussian is normalised over the offsets within the size.
    """
    W = jnp.asarray(as_float(W, "W", "kh", "kw", "in", "out"))
    sigma = number("sigma, of a Gaussian in pixels,", sigma, least=0.0)
    down, along = (jnp.asarray(_gaussian(size, sigma), W.dtype) for size in W.shape[:2])
    highest = jax.lax.Precision.HIGHEST  # accelerators round to fewer digits otherwise
    return jnp.einsum("ai,bj,ijcd->abcd", down, along, W, precision=highest)


def _gaussian(size: int, sigma: float) -> Float[np.ndarray, "size size"]:
    offset = np.arange(1 - size, size)
    weight = np.exp(-((offset / sigma) ** 2) / 2) if sigma > 0 else (offset == 0) * 1.0
    at = np.arange(size)
    return (weight / weight.sum())[at[:, None] - at[None] + size - 1]
