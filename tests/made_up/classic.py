"""Variables of classic networks, made without compiling anything."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


@functools.cache
def shapes_of(net: Any, *shape: int, dtype: Any = jnp.float64) -> Any:
    """The shapes of its variables for images of this shape."""
    return jax.eval_shape(net.init, jax.random.key(0), jax.ShapeDtypeStruct(shape, dtype))


def variables_of(net: Any, *shape: int, dtype: Any = jnp.float64, seed: int = 0) -> Any:
    """Random ones for images [1, *shape]: weights of scale fan_in^-1/2, variances above 0."""
    rng = np.random.default_rng(seed)

    def draw(path: tuple[Any, ...], leaf: jax.ShapeDtypeStruct) -> jax.Array:
        z = rng.normal(size=leaf.shape) / max(1, np.prod(leaf.shape[:-1])) ** 0.5
        return jnp.asarray(1 + 0.3 * np.tanh(z) if path[-1].key in ("scale", "var") else z, dtype)

    return jax.tree.map_with_path(draw, shapes_of(net, 1, *shape, dtype=dtype))


def images(*shape: int, seed: int = 1) -> Any:
    """Gaussian ones."""
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape))
