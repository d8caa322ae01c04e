"""Random features of arrays as they are given: bytes, single precision, NaN, other shapes."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.models.activations import activation
from jamming.random_features.harmonics import excess, gegenbauer, harmonics, learned, together
from jamming.random_features.model import features, flowed, ridge, sample, spectrum, sphere
from sweeps.random_features.network import Cell, Model

RNG = np.random.default_rng(0)
RELU = activation("relu")
PIXELS = RNG.integers(0, 256, (6, 5))
SINGLE = np.float32


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float16])
def test_features_of_pixels(dtype: type) -> None:
    x, theta = PIXELS.astype(dtype), PIXELS[:3].astype(dtype)
    expected = features(RELU, PIXELS[:3].astype(float), PIXELS.astype(float))
    np.testing.assert_array_equal(features(RELU, theta, x), expected)


def test_the_rank_of_features_is_that_of_their_precision() -> None:
    Z = RNG.normal(size=(30, 8)) @ RNG.normal(size=(8, 20))
    y = RNG.normal(size=30)
    double, single = (spectrum(Z.astype(t), y.astype(t)) for t in (float, SINGLE))
    assert double.s.size == single.s.size == 8
    both = [ridge(one, 0, P=np.int64(30), d=10) for one in (double, single)]
    np.testing.assert_allclose(*both, atol=1e-4)


@pytest.mark.parametrize("dtype", [np.float16, jnp.bfloat16])
def test_the_rank_of_half_floats_is_that_of_their_precision(dtype: type) -> None:
    """What rounding has made of features of rank 8 does not blow up the read-out."""
    rng = np.random.default_rng(0)
    Z, y = rng.normal(size=(60, 8)) @ rng.normal(size=(8, 40)), rng.normal(size=60)
    of_half = spectrum(jnp.asarray(Z, jnp.float32).astype(dtype), y)
    assert of_half.s.size == 8
    sizes = [np.linalg.norm(ridge(one, 0.0, P=60, d=40)) for one in (of_half, spectrum(Z, y))]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.05)


@pytest.mark.parametrize("scale", [1e-170, 1e170])
def test_read_outs_scale_as_the_features_do(scale: float) -> None:
    of = spectrum(np.eye(3) * scale, np.ones(3))
    np.testing.assert_allclose(ridge(of, 0.0, P=3, d=3) * scale, 1.0)
    np.testing.assert_allclose(ridge(of, 1.0, P=3, d=3), min(scale / 3, 1 / scale))
    np.testing.assert_allclose(flowed(of, np.inf, P=3) * scale, 1.0)


@pytest.mark.parametrize(
    ("Z", "y", "said"),
    [
        (np.full((3, 2), np.nan), np.ones(3), "NaN in Z: 3 of 3"),
        (np.ones((3, 2)), [1, np.nan, 1], r"NaN in y: .*row 1"),
        (np.ones((3, 2)), np.ones((3, 1)), r"y has shape \[3, 1\]"),
        (np.ones((3, 2)), [0, 1, 1], "must be"),
        (np.ones(3), np.ones(3), "Z has shape"),
        (np.ones((3, 0)), np.ones(3), "at least"),
    ],
)
def test_what_a_spectrum_refuses(Z: object, y: object, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        spectrum(Z, y)


def test_times_and_ridges_are_numbers() -> None:
    at = spectrum(np.eye(3), np.ones(3))
    with pytest.raises(BadInput, match="time"):
        flowed(at, np.nan, P=3)
    with pytest.raises(BadInput, match="ridge"):
        ridge(at, -1, P=3, d=3)
    with pytest.raises(BadInput, match="filtered has shape"):
        at.readout(np.ones((3, 1)))
    with pytest.raises(BadInput, match="noise"):
        sample(3, 4, np.nan, RNG)


def test_neurons_in_single_precision_overlap_with_themselves() -> None:
    sigma = harmonics(RELU, np.int64(12))
    theta, a = sphere(9, 12, RNG), RNG.normal(size=9)
    double, single = (learned(theta.astype(t), a.astype(t), sigma) for t in (float, SINGLE))
    assert single.rest == pytest.approx(double.rest, rel=1e-4)
    beta = theta[0] / 12**0.5
    assert excess(single, beta, sigma) == pytest.approx(excess(double, beta, sigma), rel=1e-4)
    with pytest.raises(BadInput, match="beta has shape"):
        excess(double, beta[:, None], sigma)
    with pytest.raises(BadInput, match="a has shape"):
        learned(theta, a[:, None], sigma)
    with pytest.raises(BadInput, match="at least"):
        together([])


def test_polynomials_of_integers_are_numbers() -> None:
    rows = [next(Q).tolist() for Q in [gegenbauer(np.array([0, 1]), 4)] for _ in range(3)]
    assert rows == [[1, 1], [0, 1], [-1 / 3, 1]]


@pytest.mark.usefixtures("unannotated")
def test_cells_of_equal_numbers_have_one_key() -> None:
    plus, minus = (Model(4, 5, zero, "relu", (zero,), 2) for zero in (0.0, -0.0))
    h, seed = np.int64(3), np.array(1)
    assert Cell(minus, h, seed).key == Cell(plus, 3, 1).key
    for h, seed in ((0, 1), (3, -1), (3.5, 1), (3, 0.5)):
        with pytest.raises(BadInput, match=r"(h|seed) = "):
            Cell(plus, h, seed)


@pytest.mark.usefixtures("unannotated")
@pytest.mark.parametrize("seed", [0, None, np.random])
def test_a_seed_is_no_generator(seed: Any) -> None:
    for draw in (lambda: sphere(3, 4, seed), lambda: sample(3, 4, 0.0, seed)):
        with pytest.raises(BadInput, match=r"give np\.random\.default_rng"):
            draw()
