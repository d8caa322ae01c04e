"""The statistics of claims about threshold states of `sweeps.transition.decompress`."""

from collections.abc import Callable

import numpy as np
import xarray as xr

from analysis.transition.estimates import gamma_of, theta_of
from claims.core import statistics as st
from claims.core.register import Measured
from jamming.checks.errors import BadInput
from jamming.observables.gaps import Exponent

LEAST = 600  # gaps and overlaps, of which an exponent is believed


def at_transition(found: xr.Dataset) -> xr.Dataset:
    """The networks that have come down to the loss at which states count as at the transition."""
    return found.isel(seed=np.flatnonzero(found.loss.values <= found.target))


def gamma(found: xr.Dataset, *, low: float, high: float) -> Measured:
    """gamma of {contacts} gaps, of which {x.n} lie between {x.lo:g} and {x.hi:g}; the distance of
    their distribution from the law is {x.distance:.2f}."""
    inside = at_transition(found)
    contacts = int((inside.delta < 0).sum())
    return _exponent(contacts, lambda: gamma_of(inside, low, high), -1, inside.sizes["seed"])


def theta(found: xr.Dataset, *, low: float, high: float) -> Measured:
    """theta of {contacts} overlaps, of which {x.n} lie between {x.lo:g} and {x.hi:g} sqrt(L); the
    distance of their distribution from the law is {x.distance:.2f}."""
    inside = at_transition(found)
    contacts = int((inside.delta > 0).sum())
    return _exponent(contacts, lambda: theta_of(inside, low, high), 1, inside.sizes["seed"])


def _exponent(contacts: int, of: Callable[[], Exponent], sign: int, n: int) -> Measured:
    if contacts < LEAST:
        return st.no_estimate(f"{contacts} contacts, where {LEAST} are needed")
    try:
        x = of()
    except BadInput as problem:
        return st.no_estimate(str(problem))
    low, high = sorted((sign * x.low, sign * x.high))
    return Measured(sign * x.value, low, high, n).saying(contacts=contacts, x=x)


def height(found: xr.Dataset) -> Measured:
    """Mean N_Delta/N of networks at a loss of at most {target:g}; P/N is {ratio:.2f} there."""
    one = at_transition(found)
    said = {"target": found.target, "ratio": float(one.ratio.mean()) if one.seed.size else np.nan}
    return st.of_mean(one.n_delta.values).saying(**said)


def below_random(images: xr.Dataset, random: xr.Dataset) -> Measured:
    """Mean N_Delta/N of images, {images:.2f}, divided by that of random points, {random:.2f}."""
    a, b = (at_transition(each).n_delta.values for each in (images, random))
    if min(a.size, b.size) < 2:
        return st.no_estimate("fewer than two networks at the transition")
    return st.ratio_of_means(a, b).saying(images=a.mean(), random=b.mean())
