"""The statistics of claims about the phase diagram: jamming line, crossover, errors.

From `sweeps.phase_diagram.sweep`; from `sweeps.lazy_feature.regimes` of narrow networks, for
budgets of training; and from searches for N*.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import xarray as xr
from scipy import stats

from analysis.lazy_feature.estimates import one_of
from analysis.phase_diagram.estimates import Line, lines, wide_errors
from claims.core import statistics as st
from claims.core.register import Measured
from jamming.fits.interval import Interval

# N* / P at most, of relu (claims J5 and J7)
BOUND = 4.0
# widths from which the crossover is that of wide networks, in units of h*
FAR = 3.0


def flat_crossover(found: xr.Dataset) -> Measured:
    """P2a: the largest alpha~ of the crossover divided by the smallest, for h > 3 h*."""
    at = _crossovers(found)
    far = {h: each for h, each in at.items() if h > FAR * _jamming(found)}
    text = "Largest alpha~ of the crossover divided by the smallest, widths above 3 h*"
    if len(far) < 2:
        return st.no_estimate(f"{text}: {len(far)} widths, where 2 are needed")
    said = ", ".join(f"{each.value:.3g} at h = {h}" for h, each in far.items())
    return st.spread(list(far.values()), len(far), f"{text}: {said}")


def bent_crossover(found: xr.Dataset) -> Measured:
    """P2b: the crossover of the narrowest network that fits divided by that of the widest."""
    at = _crossovers(found)
    text = "alpha~ of the crossover of the narrowest network that has one divided by the widest's"
    if len(at) < 2:
        return st.no_estimate(text)
    h = list(at)
    said = f"h = {h[0]} (h* = {_jamming(found):.1f}) and {h[-1]}"
    return st.ratio(at[h[0]], at[h[-1]], len(h), f"{text}: {said}")


def by_alpha(
    found: xr.Dataset, of: Callable[[xr.Dataset], Measured | None]
) -> list[tuple[str, Measured]]:
    """`of` the part at each alpha~, with what it is called, where there is such a number."""
    each = {a: of(found.sel(alpha_tilde=a)) for a in found.alpha_tilde.values}
    return [(f"alpha~ = {a:g}", one) for a, one in each.items() if one is not None]


def peaks(found: xr.Dataset) -> Measured:
    """P3a: the width of the largest single error divided by h*, where they differ most."""

    def place(one: xr.Dataset) -> Measured | None:
        star, top = st.stored(one, "jamming_h"), float(one.h[int(np.nanargmax(one.error.values))])
        return st.ratio(Interval(top, top, top), star, 1) if math.isfinite(star.value) else None

    rows = by_alpha(found, place)
    if not rows:
        return st.no_estimate("no alpha~ has a transition")
    text = "Width of the largest error divided by h*, at the alpha~ where they differ most"
    return st.worst_case(rows, 1.0, text, log=True)


def no_second_descent(found: xr.Dataset) -> Measured:
    """P3b: how much the ensemble's error falls from just above h* to the widest networks."""

    def relative_range(one: xr.Dataset) -> Measured | None:
        above = one.h.values > float(one.jamming_h)
        error, se = one.ensemble_error.values[above], one.ensemble_error_se.values[above]
        if above.sum() < 2 or not np.isfinite(error).all():
            return None
        value = float(error.max() / error.min() - 1)
        errors = se[error.argmax()] / error.max(), se.mean() / error.min()
        noise = st.NORMAL * math.hypot(*errors)
        return Measured(value, max(value - noise, 0.0), value + noise, int(above.sum()), "")

    text = "Range of the ensemble's error above h* divided by its smallest value"
    return st.worst_case(by_alpha(found, relative_range), 0.0, text)


