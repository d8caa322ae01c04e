"""Published networks by the group they commute with and the type of their fields, and a check.

A row is a group G, the subgroup H that acts on values, the space G/H on which fields live and their
type rho, with the papers (T. Cohen, M. Geiger & M. Weiler, *A general theory of equivariant CNNs on
homogeneous spaces*, NeurIPS 2019, Table 1). Where there is a finite group of its kind, a `StandIn`,
all equivariant maps are found there: translations are those of n^d periodic pixels, continuous
rotations those of a square, a hexagon or a cube.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from jamming.checks.arguments import one_of, whole
from jamming.equivariant.finite import groups
from jamming.equivariant.finite.fields import Cosets, Fields
from jamming.equivariant.finite.groups import Group, Subgroup
from jamming.equivariant.finite.kernels import correlate, counted, kernel_of, random_map
from jamming.equivariant.finite.representations import (
    Representation,
    irreps,
    quotient,
    regular,
    trivial,
)

TYPES = ("trivial", "regular", "irrep", "quotient")


@dataclass(frozen=True)
class StandIn:
    """A finite group: a lattice of n points a side (`groups.LATTICES`), or of the `group` alone.

    Equivariant maps go from fields of the type `of` to fields of the type `to`: trivial, regular,
    irrep, one of the most dimensions, and quotient, permutations of H/K with the largest cyclic K.
    """

    group: str
    n: int
    of: str
    to: str

    @property
    def name(self) -> str:
        """As p4 on 3 x 3 pixels."""
        if not self.n:
            return f"{self.group} on faces of a cube"
        d = groups.point_group(self.group)[1].shape[1]
        return f"{self.group} on {' x '.join([str(self.n)] * d)}"

    def fields(self) -> tuple[Fields, Fields]:
        """Those from which maps go, and those to which they go."""
        if self.n:
            G, H = groups.wallpaper(self.group, self.n)
        else:  # turns about an axis fix a face
            G, H = (found := groups.point_group(self.group)[0]), found.subgroup([1])
        cosets = Cosets(G, H)
        one, two = (Fields(cosets, representation(kind, G, H)) for kind in (self.of, self.to))
        return one, two


def representation(kind: str, G: Group, H: Subgroup) -> Representation:
    """One of H, of a kind that `StandIn` knows."""
    if kind == "trivial":
        return trivial(G, H)
    if kind == "regular":
        return regular(G, H)
    if one_of("type of fields", kind, TYPES) == "irrep":
        return irreps(G, H)[-1]
    return quotient(G, H, max((G.subgroup([h]) for h in H), key=len))


@dataclass(frozen=True)
class Row:
    """Networks that commute with G, with fields of type rho on G/H, and finite stand-ins."""

    G: str
    H: str
    place: str
    rho: str
    papers: tuple[str, ...]
    stand_ins: tuple[StandIn, ...] = ()

    def about(self) -> str:
        """What is said where nothing can be checked."""
        return "" if self.stand_ins else "nothing: not finite"


PLANE, SPACE, SPHERE = "R^2", "R^3", "S^2"
TURNED, CUBES = StandIn("p4", 3, "regular", "regular"), "D4, D4h, O, Oh"
SCALES = "R^2 x| (R+, *)", "(R+, *)", PLANE
EUCLID, ROTATIONS = ("SE(3)", "SO(3)", SPACE), ("SO(3)", "SO(2)", SPHERE)
OF_CUBE = StandIn("O", 2, "irrep", "irrep")

# references by the names and years that the table of the paper has
TABLE = (
    Row("Z^2", "{1}", "Z^2", "regular", ("LeCun 1990",), (StandIn("p1", 4, "regular", "regular"),)),
    Row(
        "p4, p4m",
        "C4, D4",
        "Z^2",
        "regular",
        ("Cohen & Welling 2016", "Dieleman 2016"),
        (TURNED, StandIn("p4m", 2, "regular", "regular")),
    ),
    Row(
        "p4, p4m",
        "C4, D4",
        "Z^2",
        "irrep & regular",
        ("Cohen & Welling 2017",),
        (StandIn("p4", 3, "irrep", "regular"), StandIn("p4m", 2, "irrep", "regular")),
    ),
    Row(
        "p6, p6m",
        "C6, D6",
        "Z^2",
        "regular",
        ("Hoogeboom 2018",),
        (StandIn("p6", 2, "regular", "regular"), StandIn("p6m", 2, "regular", "regular")),
    ),
    Row(
        "Z^3 x| H",
        CUBES,
        "Z^3",
        "regular",
        ("Winkels & Cohen 2018",),
        (
            StandIn("D4", 2, "regular", "regular"),
            StandIn("D4h", 2, "regular", "regular"),
            StandIn("O", 2, "regular", "regular"),
            StandIn("Oh", 2, "quotient", "quotient"),
        ),
    ),
    Row(
        "Z^3 x| H",
        "V, T4, O",
        "Z^3",
        "regular",
        ("Worrall & Brostow 2018",),
        (
            StandIn("V", 3, "regular", "regular"),
            StandIn("T", 2, "regular", "regular"),
            StandIn("O", 2, "regular", "regular"),
        ),
    ),
    Row(
        "R^2 x| C_N",
        "C_N",
        PLANE,
        "regular",
        ("Weiler 2017", "Zhou 2017", "Bekkers 2018"),
        (TURNED, StandIn("p6", 2, "regular", "regular")),
    ),
    Row(
        "R^2 x| C_N",
        "C_N",
        PLANE,
        "irrep & regular",
        ("Marcos 2017",),
        (StandIn("p4", 3, "regular", "irrep"), StandIn("p6", 2, "regular", "irrep")),
    ),
    Row("SE(2)", "SO(2)", PLANE, "irrep", ("Worrall 2017",), (StandIn("p6", 3, "irrep", "irrep"),)),
    Row(
        "R^2 x| H < E(2)",
        "O(2), SO(2), C_N, D_N",
        PLANE,
        "any",
        ("Weiler & Cesa 2019",),
        (StandIn("p4m", 3, "quotient", "irrep"), StandIn("p6m", 3, "irrep", "quotient")),
    ),
    Row(*SCALES, "regular & trivial", ("Ghosh & Gupta 2019",)),
    Row(*SCALES, "regular", ("Worrall & Welling 2019", "Sosnovik 2019")),
    Row(
        *EUCLID,
        "irrep",
        ("Kondor 2018", "Weiler 2018", "Kondor, Lin & Trivedi 2018", "Anderson 2019"),
        (OF_CUBE,),
    ),
    Row(
        *EUCLID,
        "irrep & regular",
        ("Thomas 2018",),
        (OF_CUBE, StandIn("T", 2, "irrep", "regular")),
    ),
    Row(*ROTATIONS, "regular", ("Cohen 2018",), (StandIn("O", 0, "regular", "regular"),)),
    Row(
        *ROTATIONS,
        "trivial",
        ("Esteves 2018", "Perraudin 2018"),
        (StandIn("O", 0, "trivial", "trivial"),),
    ),
    Row(*ROTATIONS, "irrep", ("Jiang 2019",), (StandIn("O", 0, "irrep", "irrep"),)),
    Row(
        "any",
        "any",
        "G/H",
        "trivial",
        ("Kondor & Trivedi 2018",),
        (StandIn("p4m", 3, "trivial", "trivial"), StandIn("O", 0, "trivial", "trivial")),
    ),
)


def check(one: Fields, two: Fields, seed: Any = 0) -> tuple[dict[str, int], float]:
    """Dimensions of the four spaces, and how far a random equivariant map is from a correlation.

    The largest deviation of the correlation of a random field with the kernel of the map, from
    what the map makes of it.
    """
    rng = np.random.default_rng(whole("seed", seed, least=0))
    Phi, f = random_map(one, two, rng), rng.standard_normal(one.shape)
    due = two.lifted((Phi @ f.ravel()).reshape(two.shape))
    found = correlate(kernel_of(Phi, one, two), one.lifted(f), one.cosets.group)
    return counted(one, two), float(np.abs(found - due).max())
