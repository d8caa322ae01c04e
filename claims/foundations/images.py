"""Statistics of networks of images: bounds, separability, invertible networks, filters."""

import numpy as np
import xarray as xr

from claims.core import statistics as st
from claims.core.register import Measured
from sweeps.foundations import filters


def fitted(found: xr.Dataset) -> Measured:
    """Share of {P} random labels that {network} fits, mean over {n} networks, of the network that
    fits fewest."""
    one = found.sel(labels="random")
    cases = [
        (str(net), st.of_mean(1 - one.train_error.sel(network=net).values))
        for net in one.network.values
    ]
    return st.worst_case(cases, np.inf).saying(
        P=found.attrs["P"], network=" or ".join(map(str, one.network.values)), n=one.sizes["seed"]
    )


def slope(found: xr.Dataset) -> Measured:
    """The largest gradient at {places} places divided by prod ||W_j||, of all {n} networks; the
    product is {low:.3g} to {high:.3g}."""
    each = found.gradient.max("place") / found.bound
    said = {"places": found.sizes["place"], "n": each.size}
    ends = {"low": float(found.bound.min()), "high": float(found.bound.max())}
    return st.exact(float(each.max()), each.size).saying(**said, **ends)


def change(found: xr.Dataset) -> Measured:
    """The smallest change found that has another class, divided by margin / (sqrt(2) prod ||W_j||),
    the smallest of {images} images and {n} networks; the median is {median:.3g}."""
    least = found.test_margin / (np.sqrt(2) * found.bound)
    each = (found.smallest / least).where(found.fooled == 1)
    n = found.bound.size
    said = {"images": found.sizes["image"], "n": n, "median": float(each.median())}
    return st.exact(float(each.min()), n).saying(**said)


def margin(found: xr.Dataset) -> Measured:
    """Median margin divided by prod ||W_j|| with true labels over that with random ones,
    log-average over {n} pairs of networks, of the network where it is smallest."""
    median = (found.margin / found.bound).median("point")
    cases = []
    for net in found.network.values:
        true, random = (median.sel(network=net, labels=k).values for k in ("true", "random"))
        cases.append((str(net), st.of_geometric_mean(np.where(random > 0, true / random, np.nan))))
    return st.worst_case(cases, np.inf, log=True).saying(n=found.sizes["seed"])


def deeper(found: xr.Dataset) -> Measured:
    """The largest increase of the error from one layer of {network} to the next, of the nearest
    neighbour or a linear probe, means over {n} networks."""
    one = found.sel(state="trained").transpose("layer", "seed", ...)
    names = [str(name) for name in found.layer_name.values]
    cases = []
    for quantity in ("nearest", "probe"):
        rows = one[quantity].values
        for i in range(len(names) - 1):
            said = f"{quantity}, {names[i]} to {names[i + 1]}"
            cases.append((said, st.of_mean(rows[i + 1] - rows[i])))
    said_of_all = {"network": found.attrs["network"], "n": one.sizes["seed"]}
    return st.worst_case(cases, -np.inf).saying(**said_of_all)


def contracted(found: xr.Dataset) -> Measured:
    """Square distances within a class over those between in the last layer of {network}, divided by
    that in the first; log-average over {n} networks."""
    one = found.contraction.sel(state="trained")
    each = (one.isel(layer=-1) / one.isel(layer=0)).values
    return st.of_geometric_mean(each).saying(network=found.attrs["network"], n=each.size)


def behind(found: xr.Dataset) -> Measured:
    """Test error of the invertible network less that of the residual one, mean over {n} training
    sets of {P} images; {errors}."""
    error = found.test_error.transpose("network", "seed")
    errors = ", ".join(
        f"{name} {float(e.mean()):.2%}" for name, e in zip(found.network.values, error, strict=True)
    )
    said = {"n": found.sizes["seed"], "P": found.attrs["P"], "errors": errors}
    return st.of_mean((error[0] - error[1]).values).saying(**said)


def restored(found: xr.Dataset) -> Measured:
    """Largest relative error of {images} images that come back from their codes, {n} networks."""
    off = found.reconstruction.isel(network=0)
    said = {"images": off.sizes["image"], "n": off.sizes["seed"]}
    return st.exact(float(off.max()), off.sizes["seed"]).saying(**said)


def gabor(found: xr.Dataset) -> Measured:
    """The share of a filter that is explained, the median over filters, mean over {n} networks; at
    the start {init}, with shuffled pixels {shuffled}."""
    at = {state: filters.medians(found, state) for state in filters.STATES}
    rest = {state: f"{at[state].mean():.2f}" for state in filters.STATES[1:]}
    return st.of_mean(at["trained"]).saying(n=len(at["trained"]), **rest)


def gabor_gain(found: xr.Dataset) -> Measured:
    """What training adds to the median share that is explained, mean over {n} networks."""
    one, other = (filters.medians(found, state) for state in ("trained", "init"))
    return st.of_mean(one - other).saying(n=len(one))
