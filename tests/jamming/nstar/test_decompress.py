"""Decompression: thresholds known otherwise, limits of losses, and going on where it stopped."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree
from jaxtyping import Array
from scipy.optimize import linprog

from jamming.checks.errors import BadInput
from jamming.nstar import decompress as of
from jamming.nstar.decompress import PATH, Relaxation, begin, decompress, limit, lowered
from jamming.objectives.losses import loss_named, quadratic_hinge
from jamming.objectives.predictor import Plain
from jamming.objectives.problem import Problem

QUICK = Relaxation(steps=1500, rate=0.05, rounds=24)


@dataclasses.dataclass(frozen=True)
class Net:
    """relu of x W, summed; or x W itself."""

    relu: bool = False

    def init(self, key: Any, x: Array) -> dict[str, Array]:
        return {"W": jax.random.normal(key, (x.shape[-1],)) * 0.1}

    def apply(self, w: dict[str, Array], x: Array) -> Array:
        f = x @ w["W"]
        return jax.nn.relu(f) if self.relu else f


def problem(x: np.ndarray, y: np.ndarray, net: Net, seed: int = 0) -> tuple[Problem, np.ndarray]:
    w = net.init(jax.random.key(seed), jnp.asarray(x[:1]))
    return (
        Problem(Plain(net, w), quadratic_hinge(0.5), jnp.asarray(x), jnp.asarray(y)),
        np.asarray(ravel_pytree(w)[0]),
    )


def separable(x: np.ndarray, y: np.ndarray) -> bool:
    """Whether there is a w with y w.x >= 1, by linear programming."""
    d = x.shape[1]
    found = linprog(np.zeros(d), -(y[:, None] * x), -np.ones(len(x)), bounds=[(None, None)] * d)
    return found.status == 0


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_perceptron_jams_where_its_points_are_separable_no_more(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(50, 8)), rng.choice([-1.0, 1.0], 50)
    most = max(k for k in range(1, 51) if separable(x[:k], y[:k]))
    assert 8 <= most < 45  # about 2 d
    task, w = problem(x, y, Net(), seed)
    at = decompress(task, begin(w, 50), QUICK, target=1e-5)
    assert most <= at.high <= most + 1
    loss, N_delta = at.path[-1, [PATH.index("loss"), PATH.index("N_delta")]]
    assert 0 < loss < 1e-5
    overlaps = np.fmax(of.delta(task, at), 0)
    assert np.sum(overlaps > 0) == N_delta
    assert np.nansum(overlaps**2) / (2 * np.isfinite(of.delta(task, at)).sum()) == (
        pytest.approx(loss, rel=1e-6)
    )
    # at rest the forces of the overlaps balance
    pull = (np.nan_to_num(overlaps) * y)[:, None] * x
    assert np.linalg.norm(pull.sum(0)) < 1e-2 * np.linalg.norm(pull, axis=1).sum()


def test_what_stops_after_any_round_ends_as_if_it_had_not() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(30, 5)), rng.choice([-1.0, 1.0], 30)
    task, w = problem(x, y, Net())
    rounds: list[dict[str, np.ndarray]] = []
    whole = decompress(task, begin(w, 30), QUICK, each=lambda at: rounds.append(of.arrays(at)))
    for k in (0, len(rounds) // 2):
        again = decompress(task, of.of_arrays(rounds[k]), QUICK)
        for name, value in of.arrays(whole).items():
            np.testing.assert_array_equal(of.arrays(again)[name], value, err_msg=name)
    with pytest.raises(BadInput, match="no decompression"):
        of.of_arrays({"w": w})


def test_points_that_no_gradient_reaches_are_lost() -> None:
    """All that is silent on them stays so; they jam nothing, and are left out."""
    rng = np.random.default_rng(0)
    x = np.abs(rng.normal(size=(12, 4)))
    x[3], x[7] = -x[3], -x[7]
    task, _ = problem(x, np.ones(12), Net(relu=True))
    w = np.ones(4)
    lost: list[np.ndarray] = []
    with pytest.raises(BadInput, match="fits all 12 points"):  # but for the two
        decompress(task, begin(w, 12), QUICK, each=lambda at: lost.append(~at.alive))
    assert np.flatnonzero(lost[0]).tolist() == [3, 7]
    assert (lost[-1] == lost[0]).all()


def test_the_last_point_goes_by_degrees() -> None:
    alive = np.ones(4, bool)
    np.testing.assert_array_equal(lowered(4.0, alive), [0, 0, 0, 0])
    np.testing.assert_array_equal(lowered(2.25, alive), [0, 0, 3, np.inf])
    np.testing.assert_array_equal(lowered(2.0, alive), [0, 0, np.inf, np.inf])
    assert 1e5 < lowered(2.0 + 1e-6, alive)[2] < np.inf  # without a jump
    alive[1] = False
    assert lowered(2.0, alive)[1] == np.inf


def test_the_limit_of_losses_that_fall_geometrically() -> None:
    for rest in (0.0, 1e-3):
        assert limit([rest + q for q in (0.4, 0.2, 0.1)]) == pytest.approx(rest, abs=1e-15)
    assert limit([0.3, 0.2, 0.25]) == 0.25
    assert limit([0.3, 0.2, 0.0]) == 0.0
    assert np.isnan(limit([0.3, 0.2]))


def test_what_cannot_be_decompressed_is_refused() -> None:
    x, y = np.random.default_rng(0).normal(size=(4, 5)), np.ones(4)
    task, w = problem(x, y, Net())
    with pytest.raises(BadInput, match="fits all 4 points: give more"):
        decompress(task, begin(w, 4), QUICK)
    with pytest.raises(BadInput, match=r"a loss of .* with a margin jams"):
        decompress(dataclasses.replace(task, loss=loss_named("logistic")), begin(w, 4))
    with pytest.raises(BadInput, match="target"):
        decompress(task, begin(w, 4), QUICK, target=1e-20)
    with pytest.raises(BadInput, match="4 weights are decompressed, and the problem has 5"):
        decompress(task, begin(w[:-1], 4), QUICK)
    with pytest.raises(BadInput, match="3 points are decompressed, and the problem has 4"):
        decompress(task, begin(w, 3), QUICK)
    with pytest.raises(BadInput, match="no finite number: check x, y and w"):
        decompress(task, begin(w * np.nan, 4), QUICK)
    for wrong in ({"steps": 0}, {"rate": -1.0}, {"fall": 2.0}, {"rounds": 2}):
        with pytest.raises(BadInput, match=next(iter(wrong))):
            Relaxation(**wrong)
