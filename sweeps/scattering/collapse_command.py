"""The command `python -m sweeps.scattering phase_collapse`."""

from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import one_of, runs, seeds, some, whole
from jamming.commands.typed import Help
from sweeps.engine import command

SKIP = "+skip"
NETWORKS = (
    "scat",
    "pc",
    "at",
    "as",
    "ac",
    "linear",
    *(f"{v}{SKIP}" for v in ("pc", "at", "as", "ac")),
)
SHARED = ("P", "steps", "batch", "optimiser", "lr", "weight_decay", "schedule", "decay_epochs")
MORE = ("augmentation", "flip", "test_points", "precision")


@dataclass(frozen=True, kw_only=True)
class PhaseCollapse(command.Sweep):
    """Train networks of fixed wavelets that collapse phases, or reduce amplitudes."""

    dataset: Annotated[str, Help("digits, mnist, fashion_mnist, emnist, cifar10, svhn")] = "digits"
    network: Annotated[tuple[str, ...], Help(", ".join(NETWORKS))] = NETWORKS
    depth: Annotated[tuple[int, ...] | None, Help("octaves (default: all)")] = None
    P: Annotated[int, Help("training images")] = 500
    L: Annotated[
        int | None, Help("angles of half a circle (default: 8 of cifar10, svhn; else 4)")
    ] = None
    full: Annotated[bool, Help("wavelets of the opposite angles, too")] = True
    width: Annotated[float, Help("channels, in units of the default ones")] = 1.0
    steps: Annotated[int, Help("of a network")] = 200
    scat_steps: Annotated[
        int | None, Help("of scat, whose last layer alone learns (default: 8 times as many)")
    ] = None
    batch: Annotated[int, Help("images of a step")] = 50
    optimiser: Annotated[str, Help("adam, sgd")] = "adam"
    lr: Annotated[float, Help("learning rate")] = 5e-3
    weight_decay: Annotated[float, Help("of each step")] = 0.0
    schedule: Annotated[str, Help("cosine, steps, constant, exponential")] = "cosine"
    decay_epochs: Annotated[float, Help("of steps: epochs after which the rate is a tenth")] = 70.0
    augmentation: Annotated[str, Help("none, translate, deform")] = "none"
    flip: Annotated[bool, Help("with translate: mirrored, too")] = False
    test_points: command.TestPoints = 2000
    seeds: Annotated[int, Help("networks, each with a training set of its own")] = 5
    seed: Annotated[int, Help("the first")] = 0
    precision: command.Precision = "float32"

    example: ClassVar[str] = "--dataset mnist --P 5000 --network pc at linear"
    lower: ClassVar[str] = "--batch or --width"
    home: ClassVar[str] = "phase-collapse-{dataset}"

    def config(self) -> Any:
        """(network, octaves, seed) -> a job."""
        from jamming.training.images import ImageJob

        one_of_each = tuple(dict.fromkeys(some("network", self.network)))
        networks = [one_of("network", name, NETWORKS) for name in one_of_each]
        depths = (None,) if self.depth is None else tuple(dict.fromkeys(some("depth", self.depth)))
        runs(cells=len(networks) * len(depths), seeds=seeds(self.seed, self.seeds))
        name = {"digits": "digits", "cifar10": "cifar10", "svhn": "cifar10"}.get(
            self.dataset, "mnist"
        )
        given = {field: getattr(self, field) for field in (*SHARED, *MORE, "width")}
        # so that sides can be halved: 8 pixels to 16, 28 to 32
        given |= {"enlarge": 2} if name == "digits" else {"pad": 32} if name == "mnist" else {}

        # a linear layer on fixed coefficients is cheap, and slow to converge
        steps = whole("steps", self.steps)
        scat_steps = 8 * steps if self.scat_steps is None else self.scat_steps

        def job(network: str, depth: int | None) -> ImageJob:
            options: dict[str, Any] = {"variant": network.removesuffix(SKIP), "full": self.full}
            options |= {"skip": network.endswith(SKIP)}
            options |= {} if depth is None else {"depth": depth}
            options |= {} if self.L is None else {"L": self.L}
            more = {"steps": scat_steps} if network == "scat" else {}
            of = {"network": f"pcscat_{name}", "options": tuple(options.items())}
            return ImageJob(self.dataset, **given | more | of)

        return {
            (network, depth or 0, self.seed + s): job(network, depth).at(self.seed + s)
            for network, depth, s in product(networks, depths, range(self.seeds))
        }

    def check(self, config: Any) -> None:
        from jamming.training.image_build import ready

        ready(list({at[:2]: job for at, job in config.items()}.values()), None, None)

    def figures(self, found: Any) -> tuple[str, ...]:
        return ("scattering.collapse_depth" if found.sizes["depth"] > 1 else "scattering.collapse",)
