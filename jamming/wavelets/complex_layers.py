"""Nonlinearities of complex coefficients, and layers of complex channels [P, C, H, W].

A phase collapse keeps |z| alone, amplitude reductions keep the phase, rho(|z|) z / |z|:

    pc      |z|
    at      rho(r) = max(0, r - b)              soft threshold
    as      rho(r) = 1 / (1 + exp(-a r - b))    sigmoid
    ac      rho(r) = 1                          amplitude collapse
    linear  z itself

with a and b of each channel, which are learnt from a = 1 and b = 0.1 (at) or 0 (as) on (F. Guth, J.
Zarka & S. Mallat, *Phase collapse in neural networks*, 2022, and their code). Here z / |z| stands
for z / sqrt(|z|^2 + FLOOR^2), so that what rounding leaves of a black part of an image has neither
an amplitude of 1 nor gradients of any size.

Parameters and running averages are real: real and imaginary parts along a first axis of 2.
"""

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Complex, Float, Inexact

from jamming.models.classic.parts import follow

FLOOR = 1e-3
START = {"at": {"b": 0.1}, "as": {"a": 1.0, "b": 0.0}}  # of the numbers that are learnt
NONLINEARITIES = ("pc", "at", "as", "ac", "linear")


class Nonlinearity(nn.Module):
    """One of `NONLINEARITIES`, by its name, of coefficients z [P, C, ...]; those of pc are real."""

    kind: str

    @nn.compact
    def __call__(self, z: Complex[Array, "P C *d"]) -> Inexact[Array, "P C *d"]:
        if self.kind == "linear":
            return z
        if self.kind == "pc":
            return jnp.abs(z)
        r = jnp.sqrt(square(z) + FLOOR**2)
        if self.kind == "ac":
            return z / r
        shape = (1, z.shape[1], *(1,) * (z.ndim - 2))
        learnt = {
            name: self.param(name, nn.initializers.constant(start), shape[1:2], r.dtype)
            for name, start in START[self.kind].items()
        }
        of = {name: values.reshape(shape) for name, values in learnt.items()}
        at = self.kind == "at"
        rho = jax.nn.relu(r - of["b"]) if at else jax.nn.sigmoid(of["a"] * r + of["b"])
        return z / r * rho


class Standardise(nn.Module):
    """(z - mean) / sqrt(var + epsilon) of each complex channel, with var the mean of |z - mean|^2.

    `batch` and `update` as of `jamming.models.classic.parts.BatchNorm`.
    """

    momentum: float = 0.9
    epsilon: float = 1e-5

    @nn.compact
    def __call__(
        self, z: Complex[Array, "P C H W"], *, batch: bool = False, update: bool = False
    ) -> Complex[Array, "P C H W"]:
        C, kind = z.shape[1], z.real.dtype
        mean_of_all = self.variable("batch_stats", "mean", jnp.zeros, (2, C), kind)
        var_of_all = self.variable("batch_stats", "var", jnp.ones, (C,), kind)
        mean, var = lax.complex(*mean_of_all.value), var_of_all.value
        if batch:
            mean = z.mean((0, 2, 3))
            var = square(z - _of_channels(mean)).mean((0, 2, 3))
        if batch and update:
            both = jnp.stack([mean.real, mean.imag])
            follow(self, {mean_of_all: both, var_of_all: var}, self.momentum)
        return (z - _of_channels(mean)) * _of_channels(lax.rsqrt(var + self.epsilon))


class Mix(nn.Module):
    """A complex matrix over channels, at each pixel, without biases: z [P, C, H, W] to D channels.

    Its entries start as complex normal numbers of variance 1 / C.
    """

    channels: int

    @nn.compact
    def __call__(self, z: Complex[Array, "P C H W"]) -> Complex[Array, "P D H W"]:
        shape = (2, z.shape[1], self.channels)
        start = nn.initializers.normal((2 * shape[1]) ** -0.5)
        A, B = self.param("kernel", start, shape, z.real.dtype)
        # four products of real matrices: several networks side by side have no fast complex ones
        x, y = (jnp.moveaxis(part, 1, -1) for part in (z.real, z.imag))
        return jnp.moveaxis(lax.complex(x @ A - y @ B, x @ B + y @ A), -1, 1)


def normalised(z: Complex[Array, "P C H W"]) -> Complex[Array, "P C H W"]:
    """z over its norm across channels at each pixel, which is 1 then, of norms above `FLOOR`."""
    return z * lax.rsqrt(square(z).sum(1, keepdims=True) + FLOOR**2)


def square(z: Complex[Array, "*d"]) -> Float[Array, "*d"]:
    """|z|^2."""
    return z.real**2 + z.imag**2


def pairs(z: Complex[Array, "P C H W"]) -> Float[Array, "P H W d"]:
    """Real and imaginary parts as channels of their own, which go last."""
    return jnp.moveaxis(jnp.concatenate([z.real, z.imag], 1), 1, -1)


def _of_channels(values: Any) -> Any:
    return values[None, :, None, None]
