"""How far curves are from being one."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.fits.curves import collapse

X = np.geomspace(0.1, 10.0, 9)


def bend(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + x**1.5)


def test_identical_curves_collapse() -> None:
    assert collapse([(X, bend(X))] * 3) == 0.0
    assert collapse([(X, bend(X)), (X[2:6], bend(X[2:6]))]) == pytest.approx(0.0, abs=1e-12)


def test_a_power_law_collapses_wherever_it_is_measured() -> None:
    other = np.geomspace(1.0, 30.0, 5)
    assert collapse([(X, 3 * X**-0.7), (other, 3 * other**-0.7)]) == pytest.approx(0.0, abs=1e-12)


@settings(deadline=None, max_examples=30)
@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.integers(0, 100))
def test_a_common_scale_of_x_or_y_does_not_matter(s: float, t: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    curves = [(X * rng.uniform(0.5, 2), bend(X) * rng.lognormal(0, 0.2, 9)) for _ in range(3)]
    found = collapse(curves)
    assert found > 0
    assert collapse([(s * x, t * y) for x, y in curves]) == pytest.approx(found, rel=1e-6)
    assert collapse(curves[::-1]) == pytest.approx(found)
    assert collapse([(x[::-1], y[::-1]) for x, y in curves]) == pytest.approx(found)
    flat = collapse(curves, log=False)
    assert collapse([(s * x, t * y) for x, y in curves], log=False) == pytest.approx(t * flat)


@pytest.mark.parametrize("factor", [1.1, 3.0])
def test_curves_that_differ_by_a_factor_are_its_logarithm_apart(factor: float) -> None:
    other = factor * bend(X)
    assert collapse([(X, bend(X)), (X, other)]) == pytest.approx(math.log(factor))
    rms = math.sqrt(np.mean((other - bend(X)) ** 2))
    assert collapse([(X, bend(X)), (X, other)], log=False) == pytest.approx(rms)


def test_the_right_scale_of_x_is_where_curves_collapse_best() -> None:
    """Curves y(h^(1/2) alpha) of several h, against h^a alpha."""
    alpha, powers = np.geomspace(0.01, 10.0, 30), np.linspace(0.0, 1.0, 21)
    found = [
        collapse([(h**a * alpha, bend(np.sqrt(h) * alpha)) for h in (10.0, 30.0, 100.0)])
        for a in powers
    ]
    assert powers[int(np.argmin(found))] == pytest.approx(0.5)
    assert min(found) < 0.01 < 0.1 < found[0]


def test_points_that_are_not_finite_are_left_out() -> None:
    y = 2 * bend(X)
    y[3] = np.nan
    whole = collapse([(np.delete(X, 3), np.delete(y, 3)), (X, bend(X))])
    assert collapse([(X, y), (X, bend(X))]) == whole


def test_bad_input_is_named() -> None:
    curve = (X, bend(X))
    with pytest.raises(BadInput, match="two curves"):
        collapse([curve])
    with pytest.raises(BadInput, match="curve 1 shares no range"):
        collapse([curve, (1000 * X, bend(X)), curve])
    with pytest.raises(BadInput, match="logarithms"):
        collapse([curve, (X, bend(X) - 0.5)])
    assert collapse([curve, (X, bend(X) - 0.5)], log=False) == pytest.approx(0.5)
    with pytest.raises(BadInput, match="logarithms"):
        collapse([curve, (-X, bend(X))], log=False)
    with pytest.raises(BadInput, match="with a finite value, not 0"):
        collapse([curve, (X, np.full(9, np.nan))])


@pytest.mark.parametrize("log", [True, False])
def test_several_points_at_one_x_are_their_mean_in_any_order(log: bool) -> None:
    other = ([1, 1.5, 2], [2, 2, 2])
    found = collapse([([1, 1, 2], [1, 3, 2]), other], log=log)
    assert collapse([([1, 1, 2], [3, 1, 2]), other], log=log) == found
    mean = 3**0.5 if log else 2.0
    assert found == pytest.approx(collapse([([1, 2], [mean, 2]), other], log=log))


def test_ends_of_curves_of_half_floats_are_the_same() -> None:
    x = np.array([0.1, 0.3, 0.7])
    assert collapse([(x.astype(np.float16), x), (x, x)], log=False) < 1e-3
    none = [(np.array([2.1], np.float16), [1.0]), ([2.1, 3.1], [1.0, 1.0])]
    assert collapse(none) == pytest.approx(0)
