"""How much kernel and weights change, over decades of alpha (*Disentangling ...*, Figs. 5a, 9, 12).

||Theta - Theta_0|| / ||Theta_0|| against alpha and alpha~, its local power, and sqrt(h) |w - w_0| /
|w_0|. Lines are powers fitted in both regimes. A network of depth L that inflates its weights by
alpha~^(-1/(L+1)) has a kernel that grows like alpha~^(-2/(1 + 1/L)) (Eq. 24, Table 2); relu has a
regime of power -1/2 between (App. F).
"""

from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import xarray as xr

from analysis.lazy_feature import estimates
from analysis.lazy_feature.estimates import opened as opened
from analysis.lazy_feature.regimes import TILDE, title
from analysis.plotting.axes import means, power_line
from analysis.plotting.style import Axes, Figure, line_style, panels
from jamming.checks.errors import BadInput

CHANGE = r"$\Vert\Delta\Theta\Vert/\Vert\Theta_0\Vert$"
MOVED = r"$\sqrt{h}\;|w-w_0|/|w_0|$"


def figure(found: xr.Dataset) -> Figure:
    """Changes of kernel and weights, and the local power, against alpha~."""
    heading = title(estimates.one_of(found))
    if found.L.size > 1:
        heading = heading.replace(f"$L={found.L.values[0]}$", "several depths")
    with panels(2, 2, of=found, title=heading, figsize=(7.4, 5.8)) as (page, axes):
        (by_alpha, kernel), (local, weights) = axes
        for i, (name, one, h) in enumerate(_lines(found)):
            _, y = estimates.against_alpha(one, "kernel_change", h)
            alpha = one.sel(h=h).at_alpha.values
            means(by_alpha, alpha, y, i, lw=0.8, capsize=None, ls="-", label=name)
            _with_powers(kernel, one, h, "kernel_change", i, name)
            x, slope = estimates.local_slopes(one, "kernel_change", h)
            local.plot(x, slope, **line_style(i), lw=1)
            _with_powers(weights, one, h, "weight_change", i, name, factor=h**0.5)
        for ax in (by_alpha, kernel):
            ax.set(yscale="log", ylabel=CHANGE)
            ax.axhline(1, color="0.6", lw=0.6)
        by_alpha.legend()
        weights.set(yscale="log", ylabel=MOVED)
        for ax in (kernel, weights):
            ax.legend(title="powers")
        _references(local, found)
        for ax in axes.flat:
            ax.set(xscale="log", xlabel=r"$\alpha$" if ax is by_alpha else TILDE)
    return page


def _lines(found: xr.Dataset) -> Iterator[tuple[str, xr.Dataset, int]]:
    """(name, results, width) of each line."""
    for L in found.L.values:
        one = estimates.one_of(found, L=int(L))
        for h in one.h.values:
            several = [f"${k}={v}$" for k, v in (("L", L), ("h", h)) if found[k].size > 1]
            yield ", ".join(several) or f"$h={h}$", one, int(h)


def _with_powers(
    ax: Axes, one: xr.Dataset, h: int, name: str, i: int, label: str, factor: float = 1.0
) -> None:
    """The means of a variable against alpha~, and the powers fitted to it by regime."""
    x, y = estimates.against_alpha(one, name, h)
    means(ax, x, factor * y, i, lw=0.8, capsize=None, ls="")
    powers = []
    for regime in (estimates.FEATURE, estimates.LAZY):
        with suppress(BadInput):  # too few alpha~ there
            law = estimates.law(one, name, h, *regime)
            ends = np.array([law.x_min / 3, law.x_max * 3])
            power_line(ax, ends, law, line_style(i)["color"], factor)
            powers.append(f"{law.exponent.value:.2f}")
    ax.plot([], [], **line_style(i), lw=1, label=f"{label}: {', '.join(powers) or 'no fit'}")


def _references(ax: Axes, found: xr.Dataset) -> None:
    """The powers that are expected."""
    ax.set_ylabel("local power of " + CHANGE)
    references = {-1.0: "$-1$"} | {-2 / (1 + 1 / L): f"$L={L}$" for L in map(int, found.L.values)}
    if found.attrs["activation"] == "relu":
        references[-0.5] = "$-1/2$"
    right = ax.get_yaxis_transform()
    for power, name in references.items():
        ax.axhline(power, color="0.6", lw=0.6, ls="--")
        ax.text(1.0, power, name, fontsize=7, transform=right, va="bottom", ha="right")
