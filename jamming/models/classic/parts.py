"""Pieces of the classic networks: affine layers, batch normalisation, images of half the side."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jamming.checks.errors import BadInput
from jamming.models.networks import Layer
from jamming.models.parametrisation import Parametrisation


@dataclass(frozen=True)
class Depthwise(Layer):
    """A convolution of each channel with a filter of its own; its shape is (k, k, 1, C)."""

    def __call__(self, W: Array, z: Array) -> Array:
        (k, _, _, C), s, p = self.shape, self.stride, self.padding
        height, width = ((n + 2 * p - k) // s + 1 for n in z.shape[1:3])
        z = jnp.pad(z, ((0, 0), (p, p), (p, p), (0, 0)))

        def under(i: int, j: int) -> Array:
            ends = (len(z), i + s * (height - 1) + 1, j + s * (width - 1) + 1, C)
            return jax.lax.slice(z, (0, i, j, 0), ends, (1, s, s, 1))

        # on a CPU twice to seven times as fast as XLA's own, in a loop fifty times and more
        taps = [W[i : i + 1, j : j + 1] * under(i, j) for i in range(k) for j in range(k)]
        return sum(taps[1:], taps[0])


class Affine(nn.Module):
    """c W z + B of a `Layer`, with the prefactor c and the initial laws of a `Parametrisation`.

    Maps [P, d] to [P, e], images [P, H, V, C] to [P, H', V', M]; `is_last` of the layer that gives
    the logits. Raises BadInput for weights of other inputs, and images that are too small.
    """

    layer: Layer
    parametrisation: Parametrisation
    bias: bool = True
    is_last: bool = False

    @nn.compact
    def __call__(self, z: Float[Array, "P *d"]) -> Float[Array, "P *e"]:
        law, shape, fan_in = self.parametrisation, self.layer.shape, self.layer.fan_in
        there: Any = self.get_variable("params", "kernel")
        if there is not None and there.shape != shape:
            raise BadInput(
                f"the weights of {self.name} have the shape {list(there.shape)}, not {list(shape)}:"
                " give images of the size and channels for which they were made, or other weights"
            )
        W = self.param("kernel", law.weights, shape, z.dtype)
        a = law.prefactor(fan_in, is_last=self.is_last) * self.layer(W, z)
        if not self.bias:
            return a
        B = self.param("bias", law.biases, fan_in, shape[-1], z.dtype)
        return a + jnp.broadcast_to(B, a.shape)


class BatchNorm(nn.Module):
    """(z - mean) / sqrt(var + epsilon) * scale + bias, for each channel (Ioffe & Szegedy, 2015).

    `batch` takes mean and variance of the batch [P, ..., C] at hand, else running averages of them
    are used, which start at 0 and 1. `update` moves these averages, in the collection
    `batch_stats`, towards what the batch has, a variance divided by the number of pixels.
    """

    momentum: float = 0.9
    epsilon: float = 1e-5

    @nn.compact
    def __call__(
        self, z: Float[Array, "P *d C"], *, batch: bool = False, update: bool = False
    ) -> Float[Array, "P *d C"]:
        shape, axes = (z.shape[-1],), tuple(range(z.ndim - 1))
        scale = self.param("scale", nn.initializers.ones, shape, z.dtype)
        bias = self.param("bias", nn.initializers.zeros, shape, z.dtype)
        mean_of_all = self.variable("batch_stats", "mean", jnp.zeros, shape, z.dtype)
        var_of_all = self.variable("batch_stats", "var", jnp.ones, shape, z.dtype)
        mean, var = mean_of_all.value, var_of_all.value
        if batch:
            mean, var = z.mean(axes), z.var(axes)
        if batch and update:
            follow(self, {mean_of_all: mean, var_of_all: var}, self.momentum)
        gain = scale * jax.lax.rsqrt(var + self.epsilon)
        mean, gain, bias = (jnp.broadcast_to(each, z.shape) for each in (mean, gain, bias))
        return (z - mean) * gain + bias


# of windows [P, H/2, 2, V/2, 2, C]
POOLS: dict[str, Callable[[Array], Array]] = {
    "subsample": lambda windows: windows[:, :, 0, :, 0],
    "max": lambda windows: _larger(*(_larger(*_apart(one, 3)) for one in _apart(windows, 2))),
    "average": lambda windows: windows.mean(axis=(2, 4)),
}


def _apart(z: Array, axis: int) -> tuple[Array, Array]:
    """The two slices of an axis of two."""
    return jax.lax.index_in_dim(z, 0, axis, False), jax.lax.index_in_dim(z, 1, axis, False)


def _larger(a: Array, b: Array) -> Array:
    """Their maximum; the larger one has the gradient, of equal ones each half of it.

    Not by `jnp.max`, whose gradient may be lost (`activations.largest`), and faster than by place.
    """
    return jnp.where(a > b, a, jnp.where(a < b, b, (a + b) / 2))


def follow(of: nn.Module, averages: Mapping[Any, Array], momentum: float) -> None:
    """Move the running averages of a module, in `batch_stats`, towards what a batch has.

    Raises BadInput where that collection is not mutable.
    """
    if of.is_initializing():
        return
    if not of.is_mutable_collection("batch_stats"):
        raise BadInput(
            "training moves the running averages of batch normalisation: apply with"
            " mutable=['batch_stats'], and keep what comes back"
        )
    for average, now in averages.items():
        average.value = momentum * average.value + (1 - momentum) * now


def pool(z: Float[Array, "P H V C"], kind: str, name: str = "pool") -> Float[Array, "P H2 V2 C"]:
    """One value for each window of 2x2 pixels: its top left, its `max` or its `average`.

    `kind` is one of `POOLS`; `name` is that of the layer. A last odd row or column is left out.
    The gradient of a maximum is shared among equal pixels. Raises BadInput for an image without a
    window.
    """
    P, H, V, C = z.shape
    halvable(z, name)
    windows = z[:, : H // 2 * 2, : V // 2 * 2].reshape(P, H // 2, 2, V // 2, 2, C)
    return POOLS[kind](windows)


def halvable(z: Float[Array, "P H V C"], name: str) -> None:
    """Refuse, by BadInput, images without a window of 2x2 pixels."""
    if min(z.shape[1:3]) < 2:
        raise BadInput(
            f"{name} halves an image of {z.shape[1]}x{z.shape[2]}, which is too small: give larger"
            " images, or pad them, or choose a network with fewer down-samplings"
        )
