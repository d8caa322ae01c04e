"""The phase diagram with stochastic gradient descent, beside that of gradient flow.

The width h*(alpha~) at which half of the networks fit, alpha~ of the crossover against the noise,
which is the rate divided by the batch size, and errors of the widest networks against alpha~.
"""

import numpy as np
import xarray as xr

from analysis.lazy_feature.regimes import TILDE
from analysis.phase_diagram.jamming_lines import over_alpha
from analysis.plotting.axes import heading, reach, with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import Axes, Figure, line_style, panels
from sweeps.phase_diagram.sgd_axis import RESULTS

opened = reader(
    RESULTS, "phase_diagram sgd_axis", "jamming_h", "crossover", "ensemble_error", "temperature"
)


def figure(found: xr.Dataset) -> Figure:
    with panels(1, 3, of=found, title=heading(found), figsize=(9.4, 3.4)) as (page, axes):
        jamming, right, errors = axes
        for i, rule in enumerate(found.rule.values):
            one = found.sel(rule=rule)
            x = found.alpha_tilde.values * 1.05**i
            with_bars(jamming, x, *reach(one, "jamming_h"), i)
            widest = one.isel(h=-1)
            error, bars = widest.ensemble_error.values, widest.ensemble_error_se.values
            with_bars(errors, x, error, bars, i, label=str(rule))
            errors.plot(x, widest.error.values, color=line_style(i)["color"], lw=0.8, ls=":")
        over_alpha(jamming, found)
        _crossover(right, found)
        ylabel = f"test error, $h={int(found.h[-1])}$  (dotted: a network)"
        errors.set(xscale="log", xlabel=TILDE, ylabel=ylabel)
        handles, labels = errors.get_legend_handles_labels()
        page.legend(handles, labels, loc="outside lower center", ncols=min(4, len(labels)))
    return page


def _crossover(ax: Axes, found: xr.Dataset) -> None:
    noise = found.temperature.values.astype(float)
    # the flow, which has no noise, to the left of the others
    x = np.where(noise > 0, noise, noise[noise > 0].min() / 10)
    for i, h in enumerate(found.h.values):
        value, bars = reach(found.sel(h=h, level=1.0), "crossover")
        if np.isfinite(value).any():
            with_bars(ax, x, value, bars, i, label=f"$h={h}$")
    ax.set_xscale("log")
    if np.isfinite(found.crossover.sel(level=1.0)).any():
        ax.set_yscale("log")
        ax.legend()
    ax.axvline(x.min() * 10**0.5, color="0.6", lw=0.6, ls="--")
    ax.text(x.min(), 1.01, "flow", transform=ax.get_xaxis_transform(), ha="center", fontsize=7)
    ax.set(xlabel="learning rate / batch size", ylabel=r"$\tilde\alpha$ of the crossover")
