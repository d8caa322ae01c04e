"""Kernels of any time of a training: the two ends are those of jobs, and a linear network is its
own kernel."""

import dataclasses
import functools
import math
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.dynamics.optimiser import adam
from jamming.execution import vmapped
from jamming.kernels.empirical import tangent_kernels
from jamming.kernels.frozen import Moment, kernel_problem, weights_at
from jamming.objectives.losses import LOSSES, misclassified
from jamming.objectives.predictor import predictor
from jamming.objectives.problem import Problem, State, Stepper
from jamming.training.spec import Job
from jamming.training.train import train

JOB = Job(
    "random5",
    16,
    (8,),
    test_points=30,
    activation="softplus5",
    normalised=True,
    parametrisation="ntp",
    alpha=0.1,
    dynamics="flow",
    tol=1e-4,
    flow_time=1e4,
)
KEY = JOB.batch_key()
# to a time before the end
SHORT = dataclasses.replace(JOB, flow_time=1.5, max_ticks=300).stepper()


@functools.cache
def parts() -> tuple[jax.Array, ...]:
    """x, y, x_test, y_test of the job."""
    data = JOB.data()
    return tuple(map(jnp.asarray, (data.x_train, data.y_train, data.x_test, data.y_test)))


@functools.cache
def problem() -> Problem:
    """The job's network at its start."""
    x, y, _, _ = parts()
    w0 = jax.jit(JOB.network().init)(JOB.init_key(), x[:1])
    return Problem(predictor(JOB.network(), w0, JOB.alpha), JOB.loss_function(), x, y)


@functools.cache
def moments(*times: float) -> list[Moment]:
    return weights_at(problem(), KEY, JOB.stepper(), times)


class Learnt(NamedTuple):
    """The end of a training by a frozen kernel, and outputs F there."""

    end: Moment
    F_train: np.ndarray
    F_test: np.ndarray


def frozen(net: Any, w: Any, x: Any, y: Any, x_test: Any, stepper: Stepper[Any]) -> Learnt:
    """What the kernel at w learns."""
    theta, theta_test = tangent_kernels(net, w, x, x_test)
    on = kernel_problem(theta, y, JOB.loss_function())
    (end,) = weights_at(on, KEY, stepper, [math.inf])
    return Learnt(end, np.asarray(on.outputs(end.w)), np.asarray(on.predictor(end.w, theta_test)))


def learn(at: Moment) -> Learnt:
    x, y, x_test, _ = parts()
    return frozen(JOB.network(), at.w, x, y, x_test, JOB.stepper())


def flat(w: Any) -> np.ndarray:
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(w)])


def distance(one: Any, two: Any) -> float:
    """Of weights, relative to how far these are from the start."""
    start = flat(moments(0.0)[0].w)
    return float(np.linalg.norm(flat(one) - flat(two)) / np.linalg.norm(flat(two) - start))


def finished(stepper: Stepper[Any], on: Problem) -> State:
    """What comes of a run that nothing stops."""
    problems = vmapped.stack([on])
    states = vmapped.start(stepper, problems, KEY[None])
    return vmapped.lane(vmapped.advance(stepper, problems, states, stepper.max_ticks), 0)


@pytest.mark.parametrize(("model_kind", "time"), [("kernel_init", 0.0), ("kernel_end", math.inf)])
def test_at_either_end_it_is_what_the_job_gives(model_kind: str, time: float) -> None:
    job = train([dataclasses.replace(JOB, model_kind=model_kind)])[0]
    run = learn(moments(time)[0])
    # two programs, which may round otherwise: their steps need not be the same
    assert run.end.result == job.result
    assert run.end.t == pytest.approx(job.t, rel=1e-3)
    assert misclassified(run.F_test, parts()[-1]).mean() == pytest.approx(job.test_error, abs=0.02)
    np.testing.assert_allclose(run.F_train, job.F_train, atol=1e-3)
    np.testing.assert_allclose(run.F_test, job.F_test, atol=1e-3)


def test_the_kernel_goes_from_one_end_to_the_other() -> None:
    start, *between, end = moments(0.0, 1.0, 10.0, math.inf)
    assert end.result == "FITTED"
    first, *middle, last = (learn(at).F_test for at in (start, *between, end))
    far = np.linalg.norm(last - first)
    assert far > 0.1 * np.linalg.norm(first)
    way = [np.linalg.norm(F - first) / far for F in middle]
    assert 0 < way[0] < way[1] < 1.2
    # landing on the way changes the end by no more than the tolerance
    np.testing.assert_allclose(last, learn(moments(math.inf)[0]).F_test, atol=5e-3)


