"""The phase diagram with stochastic gradient descent, beside that of gradient flow.

The width h*(alpha~) at which half of the networks fit, alpha~ of the crossover against the noise,
which is the rate by the batch size, and errors of the widest networks against alpha~.
``python -m analysis phase_diagram.sgd_axis STORE``, a folder of `sweeps.phase_diagram.sgd_axis`.
"""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.lazy_feature.regimes import TILDE
from analysis.plotting.axes import heading, width_ticks
from analysis.plotting.stored import stored
from analysis.plotting.style import line_style, panels
from sweeps.phase_diagram.sgd_axis import RESULTS


def opened(folder: Path) -> xr.Dataset:
    """The results of the sweep.

    Raises:
        BadInput: there are none, or they are damaged.
    """
    lacking = "holds no rates and batches: run python -m sweeps.phase_diagram sgd_axis"
    return stored(
        folder / RESULTS, lacking, "jamming_h", "crossover", "ensemble_error", "temperature"
    )


def figure(found: xr.Dataset) -> Figure:
    """h*, the crossover and errors by rule."""
    with panels(1, 3, of=found, figsize=(9.4, 3.4)) as (page, axes):
        page.suptitle(heading(found), fontsize=9)
        _jamming(axes[0], found)
        _crossover(axes[1], found)
        _errors(axes[2], found)
        handles, labels = axes[2].get_legend_handles_labels()
        page.legend(handles, labels, loc="outside lower center", ncols=min(4, len(labels)))
    return page


def _bars(one: xr.Dataset, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Values, and how far their intervals reach down and up."""
    value, low, high = (one[f"{name}{end}"].values.astype(float) for end in ("", "_low", "_high"))
    return value, np.stack([value - np.minimum(low, value), np.maximum(high, value) - value])


def _jamming(ax: Axes, found: xr.Dataset) -> None:
    for i, rule in enumerate(found.rule.values):
        value, reach = _bars(found.sel(rule=rule), "jamming_h")
        x = found.alpha_tilde.values * 1.05**i
        ax.errorbar(x, value, reach, **line_style(i), lw=1, capsize=2)
    ax.set_xscale("log")
    ax.set_yscale("log")
    h = found.h.values.astype(float)
    ax.set_ylim(0.85 * h[0], 1.15 * h[-1])
    width_ticks(ax.yaxis, h)
    ax.set_xlabel(TILDE)
    ax.set_ylabel("$h^*$, at which half of the networks fit")


def _crossover(ax: Axes, found: xr.Dataset) -> None:
    noise = found.temperature.values.astype(float)
    # the flow, which has no noise, to the left of the others
    x = np.where(noise > 0, noise, noise[noise > 0].min() / 10)
    for i, h in enumerate(found.h.values):
        value, reach = _bars(found.sel(h=h, level=1.0), "crossover")
        if np.isfinite(value).any():
            ax.errorbar(x, value, reach, **line_style(i), lw=1, capsize=2, label=f"$h={h}$")
    ax.set_xscale("log")
    if np.isfinite(found.crossover.sel(level=1.0)).any():
        ax.set_yscale("log")
        ax.legend()
    ax.axvline(x.min() * 10**0.5, color="0.6", lw=0.6, ls="--")
    ax.text(x.min(), 1.01, "flow", transform=ax.get_xaxis_transform(), ha="center", fontsize=7)
    ax.set_xlabel("learning rate / batch size")
    ax.set_ylabel(r"$\tilde\alpha$ of the crossover")


def _errors(ax: Axes, found: xr.Dataset) -> None:
    one = found.sel(h=found.h.values[-1])
    for i, rule in enumerate(found.rule.values):
        row = one.sel(rule=rule)
        x = found.alpha_tilde.values * 1.05**i
        ax.errorbar(
            x,
            row.ensemble_error.values,
            row.ensemble_error_se.values,
            **line_style(i),
            lw=1,
            capsize=2,
            label=str(rule),
        )
        ax.plot(x, row.error.values, color=line_style(i)["color"], lw=0.8, ls=":")
    ax.set_xscale("log")
    ax.set_xlabel(TILDE)
    ax.set_ylabel(f"test error, $h={int(one.h)}$  (dotted: a network)")
