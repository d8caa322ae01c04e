"""The commands of the chapter on foundations."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import layers, one_of, runs, seeds, some
from jamming.commands.typed import Help
from sweeps.engine import command

FirstSeed = Annotated[int, Help("the first")]


@dataclass(frozen=True, kw_only=True)
class Repeated(command.Sweep):
    """What is repeated with seeds of its own."""

    seeds: Annotated[int, Help("repetitions, each with data and weights of its own")] = 5
    seed: FirstSeed = 0

    def several(self, **counts: int) -> range:
        runs(**counts, seeds=seeds(self.seed, self.seeds))
        return range(self.seed, self.seed + self.seeds)


@dataclass(frozen=True, kw_only=True)
class Laziness(Repeated):
    """When a model learns like its linearisation: flows, kappa, kernels of finite width."""

    d: Annotated[int, Help("dimension of the points")] = 5
    points: Annotated[int, Help("Gaussian points, with random labels")] = 20
    neurons: Annotated[int, Help("of the model whose flows are followed")] = 100
    alpha: Annotated[tuple[float, ...], Help("scales of the model")] = (
        3.0,
        10.0,
        30.0,
        100.0,
        300.0,
    )
    m: Annotated[tuple[int, ...], Help("neurons at which kappa is measured")] = (
        *(10, 30, 100, 300, 1000),
    )
    h: Annotated[tuple[int, ...], Help("widths at which the tangent kernel is measured")] = (
        *(64, 128, 256, 512, 1024, 2048),
    )
    networks: Annotated[int, Help("of each seed, whose outputs at the start are averaged")] = 500
    hidden: Annotated[int, Help("their width")] = 256
    seeds: Annotated[int, Help("repetitions, each with data and weights of its own")] = 10
    precision: command.Precision = "float64"

    example: ClassVar[str] = "--h 64 128 256 512 --seeds 5"
    drawn_by: ClassVar[tuple[str, ...]] = ("foundations.laziness",)
    lower: ClassVar[str] = "--h, --m or --networks"

    def config(self) -> Any:
        from sweeps.foundations.laziness import Lazy

        one_of("precision", self.precision, ("float32", "float64"))
        return [self.grid(Lazy, seed=seed) for seed in self.several()]


@dataclass(frozen=True, kw_only=True)
class Images(Repeated):
    """Networks of images that learn."""

    dataset: Annotated[str, Help("digits, mnist, fashion_mnist, emnist, cifar10, svhn")] = "digits"
    P: command.Points = 1000
    enlarge: Annotated[int | None, Help("times as many pixels a side (default: 2 of digits)")] = (
        None
    )
    pad: Annotated[int, Help("pixels a side of a black frame, 0: none")] = 0
    steps: Annotated[int, Help("of a network")] = 400
    batch: Annotated[int, Help("images of a step")] = 64
    optimiser: Annotated[str, Help("sgd, adam")] = "sgd"
    lr: Annotated[float, Help("learning rate")] = 0.05
    images: Annotated[int, Help("test images that are looked at, of each network")] = 300
    precision: command.Precision = "float32"

    lower: ClassVar[str] = "--batch, --images or --P"

    def learns(self, network: str, **changes: Any) -> Any:
        """The `ImageJob` of the first seed."""
        from jamming.training.images import ImageJob

        enlarge = (2 if self.dataset == "digits" else 1) if self.enlarge is None else self.enlarge
        names = ("steps", "batch", "optimiser", "lr", "precision")
        given = {name: getattr(self, name) for name in names}
        given |= {"enlarge": enlarge, "pad": self.pad or None}
        return ImageJob(self.dataset, self.P, network, **given | changes)


@dataclass(frozen=True, kw_only=True)
class Bounds(Images):
    """Lipschitz bounds, margins and adversarial changes, of true and of random labels."""

    network: Annotated[tuple[str, ...], Help("fullconn_l2, fullconn_l4, fullconn_l6, lenet")] = (
        *("fullconn_l2", "lenet"),
    )
    P: command.Points = 500
    steps: Annotated[int, Help("of a network")] = 1500
    images: Annotated[int, Help("test images that are looked at, of each network")] = 100
    optimiser: Annotated[str, Help("sgd, adam")] = "adam"
    lr: Annotated[float, Help("learning rate")] = 2e-3

    example: ClassVar[str] = "--network fullconn_l2 --seeds 3"
    drawn_by: ClassVar[tuple[str, ...]] = ("foundations.bounds",)
    home: ClassVar[str] = "bounds-{dataset}"

    def config(self) -> Any:
        from sweeps.foundations.bounds import LABELS, NETWORKS, Bounded

        names = tuple(dict.fromkeys(some("network", self.network)))
        for name in names:
            one_of("network", name, NETWORKS)
        seeds = self.several(networks=len(names), labels=len(LABELS))
        return [
            self.grid(Bounded, job=self.learns(name, random_labels=labels == "random").at(seed))
            for name in names
            for labels in LABELS
            for seed in seeds
        ]


@dataclass(frozen=True, kw_only=True)
class Separability(Images):
    """How well the layers of a network separate classes, before and after training."""

    network: Annotated[str, Help("see jamming.models.classic.names")] = "strided"

    example: ClassVar[str] = "--dataset mnist --network vgg11_bn"
    drawn_by: ClassVar[tuple[str, ...]] = ("foundations.separability",)
    home: ClassVar[str] = "separability-{dataset}"

    def config(self) -> Any:
        from sweeps.foundations.separability import Separated

        job = self.learns(self.network)
        return [Separated(job.at(seed), self.images) for seed in self.several()]


@dataclass(frozen=True, kw_only=True)
class Invertible(Images):
    """An invertible network, beside the residual one of the same size."""

    width: Annotated[float, Help("of the convolutions within, in units of 32 channels")] = 1.0
    blocks: Annotated[int, Help("of each of the three stages")] = 4
    steps: Annotated[int, Help("of a network")] = 200
    batch: Annotated[int, Help("images of a step")] = 32
    seeds: Annotated[int, Help("pairs, each with a training set of its own")] = 5

    example: ClassVar[str] = "--dataset mnist --pad 32"
    drawn_by: ClassVar[tuple[str, ...]] = ("foundations.invertible",)
    home: ClassVar[str] = "invertible-{dataset}"

    def config(self) -> Any:
        from sweeps.foundations.invertible import NETWORKS, Inverted

        options = (("blocks", self.blocks),)
        seeds = self.several(networks=len(NETWORKS))
        return [
            Inverted(self.learns(name, width=self.width, options=options).at(seed), self.images)
            for name in NETWORKS
            for seed in seeds
        ]


@dataclass(frozen=True, kw_only=True)
class Coordinates(Repeated):
    """The coordinate check: how layers, and their first changes, depend on the width."""

    dataset: command.DataSet = "digits"
    positive: command.Positive = None
    P: command.Points = 100
    network: Annotated[str, Help("fc, cnn")] = "fc"
    depth: command.Depth = 3
    h: Annotated[tuple[int, ...], Help("widths")] = (64, 128, 256, 512, 1024)
    parametrisation: Annotated[tuple[str, ...], Help("mfp, mup, ntp, standard")] = (
        *("mfp", "mup", "ntp", "standard"),
    )
    optimiser: Annotated[tuple[str, ...], Help("sgd, adam")] = ("sgd", "adam")
    lr_sgd: Annotated[float, Help("times h^-c, as all rates")] = 0.2
    lr_adam: Annotated[float, Help("learning rate of adam")] = 0.01
    steps: Annotated[int, Help("after which changes are measured")] = 5
    alpha: Annotated[float, Help("of alpha (f - f0), which is learnt")] = 1.0
    activation: command.Activation = "relu"
    loss: command.LossName = "square"
    precision: command.Precision = "float32"

    example: ClassVar[str] = "--network cnn --depth 2 --h 8 16 32 64 --seeds 3"
    drawn_by: ClassVar[tuple[str, ...]] = ("foundations.coordinates",)
    home: ClassVar[str] = "coordinates-{network}"

    def config(self) -> Any:
        from sweeps.foundations.coordinates import OPTIMISERS, PARAMETRISATIONS, Coordinate

        one_of("network", self.network, ("fc", "cnn"))
        kinds = (("parametrisation", PARAMETRISATIONS), ("optimiser", OPTIMISERS))
        of = [tuple(dict.fromkeys(some(kind, getattr(self, kind)))) for kind, _ in kinds]
        for (kind, known), names in zip(kinds, of, strict=True):
            for name in names:
                one_of(kind, name, known)
        seeds = self.several(parametrisations=len(of[0]), optimisers=len(of[1]))
        first = {
            name: self.job(
                architecture=self.network,
                dynamics=name,
                lr=getattr(self, f"lr_{name}"),
                widths=(1,) * layers(self.depth),
                normalised=True,
                parametrisation="ntp",
                bias=False,
                test_points=1,
            )
            for name in of[1]
        }
        return [
            Coordinate(first[optimiser].at(seed), name, self.h, self.steps)
            for name in of[0]
            for optimiser in of[1]
            for seed in seeds
        ]


@dataclass(frozen=True, kw_only=True)
class Filters(Images):
    """First-layer filters of a trained network, fitted by Gabor functions."""

    dataset: Annotated[str, Help("digits, mnist, fashion_mnist, emnist, cifar10, svhn")] = "cifar10"
    P: command.Points = 10_000
    k: Annotated[int, Help("pixels a side of these filters, an odd number")] = 11
    width: Annotated[float, Help("of the layers, in units of 16 filters in the first")] = 2.0
    steps: Annotated[int, Help("of a network")] = 1500
    weight_decay: Annotated[float, Help("of each step")] = 5e-4
    images: Annotated[int, Help("test images by which the network is judged")] = 2000
    starts: Annotated[int, Help("frequencies at which the search of a fit begins")] = 4

    example: ClassVar[str] = "--dataset mnist --P 2000 --k 7 --steps 400"
    drawn_by: ClassVar[tuple[str, ...]] = ("foundations.filters",)
    home: ClassVar[str] = "filters-{dataset}"

    def config(self) -> Any:
        from sweeps.foundations.filters import Filtered

        job = self.learns(
            "strided",
            width=self.width,
            options=(("first", self.k),),
            weight_decay=self.weight_decay,
            test_points=self.images,
        )
        return [self.grid(Filtered, job=job.at(seed)) for seed in self.several()]


COMMANDS = (Laziness, Bounds, Separability, Invertible, Coordinates, Filters)
