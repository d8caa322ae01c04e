"""Networks of many widths in one compiled program: each embedded in a wider one, its *bucket*.

A network of widths h_l becomes one of widths H_l >= h_l that computes the same function and learns
in the same way: its weights sit in the leading corner of the larger arrays, all else is zero, and a
`Pad` (`jamming.models.networks`) silences the padded neurons and gives each layer the prefactor of
its true fan-in. The gradient of every padded weight is exactly zero, so that gradient flow, ADAM
and momentum never move it::

    wide = bucket(net)
    pad = pad_of(net, wide, d, x.dtype)
    w = embed(net.init(key, x), shapes(wide, x))
    wide.apply(w, x, pad)                              # net.apply(net.init(key, x), x)
    wide.difference(w, dw, x, pad)

`wide` is static under jit; `w`, `pad` and x are arrays, whose lanes may have different true widths
and dimensions (`pad_inputs`). NumPy arrays stay NumPy arrays; JAX arrays may be traced.
"""

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from jamming.checks.errors import BadInput
from jamming.models.networks import CNN, FC, Pad, Params


def bucket_width(h: int, ratio: int | float = 2, smallest: int = 8) -> int:
    """The smallest width >= h of the ladder smallest, smallest ratio, smallest ratio^2, ...

    With a ratio that is no integer in multiples of 4: 8, 12, 16, 24, 32, ... for sqrt(2).
    """
    if h < 1 or smallest < 1 or not 1 < ratio < math.inf:
        raise BadInput(f"a bucket needs h, smallest >= 1, ratio > 1, not {h}, {smallest}, {ratio}")
    step = 1 if float(ratio).is_integer() else 4
    # sqrt(2)^2 is a little above 2, and must not be rounded up to the next multiple
    rungs = (step * math.ceil(smallest * ratio**k / step * (1 - 1e-12)) for k in itertools.count())
    return next(rung for rung in rungs if rung >= h)


def bucket(net: Any, *, ratio: int | float = 2, smallest: int = 8) -> Any:
    """The network with each width replaced by its `bucket_width`, in which it can be embedded.

    The bucket of an `FC` has a tuple `h`, so that buckets of equal shape are equal. Raises BadInput
    for a network that is neither `FC` nor `CNN`, and impossible widths.
    """
    widths = tuple(bucket_width(h, ratio, smallest) for h in _widths(net))
    return net.clone(h=widths if isinstance(net, FC) else widths[0])


def pad_of(net: Any, bucket: Any, n_in: int, dtype: DTypeLike) -> Pad:
    """The `Pad` with which `bucket` computes `net`: a mask [H_l] a hidden layer, L + 1 prefactors.

    `n_in` is the length of the last axis of the inputs of `net`, before any padding.
    """
    masks: list[Array] = []
    widths = _widths(net), _widths(bucket)
    if type(net) is not type(bucket) or net.clone(h=bucket.h) != bucket:
        raise BadInput("a network and its bucket must be the same in all but their widths")
    for h, H in zip(*widths, strict=True):
        if h > H:
            raise BadInput(f"a layer of width {h} does not fit into a bucket of width {H}")
        masks.append(jnp.asarray((np.arange(H) < h).astype(dtype)))
    return Pad(tuple(masks), tuple(jnp.asarray(scale, dtype) for scale in net.prefactors(n_in)))


def shapes(net: nn.Module, x: Array | np.ndarray | jax.ShapeDtypeStruct) -> Params:
    """The shapes and dtypes of the weights for inputs like x: a pytree of ShapeDtypeStruct."""
    return _shapes(net, jax.ShapeDtypeStruct(x.shape, x.dtype))


@functools.lru_cache(maxsize=256)
def _shapes(net: nn.Module, like: jax.ShapeDtypeStruct) -> Params:
    return jax.eval_shape(net.init, jax.random.key(0), like)


def embed(w: Params, bucket_shapes: Params) -> Params:
    """Every array of w in the leading corner of one as in `bucket_shapes`, zero elsewhere."""
    return _on_each(_enlarge, w, bucket_shapes)


def extract(w: Params, net_shapes: Params) -> Params:
    """Inverse of `embed`: the leading corner of every array of w, of the shapes of the network."""

    def corner(leaf: Any, shape: tuple[int, ...]) -> Any:
        _check_shapes(shape, leaf.shape)
        return leaf[tuple(map(slice, shape))]

    return _on_each(corner, w, net_shapes)


def true_sizes(w: Params, pad: Pad, N_all: Any) -> dict[str, Any]:
    """How many numbers of each array of a padded w, by its name, are of the true network.

    All of them are `N_all`, of which the first layer has what the others leave: its inputs may be
    padded, too.
    """
    widths = [mask.astype(int).sum(-1) for mask in pad.masks]
    found = {}
    for name, leaf in w["params"].items():
        kind, layer = name[0], int(name[1:])
        into = widths[layer - 2] if kind == "W" and layer > 1 else 1
        out = widths[layer - 1] if layer <= len(widths) else leaf.shape[-1]
        found[name] = into * out * math.prod(leaf.shape[:-2])
    return found | {"W1": N_all - sum(n for name, n in found.items() if name != "W1")}


def pad_inputs(x: Float[Array | np.ndarray, "..."], D: int) -> Float[Array | np.ndarray, "..."]:
    """Inputs [..., d] -> [..., D], zero beyond d; BadInput where d > D."""
    return _enlarge(x, (*x.shape[:-1], D))


def _enlarge(leaf: Any, shape: tuple[int, ...]) -> Any:
    _check_shapes(leaf.shape, shape)
    xp = np if isinstance(leaf, np.ndarray) else jnp
    return xp.pad(leaf, [(0, N - n) for n, N in zip(leaf.shape, shape, strict=True)])


def _on_each(f: Callable[[Any, tuple[int, ...]], Any], w: Params, like: Params) -> Params:
    if jax.tree.map(lambda _: 0, w) != jax.tree.map(lambda _: 0, like):
        raise BadInput("a network and its bucket need the same layers, both with biases or without")
    return jax.tree.map(lambda leaf, other: f(leaf, other.shape), w, like)


def _check_shapes(small: tuple[int, ...], large: tuple[int, ...]) -> None:
    if len(small) != len(large) or any(n > N for n, N in zip(small, large, strict=True)):
        raise BadInput(f"an array of shape {small} does not fit into the bucket's {large}")


def _widths(net: nn.Module) -> tuple[int, ...]:
    if not isinstance(net, FC | CNN):
        raise BadInput(f"only FC and CNN can be padded to a common width, not {type(net).__name__}")
    return tuple(layer.shape[-1] for layer in net.layers(1)[:-1])
