"""What `sweeps.lazy_feature.regimes` measures, from stored trajectories to one labelled dataset.

Over (dataset, P, L, h, alpha~, seed), or alpha in place of alpha~; NaN where a run is not there,
infinite (but for errors, which count it as wrong) where it diverged. The seeds are all networks,
those on one training set beside each other, and `set` says on which; an ensemble is of those on
one set:

* `error`, `fitted`, `ticks`, `t_end`: test error, whether all constraints were met, gradients,
  flow time;
* `kernel_change`, `weight_change`: ||Theta - Theta_0|| / ||Theta_0||, |w - w_0| / |w_0|;
* `t_half`: t_{L/2}, at which the loss has halved; `t_half_gap`: ratio of the snapshots'
  times around it; `norm_half`: root mean square of F on the training set then, alpha ||f - f0||;
  `growth`: the power of t by which it has grown before (over two decades up to 0.3 t_{L/2});
* `deviation`: whose mean over seeds is Var F; `ensemble_of_set`: the error of the ensemble on this
  training set; `ensemble_without`: that without this seed (`jamming.observables.ensembles`);
* `kernel_distance`: root mean square of F minus that of the frozen initial kernel of the same
  network, divided by that of the latter, on test points; `end_error`, `end_distance`,
  `end_without`: the kernel of the end, likewise;
* `curve_t`, `curve_loss`, `curve_norm`, `curve_weights` (with a dimension `snapshot`): t, alpha^2 L
  by its value at the start, root mean square of F, |w - w_0| / |w_0|.

Without seed: `ensemble_error`, `end_ensemble_error`, means over the training sets. Without alpha:
`kernel_error`, `kernel_without` and `kernel_deviation` of kernels frozen at the start. Without
both: `kernel_ensemble_error` and `N`, the number of weights.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float

from jamming.fits.curves import falls_to, first_power, value_at
from jamming.objectives.problem import Result
from jamming.observables.ensembles import Ensemble, ensemble
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine.diverged import infinite
from sweeps.engine.execute import load_run
from sweeps.engine.gather import gathered, outputs
from sweeps.engine.store import Store

Place = tuple[str, int, int, int]
Cell = tuple[str, int, int, int, float]
PLACES = ("dataset", "P", "L", "h")
CURVES = ("curve_t", "curve_loss", "curve_norm", "curve_weights")
# of each run of a cell, beside the others or its kernels
TOGETHER = (
    *("deviation", "ensemble_of_set", "ensemble_without", "kernel_distance"),
    *("end_error", "end_distance", "end_without"),
)
KERNELS = ("kernel_error", "kernel_without", "kernel_deviation")
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


def distance(
    F: Float[np.ndarray, "*runs Q"], other: Float[np.ndarray, "*runs Q"]
) -> Float[np.ndarray, "*runs"]:
    """Root mean square of F minus other outputs, divided by that of the latter; of each run.

    Infinite where an output is no number.
    """
    with np.errstate(divide="ignore", invalid="ignore"):  # of outputs that are all zero
        away = np.sqrt(np.mean((F - other) ** 2, -1) / np.mean(other**2, -1))
    return np.where(np.isfinite(F + other).all(-1), away, np.inf)


def _outputs(
    store: Store, jobs: Sequence[Job]
) -> tuple[Float[np.ndarray, "seeds Q"], list[Ensemble]]:
    """The test outputs of the networks of a cell, and the ensemble on each training set.

    Deviations are infinite if an output of the set is no number. Of k classes Q is the number of
    points times k.
    """
    sets: dict[int, list[Job]] = {}
    for job in jobs:
        sets.setdefault(job.data_seed, []).append(job)
    each, ensembles = [], []
    for those in sets.values():
        F, y = outputs(store, those)
        of, F = ensemble(F, y), F.reshape(len(F), -1)
        known = np.isfinite(F).all()
        ensembles.append(of if known else replace(of, deviation=infinite(of.deviation)))
        each.append(F)
    return np.concatenate(each), ensembles


def _error(ensembles: list[Ensemble]) -> float:
    return float(np.mean([of.error for of in ensembles]))


def _each(ensembles: list[Ensemble], name: str) -> Float[np.ndarray, " seeds"]:
    """What is known of each network, of all training sets."""
    return np.concatenate([getattr(of, name) for of in ensembles])


def measured(cells: Cells, store: Store, scale: str, alphas: Float[np.ndarray, " k"]) -> xr.Dataset:
    """All of it (see the module); `scale`, alpha or alpha_tilde, names the axis of `alphas`."""
    runs: dict[tuple[Any, ...], dict[str, Any]] = {}
    together: dict[Cell, dict[str, float]] = {}
    kernels: dict[tuple[Any, ...], dict[str, float]] = {}
    starts: dict[Place, dict[str, float]] = {}
    frozen = {at: _outputs(store, jobs) for at, jobs in cells.kernels.items()}
    for at, (_, of) in frozen.items():
        starts[at] = {"kernel_ensemble_error": _error(of)}
        columns = [_each(of, name) for name in ("single", "without", "deviation")]
        for s, row in enumerate(zip(*columns, strict=True)):
            kernels[(*at, s)] = dict(zip(KERNELS, row, strict=True))
    for cell, jobs in cells.networks.items():
        at, (F, of) = cell[:-1], _outputs(store, jobs)
        together[cell] = {"ensemble_error": _error(of)}
        whole = np.repeat([one.error for one in of], len(jobs) // len(of))
        beside = {"deviation": _each(of, "deviation"), "ensemble_of_set": whole}
        beside["ensemble_without"] = _each(of, "without")
        if at in frozen:
            beside["kernel_distance"] = distance(F, frozen[at][0])
        if cell in cells.ends:
            F_end, end = _outputs(store, cells.ends[cell])
            together[cell]["end_ensemble_error"] = _error(end)
            beside |= {"end_error": _each(end, "single"), "end_without": _each(end, "without")}
            beside["end_distance"] = distance(F, F_end)
        for s, job in enumerate(jobs):
            run = load_run(store, job, arrays=False)
            runs[(*cell, s)] = _of_run(run) | {name: x[s] for name, x in beside.items()}
            starts.setdefault(at, {})["N"] = float(run.N)
    values = zip(PLACES, zip(*starts, strict=True), strict=True)
    axes: dict[str, Any] = {name: list(dict.fromkeys(of)) for name, of in values}
    along, several = axes | {scale: alphas}, cells.jobs()
    seeds = {"seed": np.arange(len(next(iter((cells.networks or cells.kernels).values()))))}
    courses = dict.fromkeys(CURVES, ("snapshot",))
    parts = (
        gathered(runs, along | seeds, courses, always=(*RUNS, *CURVES, *TOGETHER)),
        gathered(together, along, always=("ensemble_error", "end_ensemble_error")),
        gathered(kernels, axes | seeds, always=KERNELS),
        gathered(starts, axes, always=("kernel_ensemble_error", "N")),
    )
    found = xr.merge(parts).assign_attrs(done=len(several), total=len(several))
    some = next(iter((cells.networks or cells.kernels).values()))
    return found.assign_coords(set=("seed", [job.data_seed for job in some]))


RUNS = (
    *("error", "fitted", "ticks", "t_end", "kernel_change", "weight_change"),
    *("t_half", "t_half_gap", "norm_half", "growth"),
)


def _of_run(run: Trajectory) -> dict[str, Any]:
    t, norm = run.snapshot_t, run.snapshot_norm
    half = falls_to(t, run.snapshot_loss)
    fell = math.isfinite(half.t)
    changes = (run.kernel_change, run.weight_change)
    values = np.array(
        [
            *(run.test_error, run.fitted, run.ticks, run.t),
            *(math.nan if change is None else change for change in changes),
            *(half.t, half.gap),
            value_at(t, norm, half.t) if fell else math.nan,
            first_power(t, norm, LINEAR * half.t) if fell else math.nan,
        ],
        float,
    )
    lost = run.result == Result.NON_FINITE.name
    found: dict[str, Any] = dict(zip(RUNS, infinite(values) if lost else values, strict=True))
    loss = np.array(run.snapshot_loss) / run.snapshot_loss[0]  # 1, but for alpha f
    curves = (np.array(t), loss, np.array(norm), np.array(run.snapshot_weight_change))
    return found | dict(zip(CURVES, curves, strict=True))
