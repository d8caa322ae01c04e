"""Prefactors and initial laws of the thesis' Table 1 and of the jamming papers."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.models.activations import activation
from jamming.models.networks import CNN, FC
from jamming.models.parametrisation import INITS, MFP, NTP, parametrisation, plain
from jamming.models.reparametrised import ABC

pytestmark = pytest.mark.usefixtures("strict_dtypes")

KEY = jax.random.key(7)


def weights(name: str, shape: tuple[int, ...]) -> np.ndarray:
    law = {"ntp": NTP, "mfp": MFP}.get(name) or plain(name)
    return np.asarray(law.weights(KEY, shape, jnp.float64))


def test_prefactors_are_those_of_table_1() -> None:
    for fan_in in (1, 10, 784):
        assert NTP.prefactor(fan_in, is_last=False) == pytest.approx(fan_in**-0.5, rel=1e-15)
        assert NTP.prefactor(fan_in, is_last=True) == pytest.approx(fan_in**-0.5, rel=1e-15)
        assert MFP.prefactor(fan_in, is_last=False) == pytest.approx(fan_in**-0.5, rel=1e-15)
        assert MFP.prefactor(fan_in, is_last=True) == pytest.approx(1 / fan_in, rel=1e-15)
        assert plain().prefactor(fan_in, is_last=False) == 1
        assert plain().prefactor(fan_in, is_last=True) == 1


@pytest.mark.parametrize("shape", [(20, 20), (30, 10), (10, 30), (17, 1)])
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_orthogonal_has_orthonormal_rows_or_columns(shape: tuple[int, int], dtype: type) -> None:
    W = np.asarray(plain("orthogonal").weights(KEY, shape, dtype), float)
    n, m = shape
    gram = W.T @ W if n >= m else W @ W.T
    atol = 1e-5 if dtype == jnp.float32 else 1e-13
    np.testing.assert_allclose(gram, np.eye(min(n, m)), atol=atol)


def test_orthogonal_is_the_default_of_plain_and_reaches_the_network() -> None:
    net = FC(parametrisation=parametrisation("plain"), h=12, L=2)
    w = net.init(KEY, jnp.ones((1, 5)))["params"]
    np.testing.assert_allclose(w["W1"] @ w["W1"].T, np.eye(5), atol=1e-13)
    np.testing.assert_allclose(w["W2"] @ w["W2"].T, np.eye(12), atol=1e-13)
    np.testing.assert_allclose(w["W3"].T @ w["W3"], np.eye(1), atol=1e-13)


@pytest.mark.parametrize("shape", [(400, 500), (5, 5, 16, 100)])
def test_uniform_is_bounded_by_inverse_root_of_fan_in(shape: tuple[int, ...]) -> None:
    W = weights("uniform", shape)
    fan_in = int(np.prod(shape[:-1]))
    assert 0.999 * fan_in**-0.5 < np.abs(W).max() <= fan_in**-0.5
    assert W.std() == pytest.approx((3 * fan_in) ** -0.5, rel=0.02)
    assert abs(W.mean()) < 5 * W.std() / np.sqrt(W.size)


def test_uniform_biases_follow_the_law_of_the_weights() -> None:
    B = np.asarray(plain("uniform").biases(KEY, 9, 50_000, jnp.float64))
    assert B.shape == (50_000,)
    assert 0.999 / 3 < np.abs(B).max() <= 1 / 3
    assert B.std() == pytest.approx(27**-0.5, rel=0.02)


@pytest.mark.parametrize("name", ["ntp", "mfp"])
def test_ntp_and_mfp_weights_are_standard_normal(name: str) -> None:
    W = weights(name, (400, 500)).ravel()
    assert abs(W.mean()) < 5 / np.sqrt(W.size)
    assert W.var() == pytest.approx(1, abs=0.02)
    assert np.mean(W**4) == pytest.approx(3, abs=0.1)


def test_plain_normal_has_variance_one_over_fan_in() -> None:
    W = weights("normal", (400, 500)).ravel()
    assert W.std() == pytest.approx(400**-0.5, rel=0.01)
    assert np.mean((W / W.std()) ** 4) == pytest.approx(3, abs=0.1)


@pytest.mark.parametrize("shape", [(300, 600), (5, 5, 8, 40)])
def test_xavier_is_uniform_with_variance_two_over_both_fans(shape: tuple[int, ...]) -> None:
    W = weights("xavier", shape)
    field = int(np.prod(shape[:-2]))
    bound = np.sqrt(6 / (field * (shape[-2] + shape[-1])))
    assert 0.999 * bound < np.abs(W).max() <= bound
    assert W.std() == pytest.approx(bound / np.sqrt(3), rel=0.02)


@pytest.mark.parametrize("law", [NTP, MFP, plain("orthogonal"), plain("xavier"), plain("normal")])
def test_biases_start_at_zero(law: object) -> None:
    w = FC(parametrisation=law, bias=True, h=6, L=2).init(KEY, jnp.ones((1, 4)))["params"]
    assert all(not np.any(w[f"B{i}"]) for i in (1, 2, 3))


@pytest.mark.parametrize("name", ["relu", "softplus5"])
def test_ntp_preactivations_have_unit_second_moment_at_every_layer(name: str) -> None:
    d, h, L, P = 40, 800, 4, 20
    phi = activation(name, normalised=True)
    x = np.random.default_rng(0).normal(size=(P, d))
    x *= np.sqrt(d) / np.linalg.norm(x, axis=1, keepdims=True)
    w = jax.jit(FC(activation=phi, h=h, L=L).init)(KEY, jnp.asarray(x))["params"]
    z = x
    for i in range(1, L + 1):
        a = z @ np.asarray(w[f"W{i}"]) / np.sqrt(z.shape[1])
        assert np.mean(a**2) == pytest.approx(1, abs=0.15)
        z = np.asarray(phi(jnp.asarray(a)))


def test_ntp_outputs_have_unit_second_moment() -> None:
    net = FC(activation=activation("softplus5", normalised=True), h=100, L=2)
    x = jnp.asarray(np.random.default_rng(0).choice([-1.0, 1.0], size=(1, 20)))

    def output(key: jax.Array) -> jax.Array:
        return net.apply(net.init(key, x), x)

    outputs = jax.jit(jax.vmap(output))(jax.random.split(KEY, 500))
    assert np.mean(np.square(outputs)) == pytest.approx(1, abs=0.25)


def test_initial_laws_of_a_cnn_see_the_whole_filter() -> None:
    net = CNN(parametrisation=plain("uniform"), h=16, strides=(2, 1), bias=True)
    w = jax.jit(net.init)(KEY, jnp.ones((1, 28, 28, 3)))["params"]
    for name, fan_in in (("1", 75), ("2", 400), ("3", 16)):
        W, B = np.asarray(w[f"W{name}"]), np.asarray(w[f"B{name}"])
        assert 0.7 * fan_in**-0.5 < np.abs(W).max() <= fan_in**-0.5
        assert 0 < np.abs(B).max() <= fan_in**-0.5


def test_names_are_those_of_the_papers() -> None:
    assert parametrisation("ntp") == NTP
    assert parametrisation("mfp") == MFP
    for init in INITS:
        assert parametrisation("plain", init) == plain(init)
        assert parametrisation("ntp", init) == NTP


@pytest.mark.usefixtures("unannotated")
def test_powers_of_the_width_are_tuples_of_numbers() -> None:
    powers: Any = ([0, 0.5], np.zeros(2), [0, 0])
    assert hash(ABC(*powers)) == hash(ABC((0.0, 0.5), (0.0, 0.0), (0.0, 0.0)))


@pytest.mark.parametrize(("name", "init"), [("NTP", "orthogonal"), ("", "uniform"), ("plain", "x")])
def test_unknown_names_are_refused(name: str, init: str) -> None:
    with pytest.raises(BadInput):
        parametrisation(name, init)
