"""Transforms and correlations on the sphere and on the rotations: exact identities, quadrature."""

import math
import subprocess
import sys
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import sph_harm_y

from jamming.checks.errors import BadInput
from jamming.equivariant.error import equivariance_error
from jamming.equivariant.sphere import correlations, rotations
from jamming.equivariant.sphere.correlations import Places

transforms = pytest.importorskip("jamming.equivariant.sphere.transforms")
pytest.importorskip("s2fft", reason="transforms on the sphere are in the extra `equivariant`")

B = 4
RNG = np.random.default_rng(0)
R, Q = rotations.haar(RNG, 2)


def within(axes: int, *batch: int, b: int = B) -> jax.Array:
    """Random complex coefficients, zero beyond l."""
    l, m = np.arange(b), np.abs(np.arange(1 - b, b))  # noqa: E741
    inside = m <= l[:, None]
    if axes == 3:
        inside = inside & (m[:, None, None] <= l[:, None])
    z = RNG.standard_normal((2, *batch, *inside.shape))
    return jnp.asarray((z[0] + 1j * z[1]) * inside)


def real(axes: int, *batch: int, b: int = B) -> jax.Array:
    """Those of a random real signal."""
    there, back = (
        (transforms.to_sphere, transforms.from_sphere)
        if axes == 2
        else (transforms.to_rotations, transforms.from_rotations)
    )
    return back(there(within(axes, *batch, b=b)).real)


def at(x: np.ndarray) -> np.ndarray:
    """alpha and beta of points."""
    return np.stack([np.arctan2(x[..., 1], x[..., 0]), np.arccos(x[..., 2])], -1)


def points(n: int) -> np.ndarray:
    x = RNG.standard_normal((n, 3))
    return x / np.linalg.norm(x, axis=1)[:, None]


def test_harmonics_are_those_of_scipy() -> None:
    angles = at(points(5))
    Y = rotations.harmonics(6, angles)
    for l in range(6):  # noqa: E741
        for m in range(-l, l + 1):
            due = sph_harm_y(l, m, angles[:, 1], angles[:, 0])
            np.testing.assert_allclose(Y[:, l, 5 + m], due, atol=1e-13)


@pytest.mark.parametrize("l", [0, 1, 2, 7, 20])
def test_wigner_matrices_multiply_as_rotations(l: int) -> None:  # noqa: E741
    product = rotations.angles_of(rotations.matrix(R) @ rotations.matrix(Q))
    one, two = rotations.wigner(l, R), rotations.wigner(l, Q)
    np.testing.assert_allclose(rotations.wigner(l, product), one @ two, atol=1e-12)
    np.testing.assert_allclose(one @ one.conj().T, np.eye(2 * l + 1), atol=1e-12)


def test_they_rotate_the_harmonics() -> None:
    x, b = points(3), 5
    left = rotations.harmonics(b, at(x @ rotations.matrix(R)))  # R^-1 x
    right = rotations.harmonics(b, at(x))
    for l in range(b):  # noqa: E741
        inside = slice(b - 1 - l, b + l)
        due = right[:, l, inside] @ rotations.wigner(l, R)
        np.testing.assert_allclose(left[:, l, inside], due, atol=1e-13)


def test_angles_come_back_at_the_poles_too() -> None:
    angles = np.array([R, [0.3, 0.0, 1.0], [0.3, math.pi, 1.0], [0.0, 0.0, 0.0]])
    matrices = rotations.matrix(angles)
    np.testing.assert_allclose(
        rotations.matrix(rotations.angles_of(matrices)), matrices, atol=1e-12
    )


def test_random_rotations_are_uniform() -> None:
    """The mean of D^l over all rotations is 0."""
    angles = rotations.haar(np.random.default_rng(1), 4000)
    for l in (1, 2):  # noqa: E741
        assert np.abs(rotations.wigner(l, angles).mean(0)).max() < 4 / math.sqrt(4000)


@pytest.mark.parametrize("b", [1, 4, 9])
def test_signals_on_the_sphere_come_back(b: int) -> None:
    f = within(2, 2, b=b)
    g = transforms.to_sphere(f)
    np.testing.assert_allclose(transforms.from_sphere(g), f, atol=1e-12)
    Y = rotations.harmonics(b, transforms.sphere_points(b))
    np.testing.assert_allclose(g, np.einsum("balm,plm->pba", Y, f), atol=1e-12)


@pytest.mark.parametrize("b", [1, 4, 9])
def test_functions_of_rotations_come_back(b: int) -> None:
    F = within(3, 2, b=b)
    np.testing.assert_allclose(transforms.from_rotations(transforms.to_rotations(F)), F, atol=1e-12)


