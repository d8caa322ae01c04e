"""The predictor alpha (f(w0 + dw) - f(w0)): precision, the start, and what may be put in it."""

import functools
import math
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.models.activations import activation
from jamming.models.networks import CNN, FC
from jamming.models.parametrisation import MFP, plain
from jamming.objectives.losses import soft_hinge
from jamming.objectives.predictor import Linearised, Plain, Scaled, predictor
from jamming.objectives.problem import Problem

pytestmark = pytest.mark.usefixtures("strict_dtypes")

KEY = jax.random.key(11)
ALPHAS = [1e-5, 1e-2, 1.0, 1e2, 1e4, 1e6]
NAMES = ["relu", "tanh", "swish", "linear", "softplus5"]


def fc(name: str) -> FC:
    return FC(activation=activation(name, normalised=True), h=40, L=3)


NETWORKS = {name: fc(name) for name in NAMES} | {
    "biased": FC(activation=activation("softplus5", normalised=True), h=40, L=2, bias=True),
    "mfp": FC(activation=activation("softplus5"), parametrisation=MFP, h=40, L=2),
    "plain": FC(parametrisation=plain(), h=30, L=2, bias=True, c=3),
    "cnn": CNN(
        activation=activation("softplus5", normalised=True),
        h=4,
        strides=(2, 1),
        kernel=3,
        bias=True,
    ),
}


def inputs(name: str) -> np.ndarray:
    shape = (6, 8, 7, 2) if name == "cnn" else (20, 10)
    return np.random.default_rng(5).normal(size=shape)


@functools.cache
def initial(name: str, dtype: type = jnp.float64) -> dict:
    return jax.jit(NETWORKS[name].init)(KEY, jnp.asarray(inputs(name), dtype))


def gaussian_like(tree: dict, scale: float, seed: int) -> dict:
    rng = np.random.default_rng(seed)
    return jax.tree.map(
        lambda leaf: jnp.asarray(scale * rng.normal(size=leaf.shape), leaf.dtype), tree
    )


def upcast(tree: dict) -> dict:
    return jax.tree.map(lambda leaf: leaf.astype(jnp.float64), tree)


def relative(a: jax.Array, b: jax.Array) -> float:
    a, b = np.asarray(a, float), np.asarray(b, float)
    return float(np.linalg.norm(a - b) / np.linalg.norm(b))


def flat(tree: dict) -> np.ndarray:
    return np.concatenate([np.ravel(np.asarray(leaf, float)) for leaf in jax.tree.leaves(tree)])


@pytest.mark.parametrize("name", NETWORKS)
def test_float32_agrees_with_float64_at_every_alpha(name: str) -> None:
    net, x = NETWORKS[name], jnp.asarray(inputs(name), jnp.float32)
    x64 = x.astype(jnp.float64)
    w0 = initial(name, jnp.float32)
    weight = jnp.asarray(
        np.random.default_rng(2).normal(size=jax.eval_shape(net.apply, w0, x).shape)
    )

    @functools.partial(jax.jit, static_argnums=2)
    def in_float32(dw: dict, alpha: jax.Array, careful: bool) -> tuple[jax.Array, dict]:
        F = Scaled(net, w0, alpha, careful=careful)
        pull = jax.grad(lambda v: jnp.sum(weight.astype(jnp.float32) * F(v, x)))
        return F(dw, x), pull(dw)

    @jax.jit
    def in_float64(dw: dict, alpha: jax.Array) -> tuple[jax.Array, dict]:
        start = upcast(w0)

        def F(dw: dict) -> jax.Array:
            moved = jax.tree.map(jnp.add, start, dw)
            return alpha * (net.apply(moved, x64) - net.apply(start, x64))

        return F(dw), jax.grad(lambda v: jnp.sum(weight * F(v)))(dw)

    for alpha in ALPHAS:
        dw = gaussian_like(w0, min(1.0, 1 / alpha), seed=3)
        careful = predictor(net, w0, alpha).careful
        F, gradient = in_float32(dw, jnp.float32(alpha), careful)
        assert F.dtype == jnp.float32
        F64, gradient64 = in_float64(upcast(dw), jnp.float64(jnp.float32(alpha)))
        assert relative(F, F64) < 1e-5, alpha
        assert relative(flat(gradient), flat(gradient64)) < 1e-5, alpha


# phi and its slope in the precision of z
EXACT: dict[str, tuple[Any, Any]] = {
    "relu": (lambda z: np.maximum(z, 0), lambda z: np.where(z > 0, 1.0, 0.0)),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "linear": (lambda z: z, np.ones_like),
    "softplus5": (lambda z: np.logaddexp(0, 5 * z) / 5, lambda z: 1 / (1 + np.exp(-5 * z))),
}


