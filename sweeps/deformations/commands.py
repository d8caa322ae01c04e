"""The commands of the chapter on deformations."""

import math
from dataclasses import dataclass, replace
from itertools import product
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import runs, seeds, some, whole, wholes
from jamming.checks.errors import BadInput, warn
from jamming.commands.typed import Help
from sweeps.deformations.learning_commands import OneImage, Profiles
from sweeps.deformations.options import (
    ENLARGED,
    Batch,
    DeformedImages,
    Enlarge,
    FirstSeed,
    Frame,
    ImageSet,
    StepsOfEach,
)
from sweeps.deformations.transfer_command import Transfer
from sweeps.engine import command

SHARED = ("steps", "batch", "validation", "precision")
Cuts = Annotated[tuple[int, ...], Help("cut-offs of the fields")]


@dataclass(frozen=True, kw_only=True)
class Deformations(command.Sweep):
    """Train networks of images, and measure what they have made themselves invariant to."""

    dataset: ImageSet = "digits"
    network: Annotated[tuple[str, ...], Help("see jamming.models.classic.names")] = (
        *("fullconn_l4", "lenet", "strided"),
    )
    width: Annotated[
        tuple[float, ...], Help("channels, in units of the published; one number, or one a network")
    ] = (1.0,)
    P: Annotated[tuple[int, ...], Help("training images")] = (1000,)
    enlarge: Enlarge = None
    pad: Frame = 0
    augmentation: Annotated[tuple[str, ...], Help("none, translate, deform")] = ("none",)
    steps: StepsOfEach = 600
    batch: Batch = 64
    optimiser: Annotated[
        tuple[str, ...] | None,
        Help("sgd, adam, one or one a network (default: adam for fullconn)"),
    ] = None
    lr: Annotated[
        tuple[float, ...] | None,
        Help("learning rate, one or one a network (default: 0.02 of sgd, 1e-3 of adam)"),
    ] = None
    validation: Annotated[int, Help("images that choose the best weights, 0: the last")] = 0
    images: DeformedImages = 200
    delta: Annotated[tuple[float, ...], Help("displacements in pixels")] = (1.0,)
    c: Cuts = (3,)
    estimator: Annotated[str, Help("median, mean, coordinates")] = "median"
    noise: Annotated[tuple[float, ...], Help("norms of noise at which G_f is measured, too")] = ()
    seeds: Annotated[int, Help("networks, each with a training set of its own")] = 3
    seed: FirstSeed = 0
    precision: command.Precision = "float32"

    example: ClassVar[str] = "--dataset mnist --P 500 5000"
    lower: ClassVar[str] = "--batch, --images or --width"
    home: ClassVar[str] = "deformations-{dataset}"
    sweep: ClassVar[str] = "sweeps.deformations.trained:trained"

    def config(self) -> Any:
        from jamming.models.classic.classifier import Convolutional
        from jamming.models.classic.names import NAMES
        from jamming.training.images import ImageJob
        from sweeps.deformations.trained import Trained

        several = [
            tuple(dict.fromkeys(some(name, getattr(self, name))))
            for name in ("network", "P", "augmentation")
        ]
        runs(cells=math.prod(map(len, several)), seeds=seeds(self.seed, self.seeds))
        enlarge = ENLARGED.get(self.dataset, 1) if self.enlarge is None else self.enlarge
        given = {name: getattr(self, name) for name in SHARED}
        given |= {"enlarge": enlarge, "pad": self.pad or None}
        own = {
            name: _of_each(name, getattr(self, name), several[0])
            for name in ("width", "optimiser", "lr")
        }

        def job(network: str, P: int, augmentation: str) -> ImageJob:
            scaled = network in NAMES and issubclass(NAMES[network][0], Convolutional)
            of_it = {name: values[network] for name, values in own.items()}
            of_it["width"] = of_it["width"] if scaled else None
            found = ImageJob(self.dataset, P, network, augmentation=augmentation, **of_it, **given)
            if self.lr is None and found.optimiser == "sgd":
                # a fifth of the paper's, at which networks without batch normalisation learn too
                return replace(found, lr=0.02)
            return found

        jobs = [job(*at).at(self.seed + s) for at in product(*several) for s in range(self.seeds)]
        return [self.grid(Trained, job=each) for each in jobs]

    def check(self, config: Any) -> None:
        for one in {(one.job.network, one.job.P): one for one in config}.values():
            one.check()
        _warn(config)

    def figures(self, found: Any) -> tuple[str, ...]:
        sizes = found.sizes
        several = {
            "points": sizes["P"] > 1,
            "stability": sizes["delta"] > 1,
            "correlation": sizes["network"] > 2,
        }
        names = ("trained", "depth", *(name for name, drawn in several.items() if drawn))
        return tuple(f"deformations.{name}" for name in names)


