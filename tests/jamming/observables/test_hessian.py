"""The split Hessian: against autodiff of the whole loss, and what the theory says of its parts."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg
from jax.flatten_util import ravel_pytree

from jamming.checks.errors import BadInput
from jamming.models.activations import activation as activation_of
from jamming.models.counting import count
from jamming.models.networks import FC
from jamming.objectives.losses import LOSSES, Loss, quadratic_hinge, soft_hinge
from jamming.objectives.predictor import Plain, Scaled
from jamming.objectives.problem import Problem
from jamming.observables.fisher import jacobian, memory
from jamming.observables.hessian import Spectrum, gram_spectrum, spectrum, split
from jamming.observables.lanczos import Hessian

P, D = 70, 5  # more than a block


def landscape(
    activation: str = "tanh",
    loss: Loss | None = None,
    *,
    h: int = 6,
    L: int = 2,
    alpha: float | None = None,
    bias: bool = True,
    points: int = P,
) -> tuple[Problem, dict]:
    """A network at random weights, on random data with random labels."""
    rng = np.random.default_rng(0)
    x = jnp.asarray(rng.standard_normal((points, D)))
    y = jnp.asarray(np.where(rng.random(points) < 0.5, 1.0, -1.0))
    net = FC(h=h, L=L, activation=activation_of(activation), bias=bias)
    w = net.init(jax.random.key(1), x)
    loss = quadratic_hinge() if loss is None else loss
    if alpha is None:
        return Problem(Plain(net, w), loss, x, y), w
    v = jax.tree.map(lambda a: 0.3 * jax.random.normal(jax.random.key(2), a.shape, a.dtype), w)
    return Problem(Scaled(net, w, jnp.asarray(alpha)), loss, x, y), v


def whole(problem: Problem, v: dict) -> np.ndarray:
    """The Hessian of the loss, by differentiating it twice."""
    flat, unravel = ravel_pytree(v)

    def of(u: jax.Array) -> jax.Array:
        return problem.loss.mean(problem.outputs(unravel(u)), problem.y, problem.predictor.alpha)

    return np.asarray(jax.jit(jax.hessian(of))(flat))


@pytest.mark.parametrize("alpha", [None, 3.0])
@pytest.mark.parametrize(
    "loss", [quadratic_hinge(), soft_hinge(), LOSSES["logistic"], LOSSES["linear_hinge"]]
)
@pytest.mark.parametrize("activation", ["tanh", "relu", "softplus5"])
def test_the_parts_add_up_to_the_hessian(activation: str, loss: Loss, alpha: float | None) -> None:
    problem, v = landscape(activation, loss, alpha=alpha)
    found, expected = split(problem, v), whole(problem, v)
    np.testing.assert_allclose(found.H, expected, atol=1e-12 * np.abs(expected).max())
    np.testing.assert_array_equal(found.H, found.H.T)


@pytest.mark.parametrize("alpha", [None, 3.0])
@pytest.mark.parametrize("name", ["cross_entropy", "multiclass_hinge"])
def test_so_they_do_of_several_classes(name: str, alpha: float | None) -> None:
    """Dense and by products with vectors; H_0 is that of Gauss and Newton, and its Gram matrix."""
    problem, v = classes(LOSSES[name], alpha)
    found, expected = split(problem, v), whole(problem, v)
    np.testing.assert_allclose(found.H, expected, atol=1e-12 * np.abs(expected).max())
    u = jnp.asarray(np.random.default_rng(3).standard_normal(len(expected)))
    for part in ("H", "H_0", "H_p"):
        due = getattr(found, part) @ u
        got = jax.jit(lambda A, u: A(u))(Hessian(problem, v, part, block=7), u)  # type: ignore[arg-type]
        np.testing.assert_allclose(got, due, atol=1e-11 * np.abs(due).max())
    gram, H_0 = gram_spectrum(problem, v), spectrum(found.H_0)
    k = min(gram.N_plus, H_0.N_plus)
    assert k > 20
    np.testing.assert_allclose(
        H_0.eigenvalues[-k:], gram.eigenvalues[-k:], rtol=1e-8, atol=1e-12 * gram.scale
    )


def classes(loss: Loss, alpha: float | None, c: int = 3) -> tuple[Problem, dict]:
    """A network of c outputs at random weights, on random data of random classes."""
    rng = np.random.default_rng(0)
    x, y = jnp.asarray(rng.standard_normal((20, D))), jnp.asarray(rng.integers(0, c, 20))
    net = FC(h=5, L=2, activation=activation_of("tanh"), bias=True, c=c)
    w = net.init(jax.random.key(1), x)
    if alpha is None:
        return Problem(Plain(net, w), loss, x, y), w
    v = jax.tree.map(lambda a: 0.3 * jax.random.normal(jax.random.key(2), a.shape, a.dtype), w)
    return Problem(Scaled(net, w, jnp.asarray(alpha)), loss, x, y), v


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_its_eigenvalues_are_those_of_another_solver(activation: str) -> None:
    problem, v = landscape(activation)
    parts = split(problem, v)
    for matrix in (parts.H, parts.H_0, parts.H_p):
        found = spectrum(matrix).eigenvalues
        expected = scipy.linalg.eigh(matrix, eigvals_only=True, driver="ev")
        np.testing.assert_allclose(found, expected, atol=1e-8 * np.abs(expected).max())


@pytest.mark.parametrize("points", [20, P, 400])
def test_H_0_has_the_spectrum_of_its_gram_matrix_and_at_most_the_rank_N_delta(points: int) -> None:
    problem, w = landscape(points=points)
    N = count(w).all
    F = problem.outputs(w)
    N_delta = int(problem.loss.unsatisfied(F, problem.y))
    H_0, gram = spectrum(split(problem, w).H_0), gram_spectrum(problem, w)
    assert gram.eigenvalues.size == N_delta
    assert H_0.N_plus == gram.N_plus <= min(N, N_delta)
    assert H_0.N_minus == 0
    k = gram.N_plus
    np.testing.assert_allclose(
        H_0.eigenvalues[-k:], gram.eigenvalues[-k:], rtol=1e-8, atol=1e-12 * gram.scale
    )
    assert H_0.gap == pytest.approx(gram.gap, rel=1e-6)


def test_without_unsatisfied_constraints_there_is_no_H_0() -> None:
    problem, w = landscape()
    fitted = dataclasses.replace(problem, y=jnp.sign(problem.outputs(w)), loss=quadratic_hinge(0.0))
    assert gram_spectrum(fitted, w).eigenvalues.size == 0
    assert not split(fitted, w).H_0.any()


def test_H_p_vanishes_for_a_linear_network() -> None:
    problem, w = landscape("linear", L=1)
    frozen = dataclasses.replace(problem, predictor=Linear(problem.predictor))  # type: ignore[arg-type]
    parts = split(frozen, w)
    assert np.abs(parts.H_p).max() < 1e-15 * np.abs(parts.H_0).max()


@functools.partial(jax.tree_util.register_dataclass, data_fields=["of"], meta_fields=[])
@dataclasses.dataclass(frozen=True)
class Linear:
    """A predictor that is linear in its weights."""

    of: Plain

    @property
    def alpha(self) -> jax.Array:
        return self.of.alpha

    def start(self) -> dict:
        return self.of.start()

    def weights(self, v: dict) -> dict:
        return v

    def __call__(self, v: dict, x: jax.Array) -> jax.Array:
        return jax.jvp(lambda w: self.of(w, x), (self.of.w0,), (v,))[1]

    def vjp(self, v: dict, x: jax.Array) -> object:
        raise NotImplementedError


@pytest.mark.parametrize("L", [1, 2, 3])
def test_H_p_of_relu_is_symmetric_about_zero(L: int) -> None:
    """Exactly for one hidden layer, where it couples two groups of weights; else within error."""
    problem, w = landscape("relu", L=L, h=12, bias=False, points=300)
    H_p = spectrum(split(problem, w).H_p)
    if L == 1:
        np.testing.assert_allclose(H_p.eigenvalues, -H_p.eigenvalues[::-1], atol=1e-12 * H_p.scale)
        assert H_p.N_minus == H_p.N_plus
    assert abs(H_p.N_minus - H_p.N_plus) < 0.06 * count(w).all
    mean = np.abs(H_p.eigenvalues).mean()
    assert abs(H_p.eigenvalues.mean()) < 1e-10 * mean  # its diagonal blocks vanish


def test_rescaling_a_neuron_of_relu_is_a_symmetry_of_the_hessian() -> None:
    """L(w) is constant along dw/ds = A w, +1 on what goes into a neuron and -1 on what leaves it.

    Hence g . A w = 0 at every w, and, differentiated, H A w = -A g: a flat direction for each
    neuron where the gradient vanishes.
    """
    problem, w = landscape("relu", L=2, h=4, bias=False)
    H, g = split(problem, w).H, ravel_pytree(problem.gradient(w).g)[0]
    for j in range(4):
        A = jax.tree.map(jnp.zeros_like, w)
        A["params"]["W1"] = A["params"]["W1"].at[:, j].set(1.0)
        A["params"]["W2"] = A["params"]["W2"].at[j].set(-1.0)
        flat = ravel_pytree(A)[0]
        along = np.asarray(flat * ravel_pytree(w)[0])
        assert abs(along @ np.asarray(g)) < 1e-14
        np.testing.assert_allclose(H @ along, -flat * g, atol=1e-13)


def test_counts_of_a_known_spectrum() -> None:
    found = Spectrum(np.array([-2.0, -1e-9, 0.0, 1e-9, 0.5, 1.0]))
    assert (found.N_minus, found.N_zero, found.N_plus) == (1, 3, 2)
    assert found.C_0 == pytest.approx(1 / 6)
    assert found.gap == 0.5
    assert found.scale == 2.0
    assert np.isnan(Spectrum(np.zeros(3)).gap)
    assert Spectrum(np.zeros(0)).scale == 0.0


def test_the_jacobian_is_that_of_autodiff() -> None:
    problem, w = landscape(alpha=2.0)
    flat, unravel = ravel_pytree(w)
    expected = jax.jacrev(lambda u: problem.outputs(unravel(u)))(flat)
    np.testing.assert_allclose(jacobian(problem, w), expected, atol=1e-13)


def test_what_does_not_fit_is_refused_before_it_starts() -> None:
    problem, w = landscape()
    needed = memory(problem, w)
    N = count(w).all
    assert needed == 8 * N * (3 * N + P)
    with pytest.raises(BadInput, match="dense Hessian would take"):
        split(problem, w, most=float(needed - 1))
