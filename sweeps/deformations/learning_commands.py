"""The commands about networks that learn, with five ways to halve images."""

from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import one_of, runs, seeds, some
from jamming.commands.typed import Help
from sweeps.deformations.options import (
    ENLARGED,
    Batch,
    DeformedImages,
    Enlarge,
    FirstSeed,
    Frame,
    ImageSet,
    StepsOfEach,
)
from sweeps.engine import command

SHARED = ("width", "steps", "batch", "optimiser", "lr", "precision")
DOWN = ("subsample", "max", "average", "strided", "strided-ReLU")
Ways = Annotated[tuple[str, ...], Help(", ".join(DOWN))]
Width = Annotated[float, Help("channels, in units of the published")]
LearningRate = Annotated[float | None, Help("learning rate (default: 0.1 of sgd, 1e-3 of adam)")]


@dataclass(frozen=True, kw_only=True)
class Profiles(command.Sweep):
    """How deformations move layers before and after training, for five ways to halve images."""

    dataset: ImageSet = "digits"
    labels: Annotated[tuple[str, ...], Help("true, random")] = ("true",)
    down: Ways = DOWN
    width: Width = 0.25
    P: command.Points = 1000
    enlarge: Enlarge = None
    pad: Frame = 0
    steps: StepsOfEach = 400
    batch: Batch = 64
    optimiser: Annotated[str, Help("sgd, adam")] = "sgd"
    lr: LearningRate = None
    images: DeformedImages = 128
    points: Annotated[int, Help("control points a side")] = 3
    reach: Annotated[float, Help("their largest displacement, in pixels")] = 2.0
    seeds: Annotated[int, Help("networks, each with a training set of its own")] = 3
    seed: FirstSeed = 0
    precision: command.Precision = "float32"

    example: ClassVar[str] = "--dataset mnist --pad 32 --labels true random --P 2000"
    drawn_by: ClassVar[tuple[str, ...]] = ("deformations.profiles",)
    lower: ClassVar[str] = "--batch, --images or --width"
    home: ClassVar[str] = "profiles-{dataset}"

    def config(self) -> Any:
        from jamming.training.images import ImageJob
        from sweeps.deformations.profiles import LABELS, Profile

        labels, ways = _names("labels", self.labels, LABELS), _names("down", self.down, DOWN)
        runs(cells=len(labels) * len(ways), seeds=seeds(self.seed, self.seeds))
        enlarge = ENLARGED.get(self.dataset, 1) if self.enlarge is None else self.enlarge
        given = {name: getattr(self, name) for name in SHARED}
        given |= {"enlarge": enlarge, "pad": self.pad or None}

        def job(label: str, down: str) -> ImageJob:
            return ImageJob(
                self.dataset,
                self.P,
                "downsampled_cifar",
                options=(("down", down),),
                random_labels=label == "random",
                **given,
            )

        jobs = [
            job(*at).at(self.seed + s) for at in product(labels, ways) for s in range(self.seeds)
        ]
        return [self.grid(Profile, job=each) for each in jobs]

    def check(self, config: Any) -> None:
        config[0].check()  # others differ in what is always allowed


@dataclass(frozen=True, kw_only=True)
class OneImage(command.Sweep):
    """Total variation of filters that learn to tell deformations of a few images apart."""

    dataset: ImageSet = "digits"
    strength: Annotated[tuple[float, ...], Help("largest displacements, in pixels")] = (
        *(1.0, 2.0, 3.0, 4.0),
    )
    size: Annotated[int, Help("pixels a side, 0: their own")] = 32
    classes: Annotated[int, Help("images, each of which is a class")] = 10
    examples: Annotated[int, Help("deformations of each, to train on")] = 200
    points: Annotated[int, Help("control points a side")] = 3
    down: Annotated[str, Help("subsample, max, average, strided, strided-ReLU")] = "max"
    width: Width = 0.25
    steps: StepsOfEach = 400
    batch: Batch = 64
    optimiser: Annotated[str, Help("sgd, adam")] = "sgd"
    lr: LearningRate = None
    seeds: Annotated[int, Help("tasks, each with images and a network of its own")] = 3
    seed: FirstSeed = 0
    precision: command.Precision = "float32"

    example: ClassVar[str] = "--dataset mnist --strength 1 2 3 4 --seeds 5"
    drawn_by: ClassVar[tuple[str, ...]] = ("deformations.one_image",)
    lower: ClassVar[str] = "--batch, --examples or --width"
    home: ClassVar[str] = "one-image-{dataset}"

    def config(self) -> Any:
        from sweeps.deformations.one_image import OneImage as Spec

        strengths = tuple(dict.fromkeys(some("strength", self.strength)))
        runs(strengths=len(strengths), seeds=seeds(self.seed, self.seeds))
        cells = product(strengths, range(self.seed, self.seed + self.seeds))
        return [self.grid(Spec, strength=C, seed=s) for C, s in cells]


def _names(name: str, values: Any, known: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one_of(name, each, known) for each in dict.fromkeys(some(name, values)))