def test_they_are_sums_of_wigner_functions() -> None:
    F = within(3)
    D = rotations.wigners(B, transforms.rotation_points(B))
    due = np.einsum("xyznlm,nlm,l->xyz", D.conj(), F, 2 * np.arange(B) + 1)
    np.testing.assert_allclose(transforms.to_rotations(F), due, atol=1e-12)


def test_wigner_functions_are_orthogonal() -> None:
    """The mean of D conj D' is delta / (2 l + 1): conj D^l_mn has one coefficient."""
    D = rotations.wigner(2, transforms.rotation_points(B))
    F = transforms.from_rotations(jnp.asarray(D[..., 1, 4].conj()))
    due = np.zeros((2 * B - 1, B, 2 * B - 1))
    due[B - 1 + 2, 2, B - 1 - 1] = 1 / 5
    np.testing.assert_allclose(F, due, atol=1e-13)


def test_precision_is_that_of_the_signal() -> None:
    f = jnp.ones((2 * B, 2 * B - 1), jnp.float32)
    assert transforms.from_sphere(f).dtype == jnp.complex64
    assert transforms.from_sphere(f.astype(float)).dtype == jnp.complex128


def test_a_correlation_on_the_sphere_is_an_integral() -> None:
    f, psi = real(2, 1), real(2, 1, 1)
    x = transforms.sphere_points(2 * B)  # exact for products
    xyz = rotations.matrix(np.concatenate([x, 0 * x[..., :1]], -1))[..., 2]
    weights = _weights(2 * B)
    of = rotations.harmonics(B, at(xyz @ rotations.matrix(R)))  # R^-1 x
    both = [
        np.einsum("balm,lm->ba", Y, c)
        for Y, c in ((of, psi[0, 0]), (rotations.harmonics(B, x), f[0]))
    ]
    due = both[0] * both[1]
    found = correlations.on_sphere(f, psi)[0]
    D = rotations.wigners(B, R)
    value = np.einsum("nlm,nlm,l->", found, D.conj(), 2 * np.arange(B) + 1)
    np.testing.assert_allclose(value, (due.mean(1) * weights).sum(), atol=1e-12)


def test_a_correlation_of_functions_of_rotations_is_an_integral() -> None:
    F, psi = real(3, 1), real(3, 1, 1)
    S = transforms.rotation_points(2 * B)
    weights = _weights(2 * B)
    back = rotations.angles_of(np.swapaxes(rotations.matrix(R), 0, 1) @ rotations.matrix(S))
    values = [
        np.einsum("xyznlm,nlm,l->xyz", rotations.wigners(B, angles).conj(), c, 2 * np.arange(B) + 1)
        for angles, c in ((back, psi[0, 0]), (S, F[0]))
    ]
    due = ((values[0] * values[1]).mean((0, 2)) * weights).sum()
    found = correlations.on_rotations(F, psi)[0]
    D = rotations.wigners(B, R)
    value = np.einsum("nlm,nlm,l->", found, D.conj(), 2 * np.arange(B) + 1)
    np.testing.assert_allclose(value, due, atol=1e-12)


def _weights(b: int) -> np.ndarray:
    """Of the mean over cos(beta), exact up to degree 2 b - 1, on the grid of a bandwidth."""
    beta = np.pi * (2 * np.arange(2 * b) + 1) / (4 * b)
    k = np.arange(b)
    odd = (np.sin(beta[:, None] * (2 * k + 1)) / (2 * k + 1)).sum(1)
    return np.sin(beta) * odd / b


def _stack(f: jax.Array, phi: Callable[[jax.Array], jax.Array] | None, depth: int) -> jax.Array:
    key = jax.random.key(depth)
    places, turns = correlations.near_pole(), correlations.near_identity(3, 1, 3)
    psi = jax.random.normal(key, (2, 3, len(places))) @ places.basis(B).reshape(len(places), -1)
    z = correlations.on_sphere(f, psi.reshape(2, 3, B, -1))
    for i in range(depth):
        w = jax.random.normal(jax.random.fold_in(key, i), (3, 3, len(turns)))
        psi = (w @ turns.basis(B).reshape(len(turns), -1)).reshape(3, 3, -1, B, 2 * B - 1)
        z = correlations.on_rotations(z if phi is None else correlations.pointwise(z, phi), psi)
    return z


