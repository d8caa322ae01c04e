"""The statistics of claims about the phase diagram: jamming line, crossover, errors."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr
from scipy import stats

from analysis.lazy_feature.estimates import against_alpha, jamming_lines, one_of
from claims.core import statistics as st
from claims.core.register import Measured
from jamming.fits.seeds import Interval

# N* / P at most, of relu (claims J5 and J7)
BOUND = 4.0
# widths from which the crossover is that of wide networks, in units of h*
FAR = 3.0


def _units(found: xr.Dataset) -> int:
    """Independent runs: the training sets, or the networks on the only one."""
    sets = int(found.attrs.get("sets", 1))
    return sets if sets > 1 else int(found.attrs["seeds"])


def flat_crossover(found: xr.Dataset) -> Measured:
    """Largest alpha~ of the crossover divided by the smallest, widths above 3 h*: {at}."""
    far = {h: each for h, each in _crossovers(found).items() if h > FAR * _jamming(found)}
    if len(far) < 2:
        return st.no_estimate(f"{{text}}: {len(far)} widths, where 2 are needed")
    said = ", ".join(f"{each.value:.3g} at h = {h}" for h, each in far.items())
    return st.spread(far.values(), _units(found)).saying(at=said)


def bent_crossover(found: xr.Dataset) -> Measured:
    """alpha~ of the crossover of the narrowest network that has one divided by the widest's:
    h = {first} (h* = {star:.1f}) and {last}."""
    at = _crossovers(found)
    if len(at) < 2:
        return st.no_estimate()
    first, *_, last = at
    ratio = st.ratio(at[first], at[last], _units(found))
    return ratio.saying(first=first, last=last, star=_jamming(found))


def _by_alpha(found: xr.Dataset, of: Callable[[xr.Dataset], Measured | None]) -> st.Cases:
    """`of` the part at each alpha~, with what it is called, where there is such a number."""
    each = {a: of(found.sel(alpha_tilde=a)) for a in found.alpha_tilde.values}
    return [(f"alpha~ = {a:g}", one) for a, one in each.items() if one is not None]


def peaks(found: xr.Dataset) -> Measured:
    """Width of the largest error divided by h*, at the alpha~ where they differ most."""

    def place(one: xr.Dataset) -> Measured | None:
        star, top = st.stored(one, "jamming_h"), float(one.h[int(np.nanargmax(one.error.values))])
        known = math.isfinite(star.value)
        return st.ratio(Interval(top, top, top), star, _units(found)) if known else None

    rows = _by_alpha(found, place)
    if not rows:
        return st.no_estimate("no alpha~ has a transition")
    return st.worst_case(rows, 1.0, log=True)


def no_second_descent(found: xr.Dataset) -> Measured:
    """Range of the ensemble's error above h* divided by its smallest value."""

    def relative_range(one: xr.Dataset) -> Measured | None:
        above = one.h.values > float(one.jamming_h)
        error, se = one.ensemble_error.values[above], one.ensemble_error_se.values[above]
        if above.sum() < 2 or not np.isfinite(error).all():
            return None
        value = float(error.max() / error.min() - 1)
        errors = se[error.argmax()] / error.max(), se.mean() / error.min()
        noise = float(stats.t.ppf(0.975, _units(found) - 1)) * math.hypot(*errors)
        low = max(value - noise, 0.0)
        return Measured(value, low, value + noise, _units(found))

    return st.worst_case(_by_alpha(found, relative_range), 0.0)


def falling_line(found: xr.Dataset) -> Measured:
    """h* after {whole:,.0f} gradients divided by h* after {part:,.0f} or more, {sets} training
    sets.

    With the whole budget and a hundredth of it, at the alpha~ where it is largest. A line that is
    not there with a small budget, as no width fits, counts as a larger one.
    """
    lines, n = jamming_lines(found), _units(found)
    part, *_, whole = lines.budget.values
    rows = []
    for a in lines.alpha_tilde.values:
        known = lines.sel(alpha_tilde=a).dropna("budget", subset=["jamming_h"])
        if known.sizes["budget"] > 1 and known.budget[-1] == whole:
            early, late = (st.stored(known.isel(budget=i), "jamming_h") for i in (0, -1))
            name = f"alpha~ = {a:g}, {early.value:.3g} to {late.value:.3g}"
            rows.append((name, st.ratio(late, early, n)))
    few = st.no_estimate(f"{{text}}: {len(rows)} alpha~ have a line with both budgets")
    number = few if len(rows) < 2 else st.worst_case(rows, 0.0)
    return number.saying(whole=whole, part=part, sets=found.attrs.get("sets", 1))


def upright_line(found: xr.Dataset) -> Measured:
    """Largest h* divided by the smallest over alpha~, {budget:,.0f} gradients, {sets} training
    sets: {at}."""
    last = jamming_lines(found).isel(budget=-1)
    h, said = last.jamming_h.dropna("alpha_tilde"), {"sets": found.attrs.get("sets", 1)}
    budget = float(last.budget)
    if h.size < 3:
        few = st.no_estimate(f"{{text}}: {h.size} alpha~ have a transition, where 3 are needed")
        return few.saying(budget=budget, **said)
    ends = (last.sel(alpha_tilde=at) for at in (h.idxmax(), h.idxmin()))
    most, least = (st.stored(end, "jamming_h") for end in ends)
    number = st.at_least(st.ratio(most, least, _units(found)), 1.0)
    return number.saying(budget=budget, at=_said(h), **said)


