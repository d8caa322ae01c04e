"""Gradients and speeds at the start against the width (*Disentangling ...*, Eqs. 20-22, Fig. 11).

Root mean square of df/dW of each layer and of dz~/dt of each hidden one, with the powers fitted.
"""

import xarray as xr

from analysis.plotting.axes import means, over_widths, with_interval
from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, legend_above, panels
from jamming.fits.power import power_law
from sweeps.lazy_feature.initial_scales import RESULTS

opened = reader(RESULTS, "lazy_feature initial_scales", "gradient", "velocity")
LABELS = {"gradient": r"$\partial f/\partial W^\ell$", "velocity": r"$\dot{\tilde z}^\ell$"}


def figure(found: xr.Dataset) -> Figure:
    h, a = found.h.values.astype(float), found.attrs
    title = rf"{a['dataset']},  $P={a['P']}$,  $L={a['L']}$,  $\alpha={a['alpha']:g}$"
    with panels(1, 2, of=found, title=title, figsize=(7.4, 3.4)) as (page, axes):
        for ax, (name, label) in zip(axes, LABELS.items(), strict=True):
            one = found[name].dropna("layer", how="all")  # the read-out has no nonlinearity
            for i, layer in enumerate(one.layer.values):
                y, said = one.sel(layer=layer).transpose("h", "seed").values, rf"$\ell={layer}$"
                if h.size > 2:
                    power = with_interval(power_law(h, y).exponent, r"\;")
                    said += f": ${power}$"
                means(ax, h, y, i, lw=0.8, label=said)
            over_widths(ax, h)
            ax.set(yscale="log", ylabel=f"{label} at $t=0$, root mean square")
            legend_above(ax, title="power of $h$")
    return page
