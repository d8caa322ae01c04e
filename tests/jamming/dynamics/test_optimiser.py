"""ADAM and SGD as steppers, against their update rules written out."""

import functools
import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import optax.contrib
import pytest

from jamming.checks.errors import BadInput
from jamming.dynamics.optimiser import FLOOR, Optimiser, OptimiserState, adam, sgd, staircase
from jamming.models.activations import activation
from jamming.models.networks import FC
from jamming.models.reparametrised import Reparametrised, abc
from jamming.objectives.losses import LOSSES, loss_named, quadratic_hinge, soft_hinge
from jamming.objectives.predictor import predictor
from jamming.objectives.problem import Problem, Result

KEY = jax.random.key(21)
RNG = np.random.default_rng(3)
X = RNG.normal(size=(8, 3))
Y = np.where(RNG.random(8) < 0.5, 1.0, -1.0)
ONE_UNIT = FC(activation=activation("linear"), h=1, L=1)


@functools.cache
def start_of(net: FC) -> Any:
    return jax.jit(net.init)(jax.random.key(0), jnp.asarray(X))


def on_net(P: int = 8, alpha: float | None = None) -> Problem:
    net = FC(activation=activation("tanh"), h=4, L=2)
    x, y = jnp.asarray(X[:P]), jnp.asarray(Y[:P])
    w0 = start_of(net)
    return Problem(predictor(net, w0, alpha), quadratic_hinge(1.0), x, y)


def flat(v: Any) -> np.ndarray:
    return np.concatenate([np.ravel(np.asarray(leaf)) for leaf in jax.tree.leaves(v)])


def states(stepper: Optimiser, on: Problem, n: int, key: Any = KEY) -> list[OptimiserState]:
    """The start and the states after each of n ticks."""
    tick = jax.jit(stepper.tick)
    out = [jax.jit(stepper.init)(on, key)]
    for _ in range(n):
        out.append(tick(on, out[-1]))
    return out


def of_each_datum(on: Problem) -> Callable[[Any], np.ndarray]:
    """The gradients of the data taken one by one, in rows."""

    @jax.jit
    def gradients(v: Any) -> Any:
        def one(x: jax.Array, y: jax.Array) -> Any:
            return replace(on, x=x[None], y=y[None]).gradient(v).g

        return jax.vmap(one)(on.x, on.y)

    def rows(v: Any) -> np.ndarray:
        leaves = jax.tree.leaves(gradients(v))
        return np.concatenate([np.reshape(leaf, (len(on.y), -1)) for leaf in leaves], axis=1)

    return rows


def gradient_by_hand(on: Problem, alpha: float) -> Callable[[Any], Any]:
    def loss(v: Any) -> jax.Array:
        net, w0 = on.predictor.net, on.predictor.w0
        w = v if alpha == 1.0 else jax.tree.map(jnp.add, w0, v)
        F = net.apply(w, on.x)
        if alpha != 1.0:
            F = alpha * (F - net.apply(w0, on.x))
        return jnp.mean(jnp.maximum(0.0, 1 - on.y * F) ** 2) / 2 / alpha**2

    return jax.jit(jax.grad(loss))


