"""What training a job gives: numbers that can be written down, whoever runs beside it."""

import dataclasses
import json
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamming.data import Dataset
from jamming.job import Job
from jamming.trajectory import Trajectory, landscapes, train

JOB = Job("random5", 16, (4,), max_ticks=300, lr=0.02, decay_every=None, test_points=50)
OTHER = dataclasses.replace(JOB, data_seed=1, init_seed=1, batch_seed=1)
THIRD = dataclasses.replace(JOB, data_seed=0, init_seed=2)

numbers = st.one_of(st.floats(allow_nan=False), st.sampled_from([1e-320, 0.1 + 0.2, -0.0]))


def numbers_of(run: Trajectory) -> Trajectory:
    """All but the wall time, which no two runs share."""
    return dataclasses.replace(run, seconds=0.0)


@pytest.fixture(scope="module")
def alone() -> Trajectory:
    return train([JOB])[0]


@settings(deadline=None)
@given(
    st.lists(numbers, max_size=5),
    st.one_of(numbers, st.sampled_from([math.inf, -math.inf])),
    st.integers(0, 2**63 - 1),
)
def test_a_trajectory_survives_json(snapshots: list[float], loss: float, ticks: int) -> None:
    run = Trajectory(
        result="NON_FINITE",
        N=ticks,
        N_all=7,
        ticks=ticks,
        t=float(ticks),
        loss=loss,
        unsatisfied=3,
        misclassified=2,
        test_error=0.25,
        snapshot_ticks=tuple(range(len(snapshots))),
        snapshot_loss=tuple(snapshots),
        snapshot_unsatisfied=tuple(range(len(snapshots))),
        seconds=1.5,
    )
    assert Trajectory.from_dict(json.loads(json.dumps(run.to_dict()))) == run


def test_nan_survives_json(alone: Trajectory) -> None:
    run = dataclasses.replace(alone, loss=math.nan, snapshot_loss=(math.nan, math.inf, 1.0))
    back = Trajectory.from_dict(json.loads(json.dumps(run.to_dict())))
    assert math.isnan(back.loss)
    assert math.isnan(back.snapshot_loss[0])
    assert back.snapshot_loss[1:] == (math.inf, 1.0)
    unlike = {"loss": 0.0, "snapshot_loss": ()}
    assert dataclasses.replace(back, **unlike) == dataclasses.replace(run, **unlike)


@pytest.mark.parametrize("wrong", [{}, {"result": "FITTED"}, {"foreign": 1}])
def test_missing_or_foreign_fields_are_an_error(wrong: dict) -> None:
    with pytest.raises((KeyError, TypeError)):
        Trajectory.from_dict(wrong)


def test_the_same_job_gives_the_same_numbers_twice(alone: Trajectory) -> None:
    assert numbers_of(train([JOB])[0]) == numbers_of(alone)


def test_a_result_does_not_depend_on_the_neighbours(alone: Trajectory) -> None:
    for jobs in ([JOB, OTHER], [OTHER, THIRD, JOB]):
        together = train(jobs)
        assert numbers_of(together[jobs.index(JOB)]) == numbers_of(alone)  # == is bitwise here


def test_results_come_in_the_order_of_the_jobs() -> None:
    forward, backward = train([JOB, OTHER]), train([OTHER, JOB])
    assert [numbers_of(r) for r in forward] == [numbers_of(r) for r in reversed(backward)]
    assert numbers_of(forward[0]) != numbers_of(forward[1])


def test_snapshots_end_at_the_final_tick(alone: Trajectory) -> None:
    easy = dataclasses.replace(JOB, P=4)  # fits long before its budget ends
    for run in (alone, train([easy])[0]):
        assert run.snapshot_ticks[-1] == run.ticks <= 300
        assert run.snapshot_loss[-1] == run.loss
        assert run.snapshot_unsatisfied[-1] == run.unsatisfied
        assert list(run.snapshot_ticks) == sorted(run.snapshot_ticks)
        assert len(run.snapshot_ticks) == len(run.snapshot_loss) == len(run.snapshot_unsatisfied)
    assert run.fitted
    assert run.ticks < 300


