"""`python -m sweeps.phase_diagram sgd_axis`: the phase diagram of stochastic gradient descent.

The same networks learn over a grid of widths h and alpha~ by gradient flow, and by stochastic
gradient descent at several batch sizes and learning rates: how jamming line, crossover and errors
move with the noise, whose strength is the rate by the batch size. Geiger's thesis supposes that it
may shift the crossover and help where features are learnt (its last chapter); it gives no numbers.
`--lr` is the rate at alpha~ of 10 and more, smaller in feature learning
(`sweeps.shared.learning_rates`). What has ended is kept: the same command goes on where it was.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from jamming.checks.arguments import (
    HUGE,
    MOST,
    TINY,
    numbers,
    runs,
    settle,
    some,
    whole,
    wholes,
)
from sweeps.engine.execute import ProgressCallback, execute, lacking, sound
from sweeps.engine.progress import Work
from sweeps.engine.store import Store
from sweeps.phase_diagram.diagram import diagram, next_jobs
from sweeps.phase_diagram.sweep import Outputs
from sweeps.shared import alpha_grid as grid
from sweeps.shared.alpha_grid import collect
from sweeps.shared.learning_rates import Stepped

RESULTS = "sgd_axis.nc"
FLOW = "flow"


@dataclass(frozen=True)
class Config:
    """`flow`, the grid of gradient flow; beside it that of sgd for each of `batches` and `rates`.

    Raises:
        BadInput: no batch size or no rate, a batch larger than P, or a value out of range.
    """

    flow: grid.Config
    batches: tuple[int, ...]
    rates: tuple[float, ...]
    steps: int = 20_000

    def __post_init__(self) -> None:
        batches = some("batch", wholes("batch", self.batches))
        rates = some("lr", numbers("lr", self.rates, least=TINY, most=HUGE))
        plain = {
            "batches": tuple(sorted(set(batches), reverse=True)),
            "rates": tuple(sorted(set(rates))),
            "steps": whole("steps", self.steps, most=MOST - 1),
        }
        settle(self, plain)
        cells = len(self.flow.h) * len(self.flow.alpha_tilde)
        runs(rules=1 + len(self.batches) * len(self.rates), cells=cells, seeds=self.flow.seeds)
        self.rules()  # refuses a batch larger than P

    def rules(self) -> dict[tuple[int, float], grid.Config]:
        """(batch, rate) -> its grid, the flow as (P, 0), in the order of their rate by batch."""
        job, found = self.flow.job, {(self.flow.job.P, 0.0): self.flow}
        pairs = [(b, lr) for b in self.batches for lr in self.rates]
        for b, lr in sorted(pairs, key=lambda pair: pair[1] / pair[0]):
            descent = job.replace(
                dynamics="sgd", batch=b, lr=lr, decay_every=None, max_ticks=self.steps
            )
            fields = {f.name: getattr(self.flow, f.name) for f in dataclasses.fields(self.flow)}
            found[b, lr] = Stepped(**{**fields, "job": descent})
        return found


def sgd_axis(
    config: Config, store: Store, *, progress: ProgressCallback | None = None, client: Any = None
) -> xr.Dataset:
    """Run what the store lacks; all of `sweeps.phase_diagram.diagram` with a further axis `rule`.

    `batch`, `lr` and `temperature`, their ratio, are coordinates over `rule`; the flow has 0.

    Raises:
        BadInput: from a job or the store.
    """
    progress = Work() if progress is None else progress
    rules = config.rules()
    jobs = [job for each in rules.values() for job in each.grid()]
    while jobs:  # the grids, then the brackets of their lines
        execute(jobs, store, progress, client=client)
        entries = list(sound(store))
        found = {rule: collect(each, iter(entries)) for rule, each in rules.items()}
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
    rows = ["rule                     h* by alpha~; alpha~ of the crossover by h (- unknown)"]
    for rule in found.rule.values:
        one = found.sel(rule=rule)
        h, a = (
            " ".join(f"{x:.3g}" if np.isfinite(x) else "-" for x in values)
            for values in (one.jamming_h.values, one.crossover.sel(level=1.0).values)
        )
        rows.append(f"{rule:24} {h}; {a}")
    return "\n".join(rows)
