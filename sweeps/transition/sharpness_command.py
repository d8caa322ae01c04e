"""The command `python -m sweeps.transition sharpness`."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.commands.typed import Help
from sweeps.engine import command


@dataclass(frozen=True, kw_only=True)
class Sharpness(command.Trained):
    """The ends of the spectra of H, H_0 and H_p while networks learn.

    With flow in place of sgd the rates are of no effect: there is one run for each seed.
    """

    dataset: command.DataSet = "digits10pca"
    P: command.Points = 100
    h: Annotated[int, Help("width")] = 20
    depth: command.Depth = 2
    activation: command.Activation = "tanh"
    loss: command.LossName = "square"
    margin: Annotated[float | None, Help("of a hinge loss (default: its own)")] = None
    dynamics: Annotated[str, Help("sgd, adam, flow, euler")] = "sgd"
    batch: Annotated[int | None, Help("of sgd (default: all points)")] = None
    lr: Annotated[tuple[float, ...], Help("rates of sgd and adam, one or many")] = (0.1, 0.2, 0.4)
    steps: command.Steps = 4000
    until: Annotated[str, Help("fitted or budget: when a run ends")] = "budget"
    seeds: Annotated[int, Help("networks, each on points of its own")] = 5
    k: Annotated[int, Help("eigenvalues of each end")] = 3
    lanczos: Annotated[int, Help("products with vectors at each snapshot")] = 30
    precision: command.Precision = "float64"

    example: ClassVar[str] = "--dataset digits10pca --P 100 --lr 0.1 0.2 0.4"
    drawn_by: ClassVar[tuple[str, ...]] = ("transition.sharpness",)
    lower: ClassVar[str] = "--P or --h"

    def config(self) -> Any:
        from jamming.training.parts import Learning

        rates = self.lr if self.dynamics in command.DESCENTS else (Learning.lr,)
        job = self.job(lr=Learning.lr, slack=0.0, test_points=1)
        return self.grid(job=job, lr=rates)
