"""What training a job gives: numbers that can be written down, whoever runs beside it."""

import dataclasses
import functools
import json
import math
import threading
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.data import Dataset
from jamming.execution import vmapped
from jamming.execution.pool import IdleTime
from jamming.models.counting import count
from jamming.training.build import program, task_of
from jamming.training.spec import Job
from jamming.training.train import train
from jamming.training.trajectory import Trajectory

JOB = Job("random5", 16, (4,), max_ticks=300, lr=0.02, decay_every=None, test_points=50)
OTHER = dataclasses.replace(JOB, data_seed=1, init_seed=1, batch_seed=1)
THIRD = dataclasses.replace(JOB, data_seed=0, init_seed=2)

SNAPSHOTS = (
    "ticks",
    "t",
    "loss",
    "unsatisfied",
    "misclassified",
    "test_error",
    "norm",
    "weight_norm",
    "weight_change",
)

numbers = st.one_of(st.floats(allow_nan=False), st.sampled_from([1e-320, 0.1 + 0.2, -0.0]))
sizes = st.one_of(st.floats(0, allow_nan=False), st.sampled_from([1e-320, 0.1 + 0.2, -0.0]))
shares = st.one_of(st.floats(0, 1), st.sampled_from([1e-320, 0.1 + 0.2, -0.0]))


def numbers_of(run: Trajectory) -> Trajectory:
    """All but the wall time, which no two runs share."""
    return dataclasses.replace(run, seconds=0.0)


def assert_same_bits(one: Trajectory, two: Trajectory) -> None:
    """Equal numbers and equal outputs, to the last bit."""
    assert numbers_of(one) == numbers_of(two)
    assert set(one.arrays()) == set(two.arrays())
    for name, F in one.arrays().items():
        assert F.tobytes() == two.arrays()[name].tobytes()


@pytest.fixture(scope="module")
def alone() -> Trajectory:
    return train([JOB])[0]


@settings(deadline=None)
@given(
    st.lists(st.tuples(numbers, sizes, shares), max_size=5),
    st.one_of(numbers, st.sampled_from([math.inf, -math.inf])),
    st.one_of(sizes, st.just(math.inf)),
    st.integers(0, 2**63 - 1),
)
def test_a_trajectory_survives_json(
    seen: list[tuple[float, float, float]], loss: float, change: float, ticks: int
) -> None:
    snapshots, positive, errors = (tuple(one[i] for one in seen) for i in range(3))
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
        snapshot_loss=snapshots,
        snapshot_unsatisfied=tuple(range(len(snapshots))),
        seconds=1.5,
        snapshot_t=positive,
        snapshot_misclassified=tuple(range(len(snapshots))),
        snapshot_test_error=errors,
        snapshot_norm=positive,
        snapshot_weight_norm=positive,
        snapshot_weight_change=positive,
        kernel_change=change,
        weight_change=None,
        F_train=np.asarray(snapshots),
    )
    back = Trajectory.from_dict(json.loads(json.dumps(run.to_dict())))
    assert back == run
    assert back.arrays() == {}  # they are written elsewhere
    assert set(run.arrays()) == {"F_train"}


def test_nan_survives_json(alone: Trajectory) -> None:
    losses = (math.nan, math.inf, *alone.snapshot_loss[2:])
    run = dataclasses.replace(alone, loss=math.nan, snapshot_loss=losses)
    back = Trajectory.from_dict(json.loads(json.dumps(run.to_dict())))
    assert math.isnan(back.loss)
    assert math.isnan(back.snapshot_loss[0])
    assert back.snapshot_loss[1:] == losses[1:]
    unlike = {"loss": 0.0, "snapshot_loss": ()}
    assert dataclasses.replace(back, **unlike) == dataclasses.replace(run, **unlike)


@pytest.mark.parametrize("wrong", [{}, {"result": "FITTED"}, {"foreign": 1}])
def test_missing_or_foreign_fields_are_an_error(wrong: dict) -> None:
    with pytest.raises((KeyError, TypeError)):
        Trajectory.from_dict(wrong)


