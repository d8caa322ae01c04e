"""How parameters are counted: N, those of weights alone, and N_all; widths in steps of 1/L."""

import itertools
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import numpy as np

from jamming.checks.arguments import whole, wholes
from jamming.checks.errors import BadInput
from jamming.models.networks import Params


def parameters_only(w: Any) -> None:
    """Refuse, by BadInput, other variables of a Flax module: a gradient must not move them."""
    others = sorted(set(w) - {"params"}) if isinstance(w, Mapping) and "params" in w else []
    if others:
        raise BadInput(
            f"the network has variables that are no parameters ({', '.join(others)}), such as"
            " running means: only a module whose variables are its params can be trained and"
            " differentiated here; replace such layers"
        )


class Count(NamedTuple):
    """Number of parameters: `N` as the papers count (no biases), and `all` of them."""

    N: int
    all: int


def count(params: Params) -> Count:
    """Count the parameters of a network of any kind.

    The papers' N leaves the biases out (*A jamming transition from under- to
    over-parametrization*, App. B): here every array with fewer than two axes.
    """
    parameters_only(params)
    leaves = jax.tree.leaves(params)
    weights = [leaf for leaf in leaves if leaf.ndim >= 2]
    return Count(sum(leaf.size for leaf in weights), sum(leaf.size for leaf in leaves))


def n_weights(d: Any, h: Any, L: Any, c: Any = 1) -> int:
    """N of a fully connected network: d h + (L-1) h^2 + h c, of integers in any form.

    `h` is one width, or one for each of the L hidden layers.
    """
    widths, L = wholes("h", h, most=2**62), whole("L", L)  # a search may ask for any N
    widths = widths if np.ndim(h) else widths * L
    if len(widths) != L:
        raise BadInput(f"L = {L} layers have {L} widths, not {len(widths)}: give one, or {L}")
    sizes = itertools.pairwise((whole("d", d), *widths, whole("c", c)))
    return sum(n * m for n, m in sizes)


def fractional_widths(h: float, L: int) -> tuple[int, ...]:
    """Widths floor(h + 1 - i/L), i = 1..L, for h in steps of 1/L, as in the authors' code."""
    return tuple((round(h * L) + L - i) // L for i in range(1, L + 1))
