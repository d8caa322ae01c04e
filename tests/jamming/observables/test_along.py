"""Spectra at the snapshots of a training are those of the dense Hessians there."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jamming
from jamming.checks.errors import BadInput
from jamming.objectives.problem import Problem
from jamming.observables.along import Spectra, spectra
from jamming.training.build import predictor_at, task_of
from jamming.training.trajectory import Trajectory

JOB = jamming.Job(
    "digits10pca",
    P=20,
    widths=(5,),
    loss="square",
    margin=None,
    slack=0.0,
    activation="tanh",
    dynamics="sgd",
    lr=0.05,
    max_ticks=20,
)


def test_in_a_bucket_they_are_those_of_the_true_network() -> None:
    """Five neurons are embedded in eight; all steps give all eigenvalues, with their weights."""
    data = JOB.data()
    run = _run(_seen(JOB, Spectra(steps=61, probes=2))[0])
    F, v = predictor_at(JOB, data.x_train, None)
    x, y = jnp.asarray(data.x_train), jnp.asarray(data.y_train)
    H = jamming.split(Problem(F, JOB.loss_function(), x, y), v).H
    expected = np.linalg.eigvalsh(H)
    assert expected.size == 61  # 10 x 5, 5, 5, 1
    scale = np.abs(expected).max()
    (found,) = spectra(run)
    ends = found.extremes(2)
    both = np.concatenate([ends.smallest, ends.largest])
    np.testing.assert_allclose(both, expected[[0, 1, -2, -1]], atol=1e-9 * scale)
    assert ends.bound < 1e-9 * scale
    assert found.moment(0)[0] == pytest.approx(1.0, abs=1e-12)
    trace, error = found.moment(1)
    assert abs(trace - expected.mean()) < 5 * error
    for probe in found.probes:
        nearest = np.abs(probe.values[:, None] - expected).min(1)
        assert (nearest <= probe.bounds + 1e-9 * scale).all()


@pytest.mark.parametrize(
    ("job", "of", "N"),
    [
        (JOB.replace(dataset="random", P=9), ["W1", "B1"], 30),  # whose inputs are padded, too
        (JOB.replace(dataset="digits", architecture="cnn"), "W1", 125),
    ],
)
def test_of_some_parameters_in_a_bucket(job: jamming.Job, of: Any, N: int) -> None:
    """Those of padded neurons are neither among them nor counted."""
    run = _run(_seen(job, Spectra(steps=N, of=of))[0])
    F, v = predictor_at(job, (data := job.data()).x_train, None)
    x, y = jnp.asarray(data.x_train), jnp.asarray(data.y_train)
    H = jamming.split(*jamming.restricted(Problem(F, job.loss_function(), x, y), v, of)).H
    expected = np.linalg.eigvalsh(H)
    assert expected.size == N
    (found,) = spectra(run)
    scale = np.abs(expected).max()
    ends = found.extremes(2)
    both = np.concatenate([ends.smallest, ends.largest])
    np.testing.assert_allclose(both, expected[[0, 1, -2, -1]], atol=1e-9 * scale)
    assert found.moment(0)[0] == pytest.approx(1.0, abs=1e-12)
    assert run.observed["H_moved"].max() <= 1


def _seen(job: jamming.Job, observe: Spectra, net: Any = None) -> tuple[dict[str, Any], Problem]:
    """What is observed at the start, and of which problem."""
    task = task_of(job, job.data(), net)
    state = job.stepper().init(task.problem, task.key)
    seen = jax.jit(observe)(task.problem, state, task.extra)
    return {name: np.asarray(each)[None] for name, each in seen.items()}, task.problem


class Halves:
    """Three layers' worth of parameters for ten classes; a pair of functions."""

    @staticmethod
    def init(key: Any, x: Any) -> Any:
        keys = jax.random.split(key, 2)
        return {
            "a": jax.random.normal(keys[0], (x.shape[1], 3), x.dtype) / 3,
            "b": jax.random.normal(keys[1], (3, 10), x.dtype),
        }

    @staticmethod
    def apply(w: Any, x: Any) -> Any:
        return jnp.tanh(x @ w["a"]) @ w["b"]


def test_of_an_own_network_of_classes_and_of_a_layer() -> None:
    """Fisher's matrix of the read-out, at the start, in single precision."""
    job = JOB.replace(loss="cross_entropy", label="halves", precision="float32", max_ticks=3)
    net = jamming.network((Halves.init, Halves.apply))
    seen, single = _seen(job, Spectra("fisher", steps=25, of="b"), net)
    run = _run(seen)
    double = jax.tree.map(lambda a: a.astype(float if a.dtype == np.float32 else a.dtype), single)
    problem, v = jamming.restricted(double, double.predictor.start(), "b")
    expected = np.linalg.eigvalsh(jamming.fisher(problem, v))
    ends = spectra(run, "fisher")[0].extremes(3)
    assert expected.size == 30
    assert (np.abs(ends.largest - expected[-3:]) <= ends.largest_bound).all()
    assert ends.largest_bound.max() < 1e-4 * ends.scale


def test_what_diverges_has_no_spectrum_and_what_is_flat_a_zero() -> None:
    coefficients = np.full((1, 2, 4), np.nan)
    observed = {"H_lanczos": np.stack([coefficients, 0 * coefficients]), "H_moved": [[1.0], [0.0]]}
    observed = {name: np.asarray(rows) for name, rows in observed.items()}
    lost, flat = spectra(_run(observed), "H")
    assert np.isnan(lost.extremes(1).largest).all()
    assert flat.extremes(1).largest.tolist() == flat.extremes(1).smallest.tolist() == [0.0]
    assert flat.moment(0)[0] == 1.0


def _run(observed: dict[str, np.ndarray]) -> Trajectory:
    plain = dict.fromkeys(("N", "N_all", "ticks", "unsatisfied", "misclassified"), 1)
    floats = dict.fromkeys(("t", "loss", "test_error", "seconds"), 0.0)
    rows = {f"snapshot_{name}": () for name in ("ticks", "loss", "unsatisfied")}
    fields: dict[str, Any] = {"result": "NON_FINITE", **plain, **floats, **rows}
    return Trajectory(**fields, observed=observed)


def test_nonsense_is_refused() -> None:
    for given, said in (
        ({"parts": ("H", "G")}, "part of the Hessian"),
        ({"parts": ()}, "no part of the Hessian"),
        ({"steps": 0}, "steps = 0 is too small"),
        ({"probes": 1.5}, "probes"),
        ({"seed": -1}, "seed"),
        ({"block": 0}, "block"),
    ):
        with pytest.raises(BadInput, match=said):
            Spectra(**given)
    with pytest.raises(BadInput, match="there are no parameters 'W9': choose of B1, B2, W1, W2"):
        _seen(JOB, Spectra(of="W9"))
    with pytest.raises(
        BadInput, match=r"were not observed: train with observe=Spectra\(\('H',\)\)"
    ):
        spectra(_run({}), "H")