def test_the_same_job_gives_the_same_numbers_twice(alone: Trajectory) -> None:
    assert_same_bits(train([JOB])[0], alone)


def test_a_result_does_not_depend_on_the_neighbours(alone: Trajectory) -> None:
    for jobs in ([JOB, OTHER], [OTHER, THIRD, JOB]):
        together = train(jobs)
        assert_same_bits(together[jobs.index(JOB)], alone)


@pytest.mark.parametrize(("workers", "lanes"), [(1, 1), (3, 1), (1, 3), (2, 2)])
def test_a_result_does_not_depend_on_workers_and_lanes(
    workers: int, lanes: int, alone: Trajectory
) -> None:
    easy = dataclasses.replace(JOB, margin=1e-3)  # of another program: fits at once
    jobs = [OTHER, easy, JOB, THIRD, dataclasses.replace(JOB, widths=(7,))]
    idle = IdleTime()
    together = train(jobs, workers=workers, lanes=lanes, idle=idle)
    assert idle.spent == sum(run.ticks for run in together)
    if lanes == 1:
        assert_same_bits(together[2], alone)
        return
    # several lanes are looked at together, and therefore less often
    losses = dict(zip(alone.snapshot_ticks, alone.snapshot_loss, strict=True))
    seen = dict(zip(together[2].snapshot_ticks, together[2].snapshot_loss, strict=True))
    assert {losses.get(n, loss) for n, loss in seen.items()} == set(seen.values())
    snapshots = {f"snapshot_{name}": getattr(alone, f"snapshot_{name}") for name in SNAPSHOTS}
    assert_same_bits(dataclasses.replace(together[2], **snapshots), alone)


def test_a_job_of_another_kind_beside_it_changes_nothing(alone: Trajectory) -> None:
    others = [
        dataclasses.replace(JOB, dynamics="flow"),
        dataclasses.replace(JOB, alpha=10.0),
        dataclasses.replace(JOB, widths=(3, 3)),
        dataclasses.replace(JOB, dataset="digits5pca", P=20),
        dataclasses.replace(JOB, model_kind="kernel_init", dynamics="flow"),
        dataclasses.replace(JOB, precision="float32"),
    ]
    runs = train([*others, JOB])
    assert_same_bits(runs[-1], alone)
    for job, run in zip(others, runs, strict=False):
        assert len(run.F_train) == job.P
        assert run.F_train.dtype == job.dtype
        assert_same_bits(train([job])[0], run)


def test_results_come_in_the_order_of_the_jobs() -> None:
    forward, backward = train([JOB, OTHER]), train([OTHER, JOB])
    for one, two in zip(forward, reversed(backward), strict=True):
        assert_same_bits(one, two)
    assert numbers_of(forward[0]) != numbers_of(forward[1])


def test_snapshots_end_at_the_final_tick(alone: Trajectory) -> None:
    easy = dataclasses.replace(JOB, P=4)  # fits long before its budget ends
    for run in (alone, train([easy])[0]):
        assert run.snapshot_ticks[-1] == run.ticks <= 300
        assert run.snapshot_loss[-1] == run.loss
        assert run.snapshot_unsatisfied[-1] == run.unsatisfied
        assert run.snapshot_t[-1] == run.t
        assert run.snapshot_misclassified[-1] == run.misclassified
        assert run.snapshot_test_error[-1] == run.test_error
        assert list(run.snapshot_ticks) == sorted(set(run.snapshot_ticks))
        assert list(run.snapshot_t) == sorted(run.snapshot_t)
        lengths = {len(getattr(run, f"snapshot_{name}")) for name in SNAPSHOTS}
        assert lengths == {len(run.snapshot_ticks)}
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


