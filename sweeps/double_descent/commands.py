"""The commands of double descent: errors against N, and the limit of wide networks."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.checks.errors import BadInput
from jamming.commands.typed import Help
from sweeps.engine import command


@dataclass(frozen=True, kw_only=True)
class DoubleDescent(command.Trained):
    """The test error against N: single networks, early stopping, ensembles; norms, fluctuations."""

    dataset: command.DataSet = "digits10pca"
    positive: command.Positive = None
    P: command.ManyPoints = (200,)
    depth: command.Depths = (3,)
    h: Annotated[tuple[float, ...], Help("widths, in steps of 1/L")] = (
        *(2.0, 3.0, 4.0, 5.0, 6.0),
        *(8.0, 12.0, 20.0, 40.0, 80.0),
    )
    seeds: Annotated[int, Help("networks of each width, on each training set")] = 10
    sets: Annotated[int, Help("training sets, of the seeds --data-seed and above")] = 1
    wide: Annotated[float, Help("widths from which on ...")] = float("inf")
    wide_seeds: Annotated[int | None, Help("... there are so many (default: --seeds)")] = None
    steps: Annotated[int, Help("budget: steps a network")] = 50_000
    times: Annotated[
        tuple[int, ...] | None, Help("steps after which norms are kept (default: decades)")
    ] = None
    lr: Annotated[float, Help("the learning rate is lr h^-1.5 ...")] = 0.1
    lr_most: Annotated[float, Help("... and this at most")] = 1e-3
    dynamics: Annotated[str, Help("adam, sgd")] = "adam"
    batch: Annotated[int | None, Help("of sgd (default: all points)")] = None
    weight_decay: Annotated[float, Help("this times the weights is added to the gradient")] = 0.0
    alpha: Annotated[float | None, Help("learn alpha (f - f0) (default: f itself)")] = None
    activation: command.Activation = "relu"
    label_noise: Annotated[float, Help("share of flipped labels")] = 0.0
    test_points: command.TestPoints = 10_000
    precision: command.Precision = "float64"
    dry_run: command.DryRun = False

    example: ClassVar[str] = "--dataset mnist10pca --P 500 1000"
    home: ClassVar[str] = "descent-{dataset}"
    sweep: ClassVar[str] = "sweeps.double_descent.scan:double_descent"
    drawn_by: ClassVar[tuple[str, ...]] = (
        "double_descent.descent",
        "double_descent.courses",
        "double_descent.norm",
        "double_descent.fluctuations",
    )

    def config(self) -> Any:
        command.not_of_width(self.dataset)
        if self.dynamics not in command.DESCENTS:
            raise BadInput(f"{self.dynamics} has no rate for each width: choose adam or sgd")
        job = self.job(margin=1.0, lr=self.lr_most, decay_every=None)
        if self.wide_seeds is not None and self.wide == float("inf"):
            raise BadInput("--wide-seeds counts with --wide alone: leave it out")
        decades = [10**k for k in range(2, 9) if 10**k < self.steps]
        return self.grid(
            job=job,
            times=(*decades, self.steps) if self.times is None else self.times,
            wide_seeds=self.seeds if self.wide_seeds is None else self.wide_seeds,
            most=self.lr_most,
        )

    def cost(self, config: Any) -> str:
        from jamming.models.counting import n_weights

        jobs = [job for cell in config.cells().values() for job in cell]
        d = jobs[0].data().x_train.shape[-1]
        return command.plan(jobs, [n_weights(d, job.widths, job.L) for job in jobs])


@dataclass(frozen=True, kw_only=True)
class WideLimit(command.Trained):
    """How tangent kernels and outputs of wide networks depend on initial weights."""

    dataset: command.DataSet = "digits10pca"
    positive: command.Positive = None
    P: Annotated[int, Help("training points of the soft hinge")] = 200
    few: Annotated[int, Help("training points of the square loss")] = 20
    depth: command.Depth = 2
    h: command.Widths = (16, 32, 64, 128, 256)
    seeds: Annotated[int, Help("networks of each width that learn")] = 5
    draws: Annotated[int, Help("networks that do not")] = 1000
    activation: Annotated[str, Help("of those that learn")] = "softplus5"
    kernel_points: Annotated[int | None, Help("of the kernels (default: 100 test points)")] = None
    steps: command.Steps = 20_000
    precision: command.Precision = "float64"

    example: ClassVar[str] = "--h 16 32 64 128 --seeds 5"
    lower: ClassVar[str] = "--h or --kernel-points"
    sweep: ClassVar[str] = "sweeps.double_descent.wide_limit:initial"
    drawn_by: ClassVar[tuple[str, ...]] = ("double_descent.wide",)

    def config(self) -> Any:
        command.not_of_width(self.dataset)
        job = self.job(
            bias=False,
            alpha=1.0,
            loss="soft_hinge",
            dynamics="flow",
            kernel_points=100 if self.kernel_points is None else self.kernel_points,
            **command.NTP,
        )
        return self.grid(job=job)

    def check(self, config: Any) -> None:
        config.check(self.kernel_points or 0)


COMMANDS = (DoubleDescent, WideLimit)
