"""Textures and phases before and after a modulus.

Test errors of linear classifiers of two textures; Theorem 1 for random signals and for the one of
which it leaves least; by how little unitary matrices make coefficients of random phases sparser
(F. Guth, J. Zarka & S. Mallat, *Phase collapse in neural networks*, 2022, Theorems 1 and 3).
"""

import math

import numpy as np
import xarray as xr

from analysis.plotting.axes import means, plain_ticks
from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Figure, panels
from analysis.plotting.style import save as save
from jamming.fits.seeds import mean_and_error
from sweeps.scattering.properties import DIMS, RESULTS

opened = reader(RESULTS, "scattering properties", *DIMS)


def figure(found: xr.Dataset) -> Figure:
    with panels(1, 3, of=found, figsize=(12, 3.2)) as (page, (error, shift, mixed)):
        names = found.feature.values
        mean, bars = mean_and_error(100 * found.texture_error.transpose("feature", "seed").values)
        error.bar(
            np.arange(len(names)), mean, yerr=np.nan_to_num(bars), color=COLOURS[0], capsize=2
        )
        error.axhline(50, color="0.6", lw=0.8, zorder=0)
        error.set_xticks(np.arange(len(names)), names)
        error.set(
            xlabel="features",
            ylabel="test error (%)",
            title="two Gaussian textures, linear classifiers",
        )
        for i, scale in enumerate(found.scale.values):
            for name, line in (("shift_worst", "-"), ("shift_random", ":")):
                rows = found[name].sel(scale=scale).transpose("moved", "seed").values
                label = f"scale {scale}" if line == "-" else None
                means(shift, found.moved.values.astype(float), rows, i, ls=line, label=label)
        shift.set(xscale="log", yscale="log", xlabel="shift (samples)")
        shift.set(ylabel="error / bound", title="a shift is a phase (dotted: noise)")
        shift.axhline(1, color="0.6", lw=0.8, zorder=0)
        plain_ticks(shift.xaxis, found.moved.values)
        shift.legend()
        for i, amplitude in enumerate(found.amplitude.values):
            rows = found.mixed.sel(amplitude=amplitude).transpose("d", "seed").values
            means(mixed, found.d.values.astype(float), rows, i, label=f"{amplitude} amplitudes")
        mixed.axhline(math.sqrt(math.pi) / 2, color="k", ls="--", lw=0.9, label=r"$\sqrt{\pi}/2$")
        mixed.set(xscale="log", xlabel="$d$", title="sparsest unitary $D$ found")
        mixed.set_ylabel(r"$E\|DX\|_1 / E\|X\|_1$")
        plain_ticks(mixed.xaxis, found.d.values)
        mixed.legend()
    return page
