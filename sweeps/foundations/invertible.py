"""`python -m sweeps.foundations invertible`: a network without loss, beside one that has it.

An invertible network and the residual one of the same size (`jamming.models.invertible`) learn the
same images from the same batches. Of the invertible one: how exactly images come back from their
codes, and the images of codes between two codes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array

from jamming.checks import arguments as given
from jamming.data.names import IMAGES
from jamming.models.invertible import CouplingNet, codes_of, images_of
from jamming.training.images import ImageJob
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store
from sweeps.foundations.images import learnt, seen

RESULTS = "invertible.nc"
NETWORKS = ("coupling", "coupling_residual")
BETWEEN = 7  # images from one to another


@dataclass(frozen=True)
class Inverted(grid.Checked):
    """One network that learns, and so many training and test images that are `inverted`."""

    job: ImageJob
    inverted: Annotated[int, grid.scalar(given.whole, least=2, most=100_000)]

    version: ClassVar[int] = 1

    def check(self) -> None:
        """Refuse data that are not there, and images of other sides than multiples of 8."""
        seen(self.job, self.inverted)

    def run(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Errors; of the invertible network relative errors [image], and images [BETWEEN, ...]."""
        run, of = learnt(self.job), seen(self.job, self.inverted)
        numbers = {name: getattr(run, name) for name in ("train_error", "test_error", "N_all")}
        if self.job.network != NETWORKS[0]:
            return numbers, {"reconstruction": np.full(1, np.nan)}
        variables: Any = run.variables
        net = self.job.module(IMAGES[self.job.dataset].classes)
        encode, decode = partial(_encode, net, variables), partial(_decode, net, variables)
        x = jnp.concatenate([jnp.asarray(of.x[: self.inverted]), jnp.asarray(of.x_test)])
        off = _norms(decode(encode(x)) - x) / _norms(x)
        # the first test image, and the first of another class
        other = int(np.argmax(of.y_test != of.y_test[0]))
        ends = encode(jnp.asarray(of.x_test[[0, other]]))
        t = jnp.linspace(0, 1, BETWEEN)
        codes = jnp.stack([(1 - s) * ends[0] + s * ends[1] for s in t])
        return numbers, {"reconstruction": np.asarray(off), "between": np.asarray(decode(codes))}


@partial(jax.jit, static_argnums=0)
def _encode(net: CouplingNet, variables: Any, x: Array) -> Array:
    return codes_of(net, variables, x)


@partial(jax.jit, static_argnums=0)
def _decode(net: CouplingNet, variables: Any, codes: Array) -> Array:
    return images_of(net, variables, codes)


def _norms(x: Array) -> Array:
    return jnp.linalg.norm(x.reshape(len(x), -1), axis=1)


def invertible(several: Sequence[Inverted], store: Store) -> xr.Dataset:
    """Train and measure what the store lacks; errors over (network, seed).

    And `reconstruction` over image and `between` over (step, row, column, channel), which are NaN
    of the residual network.
    """
    measure(several, store, Inverted.run, unit="networks")
    cells = {}
    for one in several:
        at = one.job.network, one.job.data_seed
        cells[at] = {**store[one.key]["trajectory"], **store.arrays(one.key)}
    inner = {"reconstruction": ("image",), "between": ("step", "row", "column", "channel")}
    seeds = list(dict.fromkeys(seed for _, seed in cells))
    first = several[0].job
    return gather.gathered(cells, {"network": list(NETWORKS), "seed": seeds}, inner).assign_attrs(
        dataset=first.dataset, P=first.P, steps=first.ticks()
    )


def summary(found: xr.Dataset) -> str:
    """A line for each network; means over seeds, and the worst image."""

    def worst(one: xr.Dataset) -> str:
        return gather.number(float(one.reconstruction.max()), ".1e")

    columns: dict[str, Any] = {
        "training error": ("train_error", ".1%"),
        "test error": ("test_error", ".2%"),
        "parameters": ("N_all", ".0f"),
        "reconstruction": worst,
    }
    return gather.table(gather.means(found, ("network",), columns))
