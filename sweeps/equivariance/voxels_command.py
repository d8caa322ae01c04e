"""The commands of voxels: `python -m sweeps.equivariance voxels`, and `solids`."""

from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import one_of, runs, seeds, some
from jamming.commands.typed import Help
from sweeps.engine import command
from sweeps.equivariance import options
from sweeps.equivariance.sphere_command import ROTATED as ROTATED

NETWORKS = ("steerable", "cnn")  # of `solids`


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
            self.grid(
                Piece,
                network=network,
                smooth=smooth,
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


@dataclass(frozen=True, kw_only=True)
class Solids(command.Sweep):
    """Shapes and proteins as voxels, turned or not: steerable networks beside plain ones."""

    dataset: Annotated[
        str, Help("shapes, proteins, or a .npz of meshes, chains (as of CATH) or voxels")
    ] = "shapes"
    network: Annotated[tuple[str, ...], Help(", ".join(NETWORKS))] = NETWORKS
    trained: Annotated[tuple[str, ...], Help("NR: along z; R: turned at random")] = ROTATED
    P: Annotated[tuple[int, ...], Help("objects that are learnt")] = (120,)
    images: Annotated[int, Help("R: of all orientations in which the P are learnt")] = 240
    n: options.Side = 13
    spacing: Annotated[float, Help("of chains: angstrom from voxel to voxel")] = 2.6
    test_points: command.TestPoints = 200
    steps: options.Steps = 100
    batch: options.Batch = 16
    lr: options.SteerableRate = 3e-2
    cnn_lr: options.PlainRate = 3e-3
    seeds: options.TrainingSets = 5
    seed: options.FirstSeed = 0

    lower: ClassVar[str] = "--n, --images or --batch"
    example: ClassVar[str] = "--dataset proteins --trained R --P 16 64 256 --images 256"
    home: ClassVar[str] = "solids-{dataset}"

    def config(self) -> Any:
        from sweeps.equivariance.solids import Solid

        names = [one_of("network", each, NETWORKS) for each in some("network", self.network)]
        rotated = [one_of("trained", each, ROTATED) for each in some("trained", self.trained)]
        P = some("P", tuple(self.P))
        runs(networks=len(names) * len(rotated) * len(P), seeds=seeds(self.seed, self.seeds))
        return [
            self.grid(
                Solid,
                network=network,
                trained=trained,
                P=objects,
                lr=self.cnn_lr if network == "cnn" else self.lr,
                seed=seed,
            )
            for network, trained, objects, seed in product(
                dict.fromkeys(names),
                dict.fromkeys(rotated),
                sorted(set(P)),
                range(self.seed, self.seed + self.seeds),
            )
        ]

    def figures(self, found: Any) -> tuple[str, ...]:
        return ("equivariance.solids",)
