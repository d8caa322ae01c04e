"""Spectra by Lanczos are those of the dense matrices, within the bounds and errors they state."""

import dataclasses
import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.flatten_util import ravel_pytree
from jax.tree_util import Partial
from matfree import decomp, funm

from jamming.checks.errors import BadInput
from jamming.models.activations import activation as activation_of
from jamming.models.networks import CNN, FC
from jamming.objectives.losses import Loss, quadratic_hinge, soft_hinge
from jamming.objectives.predictor import predictor
from jamming.objectives.problem import Problem
from jamming.observables.hessian import Split, split
from jamming.observables.lanczos import (
    Hessian,
    Part,
    Quadrature,
    extremes,
    quadrature,
)
from jamming.observables.ritz import ritz, ritz_vectors

P, D = 70, 5
PARTS: tuple[Part, ...] = ("H", "H_0", "H_p")
KEY, STEPS = 3, 40  # of the random vectors; of Lanczos, less than half of N


@functools.cache
def landscape(
    activation: str = "tanh",
    loss: Loss | None = None,
    *,
    h: int = 6,
    L: int = 2,
    alpha: float | None = None,
    bias: bool = True,
    points: int = P,
    steps: int = 3,
) -> tuple[Problem, dict]:
    """A network after some steps of gradient descent, on random data with random labels."""
    rng = np.random.default_rng(0)
    x = jnp.asarray(rng.standard_normal((points, D)))
    y = jnp.asarray(np.where(rng.random(points) < 0.5, 1.0, -1.0))
    net = FC(h=h, L=L, activation=activation_of(activation), bias=bias)
    w = jax.jit(net.init)(jax.random.key(1), x)
    problem = Problem(predictor(net, w, alpha), loss or quadratic_hinge(), x, y)

    @jax.jit
    def step(v: dict) -> dict:
        return jax.tree.map(lambda a, g: a - 0.3 * g, v, problem.gradient(v).g)

    v = problem.predictor.start()
    for _ in range(steps):
        v = step(v)
    return problem, v


@functools.cache
def parts(activation: str = "tanh") -> Split:
    return split(*landscape(activation))


@functools.partial(jax.jit, static_argnames=("parts", "blocks"))
def products(
    problem: Problem,
    v: dict,
    u: jax.Array | None = None,
    parts: tuple[Part, ...] = PARTS,
    blocks: tuple[int, ...] = (256,),
) -> dict[Part, list[jax.Array]]:
    """Those with the rows of u, or of the unit matrix, for each size of a block."""
    u = jnp.eye(ravel_pytree(v)[0].size) if u is None else u
    return {
        part: [jax.vmap(Hessian(problem, v, part, block))(u) for block in blocks] for part in parts
    }


@pytest.mark.parametrize(
    ("activation", "options"), [("tanh", {"loss": soft_hinge(), "alpha": 3.0}), ("relu", {})]
)
def test_products_are_those_of_the_dense_split(activation: str, options: dict) -> None:
    problem, v = landscape(activation, **options)
    flat, unravel = ravel_pytree(v)
    dense = split(problem, v) if options else parts(activation)
    scale = np.abs(dense.H).max()
    found = {part: each[0] for part, each in products(problem, v, blocks=(32,)).items()}
    for part in PARTS:
        np.testing.assert_allclose(found[part], getattr(dense, part), rtol=0, atol=1e-13 * scale)
    np.testing.assert_allclose(found["H_0"] + found["H_p"], found["H"], rtol=0, atol=1e-13 * scale)

    def of(u: jax.Array) -> jax.Array:
        return problem.loss.mean(problem.outputs(unravel(u)), problem.y, problem.predictor.alpha)

    np.testing.assert_allclose(
        found["H"], jax.jit(jax.hessian(of))(flat), rtol=0, atol=1e-13 * scale
    )


def test_the_size_of_a_block_does_not_matter() -> None:
    problem, v = landscape("relu")
    u = jnp.asarray(np.random.default_rng(1).standard_normal((3, parts("relu").H.shape[0])))
    for of_blocks in products(problem, v, u, parts=("H_0", "H_p"), blocks=(P, 1, 32)).values():
        scale = float(jnp.abs(of_blocks[0]).max())
        for found in of_blocks[1:]:
            np.testing.assert_allclose(found, of_blocks[0], rtol=0, atol=1e-13 * scale)


