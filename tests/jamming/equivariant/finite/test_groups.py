"""Finite groups, their representations and fields: the laws that define them."""

from collections.abc import Callable

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.equivariant.finite import groups
from jamming.equivariant.finite.fields import Cosets, Fields
from jamming.equivariant.finite.groups import Group
from jamming.equivariant.finite.representations import (
    Representation,
    direct_sum,
    irreps,
    multiplicity,
    quotient,
    regular,
    trivial,
)

GROUPS = {
    "C6": lambda: groups.cyclic(6),
    "D3": lambda: groups.dihedral(3),
    "D4": lambda: groups.dihedral(4),
    "S4": lambda: groups.symmetric(4),
    "C2 x C3": lambda: groups.product(groups.cyclic(2), groups.cyclic(3)),
    "p4m": lambda: groups.wallpaper("p4m", 2)[0],
}


@pytest.fixture(params=GROUPS, scope="module")
def G(request: pytest.FixtureRequest) -> Group:
    return GROUPS[request.param]()


def test_a_group_is_associative_and_has_inverses(G: Group) -> None:
    t, n = G.table, np.arange(len(G))
    a, b, c = np.random.default_rng(0).integers(len(G), size=(3, 500))
    assert (t[t[a, b], c] == t[a, t[b, c]]).all()
    assert (t[n, G.inverse] == 0).all()
    assert (t[G.inverse, n] == 0).all()


@pytest.mark.parametrize(
    ("name", "order", "rotations"),
    [
        ("p1", 9, 1),
        ("p4", 36, 4),
        ("p4m", 72, 8),
        ("p6m", 108, 12),
        ("T", 324, 12),
        ("Oh", 1296, 48),
    ],
)
def test_lattices_have_the_rotations_of_their_names(name: str, order: int, rotations: int) -> None:
    G, H = groups.wallpaper(name, 3)
    assert (len(G), len(H)) == (order, rotations)
    assert G.is_subgroup(H)


def test_permutations_generate_the_symmetric_group_and_act() -> None:
    G, points = groups.generated([[1, 2, 3, 0], [1, 0, 2, 3]])
    assert len(G) == 24
    a, b = 5, 17
    np.testing.assert_array_equal(points[G.table[a, b]], points[a][points[b]])
    assert sorted(len(G.subgroup([g])) for g in range(24)).count(4) == 6  # six four-cycles


def test_dihedral_groups_are_those_of_polygons() -> None:
    corners = np.array([[np.cos(a), np.sin(a)] for a in 2 * np.pi * np.arange(5) / 5])
    turn, flip = np.roll(np.arange(5), -1), -np.arange(5) % 5
    G, _ = groups.generated([turn, flip])
    orders = [sorted(len(g.subgroup([a])) for a in range(10)) for g in (G, groups.dihedral(5))]
    assert orders[0] == orders[1]
    np.testing.assert_allclose(corners[flip], corners * [1, -1], atol=1e-12)


def test_irreps_are_all_of_them(G: Group) -> None:
    found = irreps(G, G.whole)
    assert np.isclose(sum(r.dim**2 / multiplicity(r, r) for r in found), len(G))
    assert (found[0].matrices == 1).all() or np.allclose(found[0].matrices, 1)
    for i, one in enumerate(found):
        np.testing.assert_allclose(
            one.matrices @ np.swapaxes(one.matrices, 1, 2),
            np.broadcast_to(np.eye(one.dim), one.matrices.shape),
            atol=1e-10,
        )
        assert all(abs(multiplicity(one, other)) < 1e-10 for other in found[i + 1 :])


def test_the_regular_representation_has_each_irrep_as_often_as_its_dimension(G: Group) -> None:
    for one in irreps(G, G.whole):
        assert np.isclose(multiplicity(regular(G, G.whole), one), one.dim)


def test_cosets_are_permuted() -> None:
    G = groups.symmetric(4)
    K = G.subgroup([next(g for g in range(24) if len(G.subgroup([g])) == 3)])
    rho = quotient(G, G.whole, K)
    assert rho.dim == 8
    assert set(np.unique(rho.matrices)) == {0.0, 1.0}
    # as induced from the trivial one of K
    induced = Fields(Cosets(G, K), trivial(G, K)).induced
    np.testing.assert_allclose(rho.character, induced.character)


