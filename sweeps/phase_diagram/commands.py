"""The commands of the (h, alpha~) phase diagram, by gradient flow and by SGD."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import layers, whole
from jamming.checks.errors import BadInput
from jamming.commands.command import echo
from jamming.commands.typed import Help
from sweeps.engine import command

LabelNoise = Annotated[float, Help("share of labels flipped")]
FIGURES = {
    "phase_diagram.png": "analysis.phase_diagram.diagram",
    "double_descent.png": "analysis.phase_diagram.sections",
}


@dataclass(frozen=True, kw_only=True)
class PhaseDiagram(command.Trained):
    """The (h, alpha~) phase diagram: jamming line, lazy/feature crossover, errors."""

    dataset: command.DataSet = "digits10pca"
    P: command.ManyPoints = (200,)
    depth: command.Depths = (2,)
    h: command.Widths = (2, 3, 4, 6, 8, 12, 16, 32, 64)
    alpha_tilde: Annotated[
        tuple[float, ...] | None, Help("sqrt(h) alpha (default: 1e-2 to 1e3)")
    ] = None
    alpha: Annotated[tuple[float, ...] | None, Help("alpha itself, in place of alpha-tilde")] = None
    seeds: Annotated[int, Help("networks a cell")] = 4
    steps: command.Steps = 10_000
    tol: Annotated[float, Help("tolerance of the flow")] = 2e-2
    dynamics: Annotated[str, Help("flow, euler (the papers'), adam, sgd")] = "flow"
    activation: command.Activation = "softplus5"
    loss: command.LossName = "soft_hinge"
    bias: command.Bias = False
    whiten: command.Whiten = False
    label_noise: LabelNoise = 0.0
    test_points: command.TestPoints = 1000
    kernel_points: Annotated[int | None, Help("of the kernel (default: 200 test points)")] = None
    refine: Annotated[float, Help("1: no bisection of the lines")] = 2.0
    kernel: Annotated[bool, Help("flow frozen kernels, the border at alpha~ = inf")] = True
    precision: command.Precision = "float64"
    lanes: Annotated[int | None, Help("trajectories side by side in a thread or device")] = None
    dry_run: command.DryRun = False

    prog: ClassVar[str] = "phase_diagram"
    example: ClassVar[str] = "--dataset mnist10pca --P 1000"
    lower: ClassVar[str] = "--P, --h or --lanes"
    home: ClassVar[str] = "phase-{dataset}"

    def config(self) -> Any:
        from sweeps.shared.alpha_grid import Config

        if self.alpha is not None and self.alpha_tilde is not None:
            raise BadInput("give --alpha or --alpha-tilde, not both")
        decades = tuple(float(10 ** (k / 2)) for k in range(-4, 7))
        chosen = next((a for a in (self.alpha, self.alpha_tilde) if a is not None), decades)
        return [
            self.grid(
                Config,
                job=self.job(
                    P=P,
                    widths=(1,) * layers(L),
                    alpha=1.0,
                    kernel_points=200 if self.kernel_points is None else self.kernel_points,
                    **command.NTP,
                ),
                alpha_tilde=chosen,
                scale="alpha" if self.alpha is not None else "alpha_tilde",
            )
            for P in dict.fromkeys(self.P)
            for L in dict.fromkeys(self.depth)
        ]

    def check(self, config: Any) -> None:
        from jamming.execution.worker import MOST

        if self.lanes is not None:
            whole("lanes", self.lanes, most=MOST)
        for each in config:
            each.check(here=self.scheduler is None, points=self.kernel_points or 0)

    def work(self, config: Any) -> int:
        from sweeps.engine.execute import cluster
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
        from sweeps.engine.labelled import ended
        from sweeps.engine.progress import Work
        from sweeps.engine.store import Store
        from sweeps.phase_diagram.sweep import RESULTS, phase_diagram, summary

        folder = self.folder / f"P{config.job.P}-L{config.job.L}" if apart else self.folder
        store, idle, progress = Store(folder), IdleTime(), Work()
        found = phase_diagram(
            config, store, progress=progress, client=client, lanes=self.lanes, idle=idle
        )
        progress.close(idle)
        ended(store, RESULTS, found, summary(found), FIGURES)


@dataclass(frozen=True, kw_only=True)
class SgdAxis(command.Trained):
    """Jamming, crossover and errors by batch size and rate of SGD, beside the flow."""

    dataset: command.DataSet = "digits10pca"
    P: command.Points = 200
    depth: command.Depth = 2
    h: command.Widths = (3, 6, 12, 32)
    alpha_tilde: command.Alphas = (0.1, 1.0, 10.0, 100.0)
    batch: Annotated[tuple[int, ...], Help("points of a step")] = (32, 4)
    lr: Annotated[tuple[float, ...], Help("at alpha~ of 10 and more")] = (0.1,)
    seeds: command.Seeds = 4
    steps: Annotated[int, Help("budget of sgd")] = 20_000
    flow_steps: Annotated[int, Help("budget of the flow")] = 10_000
    tol: Annotated[float, Help("tolerance of the flow")] = 1e-2
    activation: command.Activation = "softplus5"
    loss: command.LossName = "soft_hinge"
    whiten: command.Whiten = False
    label_noise: LabelNoise = 0.0
    test_points: command.TestPoints = 1000
    kernel_points: Annotated[int | None, Help("of the kernel (default: 150 test points)")] = None
    refine: Annotated[float, Help("factor of brackets; 1: the grid only")] = 1.0
    precision: command.Precision = "float64"

    example: ClassVar[str] = "--dataset mnist10pca --P 300 --batch 4 32"
    lower: ClassVar[str] = "--P or --h"
    sweep: ClassVar[str] = "sweeps.phase_diagram.sgd_axis:sgd_axis"

    def config(self) -> Any:
        from jamming.training.parts import Learning
        from sweeps.shared.alpha_grid import Config

        job = self.job(
            P=self.P,
            widths=(1,) * layers(self.depth),
            bias=False,
            alpha=1.0,
            dynamics="flow",
            lr=Learning.lr,
            batch=None,
            max_ticks=self.flow_steps,
            kernel_points=150 if self.kernel_points is None else self.kernel_points,
            **command.NTP,
        )
        flow = self.grid(Config, job=job, kernel=False)
        return self.grid(flow=flow, batches=self.batch, rates=self.lr)

    def check(self, config: Any) -> None:
        config.flow.check(here=self.scheduler is None, points=self.kernel_points or 0)


COMMANDS = (PhaseDiagram, SgdAxis)
