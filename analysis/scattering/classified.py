"""Test errors of classifiers of scattering coefficients by order and scale, and their stability.

Beside pixels and the modulus of the Fourier transform; means over seeds, each with images of its
own, with standard errors. Right: how far deformations of delta pixels move these features, D_f, in
units of the distance between two images, log-averages.
"""

import numpy as np
import xarray as xr

from analysis.plotting.axes import means, plain_ticks, with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import Axes, Figure, panels
from analysis.plotting.style import save as save
from jamming.images.estimators import log_average
from sweeps.scattering.classified import BEFORE, RESULTS

opened = reader(RESULTS, "scattering", "error", "D")


def figure(found: xr.Dataset) -> Figure:
    kinds = found.classifier.values
    width = 3.2 * (kinds.size + 1) + 1.6
    with panels(1, kinds.size + 1, of=found, figsize=(width, 3.2)) as (page, axes):
        several = found.isel(feature=found.J.values > 0)
        J = np.unique(several.J)
        for ax, classifier in zip(axes, kinds, strict=False):
            error = 100 * found.error.sel(classifier=classifier).transpose("feature", "seed")
            for i, name in enumerate(BEFORE):
                level = float(error.sel(feature=name).mean())
                ax.axhline(level, color="0.4", lw=0.9, ls=("--", ":")[i], label=name)
            for i, octaves in enumerate(J):
                at = error.isel(feature=found.J.values == octaves)
                means(
                    ax,
                    at.order.values.astype(float),
                    at.values,
                    i,
                    label=f"scattering, $J={octaves}$",
                )
            ax.set(xlabel="largest order", title=f"{classifier} classifier", yscale="log")
            ax.set_xticks(np.unique(several.order))
            plain_ticks(ax.yaxis, (0.5, 1, 2, 5, 10, 20, 50))
        axes[0].set_ylabel(f"test error (%), {found.attrs['dataset']}, P = {found.attrs['P']}")
        _stability(axes[-1], found, int(J[-1]))
        for ax in axes[-2:]:
            ax.legend(fontsize=7)
    return page


def _stability(ax: Axes, found: xr.Dataset, J: int) -> None:
    """D_f against delta, of what is before, and of each order at the largest scale."""
    some = [i for i, at in enumerate(found.J.values) if at in (0, J)]
    for i, feature in enumerate(some):
        one = found.isel(feature=feature)
        rows = [log_average(values) for values in one.D.transpose("delta", "seed").values]
        middle, error = (np.array(x) for x in zip(*rows, strict=True))
        bars = None if np.isnan(error).any() else middle * error
        label = str(one.kind.values) + (f", $J={J}$, order {int(one.order)}" if one.J else "")
        with_bars(ax, one.delta, middle, bars, i, label=label)
    ax.set(xscale="log", yscale="log", xlabel=r"$\delta$ (pixels)", ylabel="$D_f$")
    plain_ticks(ax.xaxis, found.delta.values)
    plain_ticks(ax.yaxis, (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1))
