"""`python -m sweeps.phase_diagram sgd_axis`: the phase diagram of stochastic gradient descent.

The same networks learn over a grid of h and alpha~ by gradient flow and by SGD: how jamming line,
crossover and errors move with the noise, of strength rate / batch size. Geiger's thesis (last
chapter) supposes that noise may shift the crossover and help feature learning; it gives no numbers.
`--lr` is the rate at alpha~ of 10 and more, smaller in feature learning
(`sweeps.shared.learning_rates`).
"""

from collections.abc import Mapping
from typing import Unpack

import numpy as np
import xarray as xr

from sweeps.engine import gather
from sweeps.engine.execute import How
from sweeps.engine.progress import Work
from sweeps.engine.store import Store
from sweeps.phase_diagram.sweep import diagrams
from sweeps.shared.learning_rates import Stepped

RESULTS = "sgd_axis.nc"
FLOW = "flow"


def sgd_axis(
    rules: Mapping[tuple[int, float], Stepped], store: Store, **how: Unpack[How]
) -> xr.Dataset:
    """Run what the store lacks; all of `sweeps.phase_diagram.diagram` with a further axis `rule`.

    `rules` maps batch and rate to a grid, first that of the flow, whose rate is 0. `batch`, `lr`
    and `temperature`, lr / batch, are coordinates over `rule`.
    """
    progress = how.get("progress") or Work()  # one for all rounds
    rows = diagrams(rules.values(), store, progress, client=how.get("client"))
    batch, lr = (np.array(values, float) for values in zip(*rules, strict=True))
    whole = xr.concat(rows, "rule", combine_attrs="drop_conflicts")
    return whole.assign_coords(
        rule=[FLOW, *(f"batch {b}, lr {r:g}" for b, r in list(rules)[1:])],
        batch=("rule", batch),
        lr=("rule", lr),
        temperature=("rule", lr / batch),
    )


def summary(found: xr.Dataset) -> str:
    def shown(line: xr.DataArray) -> str:
        (axis,) = line.dims
        pairs = zip(line[axis].values, line.values, strict=True)
        return gather.joined(" ", **{f"{x:g}": gather.number(y, ".3g") for x, y in pairs})

    columns: dict[str, gather.Column] = {
        "h* by alpha~": lambda one: shown(one.jamming_h),
        "alpha~ of the crossover by h (- unknown)": lambda one: shown(one.crossover.sel(level=1.0)),
    }
    return gather.table(gather.means(found, ("rule",), columns))
