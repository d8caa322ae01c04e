"""Classes of images, learnt from mini-batches: a network that trains differently than it is used.

A network is a Flax module, or an object with ``init(key, x)`` and ``apply(variables, x)``. Its
variables are `params`, which are learnt, and perhaps `batch_stats`, running averages that training
moves. One whose `__call__` has an argument `train` is told so::

    logits = net.apply(variables, x, train=False)
    logits, new = net.apply(
        variables, x, train=True, rngs={"dropout": key}, mutable=["batch_stats"]
    )

The loss is the mean cross-entropy over the points of a batch, -log softmax(f)_y.

Images are rows of `pixels` [n, H, W, C], of bytes or floating point, which all networks of a data
set have in common (`given`): a problem holds the numbers of its rows. What a network sees is
(augmented image - mean) / std, channel by channel.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key, Num

from jamming.checks.errors import BadInput
from jamming.images.augment import Augmentation
from jamming.models.networks import Params
from jamming.objectives.losses import LOSSES, misclassified

# what other modules call `train`, or its opposite: by default they would be used all the time
OTHERWISE = ("training", "is_training", "deterministic", "use_running_average")
BLOCK = 250  # images that are looked at together outside of training
LOSS = LOSSES["cross_entropy"]


class Step(NamedTuple):
    """Of one batch: the gradient, the loss, what is misclassified, and the new `batch_stats`."""

    g: Params
    loss: Float[Array, ""]
    wrong: Int[Array, ""]
    batch_stats: Params


class Score(NamedTuple):
    """Mean cross-entropy, and the number of images that are misclassified."""

    loss: Float[Array, ""]
    wrong: Int[Array, ""]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Classification:
    """A network, its variables at the start, and images to train on and to choose the best by.

    `chosen` [P] and `validation` [V], perhaps none, are rows of `pixels`. `numbers` of the dynamics
    override the stepper's, as those of `Problem`.
    """

    net: Any = field(metadata={"static": True})
    start: Mapping[str, Any]
    chosen: Int[Array, "*lanes P"]
    y: Int[Array, "*lanes P"]
    validation: Int[Array, "*lanes V"]
    y_validation: Int[Array, "*lanes V"]
    mean: Float[Array, "*lanes C"]
    std: Float[Array, "*lanes C"]
    augmentation: Augmentation | None = field(default=None, metadata={"static": True})
    numbers: Mapping[str, Array] = field(default_factory=dict)
    pixels: Num[Array, "*own n H W C"] | None = None  # or of voxels
    shared: bool = field(default=False, metadata={"static": True})  # pixels of several problems

    def number(self, name: str, default: float) -> float | Array:
        """A number of the dynamics: that of this problem, or else the stepper's."""
        return self.numbers.get(name, default)

    def given(self, common: Num[Array, "n *sides C"]) -> "Classification":
        """The same, with the pixels that all problems of a data set have in common."""
        return replace(self, pixels=common, shared=True)

    def anchored(self) -> "Classification":
        """The same: no part of a network stays the same."""
        return self

    def check(self) -> None:
        """Refuse labels that are no classes of the network's; of stacked problems."""
        if self.pixels is None:
            raise BadInput("there are no images: give the pixels that problems have in common")

        def logits(stacked: Classification, pixels: Array) -> Array:
            one = jax.tree.map(lambda leaf: leaf[0], stacked)
            own = pixels.ndim > 4 and not self.shared
            return one.given(pixels[0] if own else pixels).logits(one.start, one.chosen)

        classes = jax.eval_shape(logits, replace(self, pixels=None), self.pixels).shape[-1]
        for y in (self.y, self.y_validation):
            LOSS.check(y, classes)

    def images(self, rows: Int[Array, " n"], key: Any = None) -> Float[Array, "n *sides C"]:
        """What the network sees of these images; augmented where there is a key."""
        if self.pixels is None:
            raise BadInput("there are no images: give the pixels that problems have in common")
        x = self.pixels[rows].astype(self.mean.dtype)
        if key is not None and self.augmentation is not None:
            x = self.augmentation(key, x)
        ones = (1,) * (x.ndim - 1)
        mean, std = (each.reshape(*ones, -1) for each in (self.mean, self.std))
        return (x - mean) / std

    def gradient(
        self, params: Params, batch_stats: Params, at: Int[Array, " b"], key: Key[Array, ""]
    ) -> Step:
        """Of the batch of the training points number `at`, of 0 to P - 1."""
        of_augmentation, of_dropout = jax.random.split(key)
        x, y = self.images(self.chosen[at], of_augmentation), self.y[at]

        def loss(params: Params) -> tuple[Array, tuple[Array, Params]]:
            F, new = in_training(self.net, _both(params, batch_stats), x, of_dropout)
            return LOSS.mean(F, y, 1.0), (misclassified(F, y).sum(), new)

        (value, (wrong, new)), g = jax.value_and_grad(loss, has_aux=True)(params)
        return Step(g, value, wrong, new)

    def logits(
        self, variables: Mapping[str, Any], rows: Int[Array, " n"]
    ) -> Float[Array, "n classes"]:
        """Of these images, one or more, in use rather than in training."""
        n, size = len(rows), min(BLOCK, len(rows))
        blocks = jnp.resize(rows, (-(-n // size), size))  # the last is filled from the start
        F = jax.lax.map(lambda some: in_use(self.net, variables, self.images(some)), blocks)
        return F.reshape(blocks.size, -1)[:n]

    def score(
        self, variables: Mapping[str, Any], rows: Int[Array, " n"], y: Int[Array, " n"]
    ) -> Score:
        """Of images with these labels, in use."""
        F = self.logits(variables, rows)
        return Score(LOSS.mean(F, y, 1.0), misclassified(F, y).sum())


def at_start(net: Any, key: Key[Array, ""], x: Float[Array, "n *d"]) -> Mapping[str, Any]:
    """Variables at the start, for images like these."""
    found: Mapping[str, Any] = net.init(key, x, **({"train": False} if is_told(net) else {}))
    return found


def in_use(net: Any, variables: Mapping[str, Any], x: Float[Array, "n *d"]) -> Array:
    """Logits [n, classes] as the network is used."""
    return net.apply(variables, x, **({"train": False} if is_told(net) else {}))


def in_training(
    net: Any, variables: Mapping[str, Any], x: Float[Array, "n *d"], key: Key[Array, ""]
) -> tuple[Array, Params]:
    """Logits [n, classes] as the network trains, and the `batch_stats` that follow."""
    if not isinstance(net, nn.Module):
        return net.apply(variables, x), {}
    told: dict[str, Any] = {"train": True} if is_told(net) else {}
    F, new = net.apply(variables, x, rngs={"dropout": key}, mutable=["batch_stats"], **told)
    return F, dict(new.get("batch_stats", {}))


def is_told(net: Any) -> bool:
    """Whether the network has an argument `train`; BadInput for one of another name."""
    kind: Any = type(net)
    names = inspect.signature(kind.__call__).parameters if isinstance(net, nn.Module) else ()
    if "train" not in names and (others := [name for name in OTHERWISE if name in names]):
        raise BadInput(f"{kind.__name__} is told by `{others[0]}` that it trains: call it `train`")
    return "train" in names


def _both(params: Params, batch_stats: Params) -> dict[str, Params]:
    return {"params": params} | ({"batch_stats": batch_stats} if batch_stats else {})
