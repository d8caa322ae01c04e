"""The command `python -m sweeps.equivariance sphere`."""

import math
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import one_of, runs, seeds, some, wholes
from jamming.commands.typed import Help
from sweeps.engine import command
from sweeps.equivariance import options

NETWORKS = ("spherical", "zonal", "planar")
ROTATED = ("NR", "R")
SHARED = ("dataset", "P", "steps", "batch", "lr", "precision")


@dataclass(frozen=True, kw_only=True)
class Sphere(command.Sweep):
    """Digits on the sphere, rotated or not in training and test: spherical beside planar nets."""

    dataset: Annotated[str, Help("digits, mnist, fashion_mnist, ...")] = "digits"
    network: Annotated[tuple[str, ...], Help(", ".join(NETWORKS))] = ("spherical", "planar")
    P: Annotated[int, Help("training images")] = 1000
    b: Annotated[int, Help("bandwidth of images: 2 b x 2 b - 1 points")] = 16
    bandwidths: options.OfLayers = (7, 5, 3)
    grids: Annotated[tuple[int, ...], Help("bandwidths of the grids of relu")] = (7, 7, 5)
    channels: options.OfLayers = (8, 12, 20)
    most: options.Reach = math.pi / 3
    norm: Annotated[bool, Help("spherical: batch normalisation")] = True
    planar_channels: Annotated[tuple[int, ...], Help("of the planar layers")] = (32, 64)
    kernel: Annotated[int, Help("planar: points a side of filters")] = 5
    stride: Annotated[int, Help("planar: of each layer")] = 3
    steps: options.Steps = 260
    batch: options.Batch = 50
    lr: options.Cosine = 1e-2
    test_points: command.TestPoints = 2000
    seeds: options.TrainingSets = 5
    seed: options.FirstSeed = 0
    precision: command.Precision = "float32"

    example: ClassVar[str] = "--network spherical zonal --seeds 5"
    lower: ClassVar[str] = "--b or --batch"
    home: ClassVar[str] = "sphere-{dataset}"

    def config(self) -> Any:
        """(network, trained, seed) -> what is trained."""
        from jamming.equivariant.sphere.maps import MapNet
        from jamming.equivariant.sphere.spherical import SphereNet
        from jamming.training.images import ImageJob
        from sweeps.equivariance.sphere import Digits

        names = tuple(dict.fromkeys(some("network", self.network)))
        names = tuple(one_of("network", name, NETWORKS) for name in names)
        runs(networks=len(names) * len(ROTATED), seeds=seeds(self.seed, self.seeds))
        of = {
            **{name: getattr(self, name) for name in ("bandwidths", "channels", "grids")},
            **{"most": self.most, "norm": self.norm},
        }
        planar: dict[str, Any] = {"channels": wholes("planar_channels", self.planar_channels)}
        planar |= {"kernel": self.kernel, "stride": self.stride}
        nets: dict[str, tuple[Any, dict[str, Any]]] = {
            "spherical": (SphereNet, of),
            "zonal": (SphereNet, of | {"zonal": True}),
            "planar": (MapNet, planar),
        }
        given = {name: getattr(self, name) for name in SHARED}
        given |= {"network": "own", "optimiser": "adam", "schedule": "cosine"}
        given |= {"check_epochs": 10.0, "snapshot_points": 100}  # a look is not cheap
        digits = {
            rotated: Digits(self.dataset, self.b, rotated == "R", self.test_points)
            for rotated in ROTATED
        }

        def one(name: str, rotated: str, seed: int) -> tuple[Any, Any, Any]:
            kind, options = nets[name]
            label = f"{name} {options}, trained on {digits[rotated]}"
            return ImageJob(**given, label=label).at(seed), digits[rotated], kind(**options)

        cells = product(names, ROTATED, range(self.seed, self.seed + self.seeds))
        return {at: one(*at) for at in cells}

    def check(self, config: Any) -> None:
        from jamming.training.image_build import ready

        for job, digits, net in {at[:2]: each for at, each in config.items()}.values():
            ready([job], digits.data(), net)

    def figures(self, found: Any) -> tuple[str, ...]:
        return ("equivariance.sphere",)
