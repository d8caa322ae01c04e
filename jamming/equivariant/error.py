"""How far a map is from commuting with a group."""

from collections.abc import Callable, Iterable
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from jamming.checks.arguments import shown, some
from jamming.checks.errors import BadInput


def equivariance_error(
    apply: Callable[[Any], Any], x: Any, group: Any
) -> Float[Array, "elements P"]:
    """|Phi(g x) - g Phi(x)| / |Phi(x)| for elements g, and each of the inputs x [P, ...].

    Args:
        apply: Phi, from inputs [P, ...] to outputs [P, ...], which may be anything that commutes
            or not: sampling, strides and borders are in it
        x: inputs [P, ...]
        group: for each element two functions, how it moves inputs [P, ...] and how outputs, or the
            first alone where outputs are to be invariant

    Norms are over all axes but the first; the error of an output that is 0 is infinite, or NaN.
    (As T. Cohen, M. Geiger, J. Koehler & M. Welling, *Spherical CNNs*, 2018, sec. 5.1, with norms
    in place of standard deviations.)

    Raises:
        BadInput: for no elements, or such as are no functions, no inputs, outputs that are not
            [P, ...], or that are moved to another shape

    Example:
        >>> turn = lambda x: jnp.rot90(x, axes=(1, 2))
        >>> blur = lambda x: (x + jnp.roll(x, 1, 1) + jnp.roll(x, -1, 1)) / 3
        >>> equivariance_error(blur, jnp.ones((2, 4, 4)), [(turn, turn)]).shape
        (1, 2)
    """
    P, due = len(x), jnp.asarray(apply(x))
    if not P or due.shape[:1] != (P,):
        raise BadInput(
            f"outputs of {P} inputs have shape {list(due.shape)}: give one input at least, and a"
            f" function to outputs [{P or 'P'}, ...]"
        )
    errors = []
    for element in some("group", tuple(group) if isinstance(group, Iterable) else (group,)):
        pair = element if isinstance(element, tuple) else (element, lambda y: y)
        if len(pair) != 2 or not all(map(callable, pair)):
            raise BadInput(
                f"an element of the group is {shown(element)}: give a function of inputs, or a pair"
                " of functions, of inputs and of outputs"
            )
        before, after = pair
        found, moved = jnp.asarray(apply(before(x))), jnp.asarray(after(due))
        if found.shape != moved.shape:
            raise BadInput(
                f"outputs of moved inputs are {list(found.shape)}, moved outputs"
                f" {list(moved.shape)}: the group must act on the outputs as they are"
            )
        errors.append(_norms(found - moved) / _norms(due))
    return jnp.stack(errors)


def _norms(y: Array) -> Float[Array, " P"]:
    return jnp.linalg.norm(y.reshape(len(y), -1), axis=1)
