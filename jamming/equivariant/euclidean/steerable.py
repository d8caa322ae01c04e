"""Steerable convolutions of voxels: linear maps of fields in space that commute with rotations.

A field has values in a stack of irreps of rotations, and moves as [g f](x) = rho(g) f(g^-1 x). Its
linear equivariant maps are correlations whose kernels obey kappa(R x) = D^j(R) kappa(x) D^l(R)^T,
for each irrep l of the input and j of the output. They are spanned by

    kappa^{J m}(x) = C^{l J j} Y^J(x / |x|) exp(-(|x| - m)^2 / 2 sigma^2),

with J = |j - l| ... j + l and shells m = 0 ... (k - 1) / 2 voxels from the middle (M. Weiler,
M. Geiger, M. Welling, W. Boomsma & T. Cohen, *3D steerable CNNs*, NeurIPS 2018). Weights are those
of the sum. Voxels are arrays [P, X, Y, Z, C], axes and components as in
`jamming.equivariant.euclidean.irreps`; the channels of a stack are its fields one after another.

NOTE: the paper limits J for each m and prints no table; "J = 0 alone at m = 0" gives its numbers of
parameters. Of a kernel on voxels the constraint holds at their centres: rotations of the cube
commute exactly, others nearly so.
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jamming.checks.arguments import flag, number, whole, wholes
from jamming.checks.errors import BadInput
from jamming.equivariant.euclidean.irreps import clebsch_gordan, harmonics, irreps
from jamming.models.convolution import convolve

SIGMA = 0.6  # of a shell, in voxels
LARGEST = 15  # voxels a side of a kernel


@dataclass(frozen=True)
class Shells:
    """Which kernels there are of `size` voxels a side.

    Args:
        size: odd, at least 1; shells are at 0 ... (size - 1) / 2 voxels
        sigma: their width, in voxels
        most: the largest J of the shells from the middle on, the last also of those beyond; None:
            J = 0 in the middle, any elsewhere
        reflections: only kernels that commute with reflections, too, by the parities of irreps

    Raises BadInput for even sizes, and numbers out of range.
    """

    size: Any = 5
    sigma: Any = SIGMA
    most: Any = None
    reflections: Any = False

    def __post_init__(self) -> None:
        if whole("the size of a kernel", self.size, most=LARGEST) % 2 == 0:
            raise BadInput(f"a kernel of {self.size} voxels has no middle: give an odd size")
        values: dict[str, Any] = {"sigma": number("sigma", self.sigma, least=0.05, most=LARGEST)}
        values["reflections"] = flag("reflections", self.reflections)
        if self.most is not None:
            values["most"] = wholes("the largest J", self.most, least=0)
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def highest(self, m: int) -> float:
        """The largest J of shell m."""
        if self.most is None:
            return math.inf if m else 0.0
        return float(self.most[min(m, len(self.most) - 1)])

    def paths(self, to: Any, of: Any) -> tuple[tuple[int, int], ...]:
        """(J, m) of the kernels from the irrep `of` to the irrep `to`, of e3nn-jax."""
        return tuple(
            (J, m)
            for J in range(abs(to.l - of.l), to.l + of.l + 1)
            for m in range(self.size // 2 + 1)
            if self.highest(m) >= J
            and (not self.reflections or to.p * of.p == (-1) ** J)
            and (self.size > 1 or J == 0)
        )


def kernel_at(
    j: int, order: int, J: int, m: int, points: Any, sigma: float = SIGMA
) -> Float[np.ndarray, "*points j l"]:
    """kappa^{J m} at points [..., 3] in voxels, matrices [2 j + 1, 2 l + 1], not normalised.

    From fields of `order` l to those of order j.
    """
    x = np.asarray(points, np.float64)
    radial = np.exp(-((np.linalg.norm(x, axis=-1) - m) ** 2) / (2 * sigma**2))
    angular = np.einsum("lmj,...m->...jl", clebsch_gordan(order, J, j), harmonics(J, x))
    return radial[..., None, None] * angular


def grid(size: int) -> Float[np.ndarray, "size size size 3"]:
    """Positions of voxels about the middle of a cube."""
    return np.stack(np.meshgrid(*[np.arange(size) - (size - 1) / 2] * 3, indexing="ij"), -1)


@functools.lru_cache(maxsize=256)
def _basis(to: Any, of: Any, shells: Shells) -> Float[np.ndarray, "paths k k k l j"]:
    """The kernels of `Shells.paths` on voxels, each of norm 1."""
    at = grid(shells.size)
    found = [
        kernel_at(to.l, of.l, J, m, at, shells.sigma).swapaxes(-1, -2)
        for J, m in shells.paths(to, of)
    ]
    return np.array([kappa / np.linalg.norm(kappa) for kappa in found])


def sizes(to: Any, of: Any, shells: Shells) -> list[list[int]]:
    """Numbers of weights from each irrep of the stack `of` to each of the stack `to`."""
    return [
        [n * mul * len(shells.paths(j, l)) for mul, l in irreps(of)]  # noqa: E741
        for n, j in irreps(to)
    ]


def kernel(
    w: Float[Array, " weights"], to: Any, of: Any, shells: Shells
) -> Float[Array, "k k k C M"]:
    """The filters of weights in the order of `sizes`, from the channels of `of` to those of `to`.

    Independent weights of variance 1 give independent inputs of variance 1 outputs of variance 1.

    Raises:
        BadInput: for another number of weights, and outputs to which no kernel leads
    """
    due, k = np.array(sizes(to, of, shells)), shells.size
    if w.shape != (due.sum(),):
        raise BadInput(f"there are {due.sum()} weights, not {list(w.shape)}: give [{due.sum()}]")
    cuts = np.cumsum(due.ravel())[:-1]
    parts = iter(jnp.split(w, cuts))
    columns = []
    for (n, j), row in zip(irreps(to), due, strict=True):
        if not row.any():
            raise BadInput(f"no kernel leads from {of} to {j}: it would be 0; leave it out")
        scale = math.sqrt((2 * j.l + 1) * n / row.sum())
        blocks = []
        for mul, l in irreps(of):  # noqa: E741
            basis = _basis(j, l, shells)
            part = next(parts).reshape(n * mul, len(basis))
            shape = k, k, k, 2 * l.l + 1, 2 * j.l + 1
            flat = jnp.asarray(scale * basis.reshape(len(basis), math.prod(shape)), w.dtype)
            block = (part @ flat).reshape(n, mul, *shape)
            block = block.transpose(2, 3, 4, 1, 5, 0, 6)
            blocks.append(block.reshape(k, k, k, mul * (2 * l.l + 1), n * (2 * j.l + 1)))
        columns.append(jnp.concatenate(blocks, 3))
    return jnp.concatenate(columns, 4)


def subsampled(z: Float[Array, "P X Y Z C"], stride: int) -> Float[Array, "P X2 Y2 Z2 C"]:
    """Every so many voxels from the first on, of a Gaussian blur; outside there are zeros.

    Its standard deviation, (stride^2 - 1)^1/2 / 2, makes samples a voxel wide, of standard
    deviation 1/2, as wide as the stride. It is cut off at 2.5 of these.

    Raises:
        BadInput: for a stride beyond the voxels, of which a corner alone would be left
    """
    if whole("stride", stride) > min(z.shape[1:4]):
        raise BadInput(
            f"a stride of {stride} is more than the {min(z.shape[1:4])} voxels of a side: choose a"
            " smaller one, or fewer strides"
        )
    if stride == 1:
        return z
    sigma = math.sqrt(stride**2 - 1) / 2
    r = math.ceil(2.5 * sigma - 0.5)
    taps = np.exp(-(np.arange(-r, r + 1) ** 2) / (2 * sigma**2))
    taps /= taps.sum()
    for axis in (1, 2, 3):
        n = z.shape[axis]
        wide = jnp.pad(z, [(r, r) if i == axis else (0, 0) for i in range(5)])
        each = [jax.lax.slice_in_dim(wide, i, i + n, stride, axis=axis) for i in range(len(taps))]
        z = jnp.tensordot(jnp.asarray(taps, z.dtype), jnp.stack(each), 1)
    return z


def correlate(
    W: Float[Array, "k k k C M"],
    z: Float[Array, "P X Y Z C"],
    *,
    stride: int = 1,
    padding: int = 0,
) -> Float[Array, "P X2 Y2 Z2 M"]:
    """The correlation with filters, zeros outside.

    Raises:
        BadInput: for voxels of another shape, or too few for the filters
    """
    if z.ndim != 5 or z.shape[-1] != W.shape[3]:
        raise BadInput(f"voxels are [P, X, Y, Z, {W.shape[3]}], not {list(z.shape)}: reshape them")
    if min(z.shape[1:4]) + 2 * padding < W.shape[0] or stride > min(z.shape[1:4]):
        raise BadInput(
            f"a kernel of {W.shape[0]} voxels a side, stride {stride}, finds no room in"
            f" {list(z.shape[1:4])}: choose a smaller one, more padding or fewer strides"
        )
    return convolve(W, z, stride=stride, padding=padding)


class Steerable(nn.Module):
    """A steerable correlation of fields `of` with biases on invariant outputs, to fields `to`.

    Weights ~ N(0, 1) and biases 0; scaled as in `kernel`. `to` and `of` are texts or copies as
    `jamming.equivariant.euclidean.irreps.irreps` reads them.
    """

    to: Any
    of: Any
    shells: Shells = Shells()
    stride: int = 1
    padding: int = 0
    bias: bool = True

    def __post_init__(self) -> None:
        self.to, self.of = (str(irreps(each)) for each in (self.to, self.of))
        super().__post_init__()

    @nn.compact
    def __call__(self, z: Float[Array, "P X Y Z C"]) -> Float[Array, "P X2 Y2 Z2 M"]:
        n = sum(map(sum, sizes(self.to, self.of, self.shells)))
        w = self.param("kernel", nn.initializers.normal(1.0), (n, 1), z.dtype)
        W = kernel(w[:, 0], self.to, self.of, self.shells)
        a = correlate(W, z, stride=self.stride, padding=self.padding)
        if not self.bias:
            return a
        seen = invariant(self.to, self.shells.reflections)
        B = self.param("bias", nn.initializers.zeros, (int(seen.sum()),), z.dtype)
        return a.at[..., np.flatnonzero(seen)].add(B)


def invariant(fields: Any, reflections: bool = False) -> np.ndarray:
    """Which channels do not turn, [channels] of bool; with reflections, those of even parity."""
    return np.concatenate(
        [
            np.full(n * ir.dim, ir.l == 0 and (ir.p > 0 or not reflections))
            for n, ir in irreps(fields)
        ]
    )


def outputs(sides: Sequence[int], size: int, stride: int, padding: int) -> tuple[int, ...]:
    """Voxels a side of what comes out."""
    return tuple((n + 2 * padding - size) // stride + 1 for n in sides)
