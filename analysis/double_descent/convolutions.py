"""Convolutional networks against the number of channels: one of them, and the average of all.

Left: the test error; right: the training error (Geiger et al., *Scaling description of
generalization with number of parameters in deep learning*, 2020, Fig. 8). ``python -m
analysis double_descent.convolutions STORE``, a folder of `sweeps.transition.classes` with
``--fixed-data``.
"""

from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure

from analysis.double_descent.axes import drawn
from analysis.plotting.axes import width_ticks
from analysis.plotting.stored import stored
from analysis.plotting.style import COLOURS, MARKERS, panels
from sweeps.transition.classes import RESULTS


def opened(folder: Path) -> xr.Dataset:
    """The results of the sweep.

    Raises:
        BadInput: there are none, they are damaged, or have no averages.
    """
    lacking = "holds no errors: make them with python -m sweeps.transition classes --fixed-data"
    return stored(
        folder / RESULTS,
        lacking,
        "loss",
        "h",
        "seed",
        "test_error",
        "train_error",
        "ensemble_error",
    )


def figure(found: xr.Dataset) -> Figure:
    """Test and training errors over channels; of several losses, the first."""
    one = found.isel(loss=0).transpose("h", "seed")
    f = one.h.values.astype(float)
    with panels(1, 2, of=found, figsize=(7.2, 3.2)) as (page, (test, train)):
        a = found.attrs
        page.suptitle(
            rf"{a['dataset']},  {a['architecture']},  $P = {a['P']}$,  $L = {a['L']}$",
            fontsize=9,
        )
        drawn(test, f, 100 * one.test_error.values, 0, "single networks")
        test.plot(
            f,
            100 * one.ensemble_error.values,
            color=COLOURS[1],
            marker=MARKERS[1],
            ms=3.5,
            lw=1.0,
            label=f"average of {one.sizes['seed']}",
        )
        drawn(train, f, 100 * one.train_error.values, 0)
        test.set_ylabel("test error (%)")
        train.set_ylabel("training error (%)")
        train.set_ylim(bottom=0)
        test.legend()
        for ax in (test, train):
            ax.set_xscale("log")
            width_ticks(ax.xaxis, one.h.values)
            ax.set_xlabel("channels, $f$")
    return page
