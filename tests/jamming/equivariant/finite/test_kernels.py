"""Kernels of equivariant maps: one space in four forms, and every map is a correlation."""

import itertools

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.equivariant.finite import groups
from jamming.equivariant.finite.fields import Cosets, Fields
from jamming.equivariant.finite.groups import Group
from jamming.equivariant.finite.kernels import (
    correlate,
    counted,
    dimensions,
    double_cosets,
    fixed,
    kernel_of,
    maps,
    on_cosets,
    on_group,
    random_map,
)
from jamming.equivariant.finite.representations import (
    direct_sum,
    irreps,
    multiplicity,
    regular,
    trivial,
)


def types(G: Group, *generators: int) -> list[Fields]:
    """All irreps of a subgroup, and its regular representation."""
    H = G.subgroup(generators)
    return [Fields(Cosets(G, H), rho) for rho in (*irreps(G, H), regular(G, H))]


def test_of_the_triangle_as_published() -> None:
    G = groups.symmetric(3)
    flip = next(g for g in range(1, 6) if G.table[g, g] == 0)
    found = [dimensions(a, b) for a, b in itertools.product(types(G, flip), repeat=2)]
    assert [each["maps"] for each in found] == [2, 1, 3, 1, 2, 3, 3, 3, 6]
    assert all(len(set(each.values())) == 1 for each in found)


@pytest.mark.parametrize("G", [groups.dihedral(4), groups.symmetric(4)], ids=lambda G: G.name)
def test_of_different_subgroups(G: Group) -> None:
    """And it is what characters say."""
    several = [types(G, 1)[0], types(G, len(G) - 1)[-1], types(G, 1, 2)[-2]]
    for one, two in itertools.product(several, repeat=2):
        found = dimensions(one, two)
        assert set(found.values()) == {round(multiplicity(one.induced, two.induced))}, found
        assert counted(one, two) == found


def test_a_random_map_commutes_and_is_any_of_them() -> None:
    G = groups.symmetric(4)
    one, two = types(G, 1)[1], types(G, 5)[-1]
    rng, Phis = np.random.default_rng(0), maps(one, two)
    several = np.array([random_map(one, two, rng) for _ in Phis])
    for g in G.whole:
        pi1, pi2 = one.induced[g], two.induced[g]
        np.testing.assert_allclose(several @ pi1, pi2 @ several, atol=1e-12)
    assert np.linalg.matrix_rank(several.reshape(len(Phis), -1)) == len(Phis)


def test_every_equivariant_map_is_a_correlation() -> None:
    G = groups.symmetric(4)
    one, two = types(G, 1)[1], types(G, 5)[-1]
    rng = np.random.default_rng(0)
    Phis = maps(one, two)
    Phi = np.einsum("b,bij->ij", rng.standard_normal(len(Phis)), Phis)
    f = rng.standard_normal(one.shape)
    kappa = kernel_of(Phi, one, two)
    due = two.lifted((Phi @ f.ravel()).reshape(two.shape))
    np.testing.assert_allclose(correlate(kappa, one.lifted(f), G), due, atol=1e-10)
    # a map that commutes with nothing is none
    other = kernel_of(rng.standard_normal(Phi.shape), one, two)
    assert np.abs(correlate(other, one.lifted(f), G) - due).max() > 0.1


def test_kernels_on_cosets_are_those_on_the_group() -> None:
    G = groups.dihedral(4)
    one, two = types(G, 4)[-1], types(G, 2)[-1]
    on_G, on_x = on_group(one, two), on_cosets(one, two)
    # kappa(g) = k(g H1) rho1(h1(g)) (Eq. 10) spans what is on G
    lifted = on_x[:, one.cosets.of] @ one.rho[one.cosets.within]
    both = np.concatenate([on_G.reshape(len(on_G), -1), lifted.reshape(len(lifted), -1)])
    assert np.linalg.matrix_rank(both) == len(on_G)


def test_scalar_kernels_are_constant_on_double_cosets() -> None:
    G, H = groups.wallpaper("p4m", 4)
    scalars = Fields(Cosets(G, H), trivial(G, H))
    # orbits of 16 pixels under the symmetries of a square: 0, 1, 2 steps along each axis, sorted
    assert len(double_cosets(scalars, scalars)) == len(on_cosets(scalars, scalars)) == 6


def test_pointwise_nonlinearities_commute_with_permutations_alone() -> None:
    G = groups.dihedral(4)
    v = np.random.default_rng(0).standard_normal(8)

    def off(rho: np.ndarray) -> float:
        x = v[: rho.shape[1]]
        return float(np.abs(np.maximum(rho @ x, 0) - rho @ np.maximum(x, 0)).max())

    assert off(regular(G, G.whole).matrices) == 0
    assert all(off(rho.matrices) > 0.1 for rho in irreps(G, G.whole)[1:])


def test_a_sum_of_types_has_the_sum_of_the_maps() -> None:
    G = groups.dihedral(3)
    one, two = types(G, 3)[:2]
    both = Fields(one.cosets, direct_sum(one.rho, two.rho))
    parts = [dimensions(a, b)["maps"] for a, b in itertools.product((one, two), repeat=2)]
    assert dimensions(both, both)["maps"] == sum(parts)


def test_what_cannot_be_is_refused() -> None:
    D3, D4 = groups.dihedral(3), groups.dihedral(4)
    with pytest.raises(BadInput, match="two groups"):
        maps(types(D3, 1)[0], types(D4, 1)[0])
    with pytest.raises(BadInput, match="at most 2500"):
        fixed((51, 50), [lambda k: k])
    with pytest.raises(BadInput, match="no projector"):
        fixed((2,), [lambda k: 2 * k])
    with pytest.raises(BadInput, match="subgroups differ"):
        Fields(Cosets(D4, (0,)), trivial(D4, D4.whole))
