"""Landscapes next to jamming: which runs are near, exponents of their overlaps and gaps, limits."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from jaxtyping import Float

from jamming.checks.errors import BadInput
from jamming.fits.limits import LEVEL, NORMAL, Limit, Scaling, limit, scaling
from jamming.fits.logistic import Estimate
from jamming.fits.seeds import interval, small_sample_factor
from jamming.nstar.config import JAMMED_ABOVE
from jamming.observables.gaps import Exponent, exponent, gaps, overlaps
from jamming.observables.hessian import Spectrum
from sweeps.transition.endpoint import Endpoint
from sweeps.transition.landscape import Run, open_landscape

# Where the exponents are fitted. Overlaps have a root mean square of sqrt(2 P / N_Delta), about
# 2.7, and the law holds well below; gaps are of the order of the margin, 1/2.
OVERLAPS = (2e-2, 1.0)
GAPS = (1e-3, 1e-1)
# of threshold states, where overlaps are many: their density bends at a few tenths
SMALLEST = (1e-3, 1e-1)

# N_Delta / N of runs that have jammed and are not far inside: above, many constraints are redundant
JAMMED = (0.3, 1.0)
# Runs of a smaller loss are still on their way: they fit in the end, or not, after far more steps.
STOPPED = 1e-6
NEAREST = 10  # of those, so many of the smallest loss stand for the transition, at each depth
DEEPEST = 3e-3  # losses up to which N_Delta / N is a line in the square root of the loss
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


# 1/h^2, an inverse number of weights, is stated; 1/h shows what that choice is worth
OVER_WIDTH = (2.0, 1.0)


def width(N: Float[np.ndarray, " n"], L: int) -> Float[np.ndarray, " n"]:
    """h of networks of L layers on inputs of d = h, of N = L h^2 + h weights."""
    return (np.sqrt(1 + 4 * L * N) - 1) / (2 * L)


def over_width(found: xr.Dataset) -> dict[int, Scaling]:
    """L -> P/N* = c (1 - a/h^2) of a search on random points, d = h; beside it 1/h.

    Depths of which N* and its interval are known at three P. Errors are a quarter of the
    intervals, in logarithms; that of h at N* adds a few per cent to them, which is left out.
    """
    of = {}
    for L in found.L.values.tolist():
        one = found.sel(L=L)
        n, low, high = (one[f"n_star{end}"].values for end in ("", "_low", "_high"))
        ratio = one.P.values / n
        error = ratio * np.log(high / low) / (2 * NORMAL)
        known = np.isfinite(ratio) & (error > 0)
        if known.sum() > 2:
            h = width(n[known], L)
            of[L] = scaling(1 / h, ratio[known], error[known], exponents=OVER_WIDTH)
    return of


def after_all_time(found: xr.Dataset) -> dict[int, tuple[Limit, Estimate]]:
    """P -> the fit of N*(t) = limit (1 + c/t), and its limit with bootstrap samples [B].

    `found` is what `sweeps.transition.learning_time` gives; t is in steps. A P is left out where N*
    is known after fewer than three times, and all are of a single seed. N* at different times is of
    the same runs, so that its errors are not independent: the interval of the limit is that of the
    samples, which draw the same seeds at all times.
    """
    of, seeds = {}, int(found.attrs.get("seeds", 1))
    for P in found.P.values.tolist():
        one = found.sel(P=P).dropna("t", subset=["n_star"])
        samples = one.n_star_sample.transpose("t", "sample").values
        x, error = 1 / one.t.values, samples.std(axis=1)
        if len(x) > 2 and seeds > 1 and np.ptp(samples, axis=1).all():
            law = limit(x, one.n_star.values, error, exponent=1)
            each = np.polyfit(x, samples, 1, w=1 / error)[1]
            factor = small_sample_factor(seeds, 1, LEVEL)
            ends = interval(law.limit.value, each, factor, LEVEL)
            of[P] = law, Estimate(ends.value, ends.low, ends.high, each, seeds)
    return of


def height_at_jamming(runs: Sequence[Run], below: float = DEEPEST) -> Limit:
    """N_Delta/N = c (1 - a sqrt(loss)) over jammed runs that have stopped at a loss `below`.

    The square root of the loss is the size of a typical overlap. Errors are the scatter of the
    runs; BadInput for fewer than three.
    """
    ends = [run.trajectory for run in runs if n_delta(run) > JAMMED_ABOVE]
    inside = [end for end in ends if STOPPED < end.loss < below]
    x = np.sqrt([end.loss for end in inside])
    return limit(x, np.array([end.unsatisfied / end.N for end in inside]), exponent=1)


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


def overlaps_in(found: xr.Dataset) -> list[np.ndarray]:
    """Of each network that was decompressed, in units of the square root of its loss."""
    each = zip(_deltas(found), found.loss.values, strict=True)
    return [overlaps(delta, loss) for delta, loss in each]


def gaps_in(found: xr.Dataset) -> list[np.ndarray]:
    """Of each network that was decompressed."""
    return [gaps(delta) for delta in _deltas(found)]


def theta_of(found: xr.Dataset, low: float = SMALLEST[0], high: float = SMALLEST[1]) -> Exponent:
    """As `theta`, of threshold states and of their smallest overlaps."""
    return exponent(overlaps_in(found), low, high)


def gamma_of(found: xr.Dataset, low: float = GAPS[0], high: float = GAPS[1]) -> Exponent:
    """As `gamma`, of threshold states."""
    return exponent(gaps_in(found), low, high)


def _deltas(found: xr.Dataset) -> list[np.ndarray]:
    rows = found.delta.transpose("seed", "point").values
    return [row[np.isfinite(row)] for row in rows]
