"""Learning curves where labels have an invariance, and the compression behind them.

Left: the test error over P of networks that learn features, of the kernel of the lazy regime, and
of this kernel on (x_par, x_perp / Lambda), with Lambda at the end of training, all neurons alike;
dashed lines are the predicted exponents. Middle: Lambda over P. Right: Lambda along the training,
against the loss. (Geiger, Petrini & Wyart, *Landscape and training regimes in deep learning*, Fig.
9.)
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib import colormaps

from analysis.plotting.axes import over_points, with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Axes, Figure, panels
from jamming.data.invariant import beta_feature, beta_lazy
from jamming.fits.seeds import mean_and_error, mean_over_seeds
from sweeps.learning_curves.compression import RESULTS

# what the legend says, colour and marker
CURVES = {
    "lazy": ("lazy: kernel at initialisation", COLOURS[1], "s"),
    "compressed": (r"lazy, $x_\perp / \Lambda$", COLOURS[4], "^"),
    "feature": ("feature learning", COLOURS[0], "o"),
}
# of the alignment of the first layer
SCALES = {
    "Lambda": ("at the end, weighed by the read-out", COLOURS[0], "o"),
    "Lambda_alike": ("at the end, all neurons alike", COLOURS[5], "D"),
    "Lambda_half": ("where the loss has halved", COLOURS[3], "P"),
    "Lambda_largest": ("largest along the training", COLOURS[2], "v"),
}

opened = reader(
    RESULTS,
    "holds no learning curves: make them with python -m sweeps.learning_curves stripe",
    *CURVES,
    *SCALES,
    *("feature_ensemble", "path_loss", "path_Lambda", "pca_bits", "pca_omega2", "fitted"),
)


def by_set(column: xr.DataArray) -> np.ndarray:
    """[P, set]: the mean over the networks on each data set."""
    return column.mean("init").values if "init" in column.dims else column.values


def figure(found: xr.Dataset) -> Figure:
    """Errors and alignment over P, and alignment along the training."""
    with panels(1, 3, of=found, figsize=(9.6, 3.3)) as (page, (errors, alignment, paths)):
        _errors(errors, found)
        P = _points(alignment, found, SCALES)
        _law(alignment, P, mean_over_seeds(by_set(found.Lambda_largest)), 0.5, r"$\sqrt{P}$")
        over_points(alignment, P)
        alignment.set(yscale="log", ylabel=r"$\Lambda = W_\parallel / W_\perp$")
        alignment.set_ylim(top=alignment.get_ylim()[1] * 6)
        alignment.legend(loc="upper left")
        _paths(paths, found)
    return page


def _errors(ax: Axes, found: xr.Dataset) -> None:
    d, d_par = int(found.attrs["d"]), int(found.attrs["d_par"])
    P = _points(ax, found, CURVES)
    together = mean_over_seeds(found.feature_ensemble.values)
    many = found.sizes["init"]
    if many > 1:
        ax.plot(P, together, color=CURVES["feature"][1], ls=":", label=f"mean of {many} networks")
    for name, beta in (("lazy", beta_lazy(d)), ("feature", beta_feature(d, d_par))):
        mean = mean_over_seeds(by_set(found[name]))
        _law(ax, P, mean, -beta, rf"$P^{{-{beta:.2f}}}$")
    over_points(ax, P)
    ax.set(yscale="log", ylabel=r"test error $\epsilon$")
    ax.set_title(f"{found.attrs['dataset']},  $h={found.attrs['h']}$", fontsize=9)
    ax.set_ylim(bottom=ax.get_ylim()[0] / 3)  # room for the legend
    ax.legend(loc="lower left")


def _paths(ax: Axes, found: xr.Dataset) -> None:
    """Of the first data set, the loss falling to the right."""
    P = found.P.values
    shades = colormaps["viridis"](np.linspace(0.05, 0.9, P.size))
    for p, shade in zip(P, shades, strict=True):
        one = found.sel(P=p).isel(set=0)
        loss, Lambda = one.path_loss.values, one.path_Lambda.values
        there = (loss > 0) & (Lambda > 0)
        ax.plot(loss[there] / loss[0], Lambda[there], color=shade, lw=1, label=f"$P={p}$")
    ax.set(xscale="log", yscale="log")
    ax.invert_xaxis()
    ax.set(xlabel=r"$\mathcal{L}(t) / \mathcal{L}(0)$", ylabel=r"$\Lambda$")
    ax.legend(ncols=2)


def _points(ax: Axes, found: xr.Dataset, shown: Mapping[str, tuple[str, str, str]]) -> np.ndarray:
    """Means over the data sets with their standard errors; P."""
    P = found.P.values.astype(float)
    for name, (label, colour, marker) in shown.items():
        mean, error = mean_and_error(by_set(found[name]))
        there = np.isfinite(mean)
        shape = {"color": colour, "marker": marker, "label": label}
        with_bars(ax, P[there], mean[there], np.nan_to_num(error[there]), 0, **shape)
    return P


def _law(ax: Axes, P: np.ndarray, mean: np.ndarray, exponent: float, label: str) -> None:
    """The law through the last half of the points, a little below them."""
    late = np.isfinite(mean) & (mean > 0) & (np.arange(P.size) >= P.size // 2)
    if not late.any():
        return
    level = np.exp(np.mean(np.log(mean[late] / P[late] ** exponent)))
    line = 0.75 * level * P[late] ** exponent
    ax.plot(P[late], line, "k--", lw=0.8)
    ax.annotate(label, (P[late][-1], line[-1]), (3, 0), textcoords="offset points", fontsize=7.5)
