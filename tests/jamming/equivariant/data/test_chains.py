"""Chains of atoms as voxels."""

from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from jamming.checks.errors import BadInput
from jamming.equivariant.data.chains import Chains, density
from jamming.equivariant.euclidean.voxels import turned

X = np.random.default_rng(0).normal(size=(2, 6, 3)) * 3


def test_atoms_are_gaussians_at_their_places() -> None:
    (found,) = density(Chains([[[2.0, 0, 0], [-2.0, 0, 0]]]), 9)
    due = np.zeros((9, 9, 9))
    at = np.stack(np.meshgrid(*[2.0 * np.arange(-4, 5)] * 3, indexing="ij"), -1)
    for x in (2.0, -2.0):
        due += np.exp(-np.square(at - [x, 0, 0]).sum(-1) / 2)
    np.testing.assert_allclose(found[..., 0], due, atol=1e-6)
    # the integral of each atom, with what samples two deviations apart leave of it
    mass = density(Chains(X), 17, spacing=2.0).sum((1, 2, 3, 4))
    np.testing.assert_allclose(mass, 6 * (np.pi / 2) ** 1.5, rtol=0.03)


def test_what_is_behind_a_chain_does_not_count() -> None:
    padded = np.full((2, 8, 3), np.nan)
    padded[0, :6], padded[1, :4] = X[0], X[1, :4]
    found = density(Chains(padded, [6, 4]), 7)
    np.testing.assert_allclose(found[:1], density(Chains(X[:1]), 7), atol=1e-6)
    np.testing.assert_allclose(found[1:], density(Chains(X[1:, :4]), 7), atol=1e-6)


def test_turned_chains_are_turned_voxels() -> None:
    quarter = Rotation.from_euler("xz", [90, 180], degrees=True).as_matrix()
    pytest.importorskip("e3nn_jax", reason="irreps are in the extra `equivariant`")
    found = density(Chains(X), 9, np.stack([quarter, quarter]))
    np.testing.assert_allclose(found, turned(density(Chains(X), 9), quarter), atol=1e-5)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: Chains(X[0]), "positions"),
        (lambda: Chains(X.astype(str)), "real numbers"),
        (lambda: Chains(X, [0, 6]), "lengths are whole numbers of atoms from 1 to 6"),
        (lambda: Chains(X, [2.5, 6]), "lengths"),
        (lambda: Chains(X, [6]), "lengths"),
        (lambda: Chains(np.where(X > 3, np.inf, X) + np.inf), "positions"),
        (lambda: density(Chains(X), 1), "voxels a side = 1"),
        (lambda: density(Chains(X), 5, spacing=0), "spacing must be above 0"),
        (lambda: density(Chains(X), 5, np.eye(3)), "R"),
    ],
)
def test_what_are_no_chains_is_refused_in_a_line(wrong: Any, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        wrong()
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
