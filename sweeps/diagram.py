"""The phase diagram of a store: what is known at each (h, alpha~), and where the lines run.

Everything is made from the trajectories that are there, at any time; what is missing is NaN.
"""

import dataclasses
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float

from jamming.errors import BadInput
from jamming.job import Job
from jamming.nstar.logistic import transition
from jamming.trajectory import Trajectory

LEVELS = (0.1, 1.0, 10.0)
SAMPLES = 500  # of the bootstrap over seeds


@dataclass(frozen=True)
class Config:
    """The grid of a phase diagram; all else is that of `job`, whose widths, alpha and seeds vary.

    `alpha_tilde` are values of alpha~ = sqrt(h) alpha, or of alpha itself where `scale` says so.
    Seed s has the initial and batch seeds of `job` plus s; all share the data, so that their
    outputs can be averaged. The lines are refined until brackets of alpha~ are below a factor
    `refine` (1: not at all), and brackets of h are one width wide.

    Raises:
        BadInput: an empty grid, or a value out of range.
    """

    job: Job
    h: tuple[int, ...]
    alpha_tilde: tuple[float, ...]
    seeds: int = 5
    scale: str = "alpha_tilde"
    refine: float = 2.0
    kernel: bool = True

    def __post_init__(self) -> None:
        if not self.h or min(self.h) < 1:
            raise BadInput(f"h must be at least 1, not {min(self.h, default='nothing')}")
        if not self.alpha_tilde or not all(0 < a < math.inf for a in self.alpha_tilde):
            raise BadInput("alpha must be positive and finite, and there must be one at least")
        if self.seeds < 1:
            raise BadInput(f"seeds must be at least 1, not {self.seeds}")
        if self.scale not in ("alpha", "alpha_tilde"):
            raise BadInput(f"unknown scale '{self.scale}': choose alpha or alpha_tilde")
        if not self.refine >= 1:
            raise BadInput(f"refine is a factor of at least 1, not {self.refine}")
        object.__setattr__(self, "h", tuple(sorted(set(self.h))))
        rounded = {float(f"{a:.6g}") for a in self.alpha_tilde}
        object.__setattr__(self, "alpha_tilde", tuple(sorted(rounded)))

    def jobs(self, h: int, alpha_tilde: float) -> list[Job]:
        """The runs of one cell, one for each seed."""
        alpha = alpha_tilde / (math.sqrt(h) if self.scale == "alpha_tilde" else 1.0)
        return [self._seed(s, h, alpha=alpha) for s in range(self.seeds)]

    def kernel_jobs(self, h: int) -> list[Job]:
        """The flows of the kernels frozen at initialisation, one for each seed."""
        fixed = {"alpha": None, "learner": "kernel_init", "kernel_points": 0}
        return [self._seed(s, h, **fixed) for s in range(self.seeds)]

    def infinite_jobs(self) -> list[Job]:
        """The flow of the kernel of infinite width, where it is known."""
        if self.job.label or self.job.parametrisation != "ntp":
            return []
        fixed = {"alpha": None, "learner": "kernel_infinite", "kernel_points": 0}
        return [self._seed(0, self.h[-1], **fixed)]

    def grid(self) -> list[Job]:
        """All cells, the narrow networks first, the kernels last."""
        cells = [job for h in self.h for a in self.alpha_tilde for job in self.jobs(h, a)]
        if not self.kernel:
            return cells
        return cells + [job for h in self.h for job in self.kernel_jobs(h)] + self.infinite_jobs()

    def _seed(self, s: int, h: int, **changes: Any) -> Job:
        return dataclasses.replace(
            self.job,
            widths=(h,) * self.job.L,
            init_seed=self.job.init_seed + s,
            batch_seed=self.job.batch_seed + s,
            **changes,
        )


Cell = list[Trajectory | None]


@dataclass(frozen=True)
class Runs:
    """The trajectories of a config: cells[h, alpha~][seed], None where it is not there yet.

    Those of the frozen kernels are at alpha~ = inf.
    """

    config: Config
    cells: Mapping[tuple[int, float], Cell]

    def fit(self, h: int, a: float) -> float:
        """Share of the seeds that fit; NaN unless all are there."""
        cell = self.cells.get((h, a), [None])
        if any(run is None for run in cell):
            return math.nan
        return float(np.mean([run is not None and run.fitted for run in cell]))

    def log_change(self, h: int, a: float) -> Float[np.ndarray, " seeds"]:
        """log ||Theta - Theta_0|| / ||Theta_0|| of the seeds that fit, NaN of the others."""
        found = np.full(self.config.seeds, np.nan)
        for s, run in enumerate(self.cells.get((h, a), [])):
            if run is not None and run.fitted and run.kernel_change:
                found[s] = math.log(run.kernel_change)
        return found

    def column(self, a: float) -> list[int]:
        """Widths that are complete at this alpha~, ascending."""
        return sorted(h for h, b in self.cells if b == a and not math.isnan(self.fit(h, a)))

    def row(self, h: int) -> list[float]:
        """alpha~ at which this width is complete and mostly fits, ascending."""
        finite = (a for g, a in self.cells if g == h and a < math.inf)
        return sorted(a for a in finite if self.fit(h, a) >= 0.5)


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
    * jamming_h(alpha_tilde) and its 95 % interval: where the probability to fit crosses 1/2;
    * crossover(level, h) and its 95 % interval: alpha~ at which the kernel's change is the level;
    * kernel_error, kernel_ensemble_error, kernel_fit (h), kernel_infinite_error: of frozen kernels.
    """
    config = runs.config
    shape = (len(config.h), len(config.alpha_tilde))
    names = ("error", "error_se", "ensemble_error", "ensemble_error_se", "fit", "kernel_change")
    cells = {name: np.full(shape, np.nan) for name in names}
    for i, h in enumerate(config.h):
        for j, a in enumerate(config.alpha_tilde):
            errors = _errors(config.jobs(h, a), outputs)
            for name, value in errors.items():
                cells[name][i, j] = value
            cells["fit"][i, j] = runs.fit(h, a)
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
    y, n = np.asarray(found[0]["y_test"], float), len(found)
    single = (F * y <= 0).mean(1)
    errors = {"error": single.mean(), "ensemble_error": (F.mean(0) * y <= 0).mean()}
    if n > 1:
        without = np.array([(np.delete(F, i, 0).mean(0) * y <= 0).mean() for i in range(n)])
        errors["error_se"] = single.std(ddof=1) / math.sqrt(n)
        spread = ((without - without.mean()) ** 2).sum()
        errors["ensemble_error_se"] = math.sqrt((n - 1) / n * spread)
    return {name: float(value) for name, value in errors.items()}


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


def collect(config: Config, entries: Iterator[Mapping[str, Any]]) -> Runs:
    """The runs of a config among the entries of a store, those off its grid included."""
    seeds = {config.job.init_seed + s: s for s in range(config.seeds)}
    cells: dict[tuple[int, float], Cell] = {}
    for entry in entries:
        fields = entry["job"]
        h, s = fields["widths"][0], seeds.get(fields["init_seed"])
        if s is None:
            continue
        if fields["alpha"] is None:
            a, jobs = math.inf, config.kernel_jobs(h)
        else:
            a = fields["alpha"] * (math.sqrt(h) if config.scale == "alpha_tilde" else 1.0)
            a = float(f"{a:.6g}")
            jobs = config.jobs(h, a)
        if jobs[s].key == entry["key"]:
            cell = cells.setdefault((h, a), [None] * config.seeds)
            cell[s] = Trajectory.from_dict(entry["trajectory"])
    return Runs(config, cells)
