"""The entries of convolutional networks on CIFAR-10, S13, and their statistics."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from claims.core.entry import entry
from claims.core.published import Range, Value
from claims.core.register import Accepted, Measured
from claims.core.statistics import no_estimate, of_mean
from claims.double_descent.descents import least

CNN = "descent-cnn"
# channels from which on a network is more than a few filters
SOME = 8

Results = Mapping[str, Any]


def gain(results: Results) -> Measured:
    """S13: by how many points the average is better than one network, at the least."""
    one = _over_widths(results)
    wide = one.isel(h=np.flatnonzero(one.h.values >= SOME))
    found = []
    for f in wide.h.values:
        at = wide.sel(h=f)
        taken_off = 100 * (at.test_error - at.ensemble_error).values
        found.append((f"f = {f}", of_mean(taken_off.tolist(), "")))
    text = f"Error of one network less that of the average of {one.sizes['seed']}, in points"
    return (
        least(found, f"{text}, at the width where it is smallest") if found else no_estimate(text)
    )


def transition(results: Results) -> Measured:
    """S13: the fewest channels with which half of the networks classify all training points."""
    one = _over_widths(results)
    share = (one.train_error.values == 0).mean(1)
    text = "Fewest channels with which half of the networks make no error on training points"
    if not share.max(initial=0.0) >= 0.5:
        return no_estimate(text)
    first = int(np.flatnonzero(share >= 0.5)[0])
    return Measured(float(one.h[first]), None, None, int(one.sizes["seed"]), text)


def best_width(results: Results) -> Measured:
    """S13: the channels with which the average does best."""
    one = _over_widths(results)
    error = one.ensemble_error.values
    if not np.isfinite(error).all():
        return no_estimate("the error of the average is not known at every width")
    text = (
        f"Channels with which the average does best, {100 * error.min():.1f} % errors, where the"
        f" widest make {100 * error[-1]:.1f} %"
    )
    return Measured(float(one.h[int(error.argmin())]), None, None, int(one.sizes["seed"]), text)


def accuracy(results: Results) -> Measured:
    """S13: the accuracy of one network with 40 to 64 channels."""
    one = _over_widths(results)
    soon = one.isel(h=np.flatnonzero((one.h.values >= 40) & (one.h.values <= 64)))
    right = 100 * (1 - soon.test_error.values)
    last = 100 * (1 - float(one.test_error.isel(h=-1).mean()))
    text = f"Accuracy of one network (%) with 40 to 64 channels; {last:.1f} % of the widest"
    return of_mean(right.ravel().tolist(), text)


def _over_widths(results: Results) -> xr.Dataset:
    found: xr.Dataset = results[CNN]
    return found.isel(loss=0).transpose("h", "seed").sortby("h")


_UNKNOWN = (
    "Filters of 5x5 with stride 2 and a spatial mean, the hinge on all ten outputs: the paper says"
    " neither."
)

CONVOLUTIONS = (
    entry(
        "S13",
        "The average of convolutional networks does better on CIFAR-10 than one of them.",
        "C, sec. 8 and Fig. 8",
        "80.7 % against 67 to 72 %",
        gain,
        Accepted(0.0, math.inf, "the order: on a laptop few images, channels and networks"),
        (CNN,),
        known=f"{_UNKNOWN} After 10,000 steps on 2,000 images networks of 8 channels have hardly"
        " learnt, those of 32 still miss half of the training points.",
        figure="convolutions",
    ),
    *(
        dataclasses.replace(each, laptop=False)
        for each in (
            entry(
                "S13a",
                "Convolutional networks fit CIFAR-10 from 24 to 28 channels on.",
                "C, sec. 8 and Fig. 8",
                Range(24, 28),
                transition,
                Accepted(20.0, 36.0, "as published, filters and strides being unknown"),
                (CNN,),
                known=_UNKNOWN,
                figure="convolutions",
            ),
            entry(
                "S13b",
                "The average of convolutional networks does best not far beyond the transition.",
                "C, sec. 8 and Fig. 8",
                Value(64, unit="channels"),
                best_width,
                Accepted(28.0, 256.0, "larger than the transition, smaller than the widest"),
                (CNN,),
                known=_UNKNOWN,
                figure="convolutions",
            ),
            entry(
                "S13c",
                "Soon after the transition single convolutional networks are right on some 70 %.",
                "C, sec. 8 and Fig. 8",
                Range(67, 72, unit="%", remark="77.5 % of the widest"),
                accuracy,
                Accepted(62.0, 75.0, "as published, filters and strides being unknown"),
                (CNN,),
                known=_UNKNOWN,
                figure="convolutions",
            ),
        )
    ),
)
