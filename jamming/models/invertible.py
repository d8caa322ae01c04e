"""An exactly invertible network of images: additive coupling, and pixels that become channels.

A block splits the channels in two halves and maps (a, b) to (b, a + F(b)), whose inverse is
(a', b') -> (b' - F(a'), a') whatever F is, and whose Jacobian has determinant +-1 (Dinh, Krueger &
Bengio, *NICE*, 2014). `to_channels` halves the image, as each 2x2 pixels become channels. So the
code of an image has as many numbers as the image, and no volume is lost: nothing of what the image
says (Jacobsen, Smeulders & Oyallon, *i-RevNet*, 2018).
"""

import dataclasses
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from jamming.checks.arguments import flag, whole
from jamming.checks.errors import BadInput
from jamming.models.classic.classifier import Convolutional, Steps
from jamming.models.networks import Params

STAGES = 3  # each halves the image first


def to_channels(z: Float[Array, "P H V C"]) -> Float[Array, "P H2 V2 C4"]:
    """Each window of 2x2 pixels becomes one, its pixels becoming channels; BadInput if one is left.

    Nothing but an order: norms are conserved.
    """
    P, H, V, C = z.shape
    if H % 2 or V % 2:
        raise BadInput(
            f"an image of {H}x{V} has no whole windows of 2x2: enlarge or pad images to a multiple"
            f" of {2**STAGES}"
        )
    windows = z.reshape(P, H // 2, 2, V // 2, 2, C)
    return windows.transpose(0, 1, 3, 2, 4, 5).reshape(P, H // 2, V // 2, 4 * C)


def to_pixels(z: Float[Array, "P H2 V2 C4"]) -> Float[Array, "P H V C"]:
    """The inverse of `to_channels`."""
    P, H, V, C = z.shape
    windows = z.reshape(P, H, V, 2, 2, C // 4).transpose(0, 1, 3, 2, 4, 5)
    return windows.reshape(P, 2 * H, 2 * V, C // 4)


class CouplingNet(Convolutional):
    """Three stages, each `to_channels` and `blocks` couplings; mean over pixels, last layer.

    F is two convolutions 3x3, between them h = 32 `width` channels, batch normalisation and relu.
    The sides of images are multiples of 8. With ``invertible=False`` it is the residual network
    of the same size, phi(z + F(z)) on all channels with h/2 in F, which loses information in
    each block.

    Layers: input, stage1_1 ... stage3_<blocks>, average, logits.
    """

    blocks: int = 4
    invertible: bool = True

    def __post_init__(self) -> None:
        self.blocks = whole("blocks", self.blocks, most=100)
        self.invertible = flag("invertible", self.invertible)
        super().__post_init__()

    def through(self, z: Array, on: Steps) -> Float[Array, "P classes"]:
        for stage in range(1, STAGES + 1):
            z = to_channels(z)
            for k in range(1, self.blocks + 1):
                name = f"stage{stage}_{k}"
                if self.invertible:
                    a, b = jnp.split(z, 2, axis=-1)
                    z = jnp.concatenate([b, a + self.branch(name, b, on)], -1)
                else:
                    z = self.activation(z + self.branch(name, z, on))
                z = on.record(name, z)
        return on.logits(on.average(z))

    def branch(self, name: str, z: Array, on: Steps) -> Array:
        """F, of so many channels as z has."""
        inner = self.wide(32 if self.invertible else 16)
        mid = on.conv(f"{name}_in", z, inner, record=False)
        return on.conv(f"{name}_out", mid, z.shape[-1], norm=False, phi=False, record=False)


class _Backwards(CouplingNet):
    """The inverse, with the same variables: from codes to images, as rows of numbers."""

    def through(self, z: Array, on: Steps) -> Float[Array, "P n"]:
        for stage in range(STAGES, 0, -1):
            for k in range(self.blocks, 0, -1):
                a, b = jnp.split(z, 2, axis=-1)
                z = jnp.concatenate([b - self.branch(f"stage{stage}_{k}", a, on), a], -1)
            z = to_pixels(z)
        return z.reshape(len(z), -1)


def codes_of(net: CouplingNet, variables: Params, x: Any) -> Float[Array, "P H8 V8 K"]:
    """The codes of images [P, H, W, C]: what the last block gives, in use."""
    _, seen = net.apply(variables, x, mutable=["intermediates"])
    found: Any = seen["intermediates"]["layers"]
    return next(z for layer in found[::-1] for name, z in layer.items() if name.startswith("stage"))


def images_of(net: CouplingNet, variables: Params, codes: Any) -> Float[Array, "P H W C"]:
    """The inverse of `codes_of`, to rounding; BadInput for a residual network."""
    if not net.invertible:
        raise BadInput("a residual network cannot be inverted: take one with invertible=True")
    options = {
        each.name: getattr(net, each.name)
        for each in dataclasses.fields(net)
        if each.name not in ("parent", "name")
    }
    rows: Any = _Backwards(**options).apply(variables, codes)
    P, H, V, C = codes.shape
    times = 2**STAGES
    return rows.reshape(P, times * H, times * V, C // times**2)
