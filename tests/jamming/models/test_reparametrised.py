"""The abc family: its named points, its symmetry, and rates of layers as a change of variables."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.dynamics.euler import Euler
from jamming.dynamics.optimiser import adam, sgd
from jamming.dynamics.rkc import RKC
from jamming.execution import vmapped
from jamming.kernels.empirical import ntk
from jamming.models.activations import activation
from jamming.models.networks import CNN, FC, Params
from jamming.models.parametrisation import MFP
from jamming.models.reparametrised import ABC, LayerRates, Reparametrised, abc, alpha_tilde
from jamming.objectives.losses import LOSSES, soft_hinge
from jamming.objectives.predictor import Network, predictor
from jamming.objectives.problem import Problem

H, L, ALPHA, STEP = 9, 3, 0.7, 0.3
PHI = activation("softplus5", normalised=True)
NET = FC(h=H, L=L, activation=PHI)
X = jax.random.normal(jax.random.key(1), (12, 5))
Y = jnp.where(jnp.arange(12) % 2 == 0, 1.0, -1.0)
KEY = jax.random.key(2)

powers = st.tuples(*(st.floats(-1.0, 1.0) for _ in range(L + 1)))


@jax.jit
def downhill(problem: Problem, v: Params, step: jax.Array) -> Params:
    return jax.tree.map(lambda v, g: v - step * g, v, problem.gradient(v).g)


def outputs(net: Network, alpha: float = ALPHA, step: float = STEP, steps: int = 3) -> np.ndarray:
    """F on the data along steps of gradient descent on alpha (f - f0), [steps + 1, P]."""
    problem = Problem(predictor(net, net.init(KEY, X), alpha), soft_hinge(), X, Y)
    v, seen = problem.predictor.start(), []
    for _ in range(steps + 1):
        seen.append(np.asarray(problem.outputs(v)))
        v = downhill(problem, v, jnp.asarray(step))
    return np.stack(seen)


def test_at_ntp_it_is_the_network_itself_to_the_last_bit() -> None:
    net = Reparametrised(NET, abc("ntp", L))
    for a, b in zip(
        jax.tree.leaves(net.init(KEY, X)), jax.tree.leaves(NET.init(KEY, X)), strict=True
    ):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(outputs(net), outputs(NET))


def test_at_mfp_it_is_the_network_in_mfp() -> None:
    np.testing.assert_allclose(
        outputs(Reparametrised(NET, abc("mfp", L))),
        outputs(FC(h=H, L=L, activation=PHI, parametrisation=MFP)),
        rtol=1e-12,
        atol=1e-14,
    )


def test_mup_is_mfp_with_h_times_the_learning_rate() -> None:
    shifted = abc("mfp", L).shifted((-0.5,) * (L + 1))
    mup = abc("mup", L)
    assert (shifted.a, shifted.b) == (mup.a, mup.b)
    assert shifted.c == (1.0,) * (L + 1)
    np.testing.assert_allclose(
        outputs(Reparametrised(NET, mup), step=STEP),
        outputs(Reparametrised(NET, abc("mfp", L)), step=H * STEP),
        rtol=1e-10,
        atol=1e-12,
    )


def test_ntp_at_alpha_is_mfp_at_sqrt_h_alpha_in_h_times_the_time() -> None:
    """F = alpha f with f smaller by sqrt(h); the loss is over alpha^2, larger by h."""
    np.testing.assert_allclose(
        outputs(FC(h=H, L=L, activation=PHI, parametrisation=MFP), ALPHA * H**0.5, H * STEP),
        outputs(NET, ALPHA, STEP),
        rtol=1e-11,
        atol=1e-13,
    )


@settings(max_examples=6, deadline=None)  # each compiles two programs
@given(a=powers, b=powers, c=powers, theta=powers)
def test_the_symmetry_of_the_family_is_exact(
    a: tuple[float, ...], b: tuple[float, ...], c: tuple[float, ...], theta: tuple[float, ...]
) -> None:
    """At the start and after a step; what is compared may be large or small."""
    point = ABC(a, b, c)
    one, two = (
        outputs(Reparametrised(NET, p), 1e-3, 1e-9, 1) for p in (point, point.shifted(theta))
    )
    np.testing.assert_allclose(one, two, rtol=1e-8, atol=1e-12 * np.abs(one).max())


def by_hand(point: ABC, steps: int = 3) -> np.ndarray:
    """F along descent with a rate for each layer, with weights and prefactors as they are named."""
    w0 = NET.init(KEY, X)["params"]
    names = [f"W{i}" for i in range(1, L + 2)]
    w = {n: w0[n] * H**-b for n, b in zip(names, point.b, strict=True)}
    front = {n: H**-a for n, a in zip(names, point.a, strict=True)}
    front["W1"] *= X.shape[1] ** -0.5

    def f(w: Params) -> jax.Array:
        z = X
        for n in names[:-1]:
            z = PHI(front[n] * z @ w[n])
        return (front[names[-1]] * z @ w[names[-1]])[:, 0]

    f0 = f(w)

    def loss(w: Params) -> jax.Array:
        return soft_hinge().mean(ALPHA * (f(w) - f0), Y, jnp.asarray(ALPHA))

    seen = []
    for _ in range(steps + 1):
        seen.append(np.asarray(ALPHA * (f(w) - f0)))
        g = jax.grad(loss)(w)
        w = {n: w[n] - STEP * H**-c * g[n] for n, c in zip(names, point.c, strict=True)}
    return np.stack(seen)


@pytest.mark.parametrize(
    "point",
    [
        abc("ntp", L),
        abc("mup", L),
        abc("standard", L),
        ABC((0.1, 0.4, 0.6, 0.7), (0.2, 0.0, -0.1, 0.1), (0.3, -0.4, 0.0, 0.5)),
    ],
)
def test_layers_learn_at_the_rates_they_are_given(point: ABC) -> None:
    """Against gradient descent with each layer's rate written out."""
    rates = dataclasses.replace(point, c=(0.5, 0.0, -0.5, 0.25))
    for each in (point, rates):
        np.testing.assert_allclose(
            outputs(Reparametrised(NET, each)), by_hand(each), rtol=1e-10, atol=1e-12
        )


