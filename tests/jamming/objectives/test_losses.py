"""Losses against their formulas in NumPy, and the scale symmetry of the margin."""

import functools
import math
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.models.networks import FC
from jamming.models.parametrisation import plain
from jamming.objectives.losses import (
    LOSSES,
    Loss,
    loss_named,
    misclassified,
    quadratic_hinge,
    soft_hinge,
)

pytestmark = pytest.mark.usefixtures("strict_dtypes")

RNG = np.random.default_rng(4)
F = 2 * RNG.normal(size=40)
Y = np.where(RNG.random(40) < 0.5, 1.0, -1.0)
FS = 2 * RNG.normal(size=(30, 5))
CLASSES = RNG.integers(0, 5, 30)
BINARY = [
    quadratic_hinge(0.7),
    loss_named("linear_hinge", 0.7),
    soft_hinge(0.7),
    LOSSES["logistic"],
]
SEVERAL = [
    loss_named("multiclass_hinge", 0.7),
    loss_named("multiclass_linear_hinge", 0.7),
    LOSSES["cross_entropy"],
]


@functools.cache
def jamming_net(c: int) -> tuple[FC, dict, jax.Array]:
    net = FC(parametrisation=plain(), h=7, L=2, bias=True, c=c)
    x = jnp.asarray(np.random.default_rng(0).normal(size=(30, 4)))
    return net, net.init(jax.random.key(0), x), x


def per_sample(loss: Loss) -> np.ndarray:
    """Datum after datum, as the papers write it."""
    m = loss.margin
    formulas = {
        "quadratic_hinge": lambda f, y: max(0.0, m - y * f) ** 2 / 2,
        "linear_hinge": lambda f, y: max(0.0, m - y * f),
        "soft_hinge": lambda f, y: np.log1p(np.exp(20 * (m - y * f))) / 20,
        "logistic": lambda f, y: np.log1p(np.exp(-y * f)),
        "cross_entropy": lambda f, k: np.log(np.exp(f).sum()) - f[k],
        "multiclass_hinge": lambda f, k: (
            sum(max(0.0, m - (1 if j == k else -1) * f[j]) ** 2 for j in range(5)) / 5
        ),
        "multiclass_linear_hinge": lambda f, k: (
            sum(max(0.0, m - (1 if j == k else -1) * f[j]) for j in range(5)) / 5
        ),
    }
    F_, y_ = (FS, CLASSES) if loss.multiclass else (F, Y)
    return np.array([formulas[loss.name](f, y) for f, y in zip(F_, y_, strict=True)])


def data(loss: Loss) -> tuple[jax.Array, jax.Array]:
    F_, y_ = (FS, CLASSES) if loss.multiclass else (F, Y)
    return jnp.asarray(F_), jnp.asarray(y_)


