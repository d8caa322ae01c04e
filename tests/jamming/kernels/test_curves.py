"""Kernels by name, support vectors, spectra and learning curves: against other ways to the same."""

from typing import Any

import numpy as np
import pytest
from scipy import special
from scipy.spatial.distance import cdist
from sklearn.gaussian_process.kernels import Matern
from sklearn.svm import SVC

from jamming.checks.errors import BadInput
from jamming.execution import memory
from jamming.kernels import gram
from jamming.kernels.curves import learn, room
from jamming.kernels.distance import KERNELS, matern, squared_distances
from jamming.kernels.gram import NAMES, Kernel, nearest
from jamming.kernels.regression import learning_curve
from jamming.kernels.replica import predicted
from jamming.kernels.spectrum import extrapolated, spectrum, tails
from jamming.kernels.svm import svm_curve


def points(seed: int, n: int, d: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d))


@pytest.mark.parametrize("nu", [0.05, 0.5, 0.7, 1.5, 2.5, 3.0, 7.3])
def test_matern_is_that_of_scikit_learn(nu: float) -> None:
    x = points(0, 8)
    np.testing.assert_allclose(matern(cdist(x, x) ** 2, 1.3, nu), Matern(1.3, nu=nu)(x), atol=1e-13)


def test_matern_between_laplace_and_gauss() -> None:
    r2 = squared_distances(points(1, 8))
    np.testing.assert_allclose(matern(r2, 0.8, 0.5), KERNELS["laplace"](r2, 0.8), rtol=1e-12)
    np.testing.assert_allclose(matern(r2, 2.0, 100.0), KERNELS["gaussian"](r2, 2.0), atol=3e-3)
    # K_nu overflows next to 0, and vanishes far away
    far = matern(np.array([0.0, 1e-300, 1e-30, 1e6]), 1.0, 80.0)
    np.testing.assert_array_equal(far, [1, 1, 1, 0])
    # the closed form of the Bessel function at a half-integer
    z = np.sqrt(7.0) * 0.9
    closed = 2**-2.5 / special.gamma(3.5) * z**3.5 * special.kv(3.5, z)
    assert matern(np.array(0.81), 1.0, 3.5).item() == pytest.approx(closed)


