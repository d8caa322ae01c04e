"""`python -m sweeps.double_descent`: the test error, and what explains it, against N.

Networks of every width learn the same points from several initial weights, f itself or alpha (f -
f0), by full-batch ADAM, or SGD, at the rate min(lr h^-1.5, most), perhaps with a decay of the
weights, until they fit or the budget is spent.
(Spigler et al., *A jamming transition from under- to over-parametrization affects generalization in
deep learning*, 2019, Fig. 4; Geiger et al., *Scaling description of generalization with number of
parameters in deep learning*, 2020, Figs. 2 to 7, 9 and 10.)
"""

import itertools
from dataclasses import dataclass
from typing import Annotated, Any, Unpack

import numpy as np
import xarray as xr

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.data import Dataset
from jamming.fits.logistic import transition
from jamming.nstar.ladder import Ladder
from jamming.training.ready import ready
from jamming.training.spec import Job
from sweeps.double_descent import ensemble
from sweeps.engine import gather, grid
from sweeps.engine.execute import How, execute, load_run
from sweeps.engine.store import Store

RESULTS = "double_descent.nc"
ROUNDED = 0.01  # 5.67 is taken for 17/3
RATES = {"least": given.TINY, "most": given.HUGE}


@dataclass(frozen=True)
class Config(grid.Grid):
    """The grid: all P, depths and widths h, of which h in steps of 1/L makes N vary finely.

    There are `sets` training sets, of the data seeds of `job` and above, and on each, which they
    share, `seeds` networks of each width below `wide`, `wide_seeds` of the others: network s of set
    n has the initial and batch seeds of `job` plus n * `seeds` + s. The learning rate is min(`lr`
    h^-1.5, `most`); norms are kept after `times` steps. All else is that of `job`.
    """

    P: grid.Points
    depths: grid.Depths
    h: Annotated[
        tuple[float, ...],
        grid.several(given.numbers, counts="widths", least=1.0, most=given.MOST),
    ]
    times: grid.Times
    seeds: Annotated[int, grid.count(least=2)] = 10
    wide: Annotated[float, grid.scalar(given.unbounded, above=0.0, most=given.MOST)] = np.inf
    wide_seeds: Annotated[int, grid.scalar(given.whole, least=2)] = 10
    lr: Annotated[float, grid.scalar(given.number, **RATES)] = 0.1
    most: Annotated[float, grid.scalar(given.number, "lr_most", **RATES)] = 1e-3
    sets: grid.DataSets = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        given.seeds(self.job.last_seed, self.networks)
        if self.wide_seeds > self.seeds:
            raise BadInput(f"wide networks have {self.seeds} seeds at most, not {self.wide_seeds}")
        for L in self.depths:
            rungs = [round(h * L) for h in self.h]
            if len(set(rungs)) < len(rungs):
                raise BadInput(f"two of the h are one network at L = {L}: h goes in steps of 1/{L}")
            for h, rung in zip(self.h, rungs, strict=True):
                if abs(h * L - rung) > ROUNDED * L:
                    raise BadInput(f"h = {h:g} is no width at L = {L}: h goes in steps of 1/{L}")
        for h in (self.h[0], self.h[-1]):
            self.jobs(self.P[-1], self.depths[-1], h)

    def check(self) -> Dataset:
        return ready([job for L in self.depths for job in self.jobs(self.P[-1], L, self.h[-1])])

    def rate(self, h: float) -> float:
        """The learning rate (*Scaling description of generalization*, App. A)."""
        return min(self.lr * h**-1.5, self.most)

    def jobs(self, P: int, L: int, h: float) -> list[Job]:
        widths = Ladder(L, None, fractional=True).widths(round(h * L))
        at: dict[str, Any] = {"P": P, "widths": widths, "lr": self.rate(h)}
        first, several = self.job.data_seed, self.seeds if h < self.wide else self.wide_seeds
        return [
            self.at(n * self.seeds + s, data_seed=first + n, **at)
            for n in range(self.sets)
            for s in range(several)
        ]

    @property
    def networks(self) -> int:
        """Of a narrow cell, on all training sets."""
        return self.sets * self.seeds

    def cells(self) -> dict[tuple[int, int, float], list[Job]]:
        """The runs of every cell, set by set; the narrow networks first."""
        return {(P, L, h): self.jobs(P, L, h) for h in self.h for L in self.depths for P in self.P}