def line_and_errors(found: xr.Dataset) -> Measured:
    """Rank correlation of h* and the ensembles' error over {n} alpha~, {sets} training sets; {at};
    errors {errors}."""
    last, one = jamming_lines(found).jamming_h.isel(budget=-1), one_of(found)
    error = against_alpha(one, "ensemble", int(one.h[-1]))[1].mean(1)
    there = np.isfinite(last.values) & np.isfinite(error)
    h, e, said = last.values[there], error[there], {"sets": found.attrs.get("sets", 1)}
    if h.size < 5 or not np.ptp(h) or not np.ptp(e):
        return st.no_estimate("{text}: too few that differ").saying(n=h.size, **said)
    correlation = st.spearman(h.tolist(), e.tolist())
    errors = ", ".join(f"{x:.4f}" for x in e)
    at = _said(last.dropna("alpha_tilde"))
    return correlation.saying(n=h.size, at=at, errors=errors, **said)


def region_that_fits(found: xr.Dataset) -> Measured:
    """Exponent of the border N*(P) of the region that fits, L = 3{most}."""
    if 3 not in found.L.values:
        return st.no_estimate("no search of three hidden layers")
    one = found.sel(L=3)
    n = int(np.isfinite(one.n_star.values).sum())
    law = st.stored(one, "exponent")
    if n < 3 or not math.isfinite(law.value):
        return st.no_estimate("{text}: not bracketed at three P").saying(most="")
    most = float((one.n_star / one.P).max())
    if most > BOUND:
        # the bound is half of the claim: no exponent makes up for it
        return st.exact(math.inf, n).saying(most=f": N* is {most:.2f} P")
    said = f"; N* is at most {most:.2f} P, below 4 P"
    return Measured(law.value, law.low, law.high, st.searched(found)).saying(most=said)


def _jamming(found: xr.Dataset) -> float:
    """h* where the crossover is: the median over alpha~, which hardly matters."""
    values = found.jamming_h.values
    return float(np.nanmedian(values)) if np.isfinite(values).any() else math.nan


def _crossovers(found: xr.Dataset) -> dict[int, Interval]:
    """alpha~ of the crossover by width, of those that have one."""
    at = found.sel(level=1.0)
    each = {int(h): st.stored(at.sel(h=h), "crossover") for h in at.h.values}
    return {h: one for h, one in each.items() if math.isfinite(one.value)}


def _said(h: xr.DataArray) -> str:
    return ", ".join(f"{x:.2f} at {a:g}" for a, x in h.to_series().items())


# What stochastic gradient descent does to the phase diagram is an exploration: Geiger's thesis
# supposes that its noise may shift the crossover, and help where features are learnt, and says by
# how much of neither. All are of the rule with the most noise, the largest rate divided by batch
# size, against gradient flow; the texts name the others.


def shifted_crossover(found: xr.Dataset) -> Measured:
    """alpha~ of the crossover divided by that of the flow, h = {h} ({rules})."""
    one = found.sel(level=1.0).isel(h=-1)
    flow, sgd = (st.stored(one.isel(rule=k), "crossover") for k in (0, -1))
    number = st.no_estimate("not bracketed: {text}")
    if np.isfinite([flow.value, sgd.value]).all():
        # the ends of the ratio, from errors of both logarithms
        reach = math.exp(math.hypot(*(math.log(x.high / x.low) / 2 for x in (flow, sgd))))
        value = sgd.value / flow.value
        number = Measured(value, value / reach, value * reach, _units(found))
    return number.saying(h=int(one.h), rules=_by_rule(found, one.crossover.values, ".3g"))


def shifted_jamming(found: xr.Dataset) -> Measured:
    """h* of SGD divided by that of the flow, each within its budget of steps."""

    def moved(one: xr.Dataset) -> Measured | None:
        flow, sgd = (st.stored(one.isel(rule=k), "jamming_h") for k in (0, -1))
        known = np.isfinite([flow.value, sgd.value]).all()
        return st.ratio(sgd, flow, _units(found)) if known else None

    rows = _by_alpha(found, moved)
    if not rows:
        return st.no_estimate("no alpha~ has a transition with both: {text}")
    return st.worst_case(rows, 1.0)


def errors_of_features(found: xr.Dataset) -> Measured:
    """Difference of the ensembles' errors in standard errors, h = {h}, alpha~ = {alpha:g}
    ({rules})."""
    one = found.isel(h=-1, alpha_tilde=0)
    error, se = one.ensemble_error.values, one.ensemble_error_se.values
    scatter, n = math.hypot(se[0], se[-1]), _units(found)
    rules = _by_rule(found, error, ".4f")
    number = st.in_errors(error[-1] - error[0], scatter, n)
    return number.saying(h=int(one.h), alpha=float(one.alpha_tilde), rules=rules)


def _by_rule(found: xr.Dataset, values: Sequence[float], form: str) -> str:
    return "; ".join(f"{r}: {x:{form}}" for r, x in zip(found.rule.values, values, strict=True))