@dataclass(frozen=True, kw_only=True)
class Fields(command.Sweep):
    """The size of random deformations and when they fold, beside what is predicted."""

    n: Annotated[tuple[int, ...], Help("pixels a side")] = (32, 64)
    c: Cuts = (1, 3, 5, 10, 15, 30)
    fields: Annotated[int, Help("for each n and c")] = 10_000
    seed: Annotated[int, Help("of the fields")] = 0

    example: ClassVar[str] = "--n 32 --c 3 5 --fields 1000"
    lower: ClassVar[str] = "--n or --fields"
    sweep: ClassVar[str] = "sweeps.deformations.fields:sweep"
    drawn_by: ClassVar[tuple[str, ...]] = ("deformations.fields",)
    home: ClassVar[str] = "fields"

    def config(self) -> Any:
        from sweeps.deformations.fields import Fields as Spec

        pairs = [(n, c) for n in _some("n", self.n) for c in _some("c", self.c)]
        runs(cells=len(pairs))
        return [Spec(n, c, self.fields, self.seed) for n, c in pairs]

    def check(self, config: Any) -> None:
        """All is known already."""


@dataclass(frozen=True, kw_only=True)
class Images(command.Sweep):
    """What is measured with images of a data set, of several seeds."""

    dataset: ImageSet = "digits"
    size: Annotated[int, Help("pixels a side, 0: their own")] = 32
    images: Annotated[int, Help("of each network")] = 100
    seeds: Annotated[int, Help("networks, each with images of its own")] = 5
    seed: FirstSeed = 0
    precision: command.Precision = "float32"

    lower: ClassVar[str] = "--images or --width"

    def several(self) -> range:
        return range(self.seed, self.seed + seeds(self.seed, self.seeds))


@dataclass(frozen=True, kw_only=True)
class Initial(Images):
    """Stability to deformations of networks at initialisation: D_f, G_f and R_f."""

    network: Annotated[tuple[str, ...], Help("see jamming.models.classic.names")] = (
        *("fullconn_l4", "lenet", "vgg11_bn", "resnet18"),
    )
    width: Annotated[float, Help("channels, in units of the published")] = 0.25
    delta: Annotated[tuple[float, ...], Help("displacements in pixels")] = (0.1, 0.3, 1.0, 3.0)
    c: Cuts = (3, 5, 15)
    interpolation: Annotated[tuple[str, ...], Help("bilinear, gaussian")] = ("bilinear", "gaussian")
    estimator: Annotated[str, Help("median, mean, coordinates")] = "median"

    example: ClassVar[str] = "--dataset mnist --network lenet resnet18"
    home: ClassVar[str] = "stability-{dataset}"
    sweep: ClassVar[str] = "sweeps.deformations.initial:initial"
    drawn_by: ClassVar[tuple[str, ...]] = (
        "deformations.stability",
        "deformations.depth",
        "deformations.gallery",
    )

    def config(self) -> Any:
        from sweeps.deformations.initial import Probe

        names = tuple(dict.fromkeys(some("network", self.network)))
        runs(networks=len(names), seeds=self.seeds)
        return [self.grid(Probe, network=net, seed=s) for net in names for s in self.several()]

    def check(self, config: Any) -> None:
        super().check(config)
        _warn(config)