def test_the_outputs_are_those_that_the_numbers_are_of(alone: Trajectory) -> None:
    data, y = JOB.data(), JOB.data().y_train
    delta = 1.0 - y * alone.F_train
    assert alone.loss == pytest.approx(np.mean(np.maximum(delta, 0) ** 2) / 2)
    assert alone.unsatisfied == np.sum(delta > 1e-3)
    assert alone.misclassified == np.sum(y * alone.F_train <= 0)
    assert alone.test_error == pytest.approx(np.mean(data.y_test * alone.F_test <= 0))
    assert alone.snapshot_norm[-1] == pytest.approx(np.sqrt(np.mean(alone.F_train**2)))


def test_the_losses_alpha_is_divided_out_of_the_outputs_own() -> None:
    """F is alpha (f - f0), 0 at the start; the loss is divided by alpha^2."""
    run = train([dataclasses.replace(JOB, alpha=10.0, dynamics="flow")])[0]
    assert run.snapshot_norm[0] == 0
    assert run.snapshot_test_error[0] == 1  # an output of exactly 0 is right for neither label
    assert run.snapshot_loss[0] == pytest.approx(1 / 2 / 100)
    delta = 1.0 - JOB.data().y_train * run.F_train
    assert run.loss == pytest.approx(np.mean(np.maximum(delta, 0) ** 2) / 2 / 100)
    assert run.loss < 0.7 * run.snapshot_loss[0]


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
    data = JOB.data()
    w0 = JOB.network().init(JOB.init_key(), jnp.asarray(data.x_train[:1]))
    params = {k: np.asarray(v) for k, v in w0["params"].items()}
    a = np.maximum(data.x_train @ params["W1"] + params["B1"], 0)
    delta = 1.0 - data.y_train * ((a @ params["W2"])[:, 0] + params["B2"])
    assert alone.snapshot_loss[0] == pytest.approx(np.mean(np.maximum(delta, 0) ** 2) / 2)
    assert alone.snapshot_unsatisfied[0] == np.sum(delta > 1e-3)
    norm = np.sqrt(sum(float((a**2).sum()) for a in params.values()))
    assert alone.snapshot_weight_norm[0] == pytest.approx(norm)
    assert alone.snapshot_weight_change[0] == 0
    assert alone.snapshot_weight_change[-1] == alone.weight_change


def test_the_loss_falls(alone: Trajectory) -> None:
    assert alone.loss < 0.7 * alone.snapshot_loss[0]


def test_ends_and_progress_are_told_as_they_happen() -> None:
    told: list[tuple[Job, Trajectory]] = []
    spent: list[int] = []

    def end(job: Job, run: Trajectory) -> None:
        assert threading.current_thread() is threading.main_thread()
        told.append((job, run))

    runs = train([JOB, OTHER], on_end=end, on_progress=spent.append)
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
    x = np.arange(18.0).reshape(6, 3)
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
    x, y = np.arange(12.0).reshape(4, 3), np.array([1.0, 1, 1, -1])
    data = Dataset("own", x, y, x[:0], y[:0])
    job = Job("nothing", 4, (1,), max_ticks=5, label="own")
    assert math.isnan(train([job], data=[data], net=Constant())[0].test_error)


def test_a_diverging_run_ends_as_such() -> None:
    run = train([dataclasses.replace(JOB, dynamics="sgd", lr=1e14)])[0]
    assert run.result == "NON_FINITE"
    assert not run.fitted


def test_data_beyond_all_numbers_end_their_run_and_no_other(alone: Trajectory) -> None:
    data = JOB.data()
    x = data.x_train.copy()
    x[2] = x[3] = 1e200 * x[3]  # with either label, so that one of them is missed by as much
    broken = dataclasses.replace(data, x_train=x)
    jobs = [OTHER, JOB, OTHER]
    for kind in ("adam", "sgd", "flow", "euler"):
        like = [dataclasses.replace(job, dynamics=kind) for job in jobs]
        runs = train(like, data=[broken, data, broken])
        for run in (runs[0], runs[2]):
            assert run.result == "NON_FINITE"
            assert run.ticks == 1
        assert runs[1].result != "NON_FINITE"
        if kind == "adam":
            assert_same_bits(runs[1], alone)