@pytest.mark.parametrize("alpha", [None, 3.0])
def test_full_batch_adam_is_the_plain_loop(alpha: float | None) -> None:
    """Kingma and Ba's rule in NumPy, the rate divided by 10 every 7 steps."""
    on, n = on_net(alpha=alpha), 30
    gradient = gradient_by_hand(on, alpha or 1.0)
    v = on.predictor.start()
    m, s = (jax.tree.map(lambda leaf: np.zeros(leaf.shape), v) for _ in "ms")
    trajectory = states(adam(1e-2, max_ticks=1000, decay_every=7, floor=1e-5), on, n)
    for k, state in enumerate(trajectory):
        np.testing.assert_allclose(flat(state.v), flat(v), rtol=1e-12, atol=1e-12)
        assert (int(state.ticks), float(state.t)) == (k + 1, k)
        g = gradient(v)
        lr = max(1e-2 / 10 ** (k // 7), 1e-5)
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        s = jax.tree.map(lambda s, g: 0.999 * s + 0.001 * g**2, s, g)
        v = jax.tree.map(
            lambda v, m, s, lr=lr, k=k: (
                v - lr * (m / (1 - 0.9 ** (k + 1))) / (jnp.sqrt(s / (1 - 0.999 ** (k + 1))) + 1e-8)
            ),
            v,
            m,
            s,
        )
    assert np.linalg.norm(flat(v) - flat(on.predictor.start())) > 0.1


@pytest.mark.parametrize("method", [adam, sgd])
def test_weights_decay_as_by_the_penalty_that_has_this_gradient(method: Any) -> None:
    on, decay = on_net(), 0.3
    more: dict[str, Any] = {"max_ticks": 100} | ({"batch": None} if method is sgd else {})
    found = states(method(0.03, decay_every=8, weight_decay=decay, **more), on, 20)

    @jax.jit
    @jax.grad
    def gradient(v: Any) -> Any:
        squares = sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(v))
        return on.loss.mean(on.outputs(v), on.y, on.predictor.alpha) + decay / 2 * squares

    rule = optax.adam if method is adam else optax.sgd
    transform = rule(functools.partial(staircase, 0.03, 8, FLOOR))
    v = on.predictor.start()
    inner = transform.init(v)
    for state in found:
        np.testing.assert_allclose(flat(state.v), flat(v), rtol=1e-10, atol=1e-12)
        updates, inner = transform.update(gradient(v), inner, v)
        v = optax.apply_updates(v, updates)


def test_without_a_loss_sgd_weights_fall_exponentially() -> None:
    on = on_net()
    fitted = replace(on, y=jnp.sign(on.outputs(on.predictor.start())), loss=quadratic_hinge(1e-9))
    method = sgd(0.5, max_ticks=100, batch=None, weight_decay=0.1)
    start, *_, end = states(method, fitted, 10)
    np.testing.assert_allclose(flat(end.v), flat(start.v) * 0.95**10, rtol=1e-12)


@pytest.mark.parametrize("decay", [-1e-3, math.nan, math.inf])
def test_an_impossible_weight_decay_is_refused(decay: float) -> None:
    with pytest.raises(BadInput, match="weight decay"):
        adam(1e-3, max_ticks=1, weight_decay=decay)


def test_any_transformation_of_optax_can_drive() -> None:
    on, n = on_net(), 20
    transform = optax.chain(optax.clip_by_global_norm(0.1), optax.sgd(0.3, momentum=0.9))
    gradient = gradient_by_hand(on, 1.0)
    v = on.predictor.start()
    inner = transform.init(v)
    for state in states(Optimiser(transform), on, n):
        np.testing.assert_allclose(flat(state.v), flat(v), rtol=1e-12, atol=1e-12)
        updates, inner = transform.update(gradient(v), inner, v)
        v = optax.apply_updates(v, updates)


def test_a_state_belongs_to_its_variable_on_the_full_batch() -> None:
    on = on_net()
    for state in states(adam(1e-2, max_ticks=100), on, 5):
        at = jax.jit(Problem.gradient)(on, state.v)
        np.testing.assert_allclose(state.loss, at.loss, rtol=1e-13)
        np.testing.assert_allclose(flat(state.g), flat(at.g), rtol=1e-11, atol=1e-15)
        assert int(state.unsatisfied) == int(at.unsatisfied)


def test_staircase_divides_by_ten_down_to_a_floor() -> None:
    with jax.numpy_dtype_promotion("strict"):
        rate = jax.jit(functools.partial(staircase, 1e-4, 250_000, FLOOR))
        steps = [0, 1, 249_999, 250_000, 499_999, 500_000, 749_999, 750_000, 1_000_000, 10**7]
        got = [float(rate(jnp.asarray(step, jnp.int32))) for step in steps]
    expected = [1e-4, 1e-4, 1e-4, 1e-5, 1e-5, 1e-6, 1e-6, 1e-7, 1e-7, 1e-7]
    np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_a_rate_below_the_floor_stays_as_it_is() -> None:
    rate = functools.partial(staircase, 1e-9, 10, 1e-7)
    assert [float(rate(jnp.asarray(step))) for step in (0, 25, 1000)] == pytest.approx([1e-9] * 3)


def test_without_a_period_the_rate_is_constant() -> None:
    on = on_net()
    first = states(adam(1e-3, max_ticks=25), on, 24)[-1]
    again = states(Optimiser(optax.adam(1e-3)), on, 24)[-1]
    np.testing.assert_allclose(flat(first.v), flat(again.v), rtol=1e-12, atol=1e-14)


def test_sgd_works_under_strict_promotion() -> None:
    with jax.numpy_dtype_promotion("strict"):
        states(sgd(0.1, max_ticks=100, batch=3), on_net(), 2)


def test_a_batch_of_all_the_data_is_the_full_batch() -> None:
    on = on_net()
    full = states(sgd(0.1, max_ticks=100, batch=None), on, 10)[-1]
    all_of_it = states(sgd(0.1, max_ticks=100, batch=8), on, 10)[-1]
    np.testing.assert_array_equal(flat(all_of_it.v), flat(full.v))
    assert float(all_of_it.loss) == float(full.loss)


def test_a_batch_larger_than_the_data_is_refused() -> None:
    with pytest.raises(BadInput, match="batch = 9 is larger than the 8 data"):
        sgd(0.1, max_ticks=100, batch=9).init(on_net(), KEY)


@pytest.mark.parametrize(
    "transform",
    [
        optax.lbfgs(),
        optax.polyak_sgd(),
        optax.lookahead(optax.sgd(0.1), 5, 0.5),
        optax.contrib.dpsgd(0.1, 1.0, 1.0, 0),
        optax.contrib.differentially_private_aggregate(1.0, 1.0, 0),
        optax.contrib.sophia(0.1),
    ],
)
def test_a_transformation_that_wants_more_than_gradients_is_refused(transform: Any) -> None:
    with pytest.raises(BadInput, match="more than gradients and weights"):
        Optimiser(transform).init(on_net(), KEY)


@pytest.mark.usefixtures("unannotated")
@pytest.mark.parametrize("transform", [optax.adam, None, "adam"])
def test_what_is_no_transformation_is_refused(transform: Any) -> None:
    with pytest.raises(BadInput, match="give one with its rate"):
        Optimiser(transform)


@pytest.mark.usefixtures("unannotated")
def test_the_floor_of_the_gradient_is_a_number() -> None:
    rule, floor = optax.sgd(0.1), np.array(0.5)
    assert hash(Optimiser(rule, min_gradient=floor)) == hash(Optimiser(rule, min_gradient=0.5))
    for value in (-1.0, math.nan, "x"):
        with pytest.raises(BadInput, match="min_gradient"):
            Optimiser(rule, min_gradient=value)


def test_rates_built_into_a_network_want_steps_along_the_gradient() -> None:
    x = jnp.asarray(np.random.default_rng(0).normal(size=(8, 3)))
    net = Reparametrised(FC(h=4, L=1), abc("mup", 1))
    on = Problem(predictor(net, net.init(KEY, x)), LOSSES["square"], x, jnp.ones(8))
    sgd(0.1, max_ticks=100, batch=None).init(on, KEY)
    for transform in (optax.adam(0.1), optax.rmsprop(0.1)):
        with pytest.raises(BadInput, match="choose sgd, flow or euler"):
            Optimiser(transform).init(on, KEY)


def test_batches_are_uniform_subsets_without_replacement() -> None:
    """The gradient of a batch of 2 out of 4 is one of 6, each as often as the others."""
    on, n = on_net(P=4), 3000
    stepper = sgd(0.1, max_ticks=100, batch=2)
    v = on.predictor.start()
    single = of_each_datum(on)(v)
    pairs = np.array([(single[i] + single[j]) / 2 for i, j in itertools.combinations(range(4), 2)])
    drawn = jax.jit(jax.vmap(lambda key: stepper.init(on, key).g))(jax.random.split(KEY, n))
    drawn = np.concatenate([np.reshape(leaf, (n, -1)) for leaf in jax.tree.leaves(drawn)], axis=1)
    distance = np.linalg.norm(drawn[:, None] - pairs, axis=-1)
    assert distance.min(axis=1).max() < 1e-12
    frequency = np.bincount(distance.argmin(axis=1), minlength=6) / n
    np.testing.assert_allclose(frequency, 1 / 6, atol=5 * np.sqrt(5 / 36 / n))
    # hence without bias
    np.testing.assert_allclose(pairs.mean(axis=0), flat(on.gradient(v).g), atol=1e-13)


def test_sgd_descends_along_fresh_batches() -> None:
    on = on_net(P=4)
    trajectory = states(sgd(0.1, max_ticks=1000, batch=1), on, 60)
    which, single = [], of_each_datum(on)
    for before, after in itertools.pairwise(trajectory):
        expected = flat(before.v) - 0.1 * flat(before.g)
        np.testing.assert_allclose(flat(after.v), expected, rtol=1e-12, atol=1e-14)
        distance = np.linalg.norm(single(before.v) - flat(before.g), axis=1)
        assert distance.min() < 1e-12
        which.append(int(distance.argmin()))
    counts = np.bincount(which, minlength=4)
    assert counts.min() >= 4
    assert which[:30] != which[30:]


def test_the_key_is_all_that_decides_the_batches() -> None:
    on, stepper = on_net(), sgd(0.1, max_ticks=100, batch=3)
    first, again = (states(stepper, on, 8, jax.random.key(1))[-1] for _ in range(2))
    other = states(stepper, on, 8, jax.random.key(2))[-1]
    np.testing.assert_array_equal(flat(first.v), flat(again.v))
    assert np.abs(flat(first.v) - flat(other.v)).max() > 1e-6


def test_with_batches_the_whole_set_is_looked_at_every_so_often() -> None:
    on = on_net()
    stepper = Optimiser(optax.sgd(0.1), max_ticks=23, batch=3, check_every=5)
    held = None
    for state in states(stepper, on, 22):
        at = jax.jit(Problem.gradient)(on, state.v)
        if int(state.ticks) == 1 or int(state.ticks) % 5 == 0 or int(state.ticks) == 23:
            held = (float(at.loss), int(at.unsatisfied))
        assert float(state.loss) == pytest.approx(held[0], rel=1e-13)
        assert int(state.unsatisfied) == held[1]
        if int(state.ticks) in (4, 8, 22):  # between two checks
            assert float(state.loss) != pytest.approx(float(at.loss), rel=1e-6)
    assert int(state.result) == Result.OUT_OF_BUDGET


def first_fitted(trajectory: list[OptimiserState], on: Problem) -> int:
    """Ticks of the first state whose variable satisfies every constraint."""
    for state in trajectory:
        if bool(jnp.all(on.y * on.predictor(state.v, on.x) >= on.loss.margin)):
            return int(state.ticks)
    raise AssertionError("never fitted")


def test_fitted_is_seen_at_the_very_step_where_it_happens() -> None:
    on = replace(on_net(P=3), loss=soft_hinge(1.0))
    trajectory = states(adam(2e-2, max_ticks=1000), on, 200)
    ends = [int(state.ticks) for state in trajectory if int(state.result) == Result.FITTED]
    assert 5 < ends[0] == first_fitted(trajectory, on)
    assert all(int(state.result) == Result.RUNNING for state in trajectory if state.ticks < ends[0])


def test_with_batches_fitted_is_seen_at_a_check() -> None:
    on = replace(on_net(P=3), loss=loss_named("linear_hinge", 1.0))
    stepper = Optimiser(optax.sgd(2e-2), max_ticks=10_000, batch=2, check_every=50)
    trajectory = states(stepper, on, 1500)
    end = next(int(state.ticks) for state in trajectory if int(state.result) == Result.FITTED)
    assert end % 50 == 0
    assert end >= first_fitted(trajectory, on)


def test_a_fitted_start_is_seen_without_a_step() -> None:
    on = on_net()
    F = on.predictor(on.predictor.start(), on.x)
    fitted = replace(on, y=jnp.sign(F), loss=quadratic_hinge(float(jnp.min(jnp.abs(F)))))
    for batch in (None, 3):
        state = sgd(0.1, max_ticks=100, batch=batch).init(fitted, KEY)
        assert int(state.result) == Result.FITTED
        assert int(state.ticks) == 1


def linear_problem(x: list, y: list) -> Problem:
    x_, y_ = jnp.asarray(x), jnp.asarray(y)
    w0 = jax.tree.map(jnp.ones_like, ONE_UNIT.init(KEY, x_))
    return Problem(predictor(ONE_UNIT, w0), quadratic_hinge(1.0), x_, y_)


def test_a_vanished_gradient_is_convergence_on_the_full_batch_alone() -> None:
    """Opposite labels of x = 0: no gradient at all. A batch that is fitted proves nothing."""
    on = linear_problem([[0.0], [0.0]], [1.0, -1.0])
    assert int(sgd(0.1, max_ticks=9, batch=None).init(on, KEY).result) == Result.CONVERGED_UNFITTED
    assert int(sgd(0.1, max_ticks=9, batch=1).init(on, KEY).result) == Result.RUNNING


def test_bad_numbers_end_as_non_finite() -> None:
    on = linear_problem([[1.0], [np.nan]], [1.0, -1.0])
    for batch in (None, 1):
        state = sgd(0.1, max_ticks=9, batch=batch).init(on, KEY)
        assert int(state.result) == Result.NON_FINITE


def test_divergence_ends_as_non_finite() -> None:
    on = linear_problem([[1.0], [1.0]], [1.0, -1.0])
    trajectory = states(sgd(1e200, max_ticks=100, batch=None), on, 5)
    assert Result.NON_FINITE in [int(state.result) for state in trajectory]


def test_equal_settings_share_one_stepper() -> None:
    """Optax's transformations do not compare: the programs compiled for one serve its equals."""
    assert adam(1e-3, max_ticks=10) == adam(1e-3, max_ticks=10)
    assert hash(sgd(1e-3, max_ticks=10, batch=2)) == hash(sgd(1e-3, max_ticks=10, batch=2))
    assert adam(1e-3, max_ticks=10) != adam(1e-3, max_ticks=11)


@pytest.mark.parametrize("name", ["max_ticks", "batch", "check_every"])
@pytest.mark.parametrize("value", [0, -3])
def test_budgets_and_batches_must_be_positive(name: str, value: int) -> None:
    with pytest.raises(BadInput, match=name):
        Optimiser(optax.sgd(0.1), **{name: value})


@pytest.mark.parametrize(
    ("lr", "every", "floor"),
    [
        (0.0, 1, 1e-7),
        (-1.0, 1, 1e-7),
        (np.nan, 1, 1e-7),
        (np.inf, 1, 1e-7),
        (0.1, 0, 1e-7),
        (0.1, 1, 0.0),
        (0.1, 1, -1.0),
    ],
)
def test_impossible_rates_are_refused(lr: float, every: int, floor: float) -> None:
    with pytest.raises(BadInput):
        adam(lr, max_ticks=1, decay_every=every, floor=floor)


@pytest.mark.parametrize("batch", [None, 3])
@pytest.mark.parametrize("method", [adam, sgd])
def test_a_rate_of_the_problem_is_that_of_the_optimiser(method: Any, batch: int | None) -> None:
    on = on_net()
    more: dict[str, Any] = {"max_ticks": 100} | ({"batch": batch} if method is sgd else {})
    slow = states(method(0.03, decay_every=8, **more), on, 20)[-1]
    numbers = {"lr": jnp.asarray(0.03, on.x.dtype), "decay_every": jnp.asarray(8.0, on.x.dtype)}
    paced = states(method(1.0, **more), replace(on, numbers=numbers), 20)[-1]
    assert paced.loss.dtype == slow.loss.dtype
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12), paced.v, slow.v)