@pytest.mark.parametrize("loss", BINARY + SEVERAL, ids=lambda loss: loss.name)
def test_each_loss_is_its_formula(loss: Loss) -> None:
    got = np.asarray(loss.per_sample(*data(loss)))
    assert got.shape == (len(per_sample(loss)),)
    np.testing.assert_allclose(got, per_sample(loss), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("loss", BINARY + SEVERAL, ids=lambda loss: loss.name)
@pytest.mark.parametrize("alpha", [1e-3, 1.0, 1e4])
def test_the_mean_is_divided_by_alpha_squared(loss: Loss, alpha: float) -> None:
    mean = float(loss.mean(*data(loss), jnp.asarray(alpha)))
    assert mean == pytest.approx(per_sample(loss).mean() / alpha**2, rel=1e-12)


def test_other_betas_of_the_soft_hinge() -> None:
    got = soft_hinge(1.0, beta=10.0).per_sample(jnp.asarray(F), jnp.asarray(Y))
    np.testing.assert_allclose(got, np.log1p(np.exp(10 * (1 - Y * F))) / 10, rtol=1e-12)


@pytest.mark.parametrize("loss", BINARY, ids=lambda loss: loss.name)
def test_delta_is_margin_minus_overlap(loss: Loss) -> None:
    np.testing.assert_allclose(loss.delta(*data(loss)), loss.margin - Y * F, rtol=1e-15)
    assert int(loss.unsatisfied(*data(loss))) == sum(Y * F < loss.margin)


def test_delta_of_several_classes_has_one_constraint_per_output() -> None:
    loss = loss_named("multiclass_hinge", 0.7)
    t = np.where(np.arange(5) == CLASSES[:, None], 1, -1)
    np.testing.assert_allclose(loss.delta(*data(loss)), 0.7 - t * FS, rtol=1e-15)
    assert int(loss.unsatisfied(*data(loss))) == (t * FS < 0.7).sum()


def test_delta_without_margin_is_unsatisfied_where_misclassified() -> None:
    loss = LOSSES["cross_entropy"]
    expected = [
        max(f[j] for j in range(5) if j != k) - f[k] for f, k in zip(FS, CLASSES, strict=True)
    ]
    np.testing.assert_allclose(loss.delta(*data(loss)), expected, rtol=1e-14)
    wrong = sum(FS.argmax(1) != CLASSES)
    assert 0 < wrong < 30
    assert int(loss.unsatisfied(*data(loss))) == int(misclassified(*data(loss)).sum()) == wrong
    binary = LOSSES["logistic"]
    assert int(binary.unsatisfied(*data(binary))) == sum(Y * F < 0)


def test_a_satisfied_constraint_is_one_on_its_margin() -> None:
    f, y = jnp.asarray([1.0, -1.0, np.nextafter(1, 0), 0.0]), jnp.asarray([1.0, -1.0, 1.0, 1.0])
    assert int(quadratic_hinge(1.0).unsatisfied(f, y)) == 2


def test_misclassified_is_the_wrong_side_and_not_the_margin() -> None:
    f, y = jnp.asarray([0.1, -0.1, 0.0, 0.0, 5.0]), jnp.asarray([1.0, 1.0, 1.0, -1.0, -1.0])
    assert misclassified(f, y).tolist() == [False, True, True, True, True]
    several = jnp.asarray([[0.1, 0.2, 0.0], [3.0, -1.0, 2.0]])
    assert misclassified(several, jnp.asarray([1, 2])).tolist() == [False, True]


@pytest.mark.parametrize("slack", [0.0, 0.01, 0.5])
def test_slack_is_a_fraction_of_the_margin(slack: float) -> None:
    loss = loss_named("quadratic_hinge", 0.5, slack=slack)
    f = jnp.asarray([0.5, 0.499, 0.494, 0.3, 0.24, -1.0])
    expected = sum(0.5 - value > slack * 0.5 for value in f.tolist())
    assert int(loss.unsatisfied(f, jnp.ones(6))) == expected
    assert expected == {0.0: 5, 0.01: 4, 0.5: 2}[slack]
    # the slack is in the count alone
    np.testing.assert_array_equal(
        loss.per_sample(f, jnp.ones(6)), quadratic_hinge(0.5).per_sample(f, jnp.ones(6))
    )


@pytest.mark.parametrize(
    ("kind", "degree"),
    [
        ("quadratic_hinge", 2),
        ("linear_hinge", 1),
        ("multiclass_hinge", 2),
        ("multiclass_linear_hinge", 1),
    ],
)
@settings(max_examples=25, deadline=None)
@given(s=st.floats(1e-3, 1e3), margin=st.floats(0.1, 2))
def test_scaling_margin_and_last_layer_changes_nothing_but_units(
    kind: str, degree: int, s: float, margin: float
) -> None:
    """*The jamming transition as a paradigm*, note 63."""
    c = 5 if LOSSES[kind].multiclass else 1
    net, w, x = jamming_net(c)
    scaled = {"params": w["params"] | {name: s * w["params"][name] for name in ("W3", "B3")}}
    y = jnp.asarray(CLASSES if c > 1 else Y[:30])
    one = jnp.ones(())
    loss, other = loss_named(kind, margin), loss_named(kind, s * margin)
    f, g = net.apply(w, x), net.apply(scaled, x)
    np.testing.assert_allclose(other.delta(g, y), s * loss.delta(f, y), rtol=1e-12, atol=1e-12 * s)
    assert float(other.mean(g, y, one)) == pytest.approx(
        s**degree * float(loss.mean(f, y, one)), rel=1e-12
    )
    assert int(other.unsatisfied(g, y)) == int(loss.unsatisfied(f, y)) > 0


@pytest.mark.parametrize("loss", BINARY + SEVERAL, ids=lambda loss: loss.name)
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_losses_and_gradients_are_finite_far_out_and_on_kinks(loss: Loss, dtype: type) -> None:
    extremes = jnp.asarray([-1e4, -1e2, -0.7, 0.0, 0.7, 1e2, 1e4], dtype)
    if loss.multiclass:
        f = jnp.stack([extremes, -extremes, jnp.zeros_like(extremes)], axis=1)
        targets = [jnp.full(7, k) for k in range(3)]
    else:
        f, targets = extremes, [jnp.full(7, t, dtype) for t in (-1.0, 1.0)]
    for y in targets:
        value, slope = jax.value_and_grad(lambda f, y=y: jnp.sum(loss.per_sample(f, y)))(f)
        assert np.isfinite(value)
        assert np.all(np.isfinite(slope))
        assert slope.dtype == dtype


@pytest.mark.parametrize("name", LOSSES)
def test_equal_arguments_give_equal_losses(name: str) -> None:
    """Losses are static under jit: equal ones must share compiled programs."""
    margin = None if LOSSES[name].margin == 0 else 0.3
    first, again = loss_named(name, margin, 0.1), loss_named(name, margin, 0.1)
    assert first == again
    assert hash(first) == hash(again)
    assert first != loss_named(name, margin, 0.2)
    assert loss_named(name) == LOSSES[name]


def test_losses_built_twice_are_equal() -> None:
    assert soft_hinge(0.5, 3.0) == soft_hinge(0.5, 3.0)
    assert hash(soft_hinge(0.5, 3.0)) == hash(soft_hinge(0.5, 3.0))
    assert soft_hinge(0.5, 3.0) != soft_hinge(0.5, 4.0)
    assert loss_named("quadratic_hinge", 0.5) == quadratic_hinge(0.5)


def test_default_margins_are_those_of_the_papers() -> None:
    assert loss_named("quadratic_hinge").margin == 1
    assert loss_named("soft_hinge").margin == 1
    assert loss_named("multiclass_hinge").margin == 0.5
    assert loss_named("multiclass_linear_hinge").margin == 1


@pytest.mark.parametrize(
    ("name", "margin", "slack"),
    [
        ("hinge", None, 0.0),
        ("", None, 0.0),
        ("quadratic_hinge", 0.0, 0.0),
        ("quadratic_hinge", -1.0, 0.0),
        ("linear_hinge", float("nan"), 0.0),
        ("soft_hinge", float("inf"), 0.0),
        ("logistic", 1.0, 0.0),
        ("cross_entropy", 0.5, 0.0),
        ("quadratic_hinge", 1.0, 1.0),
        ("quadratic_hinge", 1.0, -0.1),
        ("quadratic_hinge", 1.0, float("nan")),
    ],
)
def test_unknown_losses_and_impossible_margins_are_refused(
    name: str, margin: float | None, slack: float
) -> None:
    with pytest.raises(BadInput):
        loss_named(name, margin, slack)


@pytest.mark.usefixtures("unannotated")
def test_margins_slacks_and_sharpness_are_numbers() -> None:
    half: Any = np.array(0.5)
    for name in ("quadratic_hinge", "linear_hinge", "soft_hinge", "square", "multiclass_hinge"):
        loss = LOSSES[name]
        assert hash(replace(loss, margin=half)) == hash(replace(loss, margin=0.5))
        for margin in (math.nan, math.inf, -1.0, "a", None):
            with pytest.raises(BadInput, match="margin"):
                replace(loss, margin=margin)
    assert hash(soft_hinge(beta=np.array(20.0))) == hash(soft_hinge(beta=20.0))
    assert hash(loss_named("square", half, half)) == hash(loss_named("square", 0.5, 0.5))
    for beta in (0.0, math.nan, "a"):
        with pytest.raises(BadInput, match="beta"):
            soft_hinge(beta=beta)


def test_the_square_loss_takes_any_labels_and_fits_within_its_slack() -> None:
    """Its gradient is F - y, also where that is 0; short of labels +-1 it is the hinge."""
    y = np.random.default_rng(5).normal(size=40)
    loss, F_, y_ = LOSSES["square"], jnp.asarray(F), jnp.asarray(y)
    np.testing.assert_allclose(loss.per_sample(F_, y_), (y - F) ** 2 / 2, rtol=1e-12)
    slope = jax.grad(lambda f: jnp.sum(loss.per_sample(f, y_)))
    np.testing.assert_allclose(slope(F_), F - y, rtol=1e-12)
    np.testing.assert_array_equal(slope(y_), 0)
    np.testing.assert_allclose(loss.delta(F_, y_), np.abs(y - F), rtol=1e-12)
    assert int(loss.unsatisfied(F_, y_)) == 40
    assert int(loss.unsatisfied(y_, y_)) == 0
    assert int(loss_named("square", slack=0.1).unsatisfied(y_ + 0.099, y_)) == 0
    assert int(loss_named("square", slack=0.1).unsatisfied(y_ + 0.101, y_)) == 40
    hinge, labels = quadratic_hinge(1.0), jnp.asarray(Y)
    short = jnp.where(labels * F_ < 1, F_, labels)
    np.testing.assert_allclose(
        LOSSES["square"].per_sample(short, labels), hinge.per_sample(short, labels), rtol=1e-12
    )


@pytest.mark.parametrize("loss", LOSSES.values(), ids=lambda loss: loss.name)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_outputs_that_are_no_numbers_are_never_right(loss: Loss, value: float) -> None:
    y = jnp.array([1.0, -1.0]) if not loss.multiclass else jnp.array([0, 1])
    outputs = jnp.full((2, 3) if loss.multiclass else (2,), value)
    assert int(misclassified(outputs, y).sum()) == 2
    assert int(loss.unsatisfied(outputs, y)) == loss.delta(outputs, y).size
    assert not np.isfinite(loss.mean(outputs, y, jnp.ones(())))


def test_one_output_that_is_nan_is_one_wrong_point() -> None:
    outputs, y = jnp.array([1.0, jnp.nan, -1.0]), jnp.array([1.0, 1.0, -1.0])
    assert misclassified(outputs, y).tolist() == [False, True, False]
    several = jnp.array([[1.0, 0.0], [jnp.nan, 1.0], [0.0, jnp.nan]])
    assert misclassified(several, jnp.array([0, 1, 0])).tolist() == [False, True, True]


@pytest.mark.parametrize("loss", LOSSES.values(), ids=lambda loss: loss.name)
@pytest.mark.parametrize("shape", [(), (4,), (3, 1), (3, 3), (3, 2, 2), (1, 3)])
def test_outputs_of_the_wrong_shape_are_refused(loss: Loss, shape: tuple[int, ...]) -> None:
    if loss.multiclass and len(shape) == 2 and shape[0] == 3:
        return  # as many classes as it likes
    y = jnp.array([0, 1, 0]) if loss.multiclass else jnp.array([1.0, -1.0, 1.0])
    for of in (loss.delta, loss.per_sample, loss.unsatisfied):
        with pytest.raises((BadInput, TypeError), match=r"do not fit labels|jaxtyping|type"):
            of(jnp.zeros(shape), y)
    if shape != (3, 3) and shape != (3, 1):
        with pytest.raises((BadInput, TypeError), match=r"do not fit labels|jaxtyping|type"):
            misclassified(jnp.zeros(shape), y)


def test_labels_are_taken_in_the_precision_of_the_outputs() -> None:
    outputs = jnp.array([0.3, -0.2], jnp.float32)
    for y in (jnp.array([1.0, -1.0]), jnp.array([1, -1])):
        for loss in (*BINARY, LOSSES["square"]):
            assert loss.per_sample(outputs, y).dtype == np.float32


@pytest.mark.parametrize("loss", LOSSES.values(), ids=lambda loss: loss.name)
def test_labels_of_another_kind_are_refused(loss: Loss) -> None:
    good = [0, 2, 1] if loss.multiclass else [1, -1, 1]
    loss.check(np.array(good))
    bad = [[0.5, 1.0], [np.nan, 1.0], [-2, 1]] if loss.multiclass else [[0, 1], [np.nan, 1]]
    if loss.regression:
        loss.check(np.array([0.0, 0.5, 1e9]))
        bad = [[np.nan, 1.0], [np.inf, 1.0]]
    for y in bad:
        with pytest.raises(BadInput, match="labels"):
            loss.check(np.array(y))
    if not (loss.multiclass or loss.regression):
        with pytest.raises(BadInput, match=r"\+1 or -1"):
            loss.check(np.array([False, True]))


@pytest.mark.parametrize(
    "loss", [LOSSES["logistic"], LOSSES["cross_entropy"]], ids=lambda loss: loss.name
)
def test_without_a_margin_outputs_of_zero_fit_neither_label(loss: Loss) -> None:
    y = np.array([0, 1, 1]) if loss.multiclass else np.array([1.0, -1.0, 1.0])
    F = np.zeros((3, 2)) if loss.multiclass else np.zeros(3)
    assert int(loss.unsatisfied(F, y)) == 3
    if not loss.multiclass:
        assert int(loss.unsatisfied(F, y)) == int(misclassified(F, y).sum())


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, ">f4", np.longdouble, np.float16])
def test_outputs_of_any_real_type_are_those_numbers(dtype: object) -> None:
    F, y = np.array([1, 2, 100], dtype), np.array([1, -1, -1])
    np.testing.assert_allclose(quadratic_hinge().delta(F, y), [0, 3, 101])
    np.testing.assert_allclose(
        LOSSES["square"].per_sample(F, np.array([1.5, 2.5, -100.0])), [0.125] * 2 + [2e4]
    )
    assert misclassified(F, y).tolist() == [False, True, True]
    assert int(quadratic_hinge().unsatisfied(F, y)) == 2
    many = np.zeros((2, 300), dtype)
    np.testing.assert_allclose(
        LOSSES["cross_entropy"].per_sample(many, np.array([0, 1], np.uint8)), np.log(300)
    )
    several = np.array([[3, 1], [1, 3]], dtype)
    np.testing.assert_allclose(
        loss_named("multiclass_hinge", 0.5).delta(several, np.array([0, 1])),
        [[-2.5, 1.5], [1.5, -2.5]],
    )


def test_numbers_that_wrap_overflow_or_vanish_in_products_do_not_here() -> None:
    low = np.array([-128, 3], np.int8)
    assert misclassified(low, np.array([-1, 1], np.int8)).tolist() == [False, False]
    small = misclassified(np.float32([1e-30, -1e-30]), np.float32([1e-20, 1e-20]))
    assert small.tolist() == [False, True]
    assert float(LOSSES["square"].per_sample(np.float16([500]), np.float16([-1]))[0]) == 501**2 / 2
    mean = quadratic_hinge().mean(np.zeros(2), np.array([1, -1]), np.int32(100_000))
    assert float(mean) == pytest.approx(0.5e-10)
    for F in (np.array([1 + 1j, 0]), np.array(["a", "b"]), np.array([None, 1.0])):
        with pytest.raises(BadInput, match="real numbers"):
            quadratic_hinge().delta(F, np.array([1, -1]))
