"""The commands of learning curves: of images, and where labels have an invariance."""

import math
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import number, whole
from jamming.commands.typed import Help
from sweeps.engine import command

SmallAlpha = Annotated[float, Help("sqrt(h) alpha, small: learn features")]
Sets = Annotated[int, Help("data sets for each P")]
Inits = Annotated[int, Help("networks on each data set")]


@dataclass(frozen=True, kw_only=True)
class LearningCurve(command.Learning):
    """Learning curves of a network on images, in feature and lazy learning."""

    dataset: command.DataSet = "digits"
    positive: command.Positive = None
    P: command.ManyPoints = (32, 64, 128)
    architecture: command.Architecture = "cnn"
    h: Annotated[int, Help("width, or channels, of each layer")] = 16
    depth: command.Depth = 2
    alpha_tilde: SmallAlpha = 1e-2
    sets: Sets = 2
    inits: Inits = 1
    loss: command.LossName = "soft_hinge"
    activation: command.Activation = "relu"
    steps: Annotated[int, Help("budget: gradients a run")] = 20_000
    test_points: command.TestPoints = 2000
    precision: command.Precision = "float32"

    example: ClassVar[str] = "--dataset mnist --P 64 128 256 512"
    lower: ClassVar[str] = "--P, --h or --test-points"
    used: ClassVar[tuple[str, ...]] = ("tol",)  # by the frozen kernels, which always flow
    home: ClassVar[str] = "curve-{dataset}"
    sweep: ClassVar[str] = "sweeps.learning_curves.cnn:learning_curves"
    drawn_by: ClassVar[tuple[str, ...]] = ("learning_curves.learning_curve",)

    def config(self) -> Any:
        whole("h", self.h)
        job = self.job(
            P=max(2, self.batch or 2),  # replaced by each of P, which a batch may not exceed
            alpha=number("alpha_tilde", self.alpha_tilde, above=0.0) / math.sqrt(self.h),
        )
        return self.grid(job=job)


@dataclass(frozen=True, kw_only=True)
class Stripe(command.Trained):
    """Learning curves of feature and lazy learning where labels have an invariance."""

    dataset: Annotated[str, Help("stripe<d> or cylinder<d>")] = "stripe5"
    P: command.ManyPoints = (64, 128, 256, 512)
    h: Annotated[int, Help("width of the hidden layer")] = 256
    alpha_tilde: SmallAlpha = 1e-4
    sets: Sets = 4
    inits: Inits = 2
    kernel: Annotated[str, Help("lazy: svm, or by flow kernel_infinite, kernel_init")] = "svm"
    pca: Annotated[int, Help("P of the kernels after learning, at most")] = 512
    loss: command.LossName = "soft_hinge"
    activation: command.Activation = "relu"
    steps: command.Steps = 40_000
    tol: Annotated[float, Help("tolerance of the flow")] = 1e-2
    test_points: command.TestPoints = 10_000
    precision: command.Precision = "float32"

    example: ClassVar[str] = "--dataset stripe5 --P 64 128 256 512 1024"
    lower: ClassVar[str] = "--P, --h or --test-points"
    home: ClassVar[str] = "{dataset}"
    sweep: ClassVar[str] = "sweeps.learning_curves.compression:compression"
    drawn_by: ClassVar[tuple[str, ...]] = (
        "learning_curves.stripe",
        "learning_curves.alignment",
        "learning_curves.kernel_pca",
    )

    def config(self) -> Any:
        whole("h", self.h)
        job = self.job(
            P=2,
            bias=False,  # the constant coordinate has weights
            alpha=number("alpha_tilde", self.alpha_tilde, above=0.0) / math.sqrt(self.h),
            dynamics="flow",
            constant=True,
            **command.NTP,
        )
        return self.grid(job=job)


COMMANDS = (LearningCurve, Stripe)
