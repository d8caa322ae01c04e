"""The statistics of exact statements about finite groups and maps that commute with them."""

from collections.abc import Callable
from itertools import product

import numpy as np

from claims.core import statistics as st
from claims.core.register import Measured
from jamming.equivariant.finite import groups
from jamming.equivariant.finite.fields import Cosets, Fields
from jamming.equivariant.finite.groups import Group
from jamming.equivariant.finite.kernels import correlate, dimensions, kernel_of, maps
from jamming.equivariant.finite.representations import irreps, regular
from jamming.equivariant.finite.taxonomy import TABLE, check


def same_dimension() -> Measured:
    """Largest difference of the dimensions of the four spaces, over {n} pairs of fields of S3, D4
    and S4 (irreps and regular representations of subgroups)."""
    pairs = [(one, two) for of in _every() for one, two in product(of, repeat=2)]
    found = [dimensions(one, two).values() for one, two in pairs]
    return st.exact(max(max(each) - min(each) for each in found), len(found)).saying(n=len(found))


def correlations() -> Measured:
    """Largest deviation of a random equivariant map from the correlation with its kernel, over {n}
    pairs of fields."""
    rng, off = np.random.default_rng(0), []
    for of in _every():
        for one, two in product(of, repeat=2):
            Phis = maps(one, two)
            Phi = np.einsum("b,bij->ij", rng.standard_normal(len(Phis)), Phis)
            f = rng.standard_normal(one.shape)
            found = correlate(kernel_of(Phi, one, two), one.lifted(f), one.cosets.group)
            due = two.lifted((Phi @ f.ravel()).reshape(two.shape))
            off.append(np.abs(found - due).max())
    return st.exact(max(off), len(off)).saying(n=len(off))


def published_dimension() -> Measured:
    """Largest difference of the four dimensions, over {n} finite groups of the kinds of published
    networks, with their fields."""
    return _of_table(lambda counts, off: max(counts.values()) - min(counts.values()))


def published_correlations() -> Measured:
    """Largest deviation of a random equivariant map from a correlation, over {n} finite groups of
    the kinds of published networks, with their fields."""
    return _of_table(lambda counts, off: off)


def _of_table(of: Callable[[dict[str, int], float], float]) -> Measured:
    cases = dict.fromkeys(case for row in TABLE for case in row.stand_ins)
    found = [of(*check(*case.fields())) for case in cases]
    return st.exact(max(found), len(found)).saying(n=len(found))


def cocycles() -> Measured:
    """The number of elements of D3, with the representatives 1, r, r^2 f, for which
    h(x, g1 g2) = h(g2 x, g1) h(x, g2) or g = s(g H) h(g) fails, of {n}."""
    G = groups.dihedral(3)
    of = Cosets(G, G.subgroup([3]), [0, 1, G.table[2, 3]])
    g1, g2, x = np.indices((len(G), len(G), len(of.s))).reshape(3, -1)
    found = of.twist[G.table[g1, g2], x]
    due = G.table[of.twist[g1, of.moved[g2, x]], of.twist[g2, x]]
    whole = G.table[of.s[of.of], of.within] != np.arange(len(G))
    wrong = int((found != due).sum() + whole.sum())
    return st.exact(wrong, len(x) + len(G)).saying(n=len(x) + len(G))


def untwisted() -> Measured:
    """The number of elements and places where h(x, g) is not h(g), of {n}, translations of 3 x 3
    points with rotations and reflections: p2, p3, p4, p4m and p6m."""
    wrong = several = 0
    for name in ("p2", "p3", "p4", "p4m", "p6m"):
        of = Cosets(*groups.wallpaper(name, 3))
        wrong += int((of.twist != of.within[:, None]).sum())
        several += of.twist.size
    return st.exact(wrong, several).saying(n=several)


def pointwise() -> Measured:
    """Least deviation from commuting of relu with irreps of D4 and S4 that are not trivial and real
    numbers between -1 and 1, minus that with regular representations, which is {regular}."""
    rng, irreducible, permutations = np.random.default_rng(0), [], []
    for G in (groups.dihedral(4), groups.symmetric(4)):
        for rho in irreps(G, G.whole)[1:]:
            irreducible.append(_off(rho.matrices, rng))
        permutations.append(_off(regular(G, G.whole).matrices, rng))
    found = min(irreducible) - max(permutations)
    return st.exact(found, len(irreducible)).saying(regular=f"{max(permutations):g}")


def _off(rho: np.ndarray, rng: np.random.Generator) -> float:
    x = rng.uniform(-1, 1, size=(rho.shape[1], 50))
    return float(np.abs(np.maximum(rho @ x, 0) - rho @ np.maximum(x, 0)).max())


def _every() -> list[list[Fields]]:
    """Fields of groups: of irreps of subgroups, and of regular representations."""

    def of(G: Group, *generators: int) -> list[Fields]:
        H = G.subgroup(generators)
        return [Fields(Cosets(G, H), rho) for rho in (*irreps(G, H), regular(G, H))]

    S3, D4, S4 = groups.symmetric(3), groups.dihedral(4), groups.symmetric(4)
    flip = next(g for g in range(1, 6) if S3.table[g, g] == 0)
    return [of(S3, flip), of(D4, 4) + of(D4, 1)[:2], of(S4, 1)[:2] + of(S4, len(S4) - 1)[:1]]
