"""How long ticks take, before a long run."""

import dataclasses

import jax
import numpy as np
import pytest

from jamming.training.build import task_of
from jamming.training.spec import Job
from jamming.training.timing import descend, seconds_of_tick

JOB = Job("random5", 16, (4,), alpha=1.0, dynamics="flow", test_points=5)


def test_what_is_timed_is_so_many_gradients() -> None:
    problem = task_of(JOB, JOB.data()).problem
    v = problem.predictor.start()
    for _ in range(3):
        v = jax.tree.map(lambda a, g: a - 1e-6 * g, v, problem.gradient(v).g)
    for one, two in zip(*map(jax.tree.leaves, (descend(3, problem), v)), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-12, atol=1e-18)


@pytest.mark.parametrize("alpha", [None, 1.0, 1e8])
def test_a_tick_takes_some_time(alpha: float | None) -> None:
    assert 1e-6 < seconds_of_tick(dataclasses.replace(JOB, alpha=alpha)) < 1
