"""Networks of voxels: steerable ones, which commute with rotations, and plain convolutions.

Images are [P, X, Y, Z, C], of scalars, with 0 for empty space. A `VoxelNet` ends in fields that do
not turn, whose mean over all places is invariant (M. Weiler, M. Geiger, M. Welling, W. Boomsma &
T. Cohen, *3D steerable CNNs*, NeurIPS 2018, sec. 5).
"""

from dataclasses import dataclass
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy.ndimage import map_coordinates

from jamming.checks.arguments import flag, one_of, some, whole, wholes
from jamming.checks.arrays import finite
from jamming.checks.errors import BadInput
from jamming.equivariant.euclidean import nonlinear
from jamming.equivariant.euclidean.irreps import irreps, representation, rotation
from jamming.equivariant.euclidean.steerable import Shells, Steerable, correlate, grid, subsampled
from jamming.models.classic.classifier import Classifier, Steps
from jamming.models.classic.parts import Affine, BatchNorm
from jamming.models.networks import Layer


class Voxels(Classifier, kw_only=True):
    """Convolutions of voxels of `size` voxels a side, a mean over all places, a linear layer.

    `strides` has one for each layer; `smooth` convolves every voxel and puts a low-pass before each
    stride, after the nonlinearity, which makes high frequencies; otherwise convolutions stride.
    `norm`: with batch normalisation, in place of biases, and of the mean; `average_norm`: of the
    mean alone, so that empty space stays 0 and has no border. Layers: input, conv1, ..., average,
    logits.
    """

    strides: tuple[int, ...] = (1, 2, 2, 1)
    size: int = 5
    padding: int = 4
    smooth: bool = True
    norm: bool = False
    average_norm: bool = False

    def __post_init__(self) -> None:
        self.strides = wholes("strides", self.strides, most=16)
        self.size, self.padding = Shells(self.size).size, whole("padding", self.padding, least=0)
        self.smooth, self.norm = flag("smooth", self.smooth), flag("norm", self.norm)
        self.average_norm = flag("average_norm", self.average_norm)
        if (n := self.depth()) != len(self.strides):
            raise BadInput(f"{n} layers and {len(self.strides)} strides: give one of each")
        super().__post_init__()

    def depth(self) -> int:
        """The number of convolutions."""
        raise NotImplementedError

    def layer(self, i: int, z: Array, stride: int, on: Steps) -> Array:
        """Convolution i, from 0 on, with its normalisation and nonlinearity."""
        raise NotImplementedError

    def images(self, x: Any) -> Array:
        x = super().images(x)
        if x.ndim != 5:
            raise BadInput(
                f"{type(self).__name__} takes voxels [P, X, Y, Z, channels], not inputs of shape"
                f" {list(x.shape)}: reshape them"
            )
        return x

    def through(self, z: Array, on: Steps) -> Float[Array, "P classes"]:
        for i, stride in enumerate(self.strides):
            z = self.layer(i, z, 1 if self.smooth else stride, on)
            z = on.record(f"conv{i + 1}", subsampled(z, stride) if self.smooth else z)
        z = z.mean((1, 2, 3))
        if (
            self.norm or self.average_norm
        ):  # means over all places differ little from piece to piece
            z = BatchNorm(name="average_bn")(z, batch=on.batch, update=on.train)
        return on.logits(on.record("average", z))


