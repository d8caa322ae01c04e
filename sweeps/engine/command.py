"""What the commands of sweeps share: their options, and how one is run.

The options of a sweep are a frozen dataclass (`jamming.commands.typed`), in the `commands.py` of
its chapter, which names the module that does the work. That module, imported when the sweep is run,
has a function of (config, store, progress, client) with a dataset as its result, which raises
BadInput from a job or the store, `RESULTS`, the file for it, and `summary`, the text that is
printed. Its `Config`, where it has one, says what is varied.
"""

import dataclasses
import re
import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import layers, whole
from jamming.checks.errors import BadInput, one_line
from jamming.commands.command import echo
from jamming.commands.typed import Command, Help
from sweeps.engine.own_files import described, folder_name, names_of, tell
from sweeps.engine.own_network import named

DataSet = Annotated[str, Help("see python -m jamming.find_nstar --help")]
Points = Annotated[int, Help("training points")]
ManyPoints = Annotated[tuple[int, ...], Help("training points")]
Depth = Annotated[int, Help("L, hidden layers")]
Depths = Annotated[tuple[int, ...], Help("L, hidden layers")]
Widths = Annotated[tuple[int, ...], Help("widths")]
Seeds = Annotated[int, Help("networks of each width")]
Steps = Annotated[int, Help("budget: gradients a network")]
Rate = Annotated[float, Help("learning rate of adam, sgd")]
Activation = Annotated[str, Help("relu, tanh, swish, softplus<beta>")]
LossName = Annotated[str, Help("of +-1 labels: soft_hinge, quadratic_hinge, ...")]
AnyLoss = Annotated[str, Help("of +-1: soft_hinge, ...; of all classes: cross_entropy, ...")]
Precision = Annotated[str, Help("float32, float64")]
Architecture = Annotated[str, Help("fc, cnn, resnet")]
TestPoints = Annotated[int, Help("at most")]
Bias = Annotated[bool, Help("with biases")]
Whiten = Annotated[bool, Help("whiten the principal components")]
Alphas = Annotated[tuple[float, ...], Help("sqrt(h) alpha")]
AlphaAlone = Annotated[tuple[float, ...] | None, Help("alpha itself, in place of alpha-tilde")]
Positive = Annotated[tuple[str, ...] | None, Help("labels that are +1 (default: even classes)")]
DryRun = Annotated[bool, Help("say what there is to do, and stop")]

# the fields of all jobs that compare lazy and feature learning
NTP = {"normalised": True, "parametrisation": "ntp", "slack": 0.0}

DESCENTS = ("adam", "sgd")
# option -> the other one that it hangs on, and the values of it with which it counts
COUNTS_WITH = {
    "lr": ("dynamics", DESCENTS),
    "decay_every": ("dynamics", DESCENTS),
    "batch": ("dynamics", ("sgd",)),
    "tol": ("dynamics", ("flow",)),
    "tau": ("dynamics", ("euler",)),
    "flow_time": ("dynamics", ("flow", "euler")),
    "init": ("parametrisation", ("plain",)),
    "workers": ("scheduler", ("slurm",)),
}


def chosen_alphas(given: Any, decades: tuple[float, ...]) -> tuple[tuple[float, ...], str]:
    """Values of ``--alpha`` or ``--alpha-tilde``, by default those of alpha~, and which they are.

    Raises BadInput if both are given.
    """
    if given.alpha is not None and given.alpha_tilde is not None:
        raise BadInput("give --alpha or --alpha-tilde, not both")
    if given.alpha is not None:
        return given.alpha, "alpha"
    return decades if given.alpha_tilde is None else given.alpha_tilde, "alpha_tilde"


def not_of_width(dataset: str) -> None:
    """Refuse random points whose dimension is the width, where they are the same for all widths."""
    if dataset == "random":
        raise BadInput("give the dimension of the random points, such as random25: it cannot be h")


def plan(jobs: Sequence[Any], weights: Sequence[float]) -> str:
    """What training networks of so many weights would cost."""
    each = [6.0 * job.P * N * job.max_ticks for job, N in zip(jobs, weights, strict=True)]
    return f"{len(jobs)} runs, at most {sum(each):.1e} floating-point operations"


