"""From opened experiments to the numbers of claims: medians, shares, exponents, with intervals.

Every function returns a `Measured`; where the runs do not suffice its value is None and its text
says why. Intervals are 95 %, from resampled runs unless they say otherwise.
"""

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

from analysis.transition.estimates import n_delta
from claims.core.register import Measured
from jamming.fits.interval import Interval, interval, small_sample_factor
from jamming.fits.logistic import Estimate, transition
from jamming.nstar.config import JAMMED_ABOVE
from sweeps.transition.landscape import Run

SAMPLES = 2000
LEVEL = 0.95


def no_estimate(why: str) -> Measured:
    """No number, and why."""
    return Measured(None, None, None, 0, why)


def measured(found: Interval, n: int, text: str) -> Measured:
    """A fitted value as the number of a claim; an interval has both ends or none."""
    if not math.isfinite(found.value):
        return no_estimate(text)
    known = math.isfinite(found.low) and math.isfinite(found.high)
    low, high = (found.low, found.high) if known else (None, None)
    return Measured(found.value, low, high, n, text)


def of_runs(
    values: Iterable[float],
    text: str,
    statistic: Callable[..., Float[np.ndarray, "..."] | np.floating | float] = np.median,
    *,
    least: int = 2,
) -> Measured:
    """The median, or another statistic, of one value a run.

    None with fewer than `least` runs, or where one is infinite, as of a run that diverged.
    """
    x, text = _known(values, text)
    if x.size < least:
        return no_estimate(f"{x.size} runs, where {least} are needed: {text}")
    draws = np.random.default_rng(0).integers(0, x.size, (SAMPLES, x.size))
    low, high = np.quantile(np.apply_along_axis(statistic, 1, x[draws]), [0.025, 0.975])
    return Measured(float(statistic(x)), float(low), float(high), int(x.size), text)


def _known(values: Iterable[float], text: str) -> tuple[Float[np.ndarray, " n"], str]:
    """The values that are there, and the text, which says how many others there were.

    None of them where one is infinite: what diverged is not left out.
    """
    x = np.array(list(values), float)
    if infinite := int(np.isinf(x).sum()):
        return x[:0], f"{text} ({infinite} of {x.size} infinite)"
    lost = int(np.isnan(x).sum())
    said = f"{text} ({lost} of {x.size} without a value left out)" if lost else text
    return x[~np.isnan(x)], said


def of_mean(values: Iterable[float], text: str, *, least: int = 2) -> Measured:
    """The mean of independent values, with Student's interval; None as in `of_runs`."""
    x, text = _known(values, text)
    if x.size < max(least, 2):
        return no_estimate(f"{x.size} runs, where {max(least, 2)} are needed: {text}")
    half = stats.t.ppf((1 + LEVEL) / 2, x.size - 1) * x.std(ddof=1) / math.sqrt(x.size)
    mean = float(x.mean())
    return Measured(mean, float(mean - half), float(mean + half), int(x.size), text)


def resampled(
    value: float, each: Float[np.ndarray, " B"], n: int, text: str, *, log: bool = False
) -> Measured:
    """A number made of n > 1 runs, and `each` made of n drawn from them.

    `log`: a ratio, whose logarithm is what scatters (`jamming.fits.interval`).
    """
    return measured(
        interval(value, each, small_sample_factor(n, 1, LEVEL), LEVEL, log=log), n, text
    )


def largest(values: Iterable[float]) -> float:
    """The largest; NaN where one is, which Python's `max` may pass over."""
    return float(np.max(np.array(list(values), float)))


def share(yes: Sequence[bool | float], text: str, *, least: int = 2) -> Measured:
    """The share of runs for which something holds, with Wilson's interval; of NaN nothing does."""
    yes = [one == 1 for one in yes]
    n = len(yes)
    if n < least:
        return no_estimate(f"{n} runs, where {least} are needed: {text}")
    result = stats.binomtest(sum(yes), n)
    low, high = result.proportion_ci(method="wilson")
    return Measured(float(np.mean(yes)), float(low), float(high), n, text)