def test_a_run_that_ended_early_has_its_own_last_snapshot_beside_a_longer_one() -> None:
    data = [JOB.data(), JOB.data()]
    calm = Dataset(
        "calm", data[0].x_train, np.ones(16), data[0].x_test, np.ones(len(data[0].y_test))
    )
    fits, other = train([JOB, OTHER], data=[calm, data[1]])
    assert fits.fitted
    assert fits.ticks < other.ticks
    assert fits.snapshot_ticks[-1] == fits.ticks


def test_fitted_means_that_no_constraint_is_left(alone: Trajectory) -> None:
    runs = [alone, *train([dataclasses.replace(JOB, P=4, init_seed=s) for s in range(3)])]
    for run in runs:
        assert run.fitted == (run.unsatisfied == 0) == (run.result == "FITTED")
        assert run.misclassified <= run.unsatisfied  # the margin asks for more
    assert {run.fitted for run in runs} == {True, False}


def test_N_leaves_the_biases_out(alone: Trajectory) -> None:
    assert alone.N == 5 * 4 + 4
    assert alone.N_all == alone.N + 4 + 1


def test_the_first_snapshot_is_the_initial_network(alone: Trajectory) -> None:
    problem = landscapes([JOB], [JOB.data()])
    data = JOB.data()
    params = {k: np.asarray(v[0]) for k, v in problem.predictor.w0["params"].items()}
    a = np.maximum(data.x_train @ params["W1"] + params["B1"], 0)
    delta = 1.0 - data.y_train * ((a @ params["W2"])[:, 0] + params["B2"])
    assert alone.snapshot_loss[0] == pytest.approx(np.mean(np.maximum(delta, 0) ** 2) / 2)
    assert alone.snapshot_unsatisfied[0] == np.sum(delta > 1e-3)


def test_the_loss_falls(alone: Trajectory) -> None:
    assert alone.loss < 0.7 * alone.snapshot_loss[0]


def test_ends_and_progress_are_told_as_they_happen() -> None:
    told: list[tuple[Job, Trajectory]] = []
    spent: list[int] = []
    runs = train(
        [JOB, OTHER],
        on_end=lambda job, run: told.append((job, run)),
        on_progress=spent.append,
    )
    assert {job.key: run for job, run in told} == {JOB.key: runs[0], OTHER.key: runs[1]}
    assert len(told) == 2
    assert sum(spent) == runs[0].ticks + runs[1].ticks
    assert min(spent) >= 0


class Constant:
    """A network with one weight: f = w."""

    def init(self, key: jax.Array, x: jax.Array) -> dict:
        return {"W": jnp.zeros((1, 1), x.dtype)}

    def apply(self, w: dict, x: jax.Array) -> jax.Array:
        return jnp.broadcast_to(w["W"][0, 0], x.shape[:1])


def test_an_own_network_and_own_data_replace_the_named_ones() -> None:
    x = np.ones((6, 3))
    y = np.array([1.0, 1, 1, 1, -1, -1])
    data = Dataset("own", x, y, x, y)
    job = Job("nothing", 6, (1,), max_ticks=2000, lr=0.01, label="own", decay_every=None)
    run = train([job], data=[data], net=Constant())[0]
    # (4 (1 - w)^2 + 2 (1 + w)^2) / 12 is least at w = 1/3, and leaves all six unsatisfied
    assert run.N == run.N_all == 1
    assert run.loss == pytest.approx((4 * (2 / 3) ** 2 + 2 * (4 / 3) ** 2) / 12, rel=1e-6)
    assert run.unsatisfied == 6
    assert run.misclassified == 2
    assert run.test_error == pytest.approx(1 / 3)


def test_without_test_points_the_test_error_is_nan() -> None:
    x, y = np.ones((4, 3)), np.array([1.0, 1, 1, -1])
    data = Dataset("own", x, y, x[:0], y[:0])
    job = Job("nothing", 4, (1,), max_ticks=5, label="own")
    assert math.isnan(train([job], data=[data], net=Constant())[0].test_error)


def test_a_diverging_run_ends_as_such() -> None:
    run = train([dataclasses.replace(JOB, dynamics="sgd", lr=1e200)])[0]
    assert run.result == "NON_FINITE"
    assert not run.fitted
