"""The commands of the jamming transition: N*, landscapes around it, N_eff, losses of classes.

That of N* is called by its name in `jamming`, too: `python -m jamming.find_nstar`.
"""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import one_of
from jamming.commands.command import complain, echo, illustrate
from jamming.commands.typed import Help
from sweeps.engine import command, own_network
from sweeps.transition.decompress_command import Decompress
from sweeps.transition.effective_command import Effective
from sweeps.transition.sharpness_command import Sharpness
from sweeps.transition.slices_command import Slices

# the share of the budget after which the learning rate is divided by ten
DECAY = 0.4
# of the quadratic hinge in the jamming papers; other losses have one of their own, or none
MARGIN = 0.5
Decay = Annotated[
    int | None, Help(f"steps after which lr is divided by 10 (default: {DECAY} of --steps)")
]
FixedData = Annotated[bool, Help("the same points for all seeds")]
Init = Annotated[str, Help("of plain: orthogonal, uniform, xavier, normal, truncated")]


def decay_of(decay_every: int | None, steps: int) -> int:
    """When the learning rate falls, where that is not said."""
    return max(1, int(DECAY * steps)) if decay_every is None else decay_every


@dataclass(frozen=True, kw_only=True)
class FindNstar(command.Seeded):
    """Find the jamming transition N*(P): the smallest network that fits P points.

    Exit code 3 where N* was not bracketed within the budget.
    """

    dataset: Annotated[
        str,
        Help(
            "digits (embedded), mnist, fashion_mnist, emnist, cifar10, any of them with <k>pca"
            " appended (cifar10_30pca), random (d = h) or random<d>; or a file.npz of x and y"
            " (docs/howto/own_data.md)"
        ),
    ] = "digits10pca"
    P: command.ManyPoints = (400, 800, 1600)
    positive: command.Positive = None
    whiten: Annotated[bool, Help("scale the principal components to equal variance")] = True
    fixed_data: FixedData = False
    module: own_network.Module = None
    depth: command.Depths = (2,)
    fractional: Annotated[bool, Help("widths in steps of 1/L, for a finer N")] = False
    activation: command.Activation = "relu"
    normalised: Annotated[bool, Help("unit second moment of activations")] = False
    parametrisation: Annotated[str, Help("plain, ntp or mfp")] = "plain"
    init: Init = "orthogonal"
    bias: Annotated[bool, Help("biases in every layer")] = True
    alpha: Annotated[float | None, Help("learn alpha (f - f0) instead of f")] = None
    loss: Annotated[str, Help("quadratic_hinge, linear_hinge, soft_hinge, logistic, square")] = (
        "quadratic_hinge"
    )
    margin: Annotated[
        float | None, Help("of a hinge loss (default: 0.5 of the quadratic one, else 1)")
    ] = None
    slack: Annotated[
        float, Help("fraction of the margin within which a constraint counts as satisfied")
    ] = 1e-3
    dynamics: Annotated[str, Help("flow, euler, adam, sgd")] = "adam"
    steps: command.Steps = 20_000
    lr: Annotated[
        float, Help("learning rate of adam, sgd; deep networks want less, 5e-4 at L = 5")
    ] = 3e-3
    decay_every: Decay = None
    batch: Annotated[int | None, Help("batch size of sgd (default: all)")] = None
    flow_time: Annotated[float, Help("budget: time of flow")] = float("inf")
    tol: Annotated[float, Help("tolerance of flow")] = 1e-2
    tau: Annotated[float, Help("momentum time of euler")] = 0.0
    precision: command.Precision = "float64"
    protocol: Annotated[str, Help("bisect, or descend as in the papers")] = "bisect"
    jammed_above: Annotated[
        float | None,
        Help("N_Delta/N above which a run counts as jammed (default: 0, for descend 0.1)"),
    ] = None
    seeds: command.Seeds = 6
    batch_seed: Annotated[int, Help("first seed of the batches")] = 0
    time_limit: Annotated[float, Help("seconds for the whole search")] = float("inf")

    example: ClassVar[str] = "--dataset mnist10pca --P 500 1000 2000"
    lower: ClassVar[str] = "--P, --seeds or --depth"
    home: ClassVar[str] = "nstar-{dataset}"

    @classmethod
    def called(cls) -> str:
        """As everybody knows it."""
        return "python -m jamming.find_nstar"

    def config(self) -> Any:
        from jamming.nstar.config import Search

        half = self.loss == "quadratic_hinge" and self.margin is None
        job = self.job(
            margin=MARGIN if half else self.margin,
            decay_every=decay_of(self.decay_every, self.steps),
        )
        # a network of the user's own has no depth that is known
        more: dict[str, Any] = {} if self.module is None else {"depths": (1,)}
        return self.grid(Search, job=job, **more)

    def check(self, config: Any) -> None:
        super().check(config)
        own_network.check(own_network.given(self), config.largest(), (2, 4))

    def work(self, config: Any) -> int:
        from jamming.nstar.report import known_so_far, table, to_dataset
        from jamming.nstar.search import find_nstar
        from sweeps.engine.checkpoints import Running
        from sweeps.engine.labelled import written
        from sweeps.engine.own_files import described
        from sweeps.engine.progress import Bar
        from sweeps.engine.store import Store

        store = Store(self.folder)
        bar = Bar(len(set(config.P)) * len(set(config.depths)))
        make = getattr(own_network.given(self), "of_width", None)
        how: dict[str, Any] = {"progress": bar, "checkpoints": Running(store)}
        found = find_nstar(config, store=store, make_network=make, **how)
        results, text = described(to_dataset(config, found), self), table(found)
        path = written(store, "results.nc", results)
        store.write("table.txt", text + "\n")
        figure = store.folder / "nstar.png"
        try:
            illustrate("analysis.transition.nstar", results, figure, path)
        finally:  # without a figure there is still the table
            echo(text, kept=path, results=path)
        echo(kept=store.folder, figures=figure)
        open_ended = [t for t in found if t.n_star is None]
        for t in open_ended:
            complain(f"find_nstar: not bracketed: {known_so_far(t)}")
        return 3 if open_ended else 0


