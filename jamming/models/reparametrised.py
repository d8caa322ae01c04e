"""Networks whose layers learn at rates of their own: the abc family, as a change of variables.

With a learning rate rho_l in each layer the weights follow dw_l/dt = -rho_l dL/dw_l. The variables

    v_l = rho_l^(-1/2) w_l        obey        dv_l/dt = -dL/dv_l,

plain gradient flow. So a network that takes v in place of w has its rates built in, for every
stepper that follows the gradient: the flows, Euler's steps, SGD, not ADAM. Its tangent kernel is
the sum over layers of rho_l times that of w_l.

For powers a, b, c of the width (`ABC`) a layer becomes h^(-a - c/2) v with v ~ N(0, h^(-2 b + c)),
invariant under the symmetry of `ABC.shifted`::

    net = Reparametrised(FC(h=100, L=3), abc("mup", L=3))
    w = net.init(key, x)
    problem = Problem(predictor(net, w, alpha), loss, x, y)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np
from jaxtyping import Array, Float

from jamming.checks.arguments import DEEPEST, numbers, one_of, settle, whole
from jamming.checks.errors import BadInput
from jamming.models.networks import Chain, Params
from jamming.models.parametrisation import NTP


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


@dataclass(frozen=True)
class Reparametrised:
    """`net`, a network in ntp without biases, learning with the powers `abc` of its width.

    The width is that of the last hidden layer. A `jamming.objectives.predictor.Network`; its
    weights are the v of the module. Raises BadInput for a network that is not in ntp, has biases,
    or has another number of layers.
    """

    net: Chain
    abc: ABC
    rates_in_weights: ClassVar[bool] = True  # which an optimiser must respect

    def __post_init__(self) -> None:
        if self.net.parametrisation != NTP or self.net.bias:
            raise BadInput("powers count from ntp: build the network in ntp with bias=False")
        layers = len(self.net.layers(1))
        if len(self.abc.a) != layers:
            raise BadInput(f"{len(self.abc.a)} powers do not fit {layers} layers of weights")

    def init(self, key: Any, x: Float[Array, "P *d"]) -> Params:
        """v at the start: of standard deviation h^(-b + c/2)."""
        return self._times(self.net.init(key, x), np.array(self.abc.c) / 2 - self.abc.b)

    def apply(self, v: Params, x: Float[Array, "P *d"]) -> Float[Array, "P *c"]:
        return cast(Array, self.net.apply(self.weights(v), x))

    def anchors(self, v: Params, x: Float[Array, "P *d"]) -> tuple[Any, ...]:
        return self.net.anchors(self.weights(v), x)

    def difference(
        self, v: Params, dv: Params, x: Float[Array, "P *d"], **anchors: Any
    ) -> Float[Array, "P *c"]:
        return self.net.difference(self.weights(v), self.weights(dv), x, **anchors)

    def weights(self, v: Params) -> Params:
        """Those of `net` that v stands for: with ntp's prefactors taken out."""
        # of what depends on h, ntp has h^(-1/2) in all layers but the first
        ntp = np.array([0.0, *(0.5,) * (len(self.abc.a) - 1)])
        return self._times(v, ntp - self.abc.a - np.array(self.abc.c) / 2)

    def _times(self, w: Params, powers: np.ndarray) -> Params:
        """Layer l times h^powers[l]."""
        layers = w["params"]
        h = float(layers[f"W{len(powers)}"].shape[-2])
        names = enumerate(powers.tolist(), start=1)
        return {"params": {f"W{i}": h**a * layers[f"W{i}"] for i, a in names}}


def alpha_tilde(abc: ABC, h: float, alpha: float) -> float:
    """alpha h^(1 - a - b) with a, b of the last layer: the scale of outputs where features grow.

    sqrt(h) alpha in ntp, alpha itself in mfp and mup. With it the crossover to lazy learning is at
    alpha~ = O(1) for every width (*Disentangling feature and lazy training*, Sec. 3; Geiger's
    thesis, Sec. 8), provided that all layers start and learn as in ntp, up to a common rate.
    """
    return alpha * h ** (1 - abc.a[-1] - abc.b[-1])
