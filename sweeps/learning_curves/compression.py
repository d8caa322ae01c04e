"""`python -m sweeps.learning_curves stripe`: learning curves where labels have an invariance.

A network of one hidden layer learns P points of a stripe or cylinder by gradient flow from
infinitesimal weights, the tangent kernel at initialisation the same points, and also (x_par, x_perp
/ Lambda), where Lambda = W_par / W_perp says how the first layer is aligned in the end. At one P
there is the kernel PCA of the tangent kernel before and after learning. (Geiger, Petrini & Wyart,
*Landscape and training regimes in deep learning*, Figs. 9 and 10; Paccolat et al., *Geometric
compression of invariant manifolds in neural nets*, 2020.)
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Unpack

import jax
import numpy as np
import xarray as xr

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.data.invariant import MODELS
from jamming.data.names import parse_name
from jamming.kernels.empirical import ntk
from jamming.observables import kernel_pca as information
from jamming.observables.ensembles import error
from jamming.training.build import network_at
from jamming.training.ready import ready
from jamming.training.spec import Job
from sweeps.engine import gather, grid
from sweeps.engine.execute import How, execute
from sweeps.engine.measure import measure
from sweeps.engine.store import Store
from sweeps.learning_curves.invariant import Learnt, compressed, learn, load_learnt
from sweeps.learning_curves.sets import Sets

RESULTS = "stripe.nc"
PCA = "kernel_pca"
KERNELS = ("kernel_infinite", "kernel_init")


@dataclass(frozen=True)
class Config(Sets):
    """Networks whose alpha makes them learn features, and kernels beside them.

    `kernel`: the learner that stands for the lazy regime, the kernel at the initialisation of each
    network, or of all of them at infinite width. `pca`: the P of the kernel PCA, the largest of the
    grid up to it.

    Raises:
        BadInput: nothing to train, or a value out of range.
    """

    kernel: Annotated[str, grid.scalar(given.one_of, "kernel", known=KERNELS)] = "kernel_infinite"
    pca: Annotated[int, grid.scalar(given.whole, "pca")] = 512

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
        """Refuse now what `ready` would refuse, or too few points for the kernel PCA."""
        P = self.P[-1]
        ready([*self.kernels(P, 0), *self.networks(P, 0)])
        for s in range(self.sets):
            information.enough(self.networks(self.pca_P, s)[0].data().y_train)

    @property
    def pca_P(self) -> int:
        """The P of the kernel PCA."""
        return max(P for P in self.P if P <= self.pca)

    def networks(self, P: int, s: int) -> list[Job]:
        """The networks on data set s, one for each initialisation."""
        jobs = self.on_set(P, s)
        return [job.replace(batch_seed=job.init_seed) for job in jobs]

    def kernels(self, P: int, s: int) -> list[Job]:
        """The kernels on data set s; of infinite width there is one."""
        jobs = self.networks(P, s)[: 1 if self.kernel == "kernel_infinite" else None]
        return [job.replace(alpha=None, model_kind=self.kernel) for job in jobs]

    @property
    def cells(self) -> list[tuple[int, int]]:
        """(P, s) of all data sets, the small ones first."""
        return [(P, s) for P in self.P for s in range(self.sets)]


def compression(config: Config, store: Store, **how: Unpack[How]) -> xr.Dataset:
    """Run what the store lacks; errors, Lambda and kernel PCA over (P, set, ...).

    Raises BadInput from a job or the store.
    """
    cells = {cell: config.networks(*cell) for cell in config.cells}
    learn([job for jobs in cells.values() for job in jobs], store, **how)
    runs = {cell: [load_learnt(store, job) for job in jobs] for cell, jobs in cells.items()}
    lazy = {cell: config.kernels(*cell) for cell in cells}
    small = {
        cell: [compressed(job, _factor(runs[cell])) for job in lazy[cell]]
        for cell in cells
        if math.isfinite(_factor(runs[cell]))
    }
    execute([job for kind in (lazy, small) for jobs in kind.values() for job in jobs], store, **how)
    snapshots = max(len(run.Lambda) for several in runs.values() for run in several)
    found = {}
    for cell, jobs in cells.items():
        # where a network diverged there is nothing to compress by
        squeezed = _errors(store, small[cell]) if cell in small else [math.inf]
        rows = {
            "feature": _errors(store, jobs),
            "lazy": _errors(store, lazy[cell]),
            "compressed": squeezed,
        } | _aligned(runs[cell])
        found[cell] = (
            {name: _padded(row, config.inits) for name, row in rows.items()}
            | {name: _padded(row, snapshots) for name, row in _path(runs[cell][0]).items()}
            | {"feature_ensemble": _ensemble(store, jobs)}
            | {"lazy_ensemble": _ensemble(store, lazy[cell])}
        )
    dims = dict.fromkeys((*rows,), ("init",)) | dict.fromkeys(PATH, ("look",))
    pca = information.columns(("set",), (config.sets,), _pca(config, store))
    spec = parse_name(config.job.dataset)
    return (
        gather.gathered(found, {"P": config.P, "set": range(config.sets)}, dims)
        .drop_vars("set")
        .assign(pca)
        .assign_coords(moment=list(information.MOMENTS))
        .assign_attrs(
            config.attrs("dataset", d=spec.d, d_par=MODELS[spec.base].d_par),
            h=config.job.widths[0],
            kernel=config.kernel,
            pca_P=config.pca_P,
        )
    )


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


def _aligned(runs: Sequence[Learnt]) -> dict[str, list[float]]:
    """Of each network whether it fits, and Lambda; infinite where it diverged."""
    values = {
        "Lambda": [run.Lambda[-1] for run in runs],
        "Lambda_alike": [run.Lambda_alike[-1] for run in runs],
        "Lambda_half": [_at_half(run) for run in runs],
        "Lambda_largest": [max(run.Lambda) for run in runs],
    }
    lost = [not math.isfinite(run.trajectory.loss) for run in runs]
    return {"fitted": [float(run.trajectory.fitted) for run in runs]} | {
        name: [math.inf if gone else value for gone, value in zip(lost, row, strict=True)]
        for name, row in values.items()
    }


PATH = ("path_loss", "path_t", "path_test_error", "path_Lambda")


def _path(run: Learnt) -> dict[str, Sequence[float]]:
    """The course of a network, by its snapshots."""
    of = run.trajectory
    rows = (of.snapshot_loss, of.snapshot_t, of.snapshot_test_error, run.Lambda)
    return dict(zip(PATH, rows, strict=True))


def _padded(row: Sequence[float], length: int) -> list[float]:
    return [*row, *[math.nan] * (length - len(row))]


def _at_half(run: Learnt) -> float:
    """Lambda where the loss has halved: the weights are no longer infinitesimal."""
    loss = np.array(run.trajectory.snapshot_loss)
    below = np.flatnonzero(loss <= loss[0] / 2)
    return run.Lambda[below[0]] if below.size else math.nan


def _errors(store: Store, jobs: Sequence[Job]) -> list[float]:
    return [store[job.key]["trajectory"]["test_error"] for job in jobs]


def _ensemble(store: Store, jobs: Sequence[Job]) -> float:
    """The test error of the mean of the outputs."""
    runs = [store.arrays(job.key) for job in jobs]
    F = np.mean([run["F_test"].astype(float) for run in runs], axis=0)
    return float(error(F, runs[0]["y_test"].astype(float)))


def summary(found: xr.Dataset) -> str:
    """Mean errors and Lambda, a line for each P."""
    columns = {
        "fitted": ("fitted", ".0%"),
        "feature": ("feature", ".4f"),
        "ensemble": ("feature_ensemble", ".4f"),
        "lazy": ("lazy", ".4f"),
        "compressed": ("compressed", ".4f"),
        "Lambda": ("Lambda", ".1f"),
    }
    return gather.table(gather.means(found, ("P",), columns))
