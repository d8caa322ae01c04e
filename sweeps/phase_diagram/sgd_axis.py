"""`python -m sweeps.phase_diagram sgd_axis`: the phase diagram of stochastic gradient descent.

The same networks learn over a grid of h and alpha~ by gradient flow and by SGD: how jamming line,
crossover and errors move with the noise, of strength rate / batch size. Geiger's thesis (last
chapter) supposes that noise may shift the crossover and help feature learning; it gives no numbers.
`--lr` is the rate at alpha~ of 10 and more, smaller in feature learning
(`sweeps.shared.learning_rates`).
"""

import dataclasses
from dataclasses import dataclass
from typing import Annotated, Unpack

import numpy as np
import xarray as xr

from jamming.checks import arguments as given
from sweeps.engine import gather, grid
from sweeps.engine.execute import How, execute, lacking, sound
from sweeps.engine.progress import Work
from sweeps.engine.store import Store
from sweeps.phase_diagram.diagram import diagram, next_jobs
from sweeps.phase_diagram.sweep import Outputs
from sweeps.shared import alpha_grid
from sweeps.shared.learning_rates import Stepped

RESULTS = "sgd_axis.nc"
FLOW = "flow"


@dataclass(frozen=True)
class Config(grid.Checked):
    """`flow`, the grid of gradient flow; beside it that of sgd for each of `batches` and `rates`.

    Raises:
        BadInput: no batch size or no rate, a batch larger than P, or a value out of range.
    """

    flow: alpha_grid.Config
    batches: Annotated[tuple[int, ...], grid.several(given.wholes, "batch", counts="batches")]
    rates: Annotated[
        tuple[float, ...],
        grid.several(given.numbers, "lr", counts="rates", least=given.TINY, most=given.HUGE),
    ]
    steps: Annotated[int, grid.scalar(given.whole, "steps", most=given.MOST - 1)] = 20_000

    def __post_init__(self) -> None:
        super().__post_init__()
        given.settle(self, {"batches": self.batches[::-1]})
        cells, rules = len(self.flow.h) * len(self.flow.alpha_tilde), self.rules()
        given.runs(rules=len(rules), cells=cells, seeds=self.flow.seeds)

    def rules(self) -> dict[tuple[int, float], alpha_grid.Config]:
        """(batch, rate) -> its grid, the flow as (P, 0), in the order of rate / batch.

        Raises:
            BadInput: a batch larger than P.
        """
        job, found = self.flow.job, {(self.flow.job.P, 0.0): self.flow}
        pairs = [(b, lr) for b in self.batches for lr in self.rates]
        for b, lr in sorted(pairs, key=lambda pair: pair[1] / pair[0]):
            descent = job.replace(
                dynamics="sgd", batch=b, lr=lr, decay_every=None, max_ticks=self.steps
            )
            fields = {f.name: getattr(self.flow, f.name) for f in dataclasses.fields(self.flow)}
            found[b, lr] = Stepped(**fields | {"job": descent})
        return found


def sgd_axis(config: Config, store: Store, **how: Unpack[How]) -> xr.Dataset:
    """Run what the store lacks; all of `sweeps.phase_diagram.diagram` with a further axis `rule`.

    `batch`, `lr` and `temperature`, lr / batch, are coordinates over `rule`; the flow has 0. Raises
    BadInput from a job or the store.
    """
    how = {"progress": Work(), **how}  # one for all rounds
    rules = config.rules()
    jobs = [job for each in rules.values() for job in each.grid()]
    while jobs:  # the grids, then the brackets of their lines
        execute(jobs, store, **how)
        entries = list(sound(store))
        found = {rule: alpha_grid.collect(each, iter(entries)) for rule, each in rules.items()}
        jobs = [job for runs in found.values() for job in next_jobs(runs) if lacking(store, job)]
    outputs = Outputs(store)
    rows = [diagram(runs, outputs) for runs in found.values()]
    batch, lr = (np.array(values, float) for values in zip(*rules, strict=True))
    whole = xr.concat(rows, "rule", combine_attrs="drop_conflicts")
    return whole.assign_coords(
        rule=[FLOW, *(f"batch {b}, lr {r:g}" for b, r in list(rules)[1:])],
        batch=("rule", batch),
        lr=("rule", lr),
        temperature=("rule", lr / batch),
    )


def summary(found: xr.Dataset) -> str:
    """Where the lines run, a line for each rule."""
    rows = []
    for rule in found.rule.values:
        one = found.sel(rule=rule)
        lines = {
            "h* by alpha~": one.jamming_h,
            "alpha~ of the crossover by h (- unknown)": one.crossover.sel(level=1.0),
        }
        rows.append(
            {"rule": str(rule)}
            | {
                name: " ".join(f"{x:.3g}" if np.isfinite(x) else "-" for x in line.values)
                for name, line in lines.items()
            }
        )
    return gather.table(rows)
