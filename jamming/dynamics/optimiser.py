"""Any optax optimiser as a stepper: ADAM on the full batch, SGD on random batches.

Full batch: a tick moves v by the update of the gradient that the state holds and takes the
gradient at the new v, so that N_Delta = 0 is seen at the step where it happens.

With a batch size b < P a tick takes the gradient of b data drawn without replacement; loss and
N_Delta of the whole training set are then evaluated every `check_every` ticks (a forward pass,
not counted as a gradient), and hold the value of the last check in between.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Key, PyTree

from jamming.checks import arguments
from jamming.checks.errors import BadInput
from jamming.models.networks import Params
from jamming.objectives.problem import Problem, State, judged, norm_squared

FLOOR = 1e-7  # of a rate that falls, as in the papers' code


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class OptimiserState(State):
    """Adds the optimiser's own state and the batch key."""

    inner: PyTree
    key: Key[Array, "*lanes"]


@dataclass(frozen=True)
class Optimiser:
    """`transform` is any optax.GradientTransformation; `batch` None means all the data.

    `follows_gradient` says that its steps are multiples of (past) gradients, as those of SGD with
    or without momentum: only these learn a network of the abc family at the rates that are built
    into it (`jamming.models.reparametrised`). `elementwise` says that it treats all parameters
    alike, whatever array they are of, as ADAM does: these are then joined in one row. A network
    with `rates` of its layers has its updates multiplied by them, last of all.

    A trajectory ends where all constraints are satisfied, or without `until_fitted` where the
    budget or the gradient does: a loss without a margin goes on learning then.

    Raises BadInput if a value is out of range; on `init`, as `check`, and for a transform that
    needs more than gradients and weights.
    """

    transform: optax.GradientTransformation
    max_ticks: int = 100_000
    batch: int | None = None
    check_every: int = 100
    min_gradient: float = 1e-14
    until_fitted: bool = True
    follows_gradient: bool = False
    elementwise: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.transform, optax.GradientTransformation):
            raise BadInput(
                f"transform = {arguments.shown(self.transform)} is no optimiser of optax: give"
                " one with its rate, as optax.adam(1e-3)"
            )
        arguments.dynamics("optimiser", self)
        floor = arguments.number("optimiser: min_gradient", self.min_gradient, least=0.0)
        arguments.settle(self, {"min_gradient": floor})
        for name in ("batch", "check_every"):
            if (value := getattr(self, name)) is not None:
                arguments.settle(self, {name: arguments.whole(f"optimiser: {name}", value)})

    def check(self, P: int, *, kernel: bool) -> None:
        """Refuse a batch of more than P data; for a frozen kernel also adam and batches."""
        if self.batch is not None and self.batch > P:
            raise BadInput(f"batch = {self.batch} is larger than the {P} data: lower it")
        if kernel and not (self.follows_gradient and self.batch in (None, P)):
            raise BadInput(
                "a frozen kernel learns by steps along the gradient of all data, not by adam or"
                " batches: choose sgd without a batch, flow or euler"
            )

    def init(self, problem: Problem, key: Key[Array, ""]) -> OptimiserState:
        of = problem.predictor
        self.check(len(problem.x), kernel=getattr(of, "whole_gradient", False))
        net = getattr(of, "net", None)
        if getattr(net, "rates_in_weights", False) and not self.follows_gradient:
            raise BadInput(
                "the rates of this network (mup, standard, the abc family) are made for steps along"
                " the gradient, and adam's have a length of their own: choose sgd, flow or euler,"
                " or powers made for adam, abc(name, L, 'adam')"
            )
        if getattr(net, "adaptive", False) and self.follows_gradient:
            raise BadInput(
                "the rates of this network are made for adam: choose adam, or powers made for steps"
                " along the gradient, abc(name, L, 'sgd')"
            )
        v = of.start()
        try:
            inner = self.transform.init(v)
            jax.eval_shape(self.transform.update, v, inner, v)
        except Exception as error:  # it is not our code
            raise BadInput(
                "this optimiser needs more than gradients and weights, as optax.lbfgs, which also"
                " needs the loss: choose another"
            ) from error
        return self._evaluate(problem, v, inner, key, None)

    def tick(self, problem: Problem, state: OptimiserState) -> OptimiserState:
        updates, inner = self.transform.update(state.g, state.inner, state.v)
        if (lr := problem.numbers.get("lr")) is not None:  # the transform is that of a rate of 1
            every = problem.number("decay_every", float("inf"))
            rate = staircase(lr, every, FLOOR, state.ticks - 1)
            updates = jax.tree.map(lambda update: rate * update, updates)
        of_layers: Any = getattr(problem.predictor, "rates", lambda v: None)(state.v)
        if of_layers is not None:
            updates = jax.tree.map(jnp.multiply, of_layers, updates)
        v = jax.tree.map(jnp.add, state.v, updates)
        return self._evaluate(problem, v, inner, state.key, state)

    def _evaluate(
        self, problem: Problem, v: Params, inner: PyTree, key: Array, last: OptimiserState | None
    ) -> OptimiserState:
        P, ticks = problem.x.shape[0], jnp.ones((), int) if last is None else last.ticks + 1
        size = self.batch or P
        if full := size == P:
            at = problem.gradient(v)
            g, loss, unsatisfied = at.g, at.loss, at.unsatisfied
        else:
            key, sub = jax.random.split(key)
            chosen = jax.random.choice(sub, P, (size,), replace=False)
            part = Problem(problem.predictor, problem.loss, problem.x[chosen], problem.y[chosen])
            g = part.gradient(v).g

            def measured() -> tuple[Array, Array]:
                F, alpha = problem.outputs(v), problem.predictor.alpha
                loss = problem.loss.mean(F, problem.y, alpha)
                return loss, problem.loss.unsatisfied(F, problem.y)

            if last is None:
                loss, unsatisfied = measured()
            else:
                due = (ticks % self.check_every == 0) | (ticks >= self.max_ticks)
                kept = last.loss, last.unsatisfied
                loss, unsatisfied = jax.lax.cond(due, measured, lambda: kept)
        t, running = (ticks - 1).astype(loss.dtype), jnp.zeros((), jnp.int32)
        return judged(
            OptimiserState(v, loss, unsatisfied, ticks, t, running, g, inner, key),
            # a batch may happen to be fitted: its gradient says nothing about convergence
            vanished=full & (norm_squared(g) <= self.min_gradient**2),
            out_of_budget=ticks >= self.max_ticks,
            until_fitted=self.until_fitted,
        )


