"""Lambda of the first layer: by hand, its symmetries, and what is refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.observables.alignment import alignment, mean_squares, of_mean_squares

SEEDS = st.integers(0, 2**32)


def layers(seed: int, n: int = 6, h: int = 9) -> tuple[np.ndarray, np.ndarray]:
    """First and second layer of a network of h neurons."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, h)), rng.standard_normal(h)


def test_by_hand() -> None:
    """Root mean squares of (3, 5) and of (1, 2, 2, 1): sqrt(17) and sqrt(5/2)."""
    W = np.array([[3.0, 5.0], [1.0, 2.0], [2.0, 1.0], [100.0, 100.0]])
    found = alignment(W, 1, 3)
    assert found.parallel == pytest.approx(17**0.5)
    assert found.perpendicular == pytest.approx(2.5**0.5)
    assert found.Lambda == pytest.approx((17 / 2.5) ** 0.5)
    # the first neuron counts four times the second
    weighed = alignment(W, 1, 3, np.array([2.0, -1.0]))
    assert weighed.parallel == pytest.approx(((4 * 9 + 25) / 5) ** 0.5)
    assert weighed.perpendicular == pytest.approx(((4 * 5 + 5) / 5 / 2) ** 0.5)


def test_isotropic_weights_are_not_aligned() -> None:
    W, a = layers(0, n=5, h=20_000)
    assert alignment(W, 1).Lambda == pytest.approx(1, abs=0.03)
    assert alignment(W, 2, 5, a).Lambda == pytest.approx(1, abs=0.05)


@settings(deadline=None)
@given(seed=SEEDS, factor=st.floats(1e-3, 1e3), d_par=st.integers(1, 4))
def test_it_is_that_of_the_vectors_weighed_by_their_read_out(
    seed: int, factor: float, d_par: int
) -> None:
    """And so unchanged where relu neurons are scaled up and their read-outs down."""
    W, a = layers(seed)
    found = alignment(W, d_par, 5, a).Lambda
    product = (W * a)[:5]
    square = (product[:d_par] ** 2).mean() / (product[d_par:] ** 2).mean()
    assert found == pytest.approx(square**0.5, rel=1e-10)
    scale = factor ** np.random.default_rng(seed).uniform(-1, 1, a.size)
    assert alignment(W * scale, d_par, 5, a / scale).Lambda == pytest.approx(found, rel=1e-8)
    # the function of a relu network is the same one
    x = np.random.default_rng(1).standard_normal((8, 6))
    f = [np.maximum(x @ (W * s), 0) @ (a / s) for s in (np.ones(9), scale)]
    np.testing.assert_allclose(*f, rtol=1e-8, atol=1e-10)


@settings(deadline=None)
@given(seed=SEEDS, angle=st.floats(0, 6.3), scale=st.floats(1e-100, 1e100))
def test_it_sees_neither_rotations_of_the_other_directions_nor_the_scale_of_all(
    seed: int, angle: float, scale: float
) -> None:
    W, a = layers(seed)
    c, s = np.cos(angle), np.sin(angle)
    turned = W.copy()
    turned[[2, 4]] = np.array([[c, -s], [s, c]]) @ W[[2, 4]]
    for weights in (None, a):
        found = alignment(W, 2, 5, weights)
        assert alignment(turned, 2, 5, weights).Lambda == pytest.approx(found.Lambda)
        large = alignment(scale * W, 2, 5, weights)
        assert large.Lambda == pytest.approx(found.Lambda)
        assert large.parallel == pytest.approx(scale * found.parallel)


def test_neurons_that_the_output_does_not_hear_count_only_alike() -> None:
    """The padding of a wider network, which is zero, changes neither."""
    W, a = layers(3)
    dead = np.hstack([W, np.full((6, 2000), 7.0)]), np.concatenate([a, np.zeros(2000)])
    assert alignment(dead[0], 1, 5, dead[1]).Lambda == pytest.approx(alignment(W, 1, 5, a).Lambda)
    assert alignment(dead[0], 1, 5).Lambda == pytest.approx(1, abs=1e-3)
    padded = np.hstack([W, np.zeros((6, 5))])
    assert alignment(padded, 1, 5).Lambda == pytest.approx(alignment(W, 1, 5).Lambda)


def test_under_jit_in_float32_large_weights_stay_finite() -> None:
    W, a = layers(4)
    rows = jax.jit(mean_squares)(jnp.float32(1e25 * W), jnp.float32(1e25 * a))
    found = of_mean_squares(np.asarray(rows), 1, 5)
    assert found.Lambda == pytest.approx(alignment(W, 1, 5, a).Lambda, rel=1e-5)


@pytest.mark.parametrize("scale", [1e-200, 1e200])
@pytest.mark.parametrize("x64", [True, False])
def test_weights_in_double_precision_align_at_any_scale(scale: float, x64: bool) -> None:
    W, a = layers(4)
    expected = alignment(W, 1, 5, a)
    with jax.enable_x64(x64):
        found = alignment(scale * W, 1, 5, scale * a)
    assert found.parallel / scale == pytest.approx(expected.parallel, rel=1e-5)
    assert found.Lambda == pytest.approx(expected.Lambda, rel=1e-5)


def test_what_is_compressed_to_nothing() -> None:
    assert alignment(np.array([[2.0], [0.0]]), 1).Lambda == float("inf")


@pytest.mark.parametrize(
    ("W", "d_par", "d"),
    [
        (np.ones((3, 2)), 0, 3),
        (np.ones((3, 2)), 3, 3),
        (np.ones((3, 2)), 1, 4),
        (np.zeros((3, 2)), 1, 3),
        (np.full((3, 2), np.nan), 1, 3),
        (np.full((3, 2), np.inf), 1, 3),
    ],
)
def test_refused(W: np.ndarray, d_par: int, d: int) -> None:
    with pytest.raises(BadInput, match="Lambda"):
        alignment(W, d_par, d)
