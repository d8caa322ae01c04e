"""Energies of small molecules: errors of networks that see different things, and predictions.

Left: root mean square errors in test (bars, with standard errors over networks with molecules of
their own, dots). Right: predicted against true energies of the molecules of one seed (T. Cohen,
M. Geiger, J. Koehler & M. Welling, *Spherical CNNs*, ICLR 2018, Table 3).
"""

import numpy as np
import xarray as xr

from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Figure, panels
from analysis.plotting.style import save as save
from jamming.fits.seeds import mean_and_error
from sweeps.equivariance.molecules import RESULTS

opened = reader(RESULTS, "equivariance molecules", "rmse")


def figure(found: xr.Dataset) -> Figure:
    names = [str(name) for name in found.network.values]
    unit = "kcal/mol" if found.attrs["dataset"] == "random" else "units of the file"
    with panels(1, 2, of=found, figsize=(7.2, 3)) as (page, (left, right)):
        rows = found.rmse.transpose("network", "seed").values
        mean, error = mean_and_error(rows)
        at, n = np.arange(len(names)), rows.shape[1]
        colours = [COLOURS[i % len(COLOURS)] for i in at]
        look = {"color": colours, "alpha": 0.75, "ecolor": "0.1", "capsize": 3}
        left.bar(at, mean, 0.7, yerr=np.nan_to_num(error), **look)
        apart = np.linspace(-0.2, 0.2, n) if n > 1 else np.zeros(1)
        left.plot((at[:, None] + apart).ravel(), rows.ravel(), ".", color="0.25", ms=3)
        left.set_xticks(at, [name.replace(" ", "\n") for name in names])
        left.set(xlabel="learnt from", ylabel=f"RMSE in test ({unit})")
        left.set_title(f"{found.attrs['P']} training molecules")
        for i, name in enumerate(names):
            one = found.isel(seed=0).sel(network=name)
            right.plot(one.energy, one.predicted, ".", ms=2.5, color=colours[i], label=name)
        ends = [float(found.energy.isel(seed=0).min()), float(found.energy.isel(seed=0).max())]
        right.plot(ends, ends, "-", color="0.3", lw=0.8)
        right.set(xlabel=f"energy ({unit})", ylabel="predicted")
        right.legend(fontsize=7, markerscale=3)
    return page
