"""What the top eigenvectors of the tangent kernel know of the labels, before and after learning.

(Geiger, Petrini & Wyart, *Landscape and training regimes in deep learning*, Fig. 10.) ``python -m
analysis.learning_curves.kernel_pca STORE``, a folder of `sweeps.learning_curves.stripe` or of
`sweeps.lazy_feature.gram`.
"""

from io import BytesIO
from pathlib import Path

import numpy as np
import xarray as xr

from analysis.learning_curves import stripe
from analysis.plotting.figure import Figure
from analysis.plotting.style import COLOURS, drawing
from sweeps.engine.store.sealed import read_results
from sweeps.lazy_feature import gram

BARS = {"start": ("at initialisation", COLOURS[1]), "end": ("after learning", COLOURS[0])}


def opened(folder: Path) -> xr.Dataset:
    """The results of either sweep, those of `sweeps.lazy_feature.gram` at their smallest alpha~.

    Raises:
        BadInput: there are none, or they are damaged.
    """
    if not (folder / gram.RESULTS).is_file():
        return stripe.opened(folder)
    return gram.most_learnt(read_results(folder / gram.RESULTS, "theta", "pca_omega2", "pca_bits"))


def draw(found: xr.Dataset, target: str | Path | BytesIO) -> None:
    """Draw the figure into a file."""
    with drawing(target, 1, 2, of=found, figsize=(7.4, 2.9)) as (_, (left, right)):
        for ax, name in ((left, "pca_bits"), (right, "pca_omega2")):
            for i, (moment, (label, colour)) in enumerate(BARS.items()):
                rows = found[name].sel(moment=moment).values  # [set, eigenvector]
                sets = max(1, len(rows))
                error = rows.std(0, ddof=1) / np.sqrt(sets) if sets > 1 else None
                ax.bar(
                    np.arange(1, rows.shape[1] + 1) + 0.4 * (i - 0.5),
                    rows.mean(0),
                    0.4,
                    yerr=error,
                    color=colour,
                    error_kw={"lw": 0.8},
                    label=f"{label}, sum {rows.sum(1).mean():.2f}",
                )
            ax.set_xticks(range(1, found.sizes["eigenvector"] + 1))
            ax.set_ylim(top=1.25 * ax.get_ylim()[1])  # room for the legend
            ax.set_xlabel(r"rank of the eigenvector $\phi_\lambda$")
            ax.legend()
        left.set_ylabel(r"$I(\phi_\lambda;\, y)$ in bits")
        right.set_ylabel(r"$\omega_\lambda^2 = (\phi_\lambda \cdot y)^2 / |y|^2$")
        left.set_title(f"{found.attrs['dataset']},  $P={found.attrs['pca_P']}$", fontsize=9)


KERNEL_PCA = (
    Figure("kernel-pca", "stripe", "kernel PCA before and after learning, stripe", opened, draw),
    Figure("kernel-pca-cnn", "gram-cnn", "kernel PCA of a CNN on MNIST", opened, draw),
)
