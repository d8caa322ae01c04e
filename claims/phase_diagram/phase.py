"""The statistics of claims about the phase diagram: jamming line, crossover, errors.

From `sweeps.phase_diagram.sweep`; from `sweeps.lazy_feature.regimes` of narrow networks, for
budgets of training; and from searches for N*.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from scipy import stats

from analysis.lazy_feature.estimates import one_of
from analysis.phase_diagram.estimates import Line, lines, wide_errors
from claims.core.register import Measured
from claims.core.statistics import no_estimate, worst_case

Results = Mapping[str, Any]

PHASE, JAMMED, SEARCH = "phase-digits", "regimes-jamming", "nstar-mnist"
# N* / P at most, of relu (claims J5 and J7)
BOUND = 4.0
# widths from which the crossover is that of wide networks, in units of h*
FAR = 3.0


def flat_crossover(results: Results) -> Measured:
    """P2a: the largest by the smallest alpha~ of the crossover, for h > 3 h*."""
    found: xr.Dataset = results[PHASE]
    at = found.crossover.sel(level=1.0)
    far = (found.h.values > FAR * _jamming(found)) & np.isfinite(at.values)
    text = "Largest by smallest alpha~ of the crossover, widths above 3 h*"
    if far.sum() < 2:
        return no_estimate(f"{text}: {int(far.sum())} widths, where 2 are needed")
    values = at.values[far]
    low, high = (found[f"crossover_{end}"].sel(level=1.0).values[far] for end in ("low", "high"))
    said = ", ".join(
        f"{a:.3g} at h = {h}" for h, a in zip(found.h.values[far], values, strict=True)
    )
    return Measured(
        float(values.max() / values.min()),
        1.0,
        float(high.max() / low.min()),
        int(far.sum()),
        f"{text}: {said}",
    )


def bent_crossover(results: Results) -> Measured:
    """P2b: the crossover of the narrowest network that fits by that of the widest."""
    found: xr.Dataset = results[PHASE]
    at = found.crossover.sel(level=1.0)
    there = np.isfinite(at.values)
    text = "alpha~ of the crossover of the narrowest network that has one by that of the widest"
    if there.sum() < 2:
        return no_estimate(text)
    h, values = found.h.values[there], at.values[there]
    low, high = (found[f"crossover_{end}"].sel(level=1.0).values[there] for end in ("low", "high"))
    said = f"h = {h[0]} (h* = {_jamming(found):.1f}) and {h[-1]}"
    return Measured(
        float(values[0] / values[-1]),
        float(low[0] / high[-1]),
        float(high[0] / low[-1]),
        int(there.sum()),
        f"{text}: {said}",
    )


def peaks(results: Results) -> Measured:
    """P3a: the width of the largest single error by h*, at the alpha~ where they differ most."""
    found: xr.Dataset = results[PHASE]
    rows = []
    for a in found.alpha_tilde.values:
        one = found.sel(alpha_tilde=a)
        star = float(one.jamming_h)
        if not math.isfinite(star):
            continue
        top = float(one.h.values[int(np.nanargmax(one.error.values))])
        low, high = (top / float(one[f"jamming_h_{end}"]) for end in ("high", "low"))
        rows.append((f"alpha~ = {a:g}", Measured(top / star, low, high, 1, "")))
    if not rows:
        return no_estimate("no alpha~ has a transition")
    # by their ratio, whichever is the larger
    text = "Width of the largest error by h*, at the alpha~ where they differ most"
    worst = max(rows, key=lambda row: abs(math.log(row[1].value or 1.0)))[1]
    said = "; ".join(f"{name}: {one.value:.2f}" for name, one in rows)
    return Measured(worst.value, worst.low, worst.high, len(rows), f"{text} ({said})")


def no_second_descent(results: Results) -> Measured:
    """P3b: how much the ensemble's error falls from just above h* to the widest networks."""
    found: xr.Dataset = results[PHASE]
    rows = []
    for a in found.alpha_tilde.values:
        one = found.sel(alpha_tilde=a)
        above = one.h.values > float(one.jamming_h)
        error, se = one.ensemble_error.values[above], one.ensemble_error_se.values[above]
        if above.sum() < 2 or not np.isfinite(error).all():
            continue
        value = float(error.max() / error.min() - 1)
        noise = 1.96 * float(np.hypot(se[error.argmax()] / error.max(), se.mean() / error.min()))
        rows.append(
            (
                f"alpha~ = {a:g}",
                Measured(value, max(value - noise, 0.0), value + noise, int(above.sum()), ""),
            )
        )
    return worst_case(rows, 0.0, "Range of the ensemble's error above h* by its smallest value")


