"""Finite groups, as tables of products.

The elements of a group are 0 ... n - 1, and 0 is the neutral one. A group is made of generators
that permute points (`generated`), or of other groups (`product`, `semidirect`); subgroups are
tuples of elements. The groups of G-CNNs on a grid are here on a periodic one: translations of Z_n^d
with the rotations and reflections of a square, a cube or a hexagonal lattice (`wallpaper`).
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Int

from jamming.checks.arguments import one_of, settle, whole
from jamming.checks.arrays import as_array
from jamming.checks.errors import BadInput

MOST = 2000  # elements: a table of four million products
Subgroup = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Group:
    """A group of n elements by its products: table[a, b] is a b. Element 0 is neutral.

    Raises BadInput for tables that are not those of a group.
    """

    table: Any
    name: str = "G"

    def __post_init__(self) -> None:
        table = as_array(self.table, "the table")
        if table.ndim != 2 or table.shape[0] != table.shape[1] or table.dtype.kind not in "iu":
            raise BadInput(
                f"a table of products is a square of whole numbers, not {list(table.shape)} of type"
                f" {table.dtype}"
            )
        n, elements = len(table), np.arange(len(table))
        if not 1 <= n <= MOST:
            raise BadInput(f"a group of {n} elements: 1 to {MOST} are possible")
        if (table[0] != elements).any() or (table[:, 0] != elements).any():
            raise BadInput("element 0 is not neutral: order the elements so that it is")
        if any((np.sort(t, axis=1) != elements).any() for t in (table, table.T)):
            raise BadInput("a row or column of the table lacks an element: not a group")
        # with a, b generators it is enough that (x a) y = x (a y) for generators a
        if any((table[table[:, a]] != table[:, table[a]]).any() for a in _generators(table)):
            raise BadInput("the products are not associative: not a group")
        settle(self, {"table": table})

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def inverse(self) -> Int[np.ndarray, " n"]:
        """The inverse of each element."""
        return np.argmin(self.table, axis=1)

    @property
    def whole(self) -> Subgroup:
        """All elements."""
        return tuple(range(len(self)))

    def subgroup(self, generators: Any = ()) -> Subgroup:
        """The elements that are products of these, ascending; the neutral one alone of none."""
        found = {0}
        new = [0]
        each = [whole("an element", g, least=0, most=len(self) - 1) for g in generators]
        while new:
            a = new.pop()
            for b in (int(self.table[a, g]) for g in each):
                if b not in found:
                    found.add(b)
                    new.append(b)
        return tuple(sorted(found))

    def is_subgroup(self, elements: Sequence[int]) -> bool:
        """Whether products of these are among them."""
        inside = np.isin(self.table[np.ix_(elements, elements)], elements)
        return bool(len(elements)) and bool(inside.all())


def _generators(table: Int[np.ndarray, "n n"]) -> list[int]:
    """A few elements whose products from the left reach all others."""
    found, reached = [], {0}
    for a in range(len(table)):
        if a not in reached:
            found.append(a)
            new = list(reached)
            while new:
                x = new.pop()
                for b in (int(table[x, g]) for g in found):
                    if b not in reached:
                        reached.add(b)
                        new.append(b)
    return found


def generated(permutations: Any, name: str = "G") -> tuple[Group, Int[np.ndarray, "n points"]]:
    """The group that permutations [generators, points] generate, and what its elements permute.

    A permutation p takes the point i to p[i], and the product a b is first b, then a.
    """
    each = np.atleast_2d(as_array(permutations, "permutations"))
    if each.dtype.kind not in "iu" or (np.sort(each, 1) != np.arange(each.shape[1])).any():
        raise BadInput("a generator is a permutation of 0 ... n - 1, each once")
    found = {tuple(range(each.shape[1])): 0}
    new = list(found)
    while new:
        a = new.pop(0)
        for b in (tuple(np.array(a)[g].tolist()) for g in each):
            if b not in found:
                found[b] = len(found)
                new.append(b)
        if len(found) > MOST:
            raise BadInput(f"these generate more than {MOST} elements: a smaller group is needed")
    points = np.array(list(found))
    products = points[:, points]  # [a, b, i] = a[b[i]]
    table = np.array([[found[tuple(p)] for p in row.tolist()] for row in products])
    return Group(table, name), points


def cyclic(n: Any) -> Group:
    """Z_n: rotations of a polygon of n corners; the element k is the k-th power of the first."""
    k = np.arange(whole("n", n, most=MOST))
    return Group((k[:, None] + k) % len(k), f"C{n}")


def dihedral(n: Any) -> Group:
    """D_n of 2 n elements: r^k for k < n, then r^k f with f a reflection."""
    return semidirect(cyclic(n), cyclic(2), lambda h, k: -k % n if h else k, f"D{n}")


def symmetric(n: Any) -> Group:
    """All permutations of n points."""
    n = whole("n", n, most=6)
    turn, swap = [*range(1, n), 0], [*range(n)]
    swap[:2] = swap[:2][::-1]
    return generated([turn, swap], f"S{n}")[0]


def product(G: Group, K: Group) -> Group:
    """Pairs (g, k), which is the element g |K| + k."""
    return semidirect(G, K, lambda k, g: g, f"{G.name} x {K.name}")


def semidirect(N: Group, H: Group, action: Callable[[int, int], int], name: str = "") -> Group:
    """N x| H: pairs (a, h) with (a, h) (b, k) = (a h(b), h k), where h(b) is `action(h, b)`.

    (a, h) is the element h |N| + a, so that those of N come first. BadInput where the
    action is none of H by automorphisms of N.
    """
    n, m = len(N), len(H)
    if n * m > MOST:
        raise BadInput(f"{n} times {m} elements are more than {MOST}: a smaller group is needed")
    moved = np.array(  # [h, b]
        [[whole("action", action(h, b), least=0, most=n - 1) for b in range(n)] for h in range(m)]
    )
    first = N.table[:, moved]  # [a, h, b]
    table = np.empty((m, n, m, n), int)  # [h, a, k, b]
    table[:] = H.table[:, None, :, None] * n + first.transpose(1, 0, 2)[:, :, None]
    return Group(table.reshape(m * n, m * n), name or f"{N.name} x| {H.name}")


# point groups by generators, as matrices in the basis of the lattice
LATTICES: dict[str, list[list[list[int]]]] = {
    "p1": [],
    "p2": [[[-1, 0], [0, -1]]],
    "p3": [[[0, -1], [1, -1]]],
    "p4": [[[0, -1], [1, 0]]],
    "p6": [[[1, -1], [1, 0]]],
    "pm": [[[1, 0], [0, -1]]],
    "p4m": [[[0, -1], [1, 0]], [[1, 0], [0, -1]]],
    "p6m": [[[1, -1], [1, 0]], [[0, 1], [1, 0]]],
    "V": [[[-1, 0, 0], [0, -1, 0], [0, 0, 1]], [[1, 0, 0], [0, -1, 0], [0, 0, -1]]],
    "T": [[[0, 0, 1], [1, 0, 0], [0, 1, 0]], [[-1, 0, 0], [0, -1, 0], [0, 0, 1]]],
    "D4": [[[0, -1, 0], [1, 0, 0], [0, 0, 1]], [[1, 0, 0], [0, -1, 0], [0, 0, -1]]],
    "D4h": [
        [[0, -1, 0], [1, 0, 0], [0, 0, 1]],
        [[1, 0, 0], [0, -1, 0], [0, 0, -1]],
        [[-1, 0, 0], [0, -1, 0], [0, 0, -1]],
    ],
    "O": [[[0, -1, 0], [1, 0, 0], [0, 0, 1]], [[0, 0, 1], [1, 0, 0], [0, 1, 0]]],
    "Oh": [
        [[0, -1, 0], [1, 0, 0], [0, 0, 1]],
        [[0, 0, 1], [1, 0, 0], [0, 1, 0]],
        [[-1, 0, 0], [0, -1, 0], [0, 0, -1]],
    ],
}


def point_group(name: Any) -> tuple[Group, Int[np.ndarray, "n d d"]]:
    """One of `LATTICES`, and its matrices in the basis of the lattice: p4m, p6, O, ..."""
    generators = np.array(LATTICES[one_of("lattice", name, LATTICES)] or [[[1, 0], [0, 1]]])
    found = [np.eye(generators.shape[1], dtype=int)]
    for h in found:  # grows as it goes
        for g in generators @ h:
            if not any((g == other).all() for other in found):
                found.append(g)
    at = {h.tobytes(): i for i, h in enumerate(found)}
    table = np.array([[at[(a @ b).tobytes()] for b in found] for a in found])
    return Group(table, str(name)), np.array(found)


def wallpaper(name: Any, n: Any) -> tuple[Group, Subgroup]:
    """Translations of a periodic lattice of n points a side, with one of `LATTICES`; its rotations.

    The element of a translation by t and a matrix h, x -> h x + t, is h n^d + t, with t in the
    order of an array of d axes. The subgroup fixes the origin. In two dimensions p1, p2, p3, p4,
    p6, pm, p4m, p6m, in three V, T, D4, D4h, O, Oh.
    """
    H, matrices = point_group(name)
    n, d = whole("n", n), matrices.shape[1]
    if n**d * len(H) > MOST:
        raise BadInput(f"{name} on {n}^{d} points has {n**d * len(H)} elements: at most {MOST}")
    points = np.array(list(itertools.product(range(n), repeat=d)))  # [n^d, d]
    place = n ** np.arange(d - 1, -1, -1)
    add = ((points[:, None] + points) % n) @ place
    moved = np.stack([(points @ h.T % n) @ place for h in matrices])
    G = semidirect(Group(add), H, lambda h, t: int(moved[h, t]), str(name))
    return G, tuple(range(0, len(G), len(points)))
