"""Networks that are not ours, as what the rest of the project needs: init, apply, and a state.

`network` takes a Linen module, an NNX module, a pair (init, apply), or any object with both; of an
NNX module that each seed is to draw anew, `drawn` takes the function that makes it. The result has

    w = net.init(key, x)               # what is trained: the parameters alone
    state = net.state(w, x)            # what else outputs depend on, of training inputs x, or None
    f = net.apply(w, x, state)         # [P, ...], each row of its own point alone

Variables other than parameters (Linen's collections, NNX's Variables) may be those of batch
normalisation only: see `jamming.models.normalised`. Dropout is off. All else that changes or draws
while a module is applied is refused by name.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import flax.linen as nn
import jax
from flax import nnx
from jaxtyping import Array

from jamming.checks.arguments import one_of
from jamming.checks.errors import BadInput, described
from jamming.models.normalised import MODES, Stateful, Variables

# arguments by which modules are told that they train, and that they do not
TRAINS, RESTS = ("train", "training", "is_training"), ("deterministic", "use_running_average")
KNOWN = "difference", "rates"  # of the networks of this project, which need no help
NEEDS = (
    "an own network is a module of Flax (Linen, or jamming.drawn of NNX), or a pair of functions"
    " init(key, x) and apply(w, x)"
)


@runtime_checkable
class Network(Protocol):
    """What is needed of a network, and what every Linen module has. Must hash."""

    def init(self, key: Any, x: Array, /) -> Any:
        """Initial weights w0, for inputs of the shape and dtype of x."""

    def apply(self, w: Any, x: Array, /) -> Any:
        """f(w, x)."""


@dataclass(frozen=True)
class Pair:
    """Functions (init, apply) of (key, x) and (w, x), or of (w, None, x) as Haiku's transforms."""

    draw: Callable[..., Any]
    run: Callable[..., Any]

    @property
    def name(self) -> str:
        return getattr(self.run, "__qualname__", "apply")

    def init(self, key: Any, x: Array) -> Any:
        return self.draw(key, x)

    def apply(self, w: Any, x: Array) -> Any:
        try:
            names = list(inspect.signature(self.run).parameters)
        except (TypeError, ValueError):
            names = []
        return self.run(w, None, x) if names[1:2] == ["rng"] else self.run(w, x)


@dataclass(frozen=True)
class Linen(Stateful):
    """A Linen module of x [P, ...], told by `TRAINS` or `RESTS` whether it trains."""

    module: nn.Module
    batch_norm: str = "batch"

    @property
    def name(self) -> str:
        return type(self.module).__name__

    def start(self, key: Any, x: Array) -> Variables:
        with nn.intercept_methods(_mode(train=False)):
            variables = self.module.init(key, x, **self._told(train=False))
        _known(self.name, set(variables) - {"params", "batch_stats"})
        return dict(variables)

    def run(self, variables: Variables, x: Array, *, train: bool) -> tuple[Any, Any]:
        mutable = ["batch_stats"] if train else False
        with nn.intercept_methods(_mode(train=train)):
            found: Any = self.module.apply(variables, x, **self._told(train=train), mutable=mutable)
        return (found[0], found[1]["batch_stats"]) if train else (found, None)

    def _told(self, *, train: bool) -> dict[str, Any]:
        """How this module is told whether it trains, by an argument of its `__call__`."""
        known = inspect.signature(type(self.module).__call__).parameters
        return {
            **{name: train for name in TRAINS if name in known},
            **{name: not train for name in RESTS if name in known},
        }


class Looking(nnx.BatchNorm):
    """Batch normalisation that leaves means and variances of the batch behind, with gradients.

    NNX's own moves averages on which gradients stop.
    """

    def __call__(self, x: Array, *_: Any, **__: Any) -> Any:
        """As the attribute `use_running_average` says, whatever the call does."""
        average = bool(self.use_running_average)
        F = super().__call__(x, use_running_average=average)
        if not average:
            features = {self.axis} if isinstance(self.axis, int) else set(self.axis)
            axes = tuple(set(range(x.ndim)) - {axis % x.ndim for axis in features})
            self.mean[...], self.var[...] = x.mean(axes), x.var(axes)
        return F


