"""The command of slices: its options."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.commands.typed import Help
from sweeps.engine import command


@dataclass(frozen=True, kw_only=True)
class Slices(command.Trained):
    """The loss on lines between solutions, and in planes around them, against the width."""

    dataset: command.DataSet = "digits10pca"
    P: command.Points = 200
    h: command.Widths = (4, 6, 10, 16, 30, 60)
    depth: command.Depth = 2
    seeds: Annotated[int, Help("training sets, with three networks each")] = 5
    activation: command.Activation = "relu"
    loss: command.LossName = "quadratic_hinge"
    alpha: Annotated[float | None, Help("learn alpha (f - f0) instead of f")] = None
    label_noise: Annotated[float, Help("share of training labels that are flipped")] = 0.0
    batch: Annotated[int, Help("batch size of sgd")] = 10
    lr: command.Rate = 0.5
    steps: command.Steps = 10_000
    points: Annotated[int, Help("on a line, and a side of a plane")] = 25
    extent: Annotated[float, Help("of random planes, in units of the weights of each neuron")] = 1.0
    precision: Annotated[str, Help("of training: float32, float64")] = "float32"

    example: ClassVar[str] = "--dataset random10 --P 200 --lr 1 --steps 15000"
    home: ClassVar[str] = "slices-{dataset}"

    @property
    def float64(self) -> bool:
        """What is measured of the networks is in float64."""
        return True

    def config(self) -> Any:
        return self.grid(
            job=self.job(
                dynamics="sgd",
                parametrisation="ntp",
                normalised=True,
                bias=False,
                decay_every=None,
                test_points=1,
            )
        )

    def figures(self, found: Any) -> tuple[str, ...]:
        return ("transition.slices",)
