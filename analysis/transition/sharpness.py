r"""The ends of Hessian spectra while networks learn, geometric means over seeds, standard errors.

The largest eigenvalue of H against the steps of descent, of each rate eta with its 2 / eta (dotted,
of sgd on all data), or against the time of the flow; the same of the loss; and, at the smallest
rate, against the loss: what is left of H_p falls as its square root (*The jamming transition as a
paradigm*, 2019, Fig. 7).
"""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator

from analysis.plotting.axes import band, guide, heading, plain_ticks
from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Figure, legend_above, panels
from jamming.fits.seeds import mean_and_error
from sweeps.transition.sharpness import RESULTS

opened = reader(RESULTS, "transition sharpness", "largest", "smallest", "loss", "t", "looks")
GRID = 60
Curve = tuple[np.ndarray, np.ndarray]


def figure(found: xr.Dataset) -> Figure:
    """Against steps or time, and against the loss."""
    flow = found.attrs["dynamics"] in ("flow", "euler")
    with panels(1, 3, of=found, title=heading(found), figsize=(10.5, 3.2)) as (page, axes):
        for i, lr in enumerate(found.lr.values):
            one, colour = found.sel(lr=lr), COLOURS[i]
            label = "flow" if flow else rf"$\eta = {lr:g}$"
            for ax, variable in zip(axes, (of_end(one), one.loss), strict=False):
                _drawn(ax, _curves(one.t + (0 if flow else 1), variable), colour, label)
            if found.attrs["dynamics"] == "sgd":
                axes[0].axhline(2 / float(lr), color=colour, lw=0.8, ls=":")
        for ax, name in zip(
            axes, (r"largest eigenvalue of $H$", r"loss $\mathcal{L}$"), strict=False
        ):
            ax.set(xscale="log", yscale="log", ylabel=name)
            ax.set_xlabel("$t$" if flow else "steps")
            legend_above(ax)
        plain_ticks(axes[0].yaxis, LogLocator(subs=(1, 2, 5)))
        against_the_loss(axes[2], found.isel(lr=0))
        if not flow:
            axes[2].set_title(rf"$\eta = {float(found.lr[0]):g}$")
    return page


def of_end(one: xr.Dataset, part: str = "H", end: str = "largest") -> xr.DataArray:
    """The outermost eigenvalue of a part, over (seed, look)."""
    return one[end].sel(part=part).isel(order=-1 if end == "largest" else 0)


def against_the_loss(ax: Axes, one: xr.Dataset) -> None:
    """Largest eigenvalues of H_0 and H_p, and the smallest of H_p, on a falling loss."""
    kinds = (("H_0", "largest", 1), ("H_p", "largest", 1), ("H_p", "smallest", -1))
    for i, (part, end, sign) in enumerate(kinds):
        curves = _curves(-one.loss, sign * of_end(one, part, end))
        falling = [(-x, y) for x, y in curves]
        name = f"{'largest' if sign > 0 else 'minus smallest'} of ${part}$"
        drawn = _drawn(ax, falling, COLOURS[i + 3], name)
        if i == 1 and drawn is not None:
            x, y = drawn
            guide(ax, x, 2.5 * y[0], 0.5, r"$\sqrt{\mathcal{L}}$")
    ax.set(xscale="log", yscale="log", xlabel=r"loss $\mathcal{L}$")
    ax.invert_xaxis()
    ax.legend()


def _curves(x: xr.DataArray, y: xr.DataArray) -> list[Curve]:
    """Of each seed, the looks at which x has gone farther than ever, and both are known."""
    curves = []
    for seed in range(x.sizes["seed"]):
        a, b = (each.isel(seed=seed).values for each in (x, y))
        known = np.isfinite(a) & np.isfinite(b) & (b > 0) & (a != 0)
        a, b = a[known], b[known]
        new = np.append(True, np.diff(np.maximum.accumulate(a)) > 0)[: a.size]
        curves.append((a[new], b[new]))
    return curves


def _drawn(ax: Axes, curves: list[Curve], colour: str, label: str) -> Curve | None:
    """Mean and standard error of positive curves, where all are known; what is drawn."""
    curves = [(np.log(x), np.log(y)) for x, y in curves if x.size > 1]
    if not curves:
        return None
    curves = [(x, y) if x[0] < x[-1] else (x[::-1], y[::-1]) for x, y in curves]
    low, high = max(x[0] for x, _ in curves), min(x[-1] for x, _ in curves)
    grid = np.linspace(low, high, GRID)
    mean, error = mean_and_error(np.stack([np.interp(grid, x, y) for x, y in curves], axis=-1))
    error = np.nan_to_num(error)
    x, y = np.exp(grid), np.exp(mean)
    band(ax, x, y, np.exp(mean - error), np.exp(mean + error), colour, label)
    return x, y
