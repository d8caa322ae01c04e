"""Fits of what is given: lists, integers, one curve where several are meant, other shapes."""

from typing import Any

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.fits.curves import collapse, crossing
from jamming.fits.power import corrected, power_law, singular, with_floor
from jamming.fits.seeds import interval, points, small_sample_factor

X = np.array([2, 4, 8, 16, 32, 64])
Y = 3 * X[:, None] ** -0.5 * np.array([1.0, 1.1, 0.9])
FITS = {
    "power_law": lambda x, y: power_law(x, y, samples=9).exponent,
    "with_floor": lambda x, y: with_floor(x, y, samples=9).exponent,
    "corrected": lambda x, y: corrected(x, y, [-0.5], samples=9).floor,
    "singular": lambda x, y: singular(x, y, [0.5, 1.0], samples=9).exponent,
    "crossing": lambda x, y: crossing(x, y, 1, samples=9),
}


@pytest.mark.parametrize("name", FITS)
def test_a_fit_takes_lists_and_says_what_shape_it_wants(name: str) -> None:
    fit = FITS[name]
    assert fit(X.tolist(), Y.tolist()) == fit(X.astype(float), Y)
    assert fit(X, np.ma.array(Y, mask=Y > 2.3)) == fit(X, np.where(Y > 2.3, np.nan, Y))
    for y in (Y[:, 0], Y.T, Y[:3], Y[..., None]):
        with pytest.raises(BadInput, match=r"give x as \[n\] and y as \[n, seeds\]"):
            fit(X, y)
    with pytest.raises(BadInput, match="give x as"):
        fit(X[:, None], Y)


def test_seeds_that_agree_to_the_digits_of_their_type_have_no_weights() -> None:
    noise = 1 + 1e-8 * np.random.default_rng(0).normal(size=(6, 4))
    y = 3 * X[:, None] ** -0.5 * noise
    halves = 3 * (1 + 2**-11 * np.random.default_rng(0).normal(size=(6, 4))).astype(np.float16)
    known, *rounded = (
        np.isfinite(points(X, each, least=2, samples=9, seed=0).error).all()
        for each in (y, y.astype(np.float32), halves)
    )
    assert known
    assert not any(rounded)


def test_curves_are_pairs() -> None:
    assert collapse([([1, 2, 3], [1, 2, 3]), ([1, 2, 3], [1, 2, 4])]) > 0
    for curves in (([1, 2], [1, 2]), [([1, 2], [1, 2, 3])] * 2, [(X, Y), (X, Y)]):
        with pytest.raises(BadInput, match="pair"):
            collapse(curves)


def test_ends_of_curves_in_single_precision_are_the_same() -> None:
    x = np.array([0.1, 0.3, 0.7])
    assert collapse([(x.astype(np.float32), x), (x, x)], log=False) < 1e-6


@pytest.mark.parametrize("level", [0.0, 1.0, np.nan])
def test_a_level_is_a_share(level: float) -> None:
    with pytest.raises(BadInput, match="share"):
        small_sample_factor(5, 1, level)


def test_an_interval_is_of_a_row_of_samples() -> None:
    many: Any = [1, 2, 3]
    assert interval(2.0, many, 1.0, 0.5).high == pytest.approx(2.5)
    with pytest.raises(BadInput, match="samples has shape"):
        interval(2.0, np.ones((2, 2)), 1.0, 0.5)
    with pytest.raises(BadInput, match="measure more"):
        small_sample_factor(1, 1, 0.95)
