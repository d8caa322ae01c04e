"""Statistics of learning: from near the column, from several starts, of RAM beside Memento."""

import itertools
from typing import Any

import numpy as np
import xarray as xr

from claims.core import statistics as st
from claims.core.register import Measured
from jamming.memory.graphs import memento, ram

ORDER = ("random", "linear", "columns", "column")  # from the worst to the best


def column(found: xr.Dataset) -> Measured:
    """Largest |q - q of the best column| of {n} policies learnt from near it, M = {M}, r =
    {least:g} to {most:g}, mu = {mu}; q is never smaller by more than {better:.0e}."""
    off = found.q - found.best
    several = {name: ", ".join(f"{x:g}" for x in found[name].values) for name in ("M", "mu")}
    said = {"least": float(found.r.min()), "most": float(found.r.max()), **several}
    n = int(off.count())
    better = max(0.0, -float(off.min()))
    return st.exact(float(abs(off).max()), n).saying(n=n, better=better, **said)


def ends(found: xr.Dataset, memory: str, size: int, initial: str, dynamics: str) -> np.ndarray:
    """q at the end, of each seed."""
    name = f"{memory} {size} {initial} {dynamics}"
    if name not in found.curve.values:
        return np.array([])
    q = found.q.sel(curve=name).values
    return q[np.isfinite(q)]


def ratio(a: np.ndarray, b: np.ndarray) -> Measured:
    """Median a / median b, seeds of both drawn again independently."""
    if min(a.size, b.size) < 2:
        return st.no_estimate("there are not enough seeds: {text}")
    rng = np.random.default_rng(0)
    medians = [np.median(x[rng.integers(0, x.size, (st.SAMPLES, x.size))], axis=1) for x in (a, b)]
    each = medians[0] / medians[1]
    return st.percentiles(np.median(a) / np.median(b), each, min(a.size, b.size))


def ordered(found: xr.Dataset, *, dynamics: str = "flow") -> Measured:
    """The least ratio of median q at the end, from each start to the next better one, of {starts};
    medians over {n} seeds are {seen} ({dynamics})."""
    cases, seen = [], []
    sizes = sorted({int(s) for s in found["size"].values[found.memory.values == "ram"] if s >= 8})
    for M in sizes:
        q = [ends(found, "ram", M, start, dynamics) for start in ORDER]
        for (a, b), start in zip(itertools.pairwise(q), ORDER, strict=False):
            cases.append((f"M = {M}, {start}", ratio(a, b)))
        if all(each.size for each in q):
            seen.append(f"{', '.join(f'{np.median(each):.4f}' for each in q)} at M = {M}")
    least = min(cases, key=lambda case: case[1].low if case[1].low is not None else -np.inf)
    starts = ", ".join(ORDER)
    return least[1].saying(starts=starts, n=least[1].n, seen="; ".join(seen), dynamics=dynamics)


def from_optimum(found: xr.Dataset, *, dynamics: str = "flow") -> Measured:
    """The least ratio of median q at the end after a random start to q of the best column, M =
    {sizes}, {n} seeds ({dynamics})."""
    of = found.isel(curve=(found.memory.values == "ram") & (found.initial.values == "random"))
    of = of.isel(curve=(of.dynamics.values == dynamics) & (of["size"].values >= 8))
    cases = []
    for name in of.curve.values:
        q, one = of.q.sel(curve=name).values, of.sel(curve=name)
        cases.append(st.of_runs(q / float(one.best)))
    least = min(cases, key=lambda one: one.low if one.low is not None else -np.inf)
    sizes = ", ".join(str(each) for each in of["size"].values)
    return least.saying(sizes=sizes, n=least.n, dynamics=dynamics)


def insensitive(found: xr.Dataset, *, size: int) -> Measured:
    """Median q at the end from random starts divided by that from necklaces, m = {m}, {n} seeds;
    medians {random:.4f}, cycles {cycles:.4f}, necklace {necklace:.4f}, the exact best necklace
    policy {best:.4f}."""
    starts = ("random", "cycles", "necklace")
    q = {start: ends(found, "memento", size, start, "flow") for start in starts}
    found_ratio = ratio(q["random"], q["necklace"])
    best = float(found.best.sel(curve=f"memento {size} necklace flow"))
    medians = {name: float(np.median(each)) for name, each in q.items()}
    return found_ratio.saying(m=size, n=found_ratio.n, best=best, **medians)


def matched(found: xr.Dataset, *, m: int, dynamics: str) -> Measured:
    """The largest ratio of median q(t) of Memento({m}) to that of RAM({M}), both with M_eff =
    {effective}, from random starts, at {axis} from {first:g} to {last:g}; at the last they are
    {memento:.3f} and {ram:.3f}, medians over {n} seeds."""
    effective = memento(m).effective
    M = effective // ram(1).effective
    names = [f"memento {m} random {dynamics}", f"ram {M} random {dynamics}"]
    if not set(names) <= set(found.curve.values):
        return st.no_estimate("there are no such memories: {text}")
    first = 1e3 if dynamics != "adam" else 1e2
    a, b = (found.curves.sel(curve=name).transpose("time", "seed").values for name in names)
    seeds = [~np.isnan(x).all(0) for x in (a, b)]
    a, b = a[:, seeds[0]], b[:, seeds[1]]
    known = ~(np.isnan(a).any(1) | np.isnan(b).any(1)) & (found.time.values >= first)
    if not known.any():
        return st.no_estimate(f"not all seeds have come to {first:g}: {{text}}")
    a, b, t = a[known], b[known], found.time.values[known]
    rng = np.random.default_rng(0)
    rows = [rng.integers(0, x.shape[1], (st.SAMPLES, x.shape[1])) for x in (a, b)]
    each = np.median(a[:, rows[0]], axis=2) / np.median(b[:, rows[1]], axis=2)  # [time, samples]
    value = float((np.median(a, 1) / np.median(b, 1)).max())
    said: dict[str, Any] = {
        "m": m,
        "M": M,
        "effective": effective,
        "first": first,
        "last": float(t[-1]),
    }
    said |= {"memento": float(np.median(a[-1])), "ram": float(np.median(b[-1]))}
    said |= {"axis": "steps of ADAM" if dynamics == "adam" else "flow times"}
    n = min(a.shape[1], b.shape[1])
    return st.percentiles(value, each.max(0), n).saying(n=n, **said)
