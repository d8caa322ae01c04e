"""Rotations of three dimensions, as matrices of the sphere's harmonics.

A rotation is R = Z(alpha) Y(beta) Z(gamma); the point (beta, alpha) of the sphere is R applied to
the north pole. With D^l_mn(R) = exp(-i m alpha) d^l_mn(beta) exp(-i n gamma),

    Y_lm(R^-1 x) = sum over n of D^l_nm(R) Y_ln(x),     D^l(R Q) = D^l(R) D^l(Q).

Coefficients of all l < b are arrays [b, 2 b - 1], m from -(b - 1) to b - 1, zero beyond l.
"""

import functools
from typing import Any

import numpy as np
from jaxtyping import Complex, Float
from scipy.spatial.transform import Rotation

from jamming.checks.arguments import whole
from jamming.checks.arrays import finite
from jamming.checks.errors import BadInput

MOST = 128  # bandwidth
Angles = Float[np.ndarray, "*points 3"]  # alpha, beta, gamma


def bandwidth(b: Any, name: str = "bandwidth") -> int:
    """b, from 1 to `MOST`."""
    return whole(name, b, most=MOST)


def _order(l: Any) -> int:  # noqa: E741
    return whole("the order l", l, least=0, most=MOST - 1)


@functools.cache
def _axis(l: int) -> tuple[np.ndarray, np.ndarray]:  # noqa: E741
    """Eigenvalues and eigenvectors of J_y in the basis m = -l ... l."""
    m = np.arange(-l, l + 1)
    up = np.sqrt(l * (l + 1) - m[:-1] * m[1:]) / 2
    J = np.diag(-1j * up, -1) + np.diag(1j * up, 1)
    _, vectors = np.linalg.eigh(J)
    return m.astype(float), vectors


def _checked(angles: Any, least: int = 3) -> Float[np.ndarray, "*points angles"]:
    """Angles in float64, `least` to 3 of them in the last axis."""
    found = np.asarray(finite(angles, "angles", dtype=np.float64))
    if not found.ndim or not least <= found.shape[-1] <= 3:
        said = "alpha, beta" if least == 2 else "alpha, beta, gamma"
        raise BadInput(f"angles have shape {list(found.shape)}: give [..., {said}], in radians")
    return found


def wigner_d(l: Any, beta: Any) -> Float[np.ndarray, "*points m n"]:  # noqa: E741
    """d^l_mn(beta) = <l m| exp(-i beta J_y) |l n>, orthogonal matrices [2 l + 1, 2 l + 1]."""
    beta, l = np.asarray(finite(beta, "beta", dtype=np.float64)), _order(l)  # noqa: E741
    m, V = _axis(l)
    phases = np.exp(-1j * beta[..., None] * m)
    return ((V * phases[..., None, :]) @ V.conj().T).real


def wigner(l: Any, angles: Any) -> Complex[np.ndarray, "*points m n"]:  # noqa: E741
    """D^l_mn of rotations by angles [..., 3], unitary."""
    angles, l = _checked(angles), _order(l)  # noqa: E741
    m = np.arange(-l, l + 1)
    alpha, gamma = (np.exp(-1j * angles[..., i, None] * m) for i in (0, 2))
    return alpha[..., :, None] * wigner_d(l, angles[..., 1]) * gamma[..., None, :]


def harmonics(b: Any, angles: Any) -> Complex[np.ndarray, "*points b m"]:
    """Y_lm at the points (alpha, beta) of angles [..., 2 or 3], orthonormal on the sphere.

    With Condon and Shortley's phase: Y_lm = sqrt((2 l + 1) / 4 pi) conj D^l_m0.
    """
    b, at = bandwidth(b), _checked(angles, 2)[..., :2]
    at = np.concatenate([at, np.zeros((*at.shape[:-1], 1))], -1)
    found = np.zeros((*at.shape[:-1], b, 2 * b - 1), complex)
    for l in range(b):  # noqa: E741
        unit = np.sqrt((2 * l + 1) / (4 * np.pi))
        found[..., l, b - 1 - l : b + l] = unit * wigner(l, at)[..., l].conj()
    return found


def wigners(b: Any, angles: Any) -> Complex[np.ndarray, "*points n b m"]:
    """D^l_mn of rotations, for all l < b, [..., 2 b - 1 (n), b (l), 2 b - 1 (m)]."""
    b, angles = bandwidth(b), _checked(angles)
    found = np.zeros((*angles.shape[:-1], 2 * b - 1, b, 2 * b - 1), complex)
    for l in range(b):  # noqa: E741
        inside = slice(b - 1 - l, b + l)
        found[..., inside, l, inside] = np.swapaxes(wigner(l, angles), -1, -2)
    return found


def haar(rng: np.random.Generator, n: Any) -> Angles:
    """alpha, beta, gamma of n random rotations, uniform."""
    return angles_of(Rotation.random(whole("rotations", n, least=0), rng).as_matrix())


def matrix(angles: Any) -> Float[np.ndarray, "*points 3 3"]:
    """Z(alpha) Y(beta) Z(gamma), of angles [..., 3]."""
    angles = _checked(angles)
    flat = Rotation.from_euler("ZYZ", angles.reshape(-1, 3))
    return flat.as_matrix().reshape(*angles.shape[:-1], 3, 3)


def angles_of(R: Any) -> Angles:
    """alpha, beta, gamma of rotation matrices [..., 3, 3]; BadInput for other ones."""
    R = proper(R)
    alpha = np.arctan2(R[..., 1, 2], R[..., 0, 2])
    beta = np.arctan2(np.hypot(R[..., 0, 2], R[..., 1, 2]), R[..., 2, 2])
    # what is left of R after Z(alpha) Y(beta) is Z(gamma), at the poles, too
    rest = np.swapaxes(matrix(np.stack([alpha, beta, 0 * alpha], -1)), -1, -2) @ R
    return np.stack([alpha, beta, np.arctan2(rest[..., 1, 0], rest[..., 0, 0])], -1)


def proper(R: Any, *sizes: int | str, name: str = "rotations") -> Float[np.ndarray, "*points 3 3"]:
    """Rotation matrices [..., 3, 3] of determinant 1, or [*sizes, 3, 3]; BadInput for others."""
    R = np.asarray(finite(R, name, *((*sizes, 3, 3) if sizes else ()), dtype=np.float64))
    if R.shape[-2:] != (3, 3):
        raise BadInput(f"rotations are matrices [..., 3, 3], not {list(R.shape)}")
    off = np.abs(R @ np.swapaxes(R, -1, -2) - np.eye(3)).max(initial=0)
    if off > 1e-6 or (np.linalg.det(R) < 0).any():
        raise BadInput(
            f"no rotations: R R^T differs from 1 by {off:.1e}, or a determinant is -1 (reflections)"
        )
    return R
