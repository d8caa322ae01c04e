"""Test errors of networks that learn all classes, loss beside loss, and against the width.

(*The jamming transition as a paradigm to understand the loss landscape of deep neural networks*,
2019, sec. IV.) ``python -m analysis transition.classes STORE``, a folder of
`sweeps.transition.classes`.
"""

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.plotting.axes import width_ticks
from analysis.plotting.stored import stored
from analysis.plotting.style import line_style, panels
from sweeps.transition.classes import RESULTS, mean_and_error


def opened(folder: Path) -> xr.Dataset:
    """The results of the sweep.

    Raises:
        BadInput: there are none, or they are damaged.
    """
    lacking = "holds no errors: make them with python -m sweeps.transition classes"
    return stored(folder / RESULTS, lacking, "loss", "h", "seed", "test_error", "best_test_error")


def figure(found: xr.Dataset) -> Figure:
    """Errors by loss at the largest width, and against the width where there are several."""
    several = found.sizes["h"] > 1
    with panels(1, 1 + several, of=found, figsize=(3.4 * (1 + several), 3.2), squeeze=False) as (
        page,
        axes,
    ):
        _by_loss(axes[0, 0], found.isel(h=-1))
        if several:
            _by_width(axes[0, 1], found)
        a = found.attrs
        page.suptitle(f"{a['dataset']}, {a['architecture']}, $P={a['P']}$, $L={a['L']}$")
    return page


def _by_loss(ax: Any, one: xr.Dataset) -> None:
    """Each seed, the same one of all losses joined; mean and its standard error."""
    at = np.arange(one.sizes["loss"], dtype=float)
    errors = 100 * one.test_error.transpose("loss", "seed").values
    ax.plot(at, errors, "-", color="0.8", lw=0.7, zorder=0)
    for i, loss in enumerate(one.loss.values):
        for name, shift, face in (("test_error", 0.0, None), ("best_test_error", 0.15, "white")):
            mean, error = (100 * x for x in mean_and_error(one.sel(loss=loss)[name]))
            ax.errorbar(
                at[i] + shift,
                mean,
                error if np.isfinite(error) else None,
                **line_style(i),
                mfc=face,
                capsize=3,
                ls="",
                label=None if i else ("at the end" if face is None else "best on the way"),
            )
    ax.set_xticks(at, [str(name).replace("_", "\n") for name in one.loss.values])
    ax.set_xlim(-0.5, at[-1] + 0.5)
    ax.set_xlabel("loss")
    ax.set_ylabel(f"test error (%),  $h={int(one.h)}$")
    ax.legend()


def _by_width(ax: Any, found: xr.Dataset) -> None:
    h = found.h.values
    for i, loss in enumerate(found.loss.values):
        one = found.sel(loss=loss)
        mean, error = np.array([mean_and_error(one.test_error.sel(h=each)) for each in h]).T * 100
        ax.errorbar(
            h * 1.02**i,  # a little apart, so that none hides another
            mean,
            np.nan_to_num(error),
            **line_style(i),
            capsize=2,
            lw=1,
            label=str(loss).replace("_", " "),
        )
        if "ensemble_error" in one:
            label = "ensemble" if i == 0 else None
            ax.plot(
                h,
                100 * one.ensemble_error.values,
                ":",
                color=line_style(i)["color"],
                lw=1.2,
                label=label,
            )
    ax.set_xscale("log")
    width_ticks(ax.xaxis, h)
    ax.set_xlabel("$h$")
    ax.set_ylabel("test error at the end (%)")
    ax.legend()