@dataclass(frozen=True, kw_only=True)
class Sweep(Command):
    """The options of all sweeps.

    `prog`: by default the name of the class, as a function has it; `sweep`: "module:function", by
    default the function of that name in the module of that name; `home`: the folder in `results/`,
    with options in braces, by default the function's name; `example`: the options alone; `used`:
    options that always have an effect; `drawn_by`: figures of a command that draws none itself.
    """

    out: Annotated[Path | None, Help("folder (default: that of the sweep in results/)")] = None
    compilation_cache: Annotated[bool, Help("keep compiled programs for the next time")] = True

    lower: ClassVar[str] = "--P or --h"
    sweep: ClassVar[str]
    home: ClassVar[str]
    used: ClassVar[tuple[str, ...]] = ()
    drawn_by: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own, name = vars(cls), re.sub("(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()
        cls.prog = own.get("prog", name)
        cls.sweep = own.get("sweep", f"{cls.__module__.rpartition('.')[0]}.{name}:{name}")
        cls.home = own.get("home", cls.sweep.partition(":")[2].replace("_", "-"))
        if "example" in own:
            cls.example = f"{cls.called()} {cls.example}"

    @classmethod
    def called(cls) -> str:
        """How a person calls the command."""
        chapter = cls.__module__.rpartition(".")[0]
        return f"python -m {chapter}" + f" {cls.prog}" * (not chapter.endswith(f".{cls.prog}"))

    def typed(self, but: Collection[str] = ()) -> str:
        """What a person would type, without the options in `but`."""
        return " ".join([self.called(), shlex.join(self.line(but))]).rstrip()

    def config(self) -> Any:
        """What is swept. Raises BadInput if a value is out of range, or a name unknown."""
        raise NotImplementedError

    def check(self, config: Any) -> None:
        """Refuse now, before a folder is made, what would be refused when the runs begin.

        Of several specs that differ in seeds alone one is looked at.
        """
        from sweeps.engine.grid import but_seeds

        several = config if isinstance(config, list) else [config]
        for one in {but_seeds(one): one for one in several}.values():
            one.check()

    def grid(self, kind: Any = None, **fields: Any) -> Any:
        """The `Config` of the sweep's module, of these fields and the options of their names.

        A field whose name is a plural takes the option that has the singular.
        """
        kind = kind or import_module(self.sweep.partition(":")[0]).Config
        given = vars(self)
        for name in (each.name for each in dataclasses.fields(kind)):
            option = name if name in given else name.removesuffix("s")
            if option in given:
                fields.setdefault(name, given[option])
        return kind(**fields)

    @property
    def folder(self) -> Path:
        return self.out or Path("results") / folder_name(self.home, dataclasses.asdict(self))

    @property
    def float64(self) -> bool:
        return getattr(self, "precision", "float64") == "float64"

    def run(self) -> int:
        """Run what the store lacks, store the results, and print a summary."""
        try:
            import jax
        except ValueError as error:  # a variable such as JAX_ENABLE_COMPILATION_CACHE=perhaps
            raise BadInput(f"{one_line(error)}: set it to 0 or 1, or unset it") from error
        from jamming.execution import programs

        jax.config.update("jax_enable_x64", self.float64)
        if self.compilation_cache:
            programs.keep()
        self.check(config := self.config())
        if getattr(self, "dry_run", False):
            echo(self.cost(config))
            return 0
        tell(self)
        return self.work(config)

    def cost(self, config: Any) -> str:
        """What ``--dry-run`` says, where there is that option."""
        raise NotImplementedError

    def work(self, config: Any) -> int:
        """As `run`, of a config that has been checked."""
        from sweeps.engine.store import Store

        name, function = self.sweep.split(":")
        module = import_module(name)
        store = Store(self.folder)
        found = self.find(getattr(module, function), config, store)
        return self.end(module, described(found, self), store)

    def end(self, module: Any, found: Any, store: Any) -> int:
        """Store and report what was found; the exit code."""
        from sweeps.engine.labelled import ended

        figures = {f"{of.rpartition('.')[2]}.png": f"analysis.{of}" for of in self.figures(found)}
        return ended(store, module.RESULTS, found, module.summary(found), figures, self.drawn_by)

    def figures(self, found: Any) -> tuple[str, ...]:
        """Modules of `analysis` that draw what was found, each into a file of its own name."""
        return ()

    def find(self, sweep: Any, config: Any, store: Any) -> Any:
        return sweep(config, store)

    def job(self, **changes: Any) -> Any:
        """A `Job` of those options that are fields of one, by their names, and of `changes`.

        Of several P it has the largest; its layers, `depth`, have the width `h`, or 1 for several;
        its batches have the seed of the weights, where there is no other.
        Raises BadInput also if an option has no effect beside the others.
        """
        from jamming.training.spec import Job

        self.refuse_unused()
        given = vars(self)
        h, depth, P = (given.get(name, ()) for name in ("h", "depth", "P"))
        found = {name: value for name, value in given.items() if name in Job.names()}
        found["P"] = max(P, default=0) if isinstance(P, tuple) else P
        found["widths"] = (1 if isinstance(h, tuple) else h,)
        if "widths" not in changes and not isinstance(depth, tuple):
            found["widths"] *= layers(depth)
        if "steps" in given:
            found["max_ticks"] = given["steps"]
        if "init_seed" in given:
            found.setdefault("batch_seed", given["init_seed"])
        return Job(**named(self, found | changes))

    def refuse_unused(self) -> None:
        """Refuse options that have no effect beside the others, save those that are `used`.

        One that is given its own default is not noticed: it changes nothing.
        """
        given = self.given()
        whole("workers", getattr(self, "workers", 1))
        flag, whiten, default = given.get("whiten", ("", None, None))
        if whiten != default:
            from jamming.data.names import components

            if all(components(each) is None for each in names_of(self)):
                flag = flag if whiten else f"no-{flag}"
                raise BadInput(f"--{flag} counts with a dataset of <k>pca alone: leave it out")
        for name, (other, values) in COUNTS_WITH.items():
            if name in self.used or not {name, other} <= set(given):
                continue
            flag, value, default = given[name]
            if value != default and given[other][1] not in values:
                raise BadInput(
                    f"--{flag} counts with --{given[other][0]} {' or '.join(values)} alone: leave"
                    " it out"
                )


@dataclass(frozen=True, kw_only=True)
class Seeded(Sweep):
    """Where the seeds of data and of weights begin."""

    data_seed: Annotated[int, Help("first seed of the data")] = 0
    init_seed: Annotated[int, Help("first seed of the weights")] = 0


@dataclass(frozen=True, kw_only=True)
class Trained(Seeded):
    """Where networks are trained, with progress, perhaps by other machines."""

    scheduler: Annotated[str | None, Help("address of a dask scheduler, or slurm")] = None
    workers: Annotated[int, Help("of slurm")] = 4

    def find(self, sweep: Any, config: Any, store: Any) -> Any:
        """As `Sweep.find`, with progress, by the workers of a cluster where one is named."""
        from sweeps.engine.execute import cluster
        from sweeps.engine.progress import Work

        with cluster(self.scheduler, self.workers) as client:
            progress = Work()
            found = sweep(config, store, progress=progress, client=client)
        progress.close()
        return found


@dataclass(frozen=True, kw_only=True)
class Learning(Trained):
    """How the networks of a sweep over alpha learn: their dynamics and its parameters."""

    dynamics: Annotated[str, Help("flow, euler (the papers'), adam, sgd")] = "flow"
    tol: Annotated[float, Help("tolerance of the flow")] = 1e-2
    lr: Annotated[
        float, Help("of adam and sgd, made to fit alpha (sweeps.shared.learning_rates)")
    ] = 1e-2
    batch: Annotated[int | None, Help("of sgd (default: all points)")] = None

    def job(self, **changes: Any) -> Any:
        """As `Sweep.job`, in ntp; rates and batches are those of descents."""
        from jamming.training.parts import Learning

        flow = {"lr": Learning.lr, "batch": None}
        descends = self.dynamics in DESCENTS
        return super().job(**NTP | ({"decay_every": None} if descends else flow) | changes)
