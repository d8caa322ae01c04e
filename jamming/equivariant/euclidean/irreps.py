"""Irreducible representations of rotations and reflections: what is used of e3nn-jax, in one place.

Convention, that of e3nn: real bases, and axes (x, y, z) in which the components of l = 1 are
(x, y, z) themselves, so that D^1(R) = R. The polar axis of e3nn is y; no angles are used here, but
matrices R [3, 3]. With harmonics Y^l [2 l + 1] of the norm 1 at any point of the sphere,

    Y^l(R x) = D^l(R) Y^l(x),     sum over ij of C_ijk a_i b_j commutes with D^l1, D^l2 and D^l3,

for coefficients C of the norm 1 (`clebsch_gordan`). An irrep of O(3) is written "1o": l = 1, and
odd, that is with the sign -1 under x -> -x; "e" is even. All is in float64, in NumPy.

e3nn-jax (M. Geiger & T. Smidt, *e3nn: Euclidean neural networks*, 2022) comes with the extra
`equivariant`. Everything of it that another module needs, it has by `library`.
"""

import functools
import math
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.linalg import expm
from scipy.spatial.transform import Rotation

from jamming.checks.arguments import shown, whole, wholes
from jamming.checks.arrays import finite
from jamming.checks.errors import BadInput

HIGHEST = 11  # l: beyond it, tables of e3nn end
MOST = 100_000  # copies of an irrep
TOLERANCE = 1e-6  # of what is taken for orthogonal


@functools.cache
def library() -> Any:
    """The module e3nn_jax; BadInput where it is not installed."""
    try:
        import e3nn_jax
    except ImportError as error:
        raise BadInput(
            "irreps of rotations need e3nn-jax: pip install 'jamming[equivariant]'"
        ) from error
    return e3nn_jax


def irreps(given: Any) -> Any:
    """A list of irreps with their numbers of copies, as `e3nn_jax.Irreps`.

    Args:
        given: text, as "4x0e+4x1o"; or how many there are of l = 0, 1, ..., as (4, 4), with the
            parities of harmonics, (-1)^l; or an `e3nn_jax.Irreps`

    Irreps of no copies are left out; the order stays.

    Raises:
        BadInput: for anything else, no irreps, and orders beyond `HIGHEST`
    """
    e3nn = library()
    if isinstance(given, str | e3nn.Irreps):
        try:
            found = e3nn.Irreps(given)
        except (ValueError, AssertionError) as error:
            raise BadInput(
                f"unknown irreps {shown(given)}: write them as '4x0e+4x1o', copies x order and"
                " parity, e or o"
            ) from error
    else:
        copies = wholes("copies of l = 0, 1, ...", given, least=0)
        found = e3nn.Irreps([(n, (l, (-1) ** l)) for l, n in enumerate(copies)])  # noqa: E741
    found = e3nn.Irreps([(n, ir) for n, ir in found if n])
    if not found:
        raise BadInput("there are no irreps: give one at least, as '1x0e'")
    for n, ir in found:
        order(ir.l)
        whole(f"copies of {ir}", n, most=MOST)
    return found


def order(l: Any) -> int:  # noqa: E741
    """l, from 0 to `HIGHEST`."""
    return whole("the order l of an irrep", l, least=0, most=HIGHEST)


def clebsch_gordan(l1: Any, l2: Any, l3: Any) -> Float[np.ndarray, "i j k"]:
    """C [2 l1 + 1, 2 l2 + 1, 2 l3 + 1] of norm 1, zero unless |l1 - l2| <= l3 <= l1 + l2."""
    l1, l2, l3 = order(l1), order(l2), order(l3)
    if not abs(l1 - l2) <= l3 <= l1 + l2:
        return np.zeros((2 * l1 + 1, 2 * l2 + 1, 2 * l3 + 1))
    return library().clebsch_gordan(l1, l2, l3)


def harmonics(l: Any, points: Any) -> Float[np.ndarray, "*points m"]:  # noqa: E741
    """Y^l of the directions of points [..., 3], of norm 1; the mean over directions is 0 for l > 0.

    Of the point 0, which has no direction, they are that mean. (In the normalisation "norm" of
    e3nn; here by NumPy in float64, whatever the precision of JAX.)
    """
    x = np.asarray(finite(points, "points", dtype=np.float64))
    if not x.ndim or x.shape[-1] != 3:
        raise BadInput(f"points are [..., 3], not {list(x.shape)}")
    r = np.linalg.norm(x, axis=-1, keepdims=True)
    unit = np.divide(x, r, out=np.zeros_like(x), where=r > 0)
    Y = np.ones((*x.shape[:-1], 1))
    for i in range(1, order(l) + 1):
        Y = np.einsum("...i,...j,ijk->...k", Y, unit, _raising(i))
    return Y


@functools.cache
def _raising(l: int) -> Float[np.ndarray, "i j k"]:  # noqa: E741
    """Coefficients that take Y^(l-1) and x to Y^l: those of Clebsch and Gordan, scaled."""
    C = clebsch_gordan(l - 1, 1, l)
    y = np.array([0.0, 1.0, 0.0])
    Y = harmonics(l - 1, y)
    up = np.einsum("i,j,ijk->k", Y, y, C)
    # e3nn's sign: at the pole y the middle component, the only one, is positive
    return C / (np.linalg.norm(up) * math.copysign(1.0, up[l]))


def rotation(R: Any) -> Float[np.ndarray, "3 3"]:
    """An orthogonal matrix [3, 3], a reflection, too; BadInput for another one."""
    R = np.asarray(finite(R, "the rotation", dtype=np.float64))
    if R.shape != (3, 3):
        raise BadInput(f"a rotation is a matrix [3, 3], not {list(R.shape)}")
    if (off := np.abs(R @ R.T - np.eye(3)).max()) > TOLERANCE:
        raise BadInput(f"no rotation: R R^T differs from 1 by {off:.1e}")
    return R


def wigner(l: Any, R: Any) -> Float[np.ndarray, "m n"]:  # noqa: E741
    """D^l(R), orthogonal; of reflections that of -R, which leaves their sign to the parity."""
    R = rotation(R)
    turn = Rotation.from_matrix(R * np.sign(np.linalg.det(R))).as_rotvec()
    return expm(np.tensordot(turn, library().generators(order(l)), 1))


def representation(given: Any, R: Any) -> Float[np.ndarray, "dim dim"]:
    """The block diagonal matrix of a list of irreps, each D^l times its parity under reflections.

    Copies of an irrep are next to each other, with their components together: [n, 2 l + 1].
    """
    found = irreps(given)
    odd = np.linalg.det(rotation(R)) < 0
    rho, at = np.zeros((found.dim, found.dim)), 0
    for n, ir in found:
        D = wigner(ir.l, R) * (ir.p if odd else 1)
        size = n * len(D)
        rho[at : at + size, at : at + size] = np.kron(np.eye(n), D)
        at += size
    return rho
