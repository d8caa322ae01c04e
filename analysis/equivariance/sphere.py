"""Digits on the sphere, trained and tested rotated (R) or not (NR): test errors, and what is seen.

Means over networks, each with its own training set (dots), and their standard errors (T. Cohen,
M. Geiger, J. Koehler & M. Welling, *Spherical CNNs*, ICLR 2018, Table 1).
"""

from typing import Any

import numpy as np
import xarray as xr

from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Axes, Figure, panels
from analysis.plotting.style import save as save
from jamming.fits.seeds import mean_and_error
from sweeps.equivariance.sphere import RESULTS

opened = reader(RESULTS, "equivariance sphere", "error")

PAIRS = (("NR", "NR"), ("R", "R"), ("NR", "R"))  # trained, tested: the columns of the table
CHANCE = 90  # per cent, of ten classes


def figure(found: xr.Dataset) -> Figure:
    widths = {"width_ratios": [2.2, 1, 1]}
    with panels(1, 3, of=found, figsize=(8, 2.9), gridspec_kw=widths) as (page, axes):
        bars(axes[0], found)
        for ax, tested in zip(axes[1:], ("NR", "R"), strict=True):
            image = found.example.sel(tested=tested).isel(digit=0).values
            ax.imshow(image, extent=(0, 360, 180, 0), aspect=2, cmap="gray_r")
            ax.set(xlabel=r"$\alpha$ (degrees)", xticks=[0, 180, 360], yticks=[0, 90, 180])
            ax.set_title("not rotated (NR)" if tested == "NR" else "rotated (R)")
        axes[1].set_ylabel(r"$\beta$ (degrees)")
    return page


def bars(ax: Axes, found: xr.Dataset, chance: float = CHANCE, kind: str = "images") -> None:
    """A group of bars for what networks were trained and tested with; `chance` in per cent."""
    pairs = [pair for pair in PAIRS if pair[0] in found.trained.values]
    names, at = found.network.values, np.arange(len(pairs))
    width = 0.8 / len(names)
    for i, name in enumerate(names):
        one = found.error.sel(network=name)
        rows = np.stack([100 * one.sel(trained=a, tested=b).values for a, b in pairs])
        mean, error = mean_and_error(rows)
        x = at + width * (i - (len(names) - 1) / 2)
        look: dict[str, Any] = {"color": COLOURS[i], "alpha": 0.75, "ecolor": "0.1", "capsize": 2}
        label = f"{name}, {int(found.N_all.sel(network=name).max()):,} parameters"
        ax.bar(x, mean, 0.95 * width, yerr=np.nan_to_num(error), label=label, **look)
        n = rows.shape[1]
        apart = np.linspace(-0.3, 0.3, n) * width if n > 1 else np.zeros(1)
        ax.plot((x[:, None] + apart).ravel(), rows.ravel(), ".", color="0.25", ms=2.5)
    ax.axhline(chance, color="0.5", lw=0.8, ls=":", label="chance")
    ax.set_xticks(at, [f"{a} / {b}" for a, b in pairs])
    ax.set(xlabel="trained / tested", ylabel="test error (%)", ylim=(0, 145))
    ax.set_yticks(range(0, 101, 20))  # the legend is above
    ax.set_title(f"{found.attrs['dataset']}, {found.attrs['P']} training {kind}")
    ax.legend(loc="upper left")
