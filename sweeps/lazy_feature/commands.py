"""The commands of lazy and feature learning: regimes, kernels, tolerances, initial scales."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import layers, runs, seeds, whole
from jamming.checks.errors import BadInput
from jamming.commands.typed import Help
from sweeps.engine import command, own_network


@dataclass(frozen=True, kw_only=True)
class Regimes(command.Learning):
    """Lazy and feature learning: ensembles at a few widths, over decades of alpha."""

    dataset: Annotated[
        tuple[str, ...], Help("one or several, see python -m jamming.find_nstar --help")
    ] = ("digits10pca",)
    positive: command.Positive = None
    module: own_network.Module = None
    P: command.ManyPoints = (200,)
    depth: command.Depths = (2,)
    h: command.Widths = (16, 32, 64)
    alpha_tilde: Annotated[
        tuple[float, ...] | None, Help("sqrt(h) alpha (default: 1e-3 to 1e4)")
    ] = None
    alpha: command.AlphaAlone = None
    seeds: Annotated[int, Help("networks of an ensemble")] = 5
    sets: Annotated[int, Help("training sets, of the seeds --data-seed and above")] = 1
    steps: command.Steps = 50_000
    architecture: command.Architecture = "fc"
    activation: command.Activation = "softplus5"
    loss: command.AnyLoss = "soft_hinge"
    bias: command.Bias = False
    whiten: command.Whiten = False
    centred: Annotated[bool, Help("learn alpha (f - f0); without: alpha f")] = True
    parametrisation: Annotated[str, Help("ntp, mfp, mup or standard")] = "ntp"
    kernel_end: Annotated[bool, Help("flow the kernels of the end, too")] = False
    kernel: Annotated[bool, Help("flow the kernels of the start, too")] = True
    network: Annotated[bool, Help("train networks; without: kernels of the start alone")] = True
    test_points: command.TestPoints = 1000
    kernel_points: Annotated[int | None, Help("of the kernel (default: 150 test points)")] = None
    precision: command.Precision = "float64"

    example: ClassVar[str] = "--dataset mnist10pca --P 300 --h 15 30 60"
    drawn_by: ClassVar[tuple[str, ...]] = (
        "lazy_feature.regimes",
        "lazy_feature.kernel_change",
        "lazy_feature.loss_curves",
        "lazy_feature.variance",
    )

    def config(self) -> Any:
        job = self.job(
            dataset=(*self.dataset, "")[0],
            P=(*self.P, 2)[0],
            widths=(1,) * layers((*self.depth, 1)[0]),
            alpha=1.0,
            kernel_points=150 if self.kernel_points is None else self.kernel_points,
        )
        alphas, scale = command.chosen_alphas(self, tuple(float(f"1e{k}") for k in range(-3, 5)))
        return self.grid(
            job=job,
            alphas=alphas,
            scale=scale,
            kernels=self.kernel and self.centred,
            subtract=self.centred,
            abc=self.parametrisation,
            **{} if self.module is None else {"depths": (1,)},  # it has none that is known
        )

    def check(self, config: Any) -> None:
        config.check(here=self.scheduler is None, points=self.kernel_points or 0)
        for each in config.grids().values():
            own_network.check(own_network.given(self), each.extremes()[-1], each.h)


@dataclass(frozen=True, kw_only=True)
class Gram(command.Learning):
    """The tangent kernel between test points before and after learning."""

    dataset: command.DataSet = "digits10pca"
    positive: command.Positive = None
    P: command.Points = 200
    depth: command.Depth = 2
    h: Annotated[int, Help("width")] = 60
    alpha_tilde: command.Alphas = (0.1, 10.0, 1000.0)
    seeds: command.Seeds = 3
    steps: command.Steps = 50_000
    architecture: command.Architecture = "fc"
    activation: command.Activation = "softplus5"
    bias: command.Bias = False
    precision: command.Precision = "float64"
    test_points: command.TestPoints = 200

    example: ClassVar[str] = "--dataset mnist10pca --P 300"
    drawn_by: ClassVar[tuple[str, ...]] = ("lazy_feature.gram",)
    lower: ClassVar[str] = "--h or --test-points"

    def config(self) -> Any:
        from sweeps.shared.learning_rates import Stepped

        job = self.job(whiten=False, alpha=1.0, loss="soft_hinge")
        return Stepped(job, (self.h,), self.alpha_tilde, self.seeds, kernel=False)

    def check(self, config: Any) -> None:
        from jamming.execution.memory import fits
        from jamming.training.ready import DOUBLE

        y = config.check(here=self.scheduler is None).y_test
        if len(set(y.tolist())) < 2:
            raise BadInput("the test points are of one label: raise --test-points")
        kernels = 2 * len(config.alpha_tilde) * config.seeds
        fits(f"{kernels} kernels", kernels * len(y) ** 2 * DOUBLE, "--test-points or --seeds")


@dataclass(frozen=True, kw_only=True)
class Tolerance(command.Trained):
    """What tolerances and momenta of gradient flow do to the learned function."""

    dataset: command.DataSet = "digits10pca"
    positive: command.Positive = None
    P: command.Points = 200
    depth: command.Depth = 2
    h: Annotated[int, Help("width")] = 30
    alpha_tilde: command.Alphas = (1.0, 10.0, 100.0, 1000.0)
    tol_gradient: Annotated[tuple[float, ...], Help("of the papers' Euler steps")] = (1e-4, 1e-6)
    momentum: Annotated[tuple[float, ...], Help("times tau", consume_multiple=0)] = ()
    flow_tol: Annotated[
        tuple[float, ...], Help("tolerances of the stabilised flow", consume_multiple=0)
    ] = (1e-2,)
    seeds: command.Seeds = 3
    steps: command.Steps = 200_000
    test_points: command.TestPoints = 1000

    example: ClassVar[str] = "--dataset mnist10pca --P 300"
    drawn_by: ClassVar[tuple[str, ...]] = ("lazy_feature.tolerance",)

    def config(self) -> Any:
        """Rule -> its grid over alpha~; the last, of the smallest tolerance, is the reference."""
        from jamming.training.parts import Learning
        from sweeps.shared.alpha_grid import Config

        job = self.job(
            whiten=False,
            activation="softplus5",
            bias=False,
            alpha=1.0,
            loss="soft_hinge",
            dynamics="euler",
            tol_gradient=Learning.tol_gradient,
            **command.NTP,
        )
        euler = sorted(set(self.tol_gradient), reverse=True)
        rules: dict[str, Any] = {f"euler {eps:g}": {"tol_gradient": eps} for eps in euler}
        if len(rules) < max(2, len(euler)):
            raise BadInput("tol_gradient needs two tolerances or more, to compare them")
        reference = rules.popitem()
        for tau in self.momentum:
            rules[f"momentum {tau:g}"] = {"tol_gradient": euler[0], "tau": tau}
        rules |= {f"flow {tol:g}": {"dynamics": "flow", "tol": tol} for tol in self.flow_tol}
        rules |= [reference]
        runs(rules=len(rules), alphas=len(self.alpha_tilde), seeds=self.seeds)
        return {
            name: self.grid(Config, job=job.replace(**fields), h=(self.h,), kernel=False)
            for name, fields in rules.items()
        }

    def check(self, config: Any) -> None:
        *_, reference = config.values()
        reference.check(here=self.scheduler is None)


@dataclass(frozen=True, kw_only=True)
class InitialScales(command.Sweep):
    """Gradients and speeds of pre-activations at the start, against the width."""

    dataset: command.DataSet = "digits10pca"
    positive: command.Positive = None
    P: command.Points = 200
    depth: command.Depth = 5
    h: command.Widths = (32, 64, 128, 256, 512)
    alpha: Annotated[float, Help("of alpha (f - f0)")] = 1.0
    activation: command.Activation = "softplus5"
    seeds: command.Seeds = 5
    init_seed: Annotated[int, Help("first seed of the weights")] = 0

    example: ClassVar[str] = "--dataset mnist10pca --P 300"
    drawn_by: ClassVar[tuple[str, ...]] = ("lazy_feature.initial_scales",)

    def config(self) -> Any:
        L = layers(self.depth)
        runs(widths=len(self.h), seeds=seeds(self.init_seed, self.seeds))
        return [
            self.job(
                P=whole("P", self.P, least=2),
                widths=(h,) * L,
                init_seed=self.init_seed + s,
                whiten=False,
                test_points=1,
                bias=False,
                loss="soft_hinge",
                dynamics="flow",
                max_ticks=1,
                **command.NTP,
            )
            for h in sorted(set(self.h))
            for s in range(self.seeds)
        ]

    def check(self, config: Any) -> None:
        from jamming.training.ready import ready

        ready([*config[:: max(1, len(config) - 1)]])


COMMANDS = (Regimes, Gram, Tolerance, InitialScales)
