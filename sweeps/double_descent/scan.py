"""`python -m sweeps.double_descent`: the test error, and all that explains it, against N.

Networks of every width learn the same points from several initial weights, f itself or alpha (f -
f0), by ADAM on the full batch with the learning rate min(lr h^-1.5, most), until they fit or their
steps are spent. What is left: errors of single networks, of the best earlier moment, and of
averages; the norm of f at several times; fluctuations, gradients and the distance between decision
boundaries (`sweeps.double_descent.ensemble`); and N*, from which widths fitted. (Spigler et al., *A
jamming transition from under- to over-parametrization affects generalization in deep learning*,
2019, Fig. 4; Geiger et al., *Scaling description of generalization with number of parameters in
deep learning*, 2020, Figs. 2 to 7, 9 and 10.)
"""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from jamming.checks.arguments import (
    DEEPEST,
    HUGE,
    MOST,
    TINY,
    number,
    numbers,
    runs,
    seeds,
    settle,
    some,
    whole,
    wholes,
)
from jamming.checks.errors import BadInput
from jamming.data import Dataset
from jamming.fits.logistic import transition
from jamming.models.counting import n_weights
from jamming.nstar.ladder import Ladder
from jamming.training.ready import ready
from jamming.training.spec import Job
from sweeps.double_descent.ensemble import (
    QUARTILES,
    SNAPSHOTS,
    Columns,
    Member,
    after,
    groups,
    of_ensemble,
    of_runs,
)
from sweeps.engine.diverged import infinite
from sweeps.engine.execute import ProgressCallback, execute, load_run
from sweeps.engine.progress import Work
from sweeps.engine.store import Store

RESULTS = "double_descent.nc"
ROUNDED = 0.01  # 5.67 is taken for 17/3

Cells = dict[tuple[int, int, float], list[Job]]  # by P, L and h


@dataclass(frozen=True)
class Config:
    """The grid: all P, depths and widths h, of which h in steps of 1/L makes N vary finely.

    `seeds` networks of each width below `wide`, `wide_seeds` of the others; seed s has the initial
    and batch seeds of `job` plus s, and all share the data. The learning rate is min(`lr` h^-1.5,
    `most`); norms are kept after `times` steps. All else is that of `job`.

    Raises:
        BadInput: an empty grid, two widths that are one, or a value out of range.
    """

    job: Job
    P: tuple[int, ...]
    depths: tuple[int, ...]
    h: tuple[float, ...]
    times: tuple[int, ...]
    seeds: int = 10
    wide: float = float("inf")
    wide_seeds: int = 10
    lr: float = 0.1
    most: float = 1e-3

    def __post_init__(self) -> None:
        steps = self.job.max_ticks
        plain: dict[str, Any] = {
            "P": some("P", wholes("P", self.P, least=2)),
            "depths": some("depth", wholes("depth", self.depths, most=DEEPEST)),
            "h": some("h", numbers("h", self.h, least=1.0, most=float(MOST))),
            "times": some("times", wholes("times", self.times, most=steps)),
        }
        plain = {name: tuple(sorted(set(values))) for name, values in plain.items()}
        plain |= {
            "seeds": seeds(self.job.last_seed, self.seeds, least=2),
            "wide_seeds": whole("wide_seeds", self.wide_seeds, least=2),
            "lr": number("lr", self.lr, least=TINY, most=HUGE),
            "most": number("lr_most", self.most, least=TINY, most=HUGE),
        }
        if self.wide != np.inf:
            plain["wide"] = number("wide", self.wide, above=0.0, most=float(MOST))
        settle(self, plain)
        if self.wide_seeds > self.seeds:
            raise BadInput(f"wide networks have {self.seeds} seeds at most, not {self.wide_seeds}")
        runs(P=len(self.P), depths=len(self.depths), widths=len(self.h), seeds=self.seeds)
        for L in self.depths:
            rungs = [round(h * L) for h in self.h]
            if len(set(rungs)) < len(rungs):
                raise BadInput(f"two of the h are one network at L = {L}: h goes in steps of 1/{L}")
            for h, rung in zip(self.h, rungs, strict=True):
                if abs(h * L - rung) > ROUNDED * L:
                    raise BadInput(f"h = {h:g} is no width at L = {L}: h goes in steps of 1/{L}")
        for h in (self.h[0], self.h[-1]):
            self.jobs(self.P[-1], self.depths[-1], h, 1)

    def check(self) -> Dataset:
        """Refuse now what would be refused when the runs begin; data of the largest one.

        Raises:
            BadInput: from `jamming.training.ready`.
        """
        return ready([job for L in self.depths for job in self.jobs(self.P[-1], L, self.h[-1])])

    def widths(self, L: int, h: float) -> tuple[int, ...]:
        """One width for each hidden layer."""
        return Ladder(L, None, fractional=True).widths(round(h * L))

    def rate(self, h: float) -> float:
        """The learning rate (*Scaling description of generalization*, App. A)."""
        return min(self.lr * h**-1.5, self.most)

    def jobs(self, P: int, L: int, h: float, count: int | None = None) -> list[Job]:
        """The runs of one cell, one for each seed, or the first `count` of them."""
        seeds = self.seeds if h < self.wide else self.wide_seeds
        return [
            self.job.replace(
                P=P,
                widths=self.widths(L, h),
                lr=self.rate(h),
                init_seed=self.job.init_seed + s,
                batch_seed=self.job.batch_seed + s,
            )
            for s in range(seeds if count is None else count)
        ]

    def cells(self) -> Cells:
        """The runs of every cell, one for each seed; the narrow networks first."""
        return {(P, L, h): self.jobs(P, L, h) for h in self.h for L in self.depths for P in self.P}


