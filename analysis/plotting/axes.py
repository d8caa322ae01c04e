"""What figures share: points with errors, fitted laws, axes of P and widths, titles."""

from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.ticker import FixedLocator, FuncFormatter, Locator, NullLocator

from analysis.plotting.style import line_style
from jamming.checks.arrays import ArrayLike
from jamming.checks.errors import BadInput
from jamming.fits.power import PowerLaw
from jamming.fits.seeds import Interval, mean_and_error


def with_bars(
    ax: Axes, x: ArrayLike, y: ArrayLike, bars: ArrayLike | None, i: int, **more: Any
) -> ErrorbarContainer:
    """Points with error bars of lengths [n] or [2, n], as the i-th line unless `more` differs."""
    return ax.errorbar(x, y, bars, **(line_style(i) | {"lw": 1, "capsize": 2} | more))


def means(
    ax: Axes, x: Float[np.ndarray, " n"], y: Float[np.ndarray, "n seeds"], i: int, **more: Any
) -> None:
    """Means over seeds with their standard errors, as `with_bars`; of one seed without bars."""
    mean, error = mean_and_error(y)
    with_bars(ax, x, mean, error if np.isfinite(error).any() else None, i, **more)


def drawn(ax: Axes, x: Any, y: np.ndarray, i: int, label: str = "", **more: Any) -> None:
    """Means over seeds of y [n, seeds] with their standard errors, none where one diverged."""
    mean, error = mean_and_error(y)
    there = np.isfinite(mean) & np.isfinite(x)
    error = np.nan_to_num(error)
    bars = np.stack([np.minimum(error, 0.9 * np.abs(mean)), error])[:, there]
    shape = {"mfc": line_style(i)["color"], "ms": 3.5, "elinewidth": 0.8, "capsize": 1.5}
    with_bars(ax, x[there], mean[there], bars, i, **shape | more, label=label or None)


def transition(ax: Axes, one: xr.Dataset, i: int | None = None, *, named: bool = False) -> None:
    """A line at N*, its interval shaded."""
    n, low, high = (float(one[k]) for k in ("n_star", "n_star_low", "n_star_high"))
    if not np.isfinite(n):
        return
    colour = "0.5" if i is None else line_style(i)["color"]
    ax.axvspan(low, high, color=colour, alpha=0.12, lw=0, zorder=0)
    ax.axvline(n, color=colour, lw=0.8, ls=":", zorder=0.5, label="$N^*$" if named else None)


def guide(ax: Axes, x: Any, y: float, exponent: float, text: str, style: str = "k--") -> None:
    """A power law through (x[0], y), as long as x."""
    a = np.array(x, float)
    ax.plot(a, y * (a / a[0]) ** exponent, style, lw=0.9, label=text)


def band(ax: Axes, x: Any, middle: Any, low: Any, high: Any, colour: str, label: str) -> None:
    """A line within a shaded band."""
    ax.fill_between(x, low, high, color=colour, alpha=0.2, lw=0)
    ax.plot(x, middle, color=colour, lw=1.2, label=label)


def reach(one: xr.Dataset, name: str) -> tuple[np.ndarray, np.ndarray]:
    """A variable, and how far its interval `_low` to `_high` reaches down and up, [2, n].

    Never below zero, which is no length; NaN where an end is not known.
    """
    value = one[name].values.astype(float)
    low, high = (one.get(f"{name}{end}", one[name] * np.nan).values for end in ("_low", "_high"))
    lengths = np.maximum(np.stack([value - low, high - value]), 0.0)
    return value, np.where(np.isfinite(lengths), lengths, np.nan)


def power_line(ax: Axes, x: np.ndarray, law: PowerLaw, colour: str, factor: float = 1.0) -> None:
    """A fitted power law at x, times a factor."""
    ax.plot(x, factor * law.prefactor.value * x**law.exponent.value, color=colour, lw=0.8)


def with_interval(value: Interval, gap: str = " ") -> str:
    """A number and its interval in two digits, as legends have them."""
    return f"{value.value:.2f}{gap}[{value.low:.2f}, {value.high:.2f}]"


def over_points(ax: Axes, P: Float[np.ndarray, " n"]) -> None:
    """A logarithmic axis of P, with its values as ticks."""
    ax.set(xscale="log", xlabel="$P$")
    plain_ticks(ax.xaxis, P)


def over_widths(ax: Axes, h: np.ndarray, name: str = "$h$") -> None:
    """A logarithmic axis of widths, with plain numbers as ticks."""
    ax.set(xscale="log", xlabel=name)
    width_ticks(ax.xaxis, h)


def checked(dataset: xr.Dataset, *required: str) -> xr.Dataset:
    """The dataset over (h, alpha_tilde), ascending; BadInput without cells or the `required`."""
    for name in ("h", "alpha_tilde"):
        if name not in dataset.indexes or not dataset[name].size:
            raise BadInput(f"there is no coordinate {name}: give the dataset of a phase diagram")
        if not np.all(dataset[name].values > 0):
            raise BadInput(f"{name} must be positive: its axis is logarithmic")
    for name in required:
        if name not in dataset or set(dataset[name].dims) != {"h", "alpha_tilde"}:
            raise BadInput(f"there is no {name}(h, alpha_tilde) here: run the sweep with it first")
    return dataset.sortby(["h", "alpha_tilde"]).transpose("h", "alpha_tilde", ...)


def heading(dataset: xr.Dataset) -> str:
    """What was trained, and, of an unfinished sweep, how much of it there is."""
    a = dataset.attrs
    parts = [str(a["dataset"])] if "dataset" in a else []
    parts += [f"${k}={a[k]}$" for k in ("P", "L") if k in a]
    noise = float(a.get("label_noise", 0))
    parts += [f"{100 * noise:g} % label noise"] if noise else []
    parts += [str(a[k]).replace("_", " ") for k in ("activation", "loss") if k in a]
    parts += [f"{a['sets']} training sets"] if int(a.get("sets", 1)) > 1 else []
    text = ",  ".join(parts)
    if "done" in a and "total" in a and not int(a.get("complete", a["done"] == a["total"])):
        text += f"\nunfinished: {a['done']} of {a['total']} trajectories"
    lost = int(dataset.diverged.sum()) if "diverged" in dataset else 0
    return text + (f"\n{lost} trajectories diverged: their outputs count as wrong" if lost else "")


def symbol(dataset: xr.Dataset) -> str:
    r"""What the coordinate alpha_tilde holds: \tilde\alpha, or \alpha where the sweep says so."""
    return r"\alpha" if dataset.attrs.get("scale") == "alpha" else r"\tilde\alpha"


def width_ticks(axis: Any, h: np.ndarray) -> None:
    """Plain numbers on a logarithmic axis of widths: 1, 2, 5, 10, ..., or some of h itself."""
    round_ones = [m * 10**k for k in range(9) for m in (1, 2, 5) if h[0] <= m * 10**k <= h[-1]]
    few = h.size <= 6 or len(round_ones) < 3
    plain_ticks(axis, _apart(h[:: -(-h.size // 6)]) if few else round_ones)


def _apart(h: np.ndarray) -> list[float]:
    """Those, from the first on, that are a seventh of the axis apart: numbers take that much."""
    kept = [float(h[0])]
    for each in h[1:]:
        if each > kept[-1] * (h[-1] / h[0]) ** (1 / 7):
            kept.append(float(each))
    return kept


def plain_ticks(axis: Any, at: Any) -> None:
    """Ticks at these places, or of a locator, alone; plain numbers rather than powers of ten."""
    axis.set_major_locator(at if isinstance(at, Locator) else FixedLocator(at))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
