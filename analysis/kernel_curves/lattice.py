"""The exact error of kernels on lattices, and its exponents between neighbouring sizes.

(Spigler, Geiger & Wyart, *Asymptotic learning curves of kernel methods: empirical data versus
teacher-student paradigm*, 2020, Theorem 1 and Eq. 39.)
"""

import numpy as np
import xarray as xr

from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, line_style, panels
from analysis.plotting.style import save as save
from sweeps.kernel_curves.lattice import RESULTS

opened = reader(RESULTS, "kernel_curves lattice", "mse", "slope", "theorem")


def figure(found: xr.Dataset) -> Figure:
    columns = 1 + found.sizes["d"]
    with panels(1, columns, of=found, figsize=(3.3 * columns, 3.4)) as (page, axes):
        n = found.n.values.astype(float)
        for ax, d in zip(axes, found.d.values, strict=False):
            for i, nu in enumerate(found.nu.values):
                one = found.sel(d=d, nu=nu)
                ax.plot(n, one.mse.values, **line_style(i), lw=1, label=f"{nu:g}")
                law = float(one.mse[-1]) * (n / n[-1]) ** -float(one.theorem)
                ax.plot(n, law, color=line_style(i)["color"], lw=0.7, ls="--")
            ax.set(xscale="log", yscale="log", xlabel="sites $n$", title=f"$d = {int(d)}$")
            ax.set_ylabel("mean square error / variance")
            ax.legend(title=r"teacher's $\nu$")
        for i, d in enumerate(found.d.values):
            one = found.sel(d=d)
            axes[-1].plot(one.nu, one.theorem, "k--", lw=0.8, zorder=0)
            last = one.slope.isel(n=-1)
            axes[-1].plot(one.nu, last, **line_style(i), ls="", label=f"$d = {int(d)}$")
        low, high = (int(x) for x in np.array(n)[-2:])
        axes[-1].set(xlabel=r"teacher's $\nu$", ylabel=rf"$\beta$ between $n = {low}$ and ${high}$")
        axes[-1].legend(title=r"$--$ $\min(\alpha_T - d, 2\alpha_S)/d$")
    return page
