"""Networks that learn nothing but channel operators between fixed wavelet filters.

A layer filters each channel by wavelets W, applies a nonlinearity rho to each coefficient, and then
standardises the channels, mixes them by a learnt complex matrix P, and divides by their norm:

    x -> N P standardised(rho(W x)),        with skip  N P standardised([rho(W x), W x])

(F. Guth, J. Zarka & S. Mallat, *Phase collapse in neural networks*, ICLR 2022, eqs. 8 - 11 and
appendix D; blocks and starts as in the authors' code.) Filters are those of
`jamming.wavelets.layer_filters`, the parts those of `jamming.wavelets.complex_layers`.

NOTE: The paper prints 41.6 and 83.1 million real parameters for CIFAR-10 and 36.0 and 62.8 for
ImageNet. With one low-pass and the L = 4 and 8 wavelets that it prints there would be 12.2 and 24.5
for CIFAR-10. The printed ones are those of the angles of a full circle, L = 8 for CIFAR-10 and 4
for ImageNet, with c_11 = 512 where 256 is printed: so are `CIFAR` and `IMAGENET` here.
"""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from jamming.checks.arguments import flag, number, one_of, some, whole, wholes
from jamming.checks.errors import BadInput
from jamming.models.classic.classifier import Convolutional, Steps
from jamming.models.classic.parts import BatchNorm, halvable
from jamming.wavelets.complex_layers import (
    NONLINEARITIES,
    Mix,
    Nonlinearity,
    Standardise,
    normalised,
    pairs,
)
from jamming.wavelets.layer_filters import Form, filtered
from jamming.wavelets.morlet import MOST_ANGLES, bank_of_images
from jamming.wavelets.scattering import scatter

# channels of the layers of each octave
CIFAR = ((64, 128), (256, 512), (512, 512), (512, 512))
IMAGENET = ((32,), (64, 64), (128, 256), (512, 512), (512, 512), (512, 512))
MNIST = ((16,), (32,), (64,), (64,))
DIGITS = ((16,), (32,), (64,))
VARIANTS = ("scat", *NONLINEARITIES)
FORMS: dict[int, tuple[Form, ...]] = {1: ("octave",), 2: ("first", "second")}


class PhaseCollapse(Convolutional):
    """Octaves of one layer or two, then batch normalisation and a linear layer.

    `variant` is the nonlinearity, of `complex_layers.NONLINEARITIES`, or scat: scattering
    coefficients of first and second order, of as many octaves, of which the last layer alone is
    learnt. `skip` keeps the linear coefficients beside what becomes of them. `blocks` are the
    complex channels of the layers of each octave, `depth` how many octaves there are, by default
    all. L: angles of half a circle; `full`: and the opposite ones, where signals are complex, from
    the second layer on. `linear_low`: rho is not applied to the low-pass, which no skip repeats; by
    default without skip (the authors' code), and with it is (the printed numbers of parameters).
    `slant` of the wavelets: 4 / L by default.

    Layers: input, layer1, layer2, ..., logits; of a layer real and imaginary parts.
    """

    blocks: tuple[tuple[int, ...], ...] = DIGITS
    variant: str = "pc"
    skip: bool = False
    depth: int | None = None
    L: int = 4
    full: bool = True
    linear_low: bool | None = None
    slant: float | None = None

    def __post_init__(self) -> None:
        self.blocks = tuple(wholes("channels of an octave", block) for block in _all(self.blocks))
        if wrong := [block for block in self.blocks if len(block) not in FORMS]:
            raise BadInput(
                f"an octave has one layer or two, not {len(wrong[0])}: give their channels"
            )
        self.variant = one_of("variant", self.variant, VARIANTS)
        self.skip, self.full = flag("skip", self.skip), flag("full", self.full)
        self.L = whole("L, the angles,", self.L, most=MOST_ANGLES)
        if self.depth is not None:
            self.depth = whole("depth, in octaves,", self.depth, most=len(self.blocks))
        if self.linear_low is not None:
            self.linear_low = flag("linear_low", self.linear_low)
        if self.slant is not None or self.L < 3:
            number("slant", 4 / self.L if self.slant is None else self.slant, above=0.0, below=2.0)
        if self.skip and self.variant in ("scat", "linear"):
            raise BadInput(f"{self.variant} has nothing to skip: choose skip=False")
        super().__post_init__()

    def through(self, z: Array, on: Steps) -> Float[Array, "P classes"]:
        octaves = self.blocks[: self.depth]
        z = scattered(z, len(octaves), self.L) if self.variant == "scat" else self.mixed(z, on)
        z = BatchNorm(name="head_bn")(z, batch=on.batch, update=on.train)
        return on.logits(z)

    def mixed(self, z: Array, on: Steps) -> Float[Array, "P h w d"]:
        """What the layers make of images, as real channels."""
        x: Any = z.transpose(0, 3, 1, 2)
        linear_low = not self.skip if self.linear_low is None else self.linear_low
        i = 0
        for block in self.blocks[: self.depth]:
            for channels, form in zip(block, FORMS[len(block)], strict=True):
                i += 1
                if form != "first":
                    halvable(x.real.transpose(0, 2, 3, 1), f"layer{i}")
                W = filtered(x, form, self.L, full=self.full and i > 1, slant=self.slant)
                x = self.collapsed(f"layer{i}", W, linear_low=linear_low)
                x = Standardise(name=f"layer{i}_norm")(x, batch=on.batch, update=on.train)
                x = normalised(Mix(self.wide(channels), name=f"layer{i}_mix")(x))
                on.record(f"layer{i}", pairs(x))
        return pairs(x)

    def collapsed(self, name: str, W: Array, *, linear_low: bool) -> Array:
        """Channels [P, C, h, w] made of coefficients [P, C, K, h, w], the low-pass first."""
        kept = [W[:, :, :1]] if linear_low else []
        z = _flat(W[:, :, len(kept) :])
        parts = [*map(_flat, kept), Nonlinearity(self.variant, name=f"{name}_rho")(z)]
        parts += [z] if self.skip else []
        return jnp.concatenate([part.astype(z.dtype) for part in parts], 1)


def scattered(x: Float[Array, "P H W C"], J: int, L: int) -> Float[Array, "P h w paths"]:
    """Scattering coefficients of J octaves, to second order, of periodic images."""
    sides = x.shape[1:3]
    if min(sides) < 2**J or any(n % 2**J for n in sides):
        raise BadInput(
            f"images of {sides[0]}x{sides[1]} cannot be halved {J} times: pad them to a multiple of"
            f" {2**J} pixels"
        )
    S = scatter(x.transpose(0, 3, 1, 2), bank_of_images(sides, J, L), 2)
    return jnp.moveaxis(S.reshape(len(x), -1, *S.shape[3:]), 1, -1)


def _flat(z: Array) -> Array:
    return z.reshape(len(z), -1, *z.shape[3:])


def _all(blocks: Any) -> tuple[Any, ...]:
    if not isinstance(blocks, tuple | list):
        raise BadInput(f"blocks are tuples of channels, as ((16,), (32, 64)), not {blocks!r}")
    return some("blocks", tuple(blocks))
