"""Which networks are accepted: of any kind that can be applied, hashed and differentiated."""

from collections.abc import Hashable
from typing import Any

import jax
import jax.numpy as jnp

from jamming.checks.errors import BadInput
from jamming.models.counting import parameters_only
from jamming.models.own import NEEDS, Network, applicable, name_of, network


def adapted(net: Any) -> Network:
    """A network of any kind (`jamming.models.own`), if it is `usable`."""
    return usable(network(net))


def usable(net: Any) -> Network:
    """The network, if it has `init` and `apply`, and hashes."""
    name = name_of(applicable(net))
    try:
        hash(net)
    except TypeError as error:
        fields = getattr(getattr(net, "module", net), "__dict__", {})
        guilty = [key for key in fields if key[0] != "_" and not isinstance(fields[key], Hashable)]
        raise BadInput(
            f"{name} has attributes that do not hash ({', '.join(guilty) or error}): {NEEDS} that"
            " hashes; give lists and arrays as tuples, or make arrays parameters"
        ) from error
    return net


def trainable(net: Network, w: Any) -> Any:
    """The widest dtype of a network's weights w, if they are parameters of float32 or float64."""
    parameters_only(w)
    name, kinds = name_of(net), {jnp.result_type(leaf) for leaf in jax.tree.leaves(w)}
    if not kinds:
        raise BadInput(f"{name} has no parameters: there is nothing to train")
    for kind in kinds:
        if not jnp.issubdtype(kind, jnp.floating) or kind.itemsize < 4:
            raise BadInput(
                f"{name} has parameters of {kind}, and those of float32 or float64 are trained:"
                " change their param_dtype, or make them constants of the module"
            )
    return max(kinds, key=lambda kind: kind.itemsize)
