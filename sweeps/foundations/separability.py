"""`python -m sweeps.foundations separability`: how well the layers of a network separate classes.

Before and after training: the errors of nearest neighbours and of a linear probe on spatially
averaged representations, and distances within classes beside those between
(`jamming.theory.separability`).
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import jax
import numpy as np
import xarray as xr

from jamming.checks import arguments as given
from jamming.data.names import IMAGES
from jamming.models.classic.classifier import layers
from jamming.theory import separability as theory
from jamming.training.image_net import start_of
from jamming.training.images import ImageJob
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store
from sweeps.foundations.images import learnt, seen

RESULTS = "separability.nc"
STATES = ("init", "trained")
QUANTITIES = ("nearest", "probe", "contraction")


@dataclass(frozen=True)
class Separated(grid.Checked):
    """One network that learns, and `tests`: test images by which its layers are judged."""

    job: ImageJob
    tests: Annotated[int, grid.scalar(given.whole, least=2, most=100_000)]

    version: ClassVar[int] = 1

    def check(self) -> None:
        """Refuse networks and data that do not fit together."""
        seen(self.job, self.tests)

    def run(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Names of the layers, and each of `QUANTITIES`, [state, layer]."""
        run, of = learnt(self.job), seen(self.job, self.tests)
        net = self.job.module(IMAGES[self.job.dataset].classes)
        rows: dict[str, list[list[float]]] = {name: [] for name in QUANTITIES}
        for variables in (start_of(net, self.job, of.x.shape[1:]), run.variables):
            # at the start running averages normalise nothing
            norm = None if variables is run.variables else "batch"
            z, z_test = (
                {k: theory.averaged(v) for k, v in _within(net, norm, variables, x).items()}
                for x in (of.x, of.x_test)
            )
            del z["input"]  # one mean a channel says nothing
            each = [(z[name], of.y, z_test[name], of.y_test) for name in z]
            rows["nearest"].append([theory.nearest_error(*at) for at in each])
            rows["probe"].append([theory.probe_error(*at) for at in each])
            rows["contraction"].append([theory.contraction(at[2], at[3]) for at in each])
        arrays = {name: np.array(values) for name, values in rows.items()}
        return {"test_error": run.test_error, "layers": list(z)}, arrays


@functools.partial(jax.jit, static_argnums=(0, 1))
def _within(net: Any, batch_norm: str | None, variables: Any, x: Any) -> Any:
    return layers(net, variables, x, batch_norm=batch_norm)


def separability(several: Sequence[Separated], store: Store) -> xr.Dataset:
    """Train and measure what the store lacks; `QUANTITIES` over (seed, state, layer)."""
    measure(several, store, Separated.run, unit="networks")
    cells = {}
    for one in several:
        said = store[one.key]["trajectory"]
        error = {"test_error": said["test_error"]}
        cells[(one.job.data_seed,)] = store.arrays(one.key) | error
    first, inner = several[0].job, dict.fromkeys(QUANTITIES, ("state", "layer"))
    return (
        gather.gathered(cells, {"seed": [at for (at,) in cells]}, inner)
        .assign_coords(state=list(STATES), layer_name=("layer", said["layers"]))
        .assign_attrs(dataset=first.dataset, P=first.P, network=first.network)
    )


def summary(found: xr.Dataset) -> str:
    """A line for each state and layer, means over seeds."""
    rows = []
    for state in STATES:
        for i, name in enumerate(found.layer_name.values):
            one = found.sel(state=state).isel(layer=i).mean("seed")
            values = {of: gather.number(float(one[of]), ".3f") for of in QUANTITIES}
            rows.append({"state": state, "layer": str(name), **values})
    return gather.table(rows)
