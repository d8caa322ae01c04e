"""A network that convolves along its channels as it does along space.

The channels of a layer are one more axis v of its representation, along which the next layers
convolve, too, and by which they are made to have a symmetry:

    x_{j+1}(v_1 ... v_j, v_{j+1}) = phi(x_j * psi_{v_{j+1}})(v_1 ... v_j),
    x_J(v_J) = sum over v_1 ... v_{J-1} of x_{J-1}(v_1 ... v_{J-1}, v_J),

where v_1 is the place in the image and * is along all axes (S. Mallat, *Understanding deep
convolutional networks*, 2016; J.-H. Jacobsen, E. Oyallon, S. Mallat & A. Smeulders, *Multiscale
hierarchical convolutional networks*, 2017). What comes out is invariant to translations along each
of them, of the image and of the attributes v that are learnt.
"""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float

from jamming.checks.arguments import whole, wholes
from jamming.checks.errors import BadInput
from jamming.models.classic.classifier import Convolutional, Steps
from jamming.models.classic.parts import Affine, BatchNorm, pool
from jamming.models.networks import Layer

DEEPEST = 4  # layers: each has an axis more
MOST = 2**16  # channels of a layer in all


class Along(Layer):
    """A convolution of z [P, *axes, C], periodic along all axes; its shape is (C, *sides, K)."""

    def __call__(self, W: Array, z: Array) -> Array:
        kept = z.shape[:-1]
        for axis, side in enumerate(self.shape[1:-1], start=1):
            z = jnp.stack([jnp.roll(z, side // 2 - i, axis) for i in range(side)], -1)
        return z.reshape(*kept, -1) @ W.reshape(-1, W.shape[-1])


class Hierarchical(Convolutional):
    """A layer for each of `attributes`, how many values v takes; then sums, and a linear layer.

    Filters have `kernel` pixels a side and `along` values of each attribute. Batch normalisation is
    for each value of the last attribute; between layers images are halved, by averages, so that
    only translations by multiples of 2^(J - 1) pixels change nothing. `width` multiplies the
    attributes.

    Layers: input, layer1 [P, H, V, v_1], layer2 [P, H/2, V/2, v_1, v_2], ..., average, logits.
    """

    attributes: tuple[int, ...] = (8, 8, 16)
    kernel: int = 3
    along: int = 3

    def __post_init__(self) -> None:
        self.attributes = wholes("attributes", self.attributes)
        self.kernel, self.along = whole("kernel", self.kernel), whole("along", self.along)
        super().__post_init__()
        if len(self.attributes) > DEEPEST or math.prod(map(self.wide, self.attributes)) > MOST:
            raise BadInput(
                f"attributes of {self.attributes} values at width {self.width:g} are too many: at"
                f" most {DEEPEST} layers, and {MOST} channels in the last one"
            )

    def through(self, z: Array, on: Steps) -> Float[Array, "P classes"]:
        for j, n in enumerate(self.attributes, start=1):
            if j > 1:
                z = halved(z, f"layer{j}")[..., None]
            # filters of an attribute are no longer than it
            sides = [min(side, self.along) for side in z.shape[3:-1]]
            shape = (z.shape[-1], self.kernel, self.kernel, *sides, self.wide(n))
            z = Affine(Along(shape), self.parametrisation, bias=False, name=f"layer{j}")(z)
            z = BatchNorm(name=f"layer{j}_bn")(z, batch=on.batch, update=on.train)
            z = on.record(f"layer{j}", self.activation(z))
        # a mean where the sum is written: a factor that does not depend on the image
        return on.logits(on.record("average", z.mean(tuple(range(1, z.ndim - 1)))))


def halved(z: Float[Array, "P H V *v"], name: str) -> Float[Array, "P H2 V2 *v"]:
    """Images of half the side, by averages, for all values of the attributes."""
    half = pool(z.reshape(*z.shape[:3], -1), "average", name)
    return half.reshape(*half.shape[:3], *z.shape[3:])
