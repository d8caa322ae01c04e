"""Correlations on the sphere and on the rotations, of coefficients.

    [psi * f](R) = mean over x of sum_c psi_c(R^-1 x) f_c(x),       x on the sphere,
    [psi * F](R) = mean over Q of sum_c psi_c(R^-1 Q) F_c(Q),       Q a rotation,

are functions of rotations, also that of signals on the sphere, since filters have a direction. Both
commute with rotations of what they are applied to, and are products of coefficients
(`jamming.equivariant.sphere.transforms`),

    (psi * f)^l_mn = f_lm conj psi_ln / 4 pi (2 l + 1),       (psi * F)^l = F^l (psi^l)^dagger

(T. Cohen, M. Geiger, J. Koehler & M. Welling, *Spherical CNNs*, ICLR 2018, sec. 4). A filter is a
sum of point masses w_i at few places (`Places`), so that it is local and has few weights.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Inexact

from jamming.checks.arguments import number, settle, whole
from jamming.checks.arrays import finite
from jamming.checks.errors import BadInput
from jamming.equivariant.sphere import rotations
from jamming.equivariant.sphere.transforms import (
    from_rotations,
    rotation_points,
    sphere_points,
    to_rotations,
)

MOST = 10_000  # places


@dataclass(frozen=True, eq=False)
class Places:
    """Where a filter has weights: angles [places, 2] on the sphere, [places, 3] of rotations."""

    angles: Any

    def __post_init__(self) -> None:
        angles = np.asarray(finite(self.angles, "angles", dtype=np.float64))
        if angles.shape[1:] not in ((2,), (3,)) or not 1 <= len(angles) <= MOST:
            raise BadInput(f"angles are [places, 2 or 3], at most {MOST}, not {list(angles.shape)}")
        settle(self, {"angles": angles})

    def __len__(self) -> int:
        return len(self.angles)

    def basis(self, b: Any) -> Complex[np.ndarray, "places *coefficients"]:
        """Coefficients of a filter with weight 1 at each place, l < b.

        Scaled so that independent weights of variance 1 / places give what is correlated with a
        signal its mean square, up to what is cut off beyond b.
        """
        b = rotations.bandwidth(b)
        if self.angles.shape[1] == 2:
            return 4 * math.pi * rotations.harmonics(b, self.angles).conj()
        return rotations.wigners(b, self.angles)


def near_pole(alphas: Any = 6, betas: Any = 2, most: Any = math.pi / 8) -> Places:
    """Rings about the north pole, up to beta = `most`: local filters on the sphere."""
    return Places(_rings(alphas, np.arange(1, whole("betas", betas) + 1) / betas, _angle(most)))


def equator(alphas: Any) -> Places:
    """A ring at beta = pi / 2, of places on the sphere."""
    return Places(_rings(alphas, np.ones(1), math.pi / 2))


def everywhere(b: Any) -> Places:
    """All points of the grid of a bandwidth on the sphere: filters that are not local."""
    return Places(sphere_points(rotations.bandwidth(b)).reshape(-1, 2))


def near_identity(
    alphas: Any = 6, betas: Any = 2, gammas: Any = 6, most: Any = math.pi / 8, turn: Any = math.pi
) -> Places:
    """Rotations that take the pole to rings about it and turn by up to `turn`, either way.

    gamma is counted from -alpha, so that all with beta = 0 and no turn are the identity.
    """
    at = _rings(alphas, np.arange(1, whole("betas", betas) + 1) / betas, _angle(most))
    gammas, turn = whole("gammas", gammas), number("turn", turn, least=0.0, most=math.pi)
    # a whole turn ends where it begins
    turns = np.linspace(-turn, turn, gammas, endpoint=turn < math.pi) if gammas > 1 else np.zeros(1)
    places = np.repeat(at, gammas, axis=0)
    return Places(np.column_stack([places, np.tile(turns, len(at)) - places[:, 0]]))


def equator_of_rotations(alphas: Any) -> Places:
    """Rotations with beta = pi / 2 and gamma = 0."""
    at = _rings(alphas, np.ones(1), math.pi / 2)
    return Places(np.column_stack([at, np.zeros(len(at))]))


def everywhere_of_rotations(b: Any) -> Places:
    """All rotations of the grid of a bandwidth."""
    return Places(rotation_points(rotations.bandwidth(b)).reshape(-1, 3))


def _rings(alphas: Any, betas: np.ndarray, most: float) -> Float[np.ndarray, "places 2"]:
    alphas = whole("alphas", alphas, most=MOST)
    alpha, beta = np.meshgrid(2 * np.pi * np.arange(alphas) / alphas, most * betas)
    return np.column_stack([alpha.ravel(), beta.ravel()])


def _angle(most: Any) -> float:
    return number("most, an angle,", most, above=0.0, most=math.pi)


def on_sphere(
    f: Complex[Array, "*batch C l m"], psi: Complex[Array, "C K l m"]
) -> Complex[Array, "*batch K n l m"]:
    """[psi * f] of signals on the sphere with C channels, a function of rotations with K.

    Raises:
        BadInput: for other channels or bandwidths of the filters
    """
    b = f.shape[-2]
    _fit(f, psi, 3)
    scale = jnp.asarray(1 / (4 * np.pi * (2 * np.arange(b) + 1)), f.real.dtype)
    return jnp.einsum("...clm,ckln,l->...knlm", f, psi.conj(), scale.astype(f.dtype))


def on_rotations(
    F: Complex[Array, "*batch C n l m"], psi: Complex[Array, "C K n l m"]
) -> Complex[Array, "*batch K n l m"]:
    """[psi * F] of functions of rotations with C channels.

    Raises:
        BadInput: for other channels or bandwidths of the filters
    """
    _fit(F, psi, 4)
    return jnp.einsum("...cqlm,ckqln->...knlm", F, psi.conj())


def _fit(f: Array, psi: Array, axes: int) -> None:
    """Whether filters [C, K, ...] are of the channels and the bandwidth of f [..., C, ...]."""
    if f.ndim < axes or f.shape[-axes:] != (*psi.shape[:1], *psi.shape[2:]):
        raise BadInput(
            f"filters {list(psi.shape)} do not fit coefficients {list(f.shape)}: give [C, K, ...]"
            " for [..., C, ...], of one bandwidth"
        )


def cut(F: Complex[Array, "*batch l m"], b: Any) -> Complex[Array, "*batch b k"]:
    """Coefficients with l < b: of the sphere [..., l, m], as an image of half the side is."""
    most, b = F.shape[-2], rotations.bandwidth(b)
    if b > most or F.shape[-1] != 2 * most - 1:
        raise BadInput(f"a bandwidth of {b} cannot be cut out of coefficients {list(F.shape)}")
    return F[..., :b, most - b : most + b - 1]


def cut_rotations(F: Complex[Array, "*batch n l m"], b: Any) -> Complex[Array, "*batch k b k"]:
    """Coefficients with l < b of functions of rotations."""
    most = F.shape[-2]
    return cut(F, b)[..., most - b : most + b - 1, :, :]


def widened(F: Complex[Array, "*batch l m"], b: int) -> Complex[Array, "*batch b k"]:
    """Coefficients with l < b, zeros where there were none: of the sphere."""
    if (more := b - F.shape[-2]) < 0:
        raise BadInput(f"a bandwidth of {F.shape[-2]} cannot be widened to {b}")
    return jnp.pad(F, [(0, 0)] * (F.ndim - 2) + [(0, more), (more, more)])


def widened_rotations(F: Complex[Array, "*batch n l m"], b: int) -> Complex[Array, "*batch k b k"]:
    """Coefficients with l < b of functions of rotations, zeros where there were none."""
    more = b - F.shape[-2]
    return jnp.pad(widened(F, b), [(0, 0)] * (F.ndim - 3) + [(more, more), (0, 0), (0, 0)])


def pointwise(
    F: Complex[Array, "*batch n l m"], phi: Callable[[Array], Array], finer: Any = 1
) -> Complex[Array, "*batch n l m"]:
    """phi of a real function of rotations, on a grid `finer` times as fine as its own.

    What phi makes beyond the bandwidth of the grid is aliased, so that this nearly commutes with
    rotations, and the more nearly the finer the grid is.
    """
    b, finer = F.shape[-2], whole("finer", finer)
    on_grid = to_rotations(widened_rotations(F, finer * b)).real
    return cut_rotations(from_rotations(phi(on_grid)), b)


def mean(F: Complex[Array, "*batch n l m"]) -> Inexact[Array, "*batch"]:
    """The mean over all rotations of real functions: it is invariant."""
    b = F.shape[-2]
    return F[..., b - 1, 0, b - 1].real


def mean_square(F: Complex[Array, "*batch n l m"]) -> Float[Array, "*batch"]:
    """The mean of |F|^2 over all rotations."""
    weights = jnp.asarray(2 * np.arange(F.shape[-2]) + 1, F.real.dtype)
    return jnp.einsum("...nlm,l->...", jnp.square(F.real) + jnp.square(F.imag), weights)


def rotated(F: Complex[Array, "*batch l m"], angles: Any) -> Complex[Array, "*batch l m"]:
    """[L_R f](x) = f(R^-1 x) and [L_R F](Q) = F(R^-1 Q), of coefficients [..., l, m], one rotation.

    Exact: on grids alone a rotation would interpolate.
    """
    if np.ndim(angles) > 1:
        raise BadInput(f"angles are [3], of one rotation, not {list(np.shape(angles))}")
    D = np.swapaxes(rotations.wigners(F.shape[-2], angles), 0, 2)  # D^l_mn as [m, l, n]
    return jnp.einsum("klm,...lm->...lk", jnp.asarray(D, F.dtype), F)
