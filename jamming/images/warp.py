"""Images deformed by displacement fields in pixels: [tau x](s) = x(s - tau(s)).

The value at s is read off at s - tau(s), moved to the frame where it lies outside, and interpolated
there: by the four pixels around it (`bilinear`), or by all pixels with the weights of a Gaussian of
0.4715 pixels, normalised to 1 (`gaussian`), which blurs even where tau = 0: compare with `blurred`
images then (Petrini, Favero, Geiger & Wyart, NeurIPS 2021, App. C).

Images are [..., H, W, C] with any number of channels: a grey one is ``x[..., None]``.
"""

import functools
from collections.abc import Callable
from typing import Any, Literal, get_args

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from jamming.checks.arguments import numbers, one_of, wholes
from jamming.checks.arrays import as_float, finite, one_key, shaped
from jamming.checks.errors import BadInput
from jamming.images import fields

Interpolation = Literal["bilinear", "gaussian"]
Taps = Callable[[Array, int], list[tuple[Array, Array]]]

SIGMA = 0.4715  # whose weights at the centre of a cell have a participation ratio of 4
# Pixels on each side of the nearest one: those left out have 1e-12 of the weight in a direction.
REACH = 3


def warp(images: Any, field: Any, interpolation: Any = "bilinear") -> Float[Array, "*batch H W C"]:
    """The images [..., H, W, C], deformed.

    `field`: displacements in pixels, along rows' and columns' index, [..., 2, H, W], one for each
    image, or [2, H, W] for all. The result has the dtype of the images, in floating point. BadInput
    where shapes differ, or for an unknown interpolation.
    """
    images = jnp.asarray(finite(images, "images"))
    if images.ndim < 3:
        raise BadInput(f"images are [..., H, W, C], not {list(images.shape)}: add a channel's axis")
    *batch, H, W, C = images.shape
    field = jnp.asarray(finite(field, "field"))
    same = field.ndim == 3
    shaped(field, "field", *(() if same else batch), 2, H, W)
    one_of("interpolation", interpolation, get_args(Interpolation))
    flat = images.reshape(-1, H, W, C)
    field = (field if same else field.reshape(-1, 2, H, W)).astype(images.dtype)
    return _warped(flat, field, interpolation).reshape(images.shape)


def blurred(images: Any) -> Float[Array, "*batch H W C"]:
    """The images [..., H, W, C] as `gaussian` interpolation leaves them where tau = 0."""
    images = as_float(images, "images")
    return warp(images, jnp.zeros((2, *images.shape[-3:-1])), "gaussian")


def augmentation(
    key: Key[Array, ""],
    images: Any,
    *,
    T: Any = 1e-2,
    c: Any = 1,
    interpolation: Any = "bilinear",
) -> Float[Array, "n H W C"]:
    """The images [n, H, W, C], each deformed by a random field of its own.

    T is a number or (lowest, highest), between which each image's is uniform in its logarithm; c is
    a whole number or (lowest, highest), of which each is as likely. They are static under `jit`.
    By default those of the paper (Fig. 12).
    """
    images = jnp.asarray(as_float(images, "images", "n", "H", "W", "C"))
    T, c = numbers("the temperature T", T, above=0.0), wholes("the cut-off c", c)
    for name, ends in (("T", T), ("c", c)):
        if len(ends) not in (1, 2) or ends[0] > ends[-1]:
            raise BadInput(f"{name} is a number, or (lowest, highest), not {ends}")
    logs = jnp.log(jnp.asarray([T[0], T[-1]], images.dtype))

    def one(key: Array) -> Array:
        of_T, of_c, of_field = jax.random.split(key, 3)
        heat = jnp.exp(jax.random.uniform(of_T, (), images.dtype, *logs))
        cut = jax.random.randint(of_c, (), c[0], c[-1] + 1)
        return fields.field(fields.coefficients(of_field, c[-1], heat, cut), images.shape[1:3])

    tau = jax.vmap(one)(jax.random.split(one_key(key), len(images)))
    return warp(images, fields.in_pixels(tau), interpolation)


@functools.partial(jax.jit, static_argnames="interpolation")
def _warped(images: Array, field: Array, interpolation: Interpolation) -> Array:
    taps = _bilinear if interpolation == "bilinear" else _gaussian
    one = functools.partial(_one, taps=taps)
    return jax.vmap(one, in_axes=(0, 0 if field.ndim == 4 else None))(images, field)


def _one(image: Array, field: Array, taps: Taps) -> Array:
    H, W, C = image.shape
    row = jnp.arange(H, dtype=field.dtype)[:, None] - field[0]
    column = jnp.arange(W, dtype=field.dtype)[None] - field[1]
    rows, columns = taps(jnp.clip(row, 0, H - 1), H), taps(jnp.clip(column, 0, W - 1), W)
    pixels = image.reshape(H * W, C)

    def along(i: Array) -> Array:
        return sum((w[..., None] * pixels[i * W + j] for j, w in columns), jnp.zeros_like(image))

    return sum((w[..., None] * along(i) for i, w in rows), jnp.zeros_like(image))


def _bilinear(at: Array, size: int) -> list[tuple[Array, Array]]:
    """Pixels of one direction, and their weights, from which to interpolate `at`."""
    low = jnp.floor(at)
    i = low.astype(jnp.int32)
    return [(i, 1 - (at - low)), (jnp.minimum(i + 1, size - 1), at - low)]


def _gaussian(at: Array, size: int) -> list[tuple[Array, Array]]:
    """As `_bilinear`: a Gaussian of the distance is one of either direction, and so is the sum."""
    offsets = jnp.arange(-REACH, REACH + 1, dtype=jnp.int32)[:, None, None]
    i = jnp.round(at).astype(jnp.int32)[None] + offsets
    weight = jnp.exp(-(((i.astype(at.dtype) - at[None]) / SIGMA) ** 2) / 2)
    weight = jnp.where((i >= 0) & (i < size), weight, 0)
    return list(zip(jnp.clip(i, 0, size - 1), weight / weight.sum(0, keepdims=True), strict=True))