def test_its_tangent_kernel_weighs_layers_by_their_rates() -> None:
    slow = ABC((0.0, 0.5, 0.5, 0.5), (0.0,) * 4, (0.0, 2.0, 0.0, 0.0))
    net = Reparametrised(NET, slow)
    w = NET.init(KEY, X)
    of_layer = {
        name: ntk(
            lambda u, x, name=name: NET.apply({"params": w["params"] | {name: u}}, x),
            w["params"][name],
            X,
        )
        for name in w["params"]
    }
    want = sum(theta * (H**-2.0 if name == "W2" else 1.0) for name, theta in of_layer.items())
    np.testing.assert_allclose(ntk(net.apply, net.init(KEY, X), X), want, rtol=1e-10)


def test_differences_do_not_cancel() -> None:
    net = Reparametrised(NET, abc("mup", L))
    v = net.init(KEY, X)
    dv = jax.tree.map(lambda a: 1e-9 * jnp.cos(a), v)
    slope = jax.jvp(lambda v: net.apply(v, X), (v,), (dv,))[1]
    np.testing.assert_allclose(net.difference(v, dv, X), slope, rtol=1e-7)


@pytest.mark.parametrize(("name", "power"), [("ntp", 0.5), ("mfp", 0.0), ("mup", 0.0)])
def test_alpha_tilde(name: str, power: float) -> None:
    assert alpha_tilde(abc(name, 2), 16.0, 3.0) == pytest.approx(3.0 * 16.0**power, rel=1e-14)


def test_what_is_refused() -> None:
    for name in ("a", "b", "c"):
        with pytest.raises(BadInput, match="one number for each"):
            dataclasses.replace(abc("ntp", L), **{name: (0.0,)})
    with pytest.raises(BadInput, match="finite"):
        ABC((0.0, float("nan")), (0.0, 0.0), (0.0, 0.0))
    with pytest.raises(BadInput, match="theta"):
        abc("ntp", L).shifted((0.0,))
    with pytest.raises(BadInput, match="unknown point"):
        abc("nothing", L)
    with pytest.raises(BadInput, match="at least 1"):
        abc("ntp", 0)
    with pytest.raises(BadInput, match="not a whole number"):
        abc("ntp", 2.0)
    with pytest.raises(BadInput, match="bias=False"):
        Reparametrised(NET.clone(bias=True), abc("ntp", L))
    with pytest.raises(BadInput, match="in ntp"):
        Reparametrised(NET.clone(parametrisation=MFP), abc("ntp", L))
    with pytest.raises(BadInput, match="do not fit 4 layers"):
        Reparametrised(NET, abc("ntp", 2))


