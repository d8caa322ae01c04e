"""`python -m jamming.find_nstar`: the search for N*, and the options that it shares."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.commands.command import complain, echo, illustrate
from jamming.commands.typed import Help
from sweeps.engine import command

# the share of the budget after which the learning rate is divided by ten
DECAY = 0.4
Decay = Annotated[
    int | None, Help(f"steps after which lr is divided by 10 (default: {DECAY} of --steps)")
]
FixedData = Annotated[bool, Help("the same points for all seeds")]
Init = Annotated[str, Help("of plain: orthogonal, uniform, xavier, normal")]


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
            "digits (comes along), mnist, fashion_mnist, emnist, cifar10, any of them with <k>pca"
            " appended, random (d = h) or random<d>"
        ),
    ] = "digits10pca"
    P: command.ManyPoints = (400, 800, 1600)
    positive: Annotated[
        tuple[int, ...] | None, Help("classes labelled +1 (default: the even ones)")
    ] = None
    whiten: Annotated[bool, Help("scale the principal components to equal variance")] = True
    fixed_data: FixedData = False
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

    prog: ClassVar[str] = "find_nstar"
    example: ClassVar[str] = "--dataset mnist10pca --P 500 1000 2000"
    lower: ClassVar[str] = "--P, --seeds or --depth"
    home: ClassVar[str] = "nstar-{dataset}"

    @classmethod
    def called(cls) -> str:
        """As everybody knows it."""
        return "python -m jamming.find_nstar"

    def config(self) -> Any:
        from jamming.nstar.config import Config

        # 1/2 is the margin of the jamming papers; other losses have one of their own, or none
        half = self.loss == "quadratic_hinge" and self.margin is None
        job = self.job(
            P=max(self.P, default=0),
            widths=(1,),
            margin=0.5 if half else self.margin,
            decay_every=decay_of(self.decay_every, self.steps),
            batch_seed=self.batch_seed,
        )
        return Config(
            job,
            P=self.P,
            depths=self.depth,
            seeds=self.seeds,
            protocol=self.protocol,  # type: ignore[arg-type]  # which it looks up
            jammed_above=self.jammed_above,
            fractional=self.fractional,
            fixed_data=self.fixed_data,
            time_limit=self.time_limit,
        )

    def work(self, config: Any) -> int:
        from jamming.nstar.report import known_so_far, table, to_dataset
        from jamming.nstar.search import find_nstar
        from sweeps.engine.checkpoints import Running
        from sweeps.engine.progress import Bar
        from sweeps.engine.store import Store
        from sweeps.engine.store.sealed import sealed_netcdf

        store = Store(self.folder)
        bar = Bar(len(set(config.P)) * len(set(config.depths)))
        found = find_nstar(config, store=store, progress=bar, checkpoints=Running(store))
        results, text = to_dataset(config, found), table(found)
        written = store.write("results.nc", sealed_netcdf(results))
        store.write("table.txt", text + "\n")
        figure = store.folder / "nstar.png"
        try:
            illustrate("analysis.transition.nstar", results, figure, written)
        finally:  # without a figure there is still the table
            echo(text, f"results: {written}", kept=written)
        echo(f"figure: {figure}", kept=store.folder)
        open_ended = [t for t in found if t.n_star is None]
        for t in open_ended:
            complain(f"find_nstar: not bracketed: {known_so_far(t)}")
        return 3 if open_ended else 0
