"""`python -m sweeps.transition slices`: the landscape between solutions, and around one.

At every width and seed three networks learn the same points by stochastic gradient descent: two
from the same initial weights, with batches of their own, and one from others. On the lines between
them, in the plane through the three and in a random plane around the first, the loss is measured
(`jamming.observables.slices`), in float64. Where a network is over-parametrised the landscape
around its initial weights is said to be essentially convex (Geiger et al., *Scaling description of
generalization with number of parameters in deep learning*, 2020, sec. 1): then no barrier lies
between the first two.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Unpack

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Key

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.fits.seeds import mean_and_error
from jamming.models.networks import Params
from jamming.objectives.predictor import Plain
from jamming.objectives.problem import Problem, Result
from jamming.observables.slices import (
    Slice,
    barrier,
    on_slice,
    random_slice,
    through,
    with_start,
)
from jamming.training.ready import affordable, ready
from jamming.training.spec import Job
from sweeps.engine import gather, grid
from sweeps.engine.execute import How
from sweeps.engine.store import Store
from sweeps.transition.endpoint import problem_of

RESULTS = "slices.nc"
STARTS = ("same", "other")  # initial weights of the network at the far end of a line
NETWORKS = ("one", *STARTS)
MARGIN = 0.5  # by which a plane reaches beyond its three solutions, in units of their distance


@dataclass(frozen=True)
class Config(grid.Grid):
    """Three networks at each width and seed; all else is that of `job`, which learns by sgd.

    Seed s has its data, initial and batch seeds plus s. Lines have `points` values of c, planes
    `points` a side; random ones reach to `extent`, in units of the weights of each neuron.
    """

    h: grid.Widths
    seeds: grid.Seeds = 5
    points: Annotated[int, grid.scalar(given.whole, least=3, most=1000)] = 25
    extent: Annotated[float, grid.scalar(given.number, above=0.0, most=1e3)] = 1.0

    def __post_init__(self) -> None:
        self.job.binary_only()
        super().__post_init__()
        given.seeds(self.job.last_seed, 2 * self.seeds)
        given.runs(widths=len(self.h), seeds=self.seeds, networks=len(NETWORKS))
        if self.job.dynamics != "sgd" or self.job.batch in (None, self.job.P):
            raise BadInput(
                "networks of the same initial weights differ by their batches alone: choose sgd"
                " and a batch smaller than P"
            )

    def jobs(self, h: int, s: int) -> list[Job]:
        """The `NETWORKS` of a width and seed."""
        one = self.at(s, h=h, data=True)
        batches = one.replace(batch_seed=one.batch_seed + self.seeds)
        return [one, batches, one.replace(init_seed=one.init_seed + self.seeds)]

    @property
    def c(self) -> np.ndarray:
        """Places on a line, with 0, 1 and, of an odd number, the middle."""
        return np.linspace(0, 1, self.points)

    @property
    def around(self) -> np.ndarray:
        """Places on an axis of a random plane."""
        return np.linspace(-self.extent, self.extent, self.points)

    def check(self) -> None:
        widest = self.jobs(self.h[-1], 0)[0]
        affordable([widest])
        ready([widest])


def slices(config: Config, store: Store, **how: Unpack[How]) -> xr.Dataset:
    """Train what the store lacks, then measure: over (h, seed), start, c, and axes of planes.

    `loss` (start, c) is that on the line from the first network to that of the same or another
    start, `barrier` how far it rises above the straight line between its ends; `plane` (a, b) at x,
    y and `random` (r1, r2) are losses in planes of the first seed. All are divided by the loss of
    f = 0. `at` (network, axis) is where the three lie in the plane; `apart` (start) the distance of
    the ends divided by that from the first network to its initial weights; `unsatisfied` is N_Delta
    of each network, `N` counts weights. With a network that diverged losses are infinite, planes
    NaN, as those of networks that did not move. Raises BadInput from a job or the store.
    """
    cells = {(h, s): config.jobs(h, s) for h in config.h for s in range(config.seeds)}
    runs = gather.trained(cells, store, weights=True, arrays=True, **how)
    lines: dict[tuple[Any, ...], dict[str, Any]] = {}
    planes: dict[tuple[Any, ...], dict[str, Any]] = {}
    for (h, s), jobs in cells.items():
        ends = runs[h, s]
        lines[h, s] = {"unsatisfied": [end.unsatisfied for end in ends], "N": ends[0].N}
        if s == 0:
            planes[(h,)] = _no_planes(config)
        if any(end.result == Result.NON_FINITE.name for end in ends):
            lines[h, s] |= _infinite(config)
            continue
        space, solutions = _landscape(jobs, [end.w for end in ends])
        lines[h, s] |= _lines(config, space, solutions)
        if s == 0:
            key = jax.random.fold_in(jobs[0].init_key(), 2)
            planes[(h,)] |= _planes(config, space, solutions, key)
    along = {"loss": ("start", "c"), "barrier": ("start",), "apart": ("start",)}
    seeds = {"h": config.h, "seed": range(config.seeds)}
    found = gather.gathered(lines, seeds, along | {"unsatisfied": ("network",)})
    sides = {"plane": ("a", "b"), "x": ("a",), "y": ("b",), "random": ("r1", "r2")}
    found = found.merge(
        gather.gathered(planes, {"h": config.h}, sides | {"at": ("network", "axis")})
    )
    named = {"start": list(STARTS), "network": list(NETWORKS), "c": config.c}
    found = found.assign_coords(named | {"r1": config.around, "r2": config.around})
    return found.assign_attrs(config.attrs("dataset", "P", "L", "activation", "loss"))


def _landscape(jobs: list[Job], w: list[Any]) -> tuple[Problem, list[Params]]:
    """That of the first network, in which all three are solutions."""
    data = jobs[0].data()
    each = [problem_of(job, data, end) for job, end in zip(jobs, w, strict=True)]
    problem, solutions = each[0][0], [v for _, v in each]
    if jobs[0].alpha is None:
        return problem, solutions
    starts = [of.predictor.weights(of.predictor.start()) for of, _ in each]
    pairs = zip(solutions, starts, strict=True)
    return with_start(problem), [{"dw": v, "w0": w0} for v, w0 in pairs]


def _lines(config: Config, space: Problem, solutions: list[Params]) -> dict[str, Any]:
    """Losses on the lines from the first network to the others."""
    F, (first, *others) = space.predictor, solutions
    start, here, *there = (ravel_pytree(F.weights(v))[0] for v in (F.start(), first, *others))
    losses = []
    for v, end in zip(others, there, strict=True):
        still = bool((end == here).all())  # dead networks stay where they begin
        nowhere = jax.tree.map(jnp.zeros_like, v)
        line = Slice(first, (nowhere,), jnp.zeros((2, 1))) if still else through(space, first, v)
        losses.append(on_slice(space, line, config.c).loss)
    rows = np.stack(losses) / _unit(space)
    moved = jnp.linalg.norm(here - start)
    return {
        "loss": rows,
        "barrier": [barrier(config.c, row) for row in rows],
        "apart": [float(jnp.linalg.norm(end - here) / moved) for end in there],
    }


def _planes(
    config: Config, space: Problem, solutions: list[Params], key: Key[Array, ""]
) -> dict[str, Any]:
    """Losses in the plane of the three networks, and in a random one around the first."""
    v, same, other = solutions
    still = jax.tree.map(jnp.zeros_like, v)
    moves = v if isinstance(space.predictor, Plain) else still | {"dw": v["dw"]}
    try:
        plane = through(space, v, other, same)  # the distance to the other start is the larger one
        random = random_slice(v, key, like=moves)
    except BadInput:  # networks that did not move span no plane
        return {}
    at = np.asarray(plane.points)[[0, 2, 1]]
    side = np.ptp(at, axis=0).max() / 2 + MARGIN
    middle = (at.max(0) + at.min(0)) / 2
    x, y = (np.linspace(m - side, m + side, config.points) for m in middle)
    losses = {
        "plane": on_slice(space, plane, x, y).loss,
        "random": on_slice(space, random, config.around, config.around).loss,
    }
    unit = _unit(space)
    return {name: loss / unit for name, loss in losses.items()} | {"x": x, "y": y, "at": at}


def _infinite(config: Config) -> dict[str, Any]:
    """What `_lines` gives of networks that diverged."""
    two = len(STARTS)
    far = {name: np.full(two, np.inf) for name in ("barrier", "apart")}
    return far | {"loss": np.full((two, config.points), np.inf)}


def _no_planes(config: Config) -> dict[str, Any]:
    """What `_planes` gives where there are none."""
    n = config.points
    shapes = {"plane": (n, n), "random": (n, n), "x": (n,), "y": (n,), "at": (len(NETWORKS), 2)}
    return {name: np.full(shape, np.nan) for name, shape in shapes.items()}


def _unit(space: Problem) -> float:
    """The loss of f = 0."""
    zero = jnp.zeros_like(space.y)
    return float(space.loss.mean(zero, space.y, space.predictor.alpha))


def summary(found: xr.Dataset) -> str:
    """A line for each width: how many fit, and the barriers in units of the loss of f = 0."""

    def mean(name: str, start: str) -> gather.Column:
        def said(one: xr.Dataset) -> str:
            (value,), (error,) = mean_and_error(one[name].sel(start=start).values[None])
            return gather.spread(value, error, ".3g", ".1g")

        return said

    columns: dict[str, Any] = {
        "N": ("N", ".0f"),
        "fit": lambda one: gather.part(int((one.unsatisfied == 0).sum()), one.unsatisfied.size),
        "barrier, same start": mean("barrier", "same"),
        "other start": mean("barrier", "other"),
        "distance, same start": mean("apart", "same"),
        "of other start": mean("apart", "other"),
    }
    return gather.table(gather.means(found, ("h",), columns))
