"""How the scale of a layer is shared between an explicit prefactor and its initialisation.

Every affine map is ``a = fan_in^(-a_l) W z + B``. The three families of the field differ in the
exponents a_l and in the law of W:

=========  ==============  ================  =======================================
name       a_l (l <= L)    a_{L+1} (last)    initial W; B
=========  ==============  ================  =======================================
ntp        1/2             1/2               N(0, 1); 0
mfp        1/2             1                 N(0, 1); 0
plain      0               0                 orthogonal, uniform, xavier or normal
=========  ==============  ================  =======================================

(Geiger's thesis, Table 1 for NTP and MFP; *The jamming transition as a paradigm to understand
the loss landscape of deep neural networks*, sec. III and note 69, for the plain one.)
"""

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Key

from jamming.errors import BadInput

Initialiser = Callable[[Key[Array, ""], tuple[int, ...], DTypeLike], Array]


def _uniform(key: Key[Array, ""], shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    # "pytorch default" of the papers: both weights and biases in [-s, s], s = fan_in^-1/2
    bound = _fan_in(shape) ** -0.5
    return jax.random.uniform(key, shape, dtype, -bound, bound)


INITS: dict[str, Initialiser] = {
    "orthogonal": jax.nn.initializers.orthogonal(),
    "uniform": _uniform,
    "xavier": jax.nn.initializers.glorot_uniform(),
    # variance 1/fan_in: the same function as ntp at initialisation, learning at another speed
    "normal": jax.nn.initializers.variance_scaling(1.0, "fan_in", "normal"),
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
        if self.name != "plain":
            return jax.random.normal(key, shape, dtype)
        return INITS[self.init](key, shape, dtype)

    def biases(self, key: Key[Array, ""], fan_in: int, fan_out: int, dtype: DTypeLike) -> Array:
        """Initial biases, shape (fan_out,): zero, but uniform in +-fan_in^-1/2 with that init."""
        if self.init == "uniform":
            return _uniform(key, (fan_in, fan_out), dtype)[0]
        return jnp.zeros((fan_out,), dtype)


NTP = Parametrisation("ntp", hidden=0.5, last=0.5)
MFP = Parametrisation("mfp", hidden=0.5, last=1.0)


def plain(init: str = "orthogonal") -> Parametrisation:
    """No prefactors; `init` is orthogonal, uniform, xavier or normal.

    Raises:
        BadInput: unknown init.
    """
    if init not in INITS:
        raise BadInput(f"unknown initialisation '{init}': choose {', '.join(INITS)}")
    return Parametrisation("plain", hidden=0.0, last=0.0, init=init)


def parametrisation(name: str, init: str = "orthogonal") -> Parametrisation:
    """The parametrisation called `name` (ntp, mfp, plain); `init` counts for plain alone.

    Raises:
        BadInput: unknown name or init.
    """
    named = {"ntp": NTP, "mfp": MFP}
    if name == "plain":
        return plain(init)
    if name not in named:
        raise BadInput(f"unknown parametrisation '{name}': choose ntp, mfp or plain")
    return named[name]


def _fan_in(shape: tuple[int, ...]) -> int:
    fan_in = 1
    for n in shape[:-1]:
        fan_in *= n
    return fan_in