def staircase(
    lr: float | Array, every: int | float | Array, floor: float, step: Array | int
) -> Float[Array, "*lanes"]:
    """lr / 10^(step // every), never below `floor`, or lr itself: the papers' ADAM schedule.

    (*The jamming transition as a paradigm*, sec. III: from 1e-4, every 250,000 steps; the floor
    is that of the authors' code.)
    """
    decades = jnp.floor_divide(step, every).astype(float)
    rate = jnp.maximum(lr / 10.0**decades, jnp.minimum(floor, lr))
    return rate.astype(jnp.result_type(lr, 0.0) if isinstance(lr, jax.Array) else rate.dtype)


def adam(
    lr: Any,
    *,
    max_ticks: Any,
    decay_every: Any = None,
    floor: float = FLOOR,
    weight_decay: float = 0.0,
    until_fitted: bool = True,
) -> Optimiser:
    """Full-batch ADAM on a `staircase` down to `floor`; at constant lr where `decay_every` is None.

    `weight_decay` v is added to the gradient, as of a loss with weight_decay |v|^2 / 2; v are the
    weights, or, where alpha (f - f0) is learnt, their distance from the initial ones.

    Example:
        >>> jamming.adam(1e-3, max_ticks=1000, decay_every=100).max_ticks
        1000
    """
    more = {"until_fitted": until_fitted}
    return _descent(optax.adam, lr, max_ticks, decay_every, floor, weight_decay, **more)


def sgd(
    lr: Any,
    *,
    max_ticks: Any,
    batch: Any,
    decay_every: Any = None,
    floor: float = FLOOR,
    weight_decay: float = 0.0,
    until_fitted: bool = True,
) -> Optimiser:
    """SGD without momentum, rates and decay as for `adam`; each step draws `batch` points anew.

    A batch of None is all points.

    Example:
        >>> jamming.sgd(0.1, max_ticks=1000, batch=32).batch
        32
    """
    more: dict[str, Any] = {"batch": batch, "until_fitted": until_fitted, "follows_gradient": True}
    return _descent(optax.sgd, lr, max_ticks, decay_every, floor, weight_decay, **more)


def _descent(
    make: Any, lr: Any, ticks: Any, every: Any, floor: Any, weight_decay: Any, **more: Any
) -> Optimiser:
    """By `make` on a `staircase`; a constant rate is divided after the last step alone."""
    ticks = arguments.whole("optimiser: max_ticks", ticks, most=arguments.MOST - 1)
    if more.get("batch") is not None:
        more["batch"] = arguments.whole("optimiser: batch", more["batch"])
    # plain numbers, which hash
    lr = arguments.number("learning rate", lr, above=0.0)
    every = arguments.whole("decay_every", ticks + 1 if every is None else every)
    floor = arguments.number("floor", floor, above=0.0)
    weight_decay = arguments.number("weight decay", weight_decay, least=0.0)
    transform = _transform(make, weight_decay, lr, every, floor)
    return Optimiser(transform, ticks, elementwise=True, **more)


# one object for equal rates: steppers that are equal share their programs
@functools.lru_cache(maxsize=128)
def _transform(
    make: Callable[[optax.Schedule], Any], weight_decay: float, *rates: Any
) -> optax.GradientTransformation:
    step = make(functools.partial(staircase, *rates))
    return optax.chain(optax.add_decayed_weights(weight_decay), step) if weight_decay else step
