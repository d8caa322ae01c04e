"""The commands of the (h, alpha~) phase diagram, by gradient flow and by SGD."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import layers, whole
from jamming.checks.errors import BadInput
from jamming.commands.command import echo, illustrate
from jamming.commands.typed import Help
from sweeps.engine.command import (
    Activation,
    Alphas,
    Bias,
    DataSet,
    Depth,
    Depths,
    DryRun,
    LossName,
    ManyPoints,
    Points,
    Precision,
    Seeds,
    Steps,
    TestPoints,
    Trained,
    Whiten,
    Widths,
)

LabelNoise = Annotated[float, Help("share of labels flipped")]
FIGURES = {
    "phase_diagram.png": "analysis.phase_diagram.diagram",
    "double_descent.png": "analysis.phase_diagram.sections",
}


@dataclass(frozen=True, kw_only=True)
class PhaseDiagram(Trained):
    """The (h, alpha~) phase diagram: jamming line, lazy/feature crossover, errors."""

    dataset: DataSet = "digits10pca"
    P: ManyPoints = (200,)
    depth: Depths = (2,)
    h: Widths = (2, 3, 4, 6, 8, 12, 16, 32, 64)
    alpha_tilde: Annotated[
        tuple[float, ...] | None, Help("sqrt(h) alpha (default: 1e-2 to 1e3)")
    ] = None
    alpha: Annotated[tuple[float, ...] | None, Help("alpha itself, in place of alpha-tilde")] = None
    seeds: Annotated[int, Help("networks a cell")] = 4
    steps: Steps = 10_000
    tol: Annotated[float, Help("tolerance of the flow")] = 2e-2
    dynamics: Annotated[str, Help("flow, euler (the papers'), adam, sgd")] = "flow"
    activation: Activation = "softplus5"
    loss: LossName = "soft_hinge"
    bias: Bias = False
    whiten: Whiten = False
    label_noise: LabelNoise = 0.0
    test_points: TestPoints = 1000
    kernel_points: Annotated[int | None, Help("of the kernel (default: 200 test points)")] = None
    refine: Annotated[float, Help("1: no bisection of the lines")] = 2.0
    kernel: Annotated[bool, Help("flow frozen kernels, the border at alpha~ = inf")] = True
    precision: Precision = "float64"
    lanes: Annotated[int | None, Help("trajectories side by side in a thread or device")] = None
    dry_run: DryRun = False

    prog: ClassVar[str] = "phase_diagram"
    example: ClassVar[str] = "python -m sweeps.phase_diagram --dataset mnist10pca --P 1000"
    lower: ClassVar[str] = "--P, --h or --lanes"
    home: ClassVar[str] = "phase-{dataset}"

    def config(self) -> Any:
        """A config for each P and depth."""
        from sweeps.shared.alpha_grid import Config

        if self.alpha is not None and self.alpha_tilde is not None:
            raise BadInput("give --alpha or --alpha-tilde, not both")
        self.refuse_unused()
        decades = tuple(float(10 ** (k / 2)) for k in range(-4, 7))
        chosen = next((a for a in (self.alpha, self.alpha_tilde) if a is not None), decades)
        return [
            Config(
                self.job(
                    P=P,
                    widths=(1,) * layers(L),
                    normalised=True,
                    parametrisation="ntp",
                    alpha=1.0,
                    slack=0.0,
                    kernel_points=200 if self.kernel_points is None else self.kernel_points,
                ),
                self.h,
                chosen,
                seeds=self.seeds,
                scale="alpha" if self.alpha is not None else "alpha_tilde",
                refine=self.refine,
                kernel=self.kernel,
            )
            for P in dict.fromkeys(self.P)
            for L in dict.fromkeys(self.depth)
        ]

    def check(self, config: Any) -> None:
        """Refuse what the runs would refuse."""
        from jamming.execution.worker import MOST

        if self.lanes is not None:
            whole("lanes", self.lanes, most=MOST)
        for each in config:
            each.check(here=self.scheduler is None, points=self.kernel_points or 0)

    def work(self, config: Any) -> int:
        """Make and draw the diagrams, or say what they would cost."""
        from sweeps.engine.cluster import cluster
        from sweeps.phase_diagram.cost import estimate

        if self.dry_run:
            echo(*(estimate(each) for each in config))
            return 0
        with cluster(self.scheduler, self.workers) as client:
            for each in config:
                self._diagram(each, client, apart=len(config) > 1)
        return 0

    def _diagram(self, config: Any, client: Any, *, apart: bool) -> None:
        from jamming.execution.tasks import IdleTime
        from sweeps.engine.diverged import marked
        from sweeps.engine.progress import Work
        from sweeps.engine.store import Store
        from sweeps.engine.store.sealed import sealed_netcdf
        from sweeps.phase_diagram.sweep import phase_diagram, summary

        folder = self.folder / f"P{config.job.P}-L{config.job.L}" if apart else self.folder
        store, idle, progress = Store(folder), IdleTime(), Work()
        found = phase_diagram(
            config, store, progress=progress, client=client, lanes=self.lanes, idle=idle
        )
        found, lost = marked(found, store)
        results = store.write("phase_diagram.nc", sealed_netcdf(found))
        progress.close(idle)
        try:
            for name, figure in FIGURES.items():
                illustrate(figure, found, folder / name, results)
        finally:  # without figures there are still the numbers
            echo(summary(found), f"{lost}results: {results}", kept=results)
        echo(f"figures: {', '.join(str(folder / name) for name in FIGURES)}", kept=folder)


@dataclass(frozen=True, kw_only=True)
class SgdAxis(Trained):
    """Jamming, crossover and errors by batch size and rate of SGD, beside the flow."""

    dataset: DataSet = "digits10pca"
    P: Points = 200
    depth: Depth = 2
    h: Widths = (3, 6, 12, 32)
    alpha_tilde: Alphas = (0.1, 1.0, 10.0, 100.0)
    batch: Annotated[tuple[int, ...], Help("points of a step")] = (32, 4)
    lr: Annotated[tuple[float, ...], Help("at alpha~ of 10 and more")] = (0.1,)
    seeds: Seeds = 4
    steps: Annotated[int, Help("budget of sgd")] = 20_000
    flow_steps: Annotated[int, Help("budget of the flow")] = 10_000
    tol: Annotated[float, Help("tolerance of the flow")] = 1e-2
    activation: Activation = "softplus5"
    loss: LossName = "soft_hinge"
    whiten: Whiten = False
    label_noise: LabelNoise = 0.0
    test_points: TestPoints = 1000
    kernel_points: Annotated[int | None, Help("of the kernel (default: 150 test points)")] = None
    refine: Annotated[float, Help("factor of brackets; 1: the grid only")] = 1.0
    precision: Precision = "float64"

    prog: ClassVar[str] = "sgd_axis"
    example: ClassVar[str] = (
        "python -m sweeps.phase_diagram sgd_axis --dataset mnist10pca --P 300 --batch 4 32"
    )
    lower: ClassVar[str] = "--P or --h"
    home: ClassVar[str] = "sgd-axis"
    sweep: ClassVar[str] = "sweeps.phase_diagram.sgd_axis:sgd_axis"

    def config(self) -> Any:
        """The grid of the flow, and the batches and rates of SGD."""
        from jamming.training.parts import Learning
        from sweeps.phase_diagram.sgd_axis import Config
        from sweeps.shared import alpha_grid as grid

        self.refuse_unused()
        job = self.job(
            P=self.P,
            widths=(1,) * layers(self.depth),
            normalised=True,
            parametrisation="ntp",
            bias=False,
            alpha=1.0,
            slack=0.0,
            dynamics="flow",
            lr=Learning.lr,
            batch=None,
            max_ticks=self.flow_steps,
            kernel_points=150 if self.kernel_points is None else self.kernel_points,
        )
        flow = grid.Config(
            job, self.h, self.alpha_tilde, self.seeds, refine=self.refine, kernel=False
        )
        return Config(flow, self.batch, self.lr, self.steps)

    def check(self, config: Any) -> None:
        """Refuse what the runs would refuse."""
        config.flow.check(here=self.scheduler is None, points=self.kernel_points or 0)


COMMANDS = (PhaseDiagram, SgdAxis)
