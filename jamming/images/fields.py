"""Maximum-entropy displacement fields: as random as their mean squared gradient allows.

On the unit square, s = (u, v), the deformed image is x(s - tau(s)). Among fields that vanish on the
frame, those of maximum entropy at a given ||grad tau||^2 have independent Gaussian modes,

    tau_u(u, v) = sum_ij C_ij sin(i pi u) sin(j pi v),    C_ij ~ N(0, T / (i^2 + j^2)),

and tau_v alike (Petrini, Favero, Geiger & Wyart, *Relative stability toward diffeomorphisms
indicates performance in deep nets*, NeurIPS 2021, Sec. 2, Apps. A, B). T is the temperature. Modes
count below the cut-off, sqrt(i^2 + j^2) < c + 1/2, as in the authors' code: with `<= c` as printed,
c = 1 would have none.

Pixel k of n lies at u = k / (n - 1), so that the pixels of the frame do not move. Fields are in
units of the side; `in_pixels` makes them pixels, with n pixels a side, as the papers count.
A rectangular image is the square stretched: each component is in units of its own side.

`delta`, the typical displacement in pixels, is the root mean square over the image (`exact`) or at
its centre (`centre`); for large c both tend to that of the published points (`asymptotic`),
delta^2 = (pi / 4) n^2 T ln c, from 0.71 (c = 3) and 0.82 (c = 30) times it for `exact`.
"""

import functools
import math
from typing import Any, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from jamming.checks.arguments import HUGE, number, one_of, whole, wholes
from jamming.checks.arrays import as_float, is_traced, one_key
from jamming.checks.errors import BadInput

Mode = Literal["exact", "centre", "asymptotic"]

LARGEST_CUT = 1000
# At c = 1 one mode is left, C and D its amplitudes: max Xi = pi/2 (max(|C|, |D|) + |(C, D)|), at
# the middle of a side. It is below 1 for half of the fields at this T, where ln c gives no bound.
HALF_FOLD_OF_ONE_MODE = 0.162479


def modes(c: Any) -> Int[np.ndarray, "modes 2"]:
    """The pairs (i, j) below the cut-off c, a whole number from 1 on."""
    return np.argwhere(_inverse_squares(whole("the cut-off c", c, most=LARGEST_CUT)) > 0) + 1


def coefficients(
    key: Key[Array, ""], c: Any, T: Any, below: Int[Array, ""] | None = None
) -> Float[Array, "2 c c"]:
    """C_ij and D_ij of one random field, zero beyond the cut-off, in units of the side.

    T is a number above 0, or traced; the coefficients have its dtype. `below` is a smaller cut-off,
    which may be traced where c, which sets the shape, may not.
    """
    c, T = whole("the cut-off c", c, most=LARGEST_CUT), temperatures(T)
    variance = jnp.asarray(_inverse_squares(c), T.dtype)
    if below is not None:
        variance = jnp.where(1 / variance < (below.astype(T.dtype) + 0.5) ** 2, variance, 0)
    return jnp.sqrt(T * variance)[None] * jax.random.normal(one_key(key), (2, c, c), T.dtype)


def field(C: Float[Array, "2 c c"], n: Any) -> Float[Array, "2 H W"]:
    """The field with these coefficients at the pixels of an image, in units of the side.

    n is the number of pixels a side, or (rows, columns).
    """
    sine, _ = zip(*(_waves(size, C.shape[-1], C.dtype) for size in sides(n)), strict=True)
    return _sum_of_modes(C, *sine)


def gradient(C: Float[Array, "2 c c"], n: Any) -> Float[Array, "2 2 H W"]:
    """J[a, b] = d tau_a / d s_b of `field` at the pixels, exactly: the derivative of its modes."""
    (su, cu), (sv, cv) = (_waves(size, C.shape[-1], C.dtype) for size in sides(n))
    return jnp.stack([_sum_of_modes(C, cu, sv), _sum_of_modes(C, su, cv)], axis=1)


def sample_field(key: Key[Array, ""], n: Any, c: Any, T: Any) -> Float[Array, "2 H W"]:
    """One random field, in units of the side, of the dtype of T.

    n pixels a side, or (rows, columns), and the cut-off c are static; T, a number above 0, may be
    traced. For several fields use `jax.vmap` over keys. BadInput where c exceeds the pixels a side.
    """
    n = sides(n)
    return field(coefficients(key, whole("the cut-off c", c, most=max(n)), T), n)


def in_pixels(tau: Float[Array, "*batch 2 H W"]) -> Float[Array, "*batch 2 H W"]:
    """Displacements in pixels, as `warp` takes them, of those in units of the side."""
    return tau * jnp.asarray(tau.shape[-2:], tau.dtype).reshape(*(1,) * (tau.ndim - 3), 2, 1, 1)


def xi(J: Float[Array, "*batch 2 2 H W"]) -> Float[Array, "*batch"]:
    """max Xi: the largest eigenvalue over the image of the symmetric part of the `gradient`.

    Where it is below 1, s -> s - tau(s) turns no direction by 90 degrees, so that it is a
    bijection (Eq. 12, with the sign of the trace that belongs to s - tau).
    """
    (a, b), (c, d) = ([J[..., row, column, :, :] for column in range(2)] for row in range(2))
    return ((a + d + jnp.hypot(a - d, b + c)) / 2).max((-2, -1))


def temperature(delta: Any, n: Any, c: Any, mode: Any = "exact") -> float:
    """The T of a typical displacement of delta > 0 pixels: see the module for the modes."""
    delta = number("delta, a displacement in pixels,", delta, above=0.0, most=HUGE)
    return delta**2 / _mean_square(n, c, mode)