@dataclass(frozen=True, kw_only=True)
class Downsampled(Images):
    """How deformations move the layers of networks that halve images in five ways."""

    images: Annotated[int, Help("of each network")] = 128
    width: Annotated[float, Help("channels, in units of the published")] = 0.5
    down: Annotated[tuple[str, ...], Help("subsample, max, average, strided, strided-ReLU")] = (
        *("subsample", "max", "average", "strided", "strided-ReLU"),
    )
    sigma: Annotated[tuple[float, ...], Help("of a Gaussian, in pixels, that smooths filters")] = (
        *(0.0, 0.5, 1.0, 2.0),
    )
    points: Annotated[int, Help("control points a side")] = 3
    reach: Annotated[float, Help("their largest displacement, in pixels")] = 2.0

    example: ClassVar[str] = "--dataset mnist --images 64"
    drawn_by: ClassVar[tuple[str, ...]] = ("deformations.downsampled",)
    home: ClassVar[str] = "downsampled-{dataset}"

    def config(self) -> Any:
        from sweeps.deformations.downsampled import Filtered

        ways, sigmas = (
            tuple(dict.fromkeys(some(name, getattr(self, name)))) for name in ("down", "sigma")
        )
        runs(ways=len(ways), sigmas=len(sigmas), seeds=self.seeds)
        return [
            self.grid(Filtered, down=down, sigma=sigma, seed=seed)
            for down in ways
            for sigma in sigmas
            for seed in self.several()
        ]


@dataclass(frozen=True, kw_only=True)
class StripeStability(command.Trained):
    """Stability of networks that learn labels with an invariance, to what does not change them."""

    dataset: Annotated[str, Help("stripe<d> or cylinder<d>")] = "stripe5"
    P: command.ManyPoints = (64, 128, 256, 512, 1024)
    h: Annotated[int, Help("width of the hidden layer")] = 400
    alpha_tilde: command.Alphas = (1e-3, 1e3)
    radius: Annotated[tuple[float, ...], Help("norms of the noise")] = (0.1, 0.3, 1.0)
    sets: Annotated[int, Help("data sets for each P")] = 5
    inits: Annotated[int, Help("networks on each data set")] = 1
    loss: command.LossName = "soft_hinge"
    activation: command.Activation = "relu"
    steps: command.Steps = 40_000
    tol: Annotated[float, Help("tolerance of the flow")] = 1e-2
    test_points: command.TestPoints = 2000
    precision: command.Precision = "float32"

    example: ClassVar[str] = "--P 64 128 256 --sets 5"
    drawn_by: ClassVar[tuple[str, ...]] = ("deformations.stripe",)
    lower: ClassVar[str] = "--P, --h or --test-points"
    home: ClassVar[str] = "stability-{dataset}"
    sweep: ClassVar[str] = "sweeps.deformations.stripe:stripe_stability"

    def config(self) -> Any:
        whole("h", self.h)
        job = self.job(P=2, bias=False, alpha=1.0, dynamics="flow", constant=True, **command.NTP)
        return self.grid(job=job)


def _warn(config: Any) -> None:
    """Of deformations outside of the window, which are the same for all networks."""
    for said in config[0].unsound():
        warn(said)


def _of_each(name: str, given: tuple[Any, ...] | None, networks: tuple[str, ...]) -> dict[str, Any]:
    """The value of each network, of one for all of them or one for each."""
    values = (None,) if given is None else given
    if len(values) not in (1, len(networks)):
        raise BadInput(
            f"{name}: {len(values)} numbers for {len(networks)} networks: give one, or one of each"
        )
    return dict(zip(networks, values * (len(networks) // len(values)), strict=True))


def _some(name: str, values: Any) -> tuple[int, ...]:
    return tuple(sorted(set(some(name, wholes(name, values)))))


COMMANDS = (
    *(Deformations, Fields, Initial, Downsampled, Profiles, OneImage),
    *(StripeStability, Transfer),
)
