"""`python -m sweeps.memory columns`: is the column of confidence a local optimum?

The exact q of the best column against the reset probability r and the memory M, and what learning
makes of it that begins close by (Geiger, Eloy & Wyart 2021, Fig. 2).
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from sweeps.engine import gather
from sweeps.engine.measure import measure
from sweeps.engine.store import Store
from sweeps.memory.learning import Learned

RESULTS = "columns.nc"


def columns(several: Sequence[Learned], store: Store) -> xr.Dataset:
    """Learn what the store lacks; `q` over (M, r, mu, seed), `best` and `limit` over (M, r, mu)."""
    measure(several, store, Learned.run, unit="memories")
    cells = {}
    for one in several:
        stored = store.arrays(one.key)
        named = {name: stored[name] for name in ("q", "t", "ticks", "result")}
        cells[one.size, one.r, one.arms().gap] = named | one.best()
    axes = [sorted(set(values)) for values in zip(*cells, strict=True)]
    inner = dict.fromkeys(("q", "t", "ticks", "result"), ("seed",))
    return gather.gathered(cells, dict(zip(("M", "r", "mu"), axes, strict=True)), inner)


def summary(found: xr.Dataset) -> str:
    """A line for each (M, r, mu)."""
    columns: dict[str, gather.Column | tuple[str, str]] = {
        "learnt from near the column": ("q", ".6f"),
        "best column": ("best", ".6f"),
        "largest difference": lambda one: gather.number(
            float(np.abs(one.q - one.best).max()), ".1e"
        ),
        "r -> 0": ("limit", ".6f"),
    }
    return gather.table(gather.means(found, ("M", "r", "mu"), columns))
