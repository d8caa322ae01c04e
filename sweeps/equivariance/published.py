"""`python -m sweeps.equivariance published`: networks by their group, and all their linear layers.

The table of `jamming.equivariant.finite.taxonomy`. Where a row has finite groups of its kind, it
has the dimension of the space of equivariant maps, counted in four ways, and how far one of these
is from being a correlation with its kernel.
"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import xarray as xr

from jamming.checks import arguments as given
from jamming.equivariant.finite.taxonomy import TABLE, check
from sweeps.engine import gather, grid
from sweeps.engine.store import Store

RESULTS = "published.nc"


@dataclass(frozen=True)
class Config(grid.Checked):
    """Rows of the table, from 1 on, and how many random `maps` are tried of each finite group."""

    rows: Annotated[tuple[int, ...], grid.several(given.wholes, most=len(TABLE))]
    maps: Annotated[int, grid.scalar(given.whole, most=1000)]
    seed: Annotated[int, grid.scalar(given.whole, least=0, most=2**31 - 1)]


def published(config: Config, store: Store) -> xr.Dataset:
    """`dimension` over (row, case, space) and `off` over (row, case), NaN where there is none."""
    cells, seeds = {}, range(config.seed, config.seed + config.maps)
    for row in config.rows:
        for case, one in enumerate(TABLE[row - 1].stand_ins):
            fields = one.fields()
            found = [check(*fields, seed) for seed in seeds]
            counts = np.array(list(found[0][0].values()), float)
            cells[row, case] = {"off": max(off for _, off in found), "dimension": counts}
    cases = range(max(len(TABLE[row - 1].stand_ins) for row in config.rows) or 1)
    coords = {"row": list(config.rows), "case": list(cases)}
    return gather.gathered(cells, coords, {"dimension": ("space",)}, ("off", "dimension"))


def summary(found: xr.Dataset) -> str:
    """The rows, each with a line for each finite group."""
    lines = []
    for row in found.row.values.tolist():
        of = TABLE[row - 1]
        who = {"": gather.number(row, "d"), "G": of.G, "H": of.H, "G/H": of.place, "fields": of.rho}
        who["networks"] = ", ".join(of.papers)
        if not of.stand_ins:
            lines.append({**who, "maps on": of.about(), "of": "", "dimension": "", "off by": ""})
        for case, one in enumerate(of.stand_ins):
            at = found.sel(row=row, case=case)
            several = dict.fromkeys(int(n) for n in at.dimension.values)
            lines.append(
                {
                    **{n: gather.Said("", text) if case else text for n, text in who.items()},
                    "maps on": one.name,
                    "of": f"{one.of} to {one.to}",
                    "dimension": gather.Said(" or ".join(map(str, several)), [*several]),
                    "off by": gather.number(float(at.off), ".0e"),
                }
            )
    return gather.table(lines)
