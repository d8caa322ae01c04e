"""`python -m sweeps.deformations one_image`: classes that are deformations of one image each.

The stronger the deformations that a network has to be invariant to, the smoother are the filters
that it learns (Ruderman, Rabinowitz, Morcos & Zoran, *Pooling is neither necessary nor sufficient
for appropriate deformation stability in CNNs*, 2018, Sec. 4.3, Fig. 5).

NOTE: the paper does not say how many classes and examples there are, how control points are placed,
nor how networks learn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array

from jamming.checks import arguments as given
from jamming.data.pictures import standardised
from jamming.images.filters import total_variation
from jamming.models.classic.downsampled import DOWN
from jamming.training.classify import train_images
from jamming.training.images import ImageJob
from sweeps.deformations.downsampled import filters, splined
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "one_image.nc"
TESTED = 20  # images of each class on which the error is measured


@dataclass(frozen=True)
class OneImage(grid.Checked):
    """A network that learns to tell random deformations of a few images apart.

    So many images of `dataset`, of `size` pixels a side, are chosen by `seed`: the `classes`. Each
    class has `examples` deformations of its image to train on, and others to test, by splines
    through `points` x `points` points that are displaced by up to `strength` pixels. `down` halves
    images after each block (`DownSampled`), `width` multiplies the channels. All is drawn by keys
    that follow from `seed`: tasks of one seed have the same images, initial weights and batches.
    """

    dataset: str
    strength: Annotated[float, grid.scalar(given.number, above=0.0, most=1024.0)]
    size: Annotated[int, grid.scalar(given.whole, least=0, most=1024)]
    classes: Annotated[int, grid.scalar(given.whole, least=2, most=1000)]
    examples: Annotated[int, grid.scalar(given.whole, most=100_000)]
    points: Annotated[int, grid.scalar(given.whole, least=2, most=32)]
    down: Annotated[str, grid.scalar(given.one_of, known=DOWN)]
    width: Annotated[float, grid.scalar(given.number, above=0.0, most=64.0)]
    steps: int
    batch: int
    optimiser: str
    lr: float | None
    seed: Annotated[int, grid.scalar(given.whole, least=0, most=given.LARGEST_SEED)]
    precision: str

    version: ClassVar[int] = 1

    def check(self) -> None:
        """Refuse numbers of the training that are out of range, and data that are not there."""
        self.job()
        self.pictures()

    def job(self) -> ImageJob:
        """How it is learnt."""
        return ImageJob(
            "one image a class",
            self.classes * self.examples,
            "downsampled_cifar",
            width=self.width,
            options=(("down", self.down),),
            steps=self.steps,
            batch=self.batch,
            optimiser=self.optimiser,
            lr=self.lr,
            precision=self.precision,
            label="one image a class",
        ).at(self.seed)

    def pictures(self) -> np.ndarray:
        """One of each class, [n, H, W, C]: test images at random, whatever they show."""
        return standardised(self.dataset, self.classes, self.seed, self.size)

    def task(self) -> tuple[Array, np.ndarray, Array, np.ndarray]:
        """Images [n, H, W, C] and classes [n], to train on and to test."""
        x = jnp.asarray(self.pictures(), self.precision)
        of_training, of_test = jax.random.split(jax.random.fold_in(jax.random.key(self.seed), 2))
        to_learn, to_test = (
            (self._deformed(x, key, each), np.repeat(np.arange(self.classes), each))
            for key, each in ((of_training, self.examples), (of_test, TESTED))
        )
        return *to_learn, *to_test

    def _deformed(self, x: Array, key: Array, each: int) -> Array:
        """So many deformations of each image, one behind the other."""
        keys = jax.random.split(key, self.classes * each)
        reach = jnp.asarray(self.strength, x.dtype)
        return splined(jnp.repeat(x, each, 0), keys, reach, self.points)

    def run(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The error on other deformations, and the total variation of the learnt filters."""
        (run,) = train_images([self.job()], data=self.task())
        variables: Any = run.variables
        learnt = filters(variables)
        tv = np.array([total_variation(W) for W in learnt.values()])
        return {"test_error": run.test_error, "filters": list(learnt)}, {"tv": tv}


def one_image(several: Sequence[OneImage], store: Store) -> xr.Dataset:
    """Train what the store lacks; `tv` over (strength, seed, filter) and `test_error`.

    `filter_name` are the names of the layers whose filters these are, from the input on.
    """
    measure(several, store, OneImage.run, unit="networks")
    cells = {}
    for one in several:
        said = store[one.key]["trajectory"]
        cells[one.strength, one.seed] = {
            "tv": store.arrays(one.key)["tv"],
            "test_error": said["test_error"],
        }
    strengths, seeds = (list(dict.fromkeys(each)) for each in zip(*cells, strict=True))
    first = several[0]
    return (
        gather.gathered(cells, {"strength": strengths, "seed": seeds}, {"tv": ("filter",)})
        .assign_coords(filter_name=("filter", said["filters"]))
        .assign_attrs(
            dataset=first.dataset, down=first.down, classes=first.classes, examples=first.examples
        )
    )


def _mean_variation(one: xr.Dataset) -> str:
    each = one.tv.mean("filter").values
    return gather.spread(each.mean(), each.std(ddof=1) if each.size > 1 else np.nan, ".3f")


def summary(found: xr.Dataset) -> str:
    """A line for each strength: test error, mean total variation and its scatter over seeds."""
    columns: dict[str, Any] = {
        "test error": ("test_error", ".1%"),
        "total variation": _mean_variation,
    }
    return gather.table(gather.means(found, ("strength",), columns))
