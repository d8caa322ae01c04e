"""The error of the average of n networks.

Left: the error against n, above the limit that is fitted. Middle: the distance delta between the
boundary of the average and that of the average of all others. Right: one against the other. Lines:
1/n, 1/sqrt(n), delta^2 (Geiger et al., *Scaling description of generalization ...*, 2020, Fig. 4).
"""

import xarray as xr

from analysis.double_descent.estimates import averages, heading, scan
from analysis.double_descent.estimates import opened as opened
from analysis.plotting.axes import drawn, guide
from analysis.plotting.style import Figure, panels
from jamming.checks.errors import BadInput
from jamming.fits.power import corrected
from jamming.fits.seeds import mean_over_seeds


def figure(found: xr.Dataset) -> Figure:
    """Errors and distances of averages of n networks; of several P or depths, the last."""
    of = averages(scan(found))
    n, error, deltas = of.n.values.astype(float), of.error.values, of.delta.values
    try:
        law = corrected(n, error, (-1.0,))
        limit, single = law.floor.value, law.prefactors[0].value
    except BadInput:  # three sizes: through the ends
        limit, single = float(error[-1].mean()), float((error[0] - error[-1]).mean())
    delta = mean_over_seeds(deltas)
    title = f"{heading(found)},  $h = {float(of.h):g}$,  $N = {float(of.N):.0f}$"
    with panels(1, 3, of=found, title=title, figsize=(9.0, 3.0)) as (page, axes):
        left, middle, right = axes
        drawn(left, n, error - limit, 0)
        guide(left, n, single, -1.0, r"$\propto 1/n$")
        left.set_ylabel(rf"$\epsilon^n - \bar\epsilon$,   $\bar\epsilon = {limit:.4f}$ fitted")
        drawn(middle, n, deltas, 0)
        guide(middle, n, delta[0], -0.5, r"$\propto n^{-1/2}$")
        middle.set_ylabel(r"$\delta$")
        drawn(right, delta, error - limit, 0, lw=0.0)
        guide(right, delta[[0, -1]], single, 2.0, r"$\propto \delta^2$")
        right.set(xlabel=r"$\delta$", ylabel=r"$\epsilon^n - \bar\epsilon$")
        for ax in axes:
            ax.set(xscale="log", yscale="log")
            ax.legend()
        for ax in (left, middle):
            ax.set_xlabel("networks averaged, $n$")
            ax.set_xticks(n, [f"{size:g}" for size in n])
            ax.minorticks_off()
    return page
