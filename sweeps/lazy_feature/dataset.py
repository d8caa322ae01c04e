"""What `sweeps.lazy_feature.regimes` measures, from stored trajectories to one labelled dataset.

Over (dataset, P, L, h, alpha~, seed), or alpha in place of alpha~; NaN where a run is not there,
infinite (but for errors, which count it as wrong) where it diverged:

* `error`, `fitted`, `ticks`, `t_end`: test error, whether all constraints were met, gradients,
  flow time;
* `kernel_change`, `weight_change`: ||Theta - Theta_0|| / ||Theta_0||, |w - w_0| / |w_0|;
* `t_half`: t_{L/2}, at which the loss has halved; `t_half_gap`: ratio of the snapshots'
  times around it; `norm_half`: root mean square of F on the training set then, alpha ||f - f0||;
  `growth`: the power of t by which it has grown before (over two decades up to 0.3 t_{L/2});
* `deviation`: whose mean over seeds is Var F; `ensemble_without`: the ensemble's error without
  this seed (`jamming.observables.ensembles`);
* `kernel_distance`: root mean square of F minus that of the frozen initial kernel of the same
  network, divided by that of the latter, on test points; `end_error`, `end_distance`,
  `end_without`: the kernel of the end, likewise;
* `curve_t`, `curve_loss`, `curve_norm`, `curve_weights` (with a dimension `snapshot`): t, alpha^2 L
  by its value at the start, root mean square of F, |w - w_0| / |w_0|.

Without seed: `ensemble_error`, `end_ensemble_error`. Without alpha: `kernel_error`,
`kernel_without` and `kernel_deviation` of kernels frozen at the start. Without both:
`kernel_ensemble_error` and `N`, the number of weights.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
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
from sweeps.engine.gather import gathered
from sweeps.engine.store import Store

Place = tuple[str, int, int, int]
Cell = tuple[str, int, int, int, float]
PLACES = ("dataset", "P", "L", "h")
RUNS = (
    *("error", "fitted", "ticks", "t_end", "kernel_change", "weight_change", "t_half"),
    *("t_half_gap", "norm_half", "growth", "deviation", "ensemble_without", "kernel_distance"),
    *("end_error", "end_distance", "end_without"),
)
ENSEMBLES = ("ensemble_error", "end_ensemble_error")
KERNELS = ("kernel_error", "kernel_without", "kernel_deviation")
CURVES = ("curve_t", "curve_loss", "curve_norm", "curve_weights")
# The output has grown linearly in time up to this share of t_{L/2}
LINEAR = 0.3


@dataclass(frozen=True)
class Cells:
    """Jobs, one for each seed, by data set, P, L, h and, but for kernels of the start, alpha~."""

    networks: dict[Cell, list[Job]]
    ends: dict[Cell, list[Job]]
    kernels: dict[Place, list[Job]]

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

    @property
    def deviation(self) -> Float[np.ndarray, " n"]:
        """One for each seed, infinite with an output that is no number."""
        return self.of.deviation if np.isfinite(self.F).all() else infinite(self.of.deviation)

    def distance(self, other: "_Outputs") -> dict[int, float]:
        """The relative distance from other outputs, of the seeds that both have."""
        found = {}
        for s in set(self.seeds) & set(other.seeds):
            F, K = self.F[self.seeds.index(s)], other.F[other.seeds.index(s)]
            with np.errstate(divide="ignore", invalid="ignore"):  # of outputs that are all zero
                away = np.sqrt(np.mean((F - K) ** 2) / np.mean(K**2))
            found[s] = float(away) if np.isfinite([F, K]).all() else math.inf
        return found

    def each(self, **values: Float[np.ndarray, " n"]) -> dict[int, dict[str, float]]:
        """Numbers of each seed."""
        return {
            s: {name: float(row[i]) for name, row in values.items()}
            for i, s in enumerate(self.seeds)
        }


def measured(cells: Cells, store: Store, scale: str, alphas: Float[np.ndarray, " k"]) -> xr.Dataset:
    """All of it (see the module); `scale`, alpha or alpha_tilde, names the axis of `alphas`."""
    lists = (*cells.networks.values(), *cells.kernels.values())
    places = [*cells.kernels, *cells.networks]
    axes: dict[str, Any] = {
        name: list(dict.fromkeys(at[i] for at in places)) for i, name in enumerate(PLACES)
    }
    seeds = {"seed": np.arange(max(map(len, lists)))}
    frozen = {at: _outputs(store, jobs) for at, jobs in cells.kernels.items()}
    starts: dict[Any, dict[str, float]] = {}
    wholes: dict[Any, dict[str, float]] = {}
    for at, found in frozen.items():
        if found is not None:
            of = found.of
            wholes[at] = {"kernel_ensemble_error": of.error}
            each = found.each(
                kernel_error=of.single, kernel_without=of.without, kernel_deviation=found.deviation
            )
            starts |= {(*at, s): numbers for s, numbers in each.items()}
    runs: dict[Any, dict[str, Any]] = {}
    ensembles: dict[Any, dict[str, float]] = {}
    for cell, jobs in cells.networks.items():
        at = cell[:-1]
        for s, job in enumerate(jobs):
            if job.key in store:
                run = load_run(store, job, arrays=False)
                runs[(*cell, s)] = _of_run(run) | _curves(run)
                wholes.setdefault(at, {})["N"] = float(run.N)
        ends = _outputs(store, cells.ends.get(cell, []))
        ensembles[cell] = _together(runs, cell, _outputs(store, jobs), frozen.get(at), ends)
    dims = dict.fromkeys(CURVES, ("snapshot",))
    along = axes | {scale: alphas}
    parts = (
        gathered(runs, along | seeds, dims, always=(*RUNS, *CURVES)),
        gathered(ensembles, along, always=ENSEMBLES),
        gathered(starts, axes | seeds, always=KERNELS),
        gathered(wholes, axes, always=("kernel_ensemble_error", "N")),
    )
    jobs_all = cells.jobs()
    done = sum(job.key in store for job in jobs_all)
    return xr.merge(parts).assign_attrs(done=done, total=len(jobs_all))


def _together(
    runs: dict[Any, dict[str, Any]],
    cell: tuple[Any, ...],
    found: _Outputs | None,
    start: _Outputs | None,
    end: _Outputs | None,
) -> dict[str, float]:
    """Errors of ensembles; what networks and kernels of a cell say of each run, added to `runs`."""
    if found is None:
        return {}
    errors = {"ensemble_error": found.of.error}
    several = [found.each(ensemble_without=found.of.without, deviation=found.deviation)]
    if start is not None:
        away = found.distance(start)
        several.append({s: {"kernel_distance": one} for s, one in away.items()})
    if end is not None:
        away = found.distance(end)
        errors["end_ensemble_error"] = end.of.error
        several.append(end.each(end_error=end.of.single, end_without=end.of.without))
        several.append({s: {"end_distance": one} for s, one in away.items()})
    for each in several:
        for s, numbers in each.items():
            runs.setdefault((*cell, s), {}).update(numbers)
    return errors


def _outputs(store: Store, jobs: Sequence[Job]) -> _Outputs | None:
    """The test outputs of a cell; None where there is none."""
    loaded = {s: store.arrays(job.key) for s, job in enumerate(jobs) if job.key in store}
    if not loaded:
        return None
    F = np.stack([np.asarray(one["F_test"], float) for one in loaded.values()])
    y = np.asarray(next(iter(loaded.values()))["y_test"], float)
    return _Outputs(list(loaded), F, ensemble(F, y))


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
        "curve_t": np.array(run.snapshot_t),
        "curve_loss": loss / loss[0],  # alpha^2 L starts at 1, but for alpha f
        "curve_norm": np.array(run.snapshot_norm),
        "curve_weights": np.array(run.snapshot_weight_change),
    }
