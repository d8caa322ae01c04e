"""Networks of images that the chapter trains, and the images as they see them."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from jamming.checks.errors import BadInput
from jamming.data.pictures import channels
from jamming.training.classify import train_images
from jamming.training.image_build import ready
from jamming.training.image_run import ImageRun
from jamming.training.images import ImageJob


class Images(NamedTuple):
    """What a network was trained on and tested with, each channel standardised."""

    x: Float[np.ndarray, "P H W C"]
    y: Int[np.ndarray, " P"]
    x_test: Float[np.ndarray, "Q H W C"]
    y_test: Int[np.ndarray, " Q"]


def seen(job: ImageJob, tests: int) -> Images:
    """The images of a job, and at most so many of its test images, the first ones.

    Raises BadInput where job and data do not fit together.
    """
    (one,) = ready([job], None, None)
    of, rows = one.images, one.parts.train
    mean, std = channels(of.pixels, rows)

    def standard(at: Any) -> np.ndarray:
        return ((of.pixels[at] - mean) / std).astype(job.dtype)

    held_out = slice(of.train, of.train + tests)
    return Images(standard(rows), of.y[rows], standard(held_out), of.y[held_out])


def learnt(job: ImageJob) -> ImageRun:
    """The run of one job; BadInput where it diverged."""
    (run,) = train_images([job])
    if run.result == "NON_FINITE":
        raise BadInput(f"{job.network} diverged at a learning rate of {job.lr}: lower it")
    return run
