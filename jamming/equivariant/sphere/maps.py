"""A planar network of the map of a sphere, to which a rotation is not a motion of its plane."""

from typing import Any

from jaxtyping import Array, Float

from jamming.checks.arguments import whole, wholes
from jamming.models.classic.classifier import Convolutional, Steps


class MapNet(Convolutional):
    """Valid convolutions with strides, each with biases and relu, and a linear layer.

    The defaults, on maps of 60 x 60 points, are the planar network of T. Cohen, M. Geiger,
    J. Koehler & M. Welling, *Spherical CNNs*, ICLR 2018, sec. 5.2: 5 x 5 filters with stride 3,
    32 and 64 channels, 68,106 parameters. Ours are 60 x 59, which leave as many pixels behind both.

    Layers: input, conv1, ..., logits.
    """

    channels: tuple[int, ...] = (32, 64)
    kernel: int = 5
    stride: int = 3

    def __post_init__(self) -> None:
        self.channels = wholes("channels", self.channels)
        self.kernel, self.stride = whole("kernel", self.kernel), whole("stride", self.stride)
        super().__post_init__()

    def through(self, z: Array, on: Steps) -> Float[Array, "P classes"]:
        for i, channels in enumerate(self.channels, 1):
            how: dict[str, Any] = {"stride": self.stride, "padding": 0, "bias": True, "norm": False}
            z = on.conv(f"conv{i}", z, self.wide(channels), self.kernel, **how)
        return on.logits(z)
