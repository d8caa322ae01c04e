"""Images by the name of a data set, in the units in which networks of this chapter see them.

Each channel has mean 0 and variance 1 over the whole data set. With this a deformation commutes:
the weights of an interpolation add up to 1.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jamming.checks.arguments import LARGEST_SEED, whole
from jamming.checks.errors import BadInput
from jamming.data import parse_name
from jamming.data.names import pixels
from jamming.data.sources import Raw, raw
from jamming.training.image_build import seen
from jamming.training.images import ImageJob

# streams of a seed
_STREAM, _TESTED = 0xDEF0, 0x1A6E


def side(name: str, size: int = 0) -> int:
    """The pixels a side of `pictures`; no file is read. BadInput for what is no image."""
    own = max(pixels(name)[:2])
    if size and own > size:
        raise BadInput(f"{name} has {own} pixels a side: give a size of {own} at least, or 0")
    return size or own


def pictures(name: str, rows: Int[np.ndarray, " n"], size: int = 0) -> Float[Array, "n H W C"]:
    """The images of these indices [n, H, W, C], in single precision.

    `size`, if it is not 0: pixels a side, to which they are enlarged by a whole number, linearly,
    and beyond that framed by the pixels of their edge.
    """
    size, (height, width, channels) = side(name, size), pixels(name)
    mean, spread = _moments(name)
    x = _raw(name).images[rows].reshape(-1, height, width, channels)
    times = size // max(height, width)
    shape = (len(x), height * times, width * times, channels)
    x = jax.image.resize(jnp.asarray((x - mean) / spread, jnp.float32), shape, "linear")
    around = [((size - k) // 2, size - k - (size - k) // 2) for k in shape[1:3]]
    return jnp.pad(x, [(0, 0), *around, (0, 0)], mode="edge")


def chosen(name: str, n: int, seed: int) -> Int[np.ndarray, " n"]:
    """Which n images stability is measured with: the first in the random order of a seed."""
    seed = whole("seed", seed, least=0, most=LARGEST_SEED)
    total = len(_raw(name).images)
    rng = np.random.default_rng(np.random.SeedSequence([seed, _STREAM]))
    return rng.permutation(total)[: whole("images", n, least=2, most=total)]


def held_out(job: ImageJob, images: int) -> Float[np.ndarray, "n H W C"]:
    """So many test images of a job, as its network sees them, chosen by the seed of the data.

    Raises BadInput where there are fewer.
    """
    x = seen(job).x_test
    if images > len(x):
        raise BadInput(f"images = {images} is more than the {len(x)} test images: lower it")
    rng = np.random.default_rng(np.random.SeedSequence([job.data_seed, _TESTED]))
    return x[rng.permutation(len(x))[:images]].astype(job.precision)


@functools.lru_cache(maxsize=1)
def _raw(name: str) -> Raw:
    return raw(parse_name(name).base)


@functools.lru_cache(maxsize=4)
def _moments(name: str) -> tuple[Float[np.ndarray, " C"], Float[np.ndarray, " C"]]:
    """Mean and standard deviation of each channel."""
    x = _raw(name).images.reshape(-1, pixels(name)[2])
    total = [
        np.array([of(channel, dtype=np.float64) for channel in x.T]) for of in (np.mean, np.std)
    ]
    return total[0], total[1]
