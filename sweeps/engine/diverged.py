"""Runs that diverged: counted and named wherever results are printed, stored or drawn.

Their outputs count as wrong in every error. Their other results are infinite, NaN being what was
not run or is not defined: means and fits over seeds leave out NaN, not what is infinite.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float

from jamming.checks.arrays import ArrayLike
from jamming.objectives.problem import Result
from jamming.training.parts import flat
from sweeps.engine.store import Store

NAMED = 5  # of the runs that a line names


def diverged(store: Mapping) -> tuple[list[str], int]:
    """What to call the runs of a store that ended NON_FINITE, and how many runs there are."""
    names, total = [], 0
    for entry in store.sound() if isinstance(store, Store) else store.values():
        run = entry["trajectory"]
        total += "result" in run
        if run.get("result") == Result.NON_FINITE.name:
            names.append(_name(flat(entry["job"])))
    return sorted(names), total


def infinite(values: ArrayLike) -> Float[np.ndarray, "..."]:
    """Numbers of a run that diverged as a sweep's results have them: infinite for NaN."""
    values = np.asarray(values, float)
    return np.where(np.isnan(values), np.inf, values)


def line(store: Mapping) -> str:
    """How many runs of a store diverged, and which, ending with a newline; empty without any."""
    names, total = diverged(store)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{_said(len(names), total)}: {'; '.join(names[:NAMED])}{more}\n" if names else ""


def marked(found: xr.Dataset, store: Mapping) -> xr.Dataset:
    """The results with the attributes `diverged` and `runs`; as they are without any."""
    names, total = diverged(store)
    return found.assign_attrs(diverged=len(names), runs=total) if names else found


def note(found: object) -> str:
    """What a figure of these results says of runs that diverged; empty without any."""
    if isinstance(found, Sequence):  # of runs, or of results
        ends = [one.trajectory.result for one in found if hasattr(one, "trajectory")]
        said = [note(one) for one in found if isinstance(one, xr.Dataset)]
        return _said(ends.count(Result.NON_FINITE.name), len(ends)) or "; ".join(filter(None, said))
    if not isinstance(found, xr.Dataset):
        return ""
    n, total = (int(found.attrs.get(name, 0)) for name in ("diverged", "runs"))
    if "result" in found:
        results = np.asarray(found.result.values)
        n = max(n, int((results == Result.NON_FINITE.name).sum()))
        total = max(total, int((results != "").sum()))
    elif "diverged" in found:
        n, total = int(found.diverged.sum()), int(found.attrs.get("done", 0))
    return _said(n, total)


def _said(n: int, total: int) -> str:
    return f"{n} of {total} runs diverged (NON_FINITE)" if n else ""


def _name(job: Mapping[str, Any]) -> str:
    alpha = "" if job.get("alpha") is None else f"alpha={job['alpha']:.3g} "
    widths = "x".join(map(str, job.get("widths", ())))
    return f"P={job.get('P')} h={widths} {alpha}seed={job.get('init_seed')}"
