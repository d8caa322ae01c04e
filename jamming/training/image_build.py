"""From an `ImageJob` to what it learns, ready for a lane; and what its network starts and sees.

NOTE: the steps of data by name follow from the published size of the training set, whatever part of
it is on disk; those of own images from their number.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jamming.checks.errors import BadInput
from jamming.data.dataset import Dataset
from jamming.data.pictures import (
    Parts,
    Pictures,
    channels,
    chosen,
    framed,
    from_images,
    parts,
    pictures,
    random_labels,
)
from jamming.execution import tasks
from jamming.objectives.classification import Classification
from jamming.training.image_net import given_start, module_of, start_of, usable_for
from jamming.training.images import ImageJob


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Lane:
    """Test images, as rows of the pixels, and how many of each part a snapshot looks at."""

    test: Int[Array, "*lanes M"]
    y_test: Int[Array, "*lanes M"]
    points: int = field(metadata={"static": True})


class Ready(NamedTuple):
    """A job with its images, network and parts; `full` is the size of own training sets.

    `start`: variables of the user's, or None where they are random.
    """

    job: ImageJob
    images: Pictures
    net: Any
    parts: Parts
    full: int | None
    start: Any = None

    def program(self) -> Hashable:
        """Jobs of equal ones share a compiled program, and their pixels."""
        job, images = self.job, self.images
        sizes = tuple(map(len, self.parts)), min(images.test, job.test_points), job.snapshot_points
        how = job.stepper(self.full), job.augmented(), job.precision
        return id(images.pixels), images.classes, self.net, sizes, how


def ready(jobs: list[ImageJob], data: Any, net: Any, start: Any = None) -> list[Ready]:
    """The jobs with all that they need; what can be refused is refused now.

    `data`, `net` and `start` as of `jamming.training.classify.train_images`.
    """
    if any(job.dtype == np.float64 for job in jobs) and not jax.config.read("jax_enable_x64"):
        raise BadInput(
            'float64 is off in JAX: call jax.config.update("jax_enable_x64", True), or take float32'
        )
    if not all(job.label for job in jobs) and not (data is None and net is None and start is None):
        raise BadInput("own images, networks or starts are named by a label: give the jobs one")
    own = None if data is None else from_images(data)
    kinds: dict[Hashable, Pictures] = {}
    checked: set[Hashable] = set()
    found = []
    for job in jobs:
        at = job.dataset, job.enlarge, job.pad  # one copy of the pixels for each
        if at not in kinds:
            kinds[at] = framed(own or pictures(job.dataset), job.enlarge, job.pad)
        images = _labelled(job, kinds[at])
        one = Ready(
            job,
            images,
            module_of(job, net, images.classes),
            parts(images, job.P, job.validation, job.data_seed),
            None if own is None else images.train,
        )
        if job.batch > (left := len(one.parts.train)):
            said = f"the images left to train on with validation = {job.validation}"
            raise BadInput(f"batch = {job.batch} is larger than {left}, {said}: lower one of them")
        of = one.net, at, job.precision
        if of not in checked:
            usable_for(one.net, job, images)
            checked.add(of)
        if start is not None:
            one = one._replace(start=given_start(start, one.net, job, images.pixels.shape[1:]))
        found.append(one)
    return found


def task_of(one: Ready) -> tasks.Task:
    """The run of a job, whose problem lacks the pixels that it has in common with others."""
    job, images, net, (train, validation), full, start = one
    kind, y = job.dtype, images.y.astype(np.int32)
    mean, std = channels(images.pixels, train)
    test, numbers = _test_rows(job, images), job.numbers(full)
    problem = Classification(
        net=net,
        start=start_of(net, job, images.pixels.shape[1:]) if start is None else start,
        chosen=jnp.asarray(train, np.int32),
        y=jnp.asarray(y[train]),
        validation=jnp.asarray(validation, np.int32),
        y_validation=jnp.asarray(y[validation]),
        mean=jnp.asarray(mean, kind),
        std=jnp.asarray(std, kind),
        augmentation=job.augmented(),
        numbers={name: jnp.asarray(value, kind) for name, value in numbers.items()},
    )
    lane = Lane(jnp.asarray(test, np.int32), jnp.asarray(y[test]), job.snapshot_points)
    return tasks.Task(problem, job.batch_key(), lane, job.key)


def initial(job: ImageJob, *, data: Any = None, net: Any = None) -> Mapping[str, Any]:
    """The variables with which `train_images` starts, in NumPy."""
    (one,) = ready([job], data, net)
    found: Mapping[str, Any] = jax.device_get(start_of(one.net, job, one.images.pixels.shape[1:]))
    return found


def seen(job: ImageJob, *, data: Any = None) -> Dataset:
    """Images as the network of the job sees them, without augmentation, and their labels.

    All are standardised, channel by channel, with the statistics of the training images.
    """
    named = pictures(job.dataset) if data is None else from_images(data, job.dataset)
    images = _labelled(job, framed(named, job.enlarge, job.pad))
    train, _ = parts(images, job.P, job.validation, job.data_seed)
    test = _test_rows(job, images)
    mean, std = channels(images.pixels, train)
    x, x_test = ((images.pixels[rows] - mean) / std for rows in (train, test))
    return Dataset(images.name, x, images.y[train], x_test, images.y[test])


def held_out(job: ImageJob, images: Any) -> Float[np.ndarray, "n H W C"]:
    """So many test images of a job, as its network sees them, chosen by the seed of the data.

    Raises BadInput where there are fewer.
    """
    x = seen(job).x_test
    return x[chosen(images, len(x), job.data_seed)].astype(job.precision)


def _labelled(job: ImageJob, images: Pictures) -> Pictures:
    return random_labels(images, job.data_seed) if job.random_labels else images


def _test_rows(job: ImageJob, images: Pictures) -> np.ndarray:
    return images.train + np.arange(min(images.test, job.test_points))
