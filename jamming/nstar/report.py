"""What a search found, as labelled arrays (xarray) and as a table for people."""

import dataclasses
import json
from collections.abc import Callable, Sequence
from importlib import metadata
from typing import Any

import numpy as np
import xarray as xr

from jamming.commands.said import Said, interval, listed, page
from jamming.fits.logistic import CONFIDENCE, Estimate, exponent
from jamming.nstar.config import Search
from jamming.nstar.protocols import half
from jamming.nstar.search import Transition

# the variables of a transition, given an estimate for where there is none
_OF_TRANSITION: dict[str, Callable[[Transition, Estimate], Any]] = {
    "n_star": lambda t, unknown: (t.n_star or unknown).value,
    "n_star_low": lambda t, unknown: (t.n_star or unknown).low,
    "n_star_high": lambda t, unknown: (t.n_star or unknown).high,
    "h_star": lambda t, _: t.h,
    "n_delta_inside": lambda t, _: _median(t.inside()[0]),
    "loss_inside": lambda t, _: _median(t.inside()[1]),
    "why": lambda t, _: t.why,
    "n_star_sample": lambda t, unknown: (t.n_star or unknown).samples,
}
# and of a run
_SAME = ("N", "N_all", "ticks", "t", "loss", "misclassified", "test_error", "seconds", "result")
_OF_RUN = {name: name for name in _SAME} | {"n_delta": "unsatisfied"}


def to_dataset(config: Search, found: Sequence[Transition]) -> xr.Dataset:
    """Everything a figure needs, in one `xarray.Dataset`.

    * dims (L, P): `n_star`, `n_star_low`, `n_star_high` (95 %), `h_star`, `n_delta_inside`,
      `loss_inside` (median of the runs just inside the jammed phase), NaN where N* was not
      bracketed; `why` says why not;
    * dims (L, P, sample): `n_star_sample`, the bootstrap;
    * dim (L): `exponent`, `exponent_low`, `exponent_high` of N* ~ P^a, NaN with fewer than two P;
    * dim (run): every trajectory, with its `run_L`, `run_P`, `run_h`, `run_seed`, N, N_Delta,
      loss, test error, result by name, ticks, seconds.

    The attribute `config` is JSON.
    """
    depths, sizes = sorted({t.L for t in found}), sorted({t.P for t in found})
    at = {(t.L, t.P): t for t in found}
    samples = max((len(t.n_star.samples) for t in found if t.n_star), default=1)
    unknown = Estimate(np.nan, np.nan, np.nan, np.full(samples, np.nan), 0)
    of_depth = exponents(found)
    slopes = [of_depth.get(L, unknown) for L in depths]
    variables: dict[str, Any] = {}
    for name, of_cell in _OF_TRANSITION.items():
        values = np.array([[of_cell(at[L, P], unknown) for P in sizes] for L in depths])
        variables[name] = (("L", "P", "sample")[: values.ndim], values)
    for tail, field in {"": "value", "_low": "low", "_high": "high"}.items():
        variables[f"exponent{tail}"] = ("L", [getattr(a, field) for a in slopes])
    rows = [(t, w, s, run) for t in found for w in t.widths for s, run in enumerate(w.runs)]
    for name, field in _OF_RUN.items():
        variables[name] = ("run", np.array([getattr(run, field) for *_, run in rows]))
    return xr.Dataset(
        variables,
        coords={
            "L": depths,
            "P": sizes,
            "run_L": ("run", [t.L for t, *_ in rows]),
            "run_P": ("run", [t.P for t, *_ in rows]),
            "run_h": ("run", [w.h for _, w, *_ in rows]),
            "run_seed": ("run", [s for _, _, s, _ in rows]),
        },
        attrs={
            "config": json.dumps(dataclasses.asdict(config)),
            "jamming": metadata.version("jamming"),
        },
    )


def exponents(found: Sequence[Transition]) -> dict[int, Estimate]:
    """The exponent of N*(P) for each depth with two bracketed P or more."""
    of = {}
    for L in sorted({t.L for t in found}):
        n_star = {t.P: t.n_star for t in found if t.L == L and t.n_star}
        if len(n_star) > 1:
            of[L] = exponent(tuple(n_star), tuple(n_star.values()))
    return of


def table(found: Sequence[Transition]) -> Said:
    """One row for each (L, P), then the exponents; ends without a newline."""
    between = f"{CONFIDENCE:.0%} interval"
    head = ("L", "P", "h*", "N*", between, "P/N*", "N_Delta/N", "loss", "results")
    rows = [head, *(_row(t) for t in found)]
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    wide[-1] = 0  # the last column is not aligned
    lines = ["  ".join(map(str.rjust, row, wide)) for row in rows]
    said = "N_Delta/N (quartiles) and loss: median of the runs just inside the jammed phase."
    laws = {L: interval(a.value, a.low, a.high, ".2f") for L, a in exponents(found).items()}
    return page(
        Said("\n".join(lines), [*map(_values, found)]),
        said,
        *listed(
            (f"N* ~ P^a at L = {L}: a = {a}", {"L": L, "exponent of P": a}) for L, a in laws.items()
        ),
    )


def _values(t: Transition) -> dict[str, Any]:
    n, nan = t.n_star, np.nan
    value, low, high = (nan,) * 3 if n is None else (n.value, n.low, n.high)
    n_delta, loss = t.inside()
    return {
        "L": t.L,
        "P": t.P,
        "h*": nan if n is None else t.h,
        "N*": {"value": value, "low": low, "high": high},
        "P/N*": t.P / value,
        "N_Delta/N": _median(n_delta),
        "loss": _median(loss),
        "results": dict(t.results()),
        "why": t.why,
    }


def _row(t: Transition) -> tuple[str, ...]:
    results = ", ".join(f"{n} {name}" for name, n in t.results().most_common())
    if t.n_star is None:
        return str(t.L), str(t.P), *"------", f"{results} ({t.why})"
    n, (n_delta, loss) = t.n_star, t.inside()
    where = str(t.L), str(t.P), f"{t.h:.4g}"
    found = f"{n.value:.0f}", f"[{n.low:.0f}, {n.high:.0f}]", f"{t.P / n.value:.2f}"
    return *where, *found, _quartiles(n_delta), f"{_median(loss):.1e}", results


def _median(values: np.ndarray) -> float:
    # not the mean: a run may freeze far from the others, in a state where part of its neurons
    # are dead
    return float(np.median(values)) if len(values) else float("nan")


def _quartiles(values: np.ndarray) -> str:
    if len(values) < 2:
        return f"{_median(values):.2f}"
    low, high = np.quantile(values, [0.25, 0.75])
    return f"{_median(values):.2f} ({low:.2f}-{high:.2f})"


def known_so_far(t: Transition) -> str:
    """One line on a transition that was not bracketed: between which N it must be."""
    fitted = [w.N for w in t.widths if half(w.fits)]
    failed = [w.N for w in t.widths if not half(w.fits)]
    low = f"N* > {max(failed)}" if failed else "no width failed"
    high = f"N* <= {min(fitted)}" if fitted else "no width was fitted by half of the seeds"
    return f"P = {t.P}, L = {t.L}: {t.why}; so far {low}, {high}"