def test_a_block_holds_images_too() -> None:
    x = jax.random.normal(jax.random.key(0), (5, 6, 6, 1))
    net = CNN(h=2, strides=(2,), kernel=3)
    w = jax.jit(net.init)(jax.random.key(1), x)
    problem = Problem(predictor(net, w), quadratic_hinge(), x, jnp.array([1.0, -1, 1, -1, 1]))
    u = jax.tree.map(jnp.ones_like, w)

    @jax.jit
    def expected() -> jax.Array:
        change = jax.jvp(lambda w: problem.gradient(w).g, (w,), (u,))[1]
        return ravel_pytree(change)[0]

    found = products(problem, w, ravel_pytree(u)[0][None], parts=("H",), blocks=(2,))["H"][0][0]
    np.testing.assert_allclose(found, expected(), rtol=1e-12)


@pytest.mark.parametrize(
    ("activation", "part", "steps"), [("tanh", "H", 40), ("relu", "H_p", 10**6)]
)
def test_extremes_are_those_of_the_dense_matrix(activation: str, part: Part, steps: int) -> None:
    """Less than N / 2 steps are enough for the ends."""
    problem, v = landscape(activation)
    expected = np.linalg.eigvalsh(getattr(parts(activation), part))
    scale = np.abs(expected).max()
    found = extremes(Hessian(problem, v, part), 3, jax.random.key(KEY), steps=steps)
    np.testing.assert_allclose(found.smallest, expected[:3], rtol=0, atol=1e-8 * scale)
    np.testing.assert_allclose(found.largest, expected[-3:], rtol=0, atol=1e-8 * scale)
    assert found.bound < 1e-8 * scale
    assert found.scale == pytest.approx(scale, rel=1e-8)


def test_H_0_takes_a_step_for_each_constraint_and_two_for_all_zeros() -> None:
    """All other eigenvalues are zero, and that they are takes one start to see, one to know."""
    problem, v = landscape("tanh")
    F = problem.outputs(v)
    few = dataclasses.replace(problem.loss, margin=float(jnp.abs(F[20:]).min()) / 2)
    y = jnp.where(jnp.arange(P) < 20, problem.y, jnp.sign(F))  # past the margin but for twenty
    some = dataclasses.replace(problem, y=y, loss=few)
    k = int(some.loss.unsatisfied(F, some.y)) + 5
    expected = np.linalg.eigvalsh(split(some, v).H_0)
    assert 10 < k < expected.size / 2
    found = extremes(Hessian(some, v, "H_0"), k, jax.random.key(KEY), steps=k)
    np.testing.assert_allclose(found.largest, expected[-k:], rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.smallest, expected[:k], rtol=0, atol=1e-12)


def test_where_every_constraint_is_satisfied_all_is_zero() -> None:
    problem, v = landscape("tanh")
    F = problem.outputs(v)
    past = dataclasses.replace(problem.loss, margin=float(jnp.abs(F).min()) / 2)
    fitted = dataclasses.replace(problem, y=jnp.sign(F), loss=past)
    found = extremes(Hessian(fitted, v), 3, jax.random.key(KEY), steps=STEPS)
    np.testing.assert_array_equal([found.smallest, found.largest], np.zeros((2, 3)))
    assert found.bound == 0.0
    at = quadrature(Hessian(fitted, v), jax.random.key(KEY), steps=STEPS).density(np.zeros(1), 0.5)
    assert at.density[0] == pytest.approx(1 / np.sqrt(2 * np.pi * 0.25))
    assert at.below[0] == pytest.approx(0.5)
    assert at.error[0] == 0.0


@pytest.mark.parametrize(("activation", "part"), [("tanh", "H"), ("relu", "H_p")])
def test_moments_are_traces_of_powers(activation: str, part: Part) -> None:
    problem, v = landscape(activation)
    A = getattr(parts(activation), part)
    N = len(A)
    found = quadrature(Hessian(problem, v, part), jax.random.key(KEY), steps=STEPS, probes=60)
    assert found.moment(0)[0] == pytest.approx(1.0, abs=1e-13)
    assert found.moment(0)[1] < 1e-13
    for order in (1, 2, 3):
        mean, error = found.moment(order)
        expected = np.trace(np.linalg.matrix_power(A, order)) / N
        assert abs(mean - expected) < 3 * error
        # the eigenvalues' own spread over the root of N / 2 a probe
        spread = np.std(np.linalg.eigvalsh(A) ** order)
        assert error == pytest.approx(spread * np.sqrt(2 / (N * 60)), rel=0.4)


