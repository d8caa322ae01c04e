"""What is compared with the labels: the network f itself, or F = alpha (f(w) - f(w0)).

A predictor is a function of a *variable* v, what the dynamics moves, and of inputs:

* `Plain`: v = w, F = f(w, x), alpha = 1;
* `Scaled`: v = dw = w - w0, F = alpha (f(w0 + dw, x) - f(w0, x)), v starts at zero.

Moving dw rather than w preserves precision: where alpha is large the weights move by 1/alpha, less
than a float32 can resolve on top of w0, and the subtraction of f(w0) would cancel. A network with a
method ``difference(w, dw, x)`` (FC, CNN, WideResNet) gives it without cancellation. Any other Flax
module is evaluated twice and subtracted, which loses alpha |f| eps: use float64 there once alpha
exceeds about 100. In the loop of a trajectory f(w0) is an *anchor*, computed once, and alpha and
the precision decide which form is taken (`needs_care`).

Both are pytrees of w0, alpha and `pad`, which a network embedded in a wider one needs
(`jamming.models.padding`); the net is static.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jamming.checks.arguments import WITHIN, flag, number
from jamming.checks.arrays import as_outputs
from jamming.checks.errors import BadInput
from jamming.models.accepted import adapted, trainable
from jamming.models.networks import Params
from jamming.models.normalised import Stateful, parameters
from jamming.models.own import Network as Network
from jamming.models.own import state_of
from jamming.models.weights import alike, failed

Pullback = Callable[[Array], Params]

PLAIN_UP_TO = {64: 1e6, 32: 4.0}  # alpha, by the bits of the weights


class _OfNetwork:
    """What `Plain` and `Scaled` share."""

    def network(self: Any, v: Params, x: Float[Array, "P *d"]) -> Float[Array, "P *c"]:
        """f at the weights that v stands for."""
        return self._of(self.net.apply, self.weights(v), x)

    def vjp(self: Any, v: Params, x: Float[Array, "P *d"], *anchor: Any) -> tuple[Array, Pullback]:
        """F, and e -> J^T e with J the Jacobian of F in v."""
        F, pull = jax.vjp(lambda v: self(v, x, *anchor), v)
        return F, lambda e: pull(e)[0]

    def rates(self: Any, v: Params) -> Params | None:
        """By which an optimiser multiplies the steps of each parameter; None: all alike."""
        return _rates(self.net, v)

    def _of(self: Any, function: Callable[..., Any], *arguments: Any, **named: Any) -> Array:
        try:
            return as_outputs(function(*arguments, *self._pad(), **named))
        except BadInput:
            raise
        except Exception as error:  # it may not be our code
            raise failed(self.net, arguments[:-1], arguments[-1], error) from error

    def _pad(self: Any) -> tuple[Any, ...]:
        return () if self.pad is None else (self.pad,)


def _rates(net: Any, v: Params) -> Params | None:
    known = getattr(net, "rates", None)
    return None if known is None else known(v)


def one_rate(of: Any) -> None:
    """Refuse a predictor whose layers have rates of an optimiser, which flows do not know."""
    known = getattr(of, "rates", None)
    if known is not None and known(of.start()) is not None:
        raise BadInput(
            "the layers of this network have rates made for an optimiser: choose adam (or sgd), or"
            " a network that learns at one rate"
        )


class Unscaled:
    """Of predictors whose variable is w itself, from w0 on: alpha = 1."""

    w0: Params

    @property
    def alpha(self) -> Float[Array, ""]:
        return jnp.ones((), jax.tree.leaves(self.w0)[0].dtype)

    def start(self) -> Params:
        return self.w0

    def weights(self, v: Params) -> Params:
        return v


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Plain(Unscaled, _OfNetwork):
    """F = f(w, x)."""

    net: Network = field(metadata={"static": True})
    w0: Params
    pad: Any = None

    def __call__(self, v: Params, x: Float[Array, "P *d"]) -> Float[Array, "P *c"]:
        return self.network(v, x)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Scaled(_OfNetwork):
    """F = alpha (f(w0 + dw, x) - f(w0, x)) (*Disentangling feature and lazy training*, Eq. 6)."""

    net: Network = field(metadata={"static": True})
    w0: Params
    alpha: Float[Array, "*lanes"]
    pad: Any = None
    careful: bool = field(default=True, metadata={"static": True})

    def start(self) -> Params:
        return jax.tree.map(jnp.zeros_like, self.w0)

    def weights(self, v: Params) -> Params:
        try:
            return jax.tree.map(jnp.add, self.w0, v)
        except (TypeError, ValueError):
            alike(v, self.w0, "v of Scaled")
            raise

    def anchor(self, x: Float[Array, "P *d"]) -> Any:
        """What of F at x is of w0 alone: f(w0, x), or what the careful form takes of each layer.

        None where the network has a difference of its own, and no `anchors` of it.
        """
        layers = getattr(self.net, "anchors", None)
        if layers is None and hasattr(self.net, "difference"):
            return None
        if layers is not None and self.careful:
            return layers(self.w0, x, *self._pad())
        return self._of(self.net.apply, self.w0, x)

    def __call__(
        self, v: Params, x: Float[Array, "P *d"], anchor: Any = None
    ) -> Float[Array, "P *c"]:
        """By the careful form, so that F is 0 exactly at the start; with an `anchor` by its own.

        Raises BadInput for an anchor of another number of points.
        """
        difference: Any = getattr(self.net, "difference", None)
        of = x if anchor is None else anchor[0] if isinstance(anchor, tuple) else anchor
        if len(of) != len(x):
            raise BadInput(
                f"an anchor of {len(of)} points is none of {len(x)}: call F.anchor(x) for these x"
            )
        if isinstance(anchor, tuple):
            return self.alpha * self._of(difference, self.w0, v, x, anchors=anchor)
        if anchor is None and difference is not None:
            return self.alpha * self._of(difference, self.w0, v, x)
        f0 = self._of(self.net.apply, self.w0, x) if anchor is None else anchor
        return self.alpha * (self.network(v, x) - f0)


@runtime_checkable
class Predictor(Protocol):
    """What a loss landscape is made of: outputs F(v, x) of a variable v, and their gradients.

    One may have a method ``anchor(x)``: the parts of F at x that do not depend on v. What it
    returns is then the last argument of every call at the same x (`Problem.anchored`).
    """

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
        """F, and e -> the gradient of e . F in v: J^T e; a kernel method has another metric."""


def predictor(
    net: Any, w0: Params, alpha: Any = None, pad: Any = None, *, careful: Any = None
) -> Plain | Scaled:
    """What the loss is applied to: F = f where alpha is None, else F = alpha (f - f0).

    The result F is called as ``F(v, x)``, with inputs x [P, ...] and outputs [P] or [P, c]; v
    starts at ``F.start()``. `w0` are the initial weights from ``net.init``; leaves of different
    precision are converted to the widest. The network is of any kind (`jamming.models.own`); of
    running averages in w0 F is a function as they are. `pad` is the `Pad` of a network embedded in
    a wider one, or the state of one with batch normalisation.
    Raises BadInput if alpha is not positive, its square is not representable in the precision of
    w0, or w0 is empty or holds anything but float32 and float64 parameters. `careful`: whether the
    loop of a trajectory takes the form that does not cancel (default: `needs_care`).

    Example:
        >>> net, x = jamming.FC(h=30, L=2), jnp.ones((5, 10))
        >>> F = jamming.predictor(net, net.init(jax.random.key(0), x), alpha=100.0)
        >>> F(F.start(), x).tolist()  # no output at the start
        [0.0, 0.0, 0.0, 0.0, 0.0]
    """
    net = adapted(net)
    if isinstance(net, Stateful):
        params = parameters(net, w0)
        if pad is None and "batch_stats" in w0:
            pad, w0 = {"stats": w0["batch_stats"]}, {"params": params}
    dtype = trainable(net, w0)
    w0 = jax.tree.map(lambda leaf: jnp.asarray(leaf, dtype), w0)
    if alpha is None:
        return Plain(net, w0, pad)
    alpha = number("alpha", alpha, **WITHIN.get(str(dtype), WITHIN["float32"]))
    form = needs_care(alpha, dtype) if careful is None else flag("careful", careful)
    return Scaled(net, w0, jnp.asarray(alpha, dtype), pad, form)


def needs_care(alpha: float, dtype: Any) -> bool:
    """Whether f(w0 + dw) - f(w0) takes the form that does not cancel, 1.5 times as expensive.

    Two evaluations, subtracted, give F an error of some alpha eps |f|, relative to the margin 1: up
    to alpha = `PLAIN_UP_TO` below 1e-9 in float64, and below 1e-5 in float32.
    """
    return alpha > PLAIN_UP_TO[jnp.finfo(dtype).bits]


def at_start(net: Network, key: Any, x: Array) -> Plain:
    """F = f of an `adapted` network with weights drawn by a key, for training inputs x."""
    w = net.init(key, x[:1])
    return Plain(net, w, state_of(net, w, x))


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
        return bool(getattr(self.net, "rates_in_weights", False))

    @property
    def adaptive(self) -> bool:
        return bool(getattr(self.net, "adaptive", False))

    def rates(self, v: Params) -> Params | None:
        return _rates(self.net, v)

    def init(self, key: Any, x: Array) -> Params:
        del key, x
        return self.w1

    def apply(self, w: Params, x: Array) -> Array:
        return jax.jvp(lambda v: self.net.apply(v, x), (self.w1,), (w,))[1]

    def difference(self, w: Params, dw: Params, x: Array) -> Array:
        del w
        return self.apply(dw, x)
