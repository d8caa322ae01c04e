"""Test errors of networks of more and more octaves, by what becomes of wavelet coefficients.

Means over networks, each with its own training set, with their standard errors. (F. Guth, J. Zarka
& S. Mallat, *Phase collapse in neural networks*, ICLR 2022, section 4.)
"""

import xarray as xr

from analysis.plotting.axes import means
from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, panels
from analysis.plotting.style import save as save
from analysis.scattering.collapse import TITLES
from sweeps.scattering.collapse_command import SKIP
from sweeps.scattering.phase_collapse import RESULTS

opened = reader(RESULTS, "scattering phase_collapse", "test_error")


def figure(found: xr.Dataset) -> Figure:
    """A line for each network."""
    with panels(of=found, figsize=(4.5, 3.2)) as (page, ax):
        for i, name in enumerate(map(str, found.network.values)):
            rows = 100 * found.test_error.sel(network=name).transpose("depth", "seed").values
            label = TITLES[name.removesuffix(SKIP)].replace("\n", " ")
            means(
                ax,
                found.depth.values.astype(float),
                rows,
                i,
                label=label + ", skip" * name.endswith(SKIP),
            )
        ax.set_xticks(found.depth.values)
        ax.set(
            xlabel="octaves, each with a learnt operator", ylabel="test error (%)", ylim=(0, None)
        )
        ax.set_title(f"{found.attrs['dataset']}, {found.attrs['P']} training images")
        ax.legend()
    return page
