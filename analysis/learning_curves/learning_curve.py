"""Learning curves of feature and lazy learning by one network on images.

Test errors over P, means over data sets with their standard errors, with the fitted power laws.
(Geiger, Petrini & Wyart, *Landscape and training regimes in deep learning*, Fig. 8 right.)
"""

import xarray as xr

from analysis.learning_curves import stripe
from analysis.plotting.axes import means, over_points, power_line
from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, panels
from jamming.fits.power import power_law
from sweeps.learning_curves.cnn import RESULTS

CURVES = {name: stripe.CURVES[name] for name in ("lazy", "feature")}
opened = reader(RESULTS, "learning_curves learning_curve", *CURVES, "P")


def figure(found: xr.Dataset) -> Figure:
    P, a = found.P.values.astype(float), found.attrs
    with panels(of=found, figsize=(4.0, 3.2)) as (page, ax):
        for name, (label, colour, marker) in CURVES.items():
            rows = found[name].mean("init").values  # [P, set]
            if P.size >= 3 and (rows.mean(1) > 0).all():
                law = power_law(P, rows)
                label += rf", $\beta = {-law.exponent.value:.2f}$"
                power_line(ax, P, law, colour)
            means(ax, P, rows, 0, ls="", lw=None, label=label, color=colour, marker=marker)
        over_points(ax, P)
        title = f"{a['dataset']}, {a['architecture']}, $L={a['L']}$, $h={a['h']}$"
        ax.set(yscale="log", ylabel=r"test error $\epsilon$", title=title)
        ax.legend()
    return page
