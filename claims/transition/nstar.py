"""The statistics of claims about where the transition is, from searches for N*; and of losses of
several classes."""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from analysis.transition.estimates import after_all_time, over_width
from claims.core import statistics as st
from claims.core.register import Measured
from jamming.fits import logistic
from jamming.fits.limits import Limit

HINGE, ENTROPY = "multiclass_hinge", "cross_entropy"


def limit_of_random(found: xr.Dataset, deeper: xr.Dataset) -> Measured:
    """Limit c of P/N* = c (1 - a/h^2) for wide networks, of the depth farthest off{said}."""
    told, cases = [], []
    for one in (found, deeper):
        forms, n = over_width(one), st.searched(one)
        if missing := [L for L in one.L.values.tolist() if L not in forms]:
            why = f"L = {missing[0]}: N* is known at fewer than three P"
            return st.no_estimate(f"{{text}}: {why}").saying(said="")
        for L, each in forms.items():
            cases.append((f"L = {L}", st.measured(each.stated.limit, n)))
            told += [_said(L, each.stated, other) for other in each.others]
    return st.worst_case(cases, 2.85).saying(said="".join(told))


def _said(L: int, stated: Limit, other: Limit) -> str:
    widths = f"{1 / stated.x[-1]:.1f} to {1 / stated.x[0]:.1f}"
    own = f"; L = {L}: h from {widths}, chi2 {stated.chi2:.2g} a degree of freedom"
    return f"{own}, or {other.chi2:.2g} with 1/h, of which c is {other.limit.value:.2f}"


def exponent_of_random(found: xr.Dataset) -> Measured:
    """Exponent of N* ~ P^a over the last two octaves, P of {least} and more; N*/P is at most
    {most:.2f}, depths differ by up to {spread:.0%}."""
    late = found.sel(P=found.P >= found.P.max() / 4)
    most = float((found.n_star / found.P).max())
    said = {"least": int(late.P.min()), "most": most, "spread": _spread(found)}
    cases = ((f"L = {L}", _exponent(late.sel(L=L))) for L in found.L.values)
    return st.worst_case(cases, 1.0).saying(**said)


def exponent_of_mnist(found: xr.Dataset, random: xr.Dataset) -> Measured:
    """Exponent of N* ~ P^a{below}, depths differ by up to {spread:.0%}."""
    shared = [P for P in found.P.values if P in random.P.values and P >= 500]
    below = [float(found.n_star.sel(P=P).max() / random.n_star.sel(P=P).mean()) for P in shared]
    said = f"; at most {max(below):.2f} of N* of random points" if below else ""
    return st.worst_case(_exponents(found), 0.775).saying(below=said, spread=_spread(found))


def learning_times(found: xr.Dataset) -> Measured:
    """Exponent of N* ~ P^a after {t} steps; N* falls with time in {falls} of {known} steps of
    time."""
    n = found.n_star.values  # [t, P]
    last, there = found.isel(t=-1), np.isfinite(n[-1])
    if there.sum() < 2:
        return st.no_estimate("N* at the longest time is known for fewer than two P")
    falls = n[:-1] >= n[1:]
    known = np.isfinite(n[:-1]) & np.isfinite(n[1:])
    ln_P = np.log(found.P.values[there].astype(float))
    names = ("n_star", "n_star_low", "n_star_high")
    ln_n, ln_low, ln_high = (np.log(last[name].values[there]) for name in names)

    def slope(y: np.ndarray) -> float:
        return float(np.polyfit(ln_P, y, 1)[0])

    # the ends of the intervals, crossed: the steepest and the flattest line between them
    tilt = np.linspace(-1, 1, len(ln_P)) * (ln_high - ln_low) / 2
    low, high = sorted((slope(ln_n - tilt), slope(ln_n + tilt)))
    said = {"t": int(found.t[-1]), "falls": int((falls & known).sum()), "known": int(known.sum())}
    return Measured(slope(ln_n), low, high, int(there.sum()), said=said)


