"""What a search found, as labelled arrays (xarray) and as a table for people."""

import dataclasses
import json
from collections.abc import Callable, Sequence
from importlib import metadata

import numpy as np
import xarray as xr

from jamming.fits.logistic import CONFIDENCE, Estimate, exponent
from jamming.nstar.config import Config
from jamming.nstar.outcome import Transition


def to_dataset(config: Config, found: Sequence[Transition]) -> xr.Dataset:
    """Everything a figure needs, in one `xarray.Dataset`.

    * dims (L, P): `n_star`, `n_star_low`, `n_star_high` (95 %), `h_star`, `n_delta_inside`,
      `loss_inside` (median of the runs just inside the jammed phase), NaN where N* was not
      bracketed; `why` says why not;
    * dims (L, P, sample): `n_star_sample`, the bootstrap;
    * dim (L): `exponent`, `exponent_low`, `exponent_high` of N* ~ P^a, NaN with fewer than two P;
    * dim (run): every trajectory, with its `run_L`, `run_P`, `run_h`, `run_seed`, N, N_Delta,
      loss, test error, result by name, ticks, seconds.

    The config is in the attribute `config`, as JSON.
    """
    depths, sizes = sorted({t.L for t in found}), sorted({t.P for t in found})
    at = {(t.L, t.P): t for t in found}
    nan = Estimate(np.nan, np.nan, np.nan, np.full(1, np.nan), 0)
    grid = [[at[L, P] for P in sizes] for L in depths]

    def over_grid(of: Callable[[Transition], float | str]) -> tuple[tuple[str, str], np.ndarray]:
        return ("L", "P"), np.array([[of(t) for t in row] for row in grid])

    samples = max((len(t.n_star.samples) for t in found if t.n_star), default=1)
    bootstrap = np.full((len(depths), len(sizes), samples), np.nan)
    for i, row in enumerate(grid):
        for j, t in enumerate(row):
            if t.n_star:
                bootstrap[i, j] = t.n_star.samples
    slopes = exponents(found)
    slope = [slopes.get(L, nan) for L in depths]
    rows = [(t, w, s, run) for t in found for w in t.widths for s, run in enumerate(w.runs)]
    fields = (
        "N",
        "N_all",
        "ticks",
        "t",
        "loss",
        "misclassified",
        "test_error",
        "seconds",
        "result",
    )
    runs = {name: ("run", np.array([getattr(r[3], name) for r in rows])) for name in fields}
    return xr.Dataset(
        {
            "n_star": over_grid(lambda t: (t.n_star or nan).value),
            "n_star_low": over_grid(lambda t: (t.n_star or nan).low),
            "n_star_high": over_grid(lambda t: (t.n_star or nan).high),
            "h_star": over_grid(lambda t: t.h),
            "n_delta_inside": over_grid(lambda t: _median(t.inside()[0])),
            "loss_inside": over_grid(lambda t: _median(t.inside()[1])),
            "why": over_grid(lambda t: t.why),
            "n_star_sample": (("L", "P", "sample"), bootstrap),
            "exponent": ("L", [a.value for a in slope]),
            "exponent_low": ("L", [a.low for a in slope]),
            "exponent_high": ("L", [a.high for a in slope]),
            **runs,
            "n_delta": ("run", np.array([r[3].unsatisfied for r in rows])),
        },
        coords={
            "L": depths,
            "P": sizes,
            "run_L": ("run", [r[0].L for r in rows]),
            "run_P": ("run", [r[0].P for r in rows]),
            "run_h": ("run", [r[1].h for r in rows]),
            "run_seed": ("run", [r[2] for r in rows]),
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
        points = [(t.P, t.n_star) for t in found if t.L == L and t.n_star]
        if len(points) > 1:
            of[L] = exponent(np.array([P for P, _ in points], float), [n for _, n in points])
    return of


def table(found: Sequence[Transition]) -> str:
    """One row for each (L, P), then the exponents; ends without a newline."""
    head = (
        "L",
        "P",
        "h*",
        "N*",
        f"{CONFIDENCE:.0%} interval",
        "P/N*",
        "N_Delta/N",
        "loss",
        "results",
    )
    rows = [head, *(_row(t) for t in found)]
    wide = [max(len(row[i]) for row in rows) for i in range(len(head) - 1)]
    lines = [
        "  ".join([*(c.rjust(w) for c, w in zip(row, wide, strict=False)), row[-1]]) for row in rows
    ]
    lines.append("N_Delta/N (quartiles) and loss: median of the runs just inside the jammed phase.")
    for L, a in exponents(found).items():
        lines.append(f"N* ~ P^a at L = {L}: a = {a.value:.2f} [{a.low:.2f}, {a.high:.2f}]")
    return "\n".join(lines)


def _row(t: Transition) -> tuple[str, ...]:
    results = ", ".join(f"{n} {name}" for name, n in t.results().most_common())
    if t.n_star is None:
        return str(t.L), str(t.P), "-", "-", "-", "-", "-", "-", f"{results} ({t.why})"
    n, (n_delta, loss) = t.n_star, t.inside()
    return (
        str(t.L),
        str(t.P),
        f"{t.h:.4g}",
        f"{n.value:.0f}",
        f"[{n.low:.0f}, {n.high:.0f}]",
        f"{t.P / n.value:.2f}",
        _quartiles(n_delta),
        f"{_median(loss):.1e}",
        results,
    )


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
    fitted = [w.N for w in t.widths if 2 * sum(w.fits) >= len(w.fits)]
    failed = [w.N for w in t.widths if 2 * sum(w.fits) < len(w.fits)]
    low = f"N* > {max(failed)}" if failed else "no width failed"
    high = f"N* <= {min(fitted)}" if fitted else "no width was fitted by half of the seeds"
    return f"P = {t.P}, L = {t.L}: {t.why}; so far {low}, {high}"