def double_descent(
    config: Config, store: Store, *, progress: ProgressCallback | None = None, client: Any = None
) -> xr.Dataset:
    """Run what the store lacks; everything over (P, L, h), and over seeds where it is of a run.

    See `sweeps.double_descent.ensemble` for the variables; `norm_t` and `error_t` are those of the
    training set and of the test points after `t` steps, snapshot_* the whole course of each run.
    `n_star`, `n_star_low` and `n_star_high` over (P, L) are NaN where all or none of the widths
    fit.

    Raises:
        BadInput: from a job or the store.
    """
    cells = config.cells()
    jobs = [job for cell in cells.values() for job in cell]
    execute(jobs, store, Work() if progress is None else progress, client=client, weights=True)
    longest = max(len(load_run(store, job, arrays=False).snapshot_ticks) for job in jobs)
    grid = tuple(map(len, (config.P, config.depths, config.h)))
    columns: dict[str, np.ndarray] = {}
    for at in np.ndindex(grid):
        cell = cells[config.P[at[0]], config.depths[at[1]], config.h[at[2]]]
        for name, values in _measured(cell, config.seeds, config.times, longest, store).items():
            columns.setdefault(name, np.full((*grid, *values.shape), np.nan))[at] = values
    return _labelled(columns, config)


def _measured(
    cell: Sequence[Job], seeds: int, times: Sequence[int], longest: int, store: Store
) -> Columns:
    """All of one cell, as if it had so many seeds and snapshots; NaN where it has not."""
    members = [Member(job, load_run(store, job)) for job in cell]
    padded = [*members, *[None] * (seeds - len(members))]
    data, job = cell[0].data(), cell[0]
    columns = of_runs(padded) | of_ensemble(padded, data)
    columns["N"] = np.array(float(n_weights(data.x_train.shape[-1], job.widths, job.L)))
    courses = {f"snapshot_{name}": np.full((seeds, longest), np.nan) for name in SNAPSHOTS}
    moments = {name: np.full((seeds, len(times)), np.nan) for name in ("norm_t", "error_t")}
    for i, member in enumerate(members):
        for name, rows in courses.items():
            values = getattr(member.run, name)
            rows[i, : len(values)] = values
        norms = after(member.run, times, "norm")
        moments["norm_t"][i] = norms if member.finite else infinite(norms)
        moments["error_t"][i] = after(member.run, times, "test_error")
    return columns | courses | moments


DIMS = {
    "crossing": ("seed", "quartile"),
    "average_error": ("group", "size"),
    "average_delta": ("group", "size"),
    "ensemble_error": (),
    "N": (),
    "norm_t": ("seed", "t"),
    "error_t": ("seed", "t"),
} | {f"snapshot_{name}": ("seed", "snapshot") for name in SNAPSHOTS}


def _labelled(columns: dict[str, np.ndarray], config: Config) -> xr.Dataset:
    over = ("P", "L", "h")
    variables: dict[str, Any] = {
        name: ((*over, *DIMS.get(name, ("seed",))), values) for name, values in columns.items()
    }
    found = np.full((3, len(config.P), len(config.depths)), np.nan)
    for i, j in np.ndindex(found.shape[1:]):
        found[:, i, j] = _n_star(columns["N"][i, j], columns["fitted"][i, j])
    for name, values in zip(("n_star", "n_star_low", "n_star_high"), found, strict=True):
        variables[name] = (over[:2], values)
    coords = {
        "P": list(config.P),
        "L": list(config.depths),
        "h": list(config.h),
        "lr": ("h", [config.rate(h) for h in config.h]),
        "seed": np.arange(config.seeds) + config.job.init_seed,
        "t": list(config.times),
        "size": list(groups(config.seeds)[1]),
        "quartile": list(QUARTILES),
    }
    job = config.job
    attrs = {
        "dataset": job.dataset,
        "activation": job.activation,
        "loss": job.loss,
        "label_noise": job.label_noise,
        "alpha": job.alpha or 0.0,
        "most": config.most,
        "steps": job.max_ticks,
        "config": json.dumps(dataclasses.asdict(config)),
    }
    return xr.Dataset(variables, coords, attrs)


def _n_star(N: np.ndarray, fitted: np.ndarray) -> tuple[float, float, float]:
    """N* with its interval, from the widths of which all seeds are there."""
    whole = np.isfinite(fitted).all(1)
    N, fits = N[whole], fitted[whole] > 0
    if len(N) < 2 or not fits.mean(1).min() < 0.5 <= fits.mean(1).max():
        return (np.nan,) * 3
    found = transition(N, fits)
    return found.value, found.low, found.high


def summary(found: xr.Dataset) -> str:
    """A line for each width: how many fit, errors, and the norm; N* below."""
    rows = []
    for P in found.P.values:
        for L in found.L.values:
            one = found.sel(P=P, L=L)
            rows += [f"P = {P}, L = {L}", "    h       N  fitted  error   early  ensemble   ||f||"]
            for h in one.h.values:
                at = one.sel(h=h)
                mean = {k: float(at[k].mean()) for k in ("fitted", "test_error", "early_error")}
                rows.append(
                    f"{h:5.3g}  {int(at.N):6d}  {mean['fitted']:6.0%}  {mean['test_error']:.4f}"
                    f"  {mean['early_error']:.4f}    {float(at.ensemble_error):.4f}"
                    f"  {float(at.norm.mean()):6.2f}"
                )
            n, low, high = (float(one[k]) for k in ("n_star", "n_star_low", "n_star_high"))
            known = f"N* = {n:.0f} [{low:.0f}, {high:.0f}]"
            rows.append(known if np.isfinite(n) else "N* is not among these widths")
    return "\n".join(rows)
