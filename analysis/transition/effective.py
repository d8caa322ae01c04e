"""N_eff against the number of parameters: what is lost is one for each hidden neuron.

(Spigler et al., *A jamming transition from under- to over-parametrization affects generalization
in deep learning*, 2019, Fig. A1.) ``python -m analysis transition.effective STORE``, a folder of
`sweeps.transition.effective`.
"""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.plotting.stored import stored
from analysis.plotting.style import line_style, panels
from sweeps.transition.effective import RESULTS


def opened(folder: Path) -> xr.Dataset:
    """The results of the sweep.

    Raises:
        BadInput: there are none, or they are damaged.
    """
    lacking = "holds no N_eff: measure them with python -m sweeps.transition effective"
    return stored(folder / RESULTS, lacking, "dataset", "N", "N_all", "N_eff", "neurons")


def figure(found: xr.Dataset) -> Figure:
    """N_eff against N, and what is lost against the hidden neurons."""
    with panels(1, 2, of=found, figsize=(7.4, 3.2)) as (page, (left, right)):
        for i, name in enumerate(sorted(set(found.dataset.values.astype(str)))):
            mine = found.isel(run=found.dataset.values.astype(str) == name)
            shape = line_style(i) | {"ls": "", "mew": 0, "alpha": 0.7}
            left.plot(mine.N, mine.N_eff, label=name, **shape)
            # side by side, as they coincide
            right.plot(mine.neurons * 1.03**i, mine.N_all - mine.N_eff, label=name, **shape)
        N = np.sort(found.N.values)
        left.plot(N, N, "k-", lw=0.8, zorder=0, label="$N$")
        right.plot(*[np.sort(found.neurons.values)] * 2, "k-", lw=0.8, zorder=0)
        for ax in (left, right):
            ax.set_xscale("log")
            ax.set_yscale("log")
        left.set_xlabel("$N$, weights")
        left.set_ylabel(r"$N_\mathrm{eff}$")
        right.set_xlabel("hidden neurons   (line: equal)")
        right.set_ylabel(r"parameters $- N_\mathrm{eff}$")
        left.legend()
    return page
