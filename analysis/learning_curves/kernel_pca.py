"""What the top eigenvectors of the tangent kernel know of the labels, before and after learning.

(Geiger, Petrini & Wyart, *Landscape and training regimes in deep learning*, Fig. 10.)
"""

from pathlib import Path

import numpy as np
import xarray as xr

from analysis.learning_curves import stripe
from analysis.plotting.style import COLOURS, Figure, panels
from jamming.fits.seeds import mean_and_error
from sweeps.engine.store.sealed import read_results
from sweeps.lazy_feature import gram

BARS = {"start": ("at initialisation", COLOURS[1]), "end": ("after learning", COLOURS[0])}


def opened(folder: Path) -> xr.Dataset:
    """Of either sweep, that of `sweeps.lazy_feature.gram` at its least alpha~; BadInput of none."""
    if not (folder / gram.RESULTS).is_file():
        return stripe.opened(folder)
    return gram.most_learnt(read_results(folder / gram.RESULTS, "theta", "pca_omega2", "pca_bits"))


def figure(found: xr.Dataset) -> Figure:
    """What the top eigenvectors know of the labels, a bar for each at both moments."""
    ranks = np.arange(1, found.sizes["eigenvector"] + 1)
    with panels(1, 2, of=found, figsize=(7.4, 2.9)) as (page, (left, right)):
        for ax, name in ((left, "pca_bits"), (right, "pca_omega2")):
            for i, (moment, (label, colour)) in enumerate(BARS.items()):
                rows = found[name].sel(moment=moment).values  # [set, eigenvector]
                mean, error = mean_and_error(rows.T)
                bars = error if np.isfinite(error).any() else None
                shape = {"color": colour, "label": f"{label}, sum {rows.sum(1).mean():.2f}"}
                ax.bar(ranks + 0.4 * (i - 0.5), mean, 0.4, yerr=bars, error_kw={"lw": 0.8}, **shape)
            ax.set(xticks=ranks, xlabel=r"rank of the eigenvector $\phi_\lambda$")
            ax.set_ylim(top=1.25 * ax.get_ylim()[1])  # room for the legend
            ax.legend()
        title = f"{found.attrs['dataset']},  $P={found.attrs['pca_P']}$"
        left.set(ylabel=r"$I(\phi_\lambda;\, y)$ in bits", title=title)
        right.set_ylabel(r"$\omega_\lambda^2 = (\phi_\lambda \cdot y)^2 / |y|^2$")
    return page
