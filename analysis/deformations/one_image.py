"""Smoothness of the filters of networks whose classes are deformations of one image each.

Left: total variation of the filters of each layer, means over networks with two standard
deviations; the dotted line is that of random filters, 1.87. Right, on a scale of its own: its mean
over layers against the strength of the deformations, with standard errors. After Ruderman,
Rabinowitz, Morcos & Zoran, *Pooling is neither necessary nor sufficient for appropriate deformation
stability in CNNs*, 2018, Fig. 5.
"""

import xarray as xr

from analysis.deformations.profiles import curves, start
from analysis.plotting.axes import means
from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, panels
from sweeps.deformations.one_image import RESULTS

opened = reader(RESULTS, "deformations one_image", "tv", "test_error", "filter_name")
RANDOM = 1.87


def figure(found: xr.Dataset) -> Figure:
    with panels(1, 2, of=found, figsize=(8.0, 3.2)) as (page, (left, right)):
        curves(left, found.tv, "strength", found.filter_name)
        strength = found.strength.values
        means(right, strength, found.tv.mean("filter").transpose("strength", "seed").values, 0)
        start(left, RANDOM)
        for ax in (left, right):
            ax.set(xlabel="layer", ylabel=r"$\mathrm{TV}(W)/||W||_1$")
        a = found.attrs
        left.set_title(f"{a['classes']} images of {a['dataset']}, {a['down']}")
        left.legend(title="strength (pixels)", ncols=2)
        right.set(xlabel="largest displacement (pixels)", title="mean over layers")
        right.set_xticks(strength)
    return page
