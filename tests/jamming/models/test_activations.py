"""Activations against exact decimal arithmetic and independent quadrature."""

from collections.abc import Callable
from decimal import Decimal, localcontext

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.models.activations import activation, largest, second_moment

pytestmark = pytest.mark.usefixtures("strict_dtypes")

NAMES = ["relu", "tanh", "swish", "linear", "softplus5", "softplus0.5", "softplus20"]
EPS32 = float(np.finfo(np.float32).eps)
ONE = Decimal(1)


def beta_of(name: str) -> Decimal:
    return Decimal(name.removeprefix("softplus"))


def exact(name: str, z: Decimal) -> Decimal:
    """phi(z) in the decimal precision in force."""
    if name == "relu":
        return max(z, Decimal(0))
    if name == "linear":
        return z
    if name == "tanh":
        return 1 - 2 / ((2 * z).exp() + 1)
    if name == "swish":
        return z / (1 + (-z).exp())
    b = beta_of(name)
    return (1 + (b * z).exp()).ln() / b


def exact_difference(name: str, z: float, dz: float) -> float:
    with localcontext() as context:
        context.prec = 80
        start = Decimal(z)
        return float(exact(name, start + Decimal(dz)) - exact(name, start))


def values(name: str, z: np.ndarray) -> np.ndarray:
    """phi(z) in NumPy."""
    if name == "relu":
        return np.maximum(z, 0)
    if name == "linear":
        return z
    if name == "tanh":
        return np.tanh(z)
    if name == "swish":
        return z / (1 + np.exp(-z))
    b = float(beta_of(name))
    return np.logaddexp(0, b * z) / b