def test_data_and_networks_may_be_functions_of_the_job(alone: Trajectory) -> None:
    jobs = [OTHER, JOB]
    runs = train(jobs, data=Job.data, net=Job.network)
    close(runs[1], alone)
    given = train(jobs, data=[job.data() for job in jobs], net=JOB.network())
    for one, two in zip(runs, given, strict=True):
        assert_same_bits(one, two)


def test_float64_where_jax_has_it_off_is_refused_and_float32_is_not() -> None:
    with jax.enable_x64(False):
        with pytest.raises(BadInput, match="jax_enable_x64"):
            train([JOB])
        # one refused job refuses all, before any is trained
        with pytest.raises(BadInput, match="jax_enable_x64"):
            train([dataclasses.replace(JOB, precision="float32"), JOB], on_end=never)


def never(job: Job, run: Trajectory) -> None:
    """Nothing may end."""
    raise AssertionError("trained")


def test_more_points_than_there_are_is_refused_from_the_workers_too() -> None:
    with pytest.raises(BadInput, match="5000"):
        train([dataclasses.replace(JOB, dataset="digits5pca", P=5000)], on_end=never)


def test_whoever_is_told_may_stop_it_and_leaves_no_thread_behind() -> None:
    jobs = [dataclasses.replace(JOB, init_seed=s, max_ticks=20_000, lr=1e-9) for s in range(20)]
    quick = dataclasses.replace(JOB, max_ticks=20_000, margin=1e-9)
    before = threading.active_count()

    class StopError(Exception):
        pass

    def stop(job: Job, run: Trajectory) -> None:
        raise StopError

    with pytest.raises(StopError) as kept:  # the traceback keeps the frames alive
        train([quick, *jobs], on_end=stop)
    assert kept.tb is not None
    assert threading.active_count() == before


# --- several widths in one bucket ---

# so few that rounding has not been amplified
STEPS: dict[str, dict[str, Any]] = {
    "flow": {"max_ticks": 150},
    "euler": {"max_ticks": 150},
    "adam": {"max_ticks": 200, "lr": 0.01},
    "sgd": {"max_ticks": 200, "lr": 0.1, "batch": 5},
}


def close(one: Trajectory, two: Trajectory, tolerance: float = 1e-9) -> None:
    """Equal but for rounding."""
    assert one.result == two.result
    assert one.snapshot_ticks == two.snapshot_ticks
    assert (one.N, one.N_all, one.unsatisfied) == (two.N, two.N_all, two.unsatisfied)
    for name, F in one.arrays().items():
        np.testing.assert_allclose(F, two.arrays()[name], rtol=tolerance, atol=tolerance)
    for name in ("snapshot_loss", "snapshot_t", "snapshot_norm"):
        got, expected = getattr(one, name), getattr(two, name)
        np.testing.assert_allclose(got, expected, rtol=1e-7, atol=1e-12)
    for name in ("kernel_change", "weight_change"):
        got, expected = getattr(one, name), getattr(two, name)
        assert got == (expected if expected is None else pytest.approx(expected, rel=1e-7))


@pytest.mark.parametrize(
    ("dynamics", "alpha"),
    [
        ("adam", None),
        pytest.param("flow", 20.0, marks=pytest.mark.slow),
        pytest.param("flow", None, marks=pytest.mark.slow),
        pytest.param("euler", 20.0, marks=pytest.mark.slow),
        pytest.param("sgd", None, marks=pytest.mark.slow),
    ],
)
def test_jobs_of_other_widths_in_one_bucket_learn_as_each_alone(
    dynamics: str, alpha: float | None
) -> None:
    base = dataclasses.replace(
        JOB,
        dynamics=dynamics,
        alpha=alpha,
        activation="tanh",
        kernel_points=7,
        **{"decay_every": None} | STEPS[dynamics],
    )
    widths = [(5, 9), (8, 16), (2, 12)]
    jobs = [dataclasses.replace(base, widths=w, init_seed=i) for i, w in enumerate(widths)]
    assert len({program(job) for job in jobs}) == 1
    together = train(jobs, workers=2, lanes=1)
    for job, run in zip(jobs, together, strict=True):
        # in the same bucket, by itself: to the last bit
        assert_same_bits(train([job])[0], run)
        if job.widths != (8, 16):  # which fills the bucket
            close(run, train([job], net=job.network())[0])
        size = count(job.network().init(job.init_key(), jnp.ones((1, 5))))
        assert (run.N, run.N_all) == tuple(size)


