"""The command `python -m sweeps.equivariance molecules`."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import one_of, runs, seeds, some
from jamming.commands.typed import Help
from sweeps.engine import command
from sweeps.equivariance import options

# the names that `Molecular.network` may have
KNOWN = ("counts", "spherical", "sorted matrix", "random matrix")


@dataclass(frozen=True, kw_only=True)
class Energies(command.Sweep):
    """Energies of small molecules: spherical networks of potentials beside simpler ones."""

    dataset: Annotated[
        str, Help("random, or a .npz of positions, charges and energies (as of QM7)")
    ] = "random"
    network: Annotated[tuple[str, ...], Help(", ".join(KNOWN))] = KNOWN
    P: Annotated[int, Help("molecules to train on")] = 600
    atoms: Annotated[int, Help("of random molecules, at most")] = 5
    b: Annotated[int, Help("bandwidth of the spheres about atoms")] = 3
    bandwidths: options.OfLayers = (3, 2)
    channels: options.OfLayers = (8, 12)
    features: Annotated[int, Help("of an atom, which are added")] = 40
    power: Annotated[float, Help("of charges on the diagonal of Coulomb matrices; or 2")] = 2.4
    steps: Annotated[int, Help("of a spherical network")] = 600
    batch: Annotated[int, Help("molecules of a step")] = 50
    lr: options.Cosine = 5e-3
    test_points: command.TestPoints = 500
    seeds: Annotated[int, Help("networks, each with molecules of its own")] = 5
    seed: options.FirstSeed = 0
    precision: command.Precision = "float32"

    prog: ClassVar[str] = "molecules"
    sweep: ClassVar[str] = "sweeps.equivariance.molecules:molecules"
    example: ClassVar[str] = "--network counts spherical --seeds 8"
    lower: ClassVar[str] = "--P or --batch"
    home: ClassVar[str] = "molecules"

    def config(self) -> Any:
        from sweeps.equivariance.molecules import Molecular

        names = tuple(dict.fromkeys(some("network", self.network)))
        names = tuple(one_of("network", name, KNOWN) for name in names)
        runs(networks=len(names), seeds=seeds(self.seed, self.seeds))
        return [
            self.grid(Molecular, network=name, seed=seed)
            for name in names
            for seed in range(self.seed, self.seed + self.seeds)
        ]

    def figures(self, found: Any) -> tuple[str, ...]:
        return ("equivariance.molecules",)
