"""How features change along a deformation, to first order.

Features Phi of images are linear in small deformations where Phi(tau_s x), tau_s the deformation by
s times a field, has a derivative in s: then classes that differ by deformations can be separated by
linear maps (S. Mallat, *Understanding deep convolutional networks*, 2016, Sec. 3).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jamming.checks.arrays import finite
from jamming.images.warp import warp


class Along(NamedTuple):
    """Features of the images, their derivative in s at 0, and the norm of it for each image."""

    features: Float[Array, "n *shape"]
    derivative: Float[Array, "n *shape"]
    speed: Float[Array, " n"]


def along_deformation(
    features: Callable[[Array], Array], images: Any, field: Any, interpolation: Any = "gaussian"
) -> Along:
    """Of images [n, H, W, C] deformed by s times `field` [2, H, W] or [n, 2, H, W], in pixels.

    `features` is a function of such images that JAX differentiates. With `bilinear` interpolation
    the derivative is that to one side of pixels; `gaussian` has one, and blurs a little at s = 0.
    """
    x = jnp.asarray(finite(images, "images", "n", "H", "W", "C"))
    tau = jnp.asarray(finite(field, "field"), x.dtype)

    def moved(s: Array) -> Array:
        return features(warp(x, s * tau, interpolation))

    at, slope = jax.jvp(moved, (jnp.zeros((), x.dtype),), (jnp.ones((), x.dtype),))
    return Along(at, slope, jnp.sqrt((slope.reshape(len(x), -1) ** 2).sum(1)))
