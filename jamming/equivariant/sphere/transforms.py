"""Fourier transforms of signals on the sphere and on the rotations, by s2fft.

Grids have beta_j = pi (2 j + 1) / 4 b and alpha_k = 2 pi k / (2 b - 1), and so gamma: arrays [...,
beta, alpha] on the sphere, [..., gamma, beta, alpha] on the rotations (J. Driscoll & D. Healy,
*Computing Fourier transforms and convolutions on the 2-sphere*, 1994). Coefficients are those of

    f(x) = sum f_lm Y_lm(x),        F(R) = sum (2 l + 1) F^l_mn conj D^l_mn(R),

as arrays [..., l, m] and [..., n, l, m]; F^l_mn is the mean of F D^l_mn over all rotations. They
are complex64 of float32 signals and complex128 of float64 ones. s2fft (M. Price & J. McEwen,
*Differentiable and accelerated spherical harmonic and Wigner transforms*, 2024) comes with the
extra `equivariant`.
"""

import functools
import logging
import math
import warnings
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Inexact

from jamming.checks.errors import BadInput
from jamming.equivariant.sphere.rotations import Angles, bandwidth

SINGLE, DOUBLE = np.float32, np.float64
VOLUME = 8 * math.pi**2  # of the rotations in angles, over which s2fft integrates


def library() -> Any:
    """The transforms of s2fft; BadInput where it is not installed."""
    # it says whenever JAX is in single precision, which is ours to choose
    logging.getLogger("s2fft").setLevel(logging.ERROR)
    try:
        from s2fft import precompute_transforms
    except ImportError as error:
        raise BadInput(
            "transforms on the sphere need s2fft: pip install 'jamming[equivariant]'"
        ) from error
    return precompute_transforms


# kernels are had in the precision of the signal: of what JAX makes of a float64 array there is then
# no question, and networks in float32 cost the same whether or not float64 is on


@functools.cache
def _of_sphere(b: int, forward: bool, single: bool) -> np.ndarray:
    make = library().construct.spin_spherical_kernel
    kernel = np.asarray(make(b, sampling="dh", forward=forward))
    return kernel.astype(SINGLE if single else DOUBLE)


@functools.cache
def _of_rotations(b: int, forward: bool, single: bool) -> np.ndarray:
    make = library().construct.wigner_kernel
    kernel = np.asarray(make(b, b, sampling="dh", forward=forward, mode="direct"))
    return (kernel / VOLUME if forward else kernel * VOLUME).astype(SINGLE if single else DOUBLE)


def sphere_points(b: Any) -> Float[np.ndarray, "beta alpha 2"]:
    """alpha and beta of the grid of bandwidth b, [2 b, 2 b - 1, 2]."""
    b = bandwidth(b)
    beta = np.pi * (2 * np.arange(2 * b) + 1) / (4 * b)
    return np.stack(np.broadcast_arrays(_turn(b), beta[:, None]), -1)


def rotation_points(b: Any) -> Angles:
    """alpha, beta and gamma of the grid of bandwidth b, [2 b - 1, 2 b, 2 b - 1, 3]."""
    at = sphere_points(b)
    gamma = np.broadcast_to(_turn(b)[:, None, None], (2 * b - 1, *at.shape[:2]))
    return np.concatenate([np.broadcast_to(at, (*gamma.shape, 2)), gamma[..., None]], -1)


def _turn(b: int) -> Float[np.ndarray, " points"]:
    return 2 * np.pi * np.arange(2 * b - 1) / (2 * b - 1)


def from_sphere(f: Inexact[Array, "*batch beta alpha"]) -> Complex[Array, "*batch l m"]:
    """f_lm of a signal on the grid of bandwidth b, l < b; BadInput for other grids."""
    b = _bandwidth(f, 2)
    transform, kernel = library().spherical.forward, _of_sphere(b, True, _single(f))
    return _each(f, 2, lambda one: transform(one, b, kernel=kernel, sampling="dh", method="jax"))


def to_sphere(f: Complex[Array, "*batch l m"]) -> Complex[Array, "*batch beta alpha"]:
    """The signal of coefficients f_lm, on the grid of their bandwidth; BadInput for others."""
    b = _known(f, 2)
    transform, kernel = library().spherical.inverse, _of_sphere(b, False, _single(f))
    return _each(f, 2, lambda one: transform(one, b, kernel=kernel, sampling="dh", method="jax"))


def from_rotations(F: Inexact[Array, "*batch gamma beta alpha"]) -> Complex[Array, "*batch n l m"]:
    """F^l_mn of a signal on the grid of bandwidth b, l < b; BadInput for other grids."""
    b = _bandwidth(F, 3)
    transform, kernel = library().wigner.forward, _of_rotations(b, True, _single(F))
    return _each(F, 3, lambda one: transform(one, b, b, kernel, "dh", method="jax"))


def to_rotations(F: Complex[Array, "*batch n l m"]) -> Complex[Array, "*batch gamma beta alpha"]:
    """The signal of coefficients F^l_mn, on the grid of their bandwidth; BadInput for others."""
    b = _known(F, 3)
    transform, kernel = library().wigner.inverse, _of_rotations(b, False, _single(F))
    return _each(F, 3, lambda one: transform(one, b, b, kernel, "dh", method="jax"))


def _bandwidth(f: Array, axes: int) -> int:
    sides = np.shape(f)[-axes:]
    b = sides[-2] // 2 if len(sides) == axes else 0
    due = (2 * b - 1, 2 * b, 2 * b - 1)[3 - axes :]
    if sides != due or b < 1:
        raise BadInput(
            f"a grid of {' x '.join(map(str, sides))} samples is of no bandwidth b: 2 b values of"
            " beta and 2 b - 1 of the other angles are meant"
        )
    return b


def _known(f: Array, axes: int) -> int:
    sides = np.shape(f)[-axes:]
    b = sides[-2] if len(sides) == axes else 0
    if b < 1 or sides != (2 * b - 1, b, 2 * b - 1)[3 - axes :]:
        due = "[..., b, 2 b - 1]" if axes == 2 else "[..., 2 b - 1, b, 2 b - 1]"
        raise BadInput(f"coefficients of bandwidth b are {due}, not {list(np.shape(f))}")
    return b


def _single(f: Array) -> bool:
    return jnp.result_type(f, jnp.complex64) == jnp.complex64


def _each(f: Array, axes: int, transform: Callable[[Array], Array]) -> Array:
    """A transform of the last axes, for all the others, in the precision of f."""
    f = jnp.asarray(f)
    kind = jnp.result_type(f, jnp.complex64)
    flat = f.reshape(-1, *f.shape[f.ndim - axes :]).astype(kind)
    with warnings.catch_warnings():  # of double precision where JAX is in single
        warnings.simplefilter("ignore", UserWarning)
        found = jax.vmap(transform)(flat).astype(kind)
    return found.reshape(*f.shape[: f.ndim - axes], *found.shape[1:])