@dataclass(frozen=True)
class NNX(Stateful):
    """An NNX module, split into its graph and variables; `make` it of rngs, or hold `variables`.

    Networks of one graph are equal, and share compiled programs.
    """

    graphs: tuple[Any, Any]  # in training, and in use
    make: Callable[[nnx.Rngs], nnx.Module] | None = field(default=None, compare=False)
    variables: Any = field(default=None, compare=False)
    rest: Any = field(default=None, compare=False)  # keys of dropout, which is off
    name: str = field(default="", compare=False)
    batch_norm: str = "batch"

    @property
    def held(self) -> bool:
        """Whether all seeds begin with the weights of the module that was given."""
        return self.make is None

    def start(self, key: Any, x: Array) -> Variables:
        del x
        return self.variables if self.make is None else _split(self.make(nnx.Rngs(key)))[1]

    def run(self, variables: Variables, x: Array, *, train: bool) -> tuple[Any, Any]:
        states = [nnx.State(variables.get(kind, {})) for kind in ("params", "batch_stats")]
        module = nnx.merge(self.graphs[0 if train else 1], *states, self.rest)
        F = module(x)
        moved = nnx.state(module, nnx.BatchStat) if train else nnx.State({})
        return F, nnx.to_pure_dict(moved)


def network(of: Any, *, batch_norm: Any = "batch") -> Any:
    """A network of any kind, with init, apply and, where it has one, a state: see this module.

    Networks of this project, and objects with pure init and apply, are returned as they are. An NNX
    module holds weights, with which every seed begins: see `drawn`.

    Raises:
        BadInput: for what is no network, and an NNX module of variables that are neither parameters
            nor running averages; of a Linen module, when it is initialised or its state is made

    Example:
        >>> import flax.linen as nn
        >>> net = jamming.network(nn.Sequential([nn.Dense(8), nn.BatchNorm(False), nn.Dense(1)]))
        >>> x = jax.random.normal(jax.random.key(0), (5, 10))
        >>> w = net.init(jax.random.key(1), x)
        >>> net.apply(w, x, net.state(w, x)).shape
        (5, 1)
    """
    batch_norm = one_of("batch_norm", batch_norm, MODES)
    if isinstance(of, nnx.Module):
        graphs, variables, rest = _split(of)
        return NNX(graphs, None, variables, rest, type(of).__name__, batch_norm)
    if isinstance(of, nn.Module) and not any(hasattr(of, name) for name in KNOWN):
        return Linen(_hashed(of), batch_norm)
    if isinstance(of, tuple) and len(of) == 2 and all(map(callable, of)):
        return Pair(*of)
    net: Any = applicable(of)
    # Haiku's transforms are pairs of that name
    return Pair(net.init, net.apply) if isinstance(of, tuple) else net


def applicable(net: Any) -> Network:
    """The network, if it has `init` and `apply`."""
    if isinstance(net, type) or not isinstance(net, Network):
        name = type(net).__name__
        what = f"the class {net.__name__}" if isinstance(net, type) else f"a {name}"
        raise BadInput(f"{what} cannot be trained: {NEEDS}")
    return net


