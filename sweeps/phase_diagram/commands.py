"""The commands of the (h, alpha~) phase diagram, by gradient flow and by SGD."""

import itertools
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

from jamming.checks import arguments as given
from jamming.commands.typed import Help
from sweeps.engine import command, own_network

LabelNoise = Annotated[float, Help("share of labels flipped")]
FIGURES = {
    "phase_diagram.png": "analysis.phase_diagram.diagram",
    "double_descent.png": "analysis.phase_diagram.sections",
}
OBSERVED = {"observed.png": "analysis.phase_diagram.observed"}


@dataclass(frozen=True, kw_only=True)
class PhaseDiagram(command.Trained):
    """The (h, alpha~) phase diagram: jamming line, lazy/feature crossover, errors."""

    dataset: command.DataSet = "digits10pca"
    positive: command.Positive = None
    module: own_network.Module = None
    P: command.ManyPoints = (200,)
    depth: command.Depths = (2,)
    h: command.Widths = (2, 3, 4, 6, 8, 12, 16, 32, 64)
    alpha_tilde: Annotated[
        tuple[float, ...] | None, Help("sqrt(h) alpha (default: 1e-2 to 1e3)")
    ] = None
    alpha: command.AlphaAlone = None
    seeds: Annotated[int, Help("networks a cell, on each training set")] = 4
    sets: Annotated[int, Help("training sets, of the seeds --data-seed and above")] = 1
    steps: command.Steps = 10_000
    tol: Annotated[float, Help("tolerance of the flow")] = 2e-2
    dynamics: Annotated[str, Help("flow, euler (the papers'), adam, sgd")] = "flow"
    activation: command.Activation = "softplus5"
    loss: command.AnyLoss = "soft_hinge"
    bias: command.Bias = False
    whiten: command.Whiten = False
    label_noise: LabelNoise = 0.0
    test_points: command.TestPoints = 1000
    kernel_points: Annotated[int | None, Help("of the kernel (default: 200 test points)")] = None
    architecture: command.Architecture = "fc"
    observe: Annotated[
        str | None,
        Help(
            "in each cell: R_f, D_f, G_f (R_f@2: of the second layer), error, kernel_change,"
            " weight_change, contrast, projection, Lambda"
        ),
    ] = None
    refine: Annotated[float, Help("1: no bisection of the lines")] = 2.0
    kernel: Annotated[bool, Help("flow frozen kernels, the border at alpha~ = inf")] = True
    precision: command.Precision = "float64"
    lanes: Annotated[int | None, Help("trajectories side by side in a thread or device")] = None
    dry_run: command.DryRun = False

    example: ClassVar[str] = "--dataset mnist10pca --P 1000"
    lower: ClassVar[str] = "--P, --h or --lanes"
    home: ClassVar[str] = "phase-{dataset}"
    sweep: ClassVar[str] = "sweeps.phase_diagram.sweep:phase_diagram"

    def config(self) -> Any:
        from sweeps.shared.alpha_grid import Config

        decades = tuple(float(10 ** (k / 2)) for k in range(-4, 7))
        alphas, scale = command.chosen_alphas(self, decades)
        return [
            self.grid(
                Config,
                job=self.job(
                    P=P,
                    widths=(1,) * given.layers(L),
                    alpha=1.0,
                    kernel_points=200 if self.kernel_points is None else self.kernel_points,
                    **command.NTP,
                ),
                alpha_tilde=alphas,
                scale=scale,
            )
            for P in dict.fromkeys(self.P)
            for L in dict.fromkeys(self.depth)
        ]

    def check(self, config: Any) -> None:
        from jamming.execution.worker import MOST

        if self.lanes is not None:
            given.whole("lanes", self.lanes, most=MOST)
        for each in config:
            each.check(here=self.scheduler is None, points=self.kernel_points or 0)
            if each.observe is not None:
                from sweeps.phase_diagram.observed import checked

                checked(each)
            own_network.check(own_network.given(self), each.extremes()[-1], each.h)

    def cost(self, config: Any) -> str:
        from sweeps.phase_diagram.sweep import estimate

        return "\n".join(map(estimate, config))

    def work(self, config: Any) -> int:
        from jamming.execution.tasks import IdleTime
        from sweeps.engine.execute import cluster
        from sweeps.engine.labelled import ended
        from sweeps.engine.own_files import described
        from sweeps.engine.progress import Work
        from sweeps.engine.store import Store
        from sweeps.phase_diagram.sweep import RESULTS, phase_diagram, summary

        with cluster(self.scheduler, self.workers) as client:
            for each in config:
                apart = f"P{each.job.P}-L{each.job.L}" if len(config) > 1 else ""
                store, idle, progress = Store(self.folder / apart), IdleTime(), Work()
                how = {"client": client, "lanes": self.lanes, "idle": idle}
                own = own_network.own(self)
                found = phase_diagram(each, store, own=own, progress=progress, **how)
                progress.close(idle)
                figures = FIGURES | (OBSERVED if each.observe else {})
                ended(store, RESULTS, described(found, self), summary(found), figures)
        return 0


@dataclass(frozen=True, kw_only=True)
class SgdAxis(command.Trained):
    """Jamming, crossover and errors by batch size and rate of SGD, beside the flow."""

    dataset: command.DataSet = "digits10pca"
    positive: command.Positive = None
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
    loss: command.AnyLoss = "soft_hinge"
    whiten: command.Whiten = False
    label_noise: LabelNoise = 0.0
    test_points: command.TestPoints = 1000
    kernel_points: Annotated[int | None, Help("of the kernel (default: 150 test points)")] = None
    refine: Annotated[float, Help("factor of brackets; 1: the grid only")] = 1.0
    precision: command.Precision = "float64"

    example: ClassVar[str] = "--dataset mnist10pca --P 300 --batch 4 32"
    drawn_by: ClassVar[tuple[str, ...]] = ("phase_diagram.sgd_axis",)

    def config(self) -> Any:
        """(batch, rate) -> its grid, the flow as (P, 0), in the order of rate / batch."""
        from jamming.training.parts import Learning
        from sweeps.shared.learning_rates import Stepped

        job = self.job(
            bias=False,
            alpha=1.0,
            dynamics="flow",
            lr=Learning.lr,
            batch=None,
            max_ticks=self.flow_steps,
            kernel_points=150 if self.kernel_points is None else self.kernel_points,
            **command.NTP,
        )
        flow = self.grid(Stepped, job=job, kernel=False)
        batches = given.some("batch", given.wholes("batch", self.batch))
        rates = given.some("lr", given.numbers("lr", self.lr, least=given.TINY, most=given.HUGE))
        pairs = itertools.product(sorted(set(batches), reverse=True), sorted(set(rates)))
        rules = sorted(pairs, key=lambda pair: pair[1] / pair[0])
        cells = len(flow.h) * len(flow.alpha_tilde)
        given.runs(rules=1 + len(rules), cells=cells, seeds=flow.seeds)
        descent = {"dynamics": "sgd", "decay_every": None, "max_ticks": self.steps}
        return {(job.P, 0.0): flow} | {
            (b, lr): replace(flow, job=job.replace(batch=b, lr=lr, **descent)) for b, lr in rules
        }

    def check(self, config: Any) -> None:
        flow = next(iter(config.values()))
        flow.check(here=self.scheduler is None, points=self.kernel_points or 0)


COMMANDS = (PhaseDiagram, SgdAxis)