def double_descent(config: Config, store: Store, **how: Unpack[How]) -> xr.Dataset:
    """Run what the store lacks; everything over (P, L, h), and over seeds where it is of a run.

    See `sweeps.double_descent.ensemble` for the variables; `norm_t` and `error_t` are those of the
    training set and of the test points after `t` steps, snapshot_* the whole course of each run.
    The seeds of a training set, whose data seed is the coordinate `set`, are beside one another,
    and so are its groups. `ensemble_error` is the mean over sets, `ensemble_of_set` that of the set
    of a run. `n_star`, `n_star_low` and `n_star_high` over (P, L) are NaN where all or no widths
    fit; their intervals are of resampled sets, and of seeds on each.
    """
    cells, job, few = config.cells(), config.job, {"P": config.P, "L": config.depths}
    execute([job for cell in cells.values() for job in cell], store, weights=True, **how)
    runs: dict[tuple[Any, ...], ensemble.Numbers] = {}
    whole: dict[tuple[Any, ...], ensemble.Numbers] = {}
    for at, cell in cells.items():
        rows, whole[at] = _of_cell(cell, store, config)
        runs |= {(*at, n): row for n, row in rows.items()}
    axes = few | {"h": config.h}
    of_runs = gather.gathered(runs, axes | {"seed": range(config.networks)}, DIMS)
    found = of_runs.merge(gather.gathered(whole, axes, DIMS))
    places = itertools.product(*few.values())
    stars = {at: _n_star(found.sel(P=at[0], L=at[1]), config.sets) for at in places}
    return (
        found.merge(gather.gathered(stars, few))
        .assign_coords(
            lr=("h", [config.rate(h) for h in config.h]),
            seed=np.arange(config.networks) + job.init_seed,
            set=("seed", np.repeat(np.arange(config.sets) + job.data_seed, config.seeds)),
            t=list(config.times),
            size=list(ensemble.groups(config.seeds)[1]),
            quartile=list(ensemble.QUARTILES),
        )
        .assign_attrs(
            config.attrs(
                "dataset", "activation", "loss", "label_noise", "dynamics", "weight_decay"
            ),
            alpha=job.alpha or 0.0,
            most=config.most,
            steps=job.max_ticks,
            sets=config.sets,
        )
    )


def _of_cell(
    cell: list[Job], store: Store, config: Config
) -> tuple[dict[int, ensemble.Numbers], ensemble.Numbers]:
    """What is known of each network, by its place among the seeds, and of the cell."""
    rows: dict[int, ensemble.Numbers] = {}
    each: list[ensemble.Numbers] = []
    for n, (_, jobs) in enumerate(itertools.groupby(cell, lambda job: job.data_seed)):
        members = [ensemble.Member(job, load_run(store, job)) for job in jobs]
        those, of_set = ensemble.of_ensemble(members, members[0].job.data(), config.seeds)
        each.append(of_set | {"N": float(members[0].run.N)})
        for s, (member, row) in enumerate(zip(members, those, strict=True)):
            beside = row | {"ensemble_of_set": of_set["ensemble_error"]}
            rows[n * config.seeds + s] = ensemble.of_run(member, config.times) | beside
    averages = ("average_error", "average_delta")
    whole = {name: np.mean([of[name] for of in each]) for name in each[0] if name not in averages}
    return rows, whole | {name: np.concatenate([of[name] for of in each]) for name in averages}


DIMS = {
    **dict.fromkeys(("average_error", "average_delta"), ("group", "size")),
    **dict.fromkeys(("norm_t", "error_t"), ("t",)),
    **dict.fromkeys((f"snapshot_{name}" for name in ensemble.SNAPSHOTS), ("snapshot",)),
    "crossing": ("quartile",),
}


def _n_star(found: xr.Dataset, sets: int) -> dict[str, float]:
    """N* with its interval, from the widths of which all seeds are there."""
    whole = found.isel(h=np.isfinite(found.fitted).all("seed").values)
    fits = whole.fitted.transpose("h", "seed").values > 0
    if whole.sizes["h"] < 2 or not fits.mean(1).min() < 0.5 <= fits.mean(1).max():
        return gather.with_interval("n_star")
    return gather.with_interval("n_star", transition(whole.N.values, fits, sets=sets))


def summary(found: xr.Dataset) -> str:
    columns = {
        "N": ("N", ".0f"),
        "fitted": ("fitted", ".0%"),
        "error": ("test_error", ".4f"),
        "early": ("early_error", ".4f"),
        "ensemble": ("ensemble_error", ".4f"),
        "||f||": ("norm", ".2f"),
    }
    lines: list[str] = []
    every, stars = [], []
    for P, L in itertools.product(found.P.values, found.L.values):
        one = found.sel(P=P, L=L)
        n, low, high = (float(one[f"n_star{end}"]) for end in ("", "_low", "_high"))
        star, rows = gather.interval(n, low, high, ".0f"), gather.means(one, ("h",), columns)
        known = f"N* = {star}" if np.isfinite(n) else "N* is not among these widths"
        lines += [f"P = {P}, L = {L}", gather.table(rows), known]
        every += [{"P": P, "L": L} | row for row in rows]
        stars.append({"P": P, "L": L, "N*": star})
    return gather.Said("\n".join(lines), (gather.Said("", every), gather.Said("", stars)))
