"""Small molecules, their energies, and what networks see of them.

Positions are in angstrom and energies in kcal/mol. `molecules` makes some at random, a small
stand-in for QM7: atoms of H, C, N, O, S bonded to each other at about the sum of their covalent
radii, in random directions, with an energy of pairs.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from jamming.checks.arguments import number, one_of, shown, whole
from jamming.checks.arrays import finite, shaped
from jamming.checks.errors import BadInput
from jamming.equivariant.sphere import rotations
from jamming.equivariant.sphere.transforms import sphere_points

# covalent radii in angstrom, energies of single bonds in kcal/mol, shares of a random molecule
TYPES = {
    1: (0.31, 104.0, 0.5),
    6: (0.76, 83.0, 0.25),
    7: (0.71, 39.0, 0.1),
    8: (0.66, 35.0, 0.1),
    16: (1.05, 54.0, 0.05),
}
STEEPNESS = 2.0  # of Morse's potential, 1 / angstrom
STRETCHED = 0.08  # standard deviation of the length of a bond, of the length at rest
APART = 1.3  # least distance of atoms that are not bonded, of the length of a bond
ORDERS = ("sorted", "random", "given")


@dataclass(frozen=True, eq=False)
class Molecules:
    """Positions [n, N, 3] and nuclear charges [n, N], 0 where a molecule has fewer than N atoms.

    Raises BadInput for other shapes, charges that are no whole numbers, two atoms at one place, and
    molecules without an atom.
    """

    positions: Any
    charges: Any

    def __post_init__(self) -> None:
        x = finite(self.positions, "positions", dtype=np.float64)
        x = np.asarray(shaped(x, "positions", "n", "N", 3))
        z = np.asarray(finite(self.charges, "charges", *x.shape[:2], dtype=np.float64))
        if (z != np.round(z)).any() or (z < 0).any() or not z.any(1).all():
            raise BadInput(
                "charges are those of nuclei, whole numbers, and 0 where there is no atom: give at"
                " least one atom a molecule"
            )
        object.__setattr__(self, "positions", x)
        object.__setattr__(self, "charges", z.astype(np.int64))
        if self.distances.min() < 1e-3:
            raise BadInput("two atoms of a molecule are nearer than 0.001: give positions apart")

    def __len__(self) -> int:
        return len(self.charges)

    @property
    def present(self) -> Bool[np.ndarray, "n N"]:
        """Where there is an atom."""
        return np.asarray(self.charges > 0)

    @property
    def distances(self) -> Float[np.ndarray, "n N N"]:
        """Between atoms; infinite to itself and where there is none."""
        r = np.linalg.norm(self.positions[:, :, None] - self.positions[:, None], axis=-1)
        both = self.present[:, :, None] & self.present[:, None]
        return np.where(both & ~np.eye(r.shape[-1], dtype=bool), r, np.inf)

    def rotated(self, angles: Any) -> "Molecules":
        """Each by a rotation of its own, angles [n, 3]."""
        R = shaped(rotations.matrix(angles), "rotations", len(self), 3, 3)
        return Molecules(np.einsum("nij,naj->nai", R, self.positions), self.charges)


def molecules(n: Any, atoms: Any, seed: Any) -> Molecules:
    """n random molecules of 2 to `atoms` atoms.

    Each atom is bonded to one before, at `STRETCHED` lengths, and apart from all others.
    """
    n, most = whole("molecules", n), whole("atoms", atoms, least=2, most=23)
    rng = np.random.default_rng(whole("seed", seed, least=0))
    x, z = np.zeros((n, most, 3)), np.zeros((n, most), np.int64)
    charges, shares = list(TYPES), np.array([share for _, _, share in TYPES.values()])
    for i in range(n):
        size = rng.integers(2, most + 1)
        z[i, :size] = rng.choice(charges, size, p=shares / shares.sum())
        for j in range(1, size):
            x[i, j] = _bonded(rng, x[i, :j], z[i, : j + 1])
    return Molecules(x, z)


def _bonded(
    rng: np.random.Generator, x: Float[np.ndarray, "j 3"], z: Int[np.ndarray, " j1"]
) -> Float[np.ndarray, " 3"]:
    """Where the next atom comes: directions are drawn until all others are far enough."""
    rest = np.array([TYPES[each][0] for each in z])
    bonds = rest[:-1] + rest[-1]
    while True:
        to, u = rng.integers(len(x)), rng.standard_normal(3)
        stretch = 1 + STRETCHED * np.clip(rng.standard_normal(), -3, 3)
        at = x[to] + bonds[to] * stretch * u / np.linalg.norm(u)
        far = np.linalg.norm(x - at, axis=1) >= APART * bonds
        if far[np.arange(len(x)) != to].all():
            return np.asarray(at)


def energies(of: Molecules) -> Float[np.ndarray, " n"]:
    """Morse's potential of all pairs, kcal/mol.

    sum D ((1 - exp(-a (r - r0)))^2 - 1), with the sum r0 of covalent radii, the geometric mean D of
    bond energies, and a = `STEEPNESS`. BadInput for atoms that are not of `TYPES`.
    """
    known = np.isin(of.charges, (0, *TYPES))
    if not known.all():
        raise BadInput(f"no bonds are known of charges {sorted(set(of.charges[~known].tolist()))}")
    radius, depth = (np.zeros(17), np.zeros(17))
    for z, (r, D, _) in TYPES.items():
        radius[z], depth[z] = r, D
    r0 = radius[of.charges][:, :, None] + radius[of.charges][:, None]
    D = np.sqrt(depth[of.charges][:, :, None] * depth[of.charges][:, None])
    pairs = D * ((1 - np.exp(-STEEPNESS * (of.distances - r0))) ** 2 - 1)
    return np.asarray(pairs.sum((1, 2)) / 2)


def counts(of: Molecules, types: Any = tuple(TYPES)) -> Float[np.ndarray, "n T"]:
    """How many atoms of each type there are."""
    return np.stack([(of.charges == z).sum(1) for z in types], -1).astype(float)


def radius_without_intersections(of: Molecules) -> float:
    """The largest radius of spheres about all atoms, of which no two of a molecule intersect.

    BadInput where no molecule has two atoms.
    """
    if np.isinf(nearest := of.distances.min()):
        raise BadInput("no molecule has two atoms: there is no largest radius; give one")
    return float(nearest / 2)


def coulomb_spheres(
    of: Molecules, b: Any, radius: Any, types: Any = tuple(TYPES)
) -> Float[np.ndarray, "n N beta alpha T"]:
    """Potentials on spheres about atoms, U_z(x) = sum_j z_i z_j / |x - p_j| of others with z_j = z.

    At the points x = p_i + `radius` times those of the grid of bandwidth b; 0 where there is no
    atom (T. Cohen, M. Geiger, J. Koehler & M. Welling, *Spherical CNNs*, ICLR 2018, sec. 5.4).
    BadInput where a sphere reaches the nearest atom, and for atoms that are not of `types`.
    """
    if not (known := np.isin(of.charges, (0, *types))).all():
        others = sorted(set(of.charges[~known].tolist()))
        raise BadInput(f"charges {shown(others)} are not among the types {shown(types)}: add them")
    b, radius = rotations.bandwidth(b), number("radius", radius, above=0.0)
    if radius >= of.distances.min():
        raise BadInput(
            f"radius = {radius:g} reaches an atom at {of.distances.min():g}: take that of"
            " `radius_without_intersections`"
        )
    alpha, beta = np.moveaxis(sphere_points(b), -1, 0)
    u = np.stack([np.sin(beta) * np.cos(alpha), np.sin(beta) * np.sin(alpha), np.cos(beta)], -1)
    found = np.zeros((*of.charges.shape, 2 * b, 2 * b - 1, len(types)))
    pairs = of.charges[:, :, None] * of.charges[:, None]
    pairs = pairs * ~np.eye(pairs.shape[-1], dtype=bool)
    for j in range(of.charges.shape[1]):
        away = of.positions - of.positions[:, j, None]  # from p_j to p_i
        r = np.linalg.norm(away[:, :, None, None] + radius * u, axis=-1)
        U = pairs[:, :, j, None, None] / r
        for t, z in enumerate(types):
            found[..., t] += np.where((of.charges[:, j] == z)[:, None, None, None], U, 0)
    return found


def coulomb_matrices(
    of: Molecules, *, power: float = 2.4, order: str = "sorted", seed: Any = 0
) -> Float[np.ndarray, "n N N"]:
    """C_ij = z_i z_j / |p_i - p_j| and C_ii = z_i^power / 2, 0 where there is no atom.

    Rows and columns in the order of falling norms (`sorted`), that of their norms with noise of
    standard deviation 1 in units of the mean norm (`random`), or as atoms are given. `power` is 2.4
    as usual, or 2 as *Spherical CNNs* has it (M. Rupp et al., *Fast and accurate modeling of
    molecular atomization energies with machine learning*, 2012; G. Montavon et al., *Learning
    invariant representations of molecules ...*, 2012).
    """
    order, power = one_of("order", order, ORDERS), number("power", power, above=0.0)
    z = of.charges.astype(float)
    C = z[:, :, None] * z[:, None] / of.distances
    C = C + np.eye(z.shape[1]) * (z**power / 2)[:, None]
    if order == "given":
        return np.asarray(C)
    norms = np.linalg.norm(C, axis=-1)
    if order == "random":
        rng = np.random.default_rng(whole("seed", seed, least=0))
        noise = rng.standard_normal(norms.shape) * norms[of.present].mean()
        norms = np.where(of.present, norms + noise, -np.inf)
    rows = np.argsort(-norms, axis=1, kind="stable")
    return np.take_along_axis(np.take_along_axis(C, rows[:, :, None], 1), rows[:, None], 2)
