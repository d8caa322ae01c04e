"""The read-out in closed form against linear algebra, an ODE, and its symmetries."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from jamming.checks.errors import BadInput
from jamming.models.activations import activation
from jamming.random_features.model import features, flowed, ridge, sample, spectrum, sphere
from sweeps.random_features.network import Cell, Model, measured

SIZES = st.tuples(st.integers(2, 30), st.integers(2, 30), st.integers(0, 5))


def drawn(P: int, h: int, seed: int, d: int = 7) -> tuple[np.ndarray, np.ndarray]:
    """Features [P, h] and labels."""
    rng = np.random.default_rng([P, h, seed])
    data = sample(P, d, 0.3, rng)
    return features(activation("tanh"), sphere(h, d, rng), data.x), data.y


def test_points_lie_on_the_sphere_and_labels_have_the_noise_asked_for() -> None:
    data = sample(20_000, 10, 0.7, np.random.default_rng(0))
    np.testing.assert_allclose((data.x**2).sum(1), 10)
    assert np.linalg.norm(data.beta) == pytest.approx(1)
    assert (data.x @ data.beta).std() == pytest.approx(1, abs=0.03)
    assert (data.y - data.x @ data.beta).std() == pytest.approx(0.7, abs=0.02)


@settings(max_examples=15, deadline=None)
@given(SIZES, st.floats(1e-4, 10.0))
def test_with_a_ridge_the_gradient_vanishes(sizes: tuple[int, int, int], lam: float) -> None:
    (P, h, seed), d = sizes, 7
    Z, y = drawn(P, h, seed)
    a = ridge(spectrum(Z, y), lam, P=P, d=d)
    gradient = Z.T @ (Z @ a - y) / P + h * lam / d * a
    np.testing.assert_allclose(gradient, 0, atol=1e-9)


@settings(max_examples=15, deadline=None)
@given(SIZES)
def test_without_a_ridge_it_is_the_pseudoinverse(sizes: tuple[int, int, int]) -> None:
    P, h, seed = sizes
    Z, y = drawn(P, h, seed)
    a = ridge(spectrum(Z, y), 0.0, P=P, d=7)
    scale = max(1.0, np.abs(a).max())
    np.testing.assert_allclose(a / scale, np.linalg.pinv(Z) @ y / scale, atol=1e-6)


def test_two_equal_neurons_share_the_work() -> None:
    """The smallest norm, where the features are dependent."""
    Z, y = drawn(12, 5, 0)
    alone = ridge(spectrum(Z, y), 0.0, P=12, d=7)
    twice = ridge(spectrum(np.column_stack([Z, Z]), y), 0.0, P=12, d=7)
    np.testing.assert_allclose(twice, np.tile(alone, 2) / 2, atol=1e-9)


@settings(max_examples=15, deadline=None)
@given(SIZES, st.floats(1e-2, 1e3))
def test_gradient_flow_solves_its_equation(sizes: tuple[int, int, int], t: float) -> None:
    """da/dt = Z^T (y - Z a) / P from a = 0, as the exponential of a matrix."""
    P, h, seed = sizes
    Z, y = drawn(P, h, seed)
    H, b = Z.T @ Z / P, Z.T @ y / P
    both = np.block([[-H, b[:, None]], [np.zeros((1, h + 1))]])
    expected = expm(both * t)[:h, -1]
    np.testing.assert_allclose(flowed(spectrum(Z, y), t, P=P), expected, rtol=1e-6, atol=1e-8)


def test_gradient_flow_ends_at_the_smallest_norm() -> None:
    Z, y = drawn(10, 25, 0)
    at = spectrum(Z, y)
    np.testing.assert_allclose(flowed(at, 1e9, P=10), ridge(at, 0.0, P=10, d=7), atol=1e-9)


def test_a_cell_is_its_numbers_and_the_members_do_not_know_how_many_they_are() -> None:
    few, many = (measured(Cell(Model(12, 20, 0.5, "relu", (0.0, 1e-3), n), 15, 3)) for n in (2, 4))
    again = measured(Cell(Model(12, 20, 0.5, "relu", (0.0, 1e-3), 2), 15, 3))
    assert again == few
    assert many["single"][:2] == few["single"]
    assert many["ensemble"] != few["ensemble"]
    # the mean of the networks is never worse than the networks are in the mean
    assert np.all(np.array(many["ensemble"]) <= np.mean(many["single"], axis=0))


def test_other_seeds_and_widths_have_data_of_their_own() -> None:
    model = Model(12, 20, 0.5, "relu", (1e-3,), 1)
    cells = [Cell(model, h, s) for h in (15, 16) for s in (0, 1)]
    assert len({cell.key for cell in cells}) == 4
    assert len({measured(cell)["ensemble"][0] for cell in cells}) == 4
    assert Cell(model, 15, 0).key == cells[0].key


@pytest.mark.parametrize(
    "wrong",
    [
        {"d": 2},
        {"P": 1},
        {"noise": -0.1},
        {"noise": float("nan")},
        {"activation": "nothing"},
        {"activation": "linear"},
        {"ridges": ()},
        {"ridges": (0.0, 0.0)},
        {"ridges": (-1e-3,)},
        {"members": 0},
    ],
)
def test_impossible_models_are_refused(wrong: dict) -> None:
    fields = {"d": 10, "P": 20, "noise": 0.5, "activation": "relu", "ridges": (0.0,), "members": 1}
    with pytest.raises(BadInput):
        Model(**(fields | wrong))


def test_impossible_numbers_are_refused() -> None:
    rng = np.random.default_rng(0)
    Z, y = drawn(5, 5, 0)
    for call in (
        lambda: sample(0, 10, 0.5, rng),
        lambda: sample(5, 2, 0.5, rng),
        lambda: sample(5, 10, -1.0, rng),
        lambda: ridge(spectrum(Z, y), -1.0, P=5, d=7),
        lambda: ridge(spectrum(Z, y), float("nan"), P=5, d=7),
    ):
        with pytest.raises(BadInput):
            call()
