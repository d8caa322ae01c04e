"""What is read off the results of stripes: how far the first layer has aligned, and when.

Of the squared weights of the first layer, neurons counting by the squares of their read-outs, the
share along the d_par informative of all d directions is

    d_par Lambda^2 / (d_par Lambda^2 + d - d_par),    Lambda = W_par / W_perp:

d_par / d for weights drawn at random, 1 where all neurons have turned (Geiger, Petrini & Wyart,
*Landscape and training regimes in deep learning*, Fig. 9, left).
"""

import numpy as np
import xarray as xr

MOMENTS = ("start", "half", "largest", "end")


def aligned(found: xr.Dataset) -> xr.Dataset:
    """Of the first network on each data set, from results of `sweeps.learning_curves.compression`.

    `share` (P, set, look) along the training, NaN after its end, and `t` in units of the time at
    which the loss has halved; over (P, set) the share at each of `MOMENTS` (`half`: at the first
    snapshot where the loss has halved), and `fall`, by how much it has fallen since its largest
    value when it is lowest after it. Infinite at all moments where the network diverged.
    """
    path = found[["path_loss", "path_Lambda", "path_t"]].transpose("P", "set", "look")
    informative = found.attrs["d_par"] * path.path_Lambda**2
    share = informative / (informative + found.attrs["d"] - found.attrs["d_par"])
    halved = path.path_loss <= path.path_loss.isel(look=0) / 2
    highest = np.maximum.accumulate(share.fillna(0.0).values, axis=-1)
    each = {
        "start": share.isel(look=0),
        "half": _first(share, halved),
        "largest": share.max("look"),
        "end": share.isel(look=np.maximum(share.notnull().sum("look") - 1, 0)),
        "fall": (highest - share).max("look"),
    }
    converged = np.isfinite(found.Lambda.isel(init=0, drop=True))
    return xr.Dataset(
        {name: values.where(converged, np.inf) for name, values in each.items()}
        | {"share": share, "t": path.path_t / _first(path.path_t, halved)}
    )


def _first(values: xr.DataArray, there: xr.DataArray) -> xr.DataArray:
    """The value at the first look where it is so; NaN where that never is."""
    return values.isel(look=there.argmax("look")).where(there.any("look"))