def derivatives(name: str, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """phi'(z) and phi''(z), by hand."""
    s = 1 / (1 + np.exp(-z))
    if name == "relu":
        return (z > 0).astype(float), np.zeros_like(z)
    if name == "linear":
        return np.ones_like(z), np.zeros_like(z)
    if name == "tanh":
        t = np.tanh(z)
        return 1 - t**2, -2 * t * (1 - t**2)
    if name == "swish":
        return s + z * s * (1 - s), s * (1 - s) * (2 + z * (1 - 2 * s))
    b = float(beta_of(name))
    sb = 1 / (1 + np.exp(-b * z))
    return sb, b * sb * (1 - sb)


def gauss_hermite(phi: Callable[[np.ndarray], np.ndarray]) -> float:
    nodes, weights = np.polynomial.hermite_e.hermegauss(250)
    return float(weights @ phi(nodes) ** 2 / np.sqrt(2 * np.pi))


@pytest.mark.parametrize("name", NAMES)
def test_values_are_those_of_the_formula(name: str) -> None:
    z = np.linspace(-20, 20, 401)
    np.testing.assert_allclose(
        np.asarray(activation(name)(jnp.asarray(z))), values(name, z), rtol=1e-12, atol=1e-15
    )


@pytest.mark.parametrize("name", NAMES)
def test_normalised_activation_has_unit_second_moment(name: str) -> None:
    phi = activation(name, normalised=True)
    moment = gauss_hermite(lambda z: phi.scale * values(name, z))
    assert moment == pytest.approx(1, abs=2e-5)  # softplus20 has poles at pi / 20
    assert second_moment(phi) == pytest.approx(1, abs=1e-9)
    assert gauss_hermite(lambda z: np.asarray(phi(jnp.asarray(z)))) == pytest.approx(1, abs=2e-5)


def test_scales_are_those_of_the_paper() -> None:
    assert activation("softplus5", normalised=True).scale == pytest.approx(1.40438, abs=1e-5)
    assert activation("relu", normalised=True).scale == pytest.approx(np.sqrt(2), rel=1e-9)
    assert activation("softplus5").scale == activation("relu").scale == 1.0


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@example(z=30.0, exponent=np.log10(0.21), negative=False)
@example(z=30.0, exponent=np.log10(0.21), negative=True)
@example(z=-30.0, exponent=np.log10(31), negative=False)
@example(z=0.0, exponent=-12.0, negative=True)
@example(z=29.0, exponent=-12.0, negative=False)
@given(z=st.floats(-30, 30), exponent=st.floats(-12, 2), negative=st.booleans())
def test_difference_in_float32_is_accurate_relative_to_dz(
    name: str, z: float, exponent: float, negative: bool
) -> None:
    phi = activation(name, normalised=True)
    dz = (-1 if negative else 1) * 10.0**exponent
    z32, dz32 = jnp.float32(z), jnp.float32(dz)
    got = phi.difference(z32, dz32)
    assert got.dtype == jnp.float32
    expected = phi.scale * exact_difference(name, float(z32), float(dz32))
    assert abs(float(got) - expected) <= 16 * EPS32 * abs(float(dz32)) * phi.scale


@pytest.mark.parametrize("name", NAMES)
def test_difference_of_no_change_is_exactly_zero(name: str) -> None:
    for dtype in (jnp.float32, jnp.float64):
        z = jnp.linspace(-30, 30, 101, dtype=dtype)
        assert not np.any(activation(name, normalised=True).difference(z, jnp.zeros_like(z)))


POINTS = [
    (z, dz)
    for z in (-2.3, -0.7, 0.31, 1.9)
    for dz in (-4.0, -0.9, -1e-3, -1e-9, 1e-9, 1e-3, 0.15, 0.9, 4.0)
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("transform", [jax.grad, jax.jacfwd])
def test_derivatives_of_the_difference_are_those_of_phi(name: str, transform: Callable) -> None:
    phi = activation(name, normalised=True)
    z, dz = (jnp.asarray(column) for column in zip(*POINTS, strict=True))
    end, _ = derivatives(name, np.asarray(z + dz))
    start, _ = derivatives(name, np.asarray(z))
    by_z, by_dz = jax.vmap(transform(phi.difference, argnums=(0, 1)))(z, dz)
    np.testing.assert_allclose(by_dz, phi.scale * end, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(by_z, phi.scale * (end - start), rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_derivative_with_respect_to_dz_is_accurate_in_float32(name: str) -> None:
    phi = activation(name, normalised=True)
    z, dz = (jnp.asarray(column, jnp.float32) for column in zip(*POINTS, strict=True))
    end, _ = derivatives(name, np.asarray(z, float) + np.asarray(dz, float))
    by_dz = jax.vmap(jax.grad(phi.difference, argnums=1))(z, dz)
    np.testing.assert_allclose(by_dz, phi.scale * end, rtol=0, atol=1e-5 * phi.scale)


@pytest.mark.parametrize("name", NAMES)
def test_second_derivatives_of_the_difference_are_those_of_phi(name: str) -> None:
    phi = activation(name, normalised=True)
    z, dz = (jnp.asarray(column) for column in zip(*POINTS, strict=True))
    _, end = derivatives(name, np.asarray(z + dz))
    _, start = derivatives(name, np.asarray(z))
    (zz, zd), (dz_z, dd) = jax.vmap(jax.hessian(phi.difference, argnums=(0, 1)))(z, dz)
    for mixed in (zd, dz_z, dd):
        np.testing.assert_allclose(mixed, phi.scale * end, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(zz, phi.scale * (end - start), rtol=1e-8, atol=1e-12)


def test_softplus_alone_means_beta_5() -> None:
    z = jnp.linspace(-3, 3, 50)
    np.testing.assert_array_equal(activation("softplus")(z), activation("softplus5")(z))


def test_equal_names_give_equal_activations() -> None:
    activation.cache_clear()
    first = activation("tanh", normalised=True)
    activation.cache_clear()
    again = activation("tanh", normalised=True)
    assert first == again
    assert hash(first) == hash(again)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "gelu",
        "Relu",
        "softplus0",
        "softplus.",
        "softplus-1",
        "softplus5x",
        "softplusnan",
        "softplus٣",
        "softplus05",
    ],
)
def test_unknown_activations_are_refused(name: str) -> None:
    with pytest.raises(BadInput):
        activation(name)


@pytest.mark.parametrize("beta", [1.0, 5.0])
def test_softplus_in_float64_is_that_of_a_longer_float(beta: float) -> None:
    rng = np.random.default_rng(0)
    z = 3 * rng.standard_normal(4000)
    dz = rng.standard_normal(4000) * 10.0 ** rng.uniform(-12, 1.5, 4000)
    phi = activation(f"softplus{beta:g}")

    def exact(a: np.ndarray) -> np.ndarray:
        return np.logaddexp(np.longdouble(0), beta * a) / beta

    long_z, long_dz = z.astype(np.longdouble), dz.astype(np.longdouble)
    np.testing.assert_allclose(phi(jnp.asarray(z)), exact(long_z).astype(float), rtol=1e-14)
    # where it would cancel in a longer float too: a Taylor series, short of terms in dz^3
    gate = 1 / (1 + np.exp(-beta * long_z))
    series = long_dz * gate * (1 + long_dz * beta * (1 - gate) / 2)
    tiny = np.abs(dz) < 1e-7
    want = np.where(tiny, series, exact(long_z + long_dz) - exact(long_z))
    got = np.asarray(phi.difference(jnp.asarray(z), jnp.asarray(dz)))
    error = np.abs(got - want) / np.abs(dz)
    cancelled = np.finfo(np.longdouble).eps * np.maximum(np.abs(z), 1) / np.abs(dz)
    allowed = 10 * np.finfo(float).eps + np.where(tiny, beta**2 * dz**2, 4 * cancelled)
    assert np.all(error < allowed)


@pytest.mark.parametrize("name", ["relu", "tanh", "swish", "linear", "softplus5"])
def test_numbers_and_lists_are_taken_as_arrays_of_floating_point(name: str) -> None:
    phi, one = activation(name), jnp.ones(())
    for number in (1, 1.0, True, np.float64(1), np.array(1)):
        assert phi(number) == phi(one)
        assert phi.difference(number, 2) == phi.difference(one, 2 * one)
    np.testing.assert_array_equal(phi([1.0, 2]), phi(jnp.array([1.0, 2.0])))
    assert jnp.issubdtype(phi(2).dtype, jnp.floating)


def test_of_equal_ones_the_first_is_the_largest_and_alone_has_the_gradient() -> None:
    z = jnp.array([[1.0, 3.0, 3.0], [-jnp.inf, -2.0, -5.0]])
    np.testing.assert_array_equal(largest(z), [3.0, -2.0])
    slope = jax.jit(jax.grad(lambda z: largest(z) @ jnp.array([1.0, 2.0])))(z)
    np.testing.assert_array_equal(slope, [[0, 1, 0], [0, 2, 0]])
    assert np.isnan(largest(jnp.array([1.0, jnp.nan])))