@pytest.mark.parametrize(("activation", "part"), [("tanh", "H"), ("tanh", "H_0"), ("relu", "H_p")])
def test_density_is_that_of_the_dense_matrix_within_its_error(activation: str, part: Part) -> None:
    problem, v = landscape(activation)
    eigenvalues = np.linalg.eigvalsh(getattr(parts(activation), part))
    width = float(0.03 * np.ptp(eigenvalues))
    lam = np.linspace(eigenvalues[0] - 5 * width, eigenvalues[-1] + 5 * width, 300)
    at = quadrature(Hessian(problem, v, part), jax.random.key(KEY), steps=STEPS, probes=40)
    found = at.density(lam, width)
    u = (lam - eigenvalues[:, None]) / width
    expected = np.exp(-(u**2) / 2).mean(0) / (np.sqrt(2 * np.pi) * width)
    deviation = np.abs(found.density - expected)
    assert np.all(deviation < 4 * found.error + 1e-3 * expected.max())
    part_of = found.error > 1e-3 * expected.max()
    assert 0.3 < np.sqrt(np.mean((deviation / found.error)[part_of] ** 2)) < 2.0
    assert np.trapezoid(found.density, lam) == pytest.approx(1.0, abs=1e-4)
    assert np.all(np.diff(found.below) >= 0)
    assert found.below[0] < 1e-6 < 1 - 1e-6 < found.below[-1]
    below = [(eigenvalues < at).mean() for at in lam]
    steep = expected * width  # broadening moves eigenvalues over the grid's points
    assert np.all(np.abs(found.below - below) < 4 * found.below_error + 2 * steep + 1e-3)


def test_as_many_steps_as_widths_fit_into_the_spectrum_resolve_them() -> None:
    A = jnp.diag(jnp.linspace(-1, 1, 400))
    like, operator = jnp.zeros(400), Partial(jnp.matmul, A)
    lam, width = np.linspace(-1.2, 1.2, 200), 0.05
    found, exact = (
        Quadrature((ritz(operator, like, jax.random.key(KEY), steps),)).density(lam, width)
        for steps in (round(2 / width), 400)
    )
    np.testing.assert_allclose(
        found.density, exact.density, rtol=0, atol=2e-3 * exact.density.max()
    )
    assert np.isnan(found.error).all()  # one vector has no spread


def test_it_is_the_quadrature_of_matfree() -> None:
    G = np.random.default_rng(0).standard_normal((30, 30))
    operator, key = Partial(jnp.matmul, jnp.asarray(G + G.T) / 10), jax.random.key(KEY)
    found = ritz(operator, jnp.zeros(30), key, 5)
    start = jax.random.normal(jax.random.fold_in(key, 0), (30,))
    form = funm.monte_carlo_funm_sym(
        funm.dense_funm_sym_eigh(jnp.exp), decomp.tridiag_sym(5, reortho="full")
    )
    expected = jax.jit(form)(operator, start / jnp.linalg.norm(start))
    assert found.weights @ np.exp(found.values) == pytest.approx(float(expected), rel=1e-12)


def test_H_p_of_relu_is_symmetric_about_zero() -> None:
    """One hidden layer: changing the sign of the last layer's parameters changes that of H_p."""
    problem, w = landscape("relu", L=1, h=40, bias=False, points=200, steps=0)
    sign = {"params": {"W1": jnp.ones((D, 40)), "W2": -jnp.ones((40, 1))}}
    S = np.asarray(ravel_pytree(sign)[0])
    (A,) = map(np.asarray, products(problem, w, parts=("H_p",))["H_p"])
    np.testing.assert_allclose(S[:, None] * A * S, -A, rtol=0, atol=1e-15)
    lam = np.linspace(-0.2, 0.2, 101)
    found = quadrature(Hessian(problem, w, "H_p"), jax.random.key(KEY), probes=30).density(
        lam, 0.02
    )
    difference = found.density - found.density[::-1]
    assert np.all(np.abs(difference) < 4 * np.hypot(found.error, found.error[::-1]) + 1e-9)
    assert abs(found.below[50] - 0.5) < 3 * found.below_error[50]


def test_float32_gives_the_same_to_its_precision() -> None:
    problem, v = landscape("tanh")
    narrow = jax.tree.map(lambda a: a.astype(jnp.float32), (problem, v))
    eigenvalues = np.linalg.eigvalsh(parts("tanh").H)
    found = quadrature(Hessian(*narrow), jax.random.key(KEY), steps=STEPS, probes=40)
    mean, error = found.moment(2)
    assert abs(mean - np.mean(eigenvalues**2)) < 3 * error
    ends = found.probes[0].values[[0, -1]]
    np.testing.assert_allclose(
        ends, eigenvalues[[0, -1]], rtol=0, atol=1e-5 * np.abs(eigenvalues).max()
    )