def drawn(make: Callable[[nnx.Rngs], nnx.Module], *, batch_norm: Any = "batch") -> NNX:
    """The network of an NNX module that `make`(rngs) makes anew for each key.

    Example:
        >>> from flax import nnx
        >>> net = jamming.drawn(lambda rngs: nnx.Linear(10, 1, rngs=rngs))
        >>> w = net.init(jax.random.key(0), jnp.ones((5, 10)))
        >>> net.apply(w, jnp.ones((5, 10))).shape
        (5, 1)
    """
    batch_norm = one_of("batch_norm", batch_norm, MODES)
    try:
        module = make(nnx.Rngs(0))
    except Exception as error:  # it is not our code
        raise BadInput(
            f"no module is made of rngs ({described(error)}): give a function, as"
            " lambda rngs: Net(..., rngs=rngs)"
        ) from error
    if not isinstance(module, nnx.Module):
        raise BadInput(f"the function of rngs makes a {type(module).__name__}, no NNX module")
    graphs, _, rest = _split(module)
    return NNX(graphs, make, None, rest, type(module).__name__, batch_norm)


def drawn_anew(net: Any) -> Any:
    """The network, if each key draws it weights of its own."""
    if isinstance(net, NNX) and net.held:
        raise BadInput(
            f"{net.name} is an NNX module with weights of its own, with which every seed would"
            f" begin: give jamming.drawn(lambda rngs: {net.name}(..., rngs=rngs)) in its place"
        )
    return net


def state_of(net: Any, w: Any, x: Array) -> Any:
    """What outputs of a network of any kind depend on beside w, of training inputs x, or None."""
    return net.state(w, x) if isinstance(net, Stateful) else None


def name_of(net: Any) -> str:
    """What a person calls it."""
    return net.name if isinstance(net, Pair | Linen | NNX) else type(net).__name__


def _split(module: nnx.Module) -> tuple[tuple[Any, Any], Variables, Any]:
    """Graphs in training and in use, {"params": ..., "batch_stats": ...}, and keys of dropout."""
    name, graphs = type(module).__name__, []
    for train in (True, False):
        one = nnx.clone(module)
        for _, node in nnx.iter_graph(one):
            if type(node) is nnx.BatchNorm:
                node.__class__ = Looking
        one.set_attributes(
            deterministic=True, use_running_average=not train, raise_if_not_found=False
        )
        parts: Any = nnx.split(one, nnx.Param, nnx.BatchStat, nnx.RngState, ...)
        graph, params, stats, keys, rest = parts
        kinds = {type(each).__name__ for each in jax.tree.leaves(rest, is_leaf=_variable)}
        _known(name, kinds)
        graphs.append(graph)
    found = {"params": nnx.to_pure_dict(params), "batch_stats": nnx.to_pure_dict(stats)}
    return (graphs[0], graphs[1]), {kind: part for kind, part in found.items() if part}, keys


def _hashed(module: nn.Module) -> nn.Module:
    """The module with tuples for lists, as the layers of `nn.Sequential` are, which do not hash."""
    lists: dict[str, Any] = {
        name: tuple(value)
        for name, value in vars(module).items()
        if isinstance(value, list) and name in module.__dataclass_fields__
    }
    return module.clone(**lists) if lists else module


def _variable(each: Any) -> bool:
    return isinstance(each, nnx.Variable)


def _known(name: str, others: set[str]) -> None:
    if others:
        raise BadInput(
            f"{name} has variables that are neither parameters nor running averages"
            f" ({', '.join(sorted(others))}): they would have to change while it is applied; leave"
            " such layers out, or make constants attributes"
        )


def _mode(*, train: bool) -> Callable[..., Any]:
    """Linen's dropout gives what it is given, its batch normalisation does as it is told here."""

    def called(call: Any, args: Any, kwargs: Any, context: Any) -> Any:
        module = context.module
        if context.method_name != "__call__" or not isinstance(module, nn.Dropout | nn.BatchNorm):
            return call(*args, **kwargs)
        if isinstance(module, nn.Dropout):
            return args[0]
        # Linen refuses to be told twice; this is a copy made for one call
        object.__setattr__(module, "use_running_average", None)
        mask = {"mask": kwargs["mask"]} if "mask" in kwargs else {}
        return call(args[0], use_running_average=not train, **mask)

    return called