def test_figure_7_of_the_paper() -> None:
    """D3 with s(r^2 H) = r^2 f: h(r H, r) = f."""
    G = groups.dihedral(3)
    r, f = 1, 3
    of = Cosets(G, G.subgroup([f]), [0, r, G.table[2, f]])
    assert of.twist[r, 1] == f
    assert G.table[of.s[of.moved[r, 1]], of.twist[r, 1]] == 2


def test_the_cocycle(G: Group) -> None:
    H = G.subgroup([len(G) - 1])
    s = np.array([max(np.flatnonzero(Cosets(G, H).of == x)) for x in range(len(G) // len(H))])
    of = Cosets(G, H, np.append(0, s[1:]))
    every = np.arange(len(G))
    assert (G.table[of.s[of.of], of.within] == every).all()
    g1, g2, x = np.random.default_rng(0).integers((len(G), len(G), len(s)), size=(300, 3)).T
    found = of.twist[G.table[g1, g2], x]
    assert (found == G.table[of.twist[g1, of.moved[g2, x]], of.twist[g2, x]]).all()


@pytest.mark.parametrize("name", ["p2", "p4", "p6m"])
def test_the_twist_of_semidirect_products_does_not_depend_on_the_place(name: str) -> None:
    G, H = groups.wallpaper(name, 3)
    of = Cosets(G, H)
    assert (of.s < 9).all()  # translations
    assert (of.twist == of.within[:, None]).all()


def test_the_two_forms_of_a_field_are_moved_alike(G: Group) -> None:
    H = G.subgroup([len(G) - 1])
    fields = Fields(Cosets(G, H), regular(G, H))
    f = np.random.default_rng(0).standard_normal(fields.shape)
    F = fields.lifted(f)
    np.testing.assert_allclose(fields.lowered(F), f)
    for h in H:
        np.testing.assert_allclose(F[G.table[:, h]], F @ fields.rho[G.inverse[h]].T, atol=1e-12)
    for g in (1, len(G) // 2):
        moved = (fields.induced[g] @ f.ravel()).reshape(f.shape)
        np.testing.assert_allclose(fields.lifted(moved), F[G.table[G.inverse[g]]], atol=1e-12)


D3 = groups.dihedral(3)
BAD: list[tuple[Callable[[], object], str]] = [
    (lambda: Group(np.array([[1, 0]] * 2)), "not neutral"),
    (lambda: Group(np.array([[0, 1], [1, 1]])), "lacks an element"),
    (lambda: Group(np.array([[1, 0], [0, 1]])), "not neutral"),
    (lambda: groups.cyclic(0), "n = 0"),
    (lambda: groups.cyclic(5000), "n = 5000"),
    (lambda: groups.symmetric(7), "n = 7"),
    (lambda: groups.wallpaper("p5", 3), "unknown lattice 'p5'"),
    (lambda: groups.wallpaper("Oh", 4), "at most 2000"),
    (lambda: groups.generated([[0, 0, 1]]), "permutation"),
    (lambda: trivial(groups.cyclic(4), (0, 1)), "no subgroup of C4"),
    (lambda: trivial(groups.cyclic(4), ()), "no subgroup"),
    (lambda: Representation(groups.cyclic(2), (0, 1), 2 * np.ones((2, 1, 1))), "no representation"),
    (lambda: Representation(groups.cyclic(2), (0, 1), np.full((2, 1, 1), np.nan)), "NaN"),
    (lambda: quotient(groups.cyclic(4), (0, 2), (0, 1, 2, 3)), "no subgroup of H"),
    (lambda: Cosets(groups.cyclic(4), (0, 2), [0, 2]), "order of the least elements"),
    (lambda: Cosets(groups.cyclic(4), (0, 2), [0, 1, 2]), "2 elements"),
    (lambda: direct_sum(trivial(D3, (0,)), trivial(groups.cyclic(3), (0,))), "one group"),
]


@pytest.mark.parametrize(("make", "said"), BAD)
def test_what_is_none_is_refused(make: Callable[[], object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        make()
