"""The command `python -m sweeps.equivariance solids`."""

from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import one_of, runs, seeds, some
from jamming.commands.typed import Help
from sweeps.engine import command
from sweeps.equivariance import options
from sweeps.equivariance.sphere_command import ROTATED as ROTATED

NETWORKS = ("steerable", "cnn")


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
