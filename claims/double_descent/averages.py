"""The statistics of claims about the average of n networks of one width."""

import xarray as xr

from analysis.double_descent import estimates
from analysis.double_descent.estimates import scan
from claims.core import statistics as st
from claims.core.register import Measured
from jamming.fits.power import corrected, power_law, with_floor
from jamming.fits.seeds import mean_over_seeds


def power(found: xr.Dataset, *, y: str, x: str) -> Measured:
    """b of delta ~ n^b, or of eps^n = eps_bar + A x^b, x = n or delta, of averages of n."""
    of = estimates.averages(scan(found))
    n, delta = of.n.values.astype(float), of.delta.values
    at_x = n if x == "n" else mean_over_seeds(delta)
    law = power_law(at_x, delta) if y == "delta" else with_floor(at_x, of.error.values)
    number = st.measured(law.exponent, of.sizes["group"])
    return number.saying(groups=f"n = {n[0]:g} to {n[-1]:g}", N=float(of.N), law=law)


def limit(found: xr.Dataset) -> Measured:
    """Limit eps_bar of the error of averages in 1/n, in %, {groups} of independent groups; chi^2
    {law.chi2:.1f}."""
    of = estimates.averages(scan(found))
    n = of.n.values.astype(float)
    law = corrected(n, 100 * of.error.values, (-1.0,))
    number = st.measured(law.floor, of.sizes["group"])
    return number.saying(groups=f"n = {n[0]:g} to {n[-1]:g}", law=law)
