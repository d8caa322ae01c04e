"""Kernels by name under one interface, and their Gram matrices of many points, block by block.

`laplace`, `gaussian` and `matern` depend on the distance (`jamming.kernels.distance`), `arc_cosine`
and `tangent` are those of infinitely wide networks of `depth` hidden layers
(`jamming.kernels.analytic`): of their outputs before learning, and of learning in the lazy limit.
All are computed in float64, whatever JAX is set to.
"""

from dataclasses import dataclass
from typing import Annotated

import jax
import numpy as np
from jaxtyping import Float

from jamming.checks import arguments as given
from jamming.checks import fields
from jamming.checks.arrays import ArrayLike, finite, shaped
from jamming.checks.errors import BadInput
from jamming.execution.memory import fits
from jamming.execution.threads import requested_blas_threads
from jamming.kernels.analytic import nngp_ntk
from jamming.kernels.distance import KERNELS, SMOOTHEST, matern, squared_distances
from jamming.models.activations import activation

NAMES = ("laplace", "gaussian", "matern", "arc_cosine", "tangent")
BLOCK = 1024  # points a side of what is computed at a time
DOUBLE = 8  # bytes


@dataclass(frozen=True)
class Kernel(fields.Checked):
    """A kernel by its name; `sigma` is a length in units of the points, `nu` of matern alone.

    `activation` is of networks alone, by its name, with E[phi^2] = 1. Raises BadInput for another
    name, sigma <= 0, nu outside (0, 100], depth < 1.
    """

    name: Annotated[str, fields.scalar(given.one_of, known=NAMES)]
    sigma: Annotated[float, fields.scalar(given.number, least=given.TINY, most=given.HUGE)] = 1.0
    nu: Annotated[float, fields.scalar(given.number, above=0.0, most=SMOOTHEST)] = 1.5
    depth: Annotated[int, fields.scalar(given.whole, most=given.DEEPEST)] = 1
    activation: str = "relu"

    def __post_init__(self) -> None:
        super().__post_init__()
        activation(self.activation)

    def __call__(self, x1: ArrayLike, x2: ArrayLike | None = None) -> Float[np.ndarray, "P1 P2"]:
        """K(x1, x2) [P1, P2] of points [P1, d] and [P2, d], or x1 where x2 is None.

        Needs the result, and some blocks of `BLOCK` points a side beside it. Raises BadInput for
        points that are not finite, or more than memory can hold.
        """
        x1 = shaped(finite(x1, "x1", dtype=np.float64), "x1", "P1", "d")
        if x2 is None:
            return self._own(x1)
        x2 = shaped(finite(x2, "x2", dtype=np.float64), "x2", "P2", x1.shape[1])
        K = _empty(len(x1), len(x2))
        for i in range(0, len(x1), BLOCK):
            for j in range(0, len(x2), BLOCK):
                K[i : i + BLOCK, j : j + BLOCK] = self._block(x1[i : i + BLOCK], x2[j : j + BLOCK])
        return K

    def _own(self, x: Float[np.ndarray, "P d"]) -> Float[np.ndarray, "P P"]:
        """Of points with themselves: one triangle, and its mirror."""
        K = _empty(len(x), len(x))
        for i in range(0, len(x), BLOCK):
            rows = slice(i, i + BLOCK)
            # of equal points with themselves, where differences cancel
            K[rows, rows] = self._block(x[rows])
            for j in range(0, i, BLOCK):
                columns = slice(j, j + BLOCK)
                K[rows, columns] = self._block(x[rows], x[columns])
                K[columns, rows] = K[rows, columns].T
        return K

    def _block(
        self, x1: Float[np.ndarray, "P1 d"], x2: Float[np.ndarray, "P2 d"] | None = None
    ) -> Float[np.ndarray, "P1 P2"]:
        if self.name in ("arc_cosine", "tangent"):
            phi = activation(self.activation, normalised=True)
            with jax.enable_x64(True):
                both = nngp_ntk(phi, self.depth, x1, x2)
                return np.asarray(both.nngp if self.name == "arc_cosine" else both.ntk)
        r2 = squared_distances(x1, x2)
        if self.name == "matern":
            return matern(r2, self.sigma, self.nu)
        return KERNELS[self.name](r2, self.sigma)


def _empty(P1: int, P2: int) -> Float[np.ndarray, "P1 P2"]:
    if not (P1 and P2):
        raise BadInput("a kernel needs points: give one at least")
    fits(f"a kernel between {P1} and {P2} points", DOUBLE * P1 * P2, "their number")
    return np.empty((P1, P2))


@requested_blas_threads()
def nearest(
    x: ArrayLike, x_train: ArrayLike, sizes: tuple[int, ...]
) -> Float[np.ndarray, "sizes Q"]:
    """Distances of points x [Q, d] to the nearest of the first n of x_train [P, d], each size n.

    Block by block, so that any number of points has room. Raises BadInput for sizes above P.
    """
    x = shaped(finite(x, "x", dtype=np.float64), "x", "Q", "d")
    x_train = shaped(finite(x_train, "x_train", dtype=np.float64), "x_train", "P", x.shape[1])
    sizes = given.wholes("sizes", sizes, most=len(x_train))
    ends = sorted({*range(0, max(sizes), 4 * BLOCK), *sizes} - {0})
    found, least, begin = {}, np.full(len(x), np.inf), 0
    for end in ends:
        least = np.minimum(least, squared_distances(x, x_train[begin:end]).min(1))
        found[end], begin = np.sqrt(least), end
    return np.array([found[n] for n in sizes])