def by_adam(net: Network, steps: int = 3) -> np.ndarray:
    """F along ADAM, whose rates are those of the network, in one row as in any trajectory."""
    problem = Problem(predictor(net, net.init(KEY, X), ALPHA), LOSSES["square"], X, Y)
    stepper = adam(0.01, max_ticks=99)
    lanes = vmapped.stack([problem])
    state = vmapped.start(stepper, lanes, jnp.stack([KEY]))
    seen = []
    for ticks in range(2, steps + 2):
        state = vmapped.advance(stepper, lanes, state, ticks)
        seen.append(problem.outputs(vmapped.lane(state.v, 0)))
    return np.asarray(seen)


def test_adam_takes_the_rates_of_layers() -> None:
    """Against ADAM of optax with rates, prefactors and weights written out."""
    point = abc("mup", L, "adam")
    names, w0 = [f"W{i}" for i in range(1, L + 2)], NET.init(KEY, X)["params"]
    w = {n: w0[n] * H**-b for n, b in zip(names, point.b, strict=True)}
    # FC itself divides by the roots of the fan-in, d and h
    front = {n: H ** (0.5 * (n != "W1") - a) for n, a in zip(names, point.a, strict=True)}
    rule = optax.adam(0.01)

    def F(w: Params) -> jax.Array:
        return ALPHA * NET.apply({"params": {n: front[n] * w[n] for n in names}}, X)

    start, state, seen = F(w), rule.init(w), []
    for _ in range(3):
        g = jax.grad(lambda w: LOSSES["square"].mean(F(w) - start, Y, ALPHA))(w)
        updates, state = rule.update(g, state)
        w = {n: w[n] + H**-c * updates[n] for n, c in zip(names, point.c, strict=True)}
        seen.append(F(w) - start)
    np.testing.assert_allclose(by_adam(Reparametrised(NET, point)), seen, rtol=1e-8)


def test_with_adam_mfp_and_mup_are_one_point() -> None:
    mfp, mup = (abc(name, L, "adam") for name in ("mfp", "mup"))
    assert mfp.shifted((-0.5,) * (L + 1)) == mup
    # but for the constant in ADAM's denominator
    one, two = (by_adam(Reparametrised(NET, point)) for point in (mfp, mup))
    np.testing.assert_allclose(one, two, rtol=1e-4)


def test_layers_of_any_network_have_rates() -> None:
    """W2 stands still at a rate of h^-99, under SGD and ADAM."""
    powers = (("W1", 0.0), ("W2", 99.0), ("W3", 0.0), ("W4", 0.5))
    net = LayerRates(NET, H, powers)
    w = net.init(KEY, X)
    problem = Problem(predictor(net, w), LOSSES["square"], X, Y)
    for stepper in (sgd(0.1, max_ticks=9, batch=None), adam(0.1, max_ticks=9)):
        state = jax.jit(lambda s=stepper: s.tick(problem, s.init(problem, KEY)))()
        moved = jax.tree.map(lambda a, b: float(jnp.abs(a - b).max()), state.v, w)["params"]
        assert moved["W2"] == 0.0
        assert moved["W1"] > 1e-4
    with pytest.raises(BadInput, match="give one for each"):
        LayerRates(NET, H, powers[:2]).rates(w)


def test_rates_of_adam_are_for_adam() -> None:
    net = Reparametrised(NET, abc("mup", L, "adam"))
    problem = Problem(predictor(net, net.init(KEY, X)), LOSSES["square"], X, Y)
    with pytest.raises(BadInput, match="made for adam"):
        sgd(0.1, max_ticks=9, batch=None).init(problem, KEY)
    for flow in (RKC(9), Euler(9)):
        with pytest.raises(BadInput, match="choose adam"):
            flow.init(problem, KEY)
    with pytest.raises(BadInput, match="unknown optimiser"):
        abc("mup", L, "lion")


def test_convolutions_have_a_width_too() -> None:
    net = CNN(h=4, strides=(2, 2), kernel=3, activation=PHI)
    x = jax.random.normal(KEY, (3, 8, 8, 1))
    one = Reparametrised(net, abc("mfp", 2))
    w = net.init(KEY, x)
    np.testing.assert_allclose(one.apply(one.init(KEY, x), x), net.apply(w, x) / 2, rtol=1e-12)
