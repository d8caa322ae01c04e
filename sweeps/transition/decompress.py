"""`python -m sweeps.transition decompress`: threshold states, at the transition itself.

Networks of about N weights learn P = ratio N points, too many for them, and are then decompressed:
points are taken away and the network relaxes from where it was, until the loss is at most `target`
with N_Delta > 0 (`jamming.nstar.decompress`). There gaps and overlaps have the exponents of
jamming, N_Delta / N is the height of the jump, and P / N the P / N* of this network and this way
(Geiger et al., *The jamming transition as a paradigm to understand the loss landscape of deep
neural networks*, 2019, Figs. 6 and 8).
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Unpack

import numpy as np
import xarray as xr
from jax.flatten_util import ravel_pytree
from tqdm import tqdm

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.nstar import decompress as states
from jamming.nstar.decompress import PATH, Decompression, Relaxation
from jamming.training.spec import Job
from sweeps.engine import gather, grid
from sweeps.engine.checkpoints import Running
from sweeps.engine.execute import How, execute, load_run
from sweeps.engine.measure import measure
from sweeps.engine.store import Store
from sweeps.transition import landscape
from sweeps.transition.endpoint import problem_of

RESULTS = "decompressed.nc"
STATES = "thresholds"
SECONDS = 20.0  # between two checkpoints


@dataclass(frozen=True)
class Threshold(grid.Checked):
    """One network, trained as `job`, to be decompressed down to a loss of `target`."""

    job: Job
    target: Annotated[float, grid.scalar(given.number, above=states.FLOOR, most=1.0)]
    steps: Annotated[int, grid.scalar(given.whole)]
    rate: Annotated[float, grid.scalar(given.number, above=0.0, most=given.HUGE)]


@dataclass(frozen=True)
class Config(grid.Grid):
    """A network for each seed, on P = ratio N points; all else is that of `job`.

    Seed s has its data, initial and batch seeds plus s. A round of relaxation has `relax_steps` of
    ADAM, the first of them of `rate` in units of a typical overlap.
    """

    N: Annotated[int, grid.scalar(given.whole)]
    ratio: Annotated[float, grid.scalar(given.number, above=0.0, most=given.HUGE)]
    target: Annotated[float, grid.scalar(given.number, above=states.FLOOR, most=1.0)] = 1e-6
    relax_steps: Annotated[int, grid.scalar(given.whole)] = Relaxation.steps
    rate: Annotated[float, grid.scalar(given.number, above=0.0, most=given.HUGE)] = Relaxation.rate
    seeds: grid.Seeds = 5

    def __post_init__(self) -> None:
        super().__post_init__()
        self.job.binary_only()
        if self.job.alpha is not None or self.job.loss != "quadratic_hinge":
            raise BadInput("outputs f relax under the quadratic hinge: choose that loss, no alpha")

    def check(self) -> None:
        self._landscape.check()

    @property
    def _landscape(self) -> landscape.Config:
        return landscape.Config(self.job, self.N, (self.job.L,), (self.ratio,), self.seeds)

    def thresholds(self) -> list[Threshold]:
        """One for each seed."""
        by = self.target, self.relax_steps, self.rate
        return [Threshold(job, *by) for job in self._landscape.jobs()]


def decompress(config: Config, store: Store, **how: Unpack[How]) -> xr.Dataset:
    """Train and decompress what the store lacks; everything over the seeds.

    `ratio`, P / N there, `loss`, `n_delta`, N_Delta / N, `lost`, points on which a layer is silent,
    `rounds`. `delta` over points: what is left of Delta, NaN of points that are gone. Of the jammed
    states on the way, over `state`: `path_P`, `path_loss`, `path_N_delta`, .... Attribute N.

    Raises:
        BadInput: from a job or the store, or if a network fits all of its points
    """
    every = config.thresholds()
    execute([one.job for one in every], store, weights=True, **how)
    kept = Store(store.folder / STATES, STATES)
    measure(every, kept, _decompressed(store, kept), unit="networks")
    cells = {(s,): _of_run(kept, store, one) for s, one in enumerate(every)}
    inner = {"delta": ("point",), **{f"path_{name}": ("state",) for name in PATH}}
    N = load_run(store, every[0].job, arrays=False).N
    return gather.gathered(cells, {"seed": range(config.seeds)}, inner).assign_attrs(
        config.attrs("dataset", "L", "activation", "loss", N=N, target=config.target)
    )


def _decompressed(
    store: Store, kept: Store
) -> Callable[[Threshold], tuple[dict[str, Any], dict[str, np.ndarray]]]:
    running = Running(kept)

    def of(one: Threshold) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        job = one.job
        w = np.asarray(store.arrays(job.key)["w"], float)
        problem, v = problem_of(job, job.data(), w)
        saved = running.load(one.key)
        row = np.asarray(ravel_pytree(v)[0])
        at = states.begin(row, job.P) if saved is None else states.of_arrays(saved)
        N, last = load_run(store, job, arrays=False).N, time.monotonic()

        def each(now: Decompression) -> None:
            nonlocal last
            if len(now.path) and not now.losses.size and now.rounds == now.path[-1, 0]:
                _, P, loss, n_delta, _ = now.path[-1]
                said = f"P/N={P / N:.3f} L={loss:.1e} N_Delta/N={n_delta / N:.2f}"
                tqdm.write(f"seed {job.init_seed}: {said}, round {now.rounds}", file=sys.stderr)
            if time.monotonic() - last > SECONDS:
                running.save(one.key, states.arrays(now))
                last = time.monotonic()

        by = Relaxation(steps=one.steps, rate=one.rate)
        at = states.decompress(problem, at, by, target=one.target, each=each)
        found = {"delta": states.delta(problem, at), "w": at.jammed, "path": at.path}
        return {"rounds": at.rounds}, found

    return of


def _of_run(kept: Store, store: Store, one: Threshold) -> dict[str, Any]:
    arrays = kept.arrays(one.key)
    path, N = arrays["path"], load_run(store, one.job, arrays=False).N
    last = dict(zip(PATH, path[-1], strict=True))
    found = {"ratio": last["P"] / N, "loss": last["loss"], "n_delta": last["N_delta"] / N}
    found |= {"lost": last["lost"], "rounds": path[-1, 0], "delta": arrays["delta"]}
    return found | {f"path_{name}": path[:, i] for i, name in enumerate(PATH)}


summary = gather.summary(
    ("seed",),
    {
        "P/N*": ("ratio", ".3f"),
        "loss": ("loss", ".1e"),
        "N_Delta/N": ("n_delta", ".3f"),
        "points lost": ("lost", ".0f"),
        "rounds": ("rounds", ".0f"),
    },
)
