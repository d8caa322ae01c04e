"""`python -m sweeps.learning_curves stripe`: learning curves where labels have an invariance.

A network of one hidden layer learns P points of a stripe or cylinder by gradient flow from
infinitesimal weights, and the tangent kernel at initialisation learns the same points. Of each
network it is kept how its first layer aligns with the informative directions, Lambda = W_par /
W_perp; the kernel then learns (x_par, x_perp / Lambda) too, with the scales of the first layer
alone, at the end of training. At one P the kernel PCA of the tangent kernel is made before and
after learning. (Geiger, Petrini & Wyart, *Landscape and training regimes in deep learning*, Figs. 9
and 10; Paccolat et al., *Geometric compression of invariant manifolds in neural nets*, 2020.)
"""

import dataclasses
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import xarray as xr

from jamming.checks.arguments import one_of, runs, seeds, settle, some, whole, wholes
from jamming.checks.errors import BadInput
from jamming.data.invariant import MODELS
from jamming.data.names import parse_name
from jamming.kernels.empirical import ntk
from jamming.observables.ensembles import error
from jamming.observables.label_information import (
    MOMENTS,
    LabelInformation,
    columns,
    enough,
    label_information,
)
from jamming.training.build import network_at
from jamming.training.ready import ready
from jamming.training.spec import Job
from sweeps.engine.execute import ProgressCallback, execute
from sweeps.engine.measure import measure
from sweeps.engine.progress import Work
from sweeps.engine.store import Store
from sweeps.learning_curves.invariant import Learnt, compressed, learn, load_learnt

RESULTS = "stripe.nc"
PCA = "kernel_pca"
KERNELS = ("kernel_infinite", "kernel_init")


@dataclass(frozen=True)
class Config:
    """`sets` data sets at each P, and `inits` networks on each of them.

    All else is that of `job`, a network whose alpha makes it learn features. `kernel`: the learner
    that stands for the lazy regime, the kernel at the initialisation of each network, or of all of
    them at infinite width. `pca`: the P of the kernel PCA, the largest of the grid up to it.

    Raises:
        BadInput: nothing to train, or a value out of range.
    """

    job: Job
    P: tuple[int, ...]
    sets: int = 4
    inits: int = 2
    kernel: str = "kernel_infinite"
    pca: int = 512

    def __post_init__(self) -> None:
        plain = {
            "P": tuple(sorted(set(some("P", wholes("P", self.P, least=2))))),
            "sets": seeds(self.job.last_seed, self.sets, name="sets"),
            "inits": whole("inits", self.inits),
            "kernel": one_of("kernel", self.kernel, KERNELS),
            "pca": whole("pca", self.pca),
        }
        settle(self, plain)
        seeds(self.job.init_seed, self.sets * self.inits)
        runs(P=len(self.P), sets=self.sets, inits=self.inits)
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
        """Refuse now what would be refused when the runs begin, or after them.

        Raises:
            BadInput: from `jamming.training.ready`, or too few points for the kernel PCA.
        """
        P = self.P[-1]
        ready([*self.kernels(P, 0), *self.networks(P, 0)])
        for s in range(self.sets):
            enough(self.networks(self.pca_P, s)[0].data().y_train)

    @property
    def pca_P(self) -> int:
        """The P of the kernel PCA."""
        return max(P for P in self.P if P <= self.pca)

    def networks(self, P: int, s: int) -> list[Job]:
        """The networks on data set s, one for each initialisation."""
        first = self.job.init_seed + s * self.inits
        return [
            self.job.replace(
                P=P,
                data_seed=self.job.data_seed + s,
                init_seed=first + i,
                batch_seed=first + i,
            )
            for i in range(self.inits)
        ]

    def kernels(self, P: int, s: int) -> list[Job]:
        """The kernels on data set s; of infinite width there is one."""
        jobs = self.networks(P, s)[: 1 if self.kernel == "kernel_infinite" else None]
        return [job.replace(alpha=None, model_kind=self.kernel) for job in jobs]

    @property
    def cells(self) -> list[tuple[int, int]]:
        """(P, s) of all data sets, the small ones first."""
        return [(P, s) for P in self.P for s in range(self.sets)]


def compression(
    config: Config, store: Store, *, progress: ProgressCallback | None = None, client: Any = None
) -> xr.Dataset:
    """Run what the store lacks; errors, Lambda and kernel PCA over (P, set, ...).

    Raises:
        BadInput: from a job or the store.
    """
    progress = Work() if progress is None else progress
    networks = [job for cell in config.cells for job in config.networks(*cell)]
    learn(networks, store, progress, client=client)
    runs = {
        cell: [load_learnt(store, job) for job in config.networks(*cell)] for cell in config.cells
    }
    factors = {cell: _factor(runs[cell]) for cell in config.cells}
    small = {
        cell: [compressed(job, factors[cell]) for job in config.kernels(*cell)]
        for cell in config.cells
        if math.isfinite(factors[cell])
    }
    lazy = {cell: config.kernels(*cell) for cell in config.cells}
    jobs = [job for kind in (lazy, small) for cell in kind.values() for job in cell]
    execute(jobs, store, progress, client=client)
    return _labelled(config, store, runs, lazy, small, _pca(config, store))


def _factor(runs: Sequence[Learnt]) -> float:
    """By which points are compressed: Lambda at the end, all neurons alike; geometric mean."""
    return float(np.exp(np.mean([np.log(run.Lambda_alike[-1]) for run in runs])))