def worst_case(
    found: Sequence[tuple[str, Measured]], centre: float, text: str, *, log: bool = False
) -> Measured:
    """Of several numbers that must all lie in one range, that farthest from its centre.

    The text names them all. One that is None, or not finite, makes the whole None. `log`: of
    positive numbers, by factors.
    """
    values = [math.nan if one.value is None else one.value for _, one in found]
    said = "; ".join(
        f"{name}: {value:.3g}" if math.isfinite(value) else f"{name}: no number"
        for (name, _), value in zip(found, values, strict=True)
    )
    if not found or not all(map(math.isfinite, values)):
        return no_estimate(f"{text} ({said})")
    each = np.array(values)
    away = np.log(each / centre) if log else each - centre
    worst = found[int(np.abs(away).argmax())][1]
    n = sum(one.n for _, one in found)
    return Measured(worst.value, worst.low, worst.high, n, f"{text} ({said})")


def spearman(x: Sequence[float], y: Sequence[float], text: str) -> Measured:
    """Rank correlation over runs."""
    if len(x) < 5:
        return no_estimate(f"{len(x)} runs, where 5 are needed: {text}")
    a, b = np.asarray(x, float), np.asarray(y, float)
    draws = np.random.default_rng(0).integers(0, a.size, (SAMPLES // 4, a.size))
    each = [stats.spearmanr(a[i], b[i]).statistic for i in draws if np.ptp(a[i]) and np.ptp(b[i])]
    low, high = np.quantile(each, [0.025, 0.975])
    return Measured(float(stats.spearmanr(a, b).statistic), float(low), float(high), a.size, text)


def scatter(x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"], text: str) -> Measured:
    """Root mean square of y / curve - 1, the curve a parabola in x fitted to y."""

    def rms(rows: Int[np.ndarray, " n"]) -> float:
        a, b = x[rows], y[rows]
        curve = np.polyval(np.polyfit(a, b, 2), a)
        return float(np.sqrt(np.mean((b / curve - 1) ** 2)))

    if x.size < 6:
        return no_estimate(f"{x.size} runs, where 6 are needed: {text}")
    draws = np.random.default_rng(0).integers(0, x.size, (SAMPLES // 4, x.size))
    each = [rms(rows) for rows in draws if len(set(rows.tolist())) > 4]
    low, high = np.quantile(each, [0.025, 0.975])
    return Measured(rms(np.arange(x.size)), float(low), float(high), x.size, text)


def threshold(runs: Sequence[Run], L: int) -> Measured:
    """P / N* of a depth, where half of the seeds fit, from a scan of P at fixed N.

    By the papers' rule: one with N_Delta > 0.1 N is jammed.
    """
    cells: dict[int, dict[int, bool]] = {}
    for run in runs:
        if run.job.L == L:
            cells.setdefault(run.job.P, {})[run.job.init_seed] = n_delta(run) <= JAMMED_ABOVE
    seeds = max((len(cell) for cell in cells.values()), default=0)
    whole = {P: cell for P, cell in cells.items() if len(cell) == seeds}
    N = next((run.trajectory.N for run in runs if run.job.L == L), 1)
    P = np.array(sorted(whole, reverse=True), float)  # N / P ascends
    if not P.size:
        return no_estimate(f"no runs of L = {L}")
    fits = np.array([[whole[int(p)][s] for s in sorted(whole[int(p)])] for p in P])
    mean = fits.mean(1)
    if not mean.min() < 0.5 <= mean.max():
        said = "all" if mean.min() >= 0.5 else "none"
        return no_estimate(f"{said} of the P/N between {P.min() / N:.2f} and {P.max() / N:.2f} fit")
    size: Estimate = transition(N / P, fits)
    return Measured(1 / size.value, 1 / size.high, 1 / size.low, seeds * len(P), f"L = {L}")
