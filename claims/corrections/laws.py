"""The statistics of what holds in place of published statements."""

import math

import numpy as np
import xarray as xr
from scipy import stats

from analysis.double_descent.estimates import LARGE, beyond, divergence, rows, scan
from claims.core import statistics as st
from claims.core.register import Measured
from claims.double_descent.scaling import seeds
from claims.learning_curves import compression
from jamming.fits.power import power_law, with_floor
from jamming.fits.seeds import mean_over_seeds


def variance_of_orthogonal(wide: xr.Dataset) -> Measured:
    """b of Var f ~ h^b at the start, orthogonal weights, h = {first} to {last}; chi^2
    {law.chi2:.1f}."""
    wide = wide.isel(h=np.flatnonzero(wide.h.values >= 20))
    y = np.asarray(wide["orthogonal"].transpose("h", "draw").values)
    law = power_law(wide.h.values.astype(float), y)
    first, last = wide.h.values[[0, -1]].astype(int)
    return st.measured(law.exponent, y.shape[1]).saying(law=law, first=first, last=last)


def slope_with_variance(found: xr.Dataset) -> Measured:
    """p of |grad f|^2 = g^2 + c (Var f)^p over N > {first:.0f}; their correlation is
    {alike:.4f}."""
    past = beyond(scan(found), LARGE)
    variance = mean_over_seeds(rows(past, "deviation_test"))
    slopes = rows(past, "slope") ** 2
    law = with_floor(variance, slopes)
    alike = float(np.corrcoef(variance, mean_over_seeds(slopes))[0, 1])
    return st.measured(law.exponent, seeds(past)).saying(first=past.N.values[0], alike=alike)


def power_of_norm_unknown(found: xr.Dataset) -> Measured:
    """Width of the interval in which 95 % of training sets have their power of |f|^2 in N - N*;
    those of the sets are {powers}, with N* = {places}."""
    one = scan(found)
    laws = [divergence(one.isel(seed=[i])) for i in range(one.sizes["seed"])]
    powers = np.array([law.exponent.value for law in laws])
    said = {
        "powers": ", ".join(f"{b:.2f}" for b in powers),
        "places": ", ".join(f"{law.at.value:.0f}" for law in laws),
    }
    n = powers.size
    if int(one.attrs.get("sets", 1)) != n or n < 3:
        return st.no_estimate("{text}: of fewer than three sets").saying(**said)
    # that of one more number of a normal distribution, and what its standard deviation may be
    width = 2 * stats.t.ppf(0.975, n - 1) * math.sqrt(1 + 1 / n) * powers.std(ddof=1)
    low, high = np.sqrt((n - 1) / stats.chi2.ppf([0.975, 0.025], n - 1))
    return Measured(width, width * low, width * high, n).saying(**said)


def planar(found: xr.Dataset) -> Measured:
    """beta - (2 d - 1)/(3 d - 2)."""
    return compression.exponent(found, curve="feature")
