"""Fields on a homogeneous space G/H of a finite group, and how G moves them.

A field has a value at each coset x = g H in a space on which H acts by a representation rho. It is
a function on G with f(g h) = rho(h)^-1 f(g), a Mackey function, or, after a representative s(x)
has been chosen for each coset, a function on G/H. G acts on the first by [pi(g) f](k) = f(g^-1 k),
and on the second it moves the fibres and twists them: [pi(g) f](g x) = rho(h(x, g)) f(x), with

    h(x, g) = s(g x)^-1 g s(x),        h(x, g1 g2) = h(g2 x, g1) h(x, g2).

(T. Cohen, M. Geiger & M. Weiler, *A general theory of equivariant CNNs on homogeneous spaces*,
NeurIPS 2019, secs. 2 and A.)
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from jamming.checks.arguments import settle
from jamming.checks.arrays import finite
from jamming.checks.errors import BadInput
from jamming.equivariant.finite.groups import Group, Subgroup
from jamming.equivariant.finite.representations import Representation, subgroup


@dataclass(frozen=True, eq=False)
class Cosets:
    """G/H, with a representative `s` [cosets] of each: by default its least element.

    Cosets are ordered by their least elements; coset 0 is H, with s = 0. BadInput for H that is no
    subgroup, and representatives that are not one of each, in this order.
    """

    group: Group
    H: Subgroup
    s: Any = None

    def __post_init__(self) -> None:
        H = subgroup(self.group, self.H)
        settle(self, {"H": H})
        names = np.unique(self._least)
        s = names if self.s is None else np.asarray(self.s)
        if (
            s.dtype.kind not in "iu"
            or s.shape != names.shape
            or not ((s >= 0) & (s < len(self.group))).all()
        ):
            raise BadInput(f"representatives are {len(names)} elements of the group, one a coset")
        if s[0] != 0 or (self._least[s] != names).any():
            raise BadInput(
                "representatives go in the order of the least elements of the cosets, and that of"
                " the subgroup is 0"
            )
        settle(self, {"s": s})

    @cached_property
    def _least(self) -> Int[np.ndarray, " n"]:
        return self.group.table[:, list(self.H)].min(1)

    @cached_property
    def of(self) -> Int[np.ndarray, " n"]:
        """The coset g H of each element g."""
        return np.unique(self._least, return_inverse=True)[1]

    @cached_property
    def moved(self) -> Int[np.ndarray, "n cosets"]:
        """The coset g x for each element g and coset x."""
        return self.of[self.group.table[:, self.s]]

    @cached_property
    def twist(self) -> Int[np.ndarray, "n cosets"]:
        """h(x, g), an element of H, for each element g and coset x."""
        table, back = self.group.table, self.group.inverse[self.s[self.moved]]
        return table[back, table[:, self.s]]

    @cached_property
    def within(self) -> Int[np.ndarray, " n"]:
        """h(g) = h(H, g), for which g = s(g H) h(g)."""
        return self.twist[:, 0]


@dataclass(frozen=True, eq=False)
class Fields:
    """Fields of a type rho on G/H: functions [cosets, dim], and Mackey functions [n, dim]."""

    cosets: Cosets
    rho: Representation

    def __post_init__(self) -> None:
        if self.rho.group is not self.cosets.group or self.rho.elements != self.cosets.H:
            raise BadInput("a field on G/H needs a representation of H: the subgroups differ")

    @property
    def shape(self) -> tuple[int, int]:
        """Cosets, and the dimension of the values."""
        return len(self.cosets.s), self.rho.dim

    def lifted(self, f: Any) -> Float[np.ndarray, "n dim"]:
        """The Mackey function of a field f [cosets, dim]: rho(h(g))^-1 f(g H) (Eq. 2)."""
        f, of = finite(f, "f", *self.shape, dtype=np.float64), self.cosets
        return np.einsum("gij,gj->gi", self.rho[of.group.inverse[of.within]], f[of.of])

    def lowered(self, F: Any) -> Float[np.ndarray, "cosets dim"]:
        """The field of a Mackey function F [n, dim]: F(s(x))."""
        n = len(self.cosets.group)
        return finite(F, "F", n, self.rho.dim, dtype=np.float64)[self.cosets.s]

    @cached_property
    def induced(self) -> Representation:
        """pi of the whole group, on fields that are flattened to [cosets dim] (Eq. 4)."""
        G, (n, dim) = self.cosets.group, self.shape
        pi = np.zeros((len(G), n, dim, n, dim))
        g, x = np.arange(len(G))[:, None], np.arange(n)
        pi[g, self.cosets.moved, :, x] = self.rho[self.cosets.twist]
        return Representation(G, G.whole, pi.reshape(len(G), n * dim, n * dim))
