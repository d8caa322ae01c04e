"""The commands of learning curves: of images, of kernels, and where labels have an invariance."""

import math
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import SEEDS, layers, runs, seeds, whole
from jamming.commands.typed import Help
from sweeps.engine.command import (
    Activation,
    Architecture,
    DataSet,
    Depth,
    Learning,
    LossName,
    ManyPoints,
    Precision,
    Steps,
    Sweep,
    TestPoints,
    Trained,
)

SmallAlpha = Annotated[float, Help("sqrt(h) alpha, small: learn features")]
Sets = Annotated[int, Help("data sets for each P")]
Inits = Annotated[int, Help("networks on each data set")]


@dataclass(frozen=True, kw_only=True)
class LearningCurve(Learning):
    """Learning curves of feature and lazy learning, by one network on images."""

    dataset: DataSet = "digits"
    P: ManyPoints = (32, 64, 128)
    architecture: Architecture = "cnn"
    h: Annotated[int, Help("width, or channels, of each layer")] = 16
    depth: Depth = 2
    alpha_tilde: SmallAlpha = 1e-2
    sets: Sets = 2
    inits: Inits = 1
    loss: LossName = "soft_hinge"
    activation: Activation = "relu"
    steps: Annotated[int, Help("budget: gradients a run")] = 20_000
    test_points: TestPoints = 2000
    precision: Precision = "float32"

    prog: ClassVar[str] = "learning_curve"
    example: ClassVar[str] = "python -m sweeps.learning_curves --dataset mnist --P 64 128 256 512"
    lower: ClassVar[str] = "--P, --h or --test-points"
    home: ClassVar[str] = "curve-{dataset}"
    sweep: ClassVar[str] = "sweeps.learning_curves.cnn:learning_curves"

    def config(self) -> Any:
        """The P, data sets and networks."""
        from sweeps.learning_curves.cnn import Config

        self.refuse_unused(but=("tol",))  # of the frozen kernels, which always flow
        whole("h", self.h)
        job = self.job(
            P=max(2, self.batch or 2),  # replaced by each of P, which a batch may not exceed
            widths=(self.h,) * layers(self.depth),
            normalised=True,
            parametrisation="ntp",
            alpha=self.alpha_tilde / math.sqrt(self.h),
            slack=0.0,
        )
        return Config(job, self.P, self.sets, self.inits)


@dataclass(frozen=True, kw_only=True)
class KernelRegression(Sweep):
    """Learning curves of kernel regression, in closed form."""

    dataset: DataSet = "digits"
    P: ManyPoints = (64, 128, 256, 512, 1024)
    kernel: Annotated[tuple[str, ...], Help("laplace, gaussian")] = ("laplace", "gaussian")
    sigma: Annotated[float, Help("in units of the inputs' length")] = 1.0
    test_points: TestPoints = 500
    seeds: Annotated[int, Help("data sets")] = 4
    data_seed: Annotated[int, Help("first seed of the data")] = 0

    prog: ClassVar[str] = "kernel_regression"
    example: ClassVar[str] = (
        "python -m sweeps.learning_curves kernel_regression --dataset mnist --P 256 512 1024 2048"
    )
    lower: ClassVar[str] = "--P or --test-points"
    home: ClassVar[str] = "kernel-{dataset}"
    sweep: ClassVar[str] = "sweeps.learning_curves.kernel_regression:kernel_regression"

    def config(self) -> Any:
        """A run for each seed."""
        from sweeps.learning_curves.kernel_regression import Regression

        first = whole("data_seed", self.data_seed, least=0, most=SEEDS - 1)
        runs(seeds=seeds(first, self.seeds))
        kernels = tuple(dict.fromkeys(self.kernel))
        return [
            Regression(self.dataset, self.P, kernels, self.sigma, self.test_points, first + s)
            for s in range(self.seeds)
        ]

    def check(self, config: Any) -> None:
        """Refuse what the first run would refuse."""
        config[0].check()


@dataclass(frozen=True, kw_only=True)
class Stripe(Trained):
    """Learning curves of feature and lazy learning where labels have an invariance."""

    dataset: Annotated[str, Help("stripe<d> or cylinder<d>")] = "stripe5"
    P: ManyPoints = (64, 128, 256, 512)
    h: Annotated[int, Help("width of the hidden layer")] = 256
    alpha_tilde: SmallAlpha = 1e-4
    sets: Sets = 4
    inits: Inits = 2
    kernel: Annotated[str, Help("lazy: kernel_infinite, kernel_init")] = "kernel_infinite"
    pca: Annotated[int, Help("P of the kernel PCA, at most")] = 512
    loss: LossName = "soft_hinge"
    activation: Activation = "relu"
    steps: Steps = 40_000
    tol: Annotated[float, Help("tolerance of the flow")] = 1e-2
    test_points: TestPoints = 10_000
    precision: Precision = "float32"

    prog: ClassVar[str] = "stripe"
    example: ClassVar[str] = (
        "python -m sweeps.learning_curves stripe --dataset stripe5 --P 64 128 256 512 1024"
    )
    lower: ClassVar[str] = "--P, --h or --test-points"
    home: ClassVar[str] = "{dataset}"
    sweep: ClassVar[str] = "sweeps.learning_curves.compression:compression"

    def config(self) -> Any:
        """The P, data sets and networks."""
        from sweeps.learning_curves.compression import Config

        self.refuse_unused()
        whole("h", self.h)
        job = self.job(
            P=2,
            widths=(self.h,),
            normalised=True,
            parametrisation="ntp",
            bias=False,  # the constant coordinate has weights
            alpha=self.alpha_tilde / math.sqrt(self.h),
            slack=0.0,
            dynamics="flow",
            constant=True,
        )
        return Config(job, self.P, self.sets, self.inits, self.kernel, self.pca)


COMMANDS = (LearningCurve, KernelRegression, Stripe)
