"""The commands of the chapter on networks that are given a symmetry."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import runs, seeds
from jamming.commands.typed import Help
from sweeps.engine import command
from sweeps.equivariance.molecules_command import Energies
from sweeps.equivariance.shapes_command import Shapes
from sweeps.equivariance.sphere_command import Sphere


@dataclass(frozen=True, kw_only=True)
class Errors(command.Sweep):
    """How far stacks of spherical correlations commute with rotations, by bandwidth and depth."""

    b: Annotated[tuple[int, ...], Help("bandwidths: l < b")] = (4, 6, 8)
    depth: Annotated[int, Help("layers; errors are measured behind each")] = 6
    channels: Annotated[int, Help("of each layer")] = 10
    signals: Annotated[int, Help("random ones on the sphere")] = 10
    turns: Annotated[int, Help("random rotations of each signal")] = 4
    finer: Annotated[
        tuple[int, ...],
        Help("times by which the grid of relu is finer than the bandwidth asks; 0: no relu"),
    ] = (0, 1, 2)
    seeds: Annotated[int, Help("repetitions with filters of their own")] = 10
    seed: Annotated[int, Help("the first")] = 0

    lower: ClassVar[str] = "--b, --finer or --channels"
    example: ClassVar[str] = "--b 4 8 --depth 3"
    home: ClassVar[str] = "equivariance-errors"

    def config(self) -> Any:
        from sweeps.equivariance.errors import Stack

        runs(b=len(self.b), finer=len(self.finer), seeds=seeds(self.seed, self.seeds))
        return [
            Stack(b, self.depth, self.channels, self.signals, self.turns, finer, seed)
            for finer in dict.fromkeys(self.finer)
            for b in dict.fromkeys(self.b)
            for seed in range(self.seed, self.seed + self.seeds)
        ]

    def check(self, config: Any) -> None:
        for one in config:
            one.check()

    def figures(self, found: Any) -> tuple[str, ...]:
        return ("equivariance.errors",)


COMMANDS = (Errors, Sphere, Shapes, Energies)
