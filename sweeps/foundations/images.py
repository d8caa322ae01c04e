"""Networks of images that the chapter trains, and the images as they see them."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from jamming.checks.errors import BadInput
from jamming.training import image_build
from jamming.training.classify import train_images
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
    image_build.ready([job], None, None)
    of = image_build.seen(job)
    x, x_test = (np.asarray(each, job.dtype) for each in (of.x_train, of.x_test[:tests]))
    return Images(x, of.y_train, x_test, of.y_test[:tests])


def learnt(job: ImageJob) -> ImageRun:
    """The run of one job; BadInput where it diverged."""
    (run,) = train_images([job])
    if run.result == "NON_FINITE":
        raise BadInput(f"{job.network} diverged at a learning rate of {job.lr}: lower it")
    return run
