"""The infinite-width kernels: identities, direct integrals, and the limit of wide networks."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate

from jamming.checks.errors import BadInput
from jamming.kernels import analytic
from jamming.kernels.analytic import nngp_ntk
from jamming.kernels.empirical import ntk
from jamming.models.activations import Activation, activation
from jamming.models.networks import FC

pytestmark = pytest.mark.usefixtures("strict_dtypes")

KEY = jax.random.key(11)
RNG = np.random.default_rng(2)
D = 6
X = RNG.normal(size=(5, D))
SPHERE = jnp.asarray(X / np.linalg.norm(X, axis=1, keepdims=True) * D**0.5)
UNEQUAL = jnp.asarray(X * np.array([[0.3], [1.0], [0.7], [1.6], [1.0]]))
OTHER = jnp.asarray(RNG.normal(size=(3, D)))


def phi(name: str) -> Activation:
    return activation(name, normalised=True)


def slope(f: Activation) -> Callable[[jax.Array], jax.Array]:
    return jax.vmap(jax.grad(f))


def test_normalised_relu_on_the_sphere_keeps_its_variance() -> None:
    """E[phi^2] = E[phi'^2] = 1, so that S(x, x) = 1 and each layer adds 1 (2 with a bias)."""
    for L in (1, 2, 5):
        for bias in (False, True):
            nngp, theta = nngp_ntk(phi("relu"), L, SPHERE, bias=bias)
            np.testing.assert_allclose(np.diag(nngp), 1, rtol=1e-14)
            np.testing.assert_allclose(np.diag(theta), (L + 1) * (2 if bias else 1), rtol=1e-14)


def test_one_hidden_layer_of_relu_by_hand() -> None:
    """Orthogonal points: S = 1/pi, T = S + 0 * 1/2; opposite ones: 0, and T = 0."""
    x = D**0.5 * jnp.asarray(np.eye(D)[:2])
    nngp, theta = nngp_ntk(phi("relu"), 1, jnp.concatenate([x, -x[:1]]))
    np.testing.assert_allclose(nngp[0], [1, 1 / np.pi, 0], atol=1e-15)
    np.testing.assert_allclose(theta[0], [2, 1 / np.pi, 0], atol=1e-15)


def test_relu_scales_with_the_norms() -> None:
    scales = np.array([0.3, 1.0, 0.7, 1.6, 1.0])
    for got, on_sphere in zip(
        nngp_ntk(phi("relu"), 3, jnp.asarray(scales[:, None] * SPHERE)),
        nngp_ntk(phi("relu"), 3, SPHERE),
        strict=True,
    ):
        np.testing.assert_allclose(got, np.outer(scales, scales) * on_sphere, rtol=1e-12)


def test_a_linear_network() -> None:
    for L in (1, 4):
        nngp, theta = nngp_ntk(activation("linear"), L, UNEQUAL, OTHER)
        S = UNEQUAL @ OTHER.T / D
        np.testing.assert_allclose(nngp, S, rtol=1e-9)
        np.testing.assert_allclose(theta, (L + 1) * S, rtol=1e-9)


@pytest.mark.parametrize("name", ["softplus5", "tanh", "swish"])
@pytest.mark.parametrize("x", [SPHERE, UNEQUAL], ids=["sphere", "unequal"])
def test_one_layer_against_a_direct_double_integral(name: str, x: jax.Array) -> None:
    f, df = phi(name), slope(phi(name))
    nngp, theta = nngp_ntk(f, 1, x[:3])
    S = np.asarray(x[:3] @ x[:3].T) / D
    s, step = np.linspace(-9, 9, 401, retstep=True)
    weight = np.outer(*[step * np.exp(-(s**2) / 2) / (2 * np.pi) ** 0.5] * 2)
    for i in range(3):
        for j in range(i + 1):
            r = np.clip(S[i, j] / np.sqrt(S[i, i] * S[j, j]), -1, 1)
            u = jnp.asarray(S[i, i] ** 0.5 * np.repeat(s[:, None], len(s), 1))
            v = r * s[:, None] + (1 - r**2) ** 0.5 * s[None]
            v = jnp.asarray(S[j, j] ** 0.5 * v)
            values = float(jnp.sum(weight * f(u) * f(v)))
            slopes = float(jnp.sum(weight.ravel() * df(u.ravel()) * df(v.ravel())))
            assert nngp[i, j] == pytest.approx(values, rel=1e-8, abs=1e-9)
            assert theta[i, j] == pytest.approx(values + S[i, j] * slopes, rel=1e-8, abs=1e-9)


def test_one_value_against_adaptive_quadrature() -> None:
    f = phi("softplus5")
    x = jnp.asarray([[1.3, 0.0], [0.4, 0.9]]) * 2**0.5
    nngp = nngp_ntk(f, 1, x).nngp

    def softplus(z: float) -> float:
        return f.scale * np.logaddexp(0, 5 * z) / 5

    def integrand(t: float, s: float) -> float:
        u, v = 1.3 * s, 0.4 * s + 0.9 * t
        return softplus(u) * softplus(v) * np.exp(-(s**2 + t**2) / 2) / (2 * np.pi)

    expected, _ = integrate.dblquad(integrand, -9, 9, -9, 9, epsabs=1e-10, epsrel=1e-10)
    assert float(nngp[0, 1]) == pytest.approx(expected, rel=1e-8)


def test_sharp_softplus_tends_to_relu() -> None:
    """Away from coincident points the two kernels differ by O(1 / beta^2)."""
    relu = nngp_ntk(activation("relu"), 1, SPHERE, OTHER)
    gaps = []
    for beta in (5, 10, 20):
        soft = nngp_ntk(activation(f"softplus{beta}"), 1, SPHERE, OTHER)
        gaps.append([np.abs(a - b).max() for a, b in zip(soft, relu, strict=True)])
    np.testing.assert_allclose(np.log2(np.divide(gaps[:-1], gaps[1:])), 2, atol=0.3)


@pytest.mark.parametrize(
    ("name", "L", "bias"),
    [
        *[("relu", 1, False), ("relu", 2, True), ("softplus5", 2, False), ("tanh", 1, True)],
        pytest.param("relu", 3, False, marks=pytest.mark.slow),
        pytest.param("softplus5", 2, True, marks=pytest.mark.slow),
        pytest.param("tanh", 2, False, marks=pytest.mark.slow),
    ],
)
def test_wide_networks_tend_to_it(name: str, L: int, bias: bool) -> None:
    """A network's kernels fluctuate by h^-1/2 around the limit (the bias falls faster).

    The NNGP is compared with phi(a^L) . phi(a^L) / h, the covariance of f over the last layer's
    weights, which is the tangent kernel of these weights alone.
    """
    x = UNEQUAL
    limit = np.stack(nngp_ntk(phi(name), L, x, bias=bias))
    size = np.sqrt(np.mean(limit**2, axis=(1, 2)))
    widths, seeds = np.array([32, 128]), 640
    deviations, last = [], f"W{L + 1}"
    for h in widths:
        net = FC(h=int(h), L=L, activation=phi(name), bias=bias)

        @jax.jit
        def kernels(keys: jax.Array, net: FC = net) -> jax.Array:
            def one(key: jax.Array) -> jax.Array:
                w = net.init(key, x)

                def f(read_out: jax.Array, x: jax.Array) -> jax.Array:
                    return net.apply({"params": {**w["params"], last: read_out}}, x)

                return jnp.stack([ntk(f, w["params"][last], x), ntk(net.apply, w, x)])

            return jax.lax.map(one, keys)

        found = np.asarray(kernels(jax.random.split(KEY, seeds)))
        deviations.append(np.sqrt(np.mean((found - limit) ** 2, axis=(0, 2, 3))) / size)
        mean = np.sqrt(np.mean((found.mean(axis=0) - limit) ** 2, axis=(1, 2))) / size
    slopes = np.polyfit(np.log(widths), np.log(deviations), 1)[0]
    np.testing.assert_allclose(slopes, -0.5, atol=0.08)
    # the average over seeds is closer by their square root: there is no offset. The entries of a
    # kernel fluctuate together, so this is one normal deviate, not the mean of many.
    assert np.all(mean < 4.5 * deviations[-1] / seeds**0.5)


@pytest.mark.parametrize("name", ["relu", "softplus5"])
def test_it_is_positive_and_the_same_from_either_side(name: str) -> None:
    for k, across in zip(
        nngp_ntk(phi(name), 2, SPHERE), nngp_ntk(phi(name), 2, SPHERE, SPHERE), strict=True
    ):
        np.testing.assert_allclose(k, k.T, rtol=1e-13)
        assert np.linalg.eigvalsh(k)[0] > 0
        np.testing.assert_allclose(across, k, rtol=1e-7)
    a = nngp_ntk(phi(name), 2, UNEQUAL, OTHER)
    b = nngp_ntk(phi(name), 2, OTHER, UNEQUAL)
    for k, across in zip(a, b, strict=True):
        np.testing.assert_allclose(k, across.T, rtol=1e-11)


@pytest.mark.parametrize("name", ["relu", "softplus5", "tanh"])
def test_a_point_at_the_origin(name: str) -> None:
    """By a small point in its stead, and (relu) by JAX's choice of the slope at 0."""
    x = jnp.concatenate([jnp.zeros((1, D)), SPHERE])
    nngp, theta = nngp_ntk(phi(name), 2, x, bias=True)
    near_nngp, near = nngp_ntk(phi(name), 2, x.at[0, 0].set(1e-7), bias=True)
    np.testing.assert_allclose(nngp, near_nngp, atol=1e-6)
    if name == "relu":
        np.testing.assert_array_equal(theta[0], np.ones(6))  # the bias of the last layer alone
    else:
        np.testing.assert_allclose(theta, near, atol=1e-6)


def test_float32() -> None:
    for name in ("relu", "softplus5"):
        low = nngp_ntk(phi(name), 3, SPHERE.astype(jnp.float32))
        for k, expected in zip(low, nngp_ntk(phi(name), 3, SPHERE), strict=True):
            assert k.dtype == jnp.float32
            np.testing.assert_allclose(k, expected, rtol=1e-4)


def test_the_terms_left_out_are_few() -> None:
    a, moment = analytic._series(phi("softplus5"), False, jnp.ones(1))
    assert a.shape[1] <= 256
    assert float(moment[0]) == pytest.approx(1, rel=1e-10)


def test_bad_input_says_what_to_do() -> None:
    with pytest.raises(BadInput, match="L = 0 is too small"):
        nngp_ntk(phi("relu"), 0, SPHERE)
    with pytest.raises(BadInput, match="too sharp"):
        nngp_ntk(activation("softplus10000"), 1, SPHERE)
    with pytest.raises(BadInput, match="at least one point"):
        nngp_ntk(phi("relu"), 1, SPHERE[:0])


@pytest.mark.parametrize("scale", [1.0, 1e-9, 1e-12, 1e10, 1e12])
def test_in_single_precision_relu_is_homogeneous_at_any_scale(scale: float) -> None:
    x = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)
    s = np.float32(scale)
    nngp, theta = (np.asarray(k) / s / s for k in nngp_ntk(activation("relu"), 2, x * s))
    np.testing.assert_allclose(theta[0, :3], [0.1112, 0.1409, 0.0461], atol=1e-4)
    np.testing.assert_allclose(nngp, nngp_ntk(activation("relu"), 2, x).nngp, rtol=1e-4)


def test_in_single_precision_small_points_are_told_apart() -> None:
    s = np.float32(1e-10)
    x = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32) * s
    with_bias = nngp_ntk(activation("relu"), 2, x, bias=True).ntk[0, :3]
    np.testing.assert_allclose(with_bias, [1.75, 1.49, 1.32], atol=0.01)
    smooth = np.asarray(nngp_ntk(activation("tanh"), 2, x).ntk[0, :3]) / s / s
    np.testing.assert_allclose(smooth, [0.445, 0.650, -0.557], atol=2e-3)
