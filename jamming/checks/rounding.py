"""How far numbers are rounded, by the type in which they were given."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jamming.checks.arrays import as_float


def rounding(x: Any, name: str = "x") -> float:
    """The rounding of x as it was given: eps of its own type, or of that of `as_float` if coarser.

    Half floats, which are computed with in float64, are thus not taken for exact; integers are.
    """
    used = as_float(x, name).dtype
    given = x.dtype if isinstance(x, jax.Array | np.ndarray) else np.asarray(x).dtype
    kinds = (given, used) if jnp.issubdtype(given, jnp.floating) else (used,)
    return max(float(jnp.finfo(kind).eps) for kind in kinds)


def lost(eps: float, n: int) -> float:
    """The share of the largest of n eigen- or singular values that rounding alone may amount to.

    With `eps` from `rounding`: n eps of types that are computed in; sqrt(n) eps of half floats,
    whose entries alone are rounded.
    """
    return eps * (n if eps <= float(jnp.finfo(jnp.float32).eps) else n**0.5)
