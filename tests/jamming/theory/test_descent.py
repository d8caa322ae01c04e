"""The descent lemma and lazy convergence: bounds that hold, and equalities where they are exact."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.theory import descent

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


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: descent.lazy_residuals(np.eye(3), np.ones(2), 1.0), "residual"),
        (lambda: descent.lazy_residuals(np.eye(2), np.ones(2), -1.0), "time t"),
        (lambda: descent.curvature(jnp.sum, np.ones(2), np.ones(2), 1), "points = 1"),
    ],
)
def test_what_cannot_be_is_refused(make: Callable[[], object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        make()
