"""What `sweeps.lazy_feature.regimes` measures, from stored trajectories to one labelled dataset.

Over (dataset, P, L, h, alpha~, seed), or alpha in place of alpha~; NaN where a run is not there,
infinite (but for errors, which count it as wrong) where it diverged:

* `error`, `fitted`, `ticks`, `t_end`: test error, whether all constraints were met, gradients,
  flow time;
* `kernel_change`, `weight_change`: ||Theta - Theta_0|| / ||Theta_0||, |w - w_0| / |w_0|;
* `t_half`: t_{L/2}, at which the loss has halved; `t_half_gap`: ratio of the times looked at
  around it; `norm_half`: root mean square of F on the training set then, alpha ||f - f0||;
  `growth`: the power of t by which it has grown before (over two decades up to 0.3 t_{L/2});
* `deviation`: whose mean over seeds is Var F; `ensemble_without`: the ensemble's error without
  this seed (`jamming.observables.ensembles`);
* `kernel_distance`: root mean square of F less that of the frozen initial kernel of the same
  network, by that of the latter, on test points; `end_error`, `end_distance`, `end_without`: the
  kernel of the end, likewise;
* `curve_t`, `curve_loss`, `curve_norm`, `curve_weights` (with a dimension `snapshot`): t, alpha^2 L
  by its value at the start, root mean square of F, |w - w_0| / |w_0|.

Without seed: `ensemble_error`, `end_ensemble_error`. Without alpha: `kernel_error`,
`kernel_without` and `kernel_deviation` of kernels frozen at the start. Without both:
`kernel_ensemble_error` and `N`, the number of weights.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float

from jamming.objectives.problem import Result
from jamming.observables.ensembles import Ensemble, ensemble
from jamming.observables.learning_curves import falls_to, first_power, value_at
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine.diverged import infinite
from sweeps.engine.execute import load_run
from sweeps.engine.store import Store

Place = tuple[str, int, int, int]  # data set, P, L, h
PLACES = ("dataset", "P", "L", "h")
RUNS = (
    *("error", "fitted", "ticks", "t_end", "kernel_change", "weight_change", "t_half"),
    *("t_half_gap", "norm_half", "growth", "deviation", "ensemble_without", "kernel_distance"),
    *("end_error", "end_distance", "end_without"),
)
ENSEMBLES = ("ensemble_error", "end_ensemble_error")
KERNELS = ("kernel_error", "kernel_without", "kernel_deviation")
CURVES = ("t", "loss", "norm", "weights")
# The output has grown linearly in time up to this share of t_{L/2}
LINEAR = 0.3


@dataclass
class Cells:
    """Jobs by cell, one for each seed: networks and kernels of their ends, kernels of the start."""

    networks: dict[tuple[Place, int], list[Job]] = field(default_factory=dict)
    ends: dict[tuple[Place, int], list[Job]] = field(default_factory=dict)
    kernels: dict[Place, list[Job]] = field(default_factory=dict)

    def jobs(self) -> list[Job]:
        """All of them, the networks first."""
        lists = (*self.networks.values(), *self.ends.values(), *self.kernels.values())
        return [job for jobs in lists for job in jobs]


@dataclass(frozen=True)
class _Outputs:
    """Of those seeds of a cell that are there."""

    seeds: list[int]
    F: Float[np.ndarray, "n Q"]
    of: Ensemble

    def each(self, values: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """A number for each seed, infinite with an output that is no number."""
        return values if np.isfinite(self.F).all() else infinite(values)


def measured(cells: Cells, store: Store, scale: str, alphas: Float[np.ndarray, " k"]) -> xr.Dataset:
    """All of it (see the module); `scale`, alpha or alpha_tilde, names the axis of `alphas`."""
    table = _Table(cells, len(alphas))
    frozen = {}
    for at, jobs in cells.kernels.items():
        frozen[at] = _outputs(store, jobs)
        table.kernel(at, frozen[at])
    for (at, k), jobs in cells.networks.items():
        for s, job in enumerate(jobs):
            if job.key in store:
                table.run(at, k, s, load_run(store, job, arrays=False))
        found = _outputs(store, jobs)
        if found is not None:
            ends = _outputs(store, cells.ends.get((at, k), []))
            table.ensemble(at, k, found, frozen.get(at), ends)
    jobs_all = cells.jobs()
    done = sum(job.key in store for job in jobs_all)
    coords = table.axes | {scale: alphas, "seed": np.arange(table.seeds)}
    return xr.Dataset(table.data(scale), coords, {"done": done, "total": len(jobs_all)})


class _Table:
    """The arrays of the dataset, as they are filled."""

    def __init__(self, cells: Cells, alphas: int) -> None:
        places = [*cells.kernels, *(at for at, _ in cells.networks)]
        self.axes: dict[str, Any] = {
            name: list(dict.fromkeys(at[i] for at in places)) for i, name in enumerate(PLACES)
        }
        lists = (*cells.networks.values(), *cells.kernels.values())
        self.seeds = max(len(jobs) for jobs in lists)
        self.size = tuple(len(values) for values in self.axes.values())
        self.whole = (*self.size, alphas, self.seeds)
        self.runs = {name: np.full(self.whole, np.nan) for name in RUNS}
        self.cells = {name: np.full(self.whole[:-1], np.nan) for name in ENSEMBLES}
        self.start = {name: np.full((*self.size, self.seeds), np.nan) for name in KERNELS}
        self.start_ensemble = np.full(self.size, np.nan)
        self.curves: dict[tuple[int, ...], Mapping[str, Any]] = {}
        self.N = np.full(self.size, np.nan)

    def index(self, at: Place) -> tuple[int, ...]:
        return tuple(self.axes[name].index(one) for name, one in zip(PLACES, at, strict=True))

    def kernel(self, at: Place, found: "_Outputs | None") -> None:
        """Kernels frozen at the start."""
        if found is not None:
            where: Any = (*self.index(at), found.seeds)
            self.start["kernel_error"][where] = found.of.single
            self.start["kernel_without"][where] = found.of.without
            self.start["kernel_deviation"][where] = found.each(found.of.deviation)
            self.start_ensemble[self.index(at)] = found.of.error

    def run(self, at: Place, k: int, seed: int, run: Trajectory) -> None:
        """One network."""
        where = (*self.index(at), k, seed)
        for name, value in _of_run(run).items():
            self.runs[name][where] = value
        self.curves[where] = _curves(run)
        self.N[self.index(at)] = run.N

    def ensemble(
        self,
        at: Place,
        k: int,
        found: "_Outputs",
        start: "_Outputs | None",
        end: "_Outputs | None",
    ) -> None:
        """The networks of a cell together, and beside their kernels of the start and of the end."""
        cell = (*self.index(at), k)
        where: Any = (*cell, found.seeds)
        self.runs["ensemble_without"][where] = found.of.without
        self.runs["deviation"][where] = found.each(found.of.deviation)
        self.cells["ensemble_error"][cell] = found.of.error
        _apart(self.runs["kernel_distance"], cell, found, start)
        if end is not None:
            where = (*cell, end.seeds)
            self.runs["end_error"][where] = end.of.single
            self.runs["end_without"][where] = end.of.without
            self.cells["end_ensemble_error"][cell] = end.of.error
            _apart(self.runs["end_distance"], cell, found, end)

    def data(self, scale: str) -> dict[str, Any]:
        """All arrays with the names of their axes."""
        over = (*PLACES, scale)
        data: dict[str, Any] = {name: ((*over, "seed"), one) for name, one in self.runs.items()}
        data |= {name: (over, one) for name, one in self.cells.items()}
        data |= {name: ((*PLACES, "seed"), one) for name, one in self.start.items()}
        data["kernel_ensemble_error"] = PLACES, self.start_ensemble
        data["N"] = PLACES, self.N
        # netCDF takes an axis of length 0 for one without an end
        longest = max((len(one["t"]) for one in self.curves.values()), default=1)
        for name in CURVES:
            rows = np.full((*self.whole, longest), np.nan)
            for where, one in self.curves.items():
                rows[where][: len(one[name])] = one[name]
            data[f"curve_{name}"] = (*over, "seed", "snapshot"), rows
        return data


def _outputs(store: Store, jobs: Sequence[Job]) -> _Outputs | None:
    """The test outputs of a cell; None where there is none."""
    seeds, rows, y = [], [], np.empty(0)
    for s, job in enumerate(jobs):
        if job.key not in store:
            continue
        arrays = store.arrays(job.key)
        F, y = np.asarray(arrays["F_test"], float), np.asarray(arrays["y_test"], float)
        seeds.append(s)
        rows.append(F)
    if not rows:
        return None
    F = np.stack(rows)
    return _Outputs(seeds, F, ensemble(F, y))


def _apart(
    into: Float[np.ndarray, "*shape seeds"],
    cell: tuple[int, ...],
    found: _Outputs,
    other: _Outputs | None,
) -> None:
    """The relative distance of outputs of the seeds that both have."""
    if other is None:
        return
    for s in set(found.seeds) & set(other.seeds):
        F, K = found.F[found.seeds.index(s)], other.F[other.seeds.index(s)]
        with np.errstate(divide="ignore", invalid="ignore"):  # of outputs that are all zero
            away = np.sqrt(np.mean((F - K) ** 2) / np.mean(K**2))
        into[(*cell, s)] = away if np.isfinite([F, K]).all() else np.inf


def _of_run(run: Trajectory) -> dict[str, float]:
    """The numbers of one run."""
    half = falls_to(run.snapshot_t, run.snapshot_loss)
    t, norm = run.snapshot_t, run.snapshot_norm
    found = {
        "error": run.test_error,
        "fitted": float(run.fitted),
        "ticks": float(run.ticks),
        "t_end": run.t,
        "kernel_change": math.nan if run.kernel_change is None else run.kernel_change,
        "weight_change": math.nan if run.weight_change is None else run.weight_change,
        "t_half": half.t,
        "t_half_gap": half.gap,
        "norm_half": value_at(t, norm, half.t) if math.isfinite(half.t) else math.nan,
        "growth": first_power(t, norm, LINEAR * half.t) if math.isfinite(half.t) else math.nan,
    }
    if run.result == Result.NON_FINITE.name:
        return {name: float(infinite(value)) for name, value in found.items()}
    return found


def _curves(run: Trajectory) -> dict[str, Float[np.ndarray, " n"]]:
    loss = np.array(run.snapshot_loss)
    return {
        "t": np.array(run.snapshot_t),
        "loss": loss / loss[0],  # alpha^2 L starts at 1, but for alpha f
        "norm": np.array(run.snapshot_norm),
        "weights": np.array(run.snapshot_weight_change),
    }
