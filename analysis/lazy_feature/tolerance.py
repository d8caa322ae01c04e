"""What the rule of the steps does to the learned function (*Disentangling ...*, App. G, Fig. 13).

The distance of outputs on test points from those of the smallest tolerance, and the gradients that
each rule takes, against alpha~. ``python -m analysis lazy_feature.tolerance STORE``, a folder of
`sweeps.lazy_feature.tolerance`.
"""

from io import BytesIO
from pathlib import Path

import xarray as xr

from analysis.lazy_feature.regimes import TILDE, look
from analysis.plotting.style import drawing
from jamming.checks.errors import BadInput
from jamming.fits.seeds import mean_and_error
from sweeps.engine.store.sealed import read_results
from sweeps.lazy_feature.tolerance import RESULTS


def opened(folder: Path) -> xr.Dataset:
    """The results of the sweep.

    Raises:
        BadInput: there are none, or they are damaged.
    """
    if not (folder / RESULTS).is_file():
        raise BadInput(
            f"{folder} compares no tolerances: run python -m sweeps.lazy_feature.tolerance"
        )
    return read_results(folder / RESULTS, "distance", "ticks")


def draw(found: xr.Dataset, target: str | Path | BytesIO) -> None:
    """Draw the figure into a file."""
    x = found.alpha_tilde.values.astype(float)
    with drawing(target, 1, 2, of=found, figsize=(7.4, 3.2)) as (figure, (left, right)):
        a = found.attrs
        parts = (a["dataset"], f"$P={a['P']}$", f"$L={a['L']}$", f"$h={a['h']}$")
        figure.suptitle(",  ".join(map(str, parts)), fontsize=9)
        for i, rule in enumerate(found.rule.values):
            one = found.sel(rule=rule).transpose("alpha_tilde", "seed")
            if i < found.rule.size - 1:  # the last is what the others are compared with
                mean, error = mean_and_error(one.distance.values)
                left.errorbar(x, mean, error, **look(i), lw=1, capsize=2, label=str(rule))
            mean, error = mean_and_error(one.ticks.values)
            right.errorbar(x, mean, error, **look(i), lw=1, capsize=2, label=str(rule))
        left.axhline(1e-3, color="0.6", lw=0.6, ls="--")
        left.set_ylabel(f"$|F - F_r|/|F_r|$, r: {found.rule.values[-1]}")
        right.set_ylabel("gradients")
        for ax in (left, right):
            ax.set_xscale("log")
            ax.set_yscale("log")
            ax.set_xlabel(TILDE)
        right.legend()
