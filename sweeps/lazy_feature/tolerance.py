"""`python -m sweeps.lazy_feature tolerance`: what tolerances do to the learned function.

The same networks learn by the papers' adaptive Euler steps at several tolerances of the gradient,
with momenta, and by the stabilised flow; each is compared, on test points, with the Euler run of
the smallest tolerance (Geiger et al., *Disentangling feature and lazy training in deep neural
networks*, 2020, App. G and Fig. 13).
"""

from collections.abc import Mapping
from typing import Unpack

import numpy as np
import xarray as xr

from sweeps.engine import gather
from sweeps.engine.execute import How
from sweeps.engine.store import Store
from sweeps.lazy_feature.dataset import distance
from sweeps.shared import alpha_grid

RESULTS = "tolerance.nc"


def tolerance(
    rules: Mapping[str, alpha_grid.Config], store: Store, **how: Unpack[How]
) -> xr.Dataset:
    """Run what the store lacks of the grids of some rules; over (rule, alpha_tilde, seed).

    `distance`: root mean square of F minus that of the last rule, divided by that of the last rule,
    on test points; `ticks`: gradients; `t_end`, `error`, `fitted`.
    """
    cells = {(rule, a): of.jobs(of.h[0], a) for rule, of in rules.items() for a in of.alpha_tilde}
    runs = gather.trained(cells, store, arrays=True, **how)
    *_, (reference, of) = rules.items()
    found = {}
    for (rule, a), cell in runs.items():
        for s, run in enumerate(cell):
            best = runs[reference, a][s]
            F, F_best = (np.ravel(np.asarray(one.F_test, float)) for one in (run, best))
            found[rule, a, s] = {
                "distance": float(distance(F, F_best)),
                "ticks": float(run.ticks),
                "t_end": run.t,
                "error": run.test_error,
                "fitted": float(run.fitted),
            }
    axes = {"rule": list(rules), "alpha_tilde": of.alpha_tilde, "seed": range(of.seeds)}
    common = {name: getattr(of.job, name) for name in ("dataset", "P", "L")}
    return gather.gathered(found, axes).assign_attrs(common, h=of.h[0])


def summary(found: xr.Dataset) -> str:
    away = f"distance from {found.rule.values[-1]}"
    columns = {"gradients": ("ticks", ".0f"), away: ("distance", ".2e")}
    return gather.table(gather.means(found, ("rule", "alpha_tilde"), columns))
