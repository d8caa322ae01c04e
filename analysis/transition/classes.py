"""Test errors of networks that learn all classes, loss beside loss, and against the width.

(*The jamming transition as a paradigm*, 2019, sec. IV.)
"""

from typing import Any

import numpy as np
import xarray as xr

from analysis.plotting.axes import means, over_widths, with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import Axes, Figure, line_style, panels
from jamming.fits.seeds import mean_and_error
from sweeps.transition.classes import RESULTS

ERRORS = ("test_error", "best_test_error")
opened = reader(RESULTS, "transition classes", "loss", "h", "seed", *ERRORS)


def figure(found: xr.Dataset) -> Figure:
    """Errors by loss at the largest width, and against the width where there are several."""
    n, a = 1 + (found.sizes["h"] > 1), found.attrs
    with panels(1, n, of=found, figsize=(3.4 * n, 3.2), squeeze=False) as (page, axes):
        _by_loss(axes[0, 0], found.isel(h=-1))
        if n > 1:
            _by_width(axes[0, 1], found)
        page.suptitle(f"{a['dataset']}, {a['architecture']}, $P={a['P']}$, $L={a['L']}$")
    return page


def _by_loss(ax: Axes, one: xr.Dataset) -> None:
    """Each seed, the same one of all losses joined; mean and its standard error."""
    at = np.arange(one.sizes["loss"], dtype=float)
    last, best = (100 * one[name].transpose("loss", "seed").values for name in ERRORS)
    ax.plot(at, last, "-", color="0.8", lw=0.7, zorder=0)
    shape: dict[str, Any] = {"capsize": 3, "lw": None, "ls": ""}
    for i in range(at.size):
        label, other = (None, None) if i else ("at the end", "best on the way")
        means(ax, at[[i]], last[[i]], i, label=label, **shape)
        means(ax, at[[i]] + 0.15, best[[i]], i, label=other, mfc="white", **shape)
    ax.set_xticks(at, [str(name).replace("_", "\n") for name in one.loss.values])
    ax.set(xlabel="loss", ylabel=f"test error (%),  $h={int(one.h)}$", xlim=(-0.5, at[-1] + 0.5))
    ax.legend()


def _by_width(ax: Axes, found: xr.Dataset) -> None:
    h = found.h.values
    for i, loss in enumerate(found.loss.values):
        one = found.sel(loss=loss)
        mean, error = mean_and_error(100 * one.test_error.transpose("h", "seed").values)
        # a little apart, so that none hides another
        x, label = h * 1.02**i, str(loss).replace("_", " ")
        with_bars(ax, x, mean, np.nan_to_num(error), i, label=label)
        if "ensemble_error" in one:
            shape = {"color": line_style(i)["color"], "label": None if i else "ensemble"}
            ax.plot(h, 100 * one.ensemble_error.values, ":", lw=1.2, **shape)
    over_widths(ax, h)
    ax.set_ylabel("test error at the end (%)")
    ax.legend()
