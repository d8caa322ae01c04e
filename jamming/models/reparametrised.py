"""Networks whose layers learn at rates of their own: the abc family, as a change of variables.

With a learning rate rho_l in each layer the weights follow dw_l/dt = -rho_l dL/dw_l. The variables

    v_l = rho_l^(-1/2) w_l        obey        dv_l/dt = -dL/dv_l,

plain gradient flow. So a network that takes v in place of w has its rates built in, for every
stepper that follows the gradient: the flows, Euler's steps, SGD. Its tangent kernel is the sum over
layers of rho_l times that of w_l.

For powers a, b, c of the width (`ABC`) a layer becomes h^(-a - c/2) v with v ~ N(0, h^(-2 b + c)),
invariant under the symmetry of `ABC.shifted`::

    net = Reparametrised(FC(h=100, L=3), abc("mup", L=3))
    w = net.init(key, x)
    problem = Problem(predictor(net, w, alpha), loss, x, y)

The steps of ADAM have a length of their own, whatever the gradient, so that other powers c belong
to it: ``abc("mup", L=3, optimiser="adam")``. There v is w itself, and ADAM takes the rates of the
layers from the network (`Reparametrised.rates`); `LayerRates` gives them to any other network.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import jax
import numpy as np
from jaxtyping import Array, Float

from jamming.checks.arguments import DEEPEST, number, numbers, one_of, settle, whole
from jamming.checks.errors import BadInput
from jamming.models.networks import Chain, Params
from jamming.models.parametrisation import NTP


@dataclass(frozen=True)
class ABC:
    """Powers of the width h, one for each of the L + 1 layers.

    A layer is ``h^(-a) w`` with w ~ N(0, h^(-2 b)) at the start and the learning rate h^(-c) (Yang
    and Hu, *Feature learning in infinite-width neural networks*, 2021; c is one number there).
    Factors independent of h, as d^(-1/2) of the first layer, are those of ntp. No biases.
    `adaptive`: the rates are those of ADAM and its like, whose steps do not scale with gradients.
    """

    a: tuple[float, ...]
    b: tuple[float, ...]
    c: tuple[float, ...]
    adaptive: bool = False

    def __post_init__(self) -> None:
        powers = {name: numbers(f"powers {name}", getattr(self, name)) for name in "abc"}
        settle(self, powers)
        a, b, c = powers.values()
        if not 2 <= len(a) == len(b) == len(c):
            raise BadInput(f"a, b and c are one number for each of L + 1 layers, not {a}, {b}, {c}")

    def shifted(self, theta: Sequence[float]) -> "ABC":
        """a + theta, b - theta, c - 2 theta of each layer, which learns the same function.

        The weights become h^theta w, whose gradient is h^(-theta) times that of w. Where steps do
        not scale with gradients (`adaptive`), c - theta.
        """
        if len(theta) != len(self.a):
            raise BadInput(f"theta is one number for each of {len(self.a)} layers, not {theta}")
        powers = zip(self.a, self.b, self.c, theta, strict=True)
        times = 1 if self.adaptive else 2
        moved = [(a + t, b - t, c - times * t) for a, b, c, t in powers]
        a, b, c = zip(*moved, strict=True)
        return replace(self, a=a, b=b, c=c)


def abc(name: str, L: Any, optimiser: str = "flow") -> ABC:
    """A point of the family by name, for L hidden layers, with the rates of an `optimiser`.

    =========  ====================  =================  ====  ====  ==========================
    name       a                     b                  c of  c of  c of adam
                                                        flow  sgd
    =========  ====================  =================  ====  ====  ==========================
    ntp        0, 1/2, ..., 1/2      0                  0     0     1/2, 1, ..., 1, 1/2
    mfp        0, 1/2, ..., 1/2, 1   0                  0     -1    0, 1/2, ..., 1/2, 0
    mup        -1/2, 0, ..., 0, 1/2  1/2                0     0     1/2, 1, ..., 1, 1/2
    standard   0                     0, 1/2, ..., 1/2   0     0     0
    =========  ====================  =================  ====  ====  ==========================

    mup is mfp shifted by 1/2, with which c = -1 makes a step learn as much at every width; a flow
    leaves that factor out, a unit of time. (Yang & Hu 2021 for sgd. With adam, h^(-a - c) is the
    change of what multiplies a layer: 1/h in hidden and last layers of mup, 1 in the first, as in
    Yang et al. 2022, *Tensor Programs V*, Table 3; smaller by h^(-1/2) in all but the last layer
    in ntp, whose hidden layers then move as little as with sgd: Yang & Littwin 2023, *Tensor
    Programs IVb*. The standard rate knows nothing of the width.) Raises BadInput of other names.
    """
    L = whole("L", L, most=DEEPEST)
    half, none = (0.5,) * L, (0.0,) * (L + 1)
    points = {
        "ntp": ABC((0.0, *half), none, none),
        "mfp": ABC((0.0, *half[1:], 1.0), none, none),
        "mup": ABC((-0.5, *none[2:], 0.5), (0.5, *half), none),
        "standard": ABC(none, (0.0, *half), none),
    }
    point = points[one_of("point of the abc family", name, points)]
    if one_of("optimiser of the abc family", optimiser, ("flow", "sgd", "adam")) == "adam":
        ends, within = {"mfp": (0.0, 0.5), "standard": (0.0, 0.0)}.get(name, (0.5, 1.0))
        return replace(point, c=(ends, *(within,) * (L - 1), ends), adaptive=True)
    return replace(point, c=(-1.0,) * (L + 1)) if (name, optimiser) == ("mfp", "sgd") else point


@dataclass(frozen=True)
class Reparametrised:
    """`net`, a network in ntp without biases, learning with the powers `abc` of its width.

    The width is that of the last hidden layer. A `jamming.objectives.predictor.Network`; its
    weights are the v of the module. Raises BadInput for a network that is not in ntp, has biases,
    or has another number of layers.
    """

    net: Chain
    abc: ABC

    def __post_init__(self) -> None:
        if self.net.parametrisation != NTP or self.net.bias:
            raise BadInput("powers count from ntp: build the network in ntp with bias=False")
        layers = len(self.net.layers(1))
        if len(self.abc.a) != layers:
            raise BadInput(f"{len(self.abc.a)} powers do not fit {layers} layers of weights")

    @property
    def rates_in_weights(self) -> bool:
        """Whether v has the rates of steps along the gradient built in, which exclude others."""
        return not self.abc.adaptive

    @property
    def adaptive(self) -> bool:
        """Whether its `rates` are those of ADAM."""
        return self.abc.adaptive

    def rates(self, v: Params) -> Params | None:
        """By which the steps of each layer are multiplied, h^(-c), beside what v has built in."""
        if not self.abc.adaptive:
            return None
        return self._times(jax.tree.map(lambda _: 1.0, v), -np.array(self.abc.c), _width(v))

    def init(self, key: Any, x: Float[Array, "P *d"]) -> Params:
        """v at the start: of standard deviation h^(-b + c/2), of ADAM h^(-b)."""
        return self._times(self.net.init(key, x), self._built_in() - self.abc.b)

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
        return self._times(v, ntp - self.abc.a - self._built_in())

    def _built_in(self) -> np.ndarray:
        """The power of h by which v differs from w."""
        return np.array(self.abc.c) * (0.0 if self.abc.adaptive else 0.5)

    def _times(self, w: Params, powers: np.ndarray, h: float | None = None) -> Params:
        """Layer l times h^powers[l]."""
        layers, h = w["params"], _width(w) if h is None else h
        names = enumerate(powers.tolist(), start=1)
        return {"params": {f"W{i}": h**a * layers[f"W{i}"] for i, a in names}}


def _width(w: Params) -> float:
    """Of the last hidden layer."""
    layers = w["params"]
    return float(layers[f"W{len(layers)}"].shape[-2])


@dataclass(frozen=True)
class LayerRates:
    """Any network, whose layers learn by SGD or ADAM at rates of their own.

    `powers`: pairs (name, c), as ``(("Dense_0", 0.0), ("Dense_1", 1.0))``, of the first names in
    its parameters: the steps of that part are multiplied by h^(-c). A
    `jamming.objectives.predictor.Network`. Raises BadInput where a part has no power, or a power no
    part.

    Example:
        >>> net = LayerRates(jamming.FC(h=64, L=1), h=64, powers=(("W1", 0.0), ("W2", 0.5)))
        >>> net.rates(net.init(jax.random.key(0), jnp.ones((1, 3))))
        {'params': {'W1': 1.0, 'W2': 0.125}}
    """

    net: Any
    h: int
    powers: tuple[tuple[str, float], ...]

    def __post_init__(self) -> None:
        powers = tuple((str(name), number(f"power of {name}", c)) for name, c in self.powers)
        settle(self, {"h": whole("h", self.h), "powers": powers})

    def init(self, key: Any, x: Array) -> Params:
        return cast(Params, self.net.init(key, x))

    def apply(self, w: Params, x: Array) -> Array:
        return cast(Array, self.net.apply(w, x))

    def rates(self, w: Params) -> Params:
        """By which the steps of each parameter are multiplied."""
        powers, parts = dict(self.powers), w["params"]
        if set(powers) != set(parts):
            raise BadInput(
                f"layers have the names {', '.join(parts)}, powers those of"
                f" {', '.join(powers) or 'none'}: give one for each"
            )
        return {
            "params": {
                name: jax.tree.map(lambda _, c=powers[name]: float(self.h) ** -c, part)
                for name, part in parts.items()
            }
        }


def alpha_tilde(abc: ABC, h: float, alpha: float) -> float:
    """alpha h^(1 - a - b) with a, b of the last layer: the scale of outputs where features grow.

    sqrt(h) alpha in ntp, alpha itself in mfp and mup. With it the crossover to lazy learning is at
    alpha~ = O(1) for every width (*Disentangling feature and lazy training*, Sec. 3; Geiger's
    thesis, Sec. 8), provided that all layers start and learn as in ntp, up to a common rate.
    """
    return alpha * h ** (1 - abc.a[-1] - abc.b[-1])
