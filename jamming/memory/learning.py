"""Learning a policy: q as a `Problem` for the project's steppers, and q(t) of many seeds.

The loss is q, the mean of both hypotheses, and flow time is that of

    dw/dt = -dq/dw.

NOTE: the authors' flow is dw/dt = dG/dw (their Eq. 3), with G = (k_good + k_bad - 1) / r +
(k_good - k_bad) (1 - 2q) / r. It takes the same path, and its time is r / (2 (k_good - k_bad)) t.

The outputs on which `jamming.RKC` and `jamming.Euler` measure their errors are q under H_A and
under H_B. No trajectory ends as fitted. `jamming.adam` learns too, with steps for time.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.execution import vmapped
from jamming.memory.arms import Arms
from jamming.memory.graphs import Graph
from jamming.memory.initial import NEAR, Start
from jamming.memory.policies import softmax, transitions, wrong
from jamming.memory.steady import solved
from jamming.models.networks import Params
from jamming.objectives.losses import Loss
from jamming.objectives.predictor import Pullback
from jamming.objectives.problem import Problem, Result, Stepper

FARTHEST = 0.01  # from the policy, at which its Hessian is probed
PER_DECADE = 12  # times at which q is asked for


def _itself(delta: Array) -> Array:
    return delta


# of labels 0: the loss is the mean of |0 - q|, and no datum is ever fitted
WRONG = Loss("share of wrong plays", _itself, regression=True)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Policies:
    """A `jamming.objectives.predictor.Predictor` whose outputs are q under H_A and under H_B.

    `v`: where learning starts, {"w": [M, 2, 2, K, 2]} or {"eps": [2]} with `parts` (see `initial`);
    with "start": [M, 2], logits of p_0, these are learnt too. `rewards` as `Arms.rewards`.
    """

    memory: Graph = field(metadata={"static": True})
    v: Params
    p_0: Float[Array, "*lanes M 2"]
    rewards: Float[Array, "*lanes 2 2 2"]
    r: Float[Array, "*lanes"]
    alpha: Float[Array, "*lanes"]  # 1, as of every predictor
    parts: Any = None

    def start(self) -> Params:
        return self.v

    def weights(self, v: Params) -> Any:
        """The policy pi [M, 2, 2, K, 2] of a variable."""
        if "w" in v:
            return softmax(self.memory, v["w"])
        repeat, ends, between = self.parts
        eps = jax.nn.sigmoid(v["eps"])
        return repeat + eps[0] * ends + eps[1] * between

    def __call__(self, v: Params, x: Array) -> Float[Array, " 2"]:
        """q under both hypotheses; x [2] are of no use but to be as many."""
        del x
        p_0 = jax.nn.softmax(v["start"].reshape(-1)) if "start" in v else self.p_0.reshape(-1)
        T = transitions(self.memory, self.weights(v), self.rewards)
        return wrong(self.memory, solved(T, p_0, self.r))

    def vjp(self, v: Params, x: Array) -> tuple[Array, Pullback]:
        F, pull = jax.vjp(lambda v: self(v, x), v)
        return F, lambda e: pull(e)[0]


def landscape(of: Start, arms: Arms, r: Any, *, learn_start: bool = False) -> Problem:
    """The landscape q(v) that a start lies in; `learn_start`: p_0 is learnt with the policy.

    Logits of certain choices move nothing. Beside them the stabilised flow would probe the Hessian
    ever farther away, which changes over distances of order 1: it is told how far it may.

    Raises BadInput if JAX is not in double precision, in which alone a small r can be told from 0.
    """
    if jnp.result_type(float) != jnp.float64:
        raise BadInput(
            "policies are learnt in double precision: call"
            " jax.config.update('jax_enable_x64', True) first"
        )
    v = {name: jnp.asarray(each, float) for name, each in of.v.items()}
    if learn_start:
        v["start"] = jnp.log(jnp.maximum(jnp.asarray(of.p_0), NEAR))
    parts = None if of.parts is None else tuple(map(jnp.asarray, of.parts))
    p_0, rewards, r, one = (jnp.asarray(each, float) for each in (of.p_0, arms.rewards, r, 1.0))
    policies = Policies(of.memory, v, p_0, rewards, r, one, parts)
    none = jnp.zeros(2)
    return Problem(policies, WRONG, none, none, {"farthest": jnp.asarray(FARTHEST)})


@dataclass(frozen=True)
class Learnt:
    """q at `times` [n] of each seed [n, seeds], and the end.

    Where the gradient vanished q stays as it is; where the budget has ended it is NaN from then on.

    `t`, `q`, `ticks`, `result` [seeds]: flow time, q, gradients and `Result` at the end; `v`: the
    last variables, stacked.
    """

    times: Float[np.ndarray, " n"]
    curves: Float[np.ndarray, "n seeds"]
    t: Float[np.ndarray, " seeds"]
    q: Float[np.ndarray, " seeds"]
    ticks: np.ndarray
    result: np.ndarray
    v: Any


def log_times(first: Any, last: Any) -> Float[np.ndarray, " n"]:
    """From the first time to the last one, `PER_DECADE` a decade; BadInput unless 0 < it < last."""
    first = given.number("the first time", first, above=0.0)
    last = given.number("the last time", last, above=first)
    n = max(2, 1 + round(PER_DECADE * np.log10(last / first)))
    return np.geomspace(first, last, n)


def learn(
    problems: Sequence[Problem], stepper: Stepper[Any], times: Float[np.ndarray, " n"]
) -> Learnt:
    """All problems, of one shape, side by side, to the end of the stepper's budget.

    q(t) is linear between checkpoints, which are a tenth of the ticks apart.
    """
    ticks = _ticks(stepper.max_ticks)
    keys = jax.random.split(jax.random.key(0), len(problems))
    seen, state = [], None
    for state in vmapped.run(stepper, vmapped.stack(problems), keys, checkpoints=ticks):
        seen.append(jax.device_get((state.t, state.loss)))
    assert state is not None
    t, q = (np.stack(each) for each in zip(*seen, strict=True))
    stays = np.where(np.asarray(state.result) == Result.CONVERGED_UNFITTED, q[-1], np.nan)
    each = zip(t.T, q.T, stays, strict=True)
    curves = [np.interp(times, at, of, right=last) for at, of, last in each]
    end = jax.device_get((state.t, state.loss, state.ticks, state.result, state.v))
    return Learnt(times, np.stack(curves, axis=1), *end)


@functools.cache
def _ticks(most: int) -> tuple[int, ...]:
    return tuple(vmapped.log_spaced(most, ratio=1.1, largest=0.02))
