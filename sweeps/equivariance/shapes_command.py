"""The commands `python -m sweeps.equivariance shapes`, and `molecules`."""

import math
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import one_of, runs, seeds, some
from jamming.commands.typed import Help
from sweeps.engine import command
from sweeps.equivariance import options
from sweeps.equivariance.sphere_command import NETWORKS, ROTATED, SHARED

# the names that `Molecular.network` may have
KNOWN = ("counts", "spherical", "sorted matrix", "random matrix")


@dataclass(frozen=True, kw_only=True)
class Shapes(command.Sweep):
    """Primitive shapes seen from a sphere, rotated or not in training and test."""

    dataset: Annotated[str, Help("primitives, or a .npz of meshes with labels (as of SHREC17)")] = (
        "primitives"
    )
    network: Annotated[tuple[str, ...], Help(", ".join(NETWORKS))] = ("spherical", "planar")
    P: Annotated[int, Help("shapes to train on")] = 60
    pool: Annotated[int, Help("primitives from which they are chosen")] = 300
    b: Annotated[int, Help("bandwidth of what is seen: 2 b x 2 b - 1 rays")] = 8
    bandwidths: options.OfLayers = (4, 3)
    grids: Annotated[
        tuple[int, ...] | None, Help("bandwidths of relu's grids (default: those of layers)")
    ] = (6, 4)
    channels: options.OfLayers = (6, 12)
    most: options.Reach = math.pi / 3
    steps: options.Steps = 200
    batch: Annotated[int, Help("shapes of a step")] = 20
    lr: options.Cosine = 1e-2
    test_points: command.TestPoints = 150
    seeds: options.TrainingSets = 4
    seed: options.FirstSeed = 0
    precision: command.Precision = "float32"

    example: ClassVar[str] = "--network spherical zonal --seeds 5"
    lower: ClassVar[str] = "--b, --pool or --batch"
    home: ClassVar[str] = "shapes"

    def config(self) -> Any:
        """(network, trained, seed) -> what is trained."""
        from jamming.equivariant.sphere.maps import MapNet
        from jamming.equivariant.sphere.spherical import SphereNet
        from jamming.training.images import ImageJob
        from sweeps.equivariance.shapes import Cast

        names = tuple(dict.fromkeys(some("network", self.network)))
        names = tuple(one_of("network", name, NETWORKS) for name in names)
        runs(networks=len(names) * len(ROTATED), seeds=seeds(self.seed, self.seeds))
        cast = {
            rotated: Cast(self.dataset, self.b, rotated == "R", self.pool, self.test_points)
            for rotated in ROTATED
        }
        classes = cast["NR"].classes
        of: dict[str, Any] = {
            name: getattr(self, name) for name in ("bandwidths", "channels", "grids", "most")
        }
        of |= {"norm": True, "classes": classes}
        nets: dict[str, tuple[Any, dict[str, Any]]] = {
            "spherical": (SphereNet, of),
            "zonal": (SphereNet, of | {"zonal": True}),
            "planar": (MapNet, {"kernel": 5, "stride": 2, "classes": classes}),
        }
        given = {name: getattr(self, name) for name in SHARED}
        given |= {"network": "own", "optimiser": "adam", "schedule": "cosine"}

        def one(name: str, rotated: str, seed: int) -> tuple[Any, Any, Any]:
            kind, options = nets[name]
            label = f"{name} {options}, trained on {cast[rotated]}"
            return ImageJob(**given, label=label).at(seed), cast[rotated], kind(**options)

        cells = product(names, ROTATED, range(self.seed, self.seed + self.seeds))
        return {at: one(*at) for at in cells}

    def check(self, config: Any) -> None:
        from jamming.training.image_build import ready

        for job, cast, net in {at[:2]: each for at, each in config.items()}.values():
            ready([job], cast.data(), net)

    def figures(self, found: Any) -> tuple[str, ...]:
        return ("equivariance.shapes",)


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
