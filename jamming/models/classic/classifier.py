"""What the classic networks have in common: `Classifier`, `Convolutional`, `Steps`, and `layers`.

Contract, of any of them::

    variables = net.init(key, x)                    # x: images [P, height, width, channels]
    logits = net.apply(variables, x)                # [P, classes], everything in eval mode
    logits, new = net.apply(
        variables, x, train=True, rngs={"dropout": key}, mutable=["batch_stats"]
    )

The number of channels and the size of the images follow from the x given to `init`. Parameters and
running averages take its dtype, in which `apply` computes. Without batch normalisation there are no
`batch_stats`, and `apply(variables, x)` is a plain function of parameters and images.

Batch normalisation takes the statistics of the batch in training, else running averages; in
training it moves these. ``batch_norm="batch"`` or ``"running"`` chooses otherwise. At the start of
training, averages of 0 and 1 normalise nothing; stability is measured there with
``net.apply(variables, x, batch_norm="batch")``: statistics of the batch, dropout off, no averages
moved (Petrini et al., *Relative stability toward diffeomorphisms indicates performance in deep
nets*, 2021, appendix E.1).
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jamming.checks.arguments import flag, number, one_of, shown, whole
from jamming.checks.arrays import as_float
from jamming.checks.errors import BadInput
from jamming.models.activations import Activation, activation
from jamming.models.classic.parts import Affine, BatchNorm, Depthwise, pool
from jamming.models.networks import Layer, inputs
from jamming.models.parametrisation import Parametrisation, plain


class Classifier(nn.Module, kw_only=True):
    """Images to logits; subclasses say by which steps.

    By default relu, and PyTorch's initial weights and biases: uniform in +-fan_in^-1/2.

    Raises BadInput for options out of range, and when applied for images of another rank, images
    that are too small, weights for other images, and options of `apply` that are none.
    """

    classes: int = 10
    activation: Activation = activation("relu")
    parametrisation: Parametrisation = plain("uniform")

    def __post_init__(self) -> None:
        for name, kind in (("activation", Activation), ("parametrisation", Parametrisation)):
            if not isinstance(value := getattr(self, name), kind):
                raise BadInput(f"{name} = {shown(value)} is no {kind.__name__}: make one by name")
        self.classes = whole("classes", self.classes)
        super().__post_init__()

    def through(self, z: Array, on: "Steps") -> Float[Array, "P classes"]:
        """Images to logits, in the steps of `on`."""
        raise NotImplementedError

    @nn.compact
    def __call__(
        self, x: Any, train: Any = False, batch_norm: Any = None
    ) -> Float[Array, "P classes"]:
        """Logits of images x [P, height, width, channels]; see the contract of this module."""
        train = flag("train", train)
        if batch_norm is not None:
            batch_norm = one_of("batch_norm", batch_norm, ("batch", "running"))
        x = self.images(x)
        weights = jax.tree.leaves(self.variables.get("params", {}))
        on = Steps(self, train, batch=train if batch_norm is None else batch_norm == "batch")
        return self.through(on.record("input", x.astype(weights[0].dtype) if weights else x), on)

    def images(self, x: Any) -> Array:
        """The inputs [P, ...] in floating point, if they are what the network takes."""
        x = jnp.asarray(as_float(x, "the inputs"))
        if x.ndim < 2:
            raise BadInput(f"inputs are [P, ...], not of the shape {list(x.shape)}: reshape them")
        return x


class Convolutional(Classifier, kw_only=True):
    """A network of images [P, height, width, channels].

    `width` multiplies the published numbers of channels and hidden neurons.
    """

    width: int | float = 1.0

    def __post_init__(self) -> None:
        self.width = number("width", self.width, above=0.0, most=1e6)
        super().__post_init__()

    def wide(self, n: int) -> int:
        """How many channels there are instead of n: n times `width`, and at least one."""
        return max(1, round(n * self.width))

    def images(self, x: Any) -> Array:
        return inputs(self, x, 4, None)


@dataclass(frozen=True)
class Steps:
    """The steps of a network: each makes a layer, applies it, and records what comes of it."""

    net: Classifier
    train: bool
    batch: bool  # whether batch normalisation takes the statistics of the batch

    def record(self, name: str, z: Array) -> Array:
        """z, which `layers` shows under this name."""
        self.net.sow("intermediates", "layers", {name: z})  # stored on request, else free
        return z

    def conv(
        self,
        name: str,
        z: Array,
        channels: int,
        kernel: int = 3,
        *,
        stride: int = 1,
        padding: int | None = None,
        bias: bool = False,
        norm: bool = True,
        phi: bool = True,
        depthwise: bool = False,
        record: bool = True,
    ) -> Array:
        """Convolution, then batch normalisation and nonlinearity where wanted.

        By default images keep their size (but for the stride). `depthwise`: a filter a channel.
        """
        shape = (kernel, kernel, 1 if depthwise else z.shape[-1], channels)
        pad = kernel // 2 if padding is None else padding
        layer = (Depthwise if depthwise else Layer)(shape, stride, pad)
        z = Affine(layer, self.net.parametrisation, bias, name=name)(z)
        if norm:
            z = BatchNorm(name=f"{name}_bn")(z, batch=self.batch, update=self.train)
        if phi:
            z = self.net.activation(z)
        return self.record(name, z) if record else z

    def pool(self, name: str, z: Array, kind: str = "max") -> Array:
        """Images of half the side, as `jamming.models.classic.parts.pool`."""
        return self.record(name, pool(z, kind, name))

    def average(self, z: Array) -> Array:
        """The mean over all pixels, [P, channels]."""
        return self.record("average", z.mean(axis=(1, 2)))

    def dense(self, name: str, z: Array, n: int) -> Array:
        """A fully connected layer of n neurons with biases and nonlinearity, of all of z."""
        z = z.reshape(len(z), -1)
        a = Affine(Layer((z.shape[1], n)), self.net.parametrisation, name=name)(z)
        return self.record(name, self.net.activation(a))

    def logits(self, z: Array, *, record: bool = True) -> Array:
        """The last layer, which is linear, with biases."""
        z = z.reshape(len(z), -1)
        layer = Layer((z.shape[1], self.net.classes))
        f = Affine(layer, self.net.parametrisation, is_last=True, name="logits")(z)
        return self.record("logits", f) if record else f

    def dropout(self, z: Array, rate: float, *, whole: bool = False) -> Array:
        """In training, zeros with this probability, and the rest scaled up; else z itself.

        `whole` drops all of an image or nothing.
        """
        if self.train and rate and not any(map(self.net.has_rng, ("dropout", "params"))):
            raise BadInput("dropout is random in training: apply with rngs={'dropout': key}")
        axes = tuple(range(1, z.ndim)) if whole else ()
        return nn.Dropout(rate, broadcast_dims=axes)(z, deterministic=not self.train)


def layers(
    net: Any, variables: Mapping[str, Any], x: Any, *, batch_norm: Any = None
) -> dict[str, Float[Array, "P *_"]]:
    """The representations of images x within a network, by name, from input to output.

    These are the input, what follows each convolution (with its normalisation and nonlinearity),
    each down-sampling, each residual block, the global average, hidden layers and logits; which of
    them a network has is said in its docstring. All is in eval mode, with the statistics of
    `batch_norm` as in `apply`. Can be jitted: the order remains.

    Raises:
        BadInput: if `net` is no `Classifier`, and as `apply`.
    """
    if not isinstance(net, Classifier):
        raise BadInput(
            f"{type(net).__name__} is none of the classic networks: make one with `named`"
        )
    _, seen = net.apply(variables, x, batch_norm=batch_norm, mutable=["intermediates"])
    found: Any = seen["intermediates"]["layers"]
    # a plain dictionary would come out of `jax.jit` sorted by name
    return OrderedDict((name, z) for layer in found for name, z in layer.items())
