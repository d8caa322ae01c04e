"""Whether weights are those of a network: the names of their arrays, and their shapes.

What takes (network, weights) looks at them here, so that others are refused by the name of the
array that is in the way, rather than by whatever the network runs into.
"""

from collections.abc import Callable, Iterable
from typing import Any

import jax
from jaxtyping import Array

from jamming.checks.errors import BadInput, described
from jamming.models.counting import parameters_only
from jamming.models.own import Network, name_of

INSTEAD = "give what its init gives for such inputs"


def parameter_names(v: Any) -> tuple[str, ...]:
    """The name of each array of v: its keys, joined by dots, without the "params" of Flax.

    In the order of `ravel_pytree`. Of a list or tuple the keys are 0, 1, ...; of a lone array none.

    Example:
        >>> net = jamming.FC(h=3, L=1, bias=True)
        >>> jamming.parameter_names(net.init(jax.random.key(0), jnp.ones((1, 2))))
        ('B1', 'B2', 'W1', 'W2')
    """
    names = []
    for path, _ in jax.tree_util.tree_flatten_with_path(v)[0]:
        keys = [jax.tree_util.keystr((key,), simple=True) for key in path]
        names.append(".".join(keys[1:] if keys[:1] == ["params"] and len(keys) > 1 else keys))
    return tuple(names)


def alike(w: Any, due: Any, whose: str) -> None:
    """Refuse weights w that have not the arrays of `due`, by the first that differs."""
    given, wanted = _shapes(w), _shapes(due)
    said = f"which {whose} has"
    for name, shape in wanted.items():
        what = f"the array '{name}'" if name else "an array"
        if name not in given:
            raise BadInput(f"the weights lack {what} of shape {list(shape)}, {said}: {INSTEAD}")
        if given[name] != shape:
            here = f"{what} of the weights has shape {list(given[name])}"
            raise BadInput(f"{here}, and {list(shape)} in {whose}: {INSTEAD}")
    for name in given.keys() - wanted.keys():
        raise BadInput(f"the weights have an array '{name}', {said} not: {INSTEAD}")
    nested: list[Any] = [jax.tree.structure(tree) for tree in (w, due)]
    if nested[0] != nested[1]:
        raise BadInput(f"the weights are not nested as those that {whose} has: {INSTEAD}")


def those_of(net: Network, w: Any, x: Array) -> None:
    """Refuse weights that are not those of a network, for inputs like x [P, ...]."""
    parameters_only(w)
    try:
        due = jax.eval_shape(net.init, jax.random.key(0), x[:1])
    except Exception:  # it may want more than a key; applied to x it says so
        return
    if isinstance(due, dict) and isinstance(w, dict) and {"params"} == set(w) < set(due):
        due = {"params": due["params"]}
    alike(w, due, f"{name_of(net)} for {_inputs(x)}")


def shape_of(f: Callable[..., Any], w: Any, x: Array) -> Any:
    """The shape and dtype of f(w, x) at one point, if w are weights of f.

    Of ``net.apply`` and of predictors weights are compared with what they are to be; of any other
    function, what it runs into is said.
    """
    net = getattr(f, "__self__", None)
    if isinstance(net, Network) and f == net.apply:
        those_of(net, w, x)
    elif callable(start := getattr(f, "start", None)):
        alike(w, start(), f"v of {type(f).__name__}")
    try:
        return jax.eval_shape(f, w, x[:1])
    except BadInput:
        raise
    except Exception as error:  # it is not our code
        raise BadInput(
            f"f cannot be applied to weights of shapes {_shown(w)} and {_inputs(x)}:"
            f" {described(error)}"
        ) from error


def of_predictor(F: Any, v: Any, x: Array) -> None:
    """Refuse a variable v that is none of the predictor F, whose network is for inputs like x."""
    alike(v, F.start(), f"v of {type(F).__name__}")
    if isinstance(net := getattr(F, "net", None), Network) and F.pad is None:
        those_of(net, F.w0, x)


def failed(net: Network, weights: Iterable[Any], x: Array, error: Exception) -> BadInput:
    """What to say of a network that could not be applied to x: what is wrong of weights, or why."""
    try:
        for w in weights:
            those_of(net, w, x)
    except BadInput as refused:
        return refused
    return BadInput(f"{name_of(net)} cannot be applied to {_inputs(x)}: {described(error)}")


def _shapes(w: Any) -> dict[str, tuple[int, ...]]:
    shapes = (tuple(getattr(leaf, "shape", ())) for leaf in jax.tree.leaves(w))
    return dict(zip(parameter_names(w), shapes, strict=True))


def _shown(w: Any) -> str:
    several = [f"{name} {list(shape)}".strip() for name, shape in _shapes(w).items()]
    return ", ".join(several[:6]) + ", ..." * (len(several) > 6) if several else "none"


def _inputs(x: Array) -> str:
    return f"inputs of shape [P{''.join(f', {n}' for n in x.shape[1:])}]"
