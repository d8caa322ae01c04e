"""The wide residual network of *Disentangling feature and lazy training*, Fig. 8: `WideResNet`.

Three stages of residual blocks after Zagoruyko and Komodakis (*Wide residual networks*, 2016),
without batch normalisation, and with the laws of `jamming.models.parametrisation` in every layer. A
block adds what two 3x3 convolutions make of its input to that input::

    z' = cos(pi/4) S z + sin(pi/4) (c W_2 phi(c W_1 phi(z) + B_1) + B_2)

which keeps pre-activations of order one at any depth. S is the identity, or a 1x1 convolution where
the channels or the image change. Strides and mixing are those of the authors' public code.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from jamming.checks.arguments import MOST, whole
from jamming.checks.errors import BadInput
from jamming.models.activations import Activation, activation
from jamming.models.networks import Layer, Params, inputs, settle_common
from jamming.models.parametrisation import NTP, Parametrisation

MIX = math.sqrt(0.5)
"""cos(pi/4) = sin(pi/4): of shortcut and branch, which are independent at the start."""

Signal = tuple[Array, ...]
"""What travels through the network: (z,), or (z, dz) where a change of weights is followed."""

Affine = Callable[[str, Layer, Signal], Signal]
"""An affine layer, by the name of its weights."""


@dataclass(frozen=True)
class Block:
    """Two convolutions and, where shapes change, that of the shortcut."""

    first: Layer
    second: Layer
    shortcut: Layer | None


class WideResNet(nn.Module):
    """3 stages of `blocks` blocks with h, 2 h and 4 h channels, spatial mean, linear read-out.

    The published 28x10 is h = 160 with blocks = 4, whose main path has L = 25 hidden layers; in
    general L = 6 blocks + 1. The `stem`, the first convolution, has 16 channels at any h. The
    second and the third stage halve the image.

    Contract: that of `jamming.models.networks`, with ``net.difference``; no `Pad`. The weights of
    the main path are W1 ... W{L + 1}, those of the shortcuts S{l} beside the layer l that they end
    with, the biases B of either.

    Example:
        >>> net = jamming.WideResNet(h=2, blocks=1)
        >>> w0 = net.init(jax.random.key(0), jnp.ones((1, 8, 8, 1)))
        >>> net.apply(w0, jnp.ones((5, 8, 8, 1))).shape
        (5,)
    """

    activation: Activation = activation("relu")
    parametrisation: Parametrisation = NTP
    bias: bool = True
    c: int = 1
    h: int = 160
    blocks: int = 4
    stem: int = 16

    def __post_init__(self) -> None:
        self.h = whole("h", self.h, least=-MOST)
        self.blocks = whole("blocks", self.blocks, least=-MOST)
        self.stem = whole("stem", self.stem, least=-MOST)
        settle_common(self)
        super().__post_init__()

    @property
    def L(self) -> int:
        """Hidden layers of the main path."""
        return 6 * self.blocks + 1

    def layers(self, n_in: int) -> tuple[Layer, tuple[Block, ...], Layer]:
        """Stem, blocks and read-out for images of `n_in` channels.

        Raises:
            BadInput: no channels or no blocks.
        """
        if min(self.h, self.blocks, self.stem) < 1:
            raise BadInput(
                f"a residual network needs h, blocks and stem of at least 1, not {self.h},"
                f" {self.blocks}, {self.stem}"
            )
        n, blocks = self.stem, []
        for stage in range(3):
            m = self.h * 2**stage
            for k in range(self.blocks):
                stride = 2 if stage > 0 and k == 0 else 1
                changes = stride > 1 or n != m
                blocks.append(
                    Block(
                        Layer((3, 3, n, m), padding=1),
                        Layer((3, 3, m, m), stride, padding=1),
                        Layer((1, 1, n, m), stride) if changes else None,
                    )
                )
                n = m
        return Layer((3, 3, n_in, self.stem), padding=1), tuple(blocks), Layer((n, self.c))

    @nn.compact
    def __call__(self, x: Float[Array, "P H W C"]) -> Float[Array, "P *c"]:
        x = inputs(self, x, 4, self.get_variable("params", "W1"))

        def affine(name: str, layer: Layer, signal: Signal) -> Signal:
            W = self.param(name, self.parametrisation.weights, layer.shape, x.dtype)
            a = self._scale(name, layer) * layer(W, signal[0])
            if self.bias:
                law, n_out = self.parametrisation.biases, layer.shape[-1]
                a = _plus(a, self.param(f"B{name}", law, layer.fan_in, n_out, x.dtype))
            return (a,)

        def phi(signal: Signal) -> Signal:
            return (self.activation(signal[0]),)

        (f,) = self._through((x,), affine, phi)
        return f[..., 0] if self.c == 1 else f

    def difference(self, w: Params, dw: Params, x: Float[Array, "P H W C"]) -> Float[Array, "P *c"]:
        """f(w + dw, x) - f(w, x), carried layer by layer; relative error of order eps."""
        w, dw = w["params"], dw["params"]
        x = inputs(self, x, 4, w["W1"])

        def affine(name: str, layer: Layer, signal: Signal) -> Signal:
            z, dz = signal
            scale = self._scale(name, layer)
            a = scale * layer(w[name], z)
            da = scale * (layer(w[name], dz) + layer(dw[name], z + dz))
            if self.bias:
                a, da = _plus(a, w[f"B{name}"]), _plus(da, dw[f"B{name}"])
            return a, da

        def phi(signal: Signal) -> Signal:
            a, da = signal
            return self.activation(a), self.activation.difference(a, da)

        _, df = self._through((x, jnp.zeros_like(x)), affine, phi)
        return df[..., 0] if self.c == 1 else df

    def _through(self, signal: Signal, affine: Affine, phi: Callable[[Signal], Signal]) -> Signal:
        """The way of a signal through the network, whatever the signal holds."""
        stem, blocks, readout = self.layers(signal[0].shape[-1])
        signal = affine("W1", stem, signal)
        for k, block in enumerate(blocks, start=1):
            branch = affine(f"W{2 * k}", block.first, phi(signal))
            branch = affine(f"W{2 * k + 1}", block.second, phi(branch))
            cut = signal
            if block.shortcut is not None:
                cut = affine(f"S{2 * k + 1}", block.shortcut, signal)
            signal = tuple(MIX * (one + other) for one, other in zip(cut, branch, strict=True))
        return affine(f"W{self.L + 1}", readout, phi(signal))

    def _scale(self, name: str, layer: Layer) -> float:
        is_last = name == f"W{self.L + 1}"
        return self.parametrisation.prefactor(layer.fan_in, is_last=is_last)


def _plus(a: Array, B: Any) -> Array:
    return a + jnp.broadcast_to(B, a.shape)