@pytest.mark.parametrize("steps", [40, 150])
def test_no_eigenvalue_comes_twice_in_single_precision(steps: int) -> None:
    """Without orthogonality, which rounding destroys, those that have converged come again."""
    rng, N = np.random.default_rng(0), 200
    Q = np.linalg.qr(rng.normal(size=(N, N)))[0]
    A = jnp.asarray((Q * np.append(np.linspace(0, 1, N - 3), [3, 5, 10])) @ Q.T, np.float32)
    operator, like = Partial(jnp.matmul, A), jnp.zeros(N, np.float32)
    eps = float(np.finfo(np.float32).eps)
    found = Quadrature((ritz(operator, like, jax.random.key(0), steps),), eps)
    assert (found.probes[0].values > 2).sum() == 3
    ends = found.extremes(3)
    error = np.abs(ends.largest - np.linalg.eigvalsh(np.asarray(A, float))[-3:])
    assert (error <= ends.largest_bound).all()
    assert ends.largest_bound.max() < 5e-6 * ends.scale
    start = jax.random.normal(jax.random.key(0), (N,), np.float32)
    without = decomp.tridiag_sym(steps, reortho="none", materialize=False, custom_vjp=False)
    a, b = (np.asarray(each, float) for each in without(operator, start)[1])
    assert (scipy.linalg.eigh_tridiagonal(a, b)[0] > 2).sum() > 10


def test_long_vectors_lose_no_digits() -> None:
    """Sums of three million squares of single precision, one after another, lose four of seven."""
    twice = Partial(jnp.multiply, jnp.asarray(2, np.float32))
    found = ritz(twice, jnp.zeros(3_000_000, np.float32), jax.random.key(0), 1)
    assert found.values[0] == pytest.approx(2, rel=1e-6)


def test_extremes_in_single_precision_are_within_their_bounds() -> None:
    """Those of the dense matrix of the same weights in double precision."""
    problem, v = landscape("tanh")
    narrow = jax.tree.map(lambda a: a.astype(jnp.float32), (problem, v))
    wide = jax.tree.map(lambda a: a.astype(float), narrow)
    expected = np.linalg.eigvalsh(split(*wide).H)
    found = extremes(Hessian(*narrow), 4, jax.random.key(KEY), steps=60)
    for values, bounds, exact in (
        (found.smallest, found.smallest_bound, expected[:4]),
        (found.largest, found.largest_bound, expected[-4:]),
    ):
        assert (np.abs(values - exact) <= bounds).all()
        assert bounds.max() < 1e-4 * found.scale


@given(
    levels=st.lists(st.integers(-2, 2), min_size=5, max_size=5),
    scale=st.sampled_from([1e-6, 1.0, 1e8]),
    seed=st.integers(0, 2**31 - 1),
)
@settings(max_examples=40, deadline=None)
def test_all_steps_give_all_eigenvalues_of_any_symmetric_matrix(
    levels: list[int], scale: float, seed: int
) -> None:
    """However degenerate."""
    Q, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((5, 5)))
    A = scale * (Q * np.array(levels)) @ Q.T
    operator = Partial(jnp.matmul, jnp.asarray((A + A.T) / 2))
    found = ritz(operator, jnp.zeros(5), jax.random.key(seed), 5, multiple=True)
    np.testing.assert_allclose(found.values, scale * np.sort(levels), rtol=0, atol=1e-10 * scale)
    assert np.all(found.bounds < 1e-10 * scale)
    assert found.weights.sum() == pytest.approx(1.0, abs=1e-12)
    once = ritz(operator, jnp.zeros(5), jax.random.key(seed), 5)
    start = np.asarray(jax.random.normal(jax.random.fold_in(jax.random.key(seed), 0), (5,)))
    expected = start @ A @ start / (start @ start)
    assert once.weights @ once.values == pytest.approx(expected, abs=1e-10 * scale)


@given(steps=st.sampled_from([1, 4, 11, 12]), seed=st.integers(0, 2**31 - 1))
@settings(max_examples=30, deadline=None)
def test_an_eigenvalue_lies_within_each_bound(steps: int, seed: int) -> None:
    G = np.random.default_rng(seed).standard_normal((12, 12))
    A = G + G.T
    eigenvalues = np.linalg.eigvalsh(A)
    found = ritz(Partial(jnp.matmul, jnp.asarray(A)), jnp.zeros(12), jax.random.key(seed), steps)
    assert found.values.size == steps
    assert np.all(np.diff(found.values) >= 0)
    nearest = np.abs(found.values[:, None] - eigenvalues).min(1)
    assert np.all(nearest <= found.bounds + 1e-12)
    assert eigenvalues[0] - 1e-12 <= found.values[0] <= found.values[-1] <= eigenvalues[-1] + 1e-12


