"""Test errors of networks that collapse phases or reduce amplitudes, with and without a skip.

Means over networks, each with its own training set (dots), and their standard errors. After F.
Guth, J. Zarka & S. Mallat, *Phase collapse in neural networks*, ICLR 2022, Tables 1 and 2.
"""

import numpy as np
import xarray as xr

from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Figure, panels
from analysis.plotting.style import save as save
from jamming.fits.seeds import mean_and_error
from sweeps.scattering.collapse_command import SKIP
from sweeps.scattering.phase_collapse import RESULTS

opened = reader(RESULTS, "scattering phase_collapse", "test_error")

TITLES = {
    "scat": "scattering,\nfixed",
    "pc": "phase\ncollapse",
    "at": "soft\nthreshold",
    "as": "sigmoid",
    "ac": "amplitude\ncollapse",
    "linear": "linear",
}


def figure(found: xr.Dataset) -> Figure:
    """A group of bars for each nonlinearity, of the deepest networks."""
    one = found.test_error.isel(depth=-1)
    names = [str(name) for name in one.network.values]
    variants = list(dict.fromkeys(name.removesuffix(SKIP) for name in names))
    with panels(of=found, figsize=(1.0 * len(variants) + 1.2, 3.2)) as (page, ax):
        for i, (end, label) in enumerate((("", "without skip"), (SKIP, "with skip"))):
            there = [(k, f"{v}{end}") for k, v in enumerate(variants) if f"{v}{end}" in names]
            if not there:
                continue
            rows = 100 * np.stack([one.sel(network=name).values for _, name in there])
            mean, error = mean_and_error(rows)
            other = SKIP if not end else ""
            beside = np.array([f"{variants[k]}{other}" in names for k, _ in there])
            x = np.array([k for k, _ in there]) + 0.4 * (i - 0.5) * beside
            look = {"color": COLOURS[i], "alpha": 0.75, "ecolor": "0.1", "capsize": 2}
            ax.bar(x, mean, 0.38, yerr=np.nan_to_num(error), label=label, **look)
            apart = np.linspace(-0.12, 0.12, rows.shape[1]) if rows.shape[1] > 1 else np.zeros(1)
            ax.plot((x[:, None] + apart).ravel(), rows.ravel(), ".", color="0.25", ms=2.5)
        ax.set_xticks(np.arange(len(variants)), [TITLES[v] for v in variants])
        ax.set(ylabel="test error (%)", xlabel="what becomes of wavelet coefficients")
        ax.set_title(f"{found.attrs['dataset']}, {found.attrs['P']} training images")
        ax.legend()
    return page