def falling_line(results: Results) -> Measured:
    """P1a: h* with the whole budget by that with a hundredth of it, where it is largest.

    A line that is not there with a small budget, as no width fits, counts as a larger one.
    """
    found = lines(one_of(results[JAMMED]))
    first, last = found[0], found[-1]
    rows = []
    for k, a in enumerate(last.alpha_tilde):
        known = [each for each in found[:-1] if np.isfinite(each.h[k])]
        if not known or not np.isfinite(last.h[k]):
            continue
        early = known[0]
        ends = last.low[k] / early.high[k], last.high[k] / early.low[k]
        name = f"alpha~ = {a:g}, {early.h[k]:.3g} to {last.h[k]:.3g}"
        value = float(last.h[k] / early.h[k])
        rows.append((name, Measured(value, float(ends[0]), float(ends[1]), 1, "")))
    text = f"h* after {last.budget:,.0f} gradients by h* after {first.budget:,.0f} or more"
    if len(rows) < 2:
        return no_estimate(f"{text}: {len(rows)} alpha~ have a line with both budgets")
    return worst_case(rows, 0.0, text)


def upright_line(results: Results) -> Measured:
    """P1b: the largest h* by the smallest over alpha~, with the whole budget."""
    last = lines(one_of(results[JAMMED]))[-1]
    there = np.isfinite(last.h)
    text = f"Largest by smallest h* over alpha~, {last.budget:,.0f} gradients"
    if there.sum() < 3:
        return no_estimate(
            f"{text}: {int(there.sum())} alpha~ have a transition, where 3 are needed"
        )
    top, bottom = (int(k) for k in (np.nanargmax(last.h), np.nanargmin(last.h)))
    low = max(1.0, float(last.low[top] / last.high[bottom]))
    high = float(last.high[top] / last.low[bottom])
    return Measured(
        float(last.h[top] / last.h[bottom]), low, high, int(there.sum()), f"{text}: {_said(last)}"
    )


def line_and_errors(results: Results) -> Measured:
    """P1c: rank correlation over alpha~ of h* and the ensemble's error of the widest networks."""
    one = one_of(results[JAMMED])
    last = lines(one)[-1]
    error = wide_errors(one)[1].mean(1)
    there = np.isfinite(last.h) & np.isfinite(error)
    text = f"Rank correlation of h* and the ensemble's error over {int(there.sum())} alpha~"
    h, e = last.h[there], error[there]
    if there.sum() < 4 or not np.ptp(h) or not np.ptp(e):
        return no_estimate(f"{text}: too few that differ")
    said = ", ".join(f"{x:.4f}" for x in e)
    value = float(stats.spearmanr(h, e).statistic)
    return Measured(value, None, None, int(there.sum()), f"{text}; {_said(last)}; errors {said}")


def _said(line: Line) -> str:
    return ", ".join(
        f"{h:.2f} at {a:g}" for a, h in zip(line.alpha_tilde, line.h, strict=True) if h == h
    )


def region_that_fits(results: Results) -> Measured:
    """P11: the exponent of the border N*(P) of three hidden layers on MNIST, and the bound 4 P."""
    found: xr.Dataset = results[SEARCH]
    if 3 not in found.L.values:
        return no_estimate("no search of three hidden layers")
    one = found.sel(L=3)
    n = np.isfinite(one.n_star.values)
    text = "Exponent of the border N*(P) of the region that fits, L = 3"
    value, low, high = (float(one[k]) for k in ("exponent", "exponent_low", "exponent_high"))
    if n.sum() < 3 or not math.isfinite(value):
        return no_estimate(f"{text}: not bracketed at three P")
    most = float((one.n_star / one.P).max())
    if most > BOUND:
        # the bound is half of the claim: no exponent makes up for it
        return Measured(math.inf, None, None, int(n.sum()), f"{text}: N* is {most:.2f} P")
    return Measured(
        value, low, high, int(n.sum()), f"{text}; N* is at most {most:.2f} P, below 4 P"
    )


def _jamming(found: xr.Dataset) -> float:
    """h* where the crossover is: the median over alpha~, which hardly matters."""
    values = found.jamming_h.values
    return float(np.nanmedian(values)) if np.isfinite(values).any() else math.nan