@dataclass(frozen=True, kw_only=True)
class Landscape(command.Trained):
    """Train networks of one size on ever more points; spectra, gaps and cusps."""

    dataset: command.DataSet = "random"
    positive: command.Positive = None
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
    drawn_by: ClassVar[tuple[str, ...]] = (
        *("transition.jump", "transition.spectra", "transition.gaps", "transition.cusps"),
    )
    lower: ClassVar[str] = "--N"
    home: ClassVar[str] = "landscape-{dataset}"

    def config(self) -> Any:
        decay_every = decay_of(self.decay_every, self.steps)
        return self.grid(job=self.job(P=2, margin=0.5, decay_every=decay_every))

    @property
    def float64(self) -> bool:
        """Training in float32 goes on in float32; what is measured at its end is in float64."""
        return True

    def cost(self, config: Any) -> str:
        jobs = config.jobs()
        return command.plan(jobs, [config.N] * len(jobs))

    def end(self, module: Any, found: Any, store: Any) -> int:
        from sweeps.engine.diverged import line
        from sweeps.engine.labelled import to_draw

        kept = store.folder
        echo(module.summary(found), *line(store).splitlines(), kept=kept, store=kept)
        to_draw(self.drawn_by, kept)
        return 0


@dataclass(frozen=True, kw_only=True)
class LearningTime(command.Trained):
    """N*(P) after different learning times; by default random points, cross-entropy, SGD."""

    dataset: command.DataSet = "random25"
    positive: command.Positive = None
    P: command.ManyPoints = (125, 250, 500)
    depth: command.Depth = 3
    ratio: Annotated[tuple[float, ...], Help("N/P")] = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
    seeds: command.Seeds = 4
    steps: Annotated[int, Help("budget: steps a network")] = 30_000
    times: Annotated[
        tuple[int, ...] | None,
        Help("steps, in hundreds, after which all points are looked at (default: 1/10, 1/3, all)"),
    ] = None
    loss: command.LossName = "logistic"
    dynamics: Annotated[str, Help("adam, or sgd by batches of half of the points")] = "sgd"
    lr: Annotated[float, Help("learning rate")] = 1e-2
    decay_every: Annotated[
        int | None,
        Help("steps after which lr is divided by 10 (default: half; never: over --steps)"),
    ] = None
    init: Init = "uniform"
    precision: command.Precision = "float32"

    example: ClassVar[str] = "--P 125 250 500 --steps 100000"
    drawn_by: ClassVar[tuple[str, ...]] = ("transition.learning_time",)
    lower: ClassVar[str] = "--P or --ratio"

    def config(self) -> Any:
        command.not_of_width(self.dataset)
        one_of("dynamics", self.dynamics, command.DESCENTS)
        half = max(1, self.steps // 2)
        job = self.job(
            test_points=1,
            margin=MARGIN if self.loss == "quadratic_hinge" else None,
            batch=1 if self.dynamics == "sgd" else None,
            decay_every=half if self.decay_every is None else self.decay_every,
        )
        parts = tuple(max(1, self.steps // part) for part in (10, 3, 1))
        times = parts if self.times is None else self.times
        return self.grid(job=job, times=times)


@dataclass(frozen=True, kw_only=True)
class Classes(command.Trained):
    """Test errors of networks that learn all classes, compared between losses."""

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
    sets: Annotated[int, Help("training sets of so many networks each, with --fixed-data")] = 1
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
    drawn_by: ClassVar[tuple[str, ...]] = ("transition.classes",)
    lower: ClassVar[str] = "--P, --h or --test-points"

    def config(self) -> Any:
        from jamming.training.parts import Learning

        loss = self.losses[0] if self.losses else ""
        job = self.job(loss=loss, margin=None, slack=0.0, lr=Learning.lr)
        rates = self.lr * (len(self.losses) if len(self.lr) == 1 else 1)
        return self.grid(job=job, lr=rates)


COMMANDS = (FindNstar, Landscape, Decompress, LearningTime, Classes, Effective, Sharpness, Slices)
