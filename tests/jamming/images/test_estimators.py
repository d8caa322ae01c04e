"""D_f, G_f, R_f of outputs, against plain medians and means; intervals that hold the truth."""

from collections.abc import Callable

import numpy as np
import pytest

from jamming.fits.seeds import interval, small_sample_factor
from jamming.images.estimators import (
    cosine_distance,
    euclidean_distance,
    log_average,
    relative_stability,
)

N, K = 12, 3
rng = np.random.default_rng(0)
CLEAN, DEFORMED, NOISY = (
    F + shift for F in [rng.normal(size=(N, K))] for shift in (0, *0.3 * rng.normal(size=(2, N, K)))
)
ESTIMATORS = ("median", "mean", "coordinates")
Of = Callable[[np.ndarray], float]


def plain(estimator: str, rows: np.ndarray) -> tuple[float, float]:
    """D_f and G_f of the images `rows`, which may be there several times."""
    f = CLEAN[rows]
    changes = [(F[rows] - f) ** 2 for F in (DEFORMED, NOISY)]
    pairs = (f[:, None] - f[None]) ** 2
    if estimator == "coordinates":  # as the authors: per coordinate, the diagonal included
        others = np.median(pairs.reshape(-1, K), axis=0).sum()
        D, G = (np.median(change, axis=0).sum() / others for change in changes)
        return D, G
    of: Of = np.median if estimator == "median" else np.mean  # type: ignore[assignment]
    others = of(pairs.sum(-1)[rows[:, None] != rows[None]])
    D, G = (of(change.sum(1)) / others for change in changes)
    return D, G


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_values_and_intervals_are_those_of_their_definition(estimator: str) -> None:
    found = relative_stability(CLEAN, DEFORMED, NOISY, estimator=estimator, samples=50, seed=3)
    D, G = plain(estimator, np.arange(N))
    values = [found.D.value, found.G.value, found.R.value]
    np.testing.assert_allclose(values, [D, G, D / G], rtol=1e-12)
    assert found.R.value == found.D.value / found.G.value  # REL-18
    counts = np.random.default_rng(3).multinomial(N, np.full(N, 1 / N), size=50)
    drawn = [plain(estimator, np.repeat(np.arange(N), count)) for count in counts]
    R = np.array([D / G for D, G in drawn])
    expected = interval(found.R.value, R, small_sample_factor(N, 1, 0.95), 0.95, log=True)
    np.testing.assert_allclose([found.R.low, found.R.high], [expected.low, expected.high])
    D_drawn = np.array([D for D, _ in drawn])
    expected = interval(found.D.value, D_drawn, small_sample_factor(N, 1, 0.95), 0.95, log=True)
    np.testing.assert_allclose([found.D.low, found.D.high], [expected.low, expected.high])


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_scale_of_outputs_does_not_matter(estimator: str) -> None:
    of = [relative_stability(a * CLEAN, a * DEFORMED, a * NOISY, estimator=estimator, samples=9)
          for a in (1.0, 3.7, 1e-200, 1e200)]  # fmt: skip
    for other in of[1:]:
        for name in "DGR":
            one, same = getattr(of[0], name), getattr(other, name)
            assert same.value == pytest.approx(one.value, rel=1e-12)
            assert same.high == pytest.approx(one.high, rel=1e-12)


def test_nor_does_their_basis_but_to_medians_of_coordinates() -> None:
    Q, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(K, K)))
    for estimator in ESTIMATORS:
        found, turned = (
            relative_stability(*F, estimator=estimator, samples=9).R.value
            for F in ((CLEAN, DEFORMED, NOISY), (CLEAN @ Q, DEFORMED @ Q, NOISY @ Q))
        )
        assert (abs(turned / found - 1) < 1e-12) == (estimator != "coordinates")


def test_outputs_of_any_shape_and_type() -> None:
    F = [np.float32(x) for x in (CLEAN, DEFORMED, NOISY)]
    flat = relative_stability(*F, samples=9)
    assert relative_stability(*(x.reshape(N, K, 1, 1) for x in F), samples=9) == flat
    assert relative_stability(*(x[:, 0] for x in F), samples=9) == relative_stability(
        *(x[:, :1] for x in F), samples=9
    )


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_intervals_hold_the_truth(estimator: str) -> None:
    rng, held, trials = np.random.default_rng(2), 0, 80
    for _ in range(trials):
        F = rng.normal(size=(30, 2))
        noise = rng.normal(size=(2, 30, 2))  # of one law: R = 1
        found = relative_stability(F, F + noise[0], F + noise[1], estimator=estimator, samples=100)
        held += found.R.holds(1.0)
    assert held >= 0.87 * trials


def test_two_images_have_a_value() -> None:
    for estimator in ESTIMATORS:
        found = relative_stability(CLEAN[:2], DEFORMED[:2], NOISY[:2], estimator=estimator)
        assert 0 < found.R.value < np.inf


def test_what_deformations_leave_alone_is_perfectly_stable() -> None:
    found = relative_stability(CLEAN, CLEAN, NOISY)
    assert found.D.value == found.R.value == 0
    assert found.G.value > 0


def test_networks_are_averaged_in_logarithms() -> None:
    found = log_average([0.01, 1.0, 100.0])
    assert found.value == pytest.approx(1.0)
    assert found.error == pytest.approx(np.log(100) / 3**0.5)
    assert log_average([2.0]).value == pytest.approx(2.0)
    assert np.isnan(log_average([2.0]).error)


def test_the_cosine_distance_is_that_of_its_definition() -> None:
    def apart(a: np.ndarray, b: np.ndarray) -> float:
        return float(1 - a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    moved = [apart(a, b) for a, b in zip(CLEAN, DEFORMED, strict=True)]
    others = [apart(a, b) for i, a in enumerate(CLEAN) for b in CLEAN[:i]]
    found = cosine_distance(CLEAN, DEFORMED)
    assert found == pytest.approx(np.mean(moved) / np.median(others), rel=1e-12)
    sizes = np.linspace(1, 5, N)[:, None]
    assert cosine_distance(sizes * CLEAN, 2 * DEFORMED) == pytest.approx(found, rel=1e-12)
    assert cosine_distance(CLEAN, CLEAN * sizes) == pytest.approx(0, abs=1e-15)


def test_the_euclidean_distance_is_that_of_its_definition() -> None:
    moved = [np.linalg.norm(a - b) for a, b in zip(CLEAN, DEFORMED, strict=True)]
    others = [np.linalg.norm(a - b) for i, a in enumerate(CLEAN) for b in CLEAN[:i]]
    found = euclidean_distance(CLEAN, DEFORMED)
    assert found == pytest.approx(np.mean(moved) / np.median(others), rel=1e-12)
    turned = np.linalg.qr(np.random.default_rng(1).normal(size=(K, K)))[0]
    again = euclidean_distance(5 * CLEAN @ turned + 1, 5 * DEFORMED @ turned + 1)
    assert again == pytest.approx(found, rel=1e-12)
    assert euclidean_distance(CLEAN, CLEAN) == 0
