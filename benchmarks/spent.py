"""What the gradients of a stabilised flow are spent on: trajectories, watched at each tick."""

from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key

from jamming.dynamics.rkc import RKC
from jamming.dynamics.rkc_state import ERROR, EVENT, ITERATE, POWER, STAGE, RKCState
from jamming.objectives.problem import Problem, Result
from jamming.training.build import task_of
from jamming.training.spec import Job

# that of the start counts as a stage: it serves the first step
KINDS = ("stages", "errors", "power method", "stiff directions", "rejected steps", "event")
_STAGES, _ERRORS, _POWER, _STIFF, _REJECTED, _EVENT = range(6)


def count(
    stepper: RKC, problem: Problem, key: Key[Array, ""]
) -> tuple[RKCState, Int[Array, " kinds"]]:
    """The end of a trajectory, and its gradients by `KINDS`."""
    anchored = problem.anchored()
    # gradients by kind, and of the step that is under way
    Counts = tuple[RKCState, Int[Array, " kinds"], Int[Array, ""]]

    def tick(counted: Counts) -> Counts:
        state, spent, step = counted
        after = stepper.tick(anchored, state)
        decides = state.phase == ERROR
        rejected = (after.t == state.t) & (after.phase != EVENT)
        kind = jnp.where(rejected, _REJECTED, _STAGES)
        spent = spent.at[kind].add(jnp.where(decides, step, 0))
        spent = spent.at[jnp.where(rejected, _REJECTED, _ERRORS)].add(decides)
        for slot, phase in ((_POWER, POWER), (_STIFF, ITERATE), (_EVENT, EVENT)):
            spent = spent.at[slot].add(state.phase == phase)
        return after, spent, jnp.where(state.phase == STAGE, step + 1, 0)

    start = stepper.init(anchored, key)
    zeros = jnp.zeros(len(KINDS), int).at[_STAGES].set(1), jnp.zeros((), int)
    going = lambda counted: counted[0].result == Result.RUNNING  # noqa: E731
    state, spent, step = jax.lax.while_loop(going, tick, (start, *zeros))
    return state, spent.at[_STAGES].add(step)


_count = jax.jit(count, static_argnums=0)


def shares(jobs: Sequence[Job]) -> Mapping[str, float]:
    """Of all gradients of these jobs, whose dynamics is "flow", by `KINDS`."""
    tasks = [task_of(job, job.data()) for job in jobs]
    each = [_count(jobs[0].kind_of_stepper(), task.problem, task.key)[1] for task in tasks]
    spent = np.sum(each, axis=0)
    return dict(zip(KINDS, spent / spent.sum(), strict=True))
