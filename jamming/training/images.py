"""The training of a network of images: all that its result depends on, in one frozen spec.

Defaults are those of Petrini, Favero, Geiger & Wyart, *Relative stability toward diffeomorphisms
indicates performance in deep nets*, 2021, appendix D: batches of 128, 250 epochs, and SGD for
convolutional networks (`RECIPES`). The number of steps is that of so many epochs of the whole
training set, whatever P.

NOTE: fully connected networks learn there by ADAM at a constant rate that is printed as 0.1, with
which they do not learn: 1e-3 is the default here. The paper keeps the epoch of the best validation
accuracy and does not say on how many images: `validation` is 0 by default, which keeps the last.
"""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import jax
import numpy as np

from jamming.checks.arguments import (
    HUGE,
    MOST,
    TINY,
    number,
    numbers,
    one_of,
    settle,
    whole,
    wholes,
)
from jamming.checks.errors import BadInput
from jamming.checks.fields import Checked, Flag, Rule, content_key, scalar
from jamming.data.names import IMAGES, image_set
from jamming.dynamics.minibatch import OPTIMISERS, MiniBatch
from jamming.images.augment import Augmentation, Deform, Translate
from jamming.models.classic.names import NAMES, named
from jamming.training.parts import Count, CountOrNone, Name, Positive, Seed, Share

VERSION = 1  # part of every key: raise it when a change of the code changes the result of a job
RECIPES: dict[str, dict[str, Any]] = {
    "sgd": {"lr": 0.1, "momentum": 0.9, "weight_decay": 5e-4, "schedule": "cosine"},
    "adam": {"lr": 1e-3, "momentum": 0.0, "weight_decay": 0.0, "schedule": "constant"},
}
SCHEDULES = ("constant", "cosine", "steps", "exponential")
AUGMENTATIONS = ("none", "translate", "deform")


def _options(owner: Any, field: str, value: Any) -> tuple[tuple[str, Any], ...]:
    """Pairs of names and plain values, in the order of the names; of a mapping, too."""
    given = value.items() if isinstance(value, Mapping) else value
    try:
        pairs = sorted((str(name), option) for name, option in given)
    except (TypeError, ValueError) as error:
        raise BadInput(
            f"{field} are names with values, as {{'down': 'max'}}: give these"
        ) from error
    for name, option in pairs:
        if not isinstance(option, str | bool | int | float):
            raise BadInput(f"{field}: {name} = {option!r} is neither text nor a number")
    return tuple(pairs)


