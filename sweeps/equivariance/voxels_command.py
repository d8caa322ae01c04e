"""The command `python -m sweeps.equivariance voxels`."""

from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import runs, seeds, some
from jamming.commands.typed import Help
from sweeps.engine import command
from sweeps.equivariance import options


@dataclass(frozen=True, kw_only=True)
class Voxels(command.Sweep):
    """Pieces of Tetris as voxels, learnt in one orientation: steerable beside plain networks."""

    network: Annotated[
        tuple[str, ...], Help("steerable ones by their nonlinearity: gate, norm, tensor; or cnn")
    ] = ("gate", "cnn")
    smooth: Annotated[tuple[int, ...], Help("1: low-pass before strides; 0: none")] = (1, 0)
    n: options.Side = 13
    copies: Annotated[int, Help("of each piece that are learnt, of one orientation")] = 16
    tests: Annotated[int, Help("of each piece, turned at random")] = 8
    cube: Annotated[float, Help("voxels a side of each of the four cubes of a piece")] = 2.5
    jitter: Annotated[float, Help("largest shift of a piece, in voxels, along each axis")] = 0.5
    steps: options.Steps = 150
    batch: options.Batch = 8
    lr: options.SteerableRate = 3e-2
    cnn_lr: options.PlainRate = 3e-3
    seeds: Annotated[int, Help("repetitions, with weights and positions of their own")] = 3
    seed: options.FirstSeed = 0

    lower: ClassVar[str] = "--n, --copies or --tests"
    example: ClassVar[str] = "--network gate norm --smooth 1 --seeds 3"
    sweep: ClassVar[str] = "sweeps.equivariance.voxels:voxels"

    def config(self) -> Any:
        from sweeps.equivariance.voxels import Piece

        runs(network=len(self.network), seeds=seeds(self.seed, self.seeds))
        return [
            Piece(
                network=network,
                smooth=smooth,
                n=self.n,
                copies=self.copies,
                tests=self.tests,
                cube=self.cube,
                jitter=self.jitter,
                steps=self.steps,
                batch=self.batch,
                lr=self.cnn_lr if network == "cnn" else self.lr,
                seed=seed,
            )
            for network, smooth, seed in product(
                dict.fromkeys(some("network", self.network)),
                dict.fromkeys(some("smooth", self.smooth)),
                range(self.seed, self.seed + self.seeds),
            )
        ]

    def figures(self, found: Any) -> tuple[str, ...]:
        return ("equivariance.voxels",)
