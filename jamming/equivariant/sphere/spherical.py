"""Spherical convolutional networks, of images on the grid of the sphere (see `transforms`).

A layer correlates with filters of few places (`correlations`), cuts the
bandwidth down, and applies a nonlinearity on the grid of the rotations. At the end the mean over
all rotations, or the maximum over their grid, forgets them (T. Cohen, M. Geiger, J. Koehler &
M. Welling, *Spherical CNNs*, ICLR 2018, sec. 5).
"""

import math
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from jamming.checks.arguments import flag, one_of, shown, some, wholes
from jamming.checks.errors import BadInput
from jamming.equivariant.sphere import correlations
from jamming.equivariant.sphere.correlations import Places
from jamming.equivariant.sphere.rotations import bandwidth
from jamming.equivariant.sphere.transforms import from_rotations, from_sphere, to_rotations
from jamming.models.activations import largest
from jamming.models.classic.classifier import Classifier, Steps
from jamming.models.classic.parts import BatchNorm, follow
from jamming.models.networks import inputs

FILTERS = ("near", "equator", "everywhere")
POOLS = ("mean", "max")


class Correlation(nn.Module):
    """Coefficients with C channels to functions of rotations with `channels`, l < b.

    `places` decide whether the input is on the sphere, [P, C, l, m], or of rotations, [P, C, n, l,
    m]. Weights [C, channels, places] ~ N(0, 1), with the prefactor (C places)^-1/2. With `zonal` a
    filter is averaged over its turns, so that no rotation about its axis is seen: outputs have
    n = 0 alone, and are functions on the sphere.
    """

    places: Places
    b: int
    channels: int
    zonal: bool = False

    @nn.compact
    def __call__(self, z: Complex[Array, "P C *coefficients"]) -> Complex[Array, "P K n l m"]:
        on_sphere = self.places.angles.shape[1] == 2
        z = (correlations.cut if on_sphere else correlations.cut_rotations)(z, self.b)
        shape = z.shape[1], self.channels, len(self.places)
        w = self.param("kernel", nn.initializers.normal(1.0), shape, z.real.dtype)
        basis = self.places.basis(self.b) / math.sqrt(shape[0] * shape[2])
        if self.zonal:  # the last axis of a filter is n of its output
            basis = basis * (np.arange(2 * self.b - 1) == self.b - 1)
        psi = jnp.tensordot(w.astype(z.dtype), jnp.asarray(basis, z.dtype), 1)
        return (correlations.on_sphere if on_sphere else correlations.on_rotations)(z, psi)


class RotationNorm(nn.Module):
    """Batch normalisation of functions of rotations: by means over all rotations and the batch.

    These are integrals, which rotations of the inputs leave as they are; sums over grids are not.
    `batch` and `update` as of `jamming.models.classic.parts.BatchNorm`.
    """

    momentum: float = 0.9
    epsilon: float = 1e-5

    @nn.compact
    def __call__(
        self, F: Complex[Array, "P C n l m"], *, batch: bool = False, update: bool = False
    ) -> Complex[Array, "P C n l m"]:
        C, b, kind = F.shape[1], F.shape[-2], F.real.dtype
        scale = self.param("scale", nn.initializers.ones, (C,), kind)
        mean_of_all = self.variable("batch_stats", "mean", jnp.zeros, (C,), kind)
        var_of_all = self.variable("batch_stats", "var", jnp.ones, (C,), kind)
        mean, var = mean_of_all.value, var_of_all.value
        if batch:
            mean = correlations.mean(F).mean(0)
            var = correlations.mean_square(F).mean(0) - mean**2
            if update:
                follow(self, {mean_of_all: mean, var_of_all: var}, self.momentum)
        F = F.at[:, :, b - 1, 0, b - 1].add(-jnp.broadcast_to(mean, F.shape[:2]).astype(F.dtype))
        gain = (scale * jax.lax.rsqrt(var + self.epsilon)).astype(F.dtype)
        return jnp.einsum("pcnlm,c->pcnlm", F, gain)


