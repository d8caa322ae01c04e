"""Weights as one row, within the loop of a trajectory.

A step of a flow combines vectors of the size of the weights, and every array is a call of its own
to what XLA runs on a CPU, and code of its own to compile: a third less of it for a network of two
layers. So the arrays of each vector are joined to one before the loop, and taken apart where the
network is.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from jamming.models.networks import Params
from jamming.objectives.predictor import Predictor, Pullback
from jamming.objectives.problem import Problem, S

ROW = "row"


@dataclass(frozen=True)
class InRow:
    """A predictor whose variable is {"row": [N]}, of which `back` makes that of `of`."""

    of: Predictor
    back: Callable[[Params], Params]

    @property
    def alpha(self) -> Float[Array, "*lanes"]:
        return self.of.alpha

    def start(self) -> Params:
        return _row(self.of.start())

    def weights(self, v: Params) -> Params:
        return self.of.weights(self.back(v))

    def rates(self, v: Params) -> Params | None:
        known, v = getattr(self.of, "rates", None), self.back(v)
        rates = None if known is None else known(v)
        if rates is None:
            return None
        return _row(jax.tree.map(lambda rate, leaf: jnp.full_like(leaf, rate), rates, v))

    def __call__(self, v: Params, x: Array, *anchor: Any) -> Array:
        return self.of(self.back(v), x, *anchor)

    def vjp(self, v: Params, x: Array, *anchor: Any) -> tuple[Array, Pullback]:
        F, pull = self.of.vjp(self.back(v), x, *anchor)
        return F, lambda e: _row(pull(e))


def in_rows(problem: Problem, state: S) -> tuple[Problem, Callable[[S], S], Callable[[S], S]]:
    """The problem of a row, and how a state, of the form of this one, becomes one of rows and back.

    Every part of the state that has the structure of its `v` is joined.
    """
    structure: Any = jax.tree.structure(state.v)

    def like_v(part: Any) -> bool:
        return bool(structure == jax.tree.structure(part))

    form: Any
    parts, form = jax.tree.flatten(state, is_leaf=like_v)
    joined = [like_v(part) for part in parts]

    def on_each(f: Callable[[Any], Any], state: S) -> S:
        both = zip(form.flatten_up_to(state), joined, strict=True)
        return form.unflatten([f(part) if join else part for part, join in both])

    _, unravel = ravel_pytree(state.v)

    def back(v: Params) -> Any:
        return unravel(v[ROW])

    of_row = replace(problem, predictor=InRow(problem.predictor, back))
    return of_row, lambda s: on_each(_row, s), lambda s: on_each(back, s)


def _row(v: Params) -> Params:
    return {ROW: ravel_pytree(v)[0]}
