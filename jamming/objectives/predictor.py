"""What is compared with the labels: the network f itself, or F = alpha (f(w) - f(w0)).

A predictor is a function of a *variable* v, what the dynamics moves, and of inputs:

* `Plain`: v = w, F = f(w, x), alpha = 1;
* `Scaled`: v = dw = w - w0, F = alpha (f(w0 + dw, x) - f(w0, x)), v starts at zero.

Moving dw rather than w is what keeps precision: where alpha is large the weights move by 1/alpha,
less than a float32 can resolve on top of w0, and the subtraction of f(w0) would cancel. A network
with a method ``difference(w, dw, x)`` (`FC`, `CNN`) gives the difference without cancellation. Any
other Flax module is evaluated twice and subtracted, which loses alpha |f| eps: use float64 there
once alpha exceeds about 100.

Both are registered dataclasses: w0, alpha and pad are leaves (they can be vmapped), the net is
static. `pad` (`jamming.models.padding`) is what a network needs to know where it is embedded in a
wider one, and None elsewhere.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jamming.checks.arguments import WITHIN, number
from jamming.checks.arrays import as_outputs
from jamming.checks.errors import BadInput
from jamming.models.counting import parameters_only
from jamming.models.networks import Params

Pullback = Callable[[Array], Params]


@runtime_checkable
class Network(Protocol):
    """What is needed of a network, and what every Flax module has. Must hash."""

    def init(self, key: Any, x: Array, /) -> Any:
        """Initial weights w0, for inputs of the shape and dtype of x."""

    def apply(self, w: Params, x: Array, /) -> Any:
        """f(w, x)."""


@functools.partial(jax.tree_util.register_dataclass, data_fields=["w0", "pad"], meta_fields=["net"])
@dataclass(frozen=True)
class Plain:
    """F = f(w, x)."""

    net: Network
    w0: Params
    pad: Any = None

    @property
    def alpha(self) -> Float[Array, ""]:
        return jnp.ones((), jax.tree.leaves(self.w0)[0].dtype)

    def start(self) -> Params:
        """The variable at t = 0: w0."""
        return self.w0

    def weights(self, v: Params) -> Params:
        """The weights that the variable v stands for: itself."""
        return v

    def network(self, v: Params, x: Float[Array, "P *d"]) -> Float[Array, "P *c"]:
        """f at the weights that v stands for."""
        return as_outputs(self.net.apply(v, x, *_given(self.pad)))

    def __call__(self, v: Params, x: Float[Array, "P *d"]) -> Float[Array, "P *c"]:
        return self.network(v, x)

    def vjp(self, v: Params, x: Float[Array, "P *d"]) -> tuple[Array, Pullback]:
        """F, and e -> J^T e with J the Jacobian of F in v."""
        return _vjp(self, v, x)


@functools.partial(
    jax.tree_util.register_dataclass, data_fields=["w0", "alpha", "pad"], meta_fields=["net"]
)
@dataclass(frozen=True)
class Scaled:
    """F = alpha (f(w0 + dw, x) - f(w0, x)) (*Disentangling feature and lazy training*, Eq. 6)."""

    net: Network
    w0: Params
    alpha: Float[Array, "*lanes"]
    pad: Any = None

    def start(self) -> Params:
        """The variable at t = 0: dw = 0."""
        return jax.tree.map(jnp.zeros_like, self.w0)

    def weights(self, v: Params) -> Params:
        """w0 + dw."""
        return jax.tree.map(jnp.add, self.w0, v)

    def network(self, v: Params, x: Float[Array, "P *d"]) -> Float[Array, "P *c"]:
        """f at the weights that v stands for."""
        return as_outputs(self.net.apply(self.weights(v), x, *_given(self.pad)))

    def __call__(self, v: Params, x: Float[Array, "P *d"]) -> Float[Array, "P *c"]:
        pad = _given(self.pad)
        if hasattr(self.net, "difference"):
            return self.alpha * as_outputs(self.net.difference(self.w0, v, x, *pad))
        return self.alpha * (self.network(v, x) - as_outputs(self.net.apply(self.w0, x, *pad)))

    def vjp(self, v: Params, x: Float[Array, "P *d"]) -> tuple[Array, Pullback]:
        """F, and e -> J^T e with J the Jacobian of F in v."""
        return _vjp(self, v, x)


@runtime_checkable
class Predictor(Protocol):
    """What a loss landscape is made of: outputs F(v, x) of a variable v, and their gradients."""

    @property
    def alpha(self) -> Float[Array, "*lanes"]:
        """The scale by whose square the loss is divided."""

    def start(self) -> Params:
        """v at t = 0."""

    def weights(self, v: Params) -> Params:
        """What v stands for."""

    def __call__(self, v: Params, x: Array) -> Array:
        """F, [P] or [P, c]."""

    def vjp(self, v: Params, x: Array) -> tuple[Array, Pullback]:
        """F, and the map from a change e of the outputs to the gradient of e . F in v.

        It is J^T e where v lives in flat space; a kernel method has a metric of its own.
        """


def _given(pad: Any) -> tuple[Any, ...]:
    return () if pad is None else (pad,)


def _vjp(F: Callable[[Params, Array], Array], v: Params, x: Array) -> tuple[Array, Pullback]:
    outputs, pull = jax.vjp(lambda v: F(v, x), v)
    return outputs, lambda e: pull(e)[0]


def predictor(net: Network, w0: Params, alpha: Any = None, pad: Any = None) -> Plain | Scaled:
    """f itself where alpha is None, else alpha (f - f0).

    Weights of different precision are brought to the widest of them.

    Raises:
        BadInput: alpha is not positive, or its square is beyond the precision of w0; w0 as
            `trainable`.

    Example:
        >>> net, x = jamming.FC(h=30, L=2), jnp.ones((5, 10))
        >>> F = jamming.predictor(net, net.init(jax.random.key(0), x), alpha=100.0)
        >>> F(F.start(), x).tolist()  # no output at the start
        [0.0, 0.0, 0.0, 0.0, 0.0]
    """
    dtype = trainable(net, w0)
    if any(getattr(leaf, "dtype", None) != dtype for leaf in jax.tree.leaves(w0)):
        w0 = jax.tree.map(lambda leaf: jnp.asarray(leaf, dtype), w0)
    if alpha is None:
        return Plain(net, w0, pad)
    alpha = number("alpha", alpha, **WITHIN.get(str(dtype), WITHIN["float32"]))
    return Scaled(net, w0, jnp.asarray(alpha, dtype), pad)


def trainable(net: Network, w: Any) -> Any:
    """The widest dtype of a network's weights w, where a gradient can move all of them.

    Raises:
        BadInput: w holds more than parameters, none at all, or some that are no real numbers of 32
            bits at least.
    """
    parameters_only(w)
    name, kinds = type(net).__name__, {jnp.result_type(leaf) for leaf in jax.tree.leaves(w)}
    if not kinds:
        raise BadInput(f"{name} has no parameters: there is nothing to train")
    for kind in kinds:
        if not jnp.issubdtype(kind, jnp.floating) or kind.itemsize < 4:
            raise BadInput(
                f"{name} has parameters of {kind}, and those of float32 or float64 are trained:"
                " change their param_dtype, or make them constants of the module"
            )
    return max(kinds, key=lambda kind: kind.itemsize)


@dataclass(frozen=True, eq=False)
class Linearised:
    """A network's first-order expansion in its weights: x -> grad_w f(w1, x) . w.

    Under `Scaled` it is the lazy limit: the tangent kernel is frozen at w1, and F does not
    depend on alpha (*Disentangling feature and lazy training*, App. A).
    """

    net: Network
    w1: Params

    @property
    def rates_in_weights(self) -> bool:
        """As of the network: whether its learning rates are made for steps along the gradient."""
        return bool(getattr(self.net, "rates_in_weights", False))

    def init(self, key: Any, x: Array) -> Params:
        """w1, whatever the key: where the expansion holds."""
        del key, x
        return self.w1

    def apply(self, w: Params, x: Array) -> Array:
        """grad_w f(w1, x) . w, shape [P] or [P, c]."""
        return jax.jvp(lambda v: self.net.apply(v, x), (self.w1,), (w,))[1]

    def difference(self, w: Params, dw: Params, x: Array) -> Array:
        """grad_w f(w1, x) . dw, whatever w."""
        del w
        return self.apply(dw, x)
