"""The jamming line after several budgets of training (*Landscape and training regimes*, Fig. 4).

The width h*(alpha~) at which half of the networks fit within so many gradients, and the errors of
ensembles over alpha~. ``python -m analysis.jamming_lines STORE``, a folder of `sweeps.regimes`.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import xarray as xr
from jaxtyping import Float
from matplotlib.axes import Axes

from analysis.regime_fits import ensemble_values, one_of, opened
from analysis.regimes import TILDE, look, title
from analysis.style import drawing
from analysis.sweep import command, parser, width_ticks
from jamming.fits.seeds import mean_and_error
from jamming.nstar.logistic import transition

# budgets as shares of that of the sweep
SHARES = (0.01, 0.1, 1.0)


@dataclass(frozen=True)
class Line:
    """h*(alpha~) within `budget` gradients, with its 95 % interval; NaN where there is none."""

    budget: float
    alpha_tilde: Float[np.ndarray, " k"]
    h: Float[np.ndarray, " k"]
    low: Float[np.ndarray, " k"]
    high: Float[np.ndarray, " k"]


def lines(one: xr.Dataset) -> list[Line]:
    """Jamming lines of runs over (h, alpha~, seed), budgets ascending.

    The budget of the sweep is the longest that a run which did not fit has taken.
    """
    stuck = one.ticks.where(one.fitted == 0)
    whole = float(stuck.max()) if np.isfinite(stuck).any() else float(one.ticks.max())
    return [line(one, share * whole) for share in SHARES]


def line(one: xr.Dataset, budget: float) -> Line:
    """The jamming line of those runs that fit within the budget."""
    h = one.h.values.astype(float)
    alpha = one.alpha_tilde.values.astype(float)
    fits = (one.fitted == 1) & (one.ticks <= budget)
    rows = np.full((3, alpha.size), np.nan)
    for k in range(alpha.size):
        there = fits.isel(alpha_tilde=k).transpose("h", "seed").values
        share = there.mean(1)
        # a transition: narrower ones mostly fail, the widest mostly fit
        if share[-1] >= 0.5 and (share < 0.5).any():
            found = transition(h, there)
            rows[:, k] = found.value, found.low, found.high
    return Line(budget, alpha, *rows)


def wide_errors(one: xr.Dataset) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, "k seeds"]]:
    """alpha~, and the error of the ensemble of the widest networks, a column a seed."""
    return ensemble_values(one, int(one.h.values[-1]))


def draw(found: xr.Dataset, target: str | Path | BytesIO) -> None:
    """Draw the figure into a file."""
    one = one_of(found)
    with drawing(target, 1, 2, of=found, figsize=(7.4, 3.2)) as (figure, (left, right)):
        figure.suptitle(title(one), fontsize=9)
        _lines(left, one)
        x, y = wide_errors(one)
        mean, error = mean_and_error(y)
        right.errorbar(x, mean, error, **look(0), lw=1, capsize=2)
        right.set_xscale("log")
        right.set_xlabel(TILDE)
        right.set_ylabel(f"error of the ensemble, $h={int(one.h.values[-1])}$")


def _lines(ax: Axes, one: xr.Dataset) -> None:
    for i, each in enumerate(lines(one)):
        reach = np.stack([each.h - each.low, each.high - each.h])
        x = each.alpha_tilde * 1.06**i
        name = f"{each.budget:,.0f} gradients"
        ax.errorbar(x, each.h, reach, **look(i), lw=1, capsize=2, label=name)
    ax.set_xscale("log")
    ax.set_yscale("log")
    h = one.h.values.astype(float)
    ax.set_ylim(0.85 * h[0], 1.15 * h[-1])
    width_ticks(ax.yaxis, h)
    ax.set_xlabel(TILDE)
    ax.set_ylabel("$h^*$, at which half of the networks fit")
    ax.legend()


def main(arguments: Sequence[str] | None = None) -> int:
    """``STORE [--out FIGURE]``; the exit code."""
    return command(parser("jamming_lines", "The jamming line by budget."), arguments, draw, opened)


if __name__ == "__main__":
    sys.exit(main())
