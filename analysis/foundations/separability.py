"""How well the layers of a network separate classes, before and after training.

Means over networks with their standard errors: test errors of the nearest training image and of a
linear probe, and distances within a class beside those between, on spatially averaged features.
"""

import numpy as np
import xarray as xr

from analysis.plotting.axes import means
from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, panels
from sweeps.foundations.separability import RESULTS

opened = reader(RESULTS, "foundations separability", "nearest", "probe", "contraction")

TITLES = {
    "nearest": "error of the nearest neighbour",
    "probe": "error of a linear probe",
    "contraction": "distances$^2$, within / between",
}
STYLES = {"init": "at the start", "trained": "trained"}


def figure(found: xr.Dataset) -> Figure:
    attrs = found.attrs
    title = f"{attrs['dataset']}, P = {attrs['P']}, {attrs['network']}"
    with panels(1, 3, of=found, figsize=(10, 3.4), title=title) as (page, axes):
        at = np.arange(float(found.sizes["layer"]))
        for ax, (name, said) in zip(axes, TITLES.items(), strict=True):
            for i, (state, label) in enumerate(STYLES.items()):
                rows = found[name].sel(state=state).transpose("layer", "seed").values
                means(ax, at, rows, i, label=label)
            ax.set_xticks(at, [str(layer) for layer in found.layer_name.values], rotation=60)
            ax.set(xlabel="layer", ylabel=said, ylim=(0, None))
        axes[0].legend()
    return page
