"""Landscapes next to jamming: which runs are near, and exponents of their overlaps and gaps."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from jamming.checks.errors import BadInput
from jamming.observables.gaps import Exponent, exponent, gaps, overlaps
from jamming.observables.hessian import Spectrum
from sweeps.transition.endpoint import Endpoint
from sweeps.transition.landscape import Run, open_landscape

# Where the exponents are fitted. Overlaps have a root mean square of sqrt(2 P / N_Delta), about
# 2.7, and the law holds well below; gaps are of the order of the margin, 1/2.
OVERLAPS = (2e-2, 1.0)
GAPS = (1e-3, 1e-1)

# N_Delta / N of runs that have jammed and are not far inside: above, many constraints are redundant
JAMMED = (0.3, 1.0)
# Runs of a smaller loss are still on their way: they fit in the end, or not, after far more steps.
STOPPED = 1e-6
NEAREST = 10  # of those, so many of the smallest loss stand for the transition, at each depth
BOUND = 4.0  # P / N* >= C_0 - N_c / N, about 1/2 - 1/4 for relu


def near(runs: Sequence[Run], most: int = NEAREST) -> list[Run]:
    """The jammed runs next to the transition that have been measured, at most so many a depth."""
    found = []
    stopped = [run for run in runs if run.at is not None and run.trajectory.loss > STOPPED]
    inside = [run for run in stopped if JAMMED[0] <= n_delta(run) <= JAMMED[1]]
    for L in depths(inside):
        mine = [run for run in inside if run.job.L == L]
        found += sorted(mine, key=lambda run: run.trajectory.loss)[:most]
    return found


def depths(runs: Sequence[Run]) -> list[int]:
    """The L that are there, ascending."""
    return sorted({run.job.L for run in runs})


def n_delta(run: Run) -> float:
    """N_Delta / N at the end."""
    return run.trajectory.unsatisfied / run.trajectory.N


def measured(run: Run) -> Endpoint:
    """What surrounds the end; BadInput if it was not measured."""
    if run.at is None:
        raise BadInput("a run was trained but not measured: run the same sweep again")
    return run.at


def bound(folder: Path) -> float:
    """N* / P at most, of relu: 1 / (C_0 - N_c / N), as measured next to jamming; 4 without."""
    try:
        runs = near(open_landscape(folder))
    except BadInput:
        runs = []
    each = [Spectrum(measured(run).H_p).C_0 - measured(run).N_c / run.trajectory.N for run in runs]
    mean = float(np.mean(each or [1 / BOUND]))
    return 1 / mean if mean > 0 else math.inf


def theta(runs: Sequence[Run]) -> Exponent:
    """Of the overlaps, P ~ z^theta, over `OVERLAPS`; `BadInput` where too few lie there."""
    return exponent([overlaps_of(run) for run in runs], *OVERLAPS)


def gamma(runs: Sequence[Run]) -> Exponent:
    """Of the gaps: P ~ gap^value over `GAPS`, gamma being minus that; `BadInput` as `theta`."""
    return exponent([gaps_of(run) for run in runs], *GAPS)


def overlaps_of(run: Run) -> np.ndarray:
    """In units of the square root of the loss."""
    return overlaps(measured(run).delta, run.trajectory.loss)


def gaps_of(run: Run) -> np.ndarray:
    """How far satisfied points are beyond the margin."""
    return gaps(measured(run).delta)