def displacement(T: Any, n: Any, c: Any, mode: Any = "exact") -> float:
    """The typical displacement delta in pixels at T > 0, the inverse of `temperature`.

    Of a rectangle n^2 is the mean of both sides' squares. `asymptotic` has no value at c = 1.
    """
    T = number("the temperature T", T, above=0.0)
    return math.sqrt(T * _mean_square(n, c, mode))


def mean_square_gradient(T: Any, c: Any, mode: Any = "exact") -> float:
    """The average of ||grad tau||^2, the integral of the squares of all four derivatives.

    It is pi^2 / 2 T a mode, or, `asymptotic`, (pi^3 / 8) c^2 T.
    """
    T, count = number("the temperature T", T, above=0.0), len(modes(c))
    if one_of("mode", mode, ("exact", "asymptotic")) == "asymptotic":
        return math.pi**3 / 8 * c**2 * T
    return math.pi**2 / 2 * count * T


def typical_xi(T: Any, c: Any) -> float:
    """The median of max Xi over fields, (c / 2) sqrt(pi^3 T ln c) (Eq. 13).

    It is 6 % above what is found at c = 3 and 5, 15 % at c = 10, 20 % at c = 15. At c = 1, where
    the logarithm is 0, it is exact.
    """
    return math.sqrt(number("the temperature T", T, above=0.0) / _folding(c))


def window(n: Any, c: Any, mode: Any = "exact") -> tuple[float, float]:
    """(T_min, T_max) between which deformations are resolved and, for half the fields, bijective.

    delta is half a pixel at T_min, and the median of max Xi is 1 at T_max = 4 / (pi^3 c^2 ln c)
    (Eq. 14). With `asymptotic` T_min = 1 / (pi n^2 ln c) (Eq. 8), and delta = 1 is inside for
    c < n / pi. At c = 1 ln c is 0: T_max is exactly that of the one mode then, and T_min has no
    `asymptotic` value.
    """
    return temperature(0.5, n, c, mode), _folding(c)


def fault(T: Any, n: Any, c: Any, mode: Any = "exact") -> str | None:
    """On which side of the `window` T is, and what comes of it; None within."""
    T, (least, most) = number("the temperature T", T, above=0.0), window(n, c, mode)
    if T < least:
        return "below half a pixel, what is measured depends on the interpolation"
    return "with Xi above 1, most of these maps fold the image" if T > most else None


def outside(T: Any, n: Any, c: Any, mode: Any = "exact") -> str | None:
    """What is wrong with T outside of the `window`, in one line; None where nothing is."""
    if (said := fault(T, n, c, mode)) is None:
        return None
    least, most = window(n, c, mode)
    delta, typical = displacement(T, n, c, mode), typical_xi(T, c)
    return (
        f"T = {T:.3g} at c = {c} is outside of [{least:.3g}, {most:.3g}]: delta = {delta:.3g} "
        f"pixels, max Xi = {typical:.3g} typically; {said}"
    )


def sides(n: Any) -> tuple[int, int]:
    """(rows, columns) of n, a number of pixels for both or a pair; BadInput below 2."""
    both = wholes("n, the pixels a side,", n, least=2)
    if len(both) not in (1, 2):
        raise BadInput(f"an image has 2 sides, not {len(both)}: give n, or (rows, columns)")
    return both[0], both[-1]


def temperatures(T: Any) -> Array:
    """T as an array of its own dtype: a number above 0, unless it is traced."""
    if not is_traced(T):
        number("the temperature T", T, above=0.0)
    return jnp.asarray(as_float(T, "the temperature T"))


def _mean_square(n: Any, c: Any, mode: Any) -> float:
    """delta^2 / T, in pixels."""
    pairs, mode = modes(c), one_of("mode", mode, get_args(Mode))
    if mode == "asymptotic":
        if c == 1:
            raise BadInput("the asymptotic displacement at c = 1 is 0: use mode='exact'")
        square = math.pi / 4 * math.log(c)
    elif mode == "centre":  # where even modes vanish, and the others are 1 or -1
        square = 2 * (1 / (pairs[(pairs % 2).all(1)] ** 2).sum(1)).sum()
    else:
        square = (1 / (pairs**2).sum(1)).sum() / 2
    return float(square) * float(np.square(sides(n)).mean())


def _folding(c: Any) -> float:
    """The T at which half of the fields have a max Xi above 1."""
    c = whole("the cut-off c", c, most=LARGEST_CUT)
    return 4 / (math.pi**3 * c**2 * math.log(c)) if c > 1 else HALF_FOLD_OF_ONE_MODE


def _inverse_squares(c: int) -> Float[np.ndarray, "c c"]:
    """1 / (i^2 + j^2), i, j = 1..c, and 0 beyond the cut-off."""
    squares = np.add.outer(*[np.arange(1, c + 1) ** 2] * 2)
    return (squares < (c + 0.5) ** 2) / squares


@functools.lru_cache(maxsize=64)
def _tables(n: int, c: int) -> tuple[np.ndarray, np.ndarray]:
    """sin(i pi u) at the pixels and its derivative, [n, c] each."""
    i = np.arange(1, c + 1)
    angle = np.pi * i * np.linspace(0, 1, n)[:, None]
    return np.sin(angle), np.pi * i * np.cos(angle)


def _waves(n: int, c: int, dtype: Any) -> tuple[Array, Array]:
    sine, slope = _tables(n, c)
    return jnp.asarray(sine, dtype), jnp.asarray(slope, dtype)


def _sum_of_modes(C: Array, rows: Array, columns: Array) -> Array:
    # accelerators round products of float32 to fewer digits otherwise
    return jnp.einsum("aij,xi,yj->axy", C, rows, columns, precision=jax.lax.Precision.HIGHEST)
