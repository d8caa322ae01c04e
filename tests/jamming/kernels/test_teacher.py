"""Regression of Gaussian fields: the mean over the teacher, and fields by their covariances."""

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.kernels.distance import squared_distances
from jamming.kernels.fields import PERIOD, Covariance, paths, smoothness, variogram
from jamming.kernels.sphere import uniform
from jamming.kernels.teacher import Learnt, taught

x = uniform(50, 2, 3)
r2, r2_test = squared_distances(x[:30]), squared_distances(x[:30], x[30:])
LAPLACE, GAUSS = Covariance("laplace", 1.0), Covariance("gauss", 0.5)


def learnt(T: Covariance, S: Covariance, sizes: tuple[int, ...], jitter: float = 0.0) -> Learnt:
    return taught(
        T.kernel(r2), T.kernel(r2_test), S.kernel(r2), S.kernel(r2_test), sizes, jitter=jitter
    )


@pytest.mark.parametrize(("T", "S"), [(LAPLACE, GAUSS), (GAUSS, LAPLACE), (LAPLACE, LAPLACE)])
def test_the_mean_over_the_teacher_is_that_of_all_components_of_the_field(
    T: Covariance, S: Covariance
) -> None:
    # Z = F g with g independent: the mean square of an error that is linear in g
    F = np.linalg.cholesky(T.kernel(squared_distances(x)) + 1e-13 * np.eye(50))
    found = learnt(T, S, (5, 30), jitter=1e-3)
    for n, mse in zip((5, 30), found.mse, strict=True):
        w = np.linalg.solve(S.kernel(r2[:n, :n]) + 1e-3 * np.eye(n), S.kernel(r2_test[:n]))
        error = F[30:] - w.T @ F[:n]
        assert mse == pytest.approx((error**2).sum(1).mean(), rel=1e-8)


def test_the_best_student_is_the_teacher() -> None:
    own = learnt(LAPLACE, LAPLACE, (10, 30)).mse
    k = LAPLACE.kernel(r2_test)
    variance = 1 - np.einsum("ij,ij->j", k, np.linalg.solve(LAPLACE.kernel(r2), k))
    assert own[1] == pytest.approx(variance.mean())
    for other in (GAUSS, Covariance("laplace", 0.3), Covariance("matern", 1.0, 1.0)):
        assert (learnt(LAPLACE, other, (10, 30)).mse > own).all()


def test_the_condition_number_is_told_and_a_jitter_bounds_it() -> None:
    far = Covariance("gaussian", 20.0)
    plain, mild = (learnt(LAPLACE, far, (20,), jitter) for jitter in (1e-12, 1e-4))
    matrix = far.kernel(r2)[:20, :20] + 1e-4 * np.eye(20)
    assert mild.condition[0] == pytest.approx(np.linalg.cond(matrix, 1), rel=0.7)
    assert plain.condition[0] > 1e4 * mild.condition[0]
    assert (plain.rounding < 1e-10).all()


def test_what_regression_of_teachers_refuses() -> None:
    one = LAPLACE.kernel(r2), LAPLACE.kernel(r2_test)
    with pytest.raises(BadInput, match="singular to rounding at a jitter of 0: raise the jitter"):
        learnt(LAPLACE, Covariance("gaussian", 100.0), (30,))
    with pytest.raises(BadInput, match="sizes = 31"):
        taught(*one, *one, (31,))
    with pytest.raises(BadInput, match="jitter"):
        taught(*one, *one, (3,), jitter=np.nan)
    with pytest.raises(BadInput, match="teacher_test"):
        taught(one[0], one[1][:, 1:], *one, (3,))
    with pytest.raises(BadInput, match="finite"):
        taught(one[0] * np.nan, one[1], *one, (3,))


def test_fields_by_name() -> None:
    matern = Covariance("matern", 1.0, 1.0)
    assert (LAPLACE.alpha(3), matern.alpha(2), GAUSS.alpha(1)) == (4.0, 4.0, np.inf)
    np.testing.assert_allclose(matern.gram(r2), matern.kernel(r2), rtol=1e-14)
    half = Covariance("matern", 1.0, 0.5)
    np.testing.assert_allclose(half.spectrum(2, 20).eigenvalues, LAPLACE.spectrum(2, 20)[0])
    assert smoothness(GAUSS.alpha(2), 2) == np.inf
    assert [smoothness(1 + 2 * nu, 1) for nu in (0.5, 1.5, 2.7)] == [0, 1, 2]
    for bad, said in ((("ball", 1.0), "kernel 'ball'"), (("matern", 1.0, 0.0), "nu must be above")):
        with pytest.raises(BadInput, match=said):
            Covariance(*bad)
    with pytest.raises(BadInput, match="alpha must be above 2"):
        smoothness(2.0, 2)


@pytest.mark.parametrize("nu", [0.5, 1.5])
def test_paths_have_the_covariance_of_matern(nu: float) -> None:
    z = paths(nu, 64, 20_000, seed=0)
    lags = np.arange(12)
    expected = Covariance("matern", 1.0, nu).kernel((PERIOD / 64 * lags) ** 2)
    found = np.array([(z * np.roll(z, -lag, axis=1)).mean() for lag in lags])
    np.testing.assert_allclose(found, expected, atol=0.01)


def test_paths_are_as_rough_as_nu_says() -> None:
    for nu in (0.25, 1.5):
        z = paths(nu, 4096, 40, seed=1)
        for order in (1, 2):
            rows = [variogram(z, lag, order).mean() for lag in (1, 2)]
            assert np.log2(rows[1] / rows[0]) == pytest.approx(min(2 * nu, 2 * order), abs=0.05)
    with pytest.raises(BadInput, match="longer than the path"):
        variogram(z, 2048, 2)
    with pytest.raises(BadInput, match="too many"):
        paths(1.0, 2**20, 100, seed=0)