def in_long_double(net: FC, w: list, x: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, list]:
    """f(w, x), and the gradient of weight . f, by hand in 80 bits."""
    phi, slope = EXACT[net.activation.name]
    scale, layers = np.longdouble(net.activation.scale), net.prefactors(x.shape[1])
    z, a = [x], []
    for c, W in zip(layers, w, strict=True):
        a.append(np.longdouble(c) * z[-1] @ W)
        z.append(scale * phi(a[-1]))
    g, gradient = weight[:, None], []
    for i in reversed(range(len(w))):
        g = np.longdouble(layers[i]) * (g if i == len(w) - 1 else g * scale * slope(a[i]))
        gradient.append(z[i].T @ g)
        g = g @ w[i].T
    return a[-1][:, 0], gradient[::-1]


@pytest.mark.skipif(np.finfo(np.longdouble).eps > 1e-18, reason="long doubles have no 80 bits here")
@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize(("dtype", "bound"), [(jnp.float64, 1e-9), (jnp.float32, 1e-5)])
def test_either_form_agrees_with_a_higher_precision(name: str, dtype: Any, bound: float) -> None:
    """Up to alpha = 1e6 in float64 two evaluations suffice, which is what makes it fast."""
    net, x = NETWORKS[name], jnp.asarray(inputs(name), dtype)
    w0, weight = initial(name, dtype), np.random.default_rng(2).normal(size=len(x))

    @jax.jit
    def found(F: Scaled, dw: dict) -> tuple[jax.Array, dict]:
        on = Problem(F, soft_hinge(), x, x[:, 0]).anchored()
        pull = jax.grad(lambda v: jnp.sum(jnp.asarray(weight, dtype) * on.outputs(v)))
        return on.outputs(dw), pull(dw)

    def long(tree: dict) -> list:
        leaves = tree["params"]
        return [np.asarray(leaves[f"W{i}"], np.longdouble) for i in range(1, len(leaves) + 1)]

    for alpha in ALPHAS:
        dw = gaussian_like(w0, min(1.0, 1 / alpha), seed=3)
        F = predictor(net, w0, alpha)
        assert F.careful == (dtype == jnp.float32 and alpha > 4)
        got, gradient = found(F, dw)
        x_long, alpha_long = np.asarray(x, np.longdouble), np.longdouble(float(F.alpha))
        moved = [a + b for a, b in zip(long(w0), long(dw), strict=True)]
        after, expected = in_long_double(net, moved, x_long, weight.astype(np.longdouble))
        before, _ = in_long_double(net, long(w0), x_long, weight.astype(np.longdouble))
        assert relative(got, alpha_long * (after - before)) < bound, alpha
        rows = np.concatenate([np.ravel(alpha_long * g).astype(float) for g in expected])
        assert relative(flat(gradient), rows) < bound, alpha


@pytest.mark.parametrize("name", ["softplus5", "relu", "cnn"])
def test_plain_subtraction_in_float32_would_fail(name: str) -> None:
    """Why `difference` exists: at alpha = 1e6 what is left of f - f0 is mostly rounding."""
    net, alpha, x = NETWORKS[name], 1e6, jnp.asarray(inputs(name), jnp.float32)
    w0 = initial(name, jnp.float32)
    dw = gaussian_like(w0, 1 / alpha, seed=3)

    def subtracted(w0: dict, dw: dict, x: jax.Array) -> jax.Array:
        return alpha * (net.apply(jax.tree.map(jnp.add, w0, dw), x) - net.apply(w0, x))

    naive = jax.jit(subtracted)(w0, dw, x)
    exact = jax.jit(subtracted)(upcast(w0), upcast(dw), x.astype(jnp.float64))
    assert relative(naive, exact) > 1e-2
    assert relative(predictor(net, w0, alpha)(dw, x), exact) < 1e-5


@pytest.mark.parametrize("name", NETWORKS)
def test_training_starts_at_exactly_zero(name: str) -> None:
    net = NETWORKS[name]
    for dtype in (jnp.float32, jnp.float64):
        x = jnp.asarray(inputs(name), dtype)
        F = predictor(net, initial(name, dtype), 1e6)
        assert not np.any(jax.jit(lambda F, x: F(F.start(), x))(F, x))