def exponent_after_all_time(found: xr.Dataset) -> Measured:
    """Exponent of N* ~ P^a in the limit of long times, N* = limit (1 + c/t) with a chi^2 of up to
    {chi2:.1f}; the limits are {limits}, {least:.2f} to {most:.2f} of N* after {first} steps."""
    of = after_all_time(found)
    if len(of) < 3:
        return st.no_estimate("{text}: N* is known after three times at fewer than three P")
    laws, limits = zip(*of.values(), strict=True)
    a = logistic.exponent([*of], limits)
    first = found.n_star.sel(P=[*of]).values[0]
    shares = [one.value for one in limits] / first
    said = {
        "chi2": max(law.chi2 for law in laws),
        "limits": ", ".join(
            f"{one.value:.0f} at P = {P}" for P, one in zip(of, limits, strict=True)
        ),
        "first": int(found.t[0]),
        "least": shares.min(),
        "most": shares.max(),
    }
    return Measured(a.value, a.low, a.high, a.seeds).saying(**said)


def optimisers(adam: xr.Dataset, sgd: xr.Dataset) -> Measured:
    """N* of SGD divided by that of ADAM, random points, L = 2; the spread of ln N* over seeds goes
    from {first:.3f} to {last:.3f} between the smallest and the largest P."""
    adam, sgd = adam.sel(L=2), sgd.sel(L=2)

    def ratios() -> Iterator[tuple[str, Measured]]:
        for P in [P for P in sgd.P.values if P in adam.P.values]:
            one, two = sgd.sel(P=P), adam.sel(P=P)
            value = float(one.n_star / two.n_star)
            if np.isfinite(value):
                each = one.n_star_sample.values / two.n_star_sample.values
                low, high = np.nanquantile(each, [0.025, 0.975])
                n = min(map(st.searched, (sgd, adam)))
                yield f"P = {P}", Measured(value, float(low), float(high), n)

    spread = np.nanstd(np.log(adam.n_star_sample.transpose("P", "sample").values), axis=1)
    return st.worst_case(ratios(), 1.0).saying(first=spread[0], last=spread[-1])


def hinge_or_entropy(found: xr.Dataset) -> Measured:
    """Hinge minus cross-entropy, in % of the test points; {hinge:.2f} % and {entropy:.2f} %.

    The mean difference of the test errors, paired by seed, of the widest networks, at the last
    step, with Student's interval.
    """
    if lost := [name for name in (HINGE, ENTROPY) if name not in found.loss.values]:
        return st.no_estimate(f"no runs of {lost[0]}")
    errors = 100 * found.test_error.isel(h=-1)
    hinge, entropy = (errors.sel(loss=name).values for name in (HINGE, ENTROPY))
    pairs = hinge - entropy
    pairs = pairs[np.isfinite(pairs)]
    if pairs.size < 3 or np.ptp(pairs) == 0:
        return st.no_estimate(f"{pairs.size} pairs of runs, where 3 that differ are needed")
    return st.of_mean(pairs).saying(hinge=hinge.mean(), entropy=entropy.mean())


def _exponent(one: xr.Dataset) -> Measured:
    """Of N* ~ P^a of one depth, fitted to what is known; None of fewer than two P."""
    n = st.searched(one)
    one = one.dropna("P", subset=["n_star"])
    if one.sizes["P"] < 2:
        return st.no_estimate()
    each = []
    for P in one.P.values:
        at = one.sel(P=P)
        n_star = st.stored(at, "n_star")
        ends = n_star.value, n_star.low, n_star.high
        each.append(logistic.Estimate(*ends, at.n_star_sample.values, n))
    return st.measured(logistic.exponent(one.P.values, each), n)


def _exponents(found: xr.Dataset) -> Iterator[tuple[str, Measured]]:
    for L in found.L.values:
        exponent = st.stored(found.sel(L=L), "exponent")
        yield f"L = {L}", st.measured(exponent, st.searched(found))


def _spread(found: xr.Dataset) -> float:
    """The largest N* of any depth divided by the smallest at the largest P, minus 1."""
    n = found.isel(P=-1).n_star.values
    return float(np.nanmax(n) / np.nanmin(n) - 1)
