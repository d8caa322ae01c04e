"""The phase diagram of a store: what is known at each (h, alpha~), and where the lines run.

Everything is made from the trajectories that are there, at any time; what is missing is NaN.
"""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from jamming.fits.logistic import transition
from jamming.fits.seeds import interval, nested, small_sample_factor
from jamming.objectives.problem import Result
from jamming.observables.ensembles import ensemble
from jamming.training.parts import flat
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine.gather import gathered, with_interval
from sweeps.engine.own_network import module_of
from sweeps.shared.alpha_grid import Config

LEVELS = (0.1, 1.0, 10.0)
SAMPLES = 500  # of the bootstrap over seeds


@dataclass(frozen=True)
class Runs:
    """What is known of the trajectories of a config.

    `found` has `fitted`, `diverged` (NON_FINITE), `kernel_change` and `N` over (h, alpha_tilde,
    seed), NaN where there is no run yet. Frozen kernels are at alpha~ = inf.
    """

    config: Config
    found: xr.Dataset

    @cached_property
    def fit(self) -> xr.DataArray:
        """Share of the seeds that fit; NaN unless all are there."""
        return self.found.fitted.mean("seed", skipna=False)

    @cached_property
    def log_change(self) -> xr.DataArray:
        """log ||Theta - Theta_0|| / ||Theta_0|| of the seeds that fit, NaN of the others."""
        change = self.found.kernel_change
        return np.log(change.where((self.found.fitted == 1) & (change > 0)))

    def column(self, a: float) -> list[int]:
        """Widths that are complete at this alpha~, ascending."""
        fit = self.fit.sel(alpha_tilde=a)
        return fit.h[fit.notnull()].values.tolist()

    def row(self, h: int) -> list[float]:
        """alpha~ at which this width is complete and mostly fits, ascending."""
        fit = self.fit.sel(h=h)
        return [a for a in fit.alpha_tilde[fit >= 0.5].values.tolist() if a < math.inf]


def collect(config: Config, entries: Iterable[Mapping[str, Any]]) -> Runs:
    """The runs of a config among the entries of a store, those off its grid included."""
    seeds = {config.job.init_seed + s: s for s in range(config.networks)}
    cells: dict[tuple[Any, ...], dict[str, float]] = {}
    for entry in entries:
        fields = flat(entry["job"])
        h, s = fields["widths"][0], seeds.get(fields["init_seed"])
        if s is None:
            continue
        if fields["alpha"] is None:
            a, jobs = math.inf, config.kernel_jobs(h)
        else:
            a = float(f"{fields['alpha'] * config.factor(h):.6g}")
            jobs = config.jobs(h, a)
        if jobs[s].key == entry["key"]:
            run = Trajectory.from_dict(entry["trajectory"])
            cells[h, a, s] = {
                "fitted": float(run.fitted),
                "diverged": float(run.result == Result.NON_FINITE.name),
                "kernel_change": math.nan if run.kernel_change is None else run.kernel_change,
                "N": float(run.N),
            }
    axes = {
        "h": sorted({*config.h, *(at[0] for at in cells)}),
        "alpha_tilde": sorted({*config.alpha_tilde, math.inf, *(at[1] for at in cells)}),
        "seed": range(config.networks),
    }
    names = ("fitted", "diverged", "kernel_change", "N")
    return Runs(config, gathered(cells, axes, always=names))


def next_jobs(runs: Runs) -> list[Job]:
    """What to run next to narrow the brackets of the jamming line and of the crossovers.

    Bisection in h at each alpha~ of the grid, and in log alpha~ at each h of the grid and each
    level of the kernel's change. Empty when all brackets are narrow, or open.
    """
    config = runs.config
    if config.refine == 1:
        return []
    jobs = []
    for a in config.alpha_tilde:
        if (bracket := _jamming_bracket(runs, a)) is not None and bracket[1] - bracket[0] > 1:
            jobs += config.jobs(round(math.sqrt(bracket[0] * bracket[1])), a)
    for h in config.h:
        for level in LEVELS:
            crossing = _crossing_bracket(runs, h, level)
            if crossing is not None and crossing[1] / crossing[0] > config.refine:
                jobs += config.jobs(h, float(f"{math.sqrt(crossing[0] * crossing[1]):.6g}"))
    return jobs


def _jamming_bracket(runs: Runs, a: float) -> tuple[int, int] | None:
    """(widest that mostly fails, next wider one) at alpha~ = a."""
    fit, pairs = runs.fit.sel(alpha_tilde=a), itertools.pairwise(runs.column(a))
    found = [(low, high) for low, high in pairs if fit.sel(h=low) < 0.5 <= fit.sel(h=high)]
    return found[-1] if found else None


def _crossing_bracket(runs: Runs, h: int, level: float) -> tuple[float, float] | None:
    """Neighbouring alpha~ between which the mean log change of the kernel crosses the level."""
    row = runs.row(h)
    changes = runs.log_change.sel(h=h).mean("seed")
    above = [bool(changes.sel(alpha_tilde=a) >= math.log(level)) for a in row]
    pairs = zip(itertools.pairwise(row), itertools.pairwise(above), strict=True)
    return next((pair for pair, (low, high) in pairs if low and not high), None)


