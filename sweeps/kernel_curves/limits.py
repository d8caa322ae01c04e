"""What kernel PCA of finitely many points says of infinitely many."""

import xarray as xr

from jamming.kernels.spectrum import extrapolated

# up to this share of the points: beyond, terms of higher order in 1 / m count
WITHIN = {"rank": 1 / 8, "P": 1 / 4}


def limits(found: xr.Dataset) -> xr.Dataset:
    """`eigenvalues` and `tails` (..., rank), `predicted` (..., P) at m = infinity.

    Of the results of `sweeps.kernel_curves.kernel_curves`, at each draw; NaN where the rank or P is
    above m times `WITHIN`. Empty where there was no kernel PCA.
    """
    if found.sizes.get("m", 0) < 2:
        return xr.Dataset()
    m = found.m.values
    each = {}
    for name, at in (("eigenvalues", "rank"), ("tails", "rank"), ("predicted", "P")):
        one = found[name].transpose("m", ...)
        limit = one.isel(m=-1, drop=True).copy(data=extrapolated(one.values, m))
        each[name] = limit.where(found[at] <= m[-1] * WITHIN[at])
    return xr.Dataset(each)