def falling_line(sweep: xr.Dataset) -> Measured:
    """P1a: h* with the whole budget divided by that with a hundredth of it, where it is largest.

    A line that is not there with a small budget, as no width fits, counts as a larger one.
    """
    found = lines(one_of(sweep))
    first, last = found[0], found[-1]
    rows = []
    for k, a in enumerate(last.alpha_tilde):
        known = [each for each in found[:-1] if np.isfinite(each.h[k])]
        if known and np.isfinite(last.h[k]):
            early, late = _at(known[0], k), _at(last, k)
            name = f"alpha~ = {a:g}, {early.value:.3g} to {late.value:.3g}"
            rows.append((name, st.ratio(late, early, 1)))
    text = f"h* after {last.budget:,.0f} gradients divided by h* after {first.budget:,.0f} or more"
    if len(rows) < 2:
        return st.no_estimate(f"{text}: {len(rows)} alpha~ have a line with both budgets")
    return st.worst_case(rows, 0.0, text)


def upright_line(sweep: xr.Dataset) -> Measured:
    """P1b: the largest h* divided by the smallest over alpha~, with the whole budget."""
    last = lines(one_of(sweep))[-1]
    n = int(np.isfinite(last.h).sum())
    text = f"Largest h* divided by the smallest over alpha~, {last.budget:,.0f} gradients"
    if n < 3:
        return st.no_estimate(f"{text}: {n} alpha~ have a transition, where 3 are needed")
    most, least = (_at(last, int(k)) for k in (np.nanargmax(last.h), np.nanargmin(last.h)))
    found = st.ratio(most, least, n, f"{text}: {_said(last)}")
    return replace(found, low=max(1.0, found.low or 0.0))


def line_and_errors(sweep: xr.Dataset) -> Measured:
    """P1c: rank correlation over alpha~ of h* and the ensemble's error of the widest networks."""
    one = one_of(sweep)
    last = lines(one)[-1]
    error = wide_errors(one)[1].mean(1)
    there = np.isfinite(last.h) & np.isfinite(error)
    n = int(there.sum())
    text = f"Rank correlation of h* and the ensemble's error over {n} alpha~"
    h, e = last.h[there], error[there]
    if n < 4 or not np.ptp(h) or not np.ptp(e):
        return st.no_estimate(f"{text}: too few that differ")
    said = f"{_said(last)}; errors {', '.join(f'{x:.4f}' for x in e)}"
    return st.exact(stats.spearmanr(h, e).statistic, n, f"{text}; {said}")


def region_that_fits(found: xr.Dataset) -> Measured:
    """P11: the exponent of the border N*(P) of three hidden layers on MNIST, and the bound 4 P."""
    if 3 not in found.L.values:
        return st.no_estimate("no search of three hidden layers")
    one = found.sel(L=3)
    n = int(np.isfinite(one.n_star.values).sum())
    text = "Exponent of the border N*(P) of the region that fits, L = 3"
    law = st.stored(one, "exponent")
    if n < 3 or not math.isfinite(law.value):
        return st.no_estimate(f"{text}: not bracketed at three P")
    most = float((one.n_star / one.P).max())
    if most > BOUND:
        # the bound is half of the claim: no exponent makes up for it
        return st.exact(math.inf, n, f"{text}: N* is {most:.2f} P")
    text += f"; N* is at most {most:.2f} P, below 4 P"
    return Measured(law.value, law.low, law.high, n, text)


def _jamming(found: xr.Dataset) -> float:
    """h* where the crossover is: the median over alpha~, which hardly matters."""
    values = found.jamming_h.values
    return float(np.nanmedian(values)) if np.isfinite(values).any() else math.nan


def _crossovers(found: xr.Dataset) -> dict[int, Interval]:
    """alpha~ of the crossover by width, of those that have one."""
    at = found.sel(level=1.0)
    each = {int(h): st.stored(at.sel(h=h), "crossover") for h in at.h.values}
    return {h: one for h, one in each.items() if math.isfinite(one.value)}


def _at(line: Line, k: int) -> Interval:
    return Interval(float(line.h[k]), float(line.low[k]), float(line.high[k]))


def _said(line: Line) -> str:
    return ", ".join(
        f"{h:.2f} at {a:g}" for a, h in zip(line.alpha_tilde, line.h, strict=True) if h == h
    )