@dataclass(frozen=True)
class ImageJob(Checked):
    """One network that learns the classes of P images.

    Args:
        dataset: a name of `jamming.data.names.IMAGES`, or of own images any, with a `label`
        P: training images, chosen at random by `data_seed`
        network: a name of `jamming.models.classic.names.NAMES`, or of an own one any
        width: neurons of a fully connected network, else what multiplies the published channels
        options: others of the network, as {"down": "strided"}
        enlarge: how many times as many pixels a side images have, interpolated linearly
        pad: pixels a side of the black square in whose middle images are put then
        optimiser: sgd or adam; by default adam for fully connected networks
        lr, momentum, weight_decay, schedule: by default those of `RECIPES` for the optimiser
        factor, decay_epochs: `steps` multiply the rate by this factor every so many epochs;
            `exponential` at each epoch
        batch: images of a step
        epochs: of the whole training set, from which the number of steps follows; or give `steps`
        check_epochs: between two looks at the validation images, in epochs of the whole set
        augmentation: none; translate, by up to `shift` pixels, with `flip` mirrored, too; or
            deform, at `temperature` and `cut` (`jamming.images.augment`)
        validation: images by whose accuracy the best variables are chosen; 0: the last are taken
        test_points: at most so many test images
        snapshot_points: images of each part by which progress is measured on the way
        random_labels: labels of training images are uniform random numbers of `data_seed`
        label: names own images, an own network or start, which these fields cannot describe

    Raises BadInput for values out of range, or that do not fit together.

    Example:
        >>> job = jamming.ImageJob("digits", 500, "lenet", width=0.5, pad=32, epochs=10, batch=50)
        >>> job.optimiser, job.lr, job.ticks()
        ('sgd', 0.1, 288)
    """

    dataset: Name
    P: Count
    network: Name
    width: Annotated[float | None, scalar(number, above=0.0, most=1e6)] = None
    options: Annotated[tuple[tuple[str, Any], ...], Rule(_options)] = ()
    enlarge: Annotated[int, scalar(whole, most=64)] = 1
    pad: CountOrNone = None
    optimiser: Annotated[str | None, scalar(one_of, known=OPTIMISERS)] = None
    lr: Annotated[float | None, scalar(number, "learning rate", least=TINY, most=HUGE)] = None
    momentum: Annotated[float | None, scalar(number, least=0.0, below=1.0)] = None
    nesterov: Flag = False
    weight_decay: Annotated[float | None, scalar(number, "weight decay", least=0.0, most=1.0)] = (
        None
    )
    decoupled: Flag = False
    schedule: Annotated[str | None, scalar(one_of, known=SCHEDULES)] = None
    factor: Share = 0.1
    decay_epochs: Positive = 30.0
    batch: Count = 128
    epochs: Positive = 250.0
    steps: Annotated[int | None, scalar(whole, most=MOST - 1)] = None
    check_epochs: Positive = 1.0
    augmentation: Annotated[str, scalar(one_of, known=AUGMENTATIONS)] = "none"
    shift: Annotated[int, scalar(whole, least=0)] = 4
    flip: Flag = False
    temperature: Annotated[tuple[float, ...], scalar(numbers, above=0.0)] = (1e-2,)
    cut: Annotated[tuple[int, ...], scalar(wholes)] = (1,)
    validation: Annotated[int, scalar(whole, least=0)] = 0
    test_points: Count = MOST
    snapshot_points: Count = 500
    random_labels: Flag = False
    data_seed: Seed = 0
    init_seed: Seed = 0
    batch_seed: Seed = 0
    precision: Annotated[str, scalar(one_of, known=("float32", "float64"))] = "float32"
    label: Name = ""

    def __post_init__(self) -> None:
        if self.optimiser is None:
            fc = isinstance(self.network, str) and self.network.startswith("fullconn")
            settle(self, {"optimiser": "adam" if fc else "sgd"})
        super().__post_init__()
        recipe = RECIPES[str(self.optimiser)]
        settle(self, {name: recipe[name] for name in recipe if getattr(self, name) is None})
        if self.optimiser == "adam" and (self.momentum or self.nesterov):
            raise BadInput("momentum is of sgd, adam has moments of its own: leave it out")
        if self.random_labels and self.validation:
            raise BadInput("random labels leave nothing to validate with: choose validation=0")
        if self.batch > self.P:
            raise BadInput(f"batch = {self.batch} is larger than the P = {self.P} data: lower it")
        if not self.label:
            image_set(self.dataset)
            self.module(IMAGES[self.dataset].classes)
            self.ticks()
        self.augmented()

    @property
    def key(self) -> str:
        """The content hash that names this job."""
        return content_key(self, VERSION)

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(self.precision)

    def at(self, s: int, **changes: Any) -> "ImageJob":
        """The job of seed s: each of its seeds plus s."""
        names = ("data_seed", "init_seed", "batch_seed")
        return dataclasses.replace(self, **{n: getattr(self, n) + s for n in names} | changes)

    def module(self, classes: int) -> Any:
        """The Flax module, if it is a classic one."""
        one_of("network", self.network, NAMES)
        given = dict(self.options)
        if self.width is not None:
            given["width"] = int(self.width) if self.width.is_integer() else self.width
        return named(self.network, **given, classes=classes)

    def augmented(self) -> Augmentation | None:
        """How training images are changed."""
        if self.augmentation == "none":
            return None
        if self.augmentation == "deform":
            return Deform(self.temperature, self.cut)
        return Translate(self.shift, self.flip)

    def ticks(self, full: int | None = None) -> int:
        """The number of steps; `full`: how many training images own data have."""
        if self.steps is not None:
            return self.steps
        return self._of_epochs("epochs", self.epochs, full)

    def _of_epochs(self, name: str, epochs: float, full: int | None) -> int:
        """So many epochs of the whole training set in steps, rounded up."""
        full = IMAGES[self.dataset].train if full is None else full
        return whole(f"steps of the {name}", math.ceil(epochs * full / self.batch), most=MOST - 1)

    def stepper(self, full: int | None = None) -> MiniBatch:
        """The dynamics, but for the numbers that a compiled program need not know."""
        return MiniBatch(
            max_ticks=self.ticks(full),
            batch=self.batch,
            optimiser=str(self.optimiser),
            nesterov=self.nesterov,
            decoupled=self.decoupled,
            schedule="steps" if self.schedule == "exponential" else str(self.schedule),
            check_every=self._of_epochs("check_epochs", self.check_epochs, full),
        )

    def numbers(self, full: int | None = None) -> dict[str, float]:
        """What `Classification.numbers` holds, which no compiled program need know."""
        epochs = 1.0 if self.schedule == "exponential" else self.decay_epochs
        period = epochs * (IMAGES[self.dataset].train if full is None else full) / self.batch
        names = ("lr", "momentum", "weight_decay", "factor")
        return {name: getattr(self, name) for name in names} | {"period": period}

    def init_key(self) -> jax.Array:
        return jax.random.fold_in(jax.random.key(self.init_seed), 0)

    def batch_key(self) -> jax.Array:
        """The key of batches, augmentation and dropout; never that of the initial weights."""
        return jax.random.fold_in(jax.random.key(self.batch_seed), 1)


def listed(jobs: Any) -> list[ImageJob]:
    """Jobs in a list, also of a generator; one job alone is refused."""
    several: list[Any] = list(jobs) if isinstance(jobs, Iterable) else [None]
    if not all(isinstance(job, ImageJob) for job in several):
        raise BadInput("a list of ImageJob is trained: give [job], also of one")
    return several
