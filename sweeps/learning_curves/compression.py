"""`python -m sweeps.learning_curves stripe`: learning curves where labels have an invariance.

A network of one hidden layer learns P points of a stripe or cylinder by gradient flow from
infinitesimal weights, the tangent kernel at initialisation the same points, and also (x_par, x_perp
/ Lambda), where Lambda = W_par / W_perp says how the first layer is aligned in the end. This kernel
learns as a support vector machine of hard margin, which is where its flow ends long after it fits,
or else by that flow. At small P the tangent kernel at the end of training learns the same points
anew, by the flow, and at one P there is the kernel PCA of the tangent kernel before and after
learning. (Geiger, Petrini & Wyart, *Landscape and training regimes in deep learning*, Figs. 9 and
10; Paccolat et al., *Geometric compression of invariant manifolds in neural nets*, 2020.)
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Unpack

import jax
import numpy as np
import xarray as xr
from jaxtyping import Array

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.data.invariant import MODELS
from jamming.data.names import parse_name
from jamming.execution.memory import fits
from jamming.kernels.curves import room
from jamming.kernels.empirical import ntk
from jamming.kernels.gram import Kernel
from jamming.kernels.svm import svm_curve
from jamming.objectives.problem import Problem, State
from jamming.observables import kernel_pca as information
from jamming.observables.alignment import mean_squares, of_mean_squares
from jamming.observables.ensembles import ensemble, error
from jamming.training.build import Lane, network_at
from jamming.training.ready import ready
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine import gather, grid
from sweeps.engine.execute import How, execute, load_run
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "stripe.nc"
PCA = "kernel_pca"
SVM = "svm"
KERNELS = (SVM, "kernel_infinite", "kernel_init")
COURSE = ("loss", "t", "test_error")  # of a network on each data set


@dataclass(frozen=True)
class Config(grid.Sets):
    """Networks whose alpha makes them learn features, and kernels beside them.

    `kernel`: the learner that stands for the lazy regime, the kernel of infinite width as a support
    vector machine or by the flow, or the flow of that at the initialisation of each network. `pca`:
    the kernel of the end learns at each P of the grid up to it, and the largest of these is the P
    of the kernel PCA.
    """

    kernel: Annotated[str, grid.scalar(given.one_of, known=KERNELS)] = SVM
    pca: Annotated[int, grid.scalar(given.whole)] = 512

    def __post_init__(self) -> None:
        super().__post_init__()
        spec = parse_name(self.job.dataset)
        if spec.base not in MODELS or spec.d is None or spec.d <= MODELS[spec.base].d_par:
            raise BadInput(
                f"{self.job.dataset} has no invariance: choose stripe<d> or cylinder<d>, d above 2"
            )
        if self.job.alpha is None or self.job.L != 1:
            raise BadInput("features are learnt by one hidden layer with an alpha")
        if self.pca < self.P[0]:
            raise BadInput(
                f"the kernel PCA has no P of the grid up to {self.pca}: raise it to {self.P[0]}"
            )

    def check(self) -> None:
        P = self.P[-1]
        flows = () if self.kernel == SVM else self.kernels(P, 0)
        ready([*flows, *self.networks(P, 0), *self.ends(self.pca_P, 0)])
        if self.kernel == SVM:
            fits(f"kernels of P = {P}", room(P, self.job.test_points, 0, P), "P or test_points")
        for s in range(self.sets):
            information.enough(self.networks(self.pca_P, s)[0].data().y_train)
            if self.kernel == SVM:
                _both_labels(self.networks(self.P[0], s)[0])

    @property
    def pca_P(self) -> int:
        return max(P for P in self.P if P <= self.pca)

    def networks(self, P: int, s: int) -> list[Job]:
        return [job.replace(batch_seed=job.init_seed) for job in self.on_set(P, s)]

    def kernels(self, P: int, s: int) -> list[Job]:
        """The kernels on data set s; of infinite width there is one."""
        each = self.kernel == "kernel_init"
        kind = "kernel_init" if each else "kernel_infinite"
        jobs = self.networks(P, s)[: None if each else 1]
        return [job.replace(alpha=None, model_kind=kind) for job in jobs]

    def ends(self, P: int, s: int) -> list[Job]:
        """The kernel of the first network on data set s after learning; none above `pca`."""
        jobs = self.networks(P, s)[: 1 if P <= self.pca else 0]
        return [job.replace(model_kind="kernel_end") for job in jobs]


@dataclass(frozen=True)
class Learnt:
    """A network of one hidden layer that has learnt.

    `Lambda` along its training, one for each snapshot of the trajectory, the neurons counting by
    the squares of their second weights; `Lambda_alike` with all neurons counting alike.
    """

    trajectory: Trajectory
    Lambda: tuple[float, ...]
    Lambda_alike: tuple[float, ...]


def compression(config: Config, store: Store, **how: Unpack[How]) -> xr.Dataset:
    """Run what the store lacks; errors, Lambda and kernel PCA over (P, set, ...)."""
    cells = {cell: config.networks(*cell) for cell in config.cells}
    learn([job for jobs in cells.values() for job in jobs], store, **how)
    runs = {cell: [load_learnt(store, job) for job in jobs] for cell, jobs in cells.items()}
    lazy = {cell: config.kernels(*cell) for cell in cells}
    small = {
        cell: [compressed(job, _factor(runs[cell])) for job in lazy[cell]]
        for cell in cells
        if math.isfinite(_factor(runs[cell]))
    }
    ends = {cell: config.ends(*cell) for cell in cells}
    kernels = [job for kind in (lazy, small) for jobs in kind.values() for job in jobs]
    flows = [job for jobs in ends.values() for job in jobs]
    of_lazy = Store(store.folder / SVM, SVM) if config.kernel == SVM else store
    if config.kernel == SVM:
        measure(kernels, of_lazy, machine, unit="machines")
    else:
        flows += kernels
    execute(flows, store, **how)
    found: dict[tuple[int, ...], dict[str, Any]] = {}
    of_sets: dict[tuple[int, ...], dict[str, Any]] = {}
    for cell, several in runs.items():
        for i, run in enumerate(several):
            found[(*cell, i)] = _of_run(run)
        of_kernels = {"lazy": lazy[cell], "compressed": small.get(cell, ()), "end": ends[cell]}
        for name, jobs in of_kernels.items():
            for i, job in enumerate(jobs):
                found[(*cell, i)][name] = _error(store if name == "end" else of_lazy, job)
        if cell not in small:  # where a network diverged there is nothing to compress by
            found[(*cell, 0)]["compressed"] = math.inf
        first = several[0]
        of_sets[cell] = {
            **{f"path_{x}": getattr(first.trajectory, f"snapshot_{x}") for x in COURSE},
            "path_Lambda": first.Lambda,
            "feature_ensemble": ensemble(*gather.outputs(store, cells[cell])).error,
            "lazy_ensemble": ensemble(*gather.outputs(of_lazy, lazy[cell])).error,
        }
    path = dict.fromkeys((f"path_{x}" for x in (*COURSE, "Lambda")), ("look",))
    axes = {"P": config.P, "set": range(config.sets)}
    pca = information.columns(("set",), (config.sets,), _pca(config, store))
    spec = parse_name(config.job.dataset)
    return (
        gather.gathered(found, axes | {"init": range(config.inits)})
        .merge(gather.gathered(of_sets, axes, path))
        .drop_vars(("set", "init"))
        .assign(pca)
        .assign_coords(moment=list(information.MOMENTS))
        .assign_attrs(
            config.attrs("dataset", d=spec.d, d_par=MODELS[spec.base].d_par),
            h=config.job.widths[0],
            kernel=config.kernel,
            pca_P=config.pca_P,
        )
    )


def _error(store: Store, job: Job) -> float:
    """Of a flow, or of a machine."""
    if store.holds == SVM:
        return float(store[job.key]["trajectory"]["test_error"])
    return load_run(store, job, arrays=False).test_error


def _factor(runs: Sequence[Learnt]) -> float:
    """By which points are compressed: Lambda at the end, all neurons alike; geometric mean."""
    return float(np.exp(np.mean([np.log(run.Lambda_alike[-1]) for run in runs])))


def _pca(config: Config, store: Store) -> list[information.LabelInformation]:
    """Of the first network on each data set; see `label_information`."""
    jobs = [config.networks(config.pca_P, s)[0] for s in range(config.sets)]
    kernels = Store(store.folder / PCA, PCA)

    def known(job: Job) -> tuple[dict[str, Any], information.LabelInformation]:
        data = job.data()
        apply, *moments = network_at(job, data.x_train, store.arrays(job.key)["w"])
        x = jax.numpy.asarray(data.x_train, job.dtype)
        thetas = [np.asarray(ntk(apply, w, x)) for w in moments]
        return {}, information.label_information(thetas, data.y_train)

    measure(jobs, kernels, known, unit="kernels")
    return [kernels.arrays(job.key) for job in jobs]


def _of_run(run: Learnt) -> dict[str, float]:
    """Its error, whether it fits, and Lambda, infinite where it diverged."""
    loss = np.array(run.trajectory.snapshot_loss)
    halved = np.flatnonzero(loss <= loss[0] / 2)
    values = {
        "Lambda": run.Lambda[-1],
        "Lambda_alike": run.Lambda_alike[-1],
        # where the weights are no longer infinitesimal
        "Lambda_half": run.Lambda[halved[0]] if halved.size else math.nan,
        "Lambda_largest": max(run.Lambda),
    }
    if not math.isfinite(run.trajectory.loss):
        values = dict.fromkeys(values, math.inf)
    of = run.trajectory
    return {"feature": of.test_error, "fitted": float(of.fitted)} | values


def _both_labels(job: Job) -> None:
    """BadInput if all of its training points have one label."""
    if len(set(job.data().y_train)) == 1:
        raise BadInput(f"the {job.P} points of a data set have one label: raise --P")


def machine(job: Job) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """A support vector machine on the P points of a job (`jamming.kernels.svm`): C = inf.

    Of the tangent kernel of infinite width, in float64. Its share of wrong signs among the Q test
    points, and its outputs F_test [Q] there with the labels y_test [Q].
    """
    data = job.data()
    tangent = Kernel("tangent", depth=job.L, activation=job.activation)
    K, K_test = tangent(data.x_train), tangent(data.x_test, data.x_train)
    (F,) = svm_curve(K, data.y_train, K_test, (job.P,), math.inf)
    wrong = float(error(F, data.y_test))
    return {"test_error": wrong}, {"F_test": F.astype(job.dtype), "y_test": data.y_test}


def compressed(job: Job, by: float) -> Job:
    """The job on (x_par, x_perp / by), by six digits of the factor, a positive number."""
    return job.replace(compression=float(f"{by:.6g}"))


def learn(jobs: Sequence[Job], store: Store, **how: Unpack[How]) -> None:
    """Train those networks that the store lacks, and store how their weights align on the way."""
    execute(jobs, store, weights=True, observe=first_layer, **how)


def load_learnt(store: Store, job: Job) -> Learnt:
    """The outcome of a network that was trained. Raises BadInput if what is stored is damaged."""
    run, spec = load_run(store, job), parse_name(job.dataset)
    if set(run.observed) != {"by_read_out", "alike"}:
        raise store.damaged(job.key, "names no alignment")

    def Lambda(rows: np.ndarray) -> float:
        """NaN where the weights have gone beyond all numbers."""
        known = np.isfinite(rows).all()
        return of_mean_squares(rows, MODELS[spec.base].d_par, spec.d).Lambda if known else math.nan

    return Learnt(
        run, *(tuple(map(Lambda, run.observed[name])) for name in ("by_read_out", "alike"))
    )


def first_layer(problem: Problem, state: State, lane: Lane) -> dict[str, Array]:
    """Mean squares of the rows of the first layer, neurons weighed by their read-out or alike."""
    del lane
    w: Mapping[str, Array] = problem.predictor.weights(state.v)["params"]
    return {"by_read_out": mean_squares(w["W1"], w["W2"][:, 0]), "alike": mean_squares(w["W1"])}


summary = gather.summary(
    ("P",),
    {
        "fitted": ("fitted", ".0%"),
        "feature": ("feature", ".4f"),
        "ensemble": ("feature_ensemble", ".4f"),
        "lazy": ("lazy", ".4f"),
        "compressed": ("compressed", ".4f"),
        "end": ("end", ".4f"),
        "Lambda": ("Lambda", ".1f"),
    },
)
