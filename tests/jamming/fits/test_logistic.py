"""N* and its interval against data whose N* is known, and against an independent fit."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from jamming.checks.errors import BadInput
from jamming.fits.logistic import Estimate, exponent, transition

untimed = settings(deadline=None, max_examples=25)


def synthetic(
    rng: np.random.Generator, N: np.ndarray, n_star: float, wide: float, seeds: int
) -> np.ndarray:
    """Who fits: each seed has a threshold of its own, log-logistic around n_star. [K, S]"""
    own = n_star * np.exp(rng.logistic(0, wide, seeds))
    return N[:, None] >= own


def around(centre: float, reach: float, count: int) -> np.ndarray:
    """Widths spread evenly in ln N."""
    return np.unique(np.round(centre * np.exp(np.linspace(-reach, reach, count))).astype(int))


@pytest.mark.parametrize("n_star", [40.0, 300.0, 5000.0])
def test_many_seeds_recover_n_star_within_its_interval(n_star: float) -> None:
    N = around(n_star * 1.1, 0.5, 13)
    fitted = synthetic(np.random.default_rng(3), N, n_star, 0.1, 200)
    found = transition(N, fitted, samples=200)
    assert found.low <= n_star <= found.high
    assert found.value == pytest.approx(n_star, rel=0.05)
    assert found.high / found.low < 1.15


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [6, 12, 24])
def test_the_95_percent_interval_covers_the_truth_as_often_as_it_says(seeds: int) -> None:
    rng = np.random.default_rng(seeds)
    covered = []
    for _ in range(200):
        n_star = float(np.exp(rng.uniform(np.log(90), np.log(110))))
        N = around(100, 0.5, 6)
        found = transition(N, synthetic(rng, N, n_star, 0.1, seeds))
        covered.append(found.low <= n_star <= found.high)
    assert 0.85 <= np.mean(covered) <= 1.0


@untimed
@given(
    st.lists(st.integers(2, 10**6), min_size=2, max_size=8, unique=True),
    st.data(),
    st.integers(1, 12),
)
def test_separated_seeds_give_the_geometric_mean_and_an_interval_in_the_gap(
    sizes: list[int], data: st.DataObject, seeds: int
) -> None:
    N = np.array(sorted(sizes))
    at = data.draw(st.integers(1, len(N) - 1))
    fitted = np.repeat((np.arange(len(N)) >= at)[:, None], seeds, axis=1)
    found = transition(N, fitted, samples=50)
    assert found.value == pytest.approx(np.sqrt(float(N[at - 1]) * float(N[at])))
    tiny = 1e-9
    assert N[at - 1] * (1 - tiny) <= found.low <= found.value <= found.high <= N[at] * (1 + tiny)
    assert np.all((found.samples >= N[at - 1] * (1 - tiny)) & (found.samples <= N[at] * (1 + tiny)))


def test_the_interval_of_separated_seeds_fills_the_gap() -> None:
    found = transition(np.array([100, 120]), np.array([[False] * 6, [True] * 6]))
    # any value in between is as likely: 95 % of the gap, in ln N
    gap = np.log(120 / 100)
    assert np.log(found.high / found.low) == pytest.approx(0.95 * gap, rel=0.05)


def test_equal_input_gives_equal_output_and_the_seed_counts() -> None:
    N = around(100, 0.5, 7)
    fitted = synthetic(np.random.default_rng(0), N, 100, 0.2, 6)
    one, two = (transition(N, fitted, samples=100, seed=4) for _ in range(2))
    assert (one.value, one.low, one.high) == (two.value, two.low, two.high)
    np.testing.assert_array_equal(one.samples, two.samples)
    assert not np.array_equal(one.samples, transition(N, fitted, samples=100, seed=5).samples)


def test_the_estimate_does_not_depend_on_the_order_of_the_seeds() -> None:
    N = around(100, 0.5, 7)
    fitted = synthetic(np.random.default_rng(0), N, 100, 0.2, 6)
    turned = transition(N, fitted[:, ::-1], samples=10)
    assert turned.value == transition(N, fitted, samples=10).value


@pytest.mark.parametrize("seed", range(8))
def test_the_estimate_is_that_of_an_independent_maximum_likelihood_fit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    N = around(100, 0.6, 9)
    p = 1 / (1 + np.exp(-np.log(N / 105) / 0.15))
    fitted = rng.random((len(N), 10)) < p[:, None]
    x = np.log(N)
    assert fitted.any(1).argmax() < len(N) - 1 - (~fitted).any(1)[::-1].argmax()  # they overlap

    fit = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000)
    fit.fit(np.repeat(x, 10)[:, None], fitted.ravel())
    theirs = -fit.intercept_[0] / fit.coef_[0, 0]
    assert x[0] < theirs < x[-1]
    resolution = (x[-1] - x[0]) / 400
    assert np.log(transition(N, fitted, samples=2).value) == pytest.approx(
        theirs, abs=2 * resolution
    )


@untimed
@given(st.integers(0, 2**32 - 1), st.integers(1, 8))
def test_the_interval_holds_the_estimate_and_stays_where_was_measured(
    seed: int, seeds: int
) -> None:
    rng = np.random.default_rng(seed)
    N = around(100, 0.5, 5)
    fitted = rng.random((len(N), seeds)) < 0.5
    assume(fitted.any() and not fitted.all())
    found = transition(N, fitted, samples=30)
    tiny = 1e-9
    assert N[0] * (1 - tiny) <= found.low <= found.value <= found.high <= N[-1] * (1 + tiny)
    assert found.samples.shape == (30,)


def sharp(n_star: np.ndarray, noise: float = 0.0) -> list[Estimate]:
    """Estimates with 400 bootstrap samples spread by `noise` in ln N."""
    rng = np.random.default_rng(0)
    return [
        Estimate(n, n * np.exp(-2 * noise), n * np.exp(2 * noise), n * np.exp(s))
        for n, s in zip(n_star, rng.normal(0, noise, (len(n_star), 400)), strict=True)
    ]


@untimed
@given(st.floats(-2, 2), st.floats(0.01, 100), st.integers(2, 6))
def test_the_exponent_of_an_exact_power_law_is_exact(a: float, factor: float, count: int) -> None:
    P = 100.0 * 2.0 ** np.arange(count)
    found = exponent(P, sharp(factor * P**a))
    assert found.value == pytest.approx(a, abs=1e-9)
    assert found.low == pytest.approx(a, abs=1e-9)
    assert found.high == pytest.approx(a, abs=1e-9)


def test_the_interval_of_the_exponent_is_that_of_least_squares() -> None:
    P, noise = np.array([250.0, 500, 1000, 2000]), 0.03
    found = exponent(P, sharp(P**0.9 / 3, noise))
    assert found.value == pytest.approx(0.9)
    assert found.low < 0.9 < found.high
    spread = noise / np.sqrt(((np.log(P) - np.log(P).mean()) ** 2).sum())
    assert found.high - found.low == pytest.approx(2 * 1.96 * spread, rel=0.15)


def test_the_exponent_of_noisy_transitions_contains_the_truth() -> None:
    rng = np.random.default_rng(1)
    P = np.array([100.0, 200, 400, 800])
    of = []
    for n_star in P**0.8:
        N = around(n_star, 0.5, 9)
        of.append(transition(N, synthetic(rng, N, n_star, 0.1, 40), samples=200))
    found = exponent(P, of)
    assert found.low <= 0.8 <= found.high
    assert found.high - found.low < 0.2


SIZES = [10, 20, 30, 40, 50]
ROWS = [[0, 0, 0], [0, 0, 1], [0, 1, 1], [1, 1, 1], [1, 1, 1]]


def test_widths_come_in_any_order_and_as_lists() -> None:
    found = transition(SIZES, ROWS, samples=50)
    assert found.value == pytest.approx(23.75, abs=0.01)
    for order in ([4, 3, 2, 1, 0], [2, 0, 4, 1, 3]):
        turned = transition([SIZES[i] for i in order], np.array(ROWS, bool)[order], samples=50)
        assert (turned.value, turned.low, turned.high) == (found.value, found.low, found.high)
        np.testing.assert_array_equal(turned.samples, found.samples)


@pytest.mark.parametrize(
    ("N", "fitted", "said"),
    [
        (SIZES, np.ones((5, 3), bool), "all of the runs fit"),
        (SIZES, np.zeros((5, 3)), "none of the runs fit"),
        (SIZES, np.zeros((5, 0)), "none of the runs fit"),
        ([0, *SIZES[1:]], ROWS, "N must be above 0"),
        ([np.nan, *SIZES[1:]], ROWS, "N must be finite"),
        ([20, *SIZES[1:]], ROWS, "each once"),
        ([10], [[0, 1]], "two or more"),
        (SIZES, [[np.nan, 0, 0], *ROWS[1:]], "NaN in fitted"),
        (SIZES, [[0.5, 0, 0], *ROWS[1:]], "True or False"),
        (SIZES, [0, 0, 1, 1, 1], r"fitted has shape \[5\]"),
        (SIZES[1:], ROWS, r"fitted has shape \[5, 3\]"),
    ],
)
def test_what_shows_no_transition_is_refused(N: Any, fitted: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        transition(N, fitted)
    with pytest.raises(BadInput, match="samples"):
        transition(SIZES, ROWS, samples=0)


def test_an_exponent_is_of_several_P() -> None:
    both = sharp(np.array([30.0, 60.0]))
    assert exponent([100, 200], both).value == pytest.approx(1)
    for P, of, said in (
        ([100], both[:1], "two different P"),
        ([100, 100], both, "two different P"),
        ([100, 0], both, "P must be above 0"),
        ([100, 200, 300], both, "as many estimates"),
    ):
        with pytest.raises(BadInput, match=said):
            exponent(P, of)


def test_networks_on_one_training_set_count_as_one() -> None:
    """Five sets with an N* each, on which four networks agree: the interval is that of five."""
    N = around(100, 0.5, 9)
    own = 100 * np.exp(0.25 * np.linspace(-1, 1, 5))
    each = N[:, None] >= own
    of_five = transition(N, each, samples=400)
    of_sets = transition(N, np.repeat(each, 4, axis=1), samples=400, sets=5)
    as_many = transition(N, np.repeat(each, 4, axis=1), samples=400)
    assert of_sets.seeds == 5
    assert of_sets.value == pytest.approx(of_five.value)
    wide, five, many = (np.log(one.high / one.low) for one in (of_sets, of_five, as_many))
    assert wide == pytest.approx(five, rel=0.2)
    assert many < 0.7 * wide
    with pytest.raises(BadInput, match="5 seeds are not 2 training sets"):
        transition(N, each, sets=2)