def test_random_data_whose_dimension_is_the_width_share_a_bucket_too() -> None:
    base = dataclasses.replace(JOB, dataset="random", activation="tanh", max_ticks=200)
    jobs = [dataclasses.replace(base, widths=(h, h), init_seed=h) for h in (3, 8)]
    assert len({program(job) for job in jobs}) == 1
    together = train(jobs)
    for job, run in zip(jobs, together, strict=True):
        assert_same_bits(train([job])[0], run)
        close(run, train([job], net=job.network())[0])


def test_nor_do_neighbours_of_another_dimension_change_a_bit_in_float32() -> None:
    # sums of another length are rounded otherwise
    kind = {"dataset": "random", "P": 200, "precision": "float32"}
    base = dataclasses.replace(JOB, **kind)
    jobs = [dataclasses.replace(base, widths=(h, h)) for h in (18, 23, 31)]
    for job, run in zip(jobs, train(jobs), strict=True):
        assert_same_bits(train([job])[0], run)


@pytest.mark.parametrize(
    ("dynamics", "numbers"),
    [
        ("adam", {"lr": (1e-3, 1e-2, 0.05)}),
        ("sgd", {"lr": (1e-3, 1e-2, 0.05)}),
        ("adam", {"decay_every": (None, 7, 20)}),
        ("flow", {"tol": (1e-1, 1e-2, 1e-3)}),
        ("flow", {"flow_time": (0.1, 1.0, math.inf)}),
        ("euler", {"tol_gradient": (1e-2, 1e-4, 1e-6)}),
        ("euler", {"tol_output": (0.1, 0.03, 0.01), "alpha": (1e-2, 1.0, 1e2)}),
    ],
)
def test_numbers_of_the_dynamics_share_a_program_and_change_no_bit_of_a_neighbour(
    dynamics: str, numbers: dict[str, tuple[Any, ...]]
) -> None:
    base = dataclasses.replace(JOB, dynamics=dynamics, decay_every=None, batch=None, max_ticks=60)
    jobs = [
        dataclasses.replace(base, **dict(zip(numbers, values, strict=True)))
        for values in zip(*numbers.values(), strict=True)
    ]
    assert len({program(job) for job in jobs}) == 1
    runs = train(jobs)
    assert len({run.loss for run in runs}) == 3
    for job, run in zip(jobs, runs, strict=True):
        assert_same_bits(train([job])[0], run)
    # as with the numbers written into the program
    task = task_of(job, job.data(), job.network())
    alone = dataclasses.replace(task.problem, numbers={})
    *_, last = vmapped.run(job.stepper(), vmapped.stack([alone]), job.batch_key()[None])
    assert run.loss == pytest.approx(float(last.loss[0]), rel=1e-9)


# --- how far it went ---


def by_hand(job: Job) -> tuple[dict, dict]:
    """The weights at the start and at the end, of a network in no bucket."""
    task = task_of(job, job.data(), job.network())
    stepper: Any = job.stepper()
    *_, last = vmapped.run(stepper, vmapped.stack([task.problem]), job.batch_key()[None])
    predictor = task.problem.predictor
    return predictor.weights(predictor.start()), predictor.weights(vmapped.lane(last.v, 0))


def flat(tree: Any) -> np.ndarray:
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(tree)])


