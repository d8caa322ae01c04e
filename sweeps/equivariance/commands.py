"""The commands of the chapter on networks that are given a symmetry."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import runs, seeds
from jamming.commands.typed import Help
from sweeps.engine import command
from sweeps.equivariance import options
from sweeps.equivariance.shapes_command import Energies, Shapes
from sweeps.equivariance.sphere_command import Sphere
from sweeps.equivariance.voxels_command import Solids, Voxels


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
    seed: options.FirstSeed = 0

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

    def figures(self, found: Any) -> tuple[str, ...]:
        return ("equivariance.errors",)


@dataclass(frozen=True, kw_only=True)
class Points(command.Sweep):
    """Which point clouds networks tell apart: pieces of Tetris, helices and strands."""

    task: Annotated[str, Help("tetris, bundles: of helices and strands")] = "tetris"
    network: Annotated[tuple[str, ...], Help("equivariant: odd, even; or plain")] = (
        *("odd", "even", "plain"),
    )
    P: Annotated[tuple[int, ...], Help("clouds that are learnt")] = (8,)
    tests: Annotated[int, Help("other clouds, turned at random")] = 400
    noise: Annotated[float, Help("of points, in units of their distance")] = 0.0
    steps: Annotated[int, Help("of ADAM")] = 200
    lr: Annotated[float, Help("learning rate, which falls as a cosine")] = 0.01
    seeds: Annotated[int, Help("repetitions, each with clouds and weights of its own")] = 10
    seed: options.FirstSeed = 0

    lower: ClassVar[str] = "--P, --tests or --seeds"
    example: ClassVar[str] = "--task bundles --P 16 64 --network odd plain --noise 0.13 --seeds 3"
    home: ClassVar[str] = "points-{task}"

    def config(self) -> Any:
        from sweeps.equivariance.points import Cloud

        runs(network=len(self.network), P=len(self.P), seeds=seeds(self.seed, self.seeds))
        return [
            Cloud(self.task, network, P, self.tests, self.noise, self.steps, self.lr, seed)
            for network in dict.fromkeys(self.network)
            for P in dict.fromkeys(self.P)
            for seed in range(self.seed, self.seed + self.seeds)
        ]

    def figures(self, found: Any) -> tuple[str, ...]:
        return ("equivariance.points",)


@dataclass(frozen=True, kw_only=True)
class Published(command.Sweep):
    """Published networks by group and fields, and their linear layers on finite groups."""

    rows: Annotated[tuple[int, ...] | None, Help("of the table, from 1 on (default: all)")] = None
    maps: Annotated[int, Help("random ones that are tried of each finite group")] = 3
    seed: Annotated[int, Help("of the first")] = 0

    lower: ClassVar[str] = "--rows"
    example: ClassVar[str] = "--rows 1 2 3"
    home: ClassVar[str] = "published-networks"

    def config(self) -> Any:
        from jamming.equivariant.finite.taxonomy import TABLE

        every = tuple(range(1, len(TABLE) + 1))
        return self.grid(rows=every if self.rows is None else self.rows)


COMMANDS = (Errors, Sphere, Shapes, Energies, Voxels, Solids, Points, Published)