class VoxelNet(Voxels, kw_only=True):
    """Steerable convolutions, each with a nonlinearity of `nonlinear.KINDS`.

    `fields` are those of the output of each layer, as text or copies of l = 0, 1, ...; those of the
    last do not turn. `most` as of `Shells`. With `reflections` it commutes with these, too, and
    parities of fields count. The defaults are the network of the paper for Tetris: 41,313 weights,
    41,566 parameters with the biases of convolutions, and 8 classes.
    """

    classes: int = 8
    fields: tuple[Any, ...] = ((4, 4, 4, 1), (16, 16, 16), (32, 16, 16), (128,))
    nonlinearity: str = "gate"
    most: tuple[int, ...] | None = None
    reflections: bool = False

    def __post_init__(self) -> None:
        self.fields = tuple(str(irreps(each)) for each in some("fields", tuple(self.fields)))
        self.nonlinearity = one_of("nonlinearity", self.nonlinearity, nonlinear.KINDS)
        self.reflections = Shells(self.size, reflections=self.reflections).reflections
        if nonlinear.turning(self.fields[-1], self.reflections):
            raise BadInput(
                f"the last fields, {self.fields[-1]}, turn: give only such as '8x0e', whose mean"
                " over all places is invariant"
            )
        super().__post_init__()

    def depth(self) -> int:
        return len(self.fields)

    def layer(self, i: int, z: Array, stride: int, on: Steps) -> Array:
        of = self.fields[i - 1] if i else f"{z.shape[-1]}x0e"
        to = str(nonlinear.before(self.nonlinearity, self.fields[i], self.reflections))
        shells = Shells(self.size, most=self.most, reflections=self.reflections)
        name = f"conv{i + 1}"
        a = Steerable(to, of, shells, stride, self.padding, bias=not self.norm, name=name)(z)
        if self.norm:
            norm = nonlinear.FieldNorm(to, self.reflections, name=f"{name}_bn")
            a = norm(a, batch=on.batch, update=on.train)
        betas = None
        if self.nonlinearity == "norm" and (n := nonlinear.turning(to, self.reflections)):
            raw = self.param(f"{name}_beta", nn.initializers.constant(-2.0), (n,), a.dtype)
            betas = jax.nn.softplus(raw)
        how = self.nonlinearity, a, self.fields[i], self.activation, betas, self.reflections
        return nonlinear.after(*how)


class VoxelCNN(Voxels, kw_only=True):
    """The same with plain convolutions: as many `channels` as the paper's, 6.22 million weights."""

    classes: int = 8
    channels: tuple[int, ...] = (43, 144, 160, 128)

    def __post_init__(self) -> None:
        self.channels = wholes("channels", self.channels)
        super().__post_init__()

    def depth(self) -> int:
        return len(self.channels)

    def layer(self, i: int, z: Array, stride: int, on: Steps) -> Array:
        layer = Filtered((self.size,) * 3 + (z.shape[-1], self.channels[i]), stride, self.padding)
        name = f"conv{i + 1}"
        a = Affine(layer, self.parametrisation, bias=not self.norm, name=name)(z)
        if self.norm:
            a = BatchNorm(name=f"{name}_bn")(a, batch=on.batch, update=on.train)
        return self.activation(a)


@dataclass(frozen=True)
class Filtered(Layer):
    """A plain convolution of voxels by W [k, k, k, C, M]."""

    def __call__(self, W: Array, z: Array) -> Array:
        return correlate(W, z, stride=self.stride, padding=self.padding)


def turned(z: Any, R: Any, fields: Any = None) -> Float[Array, "P n n n C"]:
    """[R z](x) = rho(R) z(R^-1 x), with x from the middle of the cube, and 0 outside.

    Exact for rotations of the cube, which permute voxels; others interpolate linearly. `fields` is
    the stack of irreps of the channels, by default scalars.

    Raises:
        BadInput: for voxels that fill no cube, and matrices that are not orthogonal
    """
    z, R = np.asarray(finite(z, "voxels", "P", "n", "n", "n", "C")), rotation(R)
    n, C = z.shape[1], z.shape[-1]
    back = grid(n) @ R + (n - 1) / 2  # R^-1 x, counted from a corner
    if np.allclose(np.abs(R).max(0), 1, atol=1e-6):
        found = z[:, *np.moveaxis(np.rint(back).astype(int), -1, 0)]
    else:
        found = np.empty_like(z)
        for p, c in np.ndindex(len(z), C):
            at = np.moveaxis(back, -1, 0)
            found[p, ..., c] = map_coordinates(z[p, ..., c], at, order=1, cval=0.0)
    rho = np.eye(C) if fields is None else representation(fields, R)
    if len(rho) != C:
        raise BadInput(f"{fields} has {len(rho)} channels, and voxels have {C}: give those of both")
    return jnp.asarray((found @ rho.T).astype(z.dtype))
