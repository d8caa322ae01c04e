"""EfficientNet (Tan & Le, *EfficientNet: rethinking model scaling*, 2019)."""

import math
from dataclasses import field

import jax
from jaxtyping import Array, Float

from jamming.checks.arguments import flag, number, one_of
from jamming.models.activations import Activation, activation
from jamming.models.classic.classifier import Convolutional, Steps
from jamming.models.classic.parts import Affine
from jamming.models.networks import Layer

# factors of width and depth, and the dropout before the last layer
SCALES = {"b0": (1.0, 1.0, 0.2), "b1": (1.0, 1.1, 0.2), "b2": (1.1, 1.2, 0.3)}
# expansion, channels, blocks, kernel, stride of the first block
STAGES = (
    (1, 16, 1, 3, 1),
    (6, 24, 2, 3, 2),
    (6, 40, 2, 5, 2),
    (6, 80, 3, 3, 2),
    (6, 112, 3, 5, 1),
    (6, 192, 4, 5, 2),
    (6, 320, 1, 3, 1),
)


class EfficientNet(Convolutional):
    """Inverted residual blocks with squeeze and excitation: `scale` is b0, b1 or b2.

    A block expands its channels by a 1x1 convolution, filters each of them, multiplies each by a
    factor that a small network makes of all their means, and projects to fewer channels; where
    shapes allow, its input is added. In training, branches are left out of images at random (drop
    connect, with a probability that rises along the network up to `drop_connect`), and dropout
    comes before the last layer (0.2; 0.3 for b2; times `dropout`). Numbers of channels are
    multiples of 8, and 8 at least.

    `small_images` gives the first convolution stride 1 instead of 2, so that 32x32 images end as
    2x2 (as Petrini et al., 2021, whose code also leaves out the last 1x1 convolution, to 1280
    channels). Parameters of 1000 classes as published: 5,288,548 (b0), 7,794,184 (b1), 9,109,994
    (b2).

    Layers: input, conv1; for each block, block1_1_expand (if it does), block1_1_filter,
    block1_1_excite, block1_1_project, and where its input is added block1_1; conv2, average,
    logits.
    """

    scale: str = "b0"
    small_images: bool = True
    dropout: int | float = 1.0
    drop_connect: int | float = 0.2
    activation: Activation = field(default=activation("swish"), kw_only=True)

    def __post_init__(self) -> None:
        self.scale = one_of("scale", self.scale, SCALES)
        self.small_images = flag("small_images", self.small_images)
        self.dropout = number("dropout", self.dropout, least=0.0, most=3.0)
        self.drop_connect = number("drop_connect", self.drop_connect, least=0.0, below=1.0)
        super().__post_init__()

    def wide(self, n: int) -> int:
        """n times `width` and the factor of the scale, as a multiple of 8, at most 10 % less."""
        exact = n * self.width * SCALES[self.scale][0]
        rounded = max(8, int(exact + 4) // 8 * 8)
        return rounded if rounded >= 0.9 * exact else rounded + 8

    def through(self, z: Array, on: Steps) -> Float[Array, "P classes"]:
        _, depth, dropout = SCALES[self.scale]
        z = on.conv("conv1", z, self.wide(32), stride=1 if self.small_images else 2)
        repeats = [math.ceil(blocks * depth) for _, _, blocks, _, _ in STAGES]
        done = 0
        for stage, (n, (expansion, channels, _, kernel, first)) in enumerate(
            zip(repeats, STAGES, strict=True), start=1
        ):
            for k in range(1, n + 1):
                z = self.block(
                    f"block{stage}_{k}",
                    z,
                    on,
                    (expansion, self.wide(channels), kernel, first if k == 1 else 1),
                    self.drop_connect * done / sum(repeats),
                )
                done += 1
        z = on.average(on.conv("conv2", z, 4 * self.wide(320), 1))
        return on.logits(on.dropout(z, dropout * self.dropout))

    def block(
        self, name: str, z: Array, on: Steps, sizes: tuple[int, int, int, int], drop: float
    ) -> Array:
        """A block of (expansion, channels at its end, kernel, stride), left out at rate `drop`."""
        expansion, channels, kernel, stride = sizes
        within = expansion * z.shape[-1]
        branch = on.conv(f"{name}_expand", z, within, 1) if expansion > 1 else z
        branch = on.conv(f"{name}_filter", branch, within, kernel, stride=stride, depthwise=True)
        branch = self.excite(f"{name}_excite", branch, on, max(1, z.shape[-1] // 4))
        branch = on.conv(f"{name}_project", branch, channels, 1, phi=False)
        if branch.shape != z.shape:
            return branch
        return on.record(name, z + on.dropout(branch, drop, whole=True))

    def excite(self, name: str, z: Array, on: Steps, squeezed: int) -> Array:
        """z, each channel multiplied by a factor in (0, 1) that depends on the means of all."""
        C, law = z.shape[-1], self.parametrisation
        mean = z.mean(axis=(1, 2))
        s = self.activation(Affine(Layer((C, squeezed)), law, name=f"{name}_squeeze")(mean))
        gate = jax.nn.sigmoid(Affine(Layer((squeezed, C)), law, name=f"{name}_gate")(s))
        return on.record(name, z * gate[:, None, None])
