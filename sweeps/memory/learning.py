"""`python -m sweeps.memory`: learning policies of finite memory from several starts.

The share q of wrong plays of each seed against flow time (or steps of ADAM), for RAM and Memento
memories and for graphs of one's own, beside the exact q of the best column of confidence and of the
best necklace policy (Geiger, Eloy & Wyart, *How memory architecture affects learning in a simple
POMDP*, 2021, Fig. 4).
"""

from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

import numpy as np
import xarray as xr

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.dynamics.euler import Euler
from jamming.dynamics.optimiser import adam
from jamming.dynamics.rkc import RKC
from jamming.memory import confidence, graphs
from jamming.memory.arms import Arms
from jamming.memory.initial import STARTS, Start, random_start, start
from jamming.memory.learning import landscape, learn, log_times
from jamming.memory.necklace_policy import limit_of_arms, necklace_policy
from jamming.objectives.problem import Result
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "memory.nc"
KINDS = (*STARTS, "graph")
DYNAMICS = ("flow", "euler", "adam")
SIZES = graphs.LARGEST
LANES = 5  # seeds that are learnt side by side, and stored together
TOL = 1e-3  # of the stabilised flow: relative error of q a step
FIRST = 1.0  # the first time at which q is asked for


@dataclass(frozen=True)
class Learned(grid.Checked):
    """Several `seeds` from `seed` on, of one memory, start and dynamics.

    `memory`: ram, memento or graph, whose `size` is M, m or M; `rows` are those of the table of a
    graph, as texts of 0 and 1. `steps`: gradients of a seed, `max_time`: flow time, whichever ends
    first; `lr` is that of ADAM.
    """

    memory: Annotated[str, grid.scalar(given.one_of, known=KINDS)]
    size: Annotated[int, grid.scalar(given.whole, "M or m, the size of a memory,", most=SIZES)]
    initial: str
    dynamics: Annotated[str, grid.scalar(given.one_of, known=DYNAMICS)]
    good: float
    bad: float
    r: Annotated[float, grid.scalar(given.number, "the reset probability r", above=0.0, below=1.0)]
    steps: Annotated[int, grid.scalar(given.whole, least=2, most=10**8)]
    max_time: Annotated[float, grid.scalar(given.number, above=FIRST, most=1e12)]
    lr: Annotated[float, grid.scalar(given.number, above=0.0, most=100.0)]
    learn_start: grid.Flag
    seeds: Annotated[int, grid.scalar(given.whole, most=1000)]
    seed: Annotated[int, grid.scalar(given.whole, least=0, most=given.LARGEST_SEED)]
    rows: tuple[str, ...] = ()

    version: ClassVar[int] = 1

    def check(self) -> None:
        """Refuse arms, sizes, graphs and starts that there are not, by making them."""
        if self.memory == "ram":
            graphs.ram(self.size)
        elif self.memory == "memento":
            graphs.memento(self.size)
        else:
            self.graph()
        starts = STARTS.get(self.memory, ("random",))
        given.one_of(f"initialisation of a {self.memory}", self.initial, starts)
        if self.initial == "necklace":
            necklace_policy(self.size)
        self.arms()

    def arms(self) -> Arms:
        return Arms(self.good, self.bad)

    def graph(self) -> graphs.Graph:
        return graphs.graph([[int(word) for word in row] for row in self.rows])

    @property
    def name(self) -> str:
        """What tells the curve from others, but for its seeds."""
        return f"{self.memory} {self.size} {self.initial} {self.dynamics}"

    def starts(self) -> list[Start]:
        seeds = range(self.seed, self.seed + self.seeds)
        if self.memory == "graph":
            memory = self.graph()
            return [random_start(memory, seed) for seed in seeds]
        how = self.memory, self.size, self.initial, self.arms(), self.r
        return [start(*how, seed) for seed in seeds]

    def run(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """`curves` [time, seeds]; `q`, `t`, `ticks` and `result` of the end [seeds]."""
        how = {"learn_start": self.learn_start}
        problems = [landscape(one, self.arms(), self.r, **how) for one in self.starts()]
        stepper: Any = {
            "flow": lambda: RKC(max_ticks=self.steps, max_time=self.max_time, tol=TOL),
            "euler": lambda: Euler(max_ticks=self.steps, max_time=self.max_time),
            "adam": lambda: adam(self.lr, max_ticks=self.steps),
        }[self.dynamics]()
        found = learn(problems, stepper, self.times())
        ends = {"q": found.q, "t": found.t, "ticks": found.ticks, "result": found.result}
        return {}, {"curves": found.curves, **{k: np.asarray(v) for k, v in ends.items()}}

    def times(self) -> np.ndarray:
        return log_times(FIRST, self.max_time)

    def best(self) -> dict[str, float]:
        """q of the best reference policy at this r, and its limit as r -> 0; NaN for a graph."""
        if self.memory == "ram":
            best = confidence.best_column(self.size, self.arms(), self.r)[1]
            return {"best": best, "limit": confidence.column_limit(self.size, self.arms())}
        if self.memory == "memento" and self.size > 1:
            best = necklace_policy(self.size).best(self.arms(), self.r)[2]
            return {"best": best, "limit": limit_of_arms(self.size, self.arms())}
        return {"best": np.nan, "limit": np.nan}


@dataclass(frozen=True)
class Curves:
    """The curves of a sweep, each in blocks of seeds."""

    several: tuple[Learned, ...]

    def check(self) -> None:
        if not self.several:
            raise BadInput("there is no memory to learn with: give --ram, --memento or --graph")
        for one in self.several:
            one.check()


def in_blocks(one: Learned, seeds: int) -> list[Learned]:
    """The spec of `LANES` seeds at a time, `seeds` in all."""
    first = one.seed
    ends = range(first, first + seeds, LANES)
    return [replace(one, seed=s, seeds=min(LANES, first + seeds - s)) for s in ends]


def learning(config: Curves, store: Store) -> xr.Dataset:
    """Learn what the store lacks; q over (curve, seed, t), and of each curve what it is of."""
    several = config.several
    measure(several, store, Learned.run, unit="blocks of seeds")
    cells: dict[tuple[str, int], dict[str, Any]] = {}
    for one in several:
        stored = store.arrays(one.key)
        for i in range(one.seeds):
            cells[one.name, one.seed + i] = {name: of[..., i] for name, of in stored.items()}
    curves = {one.name: one for one in several}
    seeds = sorted({seed for _, seed in cells})
    found = gather.gathered(cells, {"curve": list(curves), "seed": seeds}, {"curves": ("time",)})
    of_curve = {
        name: ("curve", [getattr(one, name) for one in curves.values()])
        for name in ("memory", "size", "initial", "dynamics")
    }
    best: dict[tuple[str, int], dict[str, float]] = {}
    for one in several:
        if (one.memory, one.size) not in best:
            best[one.memory, one.size] = one.best()
    references = {
        name: ("curve", [best[one.memory, one.size][name] for one in curves.values()])
        for name in ("best", "limit")
    }
    first = several[0]
    return (
        found.assign(references)
        .assign_coords(of_curve | {"time": first.times()})
        .assign_attrs(good=first.good, bad=first.bad, r=first.r, steps=first.steps)
    )


def summary(found: xr.Dataset) -> str:
    """A line a curve: the end of q over seeds, beside the best reference policies."""
    rows = []
    for name in found.curve.values:
        one = found.sel(curve=name)
        low, middle, high = np.nanquantile(one.q, [0.25, 0.5, 0.75])
        there = int(np.isfinite(one.q).sum())
        running = int((one.result == int(Result.OUT_OF_BUDGET)).sum())
        rows.append(
            {
                "memory": f"{one.memory.item()}({one['size'].item()})",
                "start": str(one.initial.item()),
                "dynamics": str(one.dynamics.item()),
                "q": gather.number(middle, ".4f"),
                "quartiles": gather.Said(f"{low:.4f}-{high:.4f}", {"low": low, "high": high}),
                "best": gather.number(float(one.best), ".4f"),
                "r -> 0": gather.number(float(one.limit), ".4f"),
                "t": gather.number(float(one.t.median()), ".2g"),
                "budget ended": gather.part(running, there, " of "),
            }
        )
    return gather.table(rows)
