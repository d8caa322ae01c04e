"""`python -m sweeps.foundations filters`: are the filters of a first layer wavelets?

Those of a network that has learnt images are fitted by Gabor functions (`jamming.theory.gabor`).
Beside them: the filters at the start, and the trained ones with their pixels shuffled, which have
the same values and no shape.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
import xarray as xr
from jaxtyping import Float

from jamming.checks import arguments as given
from jamming.theory.gabor import fitted
from jamming.training import image_build
from jamming.training.images import ImageJob
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store
from sweeps.foundations.images import learnt, seen

RESULTS = "filters.nc"
STATES = ("trained", "init", "shuffled")
NUMBERS = ("explained", "frequency", "orientation", "width")
LAYER = "conv1"


@dataclass(frozen=True)
class Filtered(grid.Checked):
    """One network that learns; the fits begin at the `starts` largest frequencies of a filter."""

    job: ImageJob
    starts: Annotated[int, grid.scalar(given.whole, most=64)] = 4

    version: ClassVar[int] = 1

    def check(self) -> None:
        """Refuse networks and data that do not fit together."""
        seen(self.job, 1)

    def run(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """`explained`, `frequency`, `orientation`, `width` [state, filter]; the trained `filters`
        and their `fits` [filter, k, k, C]."""
        run, before = learnt(self.job), image_build.initial(self.job)
        trained, init = _filters(run.variables), _filters(before)
        mixed = _shuffled(trained, np.random.default_rng(self.job.data_seed))
        found = [[fitted(psi, self.starts) for psi in psis] for psis in (trained, init, mixed)]
        arrays = {n: np.array([[getattr(g, n) for g in each] for each in found]) for n in NUMBERS}
        arrays |= {"filters": trained, "fits": np.stack([g.fit for g in found[0]])}
        return {"test_error": run.test_error, "train_error": run.train_error}, arrays


def _filters(variables: Any) -> Float[np.ndarray, "filters k k C"]:
    return np.moveaxis(np.asarray(variables["params"][LAYER]["kernel"], np.float64), -1, 0)


def _shuffled(
    psi: Float[np.ndarray, "filters k k C"], rng: np.random.Generator
) -> Float[np.ndarray, "filters k k C"]:
    """Pixels in another order, one for all colours of a filter."""
    pixels = psi.reshape(len(psi), -1, psi.shape[-1])
    return np.stack([rng.permutation(each) for each in pixels]).reshape(psi.shape)


def filters(several: Sequence[Filtered], store: Store) -> xr.Dataset:
    """Train and fit what the store lacks; the arrays of `Filtered.run` over seeds."""
    measure(several, store, Filtered.run, unit="networks")
    cells = {}
    for one in several:
        said = store[one.key]["trajectory"]
        errors = {name: said[name] for name in ("test_error", "train_error")}
        cells[(one.job.data_seed,)] = store.arrays(one.key) | errors
    inner: dict[str, tuple[str, ...]] = dict.fromkeys(NUMBERS, ("state", "filter"))
    inner |= dict.fromkeys(("filters", "fits"), ("filter", "row", "column", "colour"))
    job = several[0].job
    return (
        gather.gathered(cells, {"seed": [at for (at,) in cells]}, inner)
        .assign_coords(state=list(STATES))
        .assign_attrs(dataset=job.dataset, P=job.P, network=job.network, steps=job.ticks())
    )


def medians(found: xr.Dataset, state: str) -> Float[np.ndarray, " seeds"]:
    """The median over filters of what is explained, of each network."""
    return np.median(found.explained.sel(state=state).transpose("seed", "filter").values, axis=1)


def summary(found: xr.Dataset) -> str:
    """A line for each state: medians over filters of all networks."""
    rows = []
    for state in STATES:
        one = found.sel(state=state)
        rows.append(
            {
                "filters": state,
                "explained": gather.number(float(np.median(medians(found, state))), ".2f"),
                "above 0.5": gather.number(float((one.explained > 0.5).mean()), ".0%"),
                "frequency": gather.number(float(one.frequency.median()), ".2f"),
                "width": gather.number(float(one.width.median()), ".1f"),
            }
        )
    return gather.table(rows)
