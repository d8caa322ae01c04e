"""How the scale of a layer is shared between an explicit prefactor and its initialisation.

Every affine map is ``a = fan_in^(-a_l) W z + B``. The three families of the field differ in the
exponents a_l and in the law of W:

=========  ==============  ================  ==============================================
name       a_l (l <= L)    a_{L+1} (last)    initial W; B
=========  ==============  ================  ==============================================
ntp        1/2             1/2               N(0, 1); 0
mfp        1/2             1                 N(0, 1); 0
plain      0               0                 orthogonal, uniform, xavier, (truncated) normal
=========  ==============  ================  ==============================================

(Geiger's thesis, Table 1 for NTP and MFP; *The jamming transition as a paradigm to understand
the loss landscape of deep neural networks*, sec. III and note 69, for the plain one.)

Their family is in `jamming.models.reparametrised`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Key

from jamming.checks.arguments import one_of

Initialiser = Callable[[Key[Array, ""], tuple[int, ...], DTypeLike], Array]


def _uniform(key: Key[Array, ""], shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    # "pytorch default" of the papers: in [-s, s], s = fan_in^-1/2
    bound = math.prod(shape[:-1]) ** -0.5
    return jax.random.uniform(key, shape, dtype, -bound, bound)


INITS: dict[str, Initialiser] = {
    "orthogonal": jax.nn.initializers.orthogonal(),
    "uniform": _uniform,
    "xavier": jax.nn.initializers.glorot_uniform(),
    # variance 1/fan_in: the same function as ntp at initialisation, learning at another speed
    "normal": jax.nn.initializers.variance_scaling(1.0, "fan_in", "normal"),
    # the same variance, cut at two standard deviations
    "truncated": jax.nn.initializers.variance_scaling(1.0, "fan_in", "truncated_normal"),
}


@dataclass(frozen=True)
class Parametrisation:
    """Exponents of the prefactors, and the law of the initial weights and biases."""

    name: str
    hidden: float
    last: float
    init: str = "standard normal"

    def prefactor(self, fan_in: int, *, is_last: bool) -> float:
        """fan_in^(-a_l) of a layer."""
        return float(fan_in) ** -(self.last if is_last else self.hidden)

    def weights(self, key: Key[Array, ""], shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        """Initial weights of shape (..., fan_in, fan_out)."""
        return INITS.get(self.init, jax.random.normal)(key, shape, dtype)

    def biases(self, key: Key[Array, ""], fan_in: int, fan_out: int, dtype: DTypeLike) -> Array:
        """Initial biases, shape (fan_out,): zero, but uniform in +-fan_in^-1/2 with that init."""
        if self.init == "uniform":
            return _uniform(key, (fan_in, fan_out), dtype)[0]
        return jnp.zeros((fan_out,), dtype)


NTP = Parametrisation("ntp", hidden=0.5, last=0.5)
MFP = Parametrisation("mfp", hidden=0.5, last=1.0)


def plain(init: str = "orthogonal") -> Parametrisation:
    """No prefactors; `init` is orthogonal, uniform, xavier, normal or truncated, else BadInput."""
    return Parametrisation("plain", 0.0, 0.0, one_of("initialisation", init, INITS))


def parametrisation(name: str, init: str = "orthogonal") -> Parametrisation:
    """ntp, mfp, or `plain` with its init, by name, else BadInput."""
    known = {"ntp": NTP, "mfp": MFP, "plain": None}
    return known[one_of("parametrisation", name, known)] or plain(init)
