"""The phase diagram of a store: what is known at each (h, alpha~), and where the lines run.

Everything is made from the trajectories that are there, at any time; what is missing is NaN.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float

from jamming.fits.logistic import transition
from jamming.observables.ensembles import ensemble
from jamming.training.spec import Job
from sweeps.engine.gather import gathered, with_interval
from sweeps.shared.alpha_grid import Runs

LEVELS = (0.1, 1.0, 10.0)
SAMPLES = 500  # of the bootstrap over seeds


def next_jobs(runs: Runs, levels: Sequence[float] = LEVELS) -> list[Job]:
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
        for level in levels:
            crossing = _crossing_bracket(runs, h, level)
            if crossing is not None and crossing[1] / crossing[0] > config.refine:
                jobs += config.jobs(h, float(f"{math.sqrt(crossing[0] * crossing[1]):.6g}"))
    return jobs


def _jamming_bracket(runs: Runs, a: float) -> tuple[int, int] | None:
    """(widest that mostly fails, next wider one) at alpha~ = a."""
    pairs = itertools.pairwise(runs.column(a))
    found = [pair for pair in pairs if runs.fit(pair[0], a) < 0.5 <= runs.fit(pair[1], a)]
    return found[-1] if found else None


def _crossing_bracket(runs: Runs, h: int, level: float) -> tuple[float, float] | None:
    """Neighbouring alpha~ between which the mean log change of the kernel crosses the level."""
    row = runs.row(h)
    above = [np.nanmean(runs.log_change(h, a)) >= math.log(level) for a in row]
    pairs = zip(itertools.pairwise(row), itertools.pairwise(above), strict=True)
    return next((pair for pair, (low, high) in pairs if low and not high), None)


def diagram(runs: Runs, outputs: Mapping[str, Any], levels: Sequence[float] = LEVELS) -> xr.Dataset:
    """Everything that the figures show, over (h, alpha_tilde) and (level, h).

    `outputs` maps the key of a job that is there to its arrays (F_test and y_test [P_test]).

    * error, error_se: test error of single networks, mean and standard error over seeds;
    * ensemble_error, ensemble_error_se: of the sign of the mean output, with its jackknife error;
    * fit: share of the seeds that fit; kernel_change: geometric mean over those that do;
    * diverged: how many of the seeds ended NON_FINITE; their outputs count as wrong in the errors;
    * jamming_h(alpha_tilde) and its 95 % interval: where the probability to fit crosses 1/2;
    * crossover(level, h) and its 95 % interval: alpha~ at which the kernel's change is the level;
    * kernel_error, kernel_ensemble_error, kernel_fit (h), kernel_infinite_error: of frozen kernels.
    """
    config = runs.config
    h, alphas, job = config.h, config.alpha_tilde, config.job
    cells = {(n, a): _cell(runs, n, a, outputs) for n in h for a in alphas}
    jamming = {(a,): _jamming(runs, a) for a in alphas}
    crossing = {(level, n): _crossing(runs, n, level) for level in levels for n in h}
    parts = [
        gathered(cells, {"h": h, "alpha_tilde": alphas}),
        gathered(jamming, {"alpha_tilde": alphas}),
        gathered(crossing, {"level": levels, "h": h}),
        gathered({(n,): _of_width(runs, n, outputs) for n in h}, {"h": h}),
    ]
    found = xr.merge(parts)
    if config.kernel:
        infinite = _errors(config.infinite_jobs(), outputs)
        found["kernel_infinite_error"] = infinite["error"]
    total, done = len(config.grid()), sum(job.key in outputs for job in config.grid())
    same = ("P", "L", "activation", "loss", "label_noise")
    return found.assign_attrs(
        {name: getattr(job, name) for name in same},
        dataset=job.label or job.dataset,
        seeds=config.seeds,
        scale=config.scale,
        done=done,
        total=total,
        complete=int(done == total),
    )


def _cell(runs: Runs, h: int, a: float, outputs: Mapping[str, Any]) -> dict[str, float]:
    change = runs.log_change(h, a)
    return _errors(runs.config.jobs(h, a), outputs) | {
        "fit": runs.fit(h, a),
        "diverged": float(runs.diverged(h, a)),
        "kernel_change": math.exp(np.nanmean(change)) if np.isfinite(change).any() else math.nan,
    }


def _of_width(runs: Runs, h: int, outputs: Mapping[str, Any]) -> dict[str, float]:
    sizes = [run.N for (g, _), cell in runs.cells.items() if g == h for run in cell if run]
    found = {"N": float(sizes[0]) if sizes else math.nan}
    if runs.config.kernel:
        errors = _errors(runs.config.kernel_jobs(h), outputs)
        found |= {f"kernel_{name}": value for name, value in errors.items()}
        found["kernel_fit"] = runs.fit(h, math.inf)
    return found


ERRORS = ("error", "error_se", "ensemble_error", "ensemble_error_se")


def _errors(jobs: Sequence[Job], outputs: Mapping[str, Any]) -> dict[str, float]:
    """Test error of single runs and of their mean output, with standard errors; NaN if unknown."""
    found = [outputs[job.key] for job in jobs if job.key in outputs]
    F = np.array([np.asarray(one["F_test"], float) for one in found])
    if not F.size:  # no runs, or no test points
        return dict.fromkeys(ERRORS, math.nan)
    of, n = ensemble(F, np.asarray(found[0]["y_test"], float)), len(found)
    spread = float(of.single.std(ddof=1)) if n > 1 else math.nan
    values = (float(of.single.mean()), spread / math.sqrt(n), of.error, of.error_se)
    return dict(zip(ERRORS, values, strict=True))


def _jamming(runs: Runs, a: float) -> dict[str, float]:
    """h* at alpha~ = a, from all widths that are complete there."""
    if _jamming_bracket(runs, a) is None:
        return with_interval("jamming_h")
    column = runs.column(a)
    fitted = np.array([[bool(run and run.fitted) for run in runs.cells[h, a]] for h in column])
    found = transition(np.array(column), fitted)
    return with_interval("jamming_h", found.value, found.low, found.high)


def _crossing(runs: Runs, h: int, level: float) -> dict[str, float]:
    """alpha~ at which the mean log change is that of the level, bootstrapped."""
    bracket = _crossing_bracket(runs, h, level)
    if bracket is None:
        return with_interval("crossover")
    low, high = (runs.log_change(h, a) for a in bracket)
    rng = np.random.default_rng(0)
    draws = rng.integers(0, len(low), (SAMPLES, len(low)))
    at = np.array([_means(low, high), *(_means(low[d], high[d]) for d in draws)])
    a, b = at[np.isfinite(at).all(1)].T
    share = (a - math.log(level)) / np.where(a == b, 1.0, a - b)
    x0, x1 = np.log(bracket)
    values = np.exp(x0 + np.clip(share, -1, 2) * (x1 - x0))
    ends = np.quantile(values, [0.025, 0.975])
    return with_interval("crossover", float(values[0]), *map(float, ends))


def _means(*arrays: Float[np.ndarray, " seeds"]) -> tuple[float, ...]:
    return tuple(
        float(a[np.isfinite(a)].mean()) if np.isfinite(a).any() else math.nan for a in arrays
    )
