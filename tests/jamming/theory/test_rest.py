"""Descent, lazy convergence, deformations to first order, depth, particles: truths of each."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.images.fields import in_pixels, sample_field
from jamming.images.warp import warp
from jamming.theory import depth, descent, linearised, mean_field

RNG = np.random.default_rng(0)


def test_the_descent_lemma_holds_and_is_exact_of_a_quadratic_along_its_steepest_direction() -> None:
    A = np.diag([1.0, 4.0, 9.0])

    def quadratic(w: jax.Array) -> jax.Array:
        return w @ jnp.asarray(A) @ w / 2

    w, step = RNG.standard_normal(3), np.array([0.0, 0.0, 0.7])
    assert descent.curvature(quadratic, w, step) == pytest.approx(9)
    at = jnp.asarray(w + step)
    assert descent.descent_bound(quadratic, w, step, 9.0) == pytest.approx(float(quadratic(at)))

    def bent(w: jax.Array) -> jax.Array:
        return jnp.cos(3 * w).sum() + (w**4).sum()

    for _ in range(20):
        w, step = RNG.standard_normal((2, 3))
        L = descent.curvature(bent, w, step, 201)
        bound = descent.descent_bound(bent, w, step, L)
        assert float(bent(jnp.asarray(w + step))) <= bound + 1e-3 * abs(bound)
        small = -1 / max(L, 100.0) * np.asarray(jax.grad(bent)(jnp.asarray(w)))
        assert float(bent(jnp.asarray(w + small))) < float(bent(jnp.asarray(w)))


def test_lazy_residuals_solve_their_equation_and_stay_below_the_exponential() -> None:
    J = RNG.standard_normal((5, 9))
    theta, r = J @ J.T, RNG.standard_normal(5)
    for t in (0.0, 0.3, 2.0):
        found, bound = descent.lazy_residuals(theta, r, t)
        later, _ = descent.lazy_residuals(theta, r, t + 1e-6)
        np.testing.assert_allclose((later - found) / 1e-6, -theta @ found / 5, atol=1e-4)
        assert np.linalg.norm(found) <= bound * (1 + 1e-12)
    slowest = np.linalg.eigh(theta)[1][:, 0]
    along, bound = descent.lazy_residuals(theta, slowest, 2.0)
    assert np.linalg.norm(along) == pytest.approx(bound)


def test_features_change_along_a_deformation_as_their_differences_say() -> None:
    x = RNG.uniform(size=(3, 12, 12, 1))
    tau = np.asarray(in_pixels(sample_field(jax.random.key(0), 12, 3, jnp.asarray(1e-3))))

    def features(x: jax.Array) -> jax.Array:
        return jnp.tanh(x).sum(-1)

    at, slope, speed = linearised.along_deformation(features, x, tau)
    e = 1e-5
    there, back = (features(warp(x, s * tau, "gaussian")) for s in (e, -e))
    np.testing.assert_allclose(slope, (there - back) / (2 * e), atol=1e-6)
    np.testing.assert_allclose(at, features(warp(x, 0 * tau, "gaussian")), atol=1e-12)
    np.testing.assert_allclose(speed, np.sqrt((np.asarray(slope) ** 2).sum((1, 2))))
    twice = linearised.along_deformation(features, x, 2 * tau).derivative
    np.testing.assert_allclose(twice, 2 * np.asarray(slope), rtol=1e-9)


def test_two_layers_learn_an_oscillating_radial_function_that_one_does_not() -> None:
    """Of as many neurons in all."""
    one, two = depth.learning_errors(
        jax.random.key(0), 2, ((128,), (64, 64)), omega=12.0, points=1000, steps=600
    )
    assert float(two) < 0.5 * float(one)


def test_particles_follow_one_curve_as_they_become_many() -> None:
    """Distances to the largest system fall as m^-1/2 or faster; f is m-independent by symmetry."""
    x = RNG.standard_normal((10, 2))
    y = np.sign(x[:, 0])
    curves = [
        np.asarray(
            mean_field.losses(mean_field.particles(jax.random.key(1), m, 2), x, y, steps=100)
        )
        for m in (100, 6400, 25600)
    ]
    far, near = (np.abs(curve - curves[2]).max() for curve in curves[:2])
    assert near < 0.4 * far
    assert (np.diff(curves[2]) < 0).all()
    copied = jax.tree.map(
        lambda z: jnp.concatenate([z, z]), mean_field.particles(jax.random.key(1), 100, 2)
    )
    np.testing.assert_allclose(mean_field.losses(copied, x, y, steps=100), curves[0], rtol=1e-9)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: descent.lazy_residuals(np.eye(3), np.ones(2), 1.0), "residual"),
        (lambda: descent.lazy_residuals(np.eye(2), np.ones(2), -1.0), "time t"),
        (lambda: descent.curvature(jnp.sum, np.ones(2), np.ones(2), 1), "points = 1"),
        (lambda: depth.learning_errors(jax.random.key(0), 0, ((4,),)), "d = 0"),
        (lambda: depth.learning_errors(jax.random.key(0), 2, ((0,),)), "widths = 0"),
        (lambda: mean_field.particles(jax.random.key(0), 0, 2), "m = 0"),
        (
            lambda: linearised.along_deformation(jnp.tanh, np.ones((2, 4, 4)), np.ones((2, 4, 4))),
            "shape",
        ),
    ],
)
def test_what_cannot_be_is_refused(make, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        make()
