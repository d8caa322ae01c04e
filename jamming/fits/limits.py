"""Finite-size scaling: the limit of what small systems show, with a stated correction.

y = limit (1 - a x^exponent), where x goes to 0 as the system grows: 1/h, 1/P, 1/t, or the square
root of the loss. The exponent of the leading correction is stated and not fitted, since a few sizes
cannot tell a slow correction from a small one (Privman, *Finite Size Scaling and Numerical
Simulation of Statistical Systems*, 1990, chapter I). Whether it is the right one shows in `chi2`;
what another would have given is a systematic error, which `Scaling` has beside the statistical one.
"""

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import special

from jamming.checks.arguments import numbers
from jamming.checks.arrays import ArrayLike, as_float
from jamming.checks.errors import BadInput
from jamming.fits.least_squares import linear
from jamming.fits.seeds import Interval

LEVEL = 0.95
NORMAL = float(special.ndtri((1 + LEVEL) / 2))


@dataclass(frozen=True)
class Limit:
    """y = limit (1 - a x^exponent); 95 % intervals.

    `chi2` is the weighted sum of squares per degree of freedom and `p` the probability of one as
    large by chance; both NaN without errors. The points that were fitted are x, y and their `error`
    [n], in the order of x; `residuals` [n] are in units of the error.
    """

    limit: Interval
    a: Interval
    exponent: float
    chi2: float
    p: float
    x: Float[np.ndarray, " n"]
    y: Float[np.ndarray, " n"]
    error: Float[np.ndarray, " n"]
    residuals: Float[np.ndarray, " n"]

    def at(self, x: ArrayLike) -> Float[np.ndarray, " m"]:
        """The law at other x [m]."""
        other = np.asarray(as_float(x, "x", "m"))
        return self.limit.value * (1 - self.a.value * other**self.exponent)


@dataclass(frozen=True)
class Scaling:
    """The limit of the `stated` correction, and what `others` would have given."""

    stated: Limit
    others: tuple[Limit, ...]

    @property
    def systematic(self) -> Interval:
        """The stated limit, from the smallest to the largest of all forms."""
        each = [one.limit.value for one in (self.stated, *self.others)]
        return Interval(each[0], min(each), max(each))


def scaling(
    x: ArrayLike, y: ArrayLike, error: ArrayLike | None = None, *, exponents: Any
) -> Scaling:
    """`limit` for each of the exponents, the first of which is the stated one.

    Raises:
        BadInput: as `limit`, and for no exponent or one twice.
    """
    powers = numbers("exponents", exponents, above=0.0)
    if not powers or len(set(powers)) < len(powers):
        raise BadInput(f"give each exponent of a correction once, the stated one first: {powers}")
    stated, *others = (limit(x, y, error, exponent=power) for power in powers)
    return Scaling(stated, tuple(others))


def limit(x: ArrayLike, y: ArrayLike, error: ArrayLike | None = None, *, exponent: Any) -> Limit:
    """Fit y [n] = limit (1 - a x^exponent), x [n] > 0, by linear least squares; NaN are left out.

    With standard errors [n] of y the points are weighted, and intervals are normal; a chi2 above 1
    widens them by its square root, as the scatter is then larger than the errors say. Without, the
    scatter of the points about the law is their error, the intervals Student's.

    `a` is a ratio; its interval is Fieller's (*Some problems in interval estimation*, 1954, J. R.
    Stat. Soc. B 16:175), with infinite ends where the limit may be 0.

    Raises:
        BadInput: for fewer than three x, other shapes, infinite values, or x, errors or an exponent
            that are not positive.

    Example:
        >>> h = np.array([5.0, 10.0, 20.0, 40.0])
        >>> found = limit(1 / h, 2.85 * (1 - 8 / h**2), exponent=2)
        >>> round(found.limit.value, 6), round(found.a.value, 6)
        (2.85, 8.0)
    """
    (power,) = numbers("exponent", [exponent], above=0.0)
    x, y, error = _table(x, y, error)
    unit = np.abs(y).max() or 1.0
    s = np.ones_like(y) if error is None else error / unit
    # powers of x in units of the largest, so that none is lost beside 1
    top = x.max()
    design = np.stack([np.ones_like(x), (x / top) ** power], 1)
    solve = functools.partial(linear, design, weight=1 / s**2)
    (c, b), free = map(float, solve(z=y[None] / unit)[0]), len(x) - 2
    residuals = (y / unit - c - b * design[:, 1]) / s
    square = float(residuals @ residuals) / free
    covariance = np.linalg.inv(design.T @ (design / s[:, None] ** 2))
    if error is None:
        times, chi2, p = float(special.stdtrit(free, (1 + LEVEL) / 2)), math.nan, math.nan
        scatter = math.sqrt(square)
        covariance, s = covariance * square, s * scatter
        residuals = residuals / scatter if scatter > 0 else residuals
    else:
        times, chi2, p = NORMAL, square, float(special.chdtrc(free, free * square))
        covariance = covariance * max(1.0, square)
    half = times * math.sqrt(covariance[0, 0])
    at = Interval(*(float(end * unit) for end in (c, c - half, c + half)))
    a = _ratio(c, b, covariance, times, top**-power)
    return Limit(at, a, power, chi2, p, x, y, s * unit, residuals)


def _ratio(
    c: float, b: float, covariance: Float[np.ndarray, "2 2"], times: float, unit: float
) -> Interval:
    """-b / c in units, with Fieller's interval: all a where (b + a c)^2 is within its error."""
    v = times**2 * covariance
    square, cross, rest = c**2 - v[0, 0], b * c - v[0, 1], b**2 - v[1, 1]
    value = float(-b / c * unit) if c else math.nan
    if square <= 0 or not math.isfinite(value):
        return Interval(value, -math.inf, math.inf)
    root = math.sqrt(max(cross**2 - square * rest, 0.0))
    low, high = (float((end - cross) / square * unit) for end in (-root, root))
    return Interval(value, low, high)


def _table(
    x: ArrayLike, y: ArrayLike, error: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """What is known of x, y and its errors, [n] each and ascending in x."""
    names = ("x", "y") if error is None else ("x", "y", "error")
    given = (x, y) if error is None else (x, y, error)
    each = [np.asarray(as_float(one, name)) for name, one in zip(names, given, strict=True)]
    each = [one.astype(np.float64) for one in each]
    if len({one.shape for one in each}) > 1 or each[0].ndim != 1:
        shapes = ", ".join(f"{n} {list(one.shape)}" for n, one in zip(names, each, strict=True))
        raise BadInput(f"a limit needs one value, and one error, for each x [n], not {shapes}")
    rows = np.stack(each)
    rows = rows[:, ~np.isnan(rows).any(0)]
    if np.isinf(rows).any():
        raise BadInput("a limit is fitted to finite values: leave out runs that diverged")
    if not (rows[[0, *range(2, len(rows))]] > 0).all():
        raise BadInput("x and errors must be positive where a limit at x = 0 is fitted")
    known = len(np.unique(rows[0]))
    if known < 3:
        raise BadInput(f"a limit and its correction need three different x, not {known}")
    rows = rows[:, np.lexsort(rows[::-1])]
    return rows[0], rows[1], rows[2] if len(rows) > 2 else None
