"""How the first layer aligns with the informative direction as features are learnt.

Left: the share of its squared weights along that direction (`estimates.aligned`) against time,
linear up to 1 and logarithmic beyond, a line for each data set, at the smallest and the largest P.
Right: the share at four moments, means over data sets with their standard errors. Dashed: of
weights drawn at random. (Geiger, Petrini & Wyart, *Landscape and training regimes in deep
learning*, Fig. 9, left.)
"""

import xarray as xr

from analysis.learning_curves import stripe
from analysis.learning_curves.estimates import MOMENTS, aligned
from analysis.plotting.axes import means, over_points
from analysis.plotting.style import COLOURS, Figure, panels

opened = stripe.opened
NAMES = {
    "start": "at the start",
    "half": "where the loss has halved",
    "largest": "largest on the way",
    "end": "at the end",
}


def figure(found: xr.Dataset) -> Figure:
    of, a = aligned(found), found.attrs
    with panels(1, 2, of=found, figsize=(7.4, 3.2)) as (page, (left, right)):
        ends = sorted({int(found.P.min()), int(found.P.max())})
        for colour, p in zip(COLOURS, ends, strict=False):
            for s in range(of.sizes["set"]):
                one = of.sel(P=p).isel(set=s)
                label = None if s else f"$P={p}$"
                left.plot(one.t, one.share, color=colour, lw=0.7, label=label)
        left.set_xscale("symlog", linthresh=1.0, linscale=0.7)
        left.set_xlim(left=0.0)
        left.set_xlabel("$t$ / time at which the loss has halved")
        left.set_ylabel(r"share of $W^{(1)\,2}$ along $x_\parallel$")
        left.set_title(f"{a['dataset']},  $h={a['h']}$")
        P = of.P.values.astype(float)
        for i, name in enumerate(MOMENTS):
            means(right, P, of[name].transpose("P", "set").values, i, label=NAMES[name])
        over_points(right, P)
        for ax in (left, right):
            ax.axhline(a["d_par"] / a["d"], color="0.4", ls="--", lw=0.8)
            ax.set_ylim(0.0, 1.05)
            ax.legend(loc="center right")
    return page
