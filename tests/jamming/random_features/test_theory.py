"""The exact test errors against a second derivation, their limits, and simulation."""

from functools import cache

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Float
from scipy import optimize

from jamming.checks.errors import BadInput
from jamming.models.activations import activation
from jamming.random_features.theory import (
    Constants,
    Setting,
    constants,
    ensemble,
    limit,
    network,
)
from sweeps.random_features.network import Cell, Model, measured

RELU = constants(activation("relu"))
SETTINGS = st.builds(
    Setting,
    psi_1=st.floats(0.1, 20.0),
    psi_2=st.floats(0.1, 20.0),
    lam=st.one_of(st.just(0.0), st.floats(1e-5, 10.0)),
    noise=st.floats(0.0, 2.0),
)
CONSTANTS = st.builds(
    Constants, mu_0=st.just(0.0), mu_1=st.floats(0.2, 1.5), mu_star=st.floats(0.1, 1.5)
)


def marchenko_pastur(psi_2: float, n: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues of X^T X / d and their weights, for P = psi_2 d; zeros not included."""
    low, high = (1 - psi_2**0.5) ** 2, (1 + psi_2**0.5) ** 2
    angle = (np.arange(n) + 0.5) * np.pi / n
    x = (high + low) / 2 + (high - low) / 2 * np.cos(angle)
    return x, ((high - low) / 2 * np.sin(angle)) ** 2 / (2 * np.pi * x) * np.pi / n


def second_derivation(at: Setting, mu: Constants) -> tuple[float, float]:
    """Test errors of one network and of infinitely many, features taken as random functions.

    Given the data, features are h samples of a Gaussian process with kernel K. The resolvent of
    their Gram matrix, its derivative and its two-point function are those of a Wishart matrix with
    covariance K; the mean over the data is an integral over the law of Marchenko and Pastur.
    Nothing here comes from Mei and Montanari.
    """
    p, q = at.psi_1, at.psi_2
    x, weight = marchenko_pastur(q)
    e = np.append(x, 0.0)  # of X X^T / d; what is left of the P eigenvalues are zeros
    weights = np.append(weight, q - weight.sum())
    K = mu.mu_1**2 * e + mu.mu_star**2

    def trace(f: Float[np.ndarray, " n"]) -> float:
        return float(weights @ f)

    def ridge_of(kappa: float) -> float:
        return p - trace(K / (K + kappa)) - (p * q * at.lam / kappa if at.lam else 0.0)

    kappa = 0.0
    if at.lam or p < q:
        kappa = optimize.brentq(ridge_of, 1e-9 * at.lam / p, 1e9, xtol=1e-300, rtol=1e-15)
    G, labels = 1 / (K + kappa), e + at.noise**2  # of E[y y^T]
    bias = weight @ (1 - mu.mu_1**2 * x * G[:-1]) ** 2 + 1 - weight.sum()
    many = bias + at.noise**2 * mu.mu_1**4 * trace(e * G**2)
    left = p - trace((K * G) ** 2)
    norm = trace(labels * K * G**2) / left  # |a|^2 h / d
    unseen = mu.mu_1**2 + mu.mu_star**2 - mu.mu_1**4 * trace(e / K)
    seen = mu.mu_1**4 * kappa**2 * trace(e / K * G**2)
    return float(many + norm * (unseen + seen)), float(many)


@settings(max_examples=8, deadline=None)
@given(SETTINGS, CONSTANTS)
def test_both_derivations_agree(at: Setting, mu: Constants) -> None:
    """For any nonlinearity, ridge, noise, number of neurons and of points."""
    if abs(np.log(at.psi_1 / at.psi_2)) < 0.01 or abs(np.log(at.psi_2)) < 1e-3:
        return  # the quadrature is not that fine
    one, many = second_derivation(at, mu)
    assert network(at, mu) == pytest.approx(one, rel=1e-6)
    assert limit(at, mu) == pytest.approx(many, rel=1e-6)


def test_constants_of_relu_are_known() -> None:
    assert RELU.mu_0 == pytest.approx(1 / np.sqrt(2 * np.pi), rel=1e-10)
    assert RELU.mu_1 == pytest.approx(1 / 2, rel=1e-10)
    assert RELU.mu_star**2 == pytest.approx(1 / 4 - 1 / (2 * np.pi), rel=1e-10)


@pytest.mark.parametrize("name", ["tanh", "swish", "softplus5", "relu"])
def test_constants_are_means_over_a_gaussian(name: str) -> None:
    """By the rule of Gauss and Hermite, and by Stein's lemma: mu_1 = E[sigma'] too."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(150)
    weights = weights / weights.sum()
    phi, mu = activation(name), constants(activation(name))
    sigma = np.asarray(phi(jnp.asarray(nodes)))
    tolerance = 1e-2 if name == "relu" else 1e-4
    assert mu.mu_0 == pytest.approx(weights @ sigma, abs=tolerance)
    assert mu.mu_1 == pytest.approx(weights @ (nodes * sigma), abs=tolerance)
    second = mu.mu_0**2 + mu.mu_1**2 + mu.mu_star**2
    assert second == pytest.approx(weights @ sigma**2, abs=tolerance)
    slope = np.asarray(phi(jnp.asarray(nodes + 1e-4)) - phi(jnp.asarray(nodes - 1e-4))) / 2e-4
    assert mu.mu_1 == pytest.approx(weights @ slope, abs=max(tolerance, 1e-3))


def test_nothing_is_known_of_a_linear_network() -> None:
    with pytest.raises(BadInput, match="linear"):
        constants(activation("linear"))


