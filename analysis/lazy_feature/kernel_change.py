"""How much kernel and weights change, over decades of alpha (*Disentangling ...*, Figs. 5a, 9, 12).

||Theta - Theta_0|| / ||Theta_0|| against alpha and alpha~, its local power, and sqrt(h) |w - w_0| /
|w_0|. Lines are powers fitted in both regimes. A network of depth L that inflates its weights by
alpha~^(-1/(L+1)) has a kernel that grows like alpha~^(-2/(1 + 1/L)) (Eq. 24, Table 2); relu has a
regime of power -1/2 between (App. F). ``python -m analysis lazy_feature.kernel_change STORE``, a
folder of `sweeps.lazy_feature.regimes`.
"""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.lazy_feature.estimates import (
    FEATURE,
    LAZY,
    against_alpha,
    law,
    local_slopes,
    one_of,
)
from analysis.lazy_feature.estimates import opened as opened
from analysis.lazy_feature.regimes import TILDE, title
from analysis.plotting.axes import means
from analysis.plotting.style import line_style, panels
from jamming.checks.errors import BadInput
from jamming.fits.power import PowerLaw

CHANGE = r"$\Vert\Delta\Theta\Vert/\Vert\Theta_0\Vert$"
MOVED = r"$\sqrt{h}\;|w-w_0|/|w_0|$"


def figure(found: xr.Dataset) -> Figure:
    """Changes of kernel and weights, and the local power, against alpha~."""
    with panels(2, 2, of=found, figsize=(7.4, 5.8)) as (page, axes):
        heading = title(one_of(found))
        if found.L.size > 1:
            heading = heading.replace(f"$L={found.L.values[0]}$", "several depths")
        page.suptitle(heading, fontsize=9)
        for i, (name, one, h) in enumerate(_lines(found)):
            _line(axes[0, 0], one, h, "kernel_change", i, name, alpha=True)
            power = _line(axes[0, 1], one, h, "kernel_change", i)
            axes[0, 1].plot([], [], **line_style(i), lw=1, label=f"{name}: {_said(power)}")
            x, slope = local_slopes(one, "kernel_change", h)
            axes[1, 0].plot(x, slope, **line_style(i), lw=1)
            power = _line(axes[1, 1], one, h, "weight_change", i, factor=h**0.5)
            axes[1, 1].plot([], [], **line_style(i), lw=1, label=f"{name}: {_said(power)}")
        _finish(axes, found)
    return page


def _lines(found: xr.Dataset) -> Iterator[tuple[str, xr.Dataset, int]]:
    """(name, results, width) of each line."""
    for L in found.L.values:
        one = one_of(found, L=int(L))
        for h in one.h.values:
            several = [f"$L={L}$"] * (found.L.size > 1) + [f"$h={h}$"] * (found.h.size > 1)
            yield ", ".join(several) or f"$h={h}$", one, int(h)


def _line(
    ax: Axes,
    one: xr.Dataset,
    h: int,
    name: str,
    i: int,
    label: str | None = None,
    *,
    alpha: bool = False,
    factor: float = 1.0,
) -> dict[str, PowerLaw]:
    """The means of a variable, and, against alpha~, the powers fitted to it by regime."""
    x, y = against_alpha(one, name, h)
    at = one.sel(h=h).at_alpha.values.astype(float) if alpha else x
    line = {"lw": 0.8, "capsize": None, "ls": "-" if alpha else "", "label": label}
    means(ax, at, factor * y, i, **line)
    powers: dict[str, PowerLaw] = {}
    for regime, (low, high) in {"feature": FEATURE, "lazy": LAZY}.items():
        try:
            found = law(one, name, h, low, high)
        except BadInput:  # too few alpha~ there
            continue
        powers[regime] = found
        if not alpha:
            ends = np.array([found.x_min / 3, found.x_max * 3])
            fitted = factor * found.prefactor.value * ends**found.exponent.value
            ax.plot(ends, fitted, color=line_style(i)["color"], lw=0.8)
    return powers


def _said(powers: dict[str, PowerLaw]) -> str:
    return ", ".join(f"{one.exponent.value:.2f}" for one in powers.values()) or "no fit"


def _finish(axes: np.ndarray, found: xr.Dataset) -> None:
    for ax in axes.flat:
        ax.set_xscale("log")
        ax.set_xlabel(TILDE)
    axes[0, 0].set_xlabel(r"$\alpha$")
    for ax, name in ((axes[0, 0], CHANGE), (axes[0, 1], CHANGE), (axes[1, 1], MOVED)):
        ax.set_yscale("log")
        ax.set_ylabel(name)
    for ax in axes[0]:
        ax.axhline(1, color="0.6", lw=0.6)
    axes[0, 0].legend()
    axes[0, 1].legend(title="powers", title_fontsize=7.5)
    axes[1, 1].legend(title="powers", title_fontsize=7.5)
    axes[1, 0].set_ylabel("local power of " + CHANGE)
    references = {-1.0: "$-1$"} | {-2 / (1 + 1 / L): f"$L={L}$" for L in map(int, found.L.values)}
    if found.attrs["activation"] == "relu":
        references[-0.5] = "$-1/2$"
    for power, name in references.items():
        axes[1, 0].axhline(power, color="0.6", lw=0.6, ls="--")
        axes[1, 0].text(
            1.0,
            power,
            name,
            fontsize=7,
            transform=axes[1, 0].get_yaxis_transform(),
            va="bottom",
            ha="right",
        )
