"""Energy of the expected scattering of textures by order; norms of operators beside their bounds.

(S. Mallat, *Group invariant scattering*, 2012; J. Bruna & S. Mallat, *Invariant scattering
convolution networks*, 2013.)
"""

import xarray as xr

from analysis.plotting.axes import means
from analysis.plotting.stored import reader
from analysis.plotting.style import Axes, Figure, panels
from analysis.plotting.style import save as save
from sweeps.scattering.properties import DIMS, RESULTS

opened = reader(RESULTS, "scattering properties", *DIMS)

PATHS = {"conserved": "all paths", "conserved_ascending": "growing scales"}


def figure(found: xr.Dataset) -> Figure:
    with panels(1, 3, of=found, figsize=(12, 3.2)) as (page, (energy, commutator, average)):
        for i, texture in enumerate(found.texture.values):
            for name, label in PATHS.items():
                rows = found[name].sel(texture=texture).transpose("order", "seed").values
                dashed = {} if name == "conserved" else {"ls": "--", "mfc": "none"}
                means(
                    energy,
                    found.order.values.astype(float),
                    rows,
                    i,
                    label=f"{texture}, {label}",
                    **dashed,
                )
        energy.axhline(1, color="0.6", lw=0.8, zorder=0)
        energy.set(xlabel="orders up to", ylabel="energy / $E X^2$", ylim=(0, 1.08))
        energy.set_xticks(found.order.values)
        energy.legend(loc="lower right")
        _norms(commutator, average, found)
    return page


def _norms(commutator: Axes, average: Axes, found: xr.Dataset) -> None:
    J = found.J_of_operator.values.astype(float)
    rows = found.commutator.mean("field").transpose("J_of_operator", "seed")
    means(commutator, J, rows.values, 0, label="measured")
    first = float(rows.isel(J_of_operator=0).mean())
    commutator.plot(J, first * J, "k--", lw=0.9, label=r"$\propto J$")
    commutator.set(ylim=(0, None), ylabel=r"$\|[W_J, L_\tau]\| / \|\nabla\tau\|_\infty$")
    for i, (name, label) in enumerate((("moved_average", "measured"), ("average_bound", "bound"))):
        rows = found[name].isel(field=0).transpose("J_of_operator", "seed")
        means(average, J, rows.values, i, label=label)
    average.set(yscale="log", ylabel=r"$\|L_\tau A_J - A_J\|$")
    for ax in (commutator, average):
        ax.set(xlabel="$J$")
        ax.set_xticks(J)
        ax.legend()