def test_the_first_vectors_do_not_depend_on_how_many_there_are() -> None:
    problem, v = landscape()
    few, many = (
        quadrature(Hessian(problem, v), jax.random.key(KEY), steps=STEPS, probes=n) for n in (2, 4)
    )
    for a, b in zip(few.probes, many.probes, strict=False):
        np.testing.assert_array_equal(a.values, b.values)


def test_more_steps_than_parameters_are_as_many() -> None:
    operator = Partial(jnp.matmul, jnp.diag(jnp.arange(5.0)))
    found, capped = (ritz(operator, jnp.zeros(5), jax.random.key(0), m) for m in (5, 10**9))
    np.testing.assert_array_equal(found.values, capped.values)


def test_nonsense_is_refused() -> None:
    problem, v = landscape("tanh")
    N, key, lam = ravel_pytree(v)[0].size, jax.random.key(0), np.zeros(1)
    for k in (0, -1, N + 1):
        with pytest.raises(BadInput, match="number of eigenvalues"):
            extremes(Hessian(problem, v), k, key)
    with pytest.raises(BadInput, match="= 2 is too small: it must be at least 3"):
        extremes(Hessian(problem, v), 3, key, steps=2)
    with pytest.raises(BadInput, match="steps = 0 is too small"):
        quadrature(Hessian(problem, v), key, steps=0)
    for width in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(BadInput, match="broadening"):
            quadrature(Hessian(problem, v), key, steps=2, probes=1).density(lam, width)
    with pytest.raises(BadInput, match="random vectors"):
        quadrature(Hessian(problem, v), key, probes=0)
    with pytest.raises(BadInput, match="block"):
        quadrature(Hessian(problem, v, block=0), key)
    with pytest.raises(BadInput, match="not finite"):
        extremes(Hessian(problem, jax.tree.map(lambda a: a * jnp.nan, v)), 1, key, steps=STEPS)


@pytest.mark.usefixtures("unannotated")
def test_a_seed_is_no_key() -> None:
    problem, v = landscape("tanh")
    seed: Any = 0
    identity = jax.tree_util.Partial(jnp.multiply, jnp.ones(3))
    for refused in (
        lambda: ritz(identity, jnp.ones(3), seed, 2),
        lambda: extremes(Hessian(problem, v), 1, seed),
        lambda: quadrature(Hessian(problem, v), seed),
    ):
        with pytest.raises(BadInput, match=r"give jax\.random\.key\(seed\)"):
            refused()


@pytest.mark.parametrize("part", ["H", "H_0"])
def test_eigenvectors_are_those_of_the_dense_matrix(part: Part) -> None:
    """H_0 of few points is zero on most directions: a basis of them is as good as any."""
    problem, v = landscape(h=3, points=9, bias=False)
    dense = np.asarray(getattr(split(problem, v), part))
    N = len(dense)
    values, U = np.linalg.eigh(dense)
    scale = np.abs(values).max()
    A = Hessian(problem, v, part)
    found = extremes(A, 12, jax.random.key(KEY), steps=N, vectors=True)
    assert found.smallest_vectors is not None
    assert found.largest_vectors is not None
    lam = np.concatenate([found.smallest, found.largest])
    rows = np.concatenate([found.smallest_vectors, found.largest_vectors])
    np.testing.assert_allclose(rows @ rows.T, np.eye(24), atol=1e-9)
    np.testing.assert_allclose(rows @ dense, lam[:, None] * rows, atol=1e-9 * scale)
    # up to their sign, where the eigenvalue is far from the next
    for i in (-1, -2):
        assert abs(rows[i] @ U[:, i]) == pytest.approx(1, abs=1e-9)
    plain = extremes(A, 12, jax.random.key(KEY), steps=N)
    assert plain.largest_vectors is None
    np.testing.assert_allclose(plain.largest, found.largest, atol=1e-12 * scale)


def test_of_a_number_any_vectors_are_eigenvectors() -> None:
    times = Partial(jnp.multiply, jnp.asarray(2.5))
    found, rows = ritz_vectors(times, jnp.zeros(6), jax.random.key(0), 6, slice(4))
    np.testing.assert_allclose(found.values, 2.5, rtol=1e-12)
    assert found.values.size == 6
    np.testing.assert_allclose(rows @ rows.T, np.eye(4), atol=1e-12)
