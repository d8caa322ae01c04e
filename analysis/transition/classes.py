"""Test errors of networks that learn all classes, loss beside loss, and against the width.

(*The jamming transition as a paradigm to understand the loss landscape of deep neural networks*,
2019, sec. IV.)
"""

from typing import Any

import numpy as np
import xarray as xr

from analysis.plotting.axes import over_widths, with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, line_style, panels
from jamming.fits.seeds import mean_and_error
from sweeps.transition.classes import RESULTS

opened = reader(
    RESULTS,
    "holds no errors: make them with python -m sweeps.transition classes",
    *("loss", "h", "seed", "test_error", "best_test_error"),
)


def figure(found: xr.Dataset) -> Figure:
    """Errors by loss at the largest width, and against the width where there are several."""
    n, a = 1 + (found.sizes["h"] > 1), found.attrs
    with panels(1, n, of=found, figsize=(3.4 * n, 3.2), squeeze=False) as (page, axes):
        _by_loss(axes[0, 0], found.isel(h=-1))
        if n > 1:
            _by_width(axes[0, 1], found)
        page.suptitle(f"{a['dataset']}, {a['architecture']}, $P={a['P']}$, $L={a['L']}$")
    return page


def _percent(errors: xr.DataArray, *dims: str) -> tuple[np.ndarray, np.ndarray]:
    """Means over seeds and standard errors."""
    mean, error = mean_and_error(errors.transpose(*dims, "seed").values)
    return 100 * mean, 100 * error


def _by_loss(ax: Any, one: xr.Dataset) -> None:
    """Each seed, the same one of all losses joined; mean and its standard error."""
    at = np.arange(one.sizes["loss"], dtype=float)
    errors = 100 * one.test_error.transpose("loss", "seed").values
    ax.plot(at, errors, "-", color="0.8", lw=0.7, zorder=0)
    for i in range(at.size):
        for name, shift, face, label in (
            ("test_error", 0.0, None, "at the end"),
            ("best_test_error", 0.15, "white", "best on the way"),
        ):
            mean, error = _percent(one.isel(loss=i)[name])
            bars = error if np.isfinite(error) else None
            shape = {"mfc": face, "capsize": 3, "lw": None, "ls": ""}
            with_bars(ax, at[i] + shift, mean, bars, i, **shape, label=None if i else label)
    ax.set_xticks(at, [str(name).replace("_", "\n") for name in one.loss.values])
    ax.set_xlim(-0.5, at[-1] + 0.5)
    ax.set(xlabel="loss", ylabel=f"test error (%),  $h={int(one.h)}$")
    ax.legend()


def _by_width(ax: Any, found: xr.Dataset) -> None:
    h = found.h.values
    for i, loss in enumerate(found.loss.values):
        one = found.sel(loss=loss)
        mean, error = _percent(one.test_error, "h")
        # a little apart, so that none hides another
        x, label = h * 1.02**i, str(loss).replace("_", " ")
        with_bars(ax, x, mean, np.nan_to_num(error), i, label=label)
        if "ensemble_error" in one:
            shape = {"color": line_style(i)["color"], "lw": 1.2}
            together = 100 * one.ensemble_error.values
            ax.plot(h, together, ":", **shape, label=None if i else "ensemble")
    over_widths(ax, h)
    ax.set_ylabel("test error at the end (%)")
    ax.legend()
