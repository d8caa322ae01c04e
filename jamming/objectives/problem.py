"""The contract between a problem, a stepper, and whoever drives it.

A `Problem` is a loss landscape: a predictor, data, a loss; mini-batches are drawn from another one
(`jamming.objectives.classification`). A stepper is a frozen configuration with two pure functions
of it::

    init(problem, key) -> state
    tick(problem, state) -> state

One tick costs one gradient, whatever the method: an Euler attempt, an ADAM update. A state's `loss`
and `unsatisfied` are those at its variable `v`, or with mini-batches those of the last check
(`optimiser`). A state ends with a named `Result`; its driver ticks it no further, so that
trajectories of different lengths can run side by side.
"""

import enum
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar, runtime_checkable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key

from jamming.models.networks import Params
from jamming.objectives.losses import Loss
from jamming.objectives.predictor import Predictor


class Result(enum.IntEnum):
    """The status of a trajectory, with a `message` for people; all above RUNNING are ends."""

    message: str

    RUNNING = 0, "still running"
    FITTED = 1, "every constraint is satisfied (N_Delta = 0)"
    CONVERGED_UNFITTED = 2, "the gradient vanished with constraints left unsatisfied"
    OUT_OF_BUDGET = 3, "the budget of steps or time ended first"
    MIN_STEP = 4, "the step size fell to its floor without meeting the tolerances"
    NON_FINITE = 5, "the loss or its gradient is not a finite number"

    def __new__(cls, value: int, message: str = "") -> "Result":
        member = int.__new__(cls, value)
        member._value_, member.message = value, message
        return member


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Problem:
    """L(v) = (1 / (alpha^2 P)) sum_mu loss(F(v, x_mu), y_mu), on x [P, ...] and y [P].

    Computed in the precision of the weights, whatever that of x and y. `numbers` of the dynamics,
    by name, override the stepper's rate, tolerances and times: trajectories that differ in them
    alone share a compiled program.

    Example:
        >>> data, net = jamming.load("digits10pca", P=50), jamming.FC(h=10, L=1)
        >>> x, y = jnp.asarray(data.x_train), jnp.asarray(data.y_train)
        >>> F = jamming.predictor(net, net.init(jax.random.key(0), x))
        >>> problem = jamming.Problem(F, jamming.quadratic_hinge(), x, y)
        >>> problem.outputs(F.start()).shape
        (50,)
    """

    predictor: Predictor
    loss: Loss = field(metadata={"static": True})
    x: Float[Array, "..."]
    y: Array
    numbers: Mapping[str, Array] = field(default_factory=dict)
    anchor: Any = None  # of the predictor at x

    def number(self, name: str, default: float | Array) -> float | Array:
        """A number of the dynamics: that of this problem, or else the stepper's."""
        return self.numbers.get(name, default)

    def outputs(self, v: Params) -> Array:
        """F(v) on the training set, [P] or [P, c]."""
        return self.predictor(v, self._inputs(), *self._known())

    def check(self) -> None:
        """Refuse labels of another loss, and outputs that do not fit them; of stacked problems."""
        classes = None
        if self.loss.multiclass:
            outputs = jax.vmap(lambda problem: problem.outputs(problem.predictor.start()))
            classes = jax.eval_shape(outputs, self).shape[-1]
        self.loss.check(self.y, classes)

    def given(self, common: Any) -> "Problem":
        """The same: its arrays are its own."""
        del common
        return self

    def anchored(self) -> "Problem":
        """The same, with the parts of F at x that do not depend on v computed once, for a loop."""
        found = getattr(self.predictor, "anchor", None)
        return self if found is None else replace(self, anchor=found(self._inputs()))

    def gradient(self, v: Params) -> "Evaluation":
        """Loss, outputs and gradient at v: one forward and one backward pass."""
        F, pull = self.predictor.vjp(v, self._inputs(), *self._known())
        loss, e = jax.value_and_grad(self.loss.mean)(F, self.y, self.predictor.alpha)
        return Evaluation(pull(e), F, loss, self.loss.unsatisfied(F, self.y))

    def _known(self) -> tuple[Any, ...]:
        return () if self.anchor is None else (self.anchor,)

    def _inputs(self) -> Array:
        return self.x.astype(self.predictor.alpha.dtype)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Evaluation:
    """The landscape at one point, or at one for each lane."""

    g: Params
    F: Float[Array, "..."]
    loss: Float[Array, "*lanes"]
    unsatisfied: Int[Array, "*lanes"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class State:
    """Of every stepper; each adds its own fields. Scalars, but for v and g."""

    v: Params
    loss: Float[Array, "*lanes"]
    unsatisfied: Int[Array, "*lanes"]  # N_Delta
    ticks: Int[Array, "*lanes"]  # gradients spent
    t: Float[Array, "*lanes"]  # flow time, or optimiser steps
    result: Int[Array, "*lanes"]  # a Result
    g: Params  # the gradient at v, or that of the last batch


S = TypeVar("S", bound=State)
T = TypeVar("T")


@runtime_checkable
class Landscape(Protocol):
    """What drivers need of a problem, a registered dataclass of arrays; the rest is the stepper's.

    Problems side by side may have large arrays in common: `given` puts these where they belong.
    """

    @property
    def y(self) -> Array:
        """Labels [P]."""

    def check(self) -> None:
        """Refuse, by BadInput, labels and outputs that do not fit; of stacked problems."""

    def anchored(self) -> "Landscape":
        """The same, with all that stays the same in a loop computed once."""

    def given(self, common: Any) -> "Landscape":
        """The same, with what it has in common with others."""


@runtime_checkable
class Stepper(Protocol[S]):
    """A frozen, hashable configuration of a dynamics.

    One whose attribute `elementwise` is true treats all parameters alike: the driver may join them
    in one row, which is then the `v` of the problem and of the state in a tick.
    """

    @property
    def max_ticks(self) -> int:
        """The largest number of gradients a trajectory may spend."""

    def __hash__(self) -> int:
        """Steppers of equal configuration share their compiled programs."""

    def init(self, problem: Any, key: Key[Array, ""]) -> S:
        """The state at t = 0 of a `Landscape`; `key` serves those dynamics that draw batches."""

    def tick(self, problem: Any, state: S) -> S:
        """One gradient later."""


def norm_squared(g: Params) -> Float[Array, ""]:
    """|g|^2 over all parameters."""
    return functools.reduce(jnp.add, [jnp.vdot(leaf, leaf) for leaf in jax.tree.leaves(g)])


def rms(F: Array) -> Float[Array, ""]:
    """Root mean square over all entries."""
    return jnp.sqrt(jnp.mean(F**2))


def where(condition: Bool[Array, ""], new: T, old: T) -> T:
    """`jnp.where` of two pytrees of one structure."""
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), new, old)


def judged(
    state: S,
    *,
    vanished: Array | bool,
    out_of_budget: Array,
    min_step: Array | bool = False,
    until_fitted: bool = True,
) -> S:
    """The state with its `Result`, the most decisive of those that hold.

    Without `until_fitted` a state that fits runs on until there is another end.
    """
    result = jnp.where(min_step, Result.MIN_STEP, Result.RUNNING)
    result = jnp.where(out_of_budget, Result.OUT_OF_BUDGET, result)
    result = jnp.where(vanished, Result.CONVERGED_UNFITTED, result)
    fits = state.unsatisfied == 0
    fitted = fits if until_fitted else fits & (result != Result.RUNNING)
    result = jnp.where(fitted, Result.FITTED, result)
    finite = jnp.isfinite(state.loss) & jnp.isfinite(norm_squared(state.g))
    result = jnp.where(finite, result, Result.NON_FINITE).astype(jnp.int32)
    return replace(state, result=result)
