"""Learning curves where labels have an invariance, and the compression behind them.

Left: the test error over P of networks that learn features, of the kernel of the lazy regime, of
this kernel on (x_par, x_perp / Lambda), with Lambda at the end of training, all neurons alike, and
of the tangent kernel at the end of training; dashed lines are the predicted exponents. Middle:
Lambda over P. Right: Lambda along the training, against the loss. (Geiger, Petrini & Wyart,
*Landscape and training regimes ...*, Fig. 9.)
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib import colormaps

from analysis.plotting.axes import over_points, with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Axes, Figure, panels
from jamming.data.invariant import beta_feature, beta_lazy
from jamming.fits.seeds import mean_and_error
from sweeps.learning_curves.compression import RESULTS

CURVES = {  # what the legend says, colour and marker
    "lazy": ("lazy: kernel at initialisation", COLOURS[1], "s"),
    "compressed": (r"lazy, $x_\perp / \Lambda$", COLOURS[4], "^"),
    "end": ("kernel after learning", COLOURS[2], "v"),
    "feature": ("feature learning", COLOURS[0], "o"),
}
SCALES = {  # of the alignment of the first layer
    "Lambda": ("at the end, weighed by the read-out", COLOURS[0], "o"),
    "Lambda_alike": ("at the end, all neurons alike", COLOURS[5], "D"),
    "Lambda_half": ("where the loss has halved", COLOURS[3], "P"),
    "Lambda_largest": ("largest along the training", COLOURS[2], "v"),
}

opened = reader(
    *(RESULTS, "learning_curves stripe", *CURVES, *SCALES),
    *("feature_ensemble", "path_loss", "path_Lambda", "pca_bits", "pca_omega2", "fitted"),
)


def figure(found: xr.Dataset) -> Figure:
    sets = found.mean("init", keep_attrs=True)
    with panels(1, 3, of=found, figsize=(9.6, 3.3)) as (page, (errors, alignment, paths)):
        _errors(errors, sets, found.sizes["init"])
        _points(alignment, sets, SCALES)
        _law(alignment, sets.Lambda_largest, 0.5, r"$\sqrt{P}$")
        alignment.set_ylabel(r"$\Lambda = W_\parallel / W_\perp$")
        alignment.set_ylim(top=alignment.get_ylim()[1] * 6)
        alignment.legend(loc="upper left")
        _paths(paths, found)
    return page


def _errors(ax: Axes, sets: xr.Dataset, n: int) -> None:
    a = sets.attrs
    lazy, feature = beta_lazy(int(a["d"])), beta_feature(int(a["d"]), int(a["d_par"]))
    _points(ax, sets, CURVES)
    if n > 1:
        colour, together = CURVES["feature"][1], sets.feature_ensemble.mean("set")
        ax.plot(sets.P, together, color=colour, ls=":", label=f"mean of {n} networks")
    _law(ax, sets.lazy, -lazy, rf"$P^{{-{lazy:.2f}}}$")
    _law(ax, sets.feature, -feature, rf"$P^{{-{feature:.2f}}}$")
    ax.set(ylabel=r"test error $\epsilon$", title=f"{a['dataset']},  $h={a['h']}$")
    ax.set_ylim(bottom=ax.get_ylim()[0] / 3)  # room for the legend
    ax.legend(loc="lower left")


def _paths(ax: Axes, found: xr.Dataset) -> None:
    """Of the first data set, the loss falling to the right."""
    shades = colormaps["viridis"](np.linspace(0.05, 0.9, found.sizes["P"]))
    for p, shade in zip(found.P.values, shades, strict=True):
        one = found.sel(P=p).isel(set=0)
        loss, Lambda = one.path_loss.values, one.path_Lambda.values
        there = (loss > 0) & (Lambda > 0)
        ax.plot(loss[there] / loss[0], Lambda[there], color=shade, lw=1, label=f"$P={p}$")
    xlabel = r"$\mathcal{L}(t) / \mathcal{L}(0)$"
    ax.set(xscale="log", yscale="log", xlabel=xlabel, ylabel=r"$\Lambda$")
    ax.invert_xaxis()
    ax.legend(ncols=2)


def _points(ax: Axes, sets: xr.Dataset, shown: Mapping[str, tuple[str, str, str]]) -> None:
    """Means over the data sets with their standard errors, on logarithmic axes."""
    for name, (label, colour, marker) in shown.items():
        mean, error = mean_and_error(sets[name].values)
        there = np.isfinite(mean)
        shape = {"color": colour, "marker": marker, "label": label}
        with_bars(ax, sets.P[there], mean[there], np.nan_to_num(error[there]), 0, **shape)
    over_points(ax, sets.P.values.astype(float))
    ax.set_yscale("log")


def _law(ax: Axes, rows: xr.DataArray, exponent: float, label: str) -> None:
    """The law through the last half of the means over data sets, a little below them."""
    late = rows.mean("set").isel(P=slice(rows.sizes["P"] // 2, None))
    late = late[np.isfinite(late) & (late > 0)]
    if late.size > 1:
        P = late.P.values.astype(float)
        line = 0.75 * P**exponent * np.exp(np.log(late / P**exponent).mean().item())
        ax.plot(P, line, "k--", lw=0.8)
        ax.annotate(label, (P[-1], line[-1]), (3, 0), textcoords="offset points", fontsize=7.5)