class SphereNet(Classifier, kw_only=True):
    """Correlations, the first on the sphere, each with biases and relu; a mean; a linear layer.

    `bandwidths` and `channels` are those of the outputs of each layer. Filters are rings about the
    pole up to the angle `most`, or at the equator (`filters`), of `alphas`, `betas` and, of
    rotations, `gammas` places; `most` should be a few distances pi / 2 b of the grid. Rings at the
    equator have 2 b places, of the layer's input, where `alphas` is None; filters that are
    "everywhere" have the whole grid of the layer's bandwidth. `grids`, by default the
    bandwidths, are those of the grids on which relu is applied: what it makes beyond them is
    aliased, and depends on how an image is turned, above all in layers of few l.
    `norm`: with batch normalisation, also of what is pooled. `pool`: mean, or max over the grid of
    the rotations. Images are [P, 2 b, 2 b - 1, C]; b = 30 and the defaults are those of the paper,
    58,310 parameters.

    Layers: input, conv1, ... [P, gamma, beta, alpha, K], pooled, logits.
    """

    bandwidths: tuple[int, ...] = (10, 6)
    channels: tuple[int, ...] = (20, 40)
    filters: str = "near"
    alphas: int | None = 6
    betas: int = 2
    gammas: int = 6
    most: float = math.pi / 8
    grids: tuple[int, ...] | None = None
    zonal: bool = False
    norm: bool = False
    pool: str = "mean"

    def __post_init__(self) -> None:
        self.bandwidths = tuple(bandwidth(b) for b in wholes("bandwidths", self.bandwidths))
        some("bandwidths", self.bandwidths)
        self.channels = wholes("channels", self.channels)
        if len(self.channels) != len(self.bandwidths):
            raise BadInput(
                f"{len(self.bandwidths)} bandwidths and {len(self.channels)} channels: give one of"
                " each for a layer"
            )
        if self.grids is not None:
            self.grids = tuple(bandwidth(b) for b in wholes("grids", self.grids))
            if len(self.grids) != len(self.bandwidths) or any(
                grid < b for grid, b in zip(self.grids, self.bandwidths, strict=True)
            ):
                raise BadInput(
                    f"grids of {shown(self.grids)} are not as fine as the bandwidths"
                    f" {shown(self.bandwidths)} ask for: give a larger one for each"
                )
        self.filters = one_of("filters", self.filters, FILTERS)
        self.pool = one_of("pool", self.pool, POOLS)
        self.zonal, self.norm = flag("zonal", self.zonal), flag("norm", self.norm)
        super().__post_init__()

    def places(self, layer: int, b: int) -> Places:
        """Where the filters of a layer, from 1 on, have weights, its input of bandwidth b."""
        if self.filters == "equator":
            make = correlations.equator if layer == 1 else correlations.equator_of_rotations
            return make(2 * b if self.alphas is None else self.alphas)
        if self.filters == "everywhere":
            on, of = correlations.everywhere, correlations.everywhere_of_rotations
            return (on if layer == 1 else of)(self.bandwidths[layer - 1])
        if layer == 1:
            return correlations.near_pole(self.alphas, self.betas, self.most)
        return correlations.near_identity(self.alphas, self.betas, self.gammas, self.most)

    def images(self, x: Any) -> Array:
        x = inputs(self, x, 4, None)
        H, V = x.shape[1:3]
        if H % 2 or V != H - 1 or self.bandwidths[0] > H // 2:
            raise BadInput(
                f"images of {H} x {V} are not on the sphere's grid of 2 b x 2 b - 1 points, b at"
                f" least {self.bandwidths[0]}: see"
                " jamming.equivariant.sphere.transforms.sphere_points"
            )
        return x

    def through(self, z: Array, on: Steps) -> Float[Array, "P classes"]:
        F: Any = from_sphere(jnp.moveaxis(z, -1, 1))
        layers = zip(self.bandwidths, self.channels, self.grids or self.bandwidths, strict=True)
        for i, (b, channels, fine) in enumerate(layers, 1):
            F = Correlation(self.places(i, F.shape[-2]), b, channels, self.zonal, name=f"conv{i}")(
                F
            )
            if self.norm:
                F = RotationNorm(name=f"conv{i}_bn")(F, batch=on.batch, update=on.train)
            B = self.param(f"conv{i}_bias", nn.initializers.zeros, (channels,), z.dtype)
            grid = to_rotations(correlations.widened_rotations(F, fine)).real
            grid = self.activation(grid + jnp.broadcast_to(B[:, None, None, None], grid.shape))
            on.record(f"conv{i}", jnp.moveaxis(grid, 1, -1))
            F = correlations.cut_rotations(from_rotations(grid), b)
        if self.pool == "mean":
            pooled = correlations.mean(F)
        else:
            pooled = largest(grid.reshape(*grid.shape[:2], -1))
        if self.norm:  # means over all rotations differ little from image to image
            pooled = BatchNorm(name="pooled_bn")(pooled, batch=on.batch, update=on.train)
        return on.logits(on.record("pooled", pooled))