@pytest.mark.parametrize("bias", [pytest.param(True, marks=pytest.mark.slow), False])
@pytest.mark.parametrize("alpha", [None, 0.3, pytest.param(30.0, marks=pytest.mark.slow)])
def test_the_change_of_kernel_and_weights_is_that_computed_otherwise(
    alpha: float | None, bias: bool
) -> None:
    job = dataclasses.replace(
        JOB,
        widths=(6, 5),
        dynamics="flow",
        max_ticks=150,
        activation="tanh",
        alpha=alpha,
        bias=bias,
        kernel_points=9,
    )
    run = train([job])[0]
    w0, w = by_hand(job)
    x = jnp.asarray(job.data().x_test[:9])

    def theta(w: dict) -> np.ndarray:
        J = jax.jacrev(lambda w: job.network().apply(w, x))(w)
        rows = np.concatenate([np.reshape(leaf, (9, -1)) for leaf in jax.tree.leaves(J)], axis=1)
        return rows @ rows.T

    change = np.linalg.norm(theta(w) - theta(w0)) / np.linalg.norm(theta(w0))
    assert run.kernel_change == pytest.approx(change, rel=1e-6)
    moved = np.linalg.norm(flat(w) - flat(w0)) / np.linalg.norm(flat(w0))
    assert run.weight_change == pytest.approx(moved, rel=1e-6)
    assert run.kernel_change > 1e-4
    assert run.weight_change > 1e-4


def test_changes_are_measured_only_where_there_is_something_to_measure(alone: Trajectory) -> None:
    assert alone.kernel_change is None  # no points were asked for
    assert alone.weight_change is not None
    job = dataclasses.replace(JOB, model_kind="kernel_init", kernel_points=5, dynamics="flow")
    frozen = train([job])[0]
    assert frozen.kernel_change is None
    assert frozen.weight_change is None


def test_measuring_the_kernel_changes_nothing_else(alone: Trajectory) -> None:
    run = train([dataclasses.replace(JOB, kernel_points=5)])[0]
    assert run.kernel_change is not None
    assert_same_bits(dataclasses.replace(run, kernel_change=None), alone)


# --- frozen kernels ---

LAZY = dataclasses.replace(
    JOB,
    widths=(12, 12),
    dynamics="flow",
    activation="softplus5",
    normalised=True,
    parametrisation="ntp",
    tol=1e-3,
    max_ticks=20_000,
    flow_time=30.0,
    alpha=1.0,
)


@functools.cache
def learnt(model_kind: str, alpha: float | None = 1.0) -> Trajectory:
    """What comes of `LAZY`."""
    return train([dataclasses.replace(LAZY, model_kind=model_kind, alpha=alpha)])[0]


def rms(a: np.ndarray) -> float:
    return float(np.sqrt(np.mean(a**2)))


def test_a_frozen_kernel_knows_no_alpha() -> None:
    for model_kind in ("kernel_init", "kernel_infinite"):
        for alpha in (1e-3, 1e4, None):
            assert_same_bits(learnt(model_kind, alpha), learnt(model_kind))


def test_a_lazy_network_learns_as_its_initial_kernel() -> None:
    frozen, lazy, feature = learnt("kernel_init"), learnt("network", 1e4), learnt("network", 0.1)
    assert lazy.kernel_change is None
    assert lazy.weight_change < 1e-3 < feature.weight_change
    assert rms(frozen.F_test) > 0.1
    np.testing.assert_allclose(lazy.F_test, frozen.F_test, atol=1e-2)
    np.testing.assert_allclose(lazy.F_train, frozen.F_train, atol=1e-2)
    assert lazy.t == pytest.approx(frozen.t, rel=1e-2)
    assert lazy.loss * 1e8 == pytest.approx(frozen.loss, rel=0.05, abs=1e-5)
    assert rms(feature.F_test - frozen.F_test) > 0.05


