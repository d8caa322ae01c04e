"""The statistics of convolutional networks on CIFAR-10, S13."""

import math

import numpy as np
import xarray as xr

from claims.core import statistics as st
from claims.core.register import Measured

# channels from which on a network is more than a few filters
SOME = 8


def gain(found: xr.Dataset) -> Measured:
    """S13: by how many points the average is better than one network, at the least."""
    one = _over_widths(found)
    text = (
        f"Error of one network minus that of the average of {one.sizes['seed']}, in points, at the"
        " width where it is smallest"
    )
    gains = 100 * (one.test_error - one.ensemble_error)
    wide = [f for f in one.h.values if f >= SOME]
    return st.worst_case(
        ((f"f = {f}", st.of_mean(gains.sel(h=f).values)) for f in wide), math.inf, text
    )


def transition(found: xr.Dataset) -> Measured:
    """S13: the fewest channels with which half of the networks classify all training points."""
    one = _over_widths(found)
    enough = np.flatnonzero((one.train_error.values == 0).mean(1) >= 0.5)
    text = "Fewest channels with which half of the networks make no error on training points"
    if not enough.size:
        return st.no_estimate(text)
    return st.exact(one.h[enough[0]], one.sizes["seed"], text)


def best_width(found: xr.Dataset) -> Measured:
    """S13: the channels with which the average does best."""
    one = _over_widths(found)
    error = one.ensemble_error.values
    if not np.isfinite(error).all():
        return st.no_estimate("the error of the average is not known at every width")
    text = (
        f"Channels with which the average does best, {100 * error.min():.1f} % errors, where the"
        f" widest make {100 * error[-1]:.1f} %"
    )
    return st.exact(one.h[int(error.argmin())], one.sizes["seed"], text)


def accuracy(found: xr.Dataset) -> Measured:
    """S13: the accuracy of one network with 40 to 64 channels."""
    one = _over_widths(found)
    right = 100 * (1 - one.test_error)
    last = float(right.isel(h=-1).mean())
    text = f"Accuracy of one network (%) with 40 to 64 channels; {last:.1f} % of the widest"
    return st.of_mean(right.sel(h=slice(40, 64)).values.ravel(), text)


def _over_widths(found: xr.Dataset) -> xr.Dataset:
    return found.isel(loss=0).transpose("h", "seed").sortby("h")
