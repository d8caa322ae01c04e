"""`python -m sweeps.deformations profiles`: layers under deformations, before and after training.

Networks that halve images in five ways learn the labels of images, or random labels; of each are
measured, layer by layer, how far deformations of test images move the representations, relative to
how far apart those of different images are, and the total variation of the filters 3x3 (Ruderman,
Rabinowitz, Morcos & Zoran, *Pooling is neither necessary nor sufficient for appropriate deformation
stability in CNNs*, 2018, Secs. 3 to 5). At the start batch normalisation has the statistics of the
batch, after training its running averages.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array

from jamming.checks import arguments as given
from jamming.data.names import IMAGES
from jamming.images.estimators import cosine_distance, euclidean_distance
from jamming.images.filters import total_variation
from jamming.models.classic.classifier import layers
from jamming.training.image_build import held_out, initial, ready
from jamming.training.image_run import ImageRun
from jamming.training.images import ImageJob
from sweeps.deformations.downsampled import filters, splined
from sweeps.engine import gather, grid
from sweeps.engine.classify import classify, load_image_run
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "profiles.nc"
STATES = ("init", "trained")
LABELS = ("true", "random")
ERRORS = ("test_error", "train_error")
MEASURES = {"distance": cosine_distance, "euclidean": euclidean_distance}


@dataclass(frozen=True)
class Profile(grid.Checked):
    """A network of `DownSampled` that is trained, and the deformations of test images.

    So many `images` are deformed, each by a spline through `points` x `points` points that are
    displaced by up to `reach` pixels; images and deformations are chosen by the seed of the data.
    """

    job: ImageJob
    images: Annotated[int, grid.scalar(given.whole, least=2)]
    points: Annotated[int, grid.scalar(given.whole, least=2, most=32)]
    reach: Annotated[float, grid.scalar(given.number, above=0.0, most=1024.0)]

    version: ClassVar[int] = 1

    def check(self) -> None:
        """Refuse networks and data that do not fit together, and too few images."""
        ready([self.job], None, None)
        held_out(self.job, self.images)

    def at(self) -> tuple[str, str, int]:
        """Its labels, its way of down-sampling and its seed."""
        down = str(dict(self.job.options)["down"])
        return LABELS[self.job.random_labels], down, self.job.init_seed

    def measured(self, run: ImageRun) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Errors of the run, with names of layers and filters; init_distance [layer], ..."""
        x = jnp.asarray(held_out(self.job, self.images))
        keys = jax.random.split(jax.random.key(self.job.data_seed), len(x))
        moved = splined(x, keys, jnp.asarray(self.reach, x.dtype), self.points)
        net = self.job.module(IMAGES[self.job.dataset].classes)
        variables: dict[str, Any] = {"init": initial(self.job), "trained": run.variables}
        found: dict[str, np.ndarray] = {}
        for state, w in variables.items():
            within = _within(net, "batch" if state == "init" else None)
            clean, deformed = within(w, x), within(w, moved)
            kernels = filters(w)
            for name, of in MEASURES.items():
                values = [of(clean[layer], deformed[layer]) for layer in clean]
                found[f"{state}_{name}"] = np.array(values)
            found[f"{state}_tv"] = np.array([total_variation(W) for W in kernels.values()])
        numbers = {name: getattr(run, name) for name in ERRORS}
        return numbers | {"layers": list(clean), "filters": list(kernels)}, found


@functools.cache
def _within(net: Any, how: str | None) -> Callable[[Any, Array], Any]:
    """Layers of weights and images, the same function each time: compiled once."""
    return jax.jit(lambda w, x: layers(net, w, x, batch_norm=how))


def profiles(several: Sequence[Profile], store: Store) -> xr.Dataset:
    """Train and measure what the store lacks; over (state, labels, down, seed, ...).

    `distance`, of cosines, and `euclidean` are normalised distances, also over layer, whose names
    are `layer_name`, from the input on; `tv` is also over filter, with `filter_name`; `test_error`
    and `train_error` are of the trained networks. Raises BadInput from a job or the store.
    """
    classify(list({one.job.key: one.job for one in several}.values()), store)
    measure(several, store, lambda one: one.measured(load_image_run(store, one.job)))
    cells, runs = {}, {}
    for one in several:
        said, arrays = store[one.key]["trajectory"], store.arrays(one.key)
        for state in STATES:
            cells[(state, *one.at())] = {
                name: arrays[f"{state}_{name}"] for name in (*MEASURES, "tv")
            }
        runs[one.at()] = {name: said[name] for name in ERRORS}
    names = ("labels", "down", "seed")
    values = (list(dict.fromkeys(each)) for each in zip(*runs, strict=True))
    axes = dict(zip(names, values, strict=True))
    inner = dict.fromkeys(MEASURES, ("layer",)) | {"tv": ("filter",)}
    job = several[0].job
    return (
        gather.gathered(cells, {"state": STATES, **axes}, inner)
        .merge(gather.gathered(runs, axes))
        .assign_coords(
            layer_name=("layer", said["layers"]), filter_name=("filter", said["filters"])
        )
        .assign_attrs(dataset=job.dataset, P=job.P, width=job.width, reach=several[0].reach)
    )


def _percent(name: str) -> gather.Column:
    def text(one: xr.Dataset) -> str:
        return _spread(one[name].values, ".1f", percent=True)

    return text


def _from_to(name: str, at: int | slice) -> gather.Column:
    """Before and after, with the scatter over seeds of the mean over layers."""

    def text(one: xr.Dataset) -> str:
        values = one[name].transpose("state", "seed", ...).values[..., at]
        each = values.reshape(len(STATES), values.shape[1], -1).mean(-1)
        said = (_spread(state, ".3f") for state in each)
        return gather.joined(" -> ", **dict(zip(STATES, said, strict=True)))

    return text


def _spread(values: np.ndarray, form: str, percent: bool = False) -> gather.Said:
    """The mean and the standard deviation over networks."""
    bars = values.std(ddof=1) if values.size > 1 else np.nan
    return gather.spread(values.mean(), bars, form, percent=percent)


def summary(found: xr.Dataset) -> str:
    """A line for each way of down-sampling: errors, the last layer's distance, mean variation."""
    columns = {
        "test error": _percent("test_error"),
        "training": _percent("train_error"),
        "last layer": _from_to("distance", -1),
        "total variation": _from_to("tv", slice(None)),
    }
    return gather.table(gather.means(found, ("labels", "down"), columns))