def test_linear_layers_are_equivariant_and_relu_nearly_so() -> None:
    f = real(2, 3, 2)
    move = (lambda z: correlations.rotated(z, R),) * 2
    assert equivariance_error(lambda f: _stack(f, None, 2), f, [move]).max() < 1e-12
    relu = equivariance_error(lambda f: _stack(f, jax.nn.relu, 1), f, [move])
    assert 0.01 < relu.mean() < 0.5
    # what is left at the end is invariant: the mean over all rotations
    last = lambda f: correlations.mean(_stack(f, None, 1))  # noqa: E731
    assert equivariance_error(last, f, [lambda z: correlations.rotated(z, R)]).max() < 1e-12


def test_means_are_those_over_the_grid() -> None:
    F = real(3, 2)
    values = np.asarray(transforms.to_rotations(F).real)
    weights = _weights(B)[:, None]
    np.testing.assert_allclose(
        correlations.mean(F), (values * weights).mean((1, 3)).sum(1), atol=1e-12
    )
    fine = jnp.zeros((2, 4 * B - 1, 2 * B, 4 * B - 1), complex)
    fine = fine.at[:, B:-B, :B, B:-B].set(F)
    squares = np.asarray(transforms.to_rotations(fine).real) ** 2
    due = (squares * _weights(2 * B)[:, None]).mean((1, 3)).sum(1)
    np.testing.assert_allclose(correlations.mean_square(F), due, atol=1e-12)
    np.testing.assert_allclose(correlations.cut_rotations(fine, B), F)


def test_zonal_signals_give_functions_without_gamma() -> None:
    """A filter that is a ring, averaged, sees no direction: the coefficients have n = 0 alone."""
    places = correlations.equator(50)
    psi = jnp.asarray(places.basis(B).mean(0))[None, None]
    z = correlations.on_sphere(real(2, 1), psi)
    assert np.abs(np.delete(z, B - 1, axis=1)).max() < 1e-12
    assert np.abs(z).max() > 1e-3


@pytest.mark.parametrize("axes", [2, 3])
def test_random_filters_keep_the_mean_square(axes: int) -> None:
    f = real(axes, 1)
    places = correlations.near_pole() if axes == 2 else correlations.near_identity()
    w = np.random.default_rng(0).standard_normal((1, 400, len(places))) / math.sqrt(len(places))
    basis = places.basis(B)
    psi = jnp.asarray(np.einsum("ckp,p...->ck...", w, basis))
    z = correlations.on_sphere(f, psi) if axes == 2 else correlations.on_rotations(f, psi)
    power = correlations.mean_square(z).mean()
    due = (jnp.abs(f) ** 2).sum() / (4 * math.pi) if axes == 2 else correlations.mean_square(f)[0]
    np.testing.assert_allclose(power, due, rtol=0.2)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: rotations.bandwidth(0), "bandwidth = 0"),
        (lambda: rotations.angles_of(-np.eye(3)), "determinant is -1"),
        (lambda: rotations.angles_of(2 * np.eye(3)), "no rotations"),
        (lambda: rotations.angles_of(np.eye(2)), r"\[\.\.\., 3, 3\]"),
        (lambda: rotations.matrix([0.0, np.nan, 0.0]), "NaN"),
        (lambda: correlations.rotated(within(2), [0.0, 0.0]), r"alpha, beta, gamma\], in radians"),
        (lambda: rotations.harmonics(3, 0.5), r"alpha, beta\], in radians"),
        (lambda: transforms.from_sphere(jnp.ones((7, 7))), "no bandwidth"),
        (lambda: transforms.from_rotations(jnp.ones((7, 8, 8))), "no bandwidth"),
        (lambda: Places(np.ones((3, 4))), "2 or 3"),
        (lambda: correlations.near_pole(most=4.0), "most"),
        (lambda: correlations.near_identity(betas=0), "betas"),
        (lambda: correlations.cut(within(2), 5), "cannot be cut"),
    ],
)
def test_what_cannot_be_is_refused(make: Callable[[], object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        make()


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s2fft", None)
    with pytest.raises(BadInput, match=r"jamming\[equivariant\]"):
        transforms.to_sphere(within(2))


def test_single_precision_is_not_complained_of() -> None:
    code = (
        "import jax.numpy as jnp; from jamming.equivariant.sphere import transforms as t;"
        "t.to_rotations(t.from_rotations(jnp.ones((5, 6, 5), jnp.float32)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_filters_everywhere_are_any_of_their_bandwidth() -> None:
    """As many independent ones as there are coefficients."""
    for places, n in (
        (correlations.everywhere(3), 9),
        (correlations.everywhere_of_rotations(3), 1 + 9 + 25),
    ):
        basis = places.basis(3).reshape(len(places), -1)
        assert np.linalg.matrix_rank(basis) == n
