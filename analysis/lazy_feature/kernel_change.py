"""How much kernel and weights change, over decades of alpha (*Disentangling ...*, Figs. 5a, 9, 12).

||Theta - Theta_0|| / ||Theta_0|| against alpha and alpha~, its local power, and sqrt(h) |w - w_0| /
|w_0|. Lines are powers fitted in both regimes. A network of depth L that inflates its weights by
alpha~^(-1/(L+1)) has a kernel that grows like alpha~^(-2/(1 + 1/L)) (Eq. 24, Table 2); relu has a
regime of power -1/2 between (App. F).
"""

from contextlib import suppress

import numpy as np
import xarray as xr

from analysis.lazy_feature import estimates
from analysis.lazy_feature.estimates import opened as opened
from analysis.lazy_feature.regimes import TILDE, lines, title
from analysis.plotting.axes import means, power_line
from analysis.plotting.style import Axes, Figure, line_style, panels
from jamming.checks.errors import BadInput
from jamming.fits.power import power_law

CHANGE = r"$\Vert\Delta\Theta\Vert/\Vert\Theta_0\Vert$"
MOVED = r"$\sqrt{h}\;|w-w_0|/|w_0|$"


def figure(found: xr.Dataset) -> Figure:
    some = found.isel(dataset=[0], P=[0])
    heading = title(estimates.one_of(found), L="several depths" if found.L.size > 1 else "")
    alone = found.attrs.get("parametrisation") in ("mfp", "mup")
    tilde = r"$\tilde\alpha = \alpha$" if alone else TILDE
    with panels(2, 2, of=found, title=heading, figsize=(7.4, 5.8)) as (page, axes):
        (by_alpha, kernel), (local, weights) = axes
        for i, (parts, one, h) in enumerate(lines(some, some)):
            name = ", ".join(parts) or f"$h={h}$"
            x, y = estimates.against_alpha(one, "kernel_change", h)
            alpha = one.sel(h=h).at_alpha.values
            means(by_alpha, alpha, y, i, lw=0.8, capsize=None, ls="-", label=name)
            _with_powers(kernel, one, h, "kernel_change", i, name)
            local.plot(*estimates.local_slopes(x, y), **line_style(i), lw=1)
            _with_powers(weights, one, h, "weight_change", i, name, factor=h**0.5)
        for ax in axes.flat:
            ax.set(xscale="log", xlabel=r"$\alpha$" if ax is by_alpha else tilde)
        for ax in (by_alpha, kernel):
            ax.set(yscale="log", ylabel=CHANGE)
            ax.axhline(1, color="0.6", lw=0.6)
        by_alpha.legend()
        weights.set(yscale="log", ylabel=MOVED)
        for ax in (kernel, weights):
            ax.legend(title="powers")
        local.set_ylabel("local power of " + CHANGE)
        expected = {-1.0: "$-1$"} | {-2 / (1 + 1 / L): f"$L={L}$" for L in found.L.values.tolist()}
        expected |= {-0.5: "$-1/2$"} if found.attrs["activation"] == "relu" else {}
        right = local.get_yaxis_transform()
        for power, name in expected.items():
            local.axhline(power, color="0.6", lw=0.6, ls="--")
            local.text(1.0, power, name, fontsize=7, transform=right, va="bottom", ha="right")
    return page


def _with_powers(
    ax: Axes, one: xr.Dataset, h: int, name: str, i: int, label: str, factor: float = 1.0
) -> None:
    """The means of a variable against alpha~, and the powers fitted to it by regime."""
    x, y = estimates.against_alpha(one, name, h)
    means(ax, x, factor * y, i, lw=0.8, capsize=None, ls="")
    powers = []
    for regime in (estimates.FEATURE, estimates.LAZY):
        with suppress(BadInput):  # too few alpha~ there
            law = power_law(*estimates.against_alpha(one, name, h, *regime))
            ends = np.array([law.x_min / 3, law.x_max * 3])
            power_line(ax, ends, law, line_style(i)["color"], factor)
            powers.append(f"{law.exponent.value:.2f}")
    ax.plot([], [], **line_style(i), lw=1, label=f"{label}: {', '.join(powers) or 'no fit'}")