@pytest.mark.parametrize("name", NAMES)
def test_blocks_are_the_whole(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x, other = points(0, 12), points(1, 5)
    kernel = Kernel(name, 1.4, nu=0.8, depth=2)
    own, beside = kernel(x), kernel(other, x)
    monkeypatch.setattr(gram, "BLOCK", 4)
    np.testing.assert_allclose(kernel(x), own, rtol=1e-7)
    np.testing.assert_allclose(kernel(other, x), beside, rtol=1e-7)
    np.testing.assert_array_equal(kernel(x), kernel(x).T)
    assert own.dtype == np.float64
    assert np.linalg.eigvalsh(own).min() > 0


def test_the_arc_cosine_kernel_is_that_of_cho_and_saul() -> None:
    """Of relu, normalised: (sin t + (pi - t) cos t) / pi at angle t on the unit sphere, over d."""
    x = points(2, 6)
    x /= np.linalg.norm(x, axis=1)[:, None]
    t = np.arccos(np.clip(x @ x.T, -1, 1))
    np.testing.assert_allclose(
        Kernel("arc_cosine")(x), (np.sin(t) + (np.pi - t) * np.cos(t)) / np.pi / 3, atol=1e-8
    )


def test_the_nearest_of_so_many() -> None:
    x, train = points(0, 7), points(1, 30)
    found = nearest(x, train, (30, 4, 11))
    for row, n in zip(found, (30, 4, 11), strict=True):
        np.testing.assert_allclose(row, cdist(x, train[:n]).min(1))


@pytest.mark.parametrize("ridge", [0.0, 0.3])
def test_regression_with_a_ridge_and_its_condition(ridge: float) -> None:
    x, other = points(0, 20), points(1, 6)
    y, kernel = np.sign(x[:, 0]), Kernel("matern", 1.0, nu=1.0)
    K, K_test = kernel(x), kernel(other, x)
    found = learning_curve(K, y, K_test, (20, 9), ridge)
    for row, condition, n in zip(found.outputs, found.condition, (20, 9), strict=True):
        solved = K[:n, :n] + ridge * np.eye(n)
        np.testing.assert_allclose(row, K_test[:, :n] @ np.linalg.solve(solved, y[:n]))
        exact = np.linalg.cond(solved, 1)
        assert exact / 3 <= condition <= exact * (1 + 1e-8)
    np.testing.assert_array_equal(K, kernel(x))  # it is left as it was


def test_a_condition_beyond_float64_is_refused_and_a_ridge_helps() -> None:
    x = np.linspace(0, 1, 14)[:, None]
    K = Kernel("gaussian", 0.85)(x)
    with pytest.raises(BadInput, match=r"condition number of \de\+1\d.*ridge|singular.*ridge"):
        learning_curve(K, x[:, 0], K, 14)
    found = learning_curve(K, x[:, 0], K, 14, 1e-8)
    np.testing.assert_allclose(found.outputs[0], x[:, 0], atol=1e-4)
    assert found.condition[0] < 1e10
    twice = Kernel("laplace")(np.concatenate([x, x[:2]]))
    with pytest.raises(BadInput, match="4 points are equal to another one"):
        learning_curve(twice, np.ones(16), twice, 16)


def test_support_vectors_of_hard_and_soft_margins() -> None:
    x, other = points(0, 40), points(1, 9)
    y = np.where(x[:, 0] + 0.8 * points(2, 40)[:, 0] > 0, 1.0, -1.0)
    kernel = Kernel("laplace", 2.0)
    K, K_test = kernel(x), kernel(other, x)
    (hard,) = svm_curve(K, y, K, 40, np.inf)
    assert (y * hard).min() == pytest.approx(1, abs=5e-3)  # the margin, which all keep
    np.testing.assert_allclose(hard, svm_curve(K, y, K, 40, 1e6)[0], atol=1e-9)
    soft = svm_curve(K, y, K_test, (12, 40), 0.5)
    for row, n in zip(soft, (12, 40), strict=True):
        own = SVC(C=0.5, kernel="precomputed").fit(K[:n, :n], y[:n])
        np.testing.assert_allclose(row, own.decision_function(K_test[:, :n]), atol=1e-12)
    assert svm_curve(K, y, K_test, ()).shape == (0, 9)


def test_the_spectrum_of_known_modes() -> None:
    """On a circle, plane waves: two weights alone for a label of one frequency."""
    m = 16
    angle = 2 * np.pi * np.arange(m) / m
    x, y = np.stack([np.cos(angle), np.sin(angle)], 1), np.cos(3 * angle) + 0.5
    of = spectrum(Kernel("laplace", 2.0)(x), y)
    assert of.eigenvalues.sum() == pytest.approx(1.0)  # the mean of K(x, x)
    waves = np.fft.fft(np.exp(-np.linalg.norm(x - x[0], axis=1) / 2)).real / m
    np.testing.assert_allclose(of.eigenvalues, np.sort(waves)[::-1], atol=1e-14)
    assert of.weights.sum() == pytest.approx(0.75)
    # the constant, and then the pair of frequency 3, at ranks 6 and 7
    np.testing.assert_allclose(tails(of.weights, (1, 5, 7, 16)), [0.5, 0.5, 0, 0], atol=1e-12)


def test_an_extrapolation_is_exact_for_one_over_m() -> None:
    m = np.array([100, 400, 200])
    values = np.array([3.0, 5.0])[None] + np.array([7.0, -2.0]) / m[:, None]
    np.testing.assert_allclose(extrapolated(values, m), [3, 5])
    with pytest.raises(BadInput, match="two sizes or more"):
        extrapolated(values[:1], m[:1])


def test_what_is_learnt_is_what_each_part_says() -> None:
    """With the prediction from the spectrum, on points where it is nearly exact."""
    rng = np.random.default_rng(3)
    x, x_test = rng.standard_normal((160, 6)), rng.standard_normal((80, 6))
    y, y_test = (np.sign(a[:, 0] + 0.3 * a[:, 1] * a[:, 2]) for a in (x, x_test))
    kernel, sizes = Kernel("laplace", 5.0), (20, 40, 160)
    found = learn(kernel, x, y, x_test, y_test, sizes, svm=40, pca=160)
    K, K_test = kernel(x), kernel(x_test, x)
    outputs = learning_curve(K, y, K_test, sizes).outputs
    np.testing.assert_allclose(found.mse, ((outputs - y_test) ** 2).mean(1))
    np.testing.assert_allclose(found.error, (outputs * y_test <= 0).mean(1))
    F = svm_curve(K, y, K_test, (20, 40))
    np.testing.assert_allclose(found.svm_error[:2], (F * y_test <= 0).mean(1))
    assert np.isnan(found.svm_error[2])
    assert found.points == (40, 80, 160)
    of = spectrum(K, y)
    np.testing.assert_allclose(found.tails[-1], tails(of.weights, found.rank.astype(int)))
    np.testing.assert_allclose(
        found.predicted[-1, :2], predicted(of.eigenvalues, of.weights, (20, 40))
    )
    assert np.isnan(found.predicted[0]).tolist() == [False, True, True]
    expected = extrapolated(found.predicted[:, :1], found.points)
    assert found.mse[0] == pytest.approx(expected[0], rel=0.15)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kernel": ("cosine",)}, "unknown name 'cosine': choose laplace"),
        ({"kernel": ("laplace", 0.0)}, "sigma must be at least"),
        ({"kernel": ("matern", 1.0, 0.0)}, "nu must be above 0"),
        ({"kernel": ("tangent", 1.0, 1.5, 0)}, "depth = 0"),
        ({"x": np.array([[0.0], [np.nan], [2.0], [3.0]])}, "NaN in x: 1 of 4 rows"),
        ({"x": np.zeros((4, 1))}, "4 points are equal to another one"),
        ({"x": np.zeros(4)}, r"x has shape \[4\]"),
        ({"y": np.zeros(4)}, "must be"),
        ({"sizes": 5}, "at most 4"),
        ({"pca": 4}, "8 at least"),
        ({"svm": 4, "C": 0.0}, "C must be above 0"),
        ({"ridge": -1.0}, "ridge must be at least 0"),
        ({"svm": 4, "y": np.ones(4)}, "one label"),
    ],
)
def test_what_is_refused(change: dict[str, Any], said: str) -> None:
    x, y = np.arange(4.0)[:, None], np.array([1.0, -1, 1, -1])
    how: dict[str, Any] = {"kernel": ("laplace",), "x": x, "y": y, "sizes": 4} | change
    with pytest.raises(BadInput, match=said):
        learn(
            Kernel(*how.pop("kernel")),
            how.pop("x"),
            how.pop("y"),
            x + 0.5,
            y,
            how.pop("sizes"),
            **how,
        )


def test_test_points_of_another_dimension_are_refused() -> None:
    with pytest.raises(BadInput, match=r"x_test has shape \[3, 2\], where \[Q, 1\]"):
        learn(
            Kernel("laplace"), np.arange(4.0)[:, None], [1, -1, 1, -1], np.ones((3, 2)), [1] * 3, 4
        )


def test_what_has_no_room_is_refused_before_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    assert room(20_000, 2000, 784, svm=20_000) < 11e9
    monkeypatch.setattr(memory, "memory", lambda: 10**6)
    x = points(0, 1000)
    with pytest.raises(BadInput, match="kernel between 1000 and 1000 points would take"):
        Kernel("laplace")(x)
    with pytest.raises(BadInput, match="the kernel of 1000 points would take"):
        learn(Kernel("laplace"), x, np.sign(x[:, 0]), x, np.sign(x[:, 0]), 1000)
    with pytest.raises(BadInput, match="kernel PCA of 1000 points would take"):
        spectrum(np.eye(1000), np.ones(1000))
