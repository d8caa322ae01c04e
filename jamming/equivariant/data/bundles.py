"""Bundles of helices and sheets of strands, as the C-alpha atoms of proteins are: made up here.

Segments of residues at random places, with noise, in any orientation. An alpha-helix has a radius
of 2.3 A, 100 degrees and a rise of 1.5 A a residue, and is right-handed; a strand rises 3.3 A a
residue with a pleat of 0.9 A. Helices are about 9.5 A apart, and cross at random small angles,
strands of a sheet 4.8 A, and run either way. (A stand-in for the architectures of CATH, which M.
Weiler, M. Geiger, M. Welling, W. Boomsma & T. Cohen, *3D steerable CNNs*, 2018, tell apart.)
"""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from jamming.checks.arguments import number, whole

CLASSES = ("helices", "sheet", "helix and strands", "left-handed helices")
RESIDUES = 24
BOND = 3.8  # A, from one C-alpha to the next: the unit of length of what comes out


def helix(n: int, handed: float = 1.0) -> Float[np.ndarray, "n 3"]:
    """The atoms of an alpha-helix along z, in A, about their middle; `handed` -1: left-handed."""
    i = np.arange(n) - (n - 1) / 2
    turn = np.deg2rad(100) * i * handed
    return np.column_stack([2.3 * np.cos(turn), 2.3 * np.sin(turn), 1.5 * i])


def strand(n: int) -> Float[np.ndarray, "n 3"]:
    """The atoms of a strand along z, in A, about their middle, with its pleat along x."""
    i = np.arange(n)
    return np.column_stack([0.9 * (-1.0) ** i, np.zeros(n), 3.3 * (i - (n - 1) / 2)])


def bundle(kind: int, rng: np.random.Generator) -> Float[np.ndarray, "24 3"]:
    """One of `CLASSES`, without noise, in A, about its middle."""
    apart, gap = rng.normal(9.5, 0.7), rng.normal(4.8, 0.3)
    if kind == 1:
        across = gap * np.arange(-1, 2)[:, None] * [0.0, 1.0, 0.0]
        parts = [placed(strand(8), at, rng) for at in across]
    elif kind == 2:
        parts = [placed(strand(6), at, rng) for at in ([0.0, 0.0, 0.0], [0.0, gap, 0.0])]
        parts.append(placed(helix(12), [apart, gap / 2, 0.0], rng))
    else:
        handed = -1.0 if kind == 3 else 1.0
        parts = [placed(helix(12, handed), [side, 0, 0], rng) for side in (-apart / 2, apart / 2)]
    found = np.concatenate(parts)
    return found - found.mean(0)


def placed(segment: np.ndarray, at: Any, rng: np.random.Generator) -> np.ndarray:
    """A segment up or down its axis, which leans by some 15 degrees, slid along it, at a place.

    A helix is turned about its axis, too; a strand, which has its pleat out of the sheet, hardly.
    """
    straight = np.ptp(segment[:, 1]) == 0
    about = rng.normal(0, 0.2) if straight else rng.uniform(0, 2 * np.pi)
    flip = Rotation.from_rotvec([np.pi * rng.integers(2), 0, 0])
    lean = Rotation.from_rotvec([*rng.normal(0, np.deg2rad(15) * (1 - 0.6 * straight), 2), 0])
    turned = (lean * flip * Rotation.from_rotvec([0, 0, about])).apply(segment)
    return turned + np.asarray(at) + [0, 0, rng.normal(0, 1.0)]


def bundles(
    P: Any, seed: Any, *, noise: Any = 0.1, turned: bool = True, classes: Any = 4
) -> tuple[Float[np.ndarray, "P 24 3"], np.ndarray]:
    """P bundles [P, 24, 3], in units of `BOND`, and their classes [P], as many of each as can be.

    Args:
        seed: of all that is random
        noise: standard deviation of each coordinate of each atom, in units of `BOND`
        turned: by random rotations; or all have their axes along z
        classes: the first so many of `CLASSES`

    Raises BadInput for numbers out of range.
    """
    rng = np.random.default_rng(whole("seed", seed, least=0))
    P, noise = whole("P", P, most=1_000_000), number("noise", noise, least=0.0, most=100.0)
    classes = whole("classes", classes, most=len(CLASSES))
    kinds = rng.permutation(np.arange(P) % classes)
    x = np.array([bundle(kind, rng) for kind in kinds.tolist()]) / BOND
    x += noise * rng.standard_normal(x.shape)
    if turned:
        x = np.einsum("pij,pnj->pni", Rotation.random(P, rng).as_matrix(), x)
    return x, kinds
