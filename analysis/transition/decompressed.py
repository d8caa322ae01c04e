r"""Networks decompressed to the transition: the way there, and the gaps and overlaps at its end.

The square root of the loss, a typical overlap, and N_Delta/N against P/N, a line for each network;
densities of overlaps, P ~ z^theta, and gaps, P ~ gap^-gamma, of all networks together, with their
power laws by maximum likelihood (*The jamming transition as a paradigm*, 2019, Figs. 6 and 8).
"""

from contextlib import suppress

import numpy as np
import xarray as xr

from analysis.plotting.axes import heading
from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Axes, Figure, panels
from analysis.plotting.style import save as save
from analysis.transition.axes import law
from analysis.transition.estimates import gamma_of, gaps_in, overlaps_in, theta_of
from jamming.checks.errors import BadInput
from jamming.fits.seeds import mean_and_error
from sweeps.transition.decompress import RESULTS

opened = reader(RESULTS, "transition decompress", "ratio", "loss", "n_delta", "delta", "path_P")
# of a panel: values, borders of bins, fit, what its exponent is called, sign of it, name of axis
PANELS = (
    (overlaps_in, (1e-3, 20, 25), theta_of, r"\theta", 1, r"overlap  $z = \Delta/\sqrt{L}$"),
    (gaps_in, (1e-5, 5, 30), gamma_of, r"\gamma", -1, r"gap  $-\Delta$"),
)


def figure(found: xr.Dataset) -> Figure:
    """The way to the transition above, what is there below."""
    with panels(2, 2, of=found, title=heading(found), figsize=(7.4, 6.4)) as (page, axes):
        (way, height), below = axes
        for i in range(found.sizes["seed"]):
            one = found.isel(seed=i)
            x, loss, n = (one[f"path_{name}"].values for name in ("P", "loss", "N_delta"))
            style = {"color": COLOURS[i % len(COLOURS)], "marker": ".", "lw": 0.8}
            way.plot(x / found.N, np.sqrt(loss), **style)
            height.plot(np.sqrt(loss), n / found.N, **style)
        way.set(xlabel="$P/N$", ylabel=r"$\sqrt{L}$", ylim=(0, None))
        height.set(xlabel=r"$\sqrt{L}$", ylabel=r"$N_\Delta/N$", xscale="log")
        height.axhline(1, color="0.6", lw=0.8, ls=":")
        for ax, (values, edges, fit, letter, sign, name) in zip(below, PANELS, strict=True):
            _density(ax, values(found), np.geomspace(*edges))
            with suppress(BadInput):  # too few values: the data speak for themselves
                law(ax, letter, fit(found), sign)
            ax.set(xscale="log", yscale="log", xlabel=name, ylabel="probability density")
            ax.legend(loc="lower left")
    return page


def _density(ax: Axes, each: list[np.ndarray], edges: np.ndarray) -> None:
    """The mean over networks, with standard errors, where there are any."""
    rows = [np.histogram(x, edges)[0] / max(x.size, 1) / np.diff(edges) for x in each]
    mean, error = mean_and_error(np.stack(rows, axis=-1))
    there = mean > 0
    middle = np.sqrt(edges[1:] * edges[:-1])
    error = np.nan_to_num(error)[there]
    label = f"{sum(x.size for x in each)} of {len(each)} networks"
    ax.errorbar(middle[there], mean[there], error, fmt=".", color=COLOURS[0], label=label)
