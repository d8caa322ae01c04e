"""Random changes of training images: `Translate`, and `Deform`.

An augmentation is a hashable function of a key and images [n, H, W, C] in floating point, each of
which it changes at random; shape and dtype remain. Black is 0.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from jamming.checks.arguments import flag, numbers, settle, whole, wholes
from jamming.checks.arrays import one_key
from jamming.checks.errors import BadInput
from jamming.images.warp import augmentation

Augmentation = Callable[[Any, Any], Array]


@dataclass(frozen=True)
class Translate:
    """Moved by up to `shift` pixels in each direction, in black; with `flip`, half are mirrored.

    As by a frame of black pixels and a random crop, all of which are as likely.
    """

    shift: Any = 4
    flip: Any = False

    def __post_init__(self) -> None:
        settle(
            self, {"shift": whole("shift", self.shift, least=0), "flip": flag("flip", self.flip)}
        )

    def __call__(
        self, key: Key[Array, ""], images: Float[Array, "n H W C"]
    ) -> Float[Array, "n H W C"]:
        n, s = len(images), self.shift
        of_shift, of_flip = jax.random.split(one_key(key))
        padded = jnp.pad(images, ((0, 0), (s, s), (s, s), (0, 0)))
        corners = jax.random.randint(of_shift, (n, 2), 0, 2 * s + 1)

        def crop(image: Array, corner: Array) -> Array:
            return jax.lax.dynamic_slice(image, (corner[0], corner[1], 0), images.shape[1:])

        moved = jax.vmap(crop)(padded, corners)
        if not self.flip:
            return moved
        mirrored = jax.random.bernoulli(of_flip, 0.5, (n, 1, 1, 1))
        return jnp.where(mirrored, moved[:, :, ::-1], moved)


@dataclass(frozen=True)
class Deform:
    """Random deformations, as `jamming.images.warp.augmentation`: T and c are one or two each."""

    T: Any = 1e-2
    c: Any = 1

    def __post_init__(self) -> None:
        T, c = numbers("the temperature T", self.T, above=0.0), wholes("the cut-off c", self.c)
        for name, ends in (("T", T), ("c", c)):
            if len(ends) not in (1, 2) or ends[0] > ends[-1]:
                raise BadInput(f"{name} is a number, or (lowest, highest), not {ends}")
        settle(self, {"T": T, "c": c})

    def __call__(
        self, key: Key[Array, ""], images: Float[Array, "n H W C"]
    ) -> Float[Array, "n H W C"]:
        return augmentation(key, images, T=self.T, c=self.c)
