"""The commands of the jamming transition: N*, landscapes around it, N_eff, losses of classes."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import layers, runs, seeds, whole
from jamming.checks.errors import BadInput
from jamming.commands.command import echo
from jamming.commands.typed import Help
from sweeps.engine import command
from sweeps.transition.find_nstar import Decay, FindNstar, FixedData, Init, decay_of


@dataclass(frozen=True, kw_only=True)
class Landscape(command.Trained):
    """Train networks of one size on ever more points; spectra, gaps and cusps."""

    dataset: command.DataSet = "random"
    N: Annotated[int, Help("weights of the networks, about")] = 465
    depth: command.Depths = (2,)
    ratio: Annotated[tuple[float, ...], Help("P/N")] = (2.4, 2.6, 2.8, 3.0, 3.2)
    seeds: Annotated[int, Help("networks for each P")] = 3
    activation: command.Activation = "relu"
    dynamics: Annotated[str, Help("flow, euler, adam, sgd")] = "adam"
    steps: command.Steps = 100_000
    lr: command.Rate = 1e-3
    decay_every: Decay = None
    test_points: Annotated[int, Help("unseen points, at most")] = 2000
    precision: Annotated[str, Help("of training: float32, float64")] = "float64"
    dry_run: command.DryRun = False

    example: ClassVar[str] = "--dataset random --depth 2 3 5 --N 465"
    lower: ClassVar[str] = "--N"
    home: ClassVar[str] = "landscape-{dataset}"
    sweep: ClassVar[str] = "sweeps.transition.landscape:landscape"

    def config(self) -> Any:
        decay_every = decay_of(self.decay_every, self.steps)
        job = self.job(P=2, widths=(1,), margin=0.5, decay_every=decay_every)
        return self.grid(job=job, depths=self.depth, ratios=self.ratio)

    @property
    def float64(self) -> bool:
        """Training in float32 goes on in float32; what is measured at its end is in float64."""
        return True

    def work(self, config: Any) -> int:
        if not self.dry_run:
            return super().work(config)
        jobs = config.jobs()
        return command.plan(jobs, [config.N] * len(jobs))

    def end(self, module: Any, found: Any, store: Any) -> int:
        from sweeps.engine.diverged import line

        lost = f"{line(store)}store: {store.folder}"
        echo(module.summary(found), lost, kept=store.folder)
        return 0


@dataclass(frozen=True, kw_only=True)
class LearningTime(command.Trained):
    """N*(P) after different learning times; random points, cross-entropy, SGD."""

    dataset: command.DataSet = "random25"
    P: command.ManyPoints = (125, 250, 500)
    depth: command.Depth = 3
    ratio: Annotated[tuple[float, ...], Help("N/P")] = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
    seeds: command.Seeds = 4
    steps: Annotated[int, Help("budget: steps a network")] = 30_000
    times: Annotated[
        tuple[int, ...] | None,
        Help("steps, in hundreds, after which all points are looked at (default: 1/10, 1/3, all)"),
    ] = None
    lr: Annotated[float, Help("learning rate, /10 after half the steps")] = 1e-2
    precision: command.Precision = "float32"

    example: ClassVar[str] = "--P 125 250 500 --steps 100000"
    lower: ClassVar[str] = "--P or --ratio"
    sweep: ClassVar[str] = "sweeps.transition.learning_time:learning_time"

    def config(self) -> Any:
        if self.dataset == "random":
            raise BadInput(
                "give the dimension of the random points: random25 is that of the papers"
            )
        job = self.job(
            P=max(self.P, default=0),
            widths=(1,) * layers(self.depth),
            test_points=1,
            init="uniform",
            loss="logistic",
            dynamics="sgd",
            batch=1,
            decay_every=max(1, self.steps // 2),
        )
        parts = tuple(max(1, self.steps // part) for part in (10, 3, 1))
        times = parts if self.times is None else self.times
        return self.grid(job=job, ratios=self.ratio, times=times)


@dataclass(frozen=True, kw_only=True)
class Classes(command.Trained):
    """Test errors of networks that learn all classes, loss beside loss."""

    dataset: Annotated[str, Help("digits, mnist, mnist10pca, cifar10, ...")] = "mnist"
    P: command.Points = 2000
    h: Annotated[tuple[int, ...], Help("widths, or channels of a cnn")] = (100,)
    depth: command.Depth = 2
    architecture: command.Architecture = "fc"
    losses: Annotated[
        tuple[str, ...], Help("cross_entropy, multiclass_hinge, multiclass_linear_hinge")
    ] = ("cross_entropy", "multiclass_hinge")
    margin: Annotated[float | None, Help("of the hinges (default: that of each)")] = None
    seeds: Annotated[int, Help("networks of each loss and width")] = 5
    fixed_data: FixedData = False
    dynamics: Annotated[str, Help("adam or sgd")] = "adam"
    batch: Annotated[int | None, Help("of sgd (default: all points)")] = None
    steps: Annotated[int, Help("steps of every network")] = 1000
    until: Annotated[str, Help("fitted or budget: when a run ends")] = "budget"
    lr: Annotated[tuple[float, ...], Help("one, or one for each loss")] = (1e-3,)
    lr_exponent: Annotated[float, Help("a: lr is divided by h^a")] = 0.0
    decay_every: Annotated[int | None, Help("steps after which lr falls to a tenth")] = None
    activation: command.Activation = "relu"
    parametrisation: Annotated[str, Help("ntp, mfp, plain")] = "plain"
    init: Init = "orthogonal"
    test_points: command.TestPoints = 10_000
    precision: command.Precision = "float32"

    example: ClassVar[str] = "--dataset digits --P 500 --h 30 --depth 2"
    lower: ClassVar[str] = "--P, --h or --test-points"
    sweep: ClassVar[str] = "sweeps.transition.classes:classes"

    def config(self) -> Any:
        from jamming.training.parts import Learning

        job = self.job(
            P=self.P,
            widths=(1,) * layers(self.depth),
            loss=self.losses[0] if self.losses else "",
            margin=None,
            slack=0.0,
            lr=Learning.lr,
        )
        rates = self.lr * (len(self.losses) if len(self.lr) == 1 else 1)
        return self.grid(job=job, lr=rates)


@dataclass(frozen=True, kw_only=True)
class Effective(command.Sweep):
    """N_eff, the rank of the extended gradients, against N."""

    dataset: Annotated[tuple[str, ...], Help("one or several")] = ("digits10pca", "random10")
    P: command.ManyPoints = (200, 300)
    depth: command.Depth = 3
    h: command.Widths = (5, 7, 10, 14, 20)
    activation: command.Activation = "relu"
    seeds: command.Seeds = 2

    example: ClassVar[str] = "--dataset mnist10pca random10 --P 300"
    lower: ClassVar[str] = "--h or --P"
    sweep: ClassVar[str] = "sweeps.transition.effective:effective"

    def config(self) -> Any:
        L, seeds_ = layers(self.depth), seeds(0, self.seeds)
        runs(datasets=len(self.dataset), P=len(self.P), widths=len(self.h), seeds=seeds_)
        return [
            self.job(
                dataset=dataset,
                P=whole("P", P, least=2),
                widths=(h,) * L,
                data_seed=s,
                init_seed=s,
                test_points=1,
            )
            for dataset in self.dataset
            for P in self.P
            for h in self.h
            for s in range(seeds_)
        ]

    def check(self, config: Any) -> None:
        from sweeps.transition.effective import enough

        for job in config:
            if job.init_seed == 0:
                enough(job)


COMMANDS = (FindNstar, Landscape, LearningTime, Classes, Effective)
