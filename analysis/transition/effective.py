"""N_eff against the number of parameters: what is lost is one for each hidden neuron.

(Spigler et al., *A jamming transition from under- to over-parametrization ...*, 2019, Fig. A1.)
"""

import numpy as np
import xarray as xr

from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, line_style, panels
from sweeps.transition.effective import RESULTS

opened = reader(RESULTS, "transition effective", "dataset", "N", "N_all", "N_eff", "neurons")


def figure(found: xr.Dataset) -> Figure:
    """N_eff against N, and what is lost against the hidden neurons."""
    with panels(1, 2, of=found, figsize=(7.4, 3.2)) as (page, (left, right)):
        for i, (name, mine) in enumerate(found.groupby("dataset")):
            shape = line_style(i) | {"ls": "", "mew": 0, "alpha": 0.7, "label": str(name)}
            left.plot(mine.N, mine.N_eff, **shape)
            # side by side, as they coincide
            right.plot(mine.neurons * 1.03**i, mine.N_all - mine.N_eff, **shape)
        for ax, name in ((left, "N"), (right, "neurons")):
            x = np.sort(found[name].values)
            ax.plot(x, x, "k-", lw=0.8, zorder=0, label="$N$" if ax is left else None)
            ax.set(xscale="log", yscale="log")
        left.set(xlabel="$N$, weights", ylabel=r"$N_\mathrm{eff}$")
        right.set(xlabel="hidden neurons   (line: equal)", ylabel=r"parameters $- N_\mathrm{eff}$")
        left.legend()
    return page