def diagram(runs: Runs, outputs: Mapping[str, Any]) -> xr.Dataset:
    """Everything that the figures show, over (h, alpha_tilde) and (level, h).

    `outputs` maps the key of a job that is there to its arrays (F_test and y_test [P_test]).

    * error, error_se: test error of single networks, mean and standard error over seeds;
    * ensemble_error, ensemble_error_se: of the sign of the mean output, or of the largest of k
      mean outputs, of the networks on one training set, with its jackknife error; of several sets
      both errors are of their means, and the intervals of the lines below are from resampled sets
      and from resampled networks on each;
    * fit: share of the seeds that fit; kernel_change: geometric mean over those that do;
    * diverged: how many of the seeds ended NON_FINITE; their outputs count as wrong in the errors;
    * jamming_h(alpha_tilde) and its 95 % interval: where the probability to fit crosses 1/2;
    * crossover(level, h) and its 95 % interval: alpha~ at which the kernel's change is the level;
    * kernel_error, kernel_ensemble_error, kernel_fit (h), kernel_infinite_error: of frozen kernels.
    """
    config = runs.config
    h, alphas, job = config.h, config.alpha_tilde, config.job
    cells = {(n, a): _errors(config.jobs(n, a), outputs) for n in h for a in alphas}
    jamming = {(a,): _jamming(runs, a) for a in alphas}
    crossing = {(level, n): _crossing(runs, n, level) for level in LEVELS for n in h}
    at = {"h": list(h), "alpha_tilde": list(alphas)}
    parts = (
        gathered(cells, {"h": h, "alpha_tilde": alphas}),
        gathered(jamming, {"alpha_tilde": alphas}),
        gathered(crossing, {"level": LEVELS, "h": h}),
    )
    found = xr.merge(parts).assign(
        fit=runs.fit.sel(at),
        diverged=runs.found.diverged.sum("seed").sel(at),
        kernel_change=np.exp(runs.log_change.mean("seed").sel(at)),
        N=runs.found.N.max(("alpha_tilde", "seed")).sel(h=at["h"]),
    )
    if config.kernel:
        frozen = {(n,): _errors(config.kernel_jobs(n), outputs, "kernel_") for n in h}
        found = found.merge(gathered(frozen, {"h": h})).assign(
            kernel_fit=runs.fit.sel(h=at["h"], alpha_tilde=math.inf, drop=True),
            kernel_infinite_error=_errors(config.infinite_jobs(), outputs)["error"],
        )
    total, done = len(config.grid()), sum(job.key in outputs for job in config.grid())
    own = module_of(job.label)  # whose depth and activation are not known
    what = f"{job.dataset}, {own}" if own else job.label or job.dataset
    known = ("P",) if own else ("P", "L", "activation")
    return found.assign_attrs(
        {name: getattr(job, name) for name in (*known, "loss", "label_noise")},
        dataset=what,
        seeds=config.seeds,
        sets=config.sets,
        scale=config.scale,
        done=done,
        total=total,
        complete=int(done == total),
    )


ERRORS = ("error", "error_se", "ensemble_error", "ensemble_error_se")


def _errors(jobs: Sequence[Job], outputs: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """Test error of single runs and of their mean output, with standard errors; NaN if unknown."""
    names = [f"{prefix}{name}" for name in ERRORS]
    sets: dict[int, list[Any]] = {}
    for job in jobs:
        if job.key in outputs:
            sets.setdefault(job.data_seed, []).append(outputs[job.key])
    each = [
        ensemble(
            *(np.array(x, float) for x in ([one["F_test"] for one in found], found[0]["y_test"]))
        )
        for found in sets.values()
        if len(found[0]["y_test"])
    ]
    if not each:  # no runs, or no test points
        return dict.fromkeys(names, math.nan)
    if len(each) == 1:
        (of,) = each
        values = (*_mean(of.single), of.error, of.error_se)
    else:
        values = (*_mean(of.single.mean() for of in each), *_mean(of.error for of in each))
    return dict(zip(names, values, strict=True))


def _mean(values: Iterable[float]) -> tuple[float, float]:
    """The mean and its standard error, NaN of one value."""
    x = np.array(list(values), float)
    error = float(x.std(ddof=1)) / math.sqrt(x.size) if x.size > 1 else math.nan
    return float(x.mean()), error


def _jamming(runs: Runs, a: float) -> dict[str, float]:
    """h* at alpha~ = a, from all widths that are complete there."""
    if _jamming_bracket(runs, a) is None:
        return with_interval("jamming_h")
    column = runs.column(a)
    fitted = runs.found.fitted.sel(alpha_tilde=a, h=column).values > 0
    return with_interval("jamming_h", transition(column, fitted, sets=runs.config.sets))


def _crossing(runs: Runs, h: int, level: float) -> dict[str, float]:
    """alpha~ at which the mean log change is that of the level, bootstrapped."""
    bracket = _crossing_bracket(runs, h, level)
    if bracket is None:
        return with_interval("crossover")
    of = runs.config
    changes = runs.log_change.sel(h=h, alpha_tilde=list(bracket)).values
    draws = nested(of.sets, of.seeds, SAMPLES, np.random.default_rng(0))
    drawn = changes[:, np.vstack([np.arange(of.networks), draws])]  # [side, sample, network]
    means = np.ma.masked_invalid(drawn).mean(-1).filled(np.nan)
    a, b = means[:, np.isfinite(means).all(0)]
    share = (a - math.log(level)) / np.where(a == b, 1.0, a - b)
    x0, x1 = np.log(bracket)
    values = np.exp(x0 + np.clip(share, -1, 2) * (x1 - x0))
    units = of.sets if of.sets > 1 else of.seeds
    factor = small_sample_factor(units, 1, 0.95) if units > 1 else math.nan
    found = interval(float(values[0]), values[1:], factor, 0.95, log=True)
    return with_interval("crossover", found)
