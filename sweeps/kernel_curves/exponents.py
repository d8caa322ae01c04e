"""Exponents of learning curves and spectra, where they are read off."""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import stats

from jamming.fits.power import PowerLaw, power_law
from jamming.fits.seeds import Interval

# of P: below, neighbours are as far apart as any two points, and the curves bend
DECADE = 10.0
FIRST = 10  # rank, below which modes are those of single features of the data


def law(P: Any, rows: Float[np.ndarray, "P seeds"]) -> PowerLaw | None:
    """The power law of the last decade of P with a value; None of fewer than three positive P."""
    P, mean = np.asarray(P, float), rows.mean(1)
    there = np.isfinite(mean)
    if not there.any():
        return None
    use = there & (P >= P[there].max() / DECADE)
    if use.sum() < 3 or not (mean[use] > 0).all():
        return None
    return power_law(P[use], rows[use])


def beta(P: Any, rows: Float[np.ndarray, "P seeds"]) -> Interval | None:
    """The exponent beta of error ~ P^-beta in the last decade of P, 95 % over draws."""
    found = law(P, rows)
    if found is None:
        return None
    of = found.exponent
    return Interval(-of.value, -of.high, -of.low)


def dimension(P: Any, rows: Float[np.ndarray, "P seeds"]) -> Interval | None:
    """d of nearest distances ~ P^(-1/d) in the last decade of P, 95 % over draws."""
    found = law(P, rows)
    if found is None or not found.exponent.high < 0:
        return None
    of = found.exponent
    return Interval(-1 / of.value, -1 / of.low, -1 / of.high)


def of_ranks(rank: Any, rows: Float[np.ndarray, "ranks seeds"]) -> PowerLaw | None:
    """The power law of eigenvalues or tails [rank, seed] from rank `FIRST` on, where known.

    Of each draw by least squares in logarithms, without weights: what scatters about the line is
    the spectrum itself. The exponent is their mean with Student's 95 % interval, NaN of one draw.
    """
    rank = np.asarray(rank, float)
    use = (rank >= FIRST) & np.isfinite(rows).all(1)
    if use.sum() < 3 or not (rows[use] > 0).all():
        return None
    x = rank[use]
    each, prefactors = np.polyfit(np.log(x), np.log(rows[use]), 1)
    ends = {"chi2": float("nan"), "x_min": float(x[0]), "x_max": float(x[-1])}
    exponent, of = _mean(each), _mean(prefactors)
    prefactor = Interval(*(float(np.exp(one)) for one in (of.value, of.low, of.high)))
    return PowerLaw(exponent=exponent, prefactor=prefactor, **ends)


def _mean(x: Float[np.ndarray, " n"]) -> Interval:
    """With Student's 95 % interval."""
    mean, n = float(x.mean()), len(x)
    half = stats.t.ppf(0.975, n - 1) * float(x.std(ddof=1)) / n**0.5 if n > 1 else float("nan")
    return Interval(mean, mean - half, mean + half)
