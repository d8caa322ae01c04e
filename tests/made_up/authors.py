"""What the networks of `tests.made_up.modules` give by their own functions."""

from collections.abc import Callable
from typing import Any

from flax import nnx

from jamming.models.own import drawn
from tests.made_up.modules import MODULES


def network(name: str, h: int) -> Any:
    """What a user hands over, at a width."""
    made: Any = MODULES[name]
    of_nnx = isinstance(made, type) and issubclass(made, nnx.Module)
    return drawn(lambda rngs: made(h, rngs)) if of_nnx else made(h)


def told(name: str, *, train: bool) -> dict[str, bool]:
    """How a module is told whether it trains."""
    flags = {"ViT": ("deterministic", not train), "ResNet": ("train", train)}
    flags["DenseNet"] = ("is_training", train)
    return dict([flags[name]]) if name in flags else {}


def author(name: str, h: int, key: Any, x: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Weights at the start, and f(w, x) on the training inputs x, by the network's own functions.

    Dropout is off, and batch normalisation as in training.
    """
    made: Any = MODULES[name]
    if isinstance(made, type) and issubclass(made, nnx.Module):
        graph, params, rest = nnx.split(made(h, nnx.Rngs(key)), nnx.Param, ...)

        def of_nnx(w: Any) -> Any:
            module = nnx.clone(nnx.merge(graph, nnx.State(w["params"]), rest))
            module.set_attributes(
                deterministic=True, use_running_average=False, raise_if_not_found=False
            )
            return module(x)

        return {"params": nnx.to_pure_dict(params)}, of_nnx
    net = made(h)
    if isinstance(net, tuple):
        init, run = net
        return init(key, x[:1]), lambda w: run(w, None, x) if name == "haiku" else run(w, x)
    variables = net.init(key, x[:1], **told(name, train=False))
    if "batch_stats" not in variables:
        return variables, lambda w: net.apply(w, x, **told(name, train=False))
    stats = variables["batch_stats"]

    def normalised(w: Any) -> Any:
        known = {**w, "batch_stats": stats}
        return net.apply(known, x, **told(name, train=True), mutable=["batch_stats"])[0]

    return {"params": variables["params"]}, normalised
