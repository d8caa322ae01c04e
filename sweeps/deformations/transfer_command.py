"""The command `python -m sweeps.deformations transfer`: see `sweeps.deformations.transfer`."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import seeds
from jamming.commands.typed import Help
from sweeps.deformations.options import (
    Batch,
    DeformedImages,
    FirstSeed,
    ImageSet,
    StepsOfEach,
)
from sweeps.engine import command


@dataclass(frozen=True, kw_only=True)
class Transfer(command.Sweep):
    """Train networks from scratch, and from what they have learnt of another data set."""

    dataset: ImageSet = "mnist"
    source: Annotated[str, Help("the data set that is learnt first")] = "digits"
    network: Annotated[str, Help("see jamming.models.classic.names")] = "strided"
    width: Annotated[float | None, Help("channels, in units of the published")] = None
    P: Annotated[int, Help("training images")] = 500
    source_P: Annotated[int, Help("those of the source")] = 1000
    enlarge: Annotated[int, Help("times as many pixels a side of the source, linearly")] = 3
    pad: Annotated[int, Help("pixels a side of a black frame around either, 0: none")] = 32
    steps: StepsOfEach = 300
    batch: Batch = 32
    lr: Annotated[float, Help("learning rate")] = 0.05
    images: DeformedImages = 200
    seeds: Annotated[int, Help("networks, each with training sets of its own")] = 5
    seed: FirstSeed = 0
    precision: command.Precision = "float32"

    example: ClassVar[str] = "--dataset mnist --source digits --P 500"
    lower: ClassVar[str] = "--batch, --images or --width"
    home: ClassVar[str] = "transfer-{dataset}"

    def config(self) -> Any:
        from jamming.training.images import ImageJob
        from sweeps.deformations.trained import Trained
        from sweeps.deformations.transfer import Pair

        names = ("network", "width", "steps", "batch", "lr", "precision")
        given = {name: getattr(self, name) for name in names} | {"pad": self.pad or None}
        source = ImageJob(self.source, self.source_P, enlarge=self.enlarge, **given)
        own = Trained(ImageJob(self.dataset, self.P, **given), self.images, (1.0,), (3,), "median")
        several = range(self.seed, self.seed + seeds(self.seed, self.seeds))
        return [Pair(replace(own, job=own.job.at(s)), source.at(s)) for s in several]

    def check(self, config: Any) -> None:
        config[0].check()

    def figures(self, found: Any) -> tuple[str, ...]:
        return ("deformations.transfer",)
