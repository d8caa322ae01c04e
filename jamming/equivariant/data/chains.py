"""Chains of proteins as the places of their C-alpha atoms, and as voxels.

Each atom is a Gaussian whose standard deviation is half a voxel, on voxels of 2 A a side about the
middle of its chain (M. Weiler, M. Geiger, M. Welling, W. Boomsma & T. Cohen, *3D steerable CNNs*,
NeurIPS 2018, sec. 5.4, where they are 50^3, of structures of CATH).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from jamming.checks.arguments import number, whole
from jamming.checks.arrays import finite, shaped
from jamming.checks.errors import BadInput
from jamming.equivariant.sphere.rotations import proper

SPACING = 2.0  # A, from voxel to voxel
MOST = 128  # voxels a side


@dataclass(frozen=True, eq=False)
class Chains:
    """Places of atoms [n, N, 3] in A, and how many atoms each chain has, [n], the first of its N.

    Behind these there may be anything, as NaN. By default all have N. Raises BadInput for other
    shapes, lengths that are not 1 to N, and atoms that are not finite.
    """

    positions: Any
    lengths: Any = None

    def __post_init__(self) -> None:
        x = np.asarray(shaped(np.asarray(self.positions), "positions", "n", "N", 3))
        if x.dtype.kind not in "iuf" or not x.size:
            raise BadInput("positions are real numbers [n, N, 3] of one atom at least: give these")
        several, N = x.shape[:2]
        given = np.full(several, N) if self.lengths is None else self.lengths
        lengths = np.asarray(finite(given, "lengths", several, dtype=np.float64))
        if (lengths != np.round(lengths)).any() or lengths.min() < 1 or lengths.max() > N:
            raise BadInput(f"lengths are whole numbers of atoms from 1 to {N}: give these")
        object.__setattr__(self, "lengths", lengths.astype(np.int64))
        kept = np.where(self.present[..., None], x, 0)
        x = np.asarray(finite(kept, "positions", dtype=np.float64))
        object.__setattr__(self, "positions", x)

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def present(self) -> Bool[np.ndarray, "n N"]:
        """Which of the N places are those of atoms."""
        N = np.shape(self.positions)[1]
        return np.asarray(np.arange(N) < self.lengths[:, None])

    @property
    def middled(self) -> Float[np.ndarray, "n N 3"]:
        """Places about the mean of the atoms of a chain."""
        mean = self.positions.sum(1, keepdims=True) / self.lengths[:, None, None]
        return np.asarray(self.positions - mean)


def density(
    chains: Chains, n: Any, R: Any = None, *, spacing: Any = SPACING
) -> Float[np.ndarray, "P n n n 1"]:
    """Sums of Gaussians of height 1 on n^3 voxels, about the mean of the atoms, in float32.

    Args:
        R: rotation matrices [P, 3, 3], by which chains are turned about their means; default: none
        spacing: from voxel to voxel, in A; twice the standard deviation

    What is beyond the voxels is cut off. Raises BadInput for other shapes and numbers out of range.
    """
    n, spacing = whole("voxels a side", n, least=2, most=MOST), number("spacing", spacing, above=0)
    x = chains.middled
    if R is not None:
        x = np.einsum("pij,pnj->pni", proper(R, len(chains), name="R"), x)
    at = (np.arange(n) - (n - 1) / 2) * spacing
    found = np.empty((len(chains), n, n, n, 1), np.float32)
    for i, length in enumerate(chains.lengths):
        along = np.exp(-2 * ((x[i, :length].T[..., None] - at) / spacing) ** 2)  # [axis, atom, n]
        found[i, ..., 0] = np.einsum("ai,aj,ak->ijk", *along, optimize=True)
    return found
