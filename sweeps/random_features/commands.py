"""The command of random features."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.commands.typed import Help
from sweeps.engine import command


@dataclass(frozen=True, kw_only=True)
class RandomFeatures(command.Sweep):
    """Test error of random features against h / P, beside the exact theory."""

    d: Annotated[int, Help("dimension of the sphere")] = 240
    P: command.Points = 600
    ratio: Annotated[tuple[float, ...], Help("h/P")] = (
        *(0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95),
        *(1.0, 1.05, 1.1, 1.2, 1.35, 1.6, 2.0, 3.0),
    )
    ridge: Annotated[tuple[float, ...], Help("0: smallest norm")] = (0.0, 1e-3)
    noise: Annotated[float, Help("standard deviation, on a signal of 1")] = 0.2
    activation: command.Activation = "relu"
    members: Annotated[int, Help("networks of an ensemble")] = 20
    seeds: Annotated[int, Help("training sets at each width")] = 12
    flow: Annotated[
        tuple[float, ...], Help("h/P with gradient flow too (no value: none)", consume_multiple=0)
    ] = (
        0.2,
        0.4,
        2.0,
    )

    example: ClassVar[str] = "--d 100 --P 150 --seeds 10"
    lower: ClassVar[str] = "--P, --ratio or --d"
    sweep: ClassVar[str] = "sweeps.random_features.sweep:random_features"
    drawn_by: ClassVar[tuple[str, ...]] = ("random_features.figure",)

    def config(self) -> Any:
        from sweeps.random_features.network import Model

        return self.grid(model=self.grid(Model))


COMMANDS = (RandomFeatures,)
