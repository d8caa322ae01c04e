"""Mini-batches in epochs: SGD with momentum or ADAM, a schedule of the rate, the best of all.

A tick takes the gradient of the loss of b points, and moves params by -rate times what the
optimiser makes of it; running averages of batch normalisation move with it. As in PyTorch, weight
decay adds `weight_decay` w to the gradient of every parameter, and momentum is u' = momentum u + g,
w' = w - rate u' (Nesterov's: w' = w - rate (g + momentum u')). `decoupled` decay acts after ADAM.

**Epochs.** Points come in random permutations, one for each epoch, in batches of b <= P. Where b
does not divide P, a batch is the end of one epoch and the start of the next: each point is seen
once in an epoch, none is left out, and all batches have b points. What epochs, augmentation and
dropout draw follows from the key of the run and the number of the epoch, or of the tick.

**Rates** at tick k = 0, 1, ..., max_ticks - 1: `constant` lr; `cosine` (lr / 2) (1 + cos(pi k /
max_ticks)) (Loshchilov & Hutter, 2016, without restarts); `steps` lr factor^floor(k / period).

**The best.** With validation points, the variables of the best validation accuracy are kept, the
first of equals, as seen at the end of each epoch, or every `check_every` ticks, and at the end.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Int, Key, PyTree

from jamming.checks import arguments
from jamming.checks.errors import BadInput
from jamming.models.networks import Params
from jamming.objectives.classification import Classification
from jamming.objectives.problem import Result, State, norm_squared

SCHEDULES = ("constant", "cosine", "steps")
OPTIMISERS = ("sgd", "adam")
# streams of a run's key, apart from each other
_EPOCHS, _TICKS = 0, 1

T = TypeVar("T")


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class MiniBatchState(State):
    """`v` are the params; loss and `unsatisfied`, the misclassified, are those of the last batch.

    Of its gradient, `g` holds the norm alone. `order`: the permutations of this and the next epoch,
    one behind the other; of this epoch, `at` points were seen. `best` are params and `batch_stats`
    of the best validation accuracy, at `best_tick`; without validation it is empty.
    """

    batch_stats: Params
    inner: PyTree
    key: Key[Array, "*lanes"]
    order: Int[Array, "*lanes two_P"]
    at: Int[Array, "*lanes"]
    epoch: Int[Array, "*lanes"]
    best: Mapping[str, Params]
    best_accuracy: Float[Array, "*lanes"]
    best_tick: Int[Array, "*lanes"]

    def variables(self) -> dict[str, Params]:
        """Those of now."""
        return _variables(self.v, self.batch_stats)


@dataclass(frozen=True)
class MiniBatch:
    """The stepper of a `Classification`; see `jamming.dynamics.minibatch` for what it does.

    `momentum` is of sgd alone. `lr`, `momentum`, `weight_decay`, `factor` and `period` are
    overridden by the problem's numbers. A run ends OUT_OF_BUDGET after `max_ticks` batches, or
    NON_FINITE where loss or gradient are no numbers. Raises BadInput for values out of range, and
    on `init` for a batch of more than P points.
    """

    max_ticks: int
    batch: int
    lr: float = 0.1
    optimiser: str = "sgd"
    momentum: float = 0.9
    nesterov: bool = False
    weight_decay: float = 0.0
    decoupled: bool = False
    schedule: str = "constant"
    factor: float = 1.0
    period: float = 1.0
    check_every: int | None = None

    def __post_init__(self) -> None:
        arguments.dynamics("mini-batches", self)
        number, flag = arguments.number, arguments.flag
        settled = {
            "batch": arguments.whole("batch", self.batch),
            "lr": number("learning rate", self.lr, above=0.0),
            "optimiser": arguments.one_of("optimiser", self.optimiser, OPTIMISERS),
            "momentum": number("momentum", self.momentum, least=0.0, below=1.0),
            "nesterov": flag("nesterov", self.nesterov),
            "weight_decay": number("weight decay", self.weight_decay, least=0.0),
            "decoupled": flag("decoupled", self.decoupled),
            "schedule": arguments.one_of("schedule", self.schedule, SCHEDULES),
            "factor": number("factor", self.factor, above=0.0, most=1.0),
            "period": number("period", self.period, above=0.0),
        }
        if self.check_every is not None:
            settled["check_every"] = arguments.whole("check_every", self.check_every)
        arguments.settle(self, settled)

    def init(self, problem: Classification, key: Key[Array, ""]) -> MiniBatchState:
        P, start = len(problem.y), problem.start
        if self.batch > P:
            raise BadInput(f"batch = {self.batch} is larger than the {P} data: lower it")
        v, batch_stats = start["params"], start.get("batch_stats", {})
        zero, kind = jnp.zeros((), int), problem.mean.dtype
        return MiniBatchState(
            v=v,
            loss=jnp.full((), jnp.nan, kind),  # no batch was seen
            unsatisfied=zero,
            ticks=zero,
            t=jnp.zeros((), kind),
            result=jnp.zeros((), jnp.int32),
            g={"norm": jnp.zeros((), kind)},
            batch_stats=batch_stats,
            inner=self.transform(problem).init(v),
            key=key,
            order=jnp.concatenate([_permutation(key, zero + epoch, P) for epoch in (0, 1)]),
            at=zero,
            epoch=zero,
            best=_variables(v, batch_stats) if len(problem.y_validation) else {},
            best_accuracy=jnp.full((), -1.0, kind),
            best_tick=zero,
        )

    def tick(self, problem: Classification, state: MiniBatchState) -> MiniBatchState:
        k, P = state.ticks, len(problem.y)
        key = jax.random.fold_in(jax.random.fold_in(state.key, _TICKS), k)
        batch = jax.lax.dynamic_slice(state.order, (state.at,), (self.batch,))
        step = problem.gradient(state.v, state.batch_stats, batch, key)
        updates, inner = self.transform(problem).update(step.g, state.inner, state.v)
        rate = self.rate(problem, k)
        v = jax.tree.map(lambda w, u: w - rate.astype(w.dtype) * u, state.v, updates)

        over = state.at + self.batch >= P
        epoch = state.epoch + over
        order = seldom(
            over,
            lambda order: jnp.concatenate([order[P:], _permutation(state.key, epoch + 1, P)]),
            state.order,
        )
        norm = jnp.sqrt(norm_squared(step.g))
        finite = jnp.isfinite(step.loss) & jnp.isfinite(norm)
        ended = k + 1 >= self.max_ticks
        result = jnp.where(ended, Result.OUT_OF_BUDGET, Result.RUNNING)
        new = replace(
            state,
            v=v,
            loss=step.loss,
            unsatisfied=step.wrong.astype(state.unsatisfied.dtype),
            ticks=k + 1,
            t=(k + 1).astype(state.t.dtype),
            result=jnp.where(finite, result, Result.NON_FINITE).astype(jnp.int32),
            g={"norm": norm},
            batch_stats=step.batch_stats,
            inner=inner,
            order=order,
            at=state.at + self.batch - P * over,
            epoch=epoch,
        )
        due = over if self.check_every is None else (k + 1) % self.check_every == 0
        return _best(problem, new, (due | ended) & finite) if state.best else new

    def transform(self, problem: Classification) -> optax.GradientTransformation:
        """What is made of a gradient, to be multiplied by minus the rate."""
        decay = optax.add_decayed_weights(problem.number("weight_decay", self.weight_decay))
        if self.optimiser == "adam":
            method = optax.scale_by_adam()
        else:
            momentum: Any = problem.number("momentum", self.momentum)
            method = optax.trace(momentum, nesterov=self.nesterov)
        return optax.chain(*((method, decay) if self.decoupled else (decay, method)))

    def rate(self, problem: Classification, k: Int[Array, ""]) -> Float[Array, ""]:
        """The learning rate of tick k."""
        lr, now = problem.number("lr", self.lr), k.astype(problem.mean.dtype)
        if self.schedule == "cosine":
            return jnp.asarray(lr / 2 * (1 + jnp.cos(jnp.pi * now / self.max_ticks)))
        if self.schedule == "steps":
            passed = jnp.floor(now / problem.number("period", self.period))
            return jnp.asarray(lr * problem.number("factor", self.factor) ** passed)
        return jnp.asarray(lr, now.dtype)


def seldom(due: Bool[Array, ""], function: Callable[[T], T], value: T) -> T:
    """function(value) where it is due, else the value.

    Unlike a condition, a loop of one turn is not computed under `jax.vmap` if no lane is due.
    """

    def turn(held: tuple[Array, T]) -> tuple[Array, T]:
        return jnp.zeros_like(due), function(held[1])

    return jax.lax.while_loop(lambda held: held[0], turn, (due, value))[1]


def _best(problem: Classification, state: MiniBatchState, due: Array) -> MiniBatchState:
    """The state, with its variables as the best if these are due to be looked at, and are."""

    def accuracy(before: Array) -> Array:
        score = problem.score(state.variables(), problem.validation, problem.y_validation)
        V = len(problem.y_validation)
        return (V - score.wrong).astype(before.dtype) / V

    found = seldom(due, accuracy, jnp.full_like(state.best_accuracy, -1.0))
    better = found > state.best_accuracy
    return replace(
        state,
        best=seldom(better, lambda _: state.variables(), state.best),
        best_accuracy=jnp.where(better, found, state.best_accuracy),
        best_tick=jnp.where(better, state.ticks, state.best_tick),
    )


def _variables(params: Params, batch_stats: Params) -> dict[str, Params]:
    return {"params": params} | ({"batch_stats": batch_stats} if batch_stats else {})


def _permutation(key: Array, epoch: Array, P: int) -> Array:
    """The order of an epoch."""
    return jax.random.permutation(jax.random.fold_in(jax.random.fold_in(key, _EPOCHS), epoch), P)
