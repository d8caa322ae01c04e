"""The statistics of claims about images that are told apart by scattering coefficients."""

import numpy as np
import xarray as xr

from claims.core import statistics as st
from claims.core.register import Measured


def _of(found: xr.Dataset, order: int | None = None, kind: str = "scattering") -> xr.Dataset:
    """Of pixels or Fourier moduli, or of coefficients at the largest scale up to an order."""
    largest = int(found.J.max()) if kind == "scattering" else 0
    last = int(found.order.max()) if kind == "scattering" else 0
    at = (found.kind == kind) & (found.J == largest)
    at = at & (found.order == (last if order is None else order))
    return found.isel(feature=int(np.flatnonzero(at)[0]))


def beside(found: xr.Dataset, *, kind: str, classifier: str) -> Measured:
    """Test error of a {classifier} classifier of coefficients up to order {order} at 2^{J} pixels,
    {error:.2g} %, divided by that of the {kind}, geometric mean over {n} sets of images."""
    one = _of(found)
    errors, others = (
        _errors(each.error.sel(classifier=classifier), found.tests)
        for each in (one, _of(found, kind=kind))
    )
    said = {"classifier": classifier, "kind": kind, "order": int(one.order), "J": int(one.J)}
    return st.of_geometric_mean(errors / others).saying(
        error=100 * float(one.error.sel(classifier=classifier).mean()), n=errors.size, **said
    )


def second_order(found: xr.Dataset, *, classifier: str) -> Measured:
    """Test error of a {classifier} classifier of coefficients up to order 2 divided by that up to
    order 1, geometric mean over {n} sets of images."""
    each = [
        _errors(_of(found, order).error.sel(classifier=classifier), found.tests) for order in (2, 1)
    ]
    ratio = st.of_geometric_mean(each[0] / each[1])
    return ratio.saying(classifier=classifier, n=each[0].size)


def moved(found: xr.Dataset, *, kind: str) -> Measured:
    """D_f of the {kind} divided by that of coefficients up to order {order}, at each displacement;
    the smallest, geometric means over {n} sets of images."""
    one, other = _of(found), _of(found, kind=kind)
    cases = [
        (f"{delta:g} pixels", st.of_geometric_mean((other.D / one.D).sel(delta=delta).values))
        for delta in found.delta.values
    ]
    said = {"kind": kind, "order": int(one.order), "n": found.sizes["seed"]}
    return st.worst_case(cases, np.inf).saying(**said)


def _errors(error: xr.DataArray, tests: int) -> np.ndarray:
    """Over seeds; where no image was wrong, half of one."""
    return np.maximum(error.values, 0.5 / tests)