@pytest.mark.parametrize("alpha", ALPHAS)
def test_initial_loss_times_alpha_squared_is_the_soft_hinge_of_the_margin(alpha: float) -> None:
    net, x = NETWORKS["softplus5"], jnp.asarray(inputs("softplus5"))
    F = predictor(net, initial("softplus5"), alpha)
    y = jnp.asarray(np.sign(np.random.default_rng(0).normal(size=20)))
    at = jax.jit(Problem.gradient)(Problem(F, soft_hinge(), x, y), F.start())
    expected = math.log1p(math.exp(20)) / 20
    assert alpha**2 * float(at.loss) == pytest.approx(expected, rel=1e-13)
    assert int(at.unsatisfied) == 20


@pytest.mark.parametrize("name", ["relu", "cnn", "plain"])
def test_difference_adds_up_along_a_path(name: str) -> None:
    """f(w + a + b) - f(w) = [f(w + a + b) - f(w + a)] + [f(w + a) - f(w)]."""
    net, x = NETWORKS[name], jnp.asarray(inputs(name))
    w = initial(name)
    a, b = gaussian_like(w, 0.7, seed=1), gaussian_like(w, 1.3, seed=2)
    both, middle = jax.tree.map(jnp.add, a, b), jax.tree.map(jnp.add, w, a)
    difference = jax.jit(net.difference)
    parts = difference(middle, b, x) + difference(w, a, x)
    np.testing.assert_allclose(parts, difference(w, both, x), rtol=1e-10, atol=1e-10)


