"""The wide residual network of *Disentangling feature and lazy training*, Fig. 8: `WideResNet`.

Three stages of residual blocks after Zagoruyko and Komodakis (*Wide residual networks*, 2016),
without batch normalisation, and with the laws of `jamming.models.parametrisation` in every layer. A
block adds two 3x3 convolutions of its input to that input::

    z' = cos(pi/4) S z + sin(pi/4) (c W_2 phi(c W_1 phi(z) + B_1) + B_2)

which keeps pre-activations of order one at any depth. S is the identity, or a 1x1 convolution where
the channels or the image change. Strides and mixing are those of the authors' public code.
"""

import itertools
import math
from typing import ClassVar

from jamming.checks.arguments import whole
from jamming.checks.errors import BadInput
from jamming.models.networks import Affine, Layer, Layered, Nonlinearity, Pad, Signal

# cos(pi/4) = sin(pi/4): of shortcut and branch, which are independent at the start
MIX = math.sqrt(0.5)
# two convolutions and, where shapes change, that of the shortcut
Block = tuple[Layer, Layer, Layer | None]


class WideResNet(Layered):
    """3 stages of `blocks` blocks with h, 2 h and 4 h channels, spatial mean, linear read-out.

    The published 28x10 is h = 160 with blocks = 4. The main path has L = 6 blocks + 1 hidden
    layers. The `stem`, the first convolution, has 16 channels at any h. Stages 2 and 3 halve the
    image.

    Contract: that of `jamming.models.networks`, without `Pad`. The weights of the main path are W1
    ... W{L + 1}, those of the shortcut that ends with layer l S{l}, the biases B of either.

    Example:
        >>> net = jamming.WideResNet(h=2, blocks=1)
        >>> w0 = jax.jit(net.init)(jax.random.key(0), jnp.ones((1, 8, 8, 1)))
        >>> net.apply(w0, jnp.ones((5, 8, 8, 1))).shape
        (5,)
    """

    bias: bool = True
    h: int = 160
    blocks: int = 4
    stem: int = 16
    axes: ClassVar[int] = 4

    def __post_init__(self) -> None:
        for name in ("h", "blocks", "stem"):
            setattr(self, name, whole(name, getattr(self, name)))
        super().__post_init__()

    @property
    def L(self) -> int:
        """Hidden layers of the main path."""
        return 6 * self.blocks + 1

    def layers(self, n_in: int) -> tuple[Layer, tuple[Block, ...], Layer]:
        """Stem, blocks and read-out for images of `n_in` channels."""
        n, blocks = self.stem, []
        for stage, k in itertools.product(range(3), range(self.blocks)):
            m, stride = self.h * 2**stage, 2 if stage > 0 and k == 0 else 1
            shortcut = Layer((1, 1, n, m), stride) if stride > 1 or n != m else None
            first, second = Layer((3, 3, n, m), padding=1), Layer((3, 3, m, m), stride, padding=1)
            blocks.append((first, second, shortcut))
            n = m
        return Layer((3, 3, n_in, self.stem), padding=1), tuple(blocks), Layer((n, self.c))

    def through(self, signal: Signal, affine: Affine, phi: Nonlinearity, pad: Pad | None) -> Signal:
        if pad is not None:
            raise BadInput("a residual network cannot be padded")
        stem, blocks, readout = self.layers(signal[0].shape[-1])

        def step(name: str, layer: Layer, signal: Signal) -> Signal:
            scale = self.parametrisation.prefactor(layer.fan_in, is_last=layer is readout)
            return affine(name, f"B{name}", layer, scale, signal)

        signal = step("W1", stem, signal)
        for k, (first, second, shortcut) in enumerate(blocks, start=1):
            branch = step(f"W{2 * k}", first, phi(signal))
            branch = step(f"W{2 * k + 1}", second, phi(branch))
            cut = step(f"S{2 * k + 1}", shortcut, signal) if shortcut else signal
            signal = tuple(MIX * (one + other) for one, other in zip(cut, branch, strict=True))
        return step(f"W{self.L + 1}", readout, phi(signal))
