"""Real representations of subgroups of a finite group, as matrices.

`irreps` finds the irreducible ones: a generic symmetric matrix that commutes with the regular
representation has them for eigenspaces.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from jamming.checks.arguments import settle, some, wholes
from jamming.checks.arrays import finite, shaped
from jamming.checks.errors import BadInput
from jamming.equivariant.finite.groups import Group, Subgroup

TOLERANCE = 1e-8
LARGEST = 400  # group elements whose regular representation is taken apart


@dataclass(frozen=True, eq=False)
class Representation:
    """rho(h) [elements, dim, dim] for each h of `elements`, a subgroup of `group`, ascending.

    Raises BadInput for elements that are no subgroup, and matrices that do not multiply as they do.
    """

    group: Group
    elements: Subgroup
    matrices: Float[np.ndarray, "elements dim dim"]

    def __post_init__(self) -> None:
        of = subgroup(self.group, self.elements)
        rho = finite(self.matrices, "matrices", dtype=np.float64)
        rho = shaped(rho, "matrices", len(of), "dim", "dim")
        products = np.searchsorted(of, self.group.table[np.ix_(of, of)])
        off = max(np.abs(a @ rho - rho[ab]).max() for a, ab in zip(rho, products, strict=True))
        if off > TOLERANCE * max(1.0, float(np.abs(rho).max()) ** 2):
            raise BadInput(f"rho(a) rho(b) is not rho(a b), by up to {off:.1e}: no representation")
        settle(self, {"elements": of, "matrices": rho})

    @property
    def dim(self) -> int:
        """Of the space on which it acts."""
        return self.matrices.shape[1]

    @property
    def character(self) -> Float[np.ndarray, " elements"]:
        """The trace of each matrix."""
        return np.trace(self.matrices, axis1=1, axis2=2)

    def __getitem__(self, h: Any) -> Float[np.ndarray, "*h dim dim"]:
        """The matrices of elements of the group, which are in the subgroup."""
        return self.matrices[np.searchsorted(self.elements, h)]


def subgroup(G: Group, H: Any) -> Subgroup:
    """The elements of a subgroup of G, ascending; BadInput if they are none."""
    found = tuple(sorted(set(wholes("elements of a subgroup", H, least=0))))
    if not found or not 0 <= found[0] <= found[-1] < len(G) or not G.is_subgroup(found):
        raise BadInput(
            f"{len(found)} elements that are no subgroup of {G.name}: take G.subgroup(generators)"
        )
    return found


def trivial(G: Group, H: Any) -> Representation:
    """Each element is 1: of scalars."""
    H = subgroup(G, H)
    return Representation(G, H, np.ones((len(H), 1, 1)))


def quotient(G: Group, H: Any, K: Any) -> Representation:
    """By permutations of the cosets h K of a subgroup K of H, a channel each."""
    H, K = subgroup(G, H), subgroup(G, K)
    if not set(K) <= set(H):
        raise BadInput(f"K of {len(K)} elements is no subgroup of H of {len(H)}")
    coset = G.table[np.ix_(H, K)].min(1)  # its least element names a coset
    names = np.unique(coset)
    moved = G.table[G.table[np.ix_(H, names)][..., None], np.array(K)].min(2)
    to = np.searchsorted(names, moved)  # h takes the i-th coset to to[h, i]
    return Representation(G, H, np.swapaxes(np.eye(len(names))[to], 1, 2))


def regular(G: Group, H: Any) -> Representation:
    """By permutations of the elements of H, a channel each."""
    return quotient(G, H, (0,))


def direct_sum(*several: Representation) -> Representation:
    """Of the direct sum of their spaces: several fields as one."""
    first = some("representations", several)[0]
    if any(rho.group is not first.group or rho.elements != first.elements for rho in several):
        raise BadInput("a direct sum is of representations of one subgroup of one group")
    sizes = np.cumsum([0, *(rho.dim for rho in several)])
    matrices = np.zeros((len(first.elements), sizes[-1], sizes[-1]))
    for rho, start in zip(several, sizes, strict=False):
        matrices[:, start : start + rho.dim, start : start + rho.dim] = rho.matrices
    return Representation(first.group, first.elements, matrices)


def irreps(G: Group, H: Any) -> list[Representation]:
    """The irreducible ones over the real numbers, orthogonal, one of each kind, by dimension.

    The trivial one is the first. BadInput for more than `LARGEST` elements.
    """
    H = subgroup(G, H)
    if len(H) > LARGEST:
        raise BadInput(f"a subgroup of {len(H)} elements: irreps are found of at most {LARGEST}")
    rho = regular(G, H).matrices
    generic = np.random.default_rng(0).standard_normal(rho.shape[1:])
    commuting = np.mean(rho @ (generic + generic.T) @ np.swapaxes(rho, 1, 2), axis=0)
    values, vectors = np.linalg.eigh(commuting)
    starts = np.flatnonzero(np.diff(values, prepend=-np.inf) > 1e-9 * np.abs(values).max())
    found: list[Representation] = []
    for V in np.split(vectors, starts[1:], axis=1):
        one = Representation(G, H, V.T @ rho @ V)
        if all(np.abs(one.character - other.character).max() > 1e-6 for other in found):
            found.append(one)
    return sorted(found, key=lambda one: (one.dim, tuple(-one.character.round(6))))


def multiplicity(rho: Representation, sigma: Representation) -> float:
    """The dimension of the space of maps from one to the other that commute with both.

    Of two irreps of different kinds it is 0; of one with itself 1, or 2, 4 if it is complex,
    quaternionic. BadInput for those of two subgroups.
    """
    if rho.group is not sigma.group or rho.elements != sigma.elements:
        raise BadInput("maps are between representations of one subgroup of one group")
    return float(np.mean(rho.character * sigma.character))
