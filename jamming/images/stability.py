"""How stable a network is to deformations of its images, relative to noise of the same norm.

Each image x gets one random deformation tau x (`fields`, `warp`) and one x + eta, eta uniform on a
sphere (`noise`); what they do to the outputs is D_f, G_f and R_f (`estimators`; Petrini, Favero,
Geiger & Wyart, NeurIPS 2021, Sec. 3). With `gaussian` interpolation, which blurs, x is the blurred
image in all three.

`apply` is a function, for `jax.jit`, of images [n, H, W, C] that gives outputs [n, ...]; weights go
in as ``jax.tree_util.Partial(net.apply, w)``, which is compiled once for all of them. Images are in
the units that the network has learnt in. It sees `block` of them at a time: let this be all where
they depend on one another, as under batch normalisation with the statistics of the batch. A network
outside of JAX can be given what `perturbed` returns, and its outputs to `relative_stability`.
"""

import functools
import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, TypedDict, Unpack, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial
from jaxtyping import Array, Float, Key

from jamming.checks.arguments import number, one_of, whole
from jamming.checks.arrays import finite, one_key
from jamming.checks.errors import BadInput
from jamming.images.estimators import SAMPLES, Stability, relative_stability
from jamming.images.fields import in_pixels, outside, sample_field, temperature
from jamming.images.noise import sphere_noise
from jamming.images.warp import Interpolation, blurred, warp

Radius = Literal["mean", "each"]

BLOCK = 100


class Perturbed(NamedTuple):
    """Images [n, H, W, C] three times, and |eta| of each."""

    clean: Float[Array, "n H W C"]
    deformed: Float[Array, "n H W C"]
    noisy: Float[Array, "n H W C"]
    radius: Float[Array, " n"]


class Perturbation(TypedDict, total=False):
    """The options of `perturbed`."""

    delta: Any
    c: Any
    mode: Any
    interpolation: Any
    noise: Any
    block: Any


def perturbed(
    images: Any,
    key: Key[Array, ""],
    *,
    delta: Any = 1.0,
    c: Any = 3,
    mode: Any = "exact",
    interpolation: Any = "bilinear",
    noise: Any = "mean",
    block: Any = BLOCK,
) -> Perturbed:
    """The images as they are, deformed by `delta` pixels at cut-off `c`, and with noise.

    `mode` is the relation between delta and the temperature (see `fields`). `noise`, the norm of
    eta, is `mean`, that of tau x - x averaged over images, as printed; `each`, that of each image,
    as in the authors' code; or a number. Integers become floating point, not divided by 255. Warns
    where the deformation is outside of the `window` in which it is resolved and bijective.
    """
    images = jnp.asarray(finite(images, "images", "n", "H", "W", "C"))
    one_of("interpolation", interpolation, get_args(Interpolation))
    c = whole("the cut-off c", c)
    T, n = temperature(delta, images.shape[1:3], c, mode), len(images)
    if said := outside(T, images.shape[1:3], c, mode):
        warnings.warn(said, stacklevel=2)
    of_fields, of_noise = jax.random.split(one_key(key))
    heat = jnp.asarray(T, images.dtype)
    deform = functools.partial(_deformed, T=heat, c=c, interpolation=interpolation)
    moved = jnp.asarray(_in_blocks(deform, block, images, jax.random.split(of_fields, n)))
    blurs = interpolation == "gaussian"
    clean = jnp.asarray(_in_blocks(blurred, block, images)) if blurs else images
    if isinstance(noise, str):
        one_of("noise", noise, get_args(Radius))
        radius = jnp.linalg.norm((moved - clean).reshape(n, -1), axis=1)
        radius = jnp.full_like(radius, radius.mean()) if noise == "mean" else radius
    else:
        norm = number("noise, the norm of eta,", noise, above=0.0)
        radius = jnp.full(n, norm, images.dtype)
    return Perturbed(clean, moved, clean + sphere_noise(of_noise, clean, radius), radius)


def evaluate(apply: Callable[[Array], Any], images: Any, *, block: Any = BLOCK) -> Any:
    """What `apply` gives of images [n, H, W, C]: an array [n, ...] of NumPy, or a mapping of them.

    BadInput where it gives no row for each image.
    """
    images = jnp.asarray(finite(images, "images", "n", "H", "W", "C"))
    f = apply if isinstance(apply, Partial) else Partial(apply)
    return _in_blocks(functools.partial(_call, f), block, images)


def stability(
    apply: Callable[[Array], Array],
    images: Any,
    key: Key[Array, ""],
    *,
    estimator: Any = "median",
    samples: Any = SAMPLES,
    level: Any = 0.95,
    **how: Unpack[Perturbation],
) -> Stability:
    """D_f, G_f and R_f of a network; `how` are the options of `perturbed`.

    For `estimator` and the intervals, and what is refused, see `relative_stability`.
    """
    found = _outputs(apply, images, key, how)
    if any(isinstance(outputs, Mapping) for outputs in found):
        raise BadInput("apply gives several layers: use layer_stability")
    return relative_stability(*found, estimator=estimator, samples=samples, level=level)


def layer_stability(
    apply: Callable[[Array], Mapping[str, Array]],
    images: Any,
    key: Key[Array, ""],
    *,
    estimator: Any = "median",
    samples: Any = SAMPLES,
    level: Any = 0.95,
    **how: Unpack[Perturbation],
) -> dict[str, Stability]:
    """`stability` of each of the layers, by name, that `apply` gives as a mapping."""
    found = _outputs(apply, images, key, how)
    if not all(isinstance(outputs, Mapping) for outputs in found):
        raise BadInput("apply gives one array: use stability, or give {name: outputs}")
    of = functools.partial(relative_stability, estimator=estimator, samples=samples, level=level)
    return {name: of(*(outputs[name] for outputs in found)) for name in found[0]}


def _outputs(apply: Callable[[Array], Any], images: Any, key: Array, how: Perturbation) -> Any:
    x = perturbed(images, key, **how)
    block = how.get("block", BLOCK)
    return [evaluate(apply, each, block=block) for each in (x.clean, x.deformed, x.noisy)]


@functools.partial(jax.jit, static_argnames=("c", "interpolation"))
def _deformed(images: Array, keys: Array, T: Array, c: int, interpolation: Interpolation) -> Array:
    n = images.shape[1:3]
    tau = jax.vmap(lambda key: sample_field(key, n, c, T))(keys)
    return warp(images, in_pixels(tau), interpolation)


@jax.jit
def _call(f: Callable[..., Any], images: Array) -> Any:
    return f(images)


def _in_blocks(f: Callable[..., Any], block: Any, *each: Array) -> Any:
    """f of arrays [n, ...], of `block` rows at a time: blocks are of one size, for one program."""
    n = len(each[0])
    if not n:
        raise BadInput("there are no images: give two at least")
    blocks = math.ceil(n / whole("block, a number of images,", block))
    size = math.ceil(n / blocks)
    # the last is filled up with the first images again, that it be of images
    at = np.arange(blocks * size).reshape(blocks, size) % n
    parts = [jax.tree.map(np.asarray, f(*(x[rows] for x in each))) for rows in at]
    for leaf in jax.tree.leaves(parts):
        if leaf.shape[:1] != (size,):
            raise BadInput(f"apply gives {list(leaf.shape)} of {size} images, not [{size}, ...]")
    return jax.tree.map(lambda *rows: np.concatenate(rows)[:n], *parts)
