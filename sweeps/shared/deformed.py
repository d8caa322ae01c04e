"""Test images of a job, clean, deformed and with noise of the same norm, as its network sees them.

They are deformed by `DELTA` pixels at cut-off `CUT`, by less where the images are so small that
this would fold most of them. Both act on pixels, and all networks of a data set see the same images
(`jamming.images.stability`).
"""

import functools

import jax
import numpy as np
from jaxtyping import Float

from jamming.checks.errors import BadInput
from jamming.data.names import pixels
from jamming.data.unprepared import unprepared
from jamming.images.fields import displacement, window
from jamming.images.stability import perturbed
from jamming.training.spec import Job

DELTA, CUT, IMAGES = 1.0, 3, 500
SEED = 0  # of deformations and noise
SETS = 8  # whose images are kept


def images(job: Job) -> list[Float[np.ndarray, "n *d"]]:
    """The same test images clean, deformed and with noise, as inputs of the job's network.

    Raises BadInput if its data are no images, or there are fewer than two.
    """
    few = min(IMAGES, job.test_points)
    x = _images(job.dataset, job.P, job.data_seed, few)
    return [each.reshape(len(each), -1) for each in x] if job.architecture == "fc" else list(x)


def delta(dataset: str) -> float:
    """Root mean square displacement in pixels: `DELTA`, or half-way through a small window."""
    n = pixels(dataset)[:2]
    least, most = (displacement(T, n, CUT) for T in window(n, CUT))
    return DELTA if most >= DELTA else round((least + most) / 2, 2)


@functools.lru_cache(maxsize=SETS)
def _images(dataset: str, P: int, seed: int, n: int) -> tuple[np.ndarray, ...]:
    of = unprepared(dataset, P, n, seed=seed)
    if len(of.images) < 2:
        raise BadInput("observables compare test images: give two --test-points at least")
    three = perturbed(of.images, jax.random.key(SEED), delta=delta(dataset), c=CUT)[:3]
    return tuple(of.inputs(np.asarray(x)) for x in three)