def test_the_kernel_of_the_end_is_the_initial_one_only_of_a_lazy_network() -> None:
    frozen = learnt("kernel_init")
    np.testing.assert_allclose(learnt("kernel_end", 1e4).F_test, frozen.F_test, atol=1e-2)
    assert rms(learnt("kernel_end", 0.1).F_test - frozen.F_test) > 0.05


def test_a_wide_network_has_the_infinite_kernel() -> None:
    infinite = learnt("kernel_infinite")
    job = dataclasses.replace(LAZY, model_kind="kernel_init")
    wide = train([dataclasses.replace(job, widths=(1500, 1500))])[0]
    narrow = learnt("kernel_init")
    assert rms(wide.F_test - infinite.F_test) < 0.12 * rms(infinite.F_test)
    assert rms(narrow.F_test - infinite.F_test) > 0.25 * rms(infinite.F_test)


@pytest.mark.parametrize(
    "dynamics",
    ["flow", *(pytest.param(d, marks=pytest.mark.slow) for d in ("euler", "sgd"))],
)
@pytest.mark.parametrize("model_kind", ["kernel_init", "kernel_end", "kernel_infinite"])
def test_every_kernel_learns_by_every_dynamics(model_kind: str, dynamics: str) -> None:
    job = dataclasses.replace(LAZY, model_kind=model_kind, dynamics=dynamics, max_ticks=100)
    others = [dataclasses.replace(job, init_seed=1), dataclasses.replace(job, widths=(9, 9))]
    run, *_ = train([job, *others])
    assert_same_bits(train([job])[0], run)
    assert np.isfinite(run.F_test).all()
    assert run.F_train.shape == job.data().y_train.shape
    assert run.F_test.shape == job.data().y_test.shape
    assert run.loss < run.snapshot_loss[0] == pytest.approx(0.5)
    assert run.snapshot_norm[0] == 0
    size = count(job.network().init(job.init_key(), jnp.ones((1, 5))))
    assert (run.N, run.N_all) == tuple(size)
    assert run.kernel_change is None
    assert run.weight_change is None


class Sum(nn.Module):
    """An own module, of which nothing is known but init and apply."""

    h: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        a = nn.tanh(nn.Dense(self.h, param_dtype=x.dtype)(x))
        return nn.Dense(1, param_dtype=x.dtype)(a)[:, 0]


@pytest.mark.parametrize("model_kind", ["network", "kernel_init", "kernel_end"])
def test_own_modules_of_several_widths_learn_side_by_side(model_kind: str) -> None:
    base = dataclasses.replace(
        LAZY, model_kind=model_kind, kernel_points=4, label="own", max_ticks=50
    )
    jobs = [dataclasses.replace(base, widths=(h,)) for h in (3, 6)]
    for run, job in zip(train(jobs, net=own), jobs, strict=True):
        h = job.widths[0]
        assert (run.N, run.N_all) == (6 * h, 7 * h + 1)
        assert (run.kernel_change is None) == (model_kind != "network")
        assert_same_bits(train([job], net=own)[0], run)


def own(job: Job) -> Sum:
    return Sum(job.widths[0])


@pytest.mark.parametrize("widths", [(4,), (5, 3)])
def test_weights_are_those_of_the_network_without_its_padding(widths: tuple[int, ...]) -> None:
    """At the kept weights the job's own network has the outputs of the run."""
    job = dataclasses.replace(JOB, widths=widths, dataset="random")
    run = train([job], weights=True)[0]
    net, data = job.network(), job.data()
    x = jnp.asarray(data.x_train)
    start = net.init(job.init_key(), x[:1])
    flat, unravel = jax.flatten_util.ravel_pytree(start)
    assert run.w is not None
    assert run.w.shape == flat.shape
    np.testing.assert_allclose(net.apply(unravel(run.w), x), run.F_train, rtol=1e-12, atol=1e-14)
    assert "w" in run.arrays()
    assert "w" not in run.to_dict()
    assert train([job])[0].w is None