class Foreign(nn.Module):
    """A module that knows nothing of `difference`."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        z = nn.tanh(nn.Dense(30, param_dtype=jnp.float64)(x))
        return nn.Dense(1, param_dtype=jnp.float64)(z)[:, 0]


def test_a_foreign_module_works_in_float64() -> None:
    net, x = Foreign(), jnp.asarray(inputs("foreign"))
    w0 = net.init(KEY, x)
    F = predictor(net, w0, 100.0)
    assert not np.any(F(F.start(), x))
    dw = gaussian_like(w0, 0.01, seed=4)
    p, q = w0["params"], dw["params"]

    def by_hand(moved: float) -> np.ndarray:
        W1, B1, W2, B2 = (
            np.asarray(p[layer][leaf] + moved * q[layer][leaf])
            for layer in ("Dense_0", "Dense_1")
            for leaf in ("kernel", "bias")
        )
        return (np.tanh(np.asarray(x) @ W1 + B1) @ W2 + B2)[:, 0]

    np.testing.assert_allclose(F(dw, x), 100 * (by_hand(1) - by_hand(0)), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("careful", [True, False])
@pytest.mark.parametrize("name", [*NETWORKS, "foreign"])
def test_what_is_anchored_is_the_same(name: str, careful: bool) -> None:
    net: Any = Foreign() if name == "foreign" else NETWORKS[name]
    x = jnp.asarray(inputs(name))
    w0 = net.init(KEY, x) if name == "foreign" else initial(name)
    F, dw = predictor(net, w0, 3.0, careful=careful), gaussian_like(w0, 0.3, seed=1)
    e = jnp.asarray(np.random.default_rng(3).normal(size=F(dw, x).shape))

    @jax.jit
    def both(dw: dict) -> Any:
        anchor = F.anchor(x)
        (one, pull), (two, pull_too) = F.vjp(dw, x), F.vjp(dw, x, anchor)
        return anchor, (one, pull(e)), (two, pull_too(e))

    anchor, (one, g), (two, g_too) = both(dw)
    assert isinstance(anchor, tuple) == (careful and name != "foreign")
    np.testing.assert_allclose(two, one, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(flat(g_too), flat(g), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("careful", [True, False])
def test_an_anchor_of_other_points_is_refused(careful: bool) -> None:
    x = jnp.asarray(inputs("tanh"))
    F = predictor(NETWORKS["tanh"], initial("tanh"), 3.0, careful=careful)
    for few in (x[:1], x[:2]):
        with pytest.raises(BadInput, match="an anchor of 20 points"):
            F(F.start(), few, F.anchor(x))


@pytest.mark.parametrize("careful", ["yes", math.nan, 1.5])
def test_careful_is_yes_or_no(careful: Any) -> None:
    with pytest.raises(BadInput, match="careful"):
        predictor(NETWORKS["tanh"], initial("tanh"), 3.0, careful=careful)


def test_a_difference_of_ones_own_is_taken_as_it_is() -> None:
    """One without `anchors`, as that of a network linear in its weights."""
    w0, x = initial("tanh"), jnp.asarray(inputs("tanh"))
    F = predictor(Linearised(NETWORKS["tanh"], w0), w0, 2.0)
    assert F.anchor(x) is None
    on = Problem(F, soft_hinge(), x, jnp.sign(x[:, 0]))
    assert on.anchored().anchor is None


def test_alpha_and_w0_are_leaves_that_can_be_vmapped() -> None:
    net, x = NETWORKS["tanh"], jnp.asarray(inputs("tanh"))
    w0s = jax.vmap(lambda key: net.init(key, x))(jax.random.split(KEY, 2))
    alphas = jnp.asarray([0.1, 10.0])
    dw = gaussian_like(initial("tanh"), 0.3, seed=1)
    together = jax.vmap(lambda F: F(dw, x))(Scaled(net, w0s, alphas))
    for i in range(2):
        alone = predictor(net, jax.tree.map(lambda leaf, i=i: leaf[i], w0s), float(alphas[i]))
        np.testing.assert_allclose(together[i], alone(dw, x), rtol=1e-12)


def test_without_alpha_the_network_itself_is_learnt() -> None:
    net, x = NETWORKS["tanh"], jnp.asarray(inputs("tanh"))
    w0 = initial("tanh")
    F = predictor(net, w0)
    assert isinstance(F, Plain)
    assert float(F.alpha) == 1
    jax.tree.map(np.testing.assert_array_equal, F.start(), w0)
    np.testing.assert_array_equal(F(F.start(), x), net.apply(w0, x))


def test_weights_are_the_start_plus_the_variable() -> None:
    net, x = NETWORKS["tanh"], jnp.asarray(inputs("tanh"))
    w0 = initial("tanh")
    dw = gaussian_like(w0, 0.3, seed=1)
    w = predictor(net, w0, 2.5).weights(dw)
    np.testing.assert_allclose(flat(w), flat(w0) + flat(dw), rtol=1e-15)
    F = 2.5 * (net.apply(w, x) - net.apply(w0, x))
    np.testing.assert_allclose(predictor(net, w0, 2.5)(dw, x), F, rtol=1e-10, atol=1e-12)
    jax.tree.map(np.testing.assert_array_equal, predictor(net, w0).weights(dw), dw)


@pytest.mark.parametrize("alpha", [0.0, -1.0, math.nan, math.inf, -math.inf])
def test_alpha_must_be_positive_and_finite(alpha: float) -> None:
    net, x = FC(h=2, L=1), jnp.ones((1, 2))
    with pytest.raises(BadInput):
        predictor(net, net.init(KEY, x), alpha)


@pytest.mark.parametrize("alpha", [None, 2.0])
def test_weights_of_different_precision_are_brought_to_the_widest(alpha: float | None) -> None:
    w0 = {"params": {"a": jnp.ones((2, 3), jnp.float32), "b": jnp.full((3,), 0.1, jnp.float64)}}
    F = predictor(nn.Dense(1), w0, alpha)
    assert {leaf.dtype for leaf in jax.tree.leaves((F.w0, F.start(), F.alpha))} == {
        np.dtype("float64")
    }
    jax.tree.map(np.testing.assert_array_equal, F.w0, w0)


@pytest.mark.parametrize("kind", ["int32", "complex64", "float16", "bfloat16", None])
def test_weights_that_no_gradient_moves_are_refused(kind: str | None) -> None:
    w0 = {} if kind is None else {"a": jnp.ones(2), "b": jnp.ones(2, kind)}
    with pytest.raises(BadInput, match="parameters of" if kind else "no parameters"):
        predictor(nn.Dense(1), {"params": w0})


@pytest.mark.parametrize("name", ["tanh", "plain"])
def test_linearised_network_is_the_jacobian_times_the_weights(name: str) -> None:
    net, x = NETWORKS[name], jnp.asarray(inputs(name))
    w1 = initial(name)
    w, dw = gaussian_like(w1, 1.0, seed=8), gaussian_like(w1, 1.0, seed=9)
    J = jax.jit(jax.jacobian(lambda w: net.apply(w, x)))(w1)

    def product(v: dict) -> np.ndarray:
        terms = jax.tree.map(lambda j, v: jnp.tensordot(j, v, v.ndim), J, v)
        return np.asarray(sum(jax.tree.leaves(terms)))

    linear = Linearised(net, w1)
    np.testing.assert_allclose(linear.apply(w, x), product(w), rtol=1e-10, atol=1e-12)
    for at in (w, w1):
        np.testing.assert_allclose(
            linear.difference(at, dw, x), product(dw), rtol=1e-10, atol=1e-12
        )
    jax.tree.map(np.testing.assert_array_equal, linear.init(KEY, x), w1)
