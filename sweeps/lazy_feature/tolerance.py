"""`python -m sweeps.lazy_feature tolerance`: what tolerances do to the learned function.

The same networks learn by the papers' adaptive Euler steps at several tolerances of the gradient,
with momenta, and by the stabilised flow; each is compared, on test points, with the Euler run of
the smallest tolerance (Geiger et al., *Disentangling feature and lazy training in deep neural
networks*, 2020, App. G and Fig. 13).
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import Annotated, Any, Unpack

import numpy as np
import xarray as xr

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.training.spec import Job
from sweeps.engine import gather
from sweeps.engine.execute import How, execute, load_run
from sweeps.engine.grid import Checked, scalar
from sweeps.engine.store import Store
from sweeps.shared import alpha_grid

RESULTS = "tolerance.nc"


@dataclass(frozen=True)
class Config(Checked):
    """The rules, at each alpha~ and for each seed; all else is that of `job`, its width included.

    `tolerances` of the gradient for Euler, of which the smallest is the reference; `momenta` tau
    for Euler at the largest tolerance; `flows`: tolerances of the stabilised flow.

    Raises:
        BadInput: fewer than two tolerances, or a value out of range.
    """

    job: Job
    alphas: Annotated[tuple[float, ...], scalar(given.numbers, "alphas")]
    tolerances: Annotated[tuple[float, ...], scalar(given.numbers, "tolerances")] = (1e-4, 1e-6)
    momenta: Annotated[tuple[float, ...], scalar(given.numbers, "momenta")] = ()
    flows: Annotated[tuple[float, ...], scalar(given.numbers, "flows")] = (1e-2,)
    seeds: int = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        if len({f"{eps:g}" for eps in self.tolerances}) < max(2, len(set(self.tolerances))):
            raise BadInput("tol_gradient needs two tolerances or more, to compare them")
        cells = self.cells(self.job)
        given.settle(self, {"seeds": cells.seeds})
        given.runs(rules=len(self.rules()), alphas=len(cells.alpha_tilde), seeds=self.seeds)
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

    def cells(self, job: Job) -> alpha_grid.Config:
        """The grid over alpha~ of one rule."""
        return alpha_grid.Config(job, (job.widths[0],), self.alphas, self.seeds, kernel=False)

    def jobs(self) -> dict[str, list[list[Job]]]:
        """Rule -> jobs by alpha~ and seed."""
        found = {}
        for name, changes in self.rules().items():
            each = self.cells(dataclasses.replace(self.job, **changes))
            found[name] = [each.jobs(each.h[0], a) for a in each.alpha_tilde]
        return found


def tolerance(config: Config, store: Store, **how: Unpack[How]) -> xr.Dataset:
    """Run what the store lacks; over (rule, alpha_tilde, seed).

    `distance`: root mean square of F minus that of the reference, divided by that of the reference,
    on test points; `ticks`: gradients; `t_end`, `error`, `fitted`. Raises BadInput from a job or
    the store.
    """
    alphas, rules = config.cells(config.job).alpha_tilde, config.jobs()
    jobs = {
        (rule, a, s): job
        for rule, rows in rules.items()
        for a, row in zip(alphas, rows, strict=True)
        for s, job in enumerate(row)
    }
    execute(list(jobs.values()), store, **how)
    found = {}
    for (rule, a, s), job in jobs.items():
        run, reference = load_run(store, job, arrays=False), jobs[list(rules)[-1], a, s]
        F, best = (np.asarray(store.arrays(one.key)["F_test"], float) for one in (job, reference))
        away = np.sqrt(np.mean((F - best) ** 2) / np.mean(best**2))
        found[rule, a, s] = {
            "distance": float(away) if np.isfinite([F, best]).all() else math.inf,
            "ticks": float(run.ticks),
            "t_end": run.t,
            "error": run.test_error,
            "fitted": float(run.fitted),
        }
    job = config.job
    axes = {"rule": list(rules), "alpha_tilde": alphas, "seed": range(config.seeds)}
    return gather.gathered(found, axes).assign_attrs(
        dataset=job.dataset, P=job.P, L=job.L, h=job.widths[0]
    )


def summary(found: xr.Dataset) -> str:
    """A line for each rule and alpha~."""
    away = f"distance from {found.rule.values[-1]}"
    columns = {"gradients": ("ticks", ".0f"), away: ("distance", ".2e")}
    return gather.table(gather.means(found, ("rule", "alpha_tilde"), columns))
