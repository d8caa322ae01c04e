"""Noise of a given norm in a random direction, uniform on the sphere, for each image of a batch."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from jamming.checks.arrays import as_float, finite, is_traced, one_key
from jamming.checks.errors import BadInput


def sphere_noise(key: Key[Array, ""], images: Any, radius: Any) -> Float[Array, "n *shape"]:
    """eta [n, ...] for images [n, ...], whose norm is `radius` >= 0, one number or one per image.

    BadInput for a radius that is negative or not finite, and images of no pixels.
    """
    images = jnp.asarray(as_float(images, "images"))
    if images.ndim < 2 or not images.size:
        raise BadInput(f"images are [n, ...], not {list(images.shape)}: give one at least")
    radius = finite(radius, "radius", *(() if jnp.ndim(radius) == 0 else (len(images),)))
    if not is_traced(radius) and (radius < 0).any():
        raise BadInput("the radius of noise is negative: give its norm")
    direction = jax.random.normal(one_key(key), images.shape, images.dtype).reshape(len(images), -1)
    norm = jnp.linalg.norm(direction, axis=1)
    return (direction * (jnp.asarray(radius, images.dtype) / norm)[:, None]).reshape(images.shape)
