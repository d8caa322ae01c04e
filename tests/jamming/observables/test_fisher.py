"""Gauss-Newton and Fisher matrices, which is H_0: against gradients of the losses at any label."""

import functools
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import jamming
from jamming.checks.errors import BadInput
from jamming.models.activations import activation
from jamming.objectives.losses import LOSSES
from jamming.objectives.problem import Problem
from jamming.observables.fisher import LIKELIHOODS, fisher, gauss_newton
from jamming.observables.hessian import gram_spectrum
from jamming.observables.lanczos import Hessian, extremes

P, ALPHA = 7, 3.0


@functools.cache
def landscape(loss: str, *, scaled: bool = True) -> tuple[Problem, dict]:
    """Points of random labels; three outputs under the losses of classes."""
    rng, several = np.random.default_rng(0), LOSSES[loss].multiclass
    x, classes = jnp.asarray(rng.standard_normal((P, 4))), jnp.asarray(rng.integers(0, 3, P))
    net = jamming.FC(h=4, L=1, activation=activation("tanh"), bias=True, c=3 if several else 1)
    w = net.init(jax.random.key(1), x)
    F = jamming.predictor(net, w, ALPHA if scaled else None)
    v = jax.tree.map(lambda a: a + 0.2 * jnp.cos(jnp.arange(a.size)).reshape(a.shape), F.start())
    return Problem(F, LOSSES[loss], x, classes if several else jnp.sign(classes - 0.5)), v


def gradients(problem: Problem, v: dict, y: jax.Array) -> np.ndarray:
    """Of the loss of each point at labels y [P], [P, N]."""
    flat, unravel = ravel_pytree(v)

    def losses(u: jax.Array) -> jax.Array:
        return problem.loss.per_sample(problem.outputs(unravel(u)), y)

    return np.asarray(jax.jacrev(losses)(flat))


def labels(problem: Problem, v: dict) -> list[tuple[jax.Array, jax.Array]]:
    """All labels that points may have, and their probabilities: [P] each.

    Of the square loss those of a Gauss-Hermite rule, which is exact for squares.
    """
    F = problem.outputs(v)
    if problem.loss.name == "square":
        nodes, weights = np.polynomial.hermite_e.hermegauss(3)
        rule = zip(nodes, weights / weights.sum(), strict=True)
        return [(F + node, jnp.full(P, weight)) for node, weight in rule]
    every = range(3) if problem.loss.multiclass else (-1.0, 1.0)
    alike = [jnp.full(P, y) for y in every]
    return [(y, jnp.exp(-problem.loss.per_sample(F, y))) for y in alike]


@pytest.mark.parametrize("loss", LIKELIHOODS)
def test_fishers_matrix_is_the_mean_over_labels_and_that_of_gauss_and_newton(loss: str) -> None:
    problem, v = landscape(loss)
    known = labels(problem, v)
    np.testing.assert_allclose(sum(p for _, p in known), 1.0, rtol=1e-12)
    expected = 0.0
    for y, p in known:
        g = gradients(problem, v, y)
        expected += np.einsum("p,pi,pj->ij", p, g, g) / (ALPHA**2 * P)
    scale = np.abs(expected).max()
    found = fisher(problem, v)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * scale)
    np.testing.assert_array_equal(found, gauss_newton(problem, v))


@pytest.mark.parametrize("loss", ["quadratic_hinge", "cross_entropy"])
def test_the_empirical_one_is_of_the_labels_that_are_there(loss: str) -> None:
    problem, v = landscape(loss)
    g = gradients(problem, v, problem.y)
    expected = g.T @ g / (ALPHA**2 * P)
    found = fisher(problem, v, empirical=True)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * scale)
    gram = gram_spectrum(problem, v, "empirical_fisher").eigenvalues
    np.testing.assert_allclose(
        np.linalg.eigvalsh(found)[-gram.size :], gram, rtol=0, atol=1e-12 * scale
    )
    assert gram.size == (np.abs(g).max(1) > 0).sum()
    u = jnp.asarray(np.random.default_rng(1).standard_normal(len(found)))
    for part, matrix in (("empirical_fisher", found), ("gauss_newton", gauss_newton(problem, v))):
        product = jax.jit(lambda A, u: A(u))(Hessian(problem, v, part, block=3), u)  # type: ignore[arg-type]
        np.testing.assert_allclose(product, matrix @ u, rtol=0, atol=1e-11 * scale)


def test_where_labels_are_as_the_network_says_both_are_one() -> None:
    """With y = F + 1 the square loss has gradients of the size of its standard deviation."""
    problem, v = landscape("square")
    F = problem.outputs(v)
    shifted, fitted = (replace(problem, y=F + by) for by in (1.0, 0.0))
    one, two = fisher(shifted, v), fisher(shifted, v, empirical=True)
    scale = np.abs(one).max()
    np.testing.assert_allclose(two, one, rtol=0, atol=1e-12 * scale)
    # of points that are fitted exactly, too, where |y - F| has a kink
    np.testing.assert_allclose(fisher(fitted, v), one, rtol=0, atol=1e-12 * scale)
    u = jnp.ones(len(one))
    product = jax.jit(lambda A, u: A(u))(Hessian(fitted, v, block=3), u)  # type: ignore[arg-type]
    np.testing.assert_allclose(product, one @ u, rtol=0, atol=1e-10 * scale)


def test_a_loss_without_a_distribution_has_none() -> None:
    problem, v = landscape("quadratic_hinge")
    key = jax.random.key(0)
    for refused in (
        lambda: fisher(problem, v),
        lambda: gram_spectrum(problem, v, "fisher"),
        lambda: extremes(Hessian(problem, v, "fisher"), 1, key),
    ):
        with pytest.raises(BadInput, match="'quadratic_hinge' is no log-likelihood") as said:
            refused()
        assert "\n" not in str(said.value)
    with pytest.raises(BadInput, match="dense matrix would take"):
        gauss_newton(problem, v, most=1.0)
    with pytest.raises(BadInput, match="sum of squares"):
        gram_spectrum(problem, v, "H_p")
