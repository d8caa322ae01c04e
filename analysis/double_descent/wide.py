"""How initial weights matter less and less as networks grow wide.

Fluctuations of the tangent kernel at the start, its change in training, the variance of outputs at
the start, and how far the square loss comes to from the closed form of a kernel that stays as it
was, all against h (Geiger et al., *Scaling description ...*, 2020, sec. 5 and App. C and D).
"""

from contextlib import suppress

import xarray as xr

from analysis.plotting.axes import drawn, guide, width_ticks, with_interval
from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Figure, legend_above, panels
from jamming.checks.errors import BadInput
from jamming.fits.power import power_law
from jamming.fits.seeds import mean_over_seeds
from sweeps.double_descent.wide_limit import RESULTS

PANELS = {  # variable: what it is called, the power of h that is expected
    "fluctuation": (r"$\|\Theta - \langle\Theta\rangle\| / \|\langle\Theta\rangle\|$, start", -0.5),
    "kernel_change": (r"$\|\Theta - \Theta_0\| / \|\Theta_0\|$, end", -1.0),
    "independent": (r"variance of $f$, start", 0.0),
    "deviation": ("distance to the closed form", -0.5),
}
opened = reader(RESULTS, "double_descent wide_limit", "h", "orthogonal", *PANELS)


def figure(found: xr.Dataset) -> Figure:
    h = found.h.values.astype(float)
    with panels(2, 2, of=found, figsize=(6.4, 5.0), sharex=True) as (page, axes):
        for ax, (name, (text, expected)) in zip(axes.ravel(), PANELS.items(), strict=True):
            y = found[name].values
            drawn(ax, h, y, 0)
            below = 0.6 * mean_over_seeds(y)[0]
            guide(ax, h[[0, -1]], below, expected, f"slope {expected:g}", "k:")
            with suppress(BadInput):  # too few widths, or one with a run that diverged
                fitted = with_interval(power_law(h, y).exponent)
                ax.plot([], [], " ", label=f"fitted: {fitted}")
            ax.set(xscale="log", yscale="log", ylabel=text)
            width_ticks(ax.xaxis, h)
        change, variance = axes[0, 1], axes[1, 0]
        first = 1.5 * mean_over_seeds(found.kernel_change.values)[0]
        guide(change, h[[0, -1]], first, -0.5, "slope -0.5", "k-.")
        drawn(variance, h, found.orthogonal.values, 1, "orthogonal weights")
        variance.plot([], [], "o-", color=COLOURS[0], ms=3.5, lw=1, label="independent ones")
        for ax in axes.ravel():
            legend_above(ax)
        for ax in axes[1]:
            ax.set_xlabel("width $h$")
    return page
