"""What the tolerances of gradient flow do to the learned function.

The command is `python -m sweeps.lazy_feature tolerance`. The same networks learn by the papers'
adaptive Euler steps at several tolerances of the gradient, with momenta, and by the stabilised
flow; each is compared, on test points, with the Euler run of the smallest tolerance (Geiger et al.,
*Disentangling feature and lazy training in deep neural networks*, 2020, App. G and Fig. 13). What
has ended is kept: the same command goes on where it was.
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from jamming.checks.arguments import numbers, runs
from jamming.checks.errors import BadInput
from jamming.training.spec import Job
from sweeps.engine.execute import ProgressCallback, execute, load_run
from sweeps.engine.progress import Work
from sweeps.engine.store import Store
from sweeps.shared import alpha_grid as grid

RESULTS = "tolerance.nc"


@dataclass(frozen=True)
class Config:
    """The rules, at each alpha~ and for each seed; all else is that of `job`, its width included.

    `tolerances` of the gradient for Euler, of which the smallest is the reference; `momenta` tau
    for Euler at the largest tolerance; `flows`: tolerances of the stabilised flow.

    Raises:
        BadInput: fewer than two tolerances, or a value out of range.
    """

    job: Job
    alphas: tuple[float, ...]
    tolerances: tuple[float, ...] = (1e-4, 1e-6)
    momenta: tuple[float, ...] = ()
    flows: tuple[float, ...] = (1e-2,)
    seeds: int = 3

    def __post_init__(self) -> None:
        for name in ("alphas", "tolerances", "momenta", "flows"):
            object.__setattr__(self, name, numbers(name, getattr(self, name)))
        if len({f"{eps:g}" for eps in self.tolerances}) < max(2, len(set(self.tolerances))):
            raise BadInput("two tolerances of the gradient, or more, are needed to compare them")
        cells = self.cells(self.job)
        object.__setattr__(self, "seeds", cells.seeds)
        runs(rules=len(self.rules()), alphas=len(cells.alpha_tilde), seeds=self.seeds)
        for changes in self.rules().values():
            self.cells(dataclasses.replace(self.job, **changes))

    def rules(self) -> dict[str, dict[str, Any]]:
        """The fields of the job that each rule sets, by its name; the reference is the last."""
        euler = sorted(set(self.tolerances), reverse=True)
        found: dict[str, dict[str, Any]] = {
            f"euler {eps:g}": {"dynamics": "euler", "tol_gradient": eps} for eps in euler[:-1]
        }
        for tau in self.momenta:
            rule = {"dynamics": "euler", "tol_gradient": euler[0], "tau": tau}
            found[f"momentum {tau:g}"] = rule
        found |= {f"flow {tol:g}": {"dynamics": "flow", "tol": tol} for tol in self.flows}
        return found | {f"euler {euler[-1]:g}": {"dynamics": "euler", "tol_gradient": euler[-1]}}

    def cells(self, job: Job) -> grid.Config:
        """The grid over alpha~ of one rule."""
        return grid.Config(job, (job.widths[0],), self.alphas, self.seeds, kernel=False)

    def jobs(self) -> dict[str, list[list[Job]]]:
        """Rule -> jobs by alpha~ and seed."""
        found = {}
        for name, changes in self.rules().items():
            each = self.cells(dataclasses.replace(self.job, **changes))
            found[name] = [each.jobs(each.h[0], a) for a in each.alpha_tilde]
        return found


def tolerance(
    config: Config, store: Store, *, progress: ProgressCallback | None = None, client: Any = None
) -> xr.Dataset:
    """Run what the store lacks; over (rule, alpha_tilde, seed).

    `distance`: root mean square of F less that of the reference, by that of the reference, on test
    points; `ticks`: gradients; `t_end`, `error`, `fitted`.

    Raises:
        BadInput: from a job or the store.
    """
    jobs = config.jobs()
    execute(
        [job for rows in jobs.values() for row in rows for job in row],
        store,
        Work() if progress is None else progress,
        client=client,
    )
    reference = list(jobs.values())[-1]
    alphas = config.cells(config.job).alpha_tilde
    shape = (len(jobs), len(alphas), config.seeds)
    names = ("distance", "ticks", "t_end", "error", "fitted")
    data = {name: np.full(shape, np.nan) for name in names}
    for i, rows in enumerate(jobs.values()):
        for k, row in enumerate(rows):
            for s, job in enumerate(row):
                run = load_run(store, job, arrays=False)
                F, best = (
                    np.asarray(store.arrays(key)["F_test"], float)
                    for key in (job.key, reference[k][s].key)
                )
                away = np.sqrt(np.mean((F - best) ** 2) / np.mean(best**2))
                away = away if np.isfinite([F, best]).all() else math.inf
                values = (float(away), run.ticks, run.t, run.test_error, run.fitted)
                for name, value in zip(names, values, strict=True):
                    data[name][i, k, s] = value
    job = config.job
    return xr.Dataset(
        {name: (("rule", "alpha_tilde", "seed"), values) for name, values in data.items()},
        {"rule": list(jobs), "alpha_tilde": list(alphas), "seed": np.arange(config.seeds)},
        {"dataset": job.dataset, "P": job.P, "L": job.L, "h": job.widths[0]},
    )


def summary(found: xr.Dataset) -> str:
    """A line for each rule and alpha~."""
    rows = [f"rule               alpha~  gradients  distance from {found.rule.values[-1]}"]
    for rule in found.rule.values:
        for a in found.alpha_tilde.values:
            one = found.sel(rule=rule, alpha_tilde=a)
            ticks, away = float(one.ticks.mean()), float(one.distance.mean())
            rows.append(f"{rule:15} {a:9.3g}  {ticks:9.0f}  {away:.2e}")
    return "\n".join(rows)
