"""Observables of arrays as they are given: NaN, labels 0 and 1, other shapes, types and scales."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial

from jamming.checks.errors import BadInput
from jamming.fits.curves import falls_to
from jamming.models.activations import activation
from jamming.models.networks import FC
from jamming.objectives.losses import quadratic_hinge
from jamming.objectives.predictor import predictor
from jamming.objectives.problem import Problem
from jamming.observables import boundary, ensembles, gaps
from jamming.observables.alignment import alignment, mean_squares
from jamming.observables.cusps import density, preactivations
from jamming.observables.effective import n_effective
from jamming.observables.ensembles import ensemble, jackknife
from jamming.observables.hessian import Spectrum, gram_spectrum, spectrum, split
from jamming.observables.initial import gradient_scales
from jamming.observables.kernel_pca import contrast, information, kernel_pca, top_information
from jamming.observables.lanczos import Hessian, extremes
from jamming.observables.ritz import ritz

SINGLE = np.float32
Y = np.where(np.arange(40) % 2, 1.0, -1.0)
Z = np.random.default_rng(0).normal(size=(40, 3)) + Y[:, None]
K = Z @ Z.T
F = np.stack([0.8 * Y + 0.3 * np.random.default_rng(s).normal(size=40) for s in range(3)])

OF_LABELS = {
    "contrast": lambda y: contrast(K, y),
    "ensemble": lambda y: ensemble(F, y).error,
    "error": lambda y: ensembles.error(F, y).sum(),
    "average_error": lambda y: ensembles.average_error(F, y, [1, 2]).sum(),
    "projections": lambda y: kernel_pca(K).projections(y)[0],
    "information": lambda y: information(Z[:, 0], y).bits,
    "top_information": lambda y: top_information(kernel_pca(K), y, 2)[-1].bits,
}


@pytest.mark.parametrize("name", OF_LABELS)
def test_labels_are_minus_and_plus_one(name: str) -> None:
    for dtype in (np.int8, np.int64, SINGLE):
        assert OF_LABELS[name](Y.astype(dtype)) == OF_LABELS[name](Y)
    for wrong in (Y > 0, (Y > 0).astype(SINGLE), (Y > 0).astype(int).tolist(), np.nan * Y):
        with pytest.raises(BadInput):
            OF_LABELS[name](wrong)
    for shape in (Y[:, None], np.append(Y, 1)):
        with pytest.raises(BadInput, match="shape"):
            OF_LABELS[name](shape)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_an_output_that_is_no_number_is_wrong(value: float) -> None:
    bad = np.array([[value, -1.0, 1.0, -1.0], [1.0, -1.0, 1.0, -1.0]])
    y = np.array([1, -1, 1, -1])
    assert ensembles.error(bad, y).tolist() == [0.25, 0.0]
    assert ensemble(bad, y).error == 0.25
    assert ensemble(np.full((2, 4), value), y).single.tolist() == [1.0, 1.0]
    with pytest.raises(BadInput, match=r"NaN in F: .*row 0"):
        ensembles.average_error(bad, y, [1])


def test_nan_is_on_neither_side_of_a_boundary() -> None:
    one, other, slopes = np.array([1.0, np.nan, 1.0]), np.ones(3), np.ones((3, 2))
    assert boundary.between(one, other).tolist() == [False, True, False]
    assert np.isnan(boundary.distance(one, other, slopes))
    assert np.isnan(boundary.estimate(one, other, slopes))
    assert np.isnan(boundary.distance([1.0, 1], [-1.0, -1], [[1.0, 0], [np.nan, 0]]))
    assert boundary.between([1e-200], [-1e-200]).tolist() == [True]
    assert boundary.distance(np.int8([1]), np.int8([-1]), np.uint8([[200, 200]])) > 0
    with pytest.raises(BadInput, match="F_bar has shape"):
        boundary.between(one, other[:, None])
    with pytest.raises(BadInput, match="gradients has shape"):
        boundary.distance(one, other, slopes[:2])


@pytest.mark.parametrize("scale", [1e-25, 1e25])
def test_zeros_along_the_gradient_at_any_scale(scale: float) -> None:
    x = np.array([[3.0, 4.0]], SINGLE)
    found = boundary.crossings(lambda w, x: x @ w, jnp.full(2, scale, SINGLE), x)
    np.testing.assert_allclose(found, 1, rtol=1e-6)


def test_points_of_a_boundary() -> None:
    pixels = np.uint8([[200, 100]])
    value, slopes = boundary.input_gradients(lambda w, x: (x**2).sum(1), None, pixels)
    assert value.tolist() == [50000]
    assert slopes.tolist() == [[400, 200]]
    with pytest.raises(BadInput, match="NaN in x"):
        boundary.crossings(lambda w, x: x.sum(1), None, np.array([[np.nan, 1.0]]))


def test_statistics_of_an_ensemble_keep_nan() -> None:
    assert np.isnan(ensembles.norm([1.0, np.nan]))
    assert np.isnan(ensembles.deviations(np.array([[1.0, np.nan], [1, 1]]))).all()
    assert np.isnan(jackknife([1.0, np.nan]))
    np.testing.assert_allclose(ensembles.norm(np.array([3e200, 4e200])), 5e200 / 2**0.5)
    with pytest.raises(BadInput, match="F has shape"):
        ensembles.deviations(np.ones(3))


def test_weights_of_any_type_align() -> None:
    W = np.int8([[-128, 2], [1, 1]])
    assert alignment(W, 1).Lambda == alignment(W.astype(float), 1).Lambda > 60
    half = np.full((2, 3), 6e4, np.float16)
    np.testing.assert_allclose(mean_squares(half), [1, 1])
    with pytest.raises(BadInput, match="weights has shape"):
        alignment(W.astype(float), 1, weights=np.ones((2, 1)))
    with pytest.raises(BadInput, match="not finite"):
        alignment(np.array([[1.0, np.nan], [1, 1]]), 1)


def test_gaps_are_of_numbers() -> None:
    delta = [-1, 2, -3]
    assert gaps.gaps(np.int8(delta)).tolist() == [1, 3]
    assert gaps.overlaps(delta, 4).tolist() == [1]
    for of in (gaps.gaps, lambda d: gaps.overlaps(d, 1.0), lambda d: gaps.exponent([d], 0.1, 1)):
        with pytest.raises(BadInput, match="not finite"):
            of(np.array([0.5, np.nan]))
    with pytest.raises(BadInput, match=r"a run has shape \[\]"):
        gaps.exponent(np.linspace(0.1, 1, 50), 0.1, 1.0)


def test_a_contrast_needs_both_labels() -> None:
    assert np.isnan(contrast(K, np.ones(40)))
    assert np.isnan(contrast(K * np.nan, Y))
    with pytest.raises(BadInput, match="theta has shape"):
        contrast(K[:3], Y)


def test_levels_are_told_apart_by_the_precision_of_the_kernel() -> None:
    values = np.array([1.0, 1.0 - 1e-8, 0.5])
    assert kernel_pca(np.diag(values)).levels().tolist() == [0, 1, 2]
    assert kernel_pca(np.diag(values.astype(SINGLE))).levels().tolist() == [0, 0, 1]
    half = kernel_pca(np.diag(np.array([1.0, 1.0 - 2**-10, 0.5], np.float16)))
    assert half.eps == 2**-10
    assert half.levels().tolist() == [0, 0, 1]


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_information_has_no_scale(scale: float) -> None:
    assert information(scale * Z, Y).bits == pytest.approx(information(Z, Y).bits)


def test_zero_eigenvalues_by_the_rounding_of_their_precision() -> None:
    values = np.array([-1e-5, 1e-5, 1.0])
    many = np.concatenate([values, np.ones(997)])
    assert Spectrum(many).N_zero == 0
    assert Spectrum(many.astype(SINGLE)).N_zero == 2


@pytest.mark.parametrize("dtype", [np.float16, jnp.bfloat16])
def test_rounding_of_half_floats_is_no_curvature(dtype: type) -> None:
    z = np.random.default_rng(0).normal(size=(30, 5))
    found = spectrum(jnp.asarray(z @ z.T).astype(dtype))
    assert (found.N_zero, found.N_minus) == (25, 0)


def test_a_spectrum_is_of_a_symmetric_matrix_of_numbers() -> None:
    for matrix, said in (
        (np.full((2, 2), np.nan), "not finite"),
        (np.ones((2, 3)), "shape"),
        (np.array([[1.0, 2], [0, 1]]), "symmetric"),
    ):
        with pytest.raises(BadInput, match=said):
            spectrum(matrix)


def test_a_landscape_at_nan_is_none() -> None:
    net, x = FC(h=3, L=1), jnp.asarray(Z[:6])
    w = net.init(jax.random.key(0), x)
    problem = Problem(predictor(net, w), quadratic_hinge(), x, jnp.asarray(Y[:6]))
    lost = jax.tree.map(lambda a: a * jnp.nan, problem.predictor.start())
    key = jax.random.key(0)
    for of in (split, gram_spectrum, lambda *at: extremes(Hessian(*at), 1, key)):
        with pytest.raises(BadInput, match="not finite"):
            of(problem, lost)
    with pytest.raises(BadInput, match="not finite"):
        preactivations(net, jax.tree.map(lambda a: a * jnp.nan, w), x)
    with pytest.raises(BadInput, match="not finite"):
        density([np.array([1.0, np.nan])], [0.0, 1.0])


@pytest.mark.parametrize("scale", [1e-25, 1e-19, 1.0, 1e19, 1e25])
def test_ritz_values_at_any_scale(scale: float) -> None:
    Q = np.linalg.qr(np.random.default_rng(0).normal(size=(12, 12)))[0]
    A = scale * (Q * np.linspace(-1, 1, 12)) @ Q.T
    operator = Partial(jnp.matmul, jnp.asarray(A, SINGLE))
    found = ritz(operator, jnp.zeros(12, SINGLE), jax.random.key(0), 12, multiple=True)
    np.testing.assert_allclose(found.values / scale, np.linspace(-1, 1, 12), atol=1e-5)


def test_the_rank_of_gradients_is_that_of_float64() -> None:
    """A relu neuron's scale is no parameter, also where weights come in single precision."""
    x = np.random.default_rng(0).normal(size=(30, 3))
    net = FC(h=4, L=1, bias=True)
    w = net.init(jax.random.key(0), jnp.asarray(x, SINGLE))
    double = jax.tree.map(lambda a: a.astype(float), w)
    assert n_effective(net, w, x.astype(SINGLE)) == n_effective(net, double, x.astype(SINGLE)) <= 17
    two = FC(h=4, L=1, c=2)
    with pytest.raises(BadInput, match="one output"):
        n_effective(two, two.init(jax.random.key(0), jnp.asarray(x)), x)
    with pytest.raises(BadInput, match="gradients"):
        n_effective(net, jax.tree.map(lambda a: a * jnp.nan, w), x)


def test_gradients_that_are_small_have_a_size() -> None:
    net = FC(h=4, L=1, activation=activation("linear"))
    x = jnp.ones((2, 3), SINGLE)
    w = net.init(jax.random.key(0), x)
    small = gradient_scales(net, jax.tree.map(lambda a: a * SINGLE(1e-25), w), x)
    np.testing.assert_allclose(small, 1e-25 * gradient_scales(net, w, x), rtol=1e-5)


def test_a_curve_that_begins_with_nan_has_no_half() -> None:
    assert np.isnan(falls_to([0, 1, 2, 3], [np.nan, 4.0, 2.0, 1.0]).t)
    assert falls_to([0, 1, 2, 3], [4, 4, 2, 1]).t == pytest.approx(2)
