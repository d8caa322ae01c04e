"""Irreps by e3nn-jax: representations, harmonics, Clebsch-Gordan coefficients, one convention."""

import builtins

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from jamming.checks.errors import BadInput
from jamming.equivariant.euclidean import irreps as ir

e3nn = pytest.importorskip("e3nn_jax", reason="irreps are in the extra `equivariant`")

RNG = np.random.default_rng(0)
R, Q = Rotation.random(2, RNG).as_matrix()


def test_vectors_are_their_own_harmonics() -> None:
    x = RNG.standard_normal((5, 3))
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    np.testing.assert_allclose(ir.harmonics(1, x), unit, atol=1e-14)
    np.testing.assert_allclose(ir.wigner(1, R), R, atol=1e-13)


@pytest.mark.parametrize("l", range(6))
def test_they_are_those_of_e3nn(l: int) -> None:  # noqa: E741
    """Of its recursion, and of its matrices, from Euler's angles, in float32."""
    x = RNG.standard_normal((20, 3))
    due = e3nn.spherical_harmonics([l], e3nn.IrrepsArray("1o", jnp.asarray(x)), True, "norm")
    np.testing.assert_allclose(ir.harmonics(l, x), due.array, atol=2e-6)
    due = e3nn.Irrep(l, 1).D_from_matrix(jnp.asarray(R))
    np.testing.assert_allclose(ir.wigner(l, R), due, atol=5e-6)


@pytest.mark.parametrize("l", range(7))
def test_harmonics_turn_by_wigners_matrices_which_are_a_representation(l: int) -> None:  # noqa: E741
    x = RNG.standard_normal((20, 3))
    turned = ir.harmonics(l, x) @ ir.wigner(l, R).T
    np.testing.assert_allclose(ir.harmonics(l, x @ R.T), turned, atol=1e-12)
    np.testing.assert_allclose(ir.wigner(l, R) @ ir.wigner(l, Q), ir.wigner(l, R @ Q), atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(turned, axis=1), 1, atol=1e-12)


def test_coefficients_couple_them() -> None:
    for l1, l2, l3 in ((1, 1, 0), (1, 1, 1), (2, 3, 4), (3, 3, 2)):
        C = ir.clebsch_gordan(l1, l2, l3)
        D1, D2, D3 = (ir.wigner(order, R) for order in (l1, l2, l3))
        turned = np.einsum("ijk,ai,bj,ck->abc", C, D1, D2, D3)
        np.testing.assert_allclose(turned, C, atol=1e-12)
        assert np.linalg.norm(C) == pytest.approx(1)
    assert not ir.clebsch_gordan(1, 1, 3).any()


def test_lists_are_read_from_text_and_from_copies() -> None:
    assert str(ir.irreps((4, 0, 2))) == "4x0e+2x2e"
    assert ir.irreps((1, 2)) == ir.irreps("0e + 2x1o") == ir.irreps(ir.irreps("0e+2x1o"))
    assert ir.irreps("0x0e+1x1e").dim == 3


def test_reflections_have_the_sign_of_the_parity() -> None:
    rho = ir.representation("0o+2x1e+1o", -R)
    due = [[[-1.0]], R, R, -R]  # an axial vector keeps its sign
    at = 0
    for block in due:
        n = len(block)
        np.testing.assert_allclose(rho[at : at + n, at : at + n], block, atol=1e-13)
        at += n


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ir.irreps("4x0q"), "unknown irreps '4x0q'"),
        (lambda: ir.irreps(""), "no irreps"),
        (lambda: ir.irreps((0, 0)), "no irreps"),
        (lambda: ir.irreps(None), "copies"),
        (lambda: ir.irreps((1, -1)), "copies"),
        (lambda: ir.irreps("12e"), "order"),
        (lambda: ir.harmonics(2, [1.0, 2.0]), "points"),
        (lambda: ir.harmonics(2, [[1.0, 2.0, np.nan]]), "NaN"),
        (lambda: ir.wigner(1, np.eye(2)), "matrix"),
        (lambda: ir.wigner(1, 2 * np.eye(3)), "no rotation"),
    ],
)
def test_what_cannot_be_is_refused(make, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadInput, match=said):
        make()


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args, **kwargs):  # type: ignore[no-untyped-def]
        if name == "e3nn_jax":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    ir.library.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(BadInput, match=r"jamming\[equivariant\]"):
        ir.irreps("0e")
    monkeypatch.undo()
    ir.library.cache_clear()
