"""Molecules: potentials against Coulomb's law and mean values, matrices, invariances."""

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.equivariant.data import molecules as made
from jamming.equivariant.data.molecules import TYPES, Molecules
from jamming.equivariant.sphere import rotations
from jamming.equivariant.sphere.transforms import sphere_points

SOME = made.molecules(30, 5, 0)


def test_atoms_are_bonded_and_apart() -> None:
    sizes = SOME.present.sum(1)
    assert sizes.min() >= 2
    assert set(np.unique(SOME.charges)) <= {0, *TYPES}
    radius = np.vectorize(lambda z: TYPES[z][0] if z else 0.0)(SOME.charges)
    ratio = SOME.distances / (radius[:, :, None] + radius[:, None]).clip(1e-9)
    nearest = ratio.min(2)[SOME.present]
    assert ((nearest > 0.75) & (nearest < 1.25)).all()
    np.testing.assert_array_equal(made.molecules(30, 5, 0).positions, SOME.positions)


def test_energies_are_those_of_pairs_and_do_not_depend_on_a_turn() -> None:
    two = Molecules(np.array([[[0, 0, 0], [0, 0, 0.62]]]), np.array([[1, 1]]))
    assert made.energies(two) == pytest.approx(-104)  # the depth, at rest
    turns = rotations.haar(np.random.default_rng(1), len(SOME))
    np.testing.assert_allclose(made.energies(SOME.rotated(turns)), made.energies(SOME))


def test_potentials_on_a_sphere_are_coulombs_and_their_mean_that_of_its_centre() -> None:
    b, R = 10, made.radius_without_intersections(SOME)
    U = made.coulomb_spheres(SOME, b, R)
    assert U.shape == (30, 5, 2 * b, 2 * b - 1, 5)
    # harmonic within: the mean over the sphere is the value at the centre, z_i z_j / r_ij
    beta = sphere_points(b)[:, 0, 1]
    k = np.arange(b)
    weights = (np.sin((2 * k + 1) * beta[:, None]) / (2 * k + 1)).sum(1) * np.sin(beta)
    mean = np.einsum("b,nibat->ni", weights / weights.sum(), U) / (2 * b - 1)
    C = made.coulomb_matrices(SOME, order="given")
    np.testing.assert_allclose(mean, (C * (1 - np.eye(5))).sum(2), rtol=1e-3)
    assert not U[~SOME.present].any()


def test_spheres_of_a_turned_molecule_are_turned() -> None:
    b = 2
    angles = np.tile([2 * np.pi / (2 * b - 1), 0, 0], (len(SOME), 1))
    R = made.radius_without_intersections(SOME)
    one, other = (made.coulomb_spheres(of, b, R) for of in (SOME, SOME.rotated(angles)))
    np.testing.assert_allclose(other, np.roll(one, 1, 3), rtol=1e-9)


def test_coulomb_matrices_do_not_depend_on_the_order_of_atoms() -> None:
    other = Molecules(SOME.positions[:, ::-1], SOME.charges[:, ::-1])
    C = made.coulomb_matrices(SOME)
    np.testing.assert_allclose(made.coulomb_matrices(other), C)
    np.testing.assert_allclose(C, np.swapaxes(C, 1, 2))
    norms = np.linalg.norm(C, axis=-1)
    assert (np.diff(norms) <= 1e-9).all()
    drawn = made.coulomb_matrices(SOME, order="random", seed=1)
    np.testing.assert_allclose(np.linalg.eigvalsh(drawn), np.linalg.eigvalsh(C), atol=1e-8)
    assert (drawn != C).any()
    z = SOME.charges
    for power in (2.0, 2.4):
        given = made.coulomb_matrices(SOME, power=power, order="given")
        np.testing.assert_allclose(np.diagonal(given, axis1=1, axis2=2), 0.5 * z**power)


@pytest.mark.parametrize(
    ("x", "z", "said"),
    [
        (np.zeros((1, 2, 3)), [[1, 1]], "nearer than"),
        (np.eye(3)[None], [[1, 0.5, 1]], "charges"),
        (np.eye(3)[None], [[0, 0, 0]], "at least one atom"),
        (np.eye(3)[None], [[1, 1]], "charges"),
        (np.eye(3), [[1, 1, 1]], "positions"),
        (np.full((1, 2, 3), np.nan), [[1, 1]], "NaN in positions"),
    ],
)
def test_what_are_no_molecules_is_refused(x: np.ndarray, z: list, said: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(BadInput, match=said):
        Molecules(x, np.array(z))


def test_spheres_that_reach_atoms_and_unknown_atoms_are_refused() -> None:
    with pytest.raises(BadInput, match="reaches an atom"):
        made.coulomb_spheres(SOME, 2, 5.0)
    gold = Molecules(np.eye(3)[None], np.array([[79, 1, 1]]))
    with pytest.raises(BadInput, match=r"no bonds are known of charges \[79\]"):
        made.energies(gold)
    with pytest.raises(BadInput, match="unknown order"):
        made.coulomb_matrices(SOME, order="eigen")