def _pca(config: Config, store: Store) -> list[LabelInformation]:
    """Of the first network on each data set; see `label_information`."""
    jobs = [config.networks(config.pca_P, s)[0] for s in range(config.sets)]
    kept = Store(store.folder / PCA, PCA)

    def known(job: Job) -> tuple[dict[str, Any], LabelInformation]:
        data = job.data()
        apply, *moments = network_at(job, data.x_train, store.arrays(job.key)["w"])
        x = jax.numpy.asarray(data.x_train, job.dtype)
        thetas = [np.asarray(ntk(apply, w, x)) for w in moments]
        return {}, label_information(thetas, data.y_train)

    measure(jobs, kept, known, unit="kernels")
    return [kept.arrays(job.key) for job in jobs]


Cells = dict[tuple[int, int], list[Job]]


def _labelled(
    config: Config,
    store: Store,
    runs: dict[tuple[int, int], list[Learnt]],
    lazy: Cells,
    small: Cells,
    pca: Sequence[LabelInformation],
) -> xr.Dataset:
    shape = len(config.P), config.sets

    def over(value: Callable[[tuple[int, int]], Any], width: int = 0) -> np.ndarray:
        """[P, set] of a number, [P, set, width] of rows that may be shorter."""
        full = np.full((*shape, width) if width else shape, np.nan)
        for P, s in config.cells:
            found = np.asarray(value((P, s)), float)
            full[(config.P.index(P), s, *((slice(found.size),) if width else ()))] = found
        return full

    def errors(cells: Cells) -> Callable[[tuple[int, int]], list[float]]:
        return lambda cell: [_trajectory(store, job)["test_error"] for job in cells.get(cell, [])]

    def together(cells: Cells) -> Callable[[tuple[int, int]], float]:
        return lambda cell: _ensemble([store.arrays(job.key) for job in cells.get(cell, [])])

    networks = {cell: config.networks(*cell) for cell in config.cells}
    n, looks = config.inits, max(len(run.Lambda) for cell in runs.values() for run in cell)
    path = {
        "loss": lambda run: run.trajectory.snapshot_loss,
        "t": lambda run: run.trajectory.snapshot_t,
        "test_error": lambda run: run.trajectory.snapshot_test_error,
        "Lambda": lambda run: run.Lambda,
    }
    single, whole = ("P", "set", "init"), ("P", "set")
    variables: dict[str, tuple[tuple[str, ...], Any]] = {
        "feature": (single, over(errors(networks), n)),
        "feature_ensemble": (whole, over(together(networks))),
        "lazy": (single, over(errors(lazy), n)),
        "lazy_ensemble": (whole, over(together(lazy))),
        # where a network diverged there is nothing to compress by
        "compressed": (single, over(lambda c: errors(small)(c) if c in small else [math.inf], n)),
        "fitted": (single, over(lambda c: [run.trajectory.fitted for run in runs[c]], n)),
    }
    alignments = {
        "Lambda": lambda run: run.Lambda[-1],
        "Lambda_alike": lambda run: run.Lambda_alike[-1],
        "Lambda_half": _at_half,
        "Lambda_largest": lambda run: max(run.Lambda),
    }
    for name, of in alignments.items():
        rows = over(lambda c, of=of: [_known(run, of(run)) for run in runs[c]], n)  # type: ignore[misc]
        variables[name] = single, rows
    for name, of in path.items():  # of the first network on each data set
        rows = over(lambda c, of=of: of(runs[c][0]), looks)  # type: ignore[misc]
        variables[f"path_{name}"] = ("P", "set", "look"), rows
    spec = parse_name(config.job.dataset)
    assert spec.d is not None
    return xr.Dataset(
        variables | columns(("set",), (config.sets,), pca),
        coords={"P": list(config.P), "moment": list(MOMENTS)},
        attrs={
            "dataset": config.job.dataset,
            "d": spec.d,
            "d_par": MODELS[spec.base].d_par,
            "h": config.job.widths[0],
            "kernel": config.kernel,
            "pca_P": config.pca_P,
            "config": json.dumps(dataclasses.asdict(config)),
        },
    )


def _known(run: Learnt, value: float) -> float:
    """Infinite where the run diverged."""
    return value if math.isfinite(run.trajectory.loss) else math.inf


def _at_half(run: Learnt) -> float:
    """Lambda where the loss has halved: the weights are no longer infinitesimal."""
    loss = np.array(run.trajectory.snapshot_loss)
    below = np.flatnonzero(loss <= loss[0] / 2)
    return run.Lambda[below[0]] if below.size else math.nan


def _trajectory(store: Store, job: Job) -> dict[str, Any]:
    found: dict[str, Any] = store[job.key]["trajectory"]
    return found


def _ensemble(runs: Sequence[dict[str, np.ndarray]]) -> float:
    """The test error of the mean of the outputs."""
    if not runs:
        return math.nan
    F = np.mean([run["F_test"].astype(float) for run in runs], axis=0)
    return float(error(F, runs[0]["y_test"].astype(float)))


def summary(found: xr.Dataset) -> str:
    """Mean errors and Lambda, a line for each P."""
    rows = ["    P  fitted  feature  ensemble    lazy  compressed  Lambda"]
    for P in found.P.values:
        one = found.sel(P=P)
        mean = {name: float(one[name].mean()) for name in ("feature", "lazy", "compressed")}
        rows.append(
            f"{P:5d}  {float(one.fitted.mean()):6.0%}  {mean['feature']:7.4f}"
            f"  {float(one.feature_ensemble.mean()):8.4f}  {mean['lazy']:6.4f}"
            f"  {mean['compressed']:10.4f}  {float(one.Lambda.mean()):6.1f}"
        )
    return "\n".join(rows)
