"""First-layer filters of a trained network, and the Gabor functions that are closest to them.

Left: filters of one network above their fits, those that are best explained first. Right: what
share of filters, of all networks, has less explained than so much, beside the controls.
"""

import numpy as np
import xarray as xr

from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, panels
from sweeps.foundations.filters import RESULTS, STATES

opened = reader(RESULTS, "foundations filters", "explained", "filters", "fits")

SHOWN = 8  # columns of filters, in two rows of pairs
LABELS = {"trained": "trained", "init": "at the start", "shuffled": "pixels shuffled"}


def figure(found: xr.Dataset) -> Figure:
    attrs = found.attrs
    title = f"{attrs['dataset']}, P = {attrs['P']}, {attrs['network']}"
    with panels(1, 2, of=found, figsize=(10, 3.8), title=title) as (page, axes):
        one = found.isel(seed=0)
        best = np.argsort(one.explained.sel(state="trained").values)[::-1][: 2 * SHOWN]
        rows = [
            np.concatenate([_tile(one[name].values[i]) for i in best[at : at + SHOWN]], 1)
            for at in range(0, len(best), SHOWN)
            for name in ("filters", "fits")
        ]
        wide = max(row.shape[1] for row in rows)
        page_of = [np.pad(r, [(0, 0), (0, wide - r.shape[1]), (0, 0)], "edge") for r in rows]
        axes[0].imshow(np.concatenate(page_of))
        axes[0].set(xticks=[], yticks=[], xlabel="filters", ylabel="fit, filter, fit, filter")
        for i, state in enumerate(STATES):
            values = np.sort(found.explained.sel(state=state).values.ravel())
            share = (1 + np.arange(values.size)) / values.size
            axes[1].step(values, share, where="post", color=f"C{i}", label=LABELS[state])
        axes[1].axvline(0.5, color="0.7", lw=0.8)
        axes[1].set(xlabel="explained by a Gabor function", ylabel="share of filters", xlim=(0, 1))
        axes[1].legend()
    return page


def _tile(psi: np.ndarray) -> np.ndarray:
    """A filter [k, k, C] as a picture [k + 1, k + 1, 3], 0 in grey, with a white border."""
    k, _, C = psi.shape
    picture = np.ones((k + 1, k + 1, 3))
    colours = psi if C == 3 else np.repeat(psi.mean(-1, keepdims=True), 3, -1)
    picture[:k, :k] = 0.5 + 0.5 * colours / np.abs(colours).max()
    return picture
