"""The commands of lazy and feature learning: regimes, kernels, tolerances, initial scales."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import SEEDS, layers, runs, seeds, whole
from jamming.checks.errors import BadInput
from jamming.commands.typed import Help
from sweeps.engine.command import (
    Activation,
    Alphas,
    Architecture,
    Bias,
    DataSet,
    Depth,
    Depths,
    Learning,
    LossName,
    ManyPoints,
    Points,
    Precision,
    Seeds,
    Steps,
    Sweep,
    TestPoints,
    Trained,
    Whiten,
    Widths,
)

Alone = Annotated[tuple[float, ...] | None, Help("alpha itself, in place of alpha-tilde")]


@dataclass(frozen=True, kw_only=True)
class Regimes(Learning):
    """Lazy and feature learning: ensembles at a few widths, over decades of alpha."""

    dataset: Annotated[
        tuple[str, ...], Help("one or several, see python -m jamming.find_nstar --help")
    ] = ("digits10pca",)
    P: ManyPoints = (200,)
    depth: Depths = (2,)
    h: Widths = (16, 32, 64)
    alpha_tilde: Annotated[
        tuple[float, ...] | None, Help("sqrt(h) alpha (default: 1e-3 to 1e4)")
    ] = None
    alpha: Alone = None
    seeds: Annotated[int, Help("networks of an ensemble")] = 5
    steps: Steps = 50_000
    architecture: Architecture = "fc"
    activation: Activation = "softplus5"
    loss: LossName = "soft_hinge"
    bias: Bias = False
    whiten: Whiten = False
    centred: Annotated[bool, Help("learn alpha (f - f0); without: alpha f")] = True
    parametrisation: Annotated[str, Help("ntp, mfp, mup or standard")] = "ntp"
    kernel_end: Annotated[bool, Help("flow the kernels of the end, too")] = False
    kernel: Annotated[bool, Help("flow the kernels of the start, too")] = True
    network: Annotated[bool, Help("train networks; without: kernels of the start alone")] = True
    test_points: TestPoints = 1000
    kernel_points: Annotated[int | None, Help("of the kernel (default: 150 test points)")] = None
    precision: Precision = "float64"

    prog: ClassVar[str] = "regimes"
    example: ClassVar[str] = (
        "python -m sweeps.lazy_feature regimes --dataset mnist10pca --P 300 --h 15 30 60"
    )
    lower: ClassVar[str] = "--P or --h"
    home: ClassVar[str] = "regimes"
    sweep: ClassVar[str] = "sweeps.lazy_feature.regimes:regimes"

    def config(self) -> Any:
        """The networks and kernels."""
        from sweeps.lazy_feature.cells import Config

        if self.alpha is not None and self.alpha_tilde is not None:
            raise BadInput("give --alpha or --alpha-tilde, not both")
        self.refuse_unused()
        job = self.job(
            dataset=(*self.dataset, "")[0],
            P=(*self.P, 2)[0],
            widths=(1,) * layers((*self.depth, 1)[0]),
            normalised=True,
            parametrisation="ntp",
            alpha=1.0,
            slack=0.0,
            kernel_points=150 if self.kernel_points is None else self.kernel_points,
        )
        decades = tuple(float(f"1e{k}") for k in range(-3, 5))
        return Config(
            job,
            datasets=self.dataset,
            P=self.P,
            depths=self.depth,
            h=self.h,
            alphas=next((a for a in (self.alpha, self.alpha_tilde) if a is not None), decades),
            seeds=self.seeds,
            scale="alpha" if self.alpha is not None else "alpha_tilde",
            networks=self.network,
            kernels=self.kernel and self.centred,
            kernel_end=self.kernel_end,
            subtract=self.centred,
            abc=self.parametrisation,
        )

    def check(self, config: Any) -> None:
        """Refuse what the runs would refuse."""
        config.check(here=self.scheduler is None, points=self.kernel_points or 0)


@dataclass(frozen=True, kw_only=True)
class Gram(Learning):
    """The tangent kernel between test points before and after learning."""

    dataset: DataSet = "digits10pca"
    P: Points = 200
    depth: Depth = 2
    h: Annotated[int, Help("width")] = 60
    alpha_tilde: Alphas = (0.1, 10.0, 1000.0)
    seeds: Seeds = 3
    steps: Steps = 50_000
    architecture: Architecture = "fc"
    activation: Activation = "softplus5"
    bias: Bias = False
    precision: Precision = "float64"
    test_points: TestPoints = 200

    prog: ClassVar[str] = "gram"
    example: ClassVar[str] = "python -m sweeps.lazy_feature gram --dataset mnist10pca --P 300"
    lower: ClassVar[str] = "--h or --test-points"
    home: ClassVar[str] = "gram"
    sweep: ClassVar[str] = "sweeps.lazy_feature.gram:gram"

    def config(self) -> Any:
        """The grid of one width."""
        from sweeps.shared.learning_rates import Stepped

        self.refuse_unused()
        job = self.job(
            P=self.P,
            widths=(self.h,) * layers(self.depth),
            whiten=False,
            normalised=True,
            parametrisation="ntp",
            alpha=1.0,
            loss="soft_hinge",
            slack=0.0,
        )
        return Stepped(job, (self.h,), self.alpha_tilde, self.seeds, kernel=False)

    def check(self, config: Any) -> None:
        """Refuse test points of one label, and kernels that do not fit in memory."""
        from jamming.execution.memory import fits
        from jamming.training.costs import DOUBLE

        y = config.check(here=self.scheduler is None).y_test
        if len(set(y.tolist())) < 2:
            raise BadInput("the test points are of one label: raise --test-points")
        kernels = 2 * len(config.alpha_tilde) * config.seeds
        fits(f"{kernels} kernels", kernels * len(y) ** 2 * DOUBLE, "--test-points or --seeds")


@dataclass(frozen=True, kw_only=True)
class Tolerance(Trained):
    """What tolerances and momenta of gradient flow do to the learned function."""

    dataset: DataSet = "digits10pca"
    P: Points = 200
    depth: Depth = 2
    h: Annotated[int, Help("width")] = 30
    alpha_tilde: Alphas = (1.0, 10.0, 100.0, 1000.0)
    tol_gradient: Annotated[tuple[float, ...], Help("of the papers' Euler steps")] = (1e-4, 1e-6)
    momentum: Annotated[tuple[float, ...], Help("times tau", consume_multiple=0)] = ()
    flow_tol: Annotated[
        tuple[float, ...], Help("tolerances of the stabilised flow", consume_multiple=0)
    ] = (1e-2,)
    seeds: Seeds = 3
    steps: Steps = 200_000
    test_points: TestPoints = 1000

    prog: ClassVar[str] = "tolerance"
    example: ClassVar[str] = "python -m sweeps.lazy_feature tolerance --dataset mnist10pca --P 300"
    lower: ClassVar[str] = "--P or --h"
    home: ClassVar[str] = "tolerance"
    sweep: ClassVar[str] = "sweeps.lazy_feature.tolerance:tolerance"

    def config(self) -> Any:
        """The tolerances and momenta."""
        from jamming.training.parts import Learning
        from sweeps.lazy_feature.tolerance import Config

        self.refuse_unused()
        job = self.job(
            P=self.P,
            widths=(self.h,) * layers(self.depth),
            whiten=False,
            activation="softplus5",
            normalised=True,
            parametrisation="ntp",
            bias=False,
            alpha=1.0,
            loss="soft_hinge",
            slack=0.0,
            dynamics="euler",
            tol_gradient=Learning.tol_gradient,
        )
        return Config(
            job, self.alpha_tilde, self.tol_gradient, self.momentum, self.flow_tol, self.seeds
        )

    def check(self, config: Any) -> None:
        """Refuse what the runs would refuse."""
        config.cells(config.job).check(here=self.scheduler is None)


@dataclass(frozen=True, kw_only=True)
class InitialScales(Sweep):
    """Gradients and speeds of pre-activations at the start, against the width."""

    dataset: DataSet = "digits10pca"
    P: Points = 200
    depth: Depth = 5
    h: Widths = (32, 64, 128, 256, 512)
    alpha: Annotated[float, Help("of alpha (f - f0)")] = 1.0
    activation: Activation = "softplus5"
    seeds: Seeds = 5
    init_seed: Annotated[int, Help("first seed of the weights")] = 0

    prog: ClassVar[str] = "initial_scales"
    example: ClassVar[str] = (
        "python -m sweeps.lazy_feature initial_scales --dataset mnist10pca --P 300"
    )
    lower: ClassVar[str] = "--h or --P"
    home: ClassVar[str] = "initial-scales"
    sweep: ClassVar[str] = "sweeps.lazy_feature.initial_scales:initial_scales"

    def config(self) -> Any:
        """A job for each network, the narrow ones first."""
        L = layers(self.depth)
        first = whole("init_seed", self.init_seed, least=0, most=SEEDS - 1)
        runs(widths=len(self.h), seeds=seeds(first, self.seeds))
        return [
            self.job(
                P=whole("P", self.P, least=2),
                widths=(h,) * L,
                init_seed=first + s,
                whiten=False,
                test_points=1,
                normalised=True,
                parametrisation="ntp",
                bias=False,
                loss="soft_hinge",
                slack=0.0,
                dynamics="flow",
                max_ticks=1,
            )
            for h in sorted(set(self.h))
            for s in range(self.seeds)
        ]

    def check(self, config: Any) -> None:
        """Refuse what the first and the last network would refuse."""
        from jamming.training.ready import ready

        ready([*config[:: max(1, len(config) - 1)]])


COMMANDS = (Regimes, Gram, Tolerance, InitialScales)
