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
    column = runs.column(a)
    for low, high in reversed(list(itertools.pairwise(column))):
        if runs.fit(low, a) < 0.5 <= runs.fit(high, a):
            return low, high
    return None


def _crossing_bracket(runs: Runs, h: int, level: float) -> tuple[float, float] | None:
    """Neighbouring alpha~ between which the mean log change of the kernel crosses the level."""
    row = runs.row(h)
    above = [bool(np.nanmean(runs.log_change(h, a)) >= math.log(level)) for a in row]
    for i in range(len(row) - 1):
        if above[i] and not above[i + 1]:
            return row[i], row[i + 1]
    return None


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
    shape = (len(config.h), len(config.alpha_tilde))
    names = (
        *("error", "error_se", "ensemble_error", "ensemble_error_se"),
        *("fit", "diverged", "kernel_change"),
    )
    cells = {name: np.full(shape, np.nan) for name in names}
    for i, h in enumerate(config.h):
        for j, a in enumerate(config.alpha_tilde):
            errors = _errors(config.jobs(h, a), outputs)
            for name, value in errors.items():
                cells[name][i, j] = value
            cells["fit"][i, j] = runs.fit(h, a)
            cells["diverged"][i, j] = runs.diverged(h, a)
            change = runs.log_change(h, a)
            if np.isfinite(change).any():
                cells["kernel_change"][i, j] = math.exp(np.nanmean(change))
    data: dict[str, Any] = {name: (("h", "alpha_tilde"), value) for name, value in cells.items()}
    jamming = np.array([_jamming(runs, a) for a in config.alpha_tilde]).T
    crossing = np.array([[_crossing(runs, h, level) for h in config.h] for level in levels])
    for k, tail in enumerate(("", "_low", "_high")):
        data[f"jamming_h{tail}"] = ("alpha_tilde", jamming[k])
        data[f"crossover{tail}"] = (("level", "h"), crossing[:, :, k])
    if config.kernel:
        kernels = [_errors(config.kernel_jobs(h), outputs) for h in config.h]
        for name in ("error", "error_se", "ensemble_error", "ensemble_error_se"):
            values = [found.get(name, np.nan) for found in kernels]
            data[f"kernel_{name}"] = ("h", np.array(values))
        data["kernel_fit"] = ("h", np.array([runs.fit(h, math.inf) for h in config.h]))
        infinite = _errors(config.infinite_jobs(), outputs)
        data["kernel_infinite_error"] = infinite.get("error", np.nan)
    data["N"] = ("h", np.array([_N(runs, h) for h in config.h]))
    coords = {"h": list(config.h), "alpha_tilde": list(config.alpha_tilde), "level": list(levels)}
    job, grid = config.job, config.grid()
    done = sum(job.key in outputs for job in grid)
    attrs = {
        "dataset": job.label or job.dataset,
        "P": job.P,
        "L": job.L,
        "seeds": config.seeds,
        "activation": job.activation,
        "loss": job.loss,
        "label_noise": job.label_noise,
        "scale": config.scale,
        "done": done,
        "total": len(grid),
        "complete": int(done == len(grid)),
    }
    return xr.Dataset(data, coords, attrs)


def _errors(jobs: Sequence[Job], outputs: Mapping[str, Any]) -> dict[str, float]:
    """Test error of single runs and of their mean output, with standard errors."""
    found = [outputs[job.key] for job in jobs if job.key in outputs]
    if not found:
        return {}
    F = np.stack([np.asarray(one["F_test"], float) for one in found])
    if not F.size:  # no test points
        return {}
    of, n = ensemble(F, np.asarray(found[0]["y_test"], float)), len(found)
    errors = {"error": float(of.single.mean()), "ensemble_error": of.error}
    if n > 1:
        errors["error_se"] = float(of.single.std(ddof=1)) / math.sqrt(n)
        errors["ensemble_error_se"] = of.error_se
    return errors


def _N(runs: Runs, h: int) -> float:
    sizes = [run.N for (g, _), cell in runs.cells.items() if g == h for run in cell if run]
    return float(sizes[0]) if sizes else math.nan


def _jamming(runs: Runs, a: float) -> tuple[float, float, float]:
    """(h*, low, high) at alpha~ = a, from all widths that are complete there."""
    column = runs.column(a)
    if _jamming_bracket(runs, a) is None:
        return math.nan, math.nan, math.nan
    fitted = np.array([[bool(run and run.fitted) for run in runs.cells[h, a]] for h in column])
    found = transition(np.array(column), fitted)
    return found.value, found.low, found.high


def _crossing(runs: Runs, h: int, level: float) -> tuple[float, float, float]:
    """(alpha~, low, high) at which the mean log change is that of the level, bootstrapped."""
    bracket = _crossing_bracket(runs, h, level)
    if bracket is None:
        return math.nan, math.nan, math.nan
    low, high = (runs.log_change(h, a) for a in bracket)
    rng = np.random.default_rng(0)
    draws = rng.integers(0, len(low), (SAMPLES, len(low)))
    at = np.array([_means(low, high), *(_means(low[d], high[d]) for d in draws)])
    a, b = at[np.isfinite(at).all(1)].T
    share = (a - math.log(level)) / np.where(a == b, 1.0, a - b)
    x0, x1 = np.log(bracket)
    values = np.exp(x0 + np.clip(share, -1, 2) * (x1 - x0))
    interval = np.quantile(values, [0.025, 0.975])
    return float(values[0]), float(interval[0]), float(interval[1])


def _means(*arrays: Float[np.ndarray, " seeds"]) -> tuple[float, ...]:
    return tuple(
        float(a[np.isfinite(a)].mean()) if np.isfinite(a).any() else math.nan for a in arrays
    )
