"""Networks of images in training and in use: what they see, lose, and are refused for."""

from dataclasses import replace
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jamming.checks.errors import BadInput
from jamming.execution import vmapped
from jamming.images.augment import Translate
from jamming.objectives import classification
from jamming.objectives.classification import in_training, in_use, is_told
from tests.made_up.minibatches import LABELS, PIXELS, Small, flat, problem, seen

KEY = jax.random.key(1)


def test_a_network_sees_standardised_pixels_in_the_precision_of_the_problem() -> None:
    rows = jnp.asarray([3, 1, 7])
    for dtype in (np.float32, np.float64):
        x = problem(dtype=dtype).images(rows)
        assert x.dtype == dtype
        np.testing.assert_allclose(x, seen(rows), rtol=1e-6)


def test_the_gradient_is_that_of_the_mean_cross_entropy_of_the_batch() -> None:
    on, at = problem(), jnp.asarray([4, 0, 9, 2])
    params = on.start["params"]

    def loss(params: Any) -> Any:
        F = Small().apply({"params": params}, seen(at))
        return optax.softmax_cross_entropy_with_integer_labels(F, LABELS[np.asarray(at)]).mean()

    step = jax.jit(type(on).gradient)(on, params, {}, at, KEY)
    value, g = jax.value_and_grad(loss)(params)
    np.testing.assert_allclose(flat(step.g), flat(g), rtol=1e-10, atol=1e-14)
    assert float(step.loss) == pytest.approx(float(value), rel=1e-12)
    F = Small().apply({"params": params}, seen(at))
    assert int(step.wrong) == (np.argmax(F, 1) != LABELS[np.asarray(at)]).sum()
    assert step.batch_stats == {}


def test_training_images_alone_are_augmented() -> None:
    plain, on = problem(), problem(augmentation=Translate(1))
    rows = jnp.arange(10)
    np.testing.assert_array_equal(on.images(rows), plain.images(rows))
    moved = on.images(rows, KEY)
    raw = Translate(1)(KEY, jnp.asarray(PIXELS[:10], np.float64))
    np.testing.assert_allclose(moved, (raw - 120) / 70, rtol=1e-12)
    np.testing.assert_array_equal(plain.images(rows, KEY), plain.images(rows))


@pytest.mark.parametrize("n", [1, 4, 11])
def test_images_are_looked_at_in_blocks(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classification, "BLOCK", 4)
    on, rows = problem(), jnp.arange(20)[::-1][:n]
    F = on.logits(on.start, rows)
    np.testing.assert_allclose(F, Small().apply(on.start, seen(rows)), rtol=1e-12)
    score = on.score(on.start, rows, jnp.asarray(LABELS[np.asarray(rows)]))
    each = optax.softmax_cross_entropy_with_integer_labels(F, LABELS[np.asarray(rows)])
    assert float(score.loss) == pytest.approx(float(each.mean()), rel=1e-12)
    assert int(score.wrong) == (np.argmax(F, 1) != LABELS[np.asarray(rows)]).sum()


def test_dropout_is_of_training_and_averages_move_in_it() -> None:
    net, x = Small(bn=True, rate=0.5), seen(range(6))
    variables = net.init(KEY, x)
    one, new = in_training(net, variables, x, KEY)
    other, _ = in_training(net, variables, x, jax.random.key(2))
    assert not np.allclose(one, other)
    assert not np.allclose(flat(new), flat(variables["batch_stats"]))
    np.testing.assert_array_equal(in_use(net, variables, x), in_use(net, variables, x))


class Deaf(nn.Module):
    """Is not told that it trains."""

    @nn.compact
    def __call__(self, x: Any) -> Any:
        return nn.Dense(3, param_dtype=x.dtype)(x.reshape(len(x), -1))


def test_a_network_that_is_the_same_in_training_needs_no_argument() -> None:
    on = problem(Deaf())
    assert is_told(Small())
    assert not is_told(Deaf())
    F, new = in_training(Deaf(), on.start, seen([0, 1]), KEY)
    np.testing.assert_array_equal(F, in_use(Deaf(), on.start, seen([0, 1])))
    assert new == {}


def test_labels_without_an_output_are_refused_and_so_are_missing_images() -> None:
    good = vmapped.stack([problem(common=True)])
    pixels = jnp.asarray(PIXELS)
    good.given(pixels).check()
    vmapped.stack([problem(V=3)]).check()  # each with its own
    for bad in (replace(good, y=good.y + 1), replace(good, y=good.y - 1)):
        with pytest.raises(BadInput, match="label"):
            bad.given(pixels).check()
    late = vmapped.stack([problem(V=3, common=True)])
    with pytest.raises(BadInput, match="label"):
        replace(late, y_validation=late.y_validation + 3).given(pixels).check()
    with pytest.raises(BadInput, match="no images"):
        good.check()
    with pytest.raises(BadInput, match="no images"):
        problem(common=True).images(jnp.arange(2))
