"""`python -m sweeps.deformations transfer`: what learning another data set first changes.

Networks that learn few images of a data set, from random weights ("scratch") or from those that a
network of the same kind has learnt of another data set ("transfer"), all but the last layer, which
is random. Both by the same recipe and on the same images. (Petrini, Favero, Geiger & Wyart,
*Relative stability toward diffeomorphisms indicates performance in deep nets*, 2021, Sec. 4, where
networks that have learnt ImageNet learn CIFAR-10; there the rates of the last layer differ.)
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np
import xarray as xr

from jamming.checks.errors import BadInput
from jamming.training.image_build import initial, ready
from jamming.training.image_run import Variables
from jamming.training.images import ImageJob
from sweeps.deformations import trained as of_trained
from sweeps.deformations.initial import QUANTITIES
from sweeps.deformations.trained import Trained, trained
from sweeps.engine import gather
from sweeps.engine.classify import classify, load_image_run
from sweeps.engine.store import Store

RESULTS = "transfer.nc"
STARTS = ("scratch", "transfer")
LAST = "logits"  # the layer that is not taken over


@dataclass(frozen=True)
class Pair:
    """A network from scratch, and the job of the other data set from which another one begins."""

    scratch: Trained
    source: ImageJob

    @property
    def transferred(self) -> Trained:
        job = replace(self.scratch.job, label=f"begins with {self.source.key}")
        return replace(self.scratch, job=job)

    def check(self) -> None:
        """Refuse networks and data that do not fit together."""
        self.scratch.check()
        jobs = self.source, self.scratch.job
        ready([self.source], None, None)
        each = [dict(initial(job)["params"]) for job in jobs]
        if any(params.pop(LAST, None) is None for params in each):
            raise BadInput(f"{jobs[0].network} has no last layer of weights: choose another")
        if len({str(jax.tree.map(np.shape, params)) for params in each}) > 1:
            raise BadInput(
                f"{jobs[0].network} has other weights for {jobs[0].dataset} than for"
                f" {jobs[1].dataset}: give their images the same size and channels"
            )


def transfer(several: Sequence[Pair], store: Store) -> xr.Dataset:
    """Train and measure what the store lacks; as `trained`, over `start` (scratch, transfer).

    The state `init` of the latter is that with the weights of the other data set. Raises BadInput
    from a job or the store.
    """
    sources = {one.transferred.job.key: one.source for one in several}
    classify(list({job.key: job for job in sources.values()}.values()), store)

    def start(job: ImageJob) -> Variables:
        learnt: Any = load_image_run(store, sources[job.key]).variables
        own = initial(replace(job, label=""))["params"]
        return {**learnt, "params": {**learnt["params"], LAST: own[LAST]}}

    each = [
        trained([one.scratch for one in several], store),
        trained([one.transferred for one in several], store, start=start),
    ]
    first = several[0].source
    over: Any = xr.Variable("start", list(STARTS))
    found = xr.concat(each, over, data_vars="all", coords="minimal", compat="override")
    return found.assign_attrs(each[0].attrs | {"source": first.dataset, "source_P": first.P})


def summary(found: xr.Dataset) -> str:
    """A line for each start and network: its error, and R_f, D_f, G_f before and after."""
    columns = {"test error": of_trained.error} | {
        f"{name}_f": of_trained.from_to(name) for name in QUANTITIES
    }
    return gather.table(gather.means(found, ("start", "network", "P"), columns))