class Affine(nn.Module):
    """An own module, linear in its weights; of its own kernel at any time."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return nn.Dense(1, param_dtype=x.dtype)(x)[:, 0]


def test_a_network_linear_in_its_weights_is_its_kernel() -> None:
    x, _, x_test, _ = parts()
    x, y = 4 * x, jnp.sign(x[:, 0] + 0.2)
    net, stepper = Affine(), JOB.stepper()
    on = Problem(predictor(net, net.init(KEY, x), 3.0), JOB.loss_function(), x, y)
    own = finished(stepper, on)
    F, F_test = on.outputs(own.v), on.predictor(own.v, x_test)
    assert float(np.abs(F_test).max()) > 0.3
    runs = [
        frozen(net, at.w, x, y, x_test, stepper)
        for at in weights_at(on, KEY, stepper, [0.0, 5.0, math.inf])
    ]
    for run in runs:
        assert run.end.result == "FITTED"
        assert run.end.t == pytest.approx(float(own.t), rel=1e-3)
        np.testing.assert_allclose(run.F_train, F, atol=1e-3)
        np.testing.assert_allclose(run.F_test, F_test, atol=1e-3)
        np.testing.assert_allclose(run.F_test, runs[0].F_test, rtol=1e-9)


def test_times_are_landed_on_in_their_order() -> None:
    times = (0.0, 1e-9, 0.2, 0.2, 1 / 3, 2.0)
    seen = moments(*times)
    assert [at.t for at in seen] == list(times)
    assert [at.result for at in seen] == ["RUNNING"] * len(times)
    assert [at.ticks for at in seen] == sorted(at.ticks for at in seen)
    np.testing.assert_array_equal(flat(seen[0].w), flat(problem().predictor.w0))
    np.testing.assert_array_equal(flat(seen[2].w), flat(seen[3].w))


def test_the_weights_at_a_time_are_those_of_a_run_that_ends_there() -> None:
    state = finished(SHORT, problem())
    assert float(state.t) == 1.5
    w = problem().predictor.weights(state.v)
    # the first stop of a training is that very run
    (first,) = moments(1.5)
    assert first.ticks == int(state.ticks)
    assert distance(first.w, w) < 1e-9
    *_, later = moments(0.1, 0.5, 1.5)
    assert 0 < distance(later.w, w) < 1e-3


def test_the_end_is_the_end() -> None:
    (end,) = moments(math.inf)
    assert end.result == "FITTED"
    assert 2.0 < end.t < JOB.flow_time
    before, *after = moments(2.0, 1e3, 1e9, math.inf)
    assert before.t == 2.0
    for at in after:
        assert at.t == pytest.approx(end.t, rel=1e-2)
        np.testing.assert_array_equal(flat(at.w), flat(after[0].w))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(1e-6, 1.5), min_size=1, max_size=4))
def test_any_times_are_met(times: list[float]) -> None:
    seen = weights_at(problem(), KEY, JOB.stepper(), sorted(times))
    assert [at.t for at in seen] == sorted(times)
    assert distance(seen[-1].w, moments(max(times))[0].w) < 1e-3


def test_what_the_budget_leaves() -> None:
    before, end, beyond = weights_at(problem(), KEY, SHORT, [0.25, 7.0, math.inf])
    assert (before.t, before.result) == (0.25, "RUNNING")
    assert (end.t, end.result) == (1.5, "OUT_OF_BUDGET")
    np.testing.assert_array_equal(flat(beyond.w), flat(end.w))
    # every landing costs gradients
    seen = weights_at(problem(), KEY, SHORT, np.linspace(1e-3, 1.4, 150).tolist())
    assert (seen[-1].ticks, seen[-1].result) == (300, "OUT_OF_BUDGET")
    assert (seen[0].t, seen[0].result) == (1e-3, "RUNNING")
    assert seen[-1].t < 1.4


@pytest.mark.usefixtures("unannotated")
def test_a_seed_is_no_key() -> None:
    seed: Any = 0
    with pytest.raises(BadInput, match=r"give jax\.random\.key\(seed\)"):
        weights_at(problem(), seed, JOB.stepper(), [0.0])


def test_refusals() -> None:
    for times in ([1.0, 0.5], [-1.0], [math.nan, 1.0], [0.0, math.nan]):
        with pytest.raises(BadInput, match="ascending"):
            weights_at(problem(), KEY, JOB.stepper(), times)
    with pytest.raises(BadInput, match="RKC"):
        weights_at(problem(), KEY, adam(1e-3, max_ticks=10), [0.0, 5.0])
    x, y, x_test, _ = parts()
    w = moments(0.0)[0].w
    with pytest.raises(BadInput, match="several classes"):
        kernel_problem(jnp.eye(len(y)), y, LOSSES["cross_entropy"])
    with pytest.raises(BadInput, match="at least one point"):
        tangent_kernels(JOB.network(), w, x, x_test[:0])