@settings(max_examples=60, deadline=None)
@given(SETTINGS, CONSTANTS)
def test_an_ensemble_lies_between_one_network_and_infinitely_many(
    at: Setting, mu: Constants
) -> None:
    one, many = network(at, mu), limit(at, mu)
    assert 0 <= many <= one * (1 + 1e-9)
    assert ensemble(at, mu, 1) == pytest.approx(one, rel=1e-12)
    if np.isfinite(one):
        five = ensemble(at, mu, 5)
        assert five - many == pytest.approx((one - many) / 5, rel=1e-9, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(SETTINGS, CONSTANTS)
def test_noise_adds_its_variance_times_a_number(at: Setting, mu: Constants) -> None:
    """E = B + tau^2 V, of a network and of the ensemble."""
    for error in (network, limit):
        none, one, two = (
            error(Setting(at.psi_1, at.psi_2, at.lam, tau), mu) for tau in (0.0, 1.0, 2.0)
        )
        if np.isfinite(one):
            assert two - none == pytest.approx(4 * (one - none), rel=1e-6, abs=1e-9)
            assert one >= none * (1 - 1e-9)


def test_limits() -> None:
    """Without neurons, points or freedom nothing is learned; with all of them, everything."""
    for at in (Setting(1e-6, 2.0), Setting(2.0, 1e-6), Setting(2.0, 2.0, lam=1e9)):
        assert network(at, RELU) == pytest.approx(1, abs=1e-4)
        assert limit(at, RELU) == pytest.approx(1, abs=1e-4)
    assert network(Setting(1e5, 1e3), RELU) < 1e-3
    wide = Setting(1e6, 3.0, noise=0.5)
    assert network(wide, RELU) == pytest.approx(limit(wide, RELU), rel=1e-4)
    # a vanishing ridge is none
    for psi_1 in (1.0, 5.0):
        for error in (network, limit):
            small, none = (error(Setting(psi_1, 3.0, lam, 0.5), RELU) for lam in (1e-10, 0.0))
            assert small == pytest.approx(none, rel=1e-5)


@pytest.mark.parametrize("psi_2", [0.7, 1.5, 3.0])
def test_without_a_ridge_the_error_diverges_where_the_points_are_just_fitted(psi_2: float) -> None:
    """As 1 / |h - P|, from both sides; the ensemble knows nothing of it."""
    assert network(Setting(psi_2, psi_2, noise=0.5), RELU) == np.inf
    for side in (-1, 1):
        near, nearer = (
            network(Setting(psi_2 * (1 + side * gap), psi_2, noise=0.5), RELU)
            for gap in (1e-3, 1e-4)
        )
        assert nearer / near == pytest.approx(10, rel=0.05)
    many = [limit(Setting(psi_2 * r, psi_2, noise=0.5), RELU) for r in (0.999, 1.0, 1.001, 7.0)]
    assert many == pytest.approx([many[-1]] * 4, rel=1e-2)
    # past the threshold it does not depend on h at all
    assert many[2] == pytest.approx(many[3], rel=1e-12)


@pytest.mark.parametrize(
    "wrong",
    [
        {"psi_1": 0.0},
        {"psi_2": -1.0},
        {"psi_1": np.inf},
        {"lam": -1e-9},
        {"lam": np.nan},
        {"noise": -1.0},
    ],
)
def test_numbers_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadInput):
        Setting(**({"psi_1": 1.0, "psi_2": 2.0} | wrong))
    with pytest.raises(BadInput, match="member"):
        ensemble(Setting(1.0, 2.0), RELU, 0)


@cache
def off(name: str, d: int, draws: int, psi: tuple[float, float], lam: float) -> np.ndarray:
    """Measured / exact - 1 of [network, mean of four], with standard errors [2, 2]."""
    h, P = (round(ratio * d) for ratio in psi)
    model = Model(d, P, 0.5, name, (lam,), 4)
    found = [measured(Cell(model, h, seed)) for seed in range(draws)]
    rows = np.array([[np.mean(one["single"]), one["ensemble"][0]] for one in found])
    at, mu = Setting(h / d, P / d, lam, 0.5), constants(activation(name))
    rows /= [network(at, mu), ensemble(at, mu, 4)]
    return np.stack([rows.mean(0) - 1, rows.std(0, ddof=1) / np.sqrt(draws)])


@pytest.mark.parametrize(
    ("name", "psi", "lam"),
    [
        ("relu", (0.6, 1.5), 1e-3),
        ("tanh", (1.5, 1.5), 1e-2),
        ("relu", (3.0, 1.5), 0.0),
        ("tanh", (2.0, 0.8), 1e-1),
        pytest.param("tanh", (0.6, 1.5), 1e-3, marks=pytest.mark.slow),
        pytest.param("relu", (1.5, 1.5), 1e-2, marks=pytest.mark.slow),
        pytest.param("tanh", (3.0, 1.5), 0.0, marks=pytest.mark.slow),
        pytest.param("relu", (2.0, 0.8), 1e-1, marks=pytest.mark.slow),
    ],
)
def test_simulation_agrees_within_its_error(
    name: str, psi: tuple[float, float], lam: float
) -> None:
    """Two nonlinearities, below, at and past the threshold: to a few percent already at d = 80."""
    difference, error = off(name, 80, 30, psi, lam)
    assert error.max() < 0.04
    assert np.abs(difference / error).max() < 3.5


def test_what_is_left_shrinks_with_d() -> None:
    """Where it is large: next to the peak, at a small ridge, with three points a dimension."""
    small, large = (
        off("relu", d, draws, (3.0, 3.0), 1e-4)[:, 0] for d, draws in ((16, 100), (64, 30))
    )
    assert abs(small[0]) > 4 * small[1]
    assert abs(large[0]) < abs(small[0]) / 2
