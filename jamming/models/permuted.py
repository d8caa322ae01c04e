"""Chains of layers with their hidden neurons in another order: other weights, the same function."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jamming.checks.errors import BadInput
from jamming.models.networks import Params, chain


def permuted(net: Any, w: Params, orders: Any) -> Params:
    """Weights of the same function as `w`, neuron i of hidden layer l being `orders[l][i]` of w.

    `net` is a FC or CNN of L hidden layers, `w` its weights, or a change of them, or both joined in
    one tree; `orders` are L permutations [h_l] of 0 to h_l - 1, of the channels of a CNN.
    Raises BadInput for another network, another number of them, or what is no permutation.

    Example:
        >>> net, x = jamming.FC(h=2, L=1), jnp.ones((1, 3))
        >>> w = net.init(jax.random.key(0), x)
        >>> swapped = permuted(net, w, [[1, 0]])
        >>> bool(jnp.allclose(net.apply(w, x), net.apply(swapped, x)))
        True
    """
    chain(net)
    arrays: Any = dict(w["params"])
    L = sum(name.startswith("W") for name in arrays) - 1
    orders = [np.asarray(order) for order in orders]
    if len(orders) != L:
        raise BadInput(f"{len(orders)} permutations for {L} hidden layers: give one for each")
    for i, order in enumerate(orders, start=1):
        h = arrays[f"W{i}"].shape[-1]
        if order.shape != (h,) or not np.array_equal(np.sort(order), np.arange(h)):
            raise BadInput(
                f"the permutation of hidden layer {i} is none of its {h} neurons: give each of 0 to"
                f" {h - 1} once"
            )
        order = order.astype(int)
        for name in (f"W{i}", f"B{i}"):
            if name in arrays:
                arrays[name] = jnp.take(arrays[name], order, axis=-1)
        arrays[f"W{i + 1}"] = jnp.take(arrays[f"W{i + 1}"], order, axis=-2)
    return jax.tree.map(jnp.asarray, {**w, "params": arrays})
