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

`ABC` is their family: powers of the width for prefactor, initial scale and learning rate of each
layer. Networks learn in it through `jamming.models.reparametrised`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Key

from jamming.checks.arguments import DEEPEST, numbers, one_of, settle, whole
from jamming.checks.errors import BadInput

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
    """No prefactors; `init` is orthogonal, uniform, xavier or normal, else BadInput."""
    return Parametrisation("plain", 0.0, 0.0, one_of("initialisation", init, INITS))


def parametrisation(name: str, init: str = "orthogonal") -> Parametrisation:
    """ntp, mfp, or `plain` with its init, by name, else BadInput."""
    known = {"ntp": NTP, "mfp": MFP, "plain": None}
    return known[one_of("parametrisation", name, known)] or plain(init)


@dataclass(frozen=True)
class ABC:
    """Powers of the width h, one for each of the L + 1 layers.

    A layer is ``h^(-a) w`` with w ~ N(0, h^(-2 b)) at the start and the learning rate h^(-c) (Yang
    and Hu, *Feature learning in infinite-width neural networks*, 2021; c is one number there).
    Factors independent of h, as d^(-1/2) of the first layer, are those of ntp. No biases.
    """

    a: tuple[float, ...]
    b: tuple[float, ...]
    c: tuple[float, ...]

    def __post_init__(self) -> None:
        powers = {name: numbers(f"powers {name}", each) for name, each in vars(self).items()}
        settle(self, powers)
        a, b, c = powers.values()
        if not 2 <= len(a) == len(b) == len(c):
            raise BadInput(f"a, b and c are one number for each of L + 1 layers, not {a}, {b}, {c}")

    def shifted(self, theta: Sequence[float]) -> "ABC":
        """a + theta, b - theta, c - 2 theta of each layer, which learns the same function.

        The weights become h^theta w, whose gradient is h^(-theta) times that of w. It holds for
        gradient descent and flow, not for optimisers that rescale gradients.
        """
        if len(theta) != len(self.a):
            raise BadInput(f"theta is one number for each of {len(self.a)} layers, not {theta}")
        powers = zip(self.a, self.b, self.c, theta, strict=True)
        moved = [(a + t, b - t, c - 2 * t) for a, b, c, t in powers]
        return ABC(*zip(*moved, strict=True))


def abc(name: str, L: Any) -> ABC:
    """A point of the family by name, for L hidden layers.

    =========  ====================  ====================  ==============
    name       a                     b                     c
    =========  ====================  ====================  ==============
    ntp        0, 1/2, ..., 1/2      0                     0
    mfp        0, 1/2, ..., 1/2, 1   0                     0
    mup        -1/2, 0, ..., 0, 1/2  1/2                   0
    standard   0                     0, 1/2, ..., 1/2      0
    =========  ====================  ====================  ==============

    mup is mfp shifted by 1/2, but for a factor h in the common learning rate, a unit of time.
    """
    L = whole("L", L, most=DEEPEST)
    half, none = (0.5,) * L, (0.0,) * (L + 1)
    points = {
        "ntp": ABC((0.0, *half), none, none),
        "mfp": ABC((0.0, *half[1:], 1.0), none, none),
        "mup": ABC((-0.5, *none[2:], 0.5), (0.5, *half), none),
        "standard": ABC(none, (0.0, *half), none),
    }
    return points[one_of("point of the abc family", name, points)]
