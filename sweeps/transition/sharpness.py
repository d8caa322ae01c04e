"""`python -m sweeps.transition sharpness`: the ends of Hessian spectra while networks learn.

At the snapshots of each training the k smallest and the k largest eigenvalues of H, H_0 and H_p, by
Lanczos' method from one random vector (`jamming.observables.along`). By gradient descent on all
data at the rate eta the largest eigenvalue of H, the sharpness, rises until it reaches 2 / eta,
where a step would no longer go down, and stays there (Cohen et al., *Gradient descent on neural
networks typically occurs at the edge of stability*, 2021, Fig. 1); by the flow it rises freely. As
the loss L falls, H_p vanishes as sqrt(L) and H_0 is left (Geiger et al., *The jamming transition as
a paradigm to understand the loss landscape of deep neural networks*, 2019, Fig. 7).
"""

from dataclasses import dataclass
from typing import Annotated, Any, Unpack

import numpy as np
import xarray as xr
from jaxtyping import Float

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.fits.seeds import mean_and_error
from jamming.observables.along import Spectra, spectra
from jamming.observables.lanczos import Quadrature
from jamming.training.ready import ready
from jamming.training.spec import Job
from sweeps.engine import gather, grid
from sweeps.engine.execute import How, execute, load_run
from sweeps.engine.store import Store

RESULTS = "sharpness.nc"
PARTS = ("H", "H_0", "H_p")
COURSE = ("ticks", "t", "loss")  # of each snapshot
ENDS = ("smallest", "smallest_bound", "largest", "largest_bound")
OF_ENDS = ("look", "part", "order")


@dataclass(frozen=True)
class Config(grid.Grid):
    """Networks that differ in the rates of descent and in their seeds; k eigenvalues of each end.

    `lanczos` steps find them. All else is that of `job`; seed s has its data, initial and batch
    seeds plus s.
    """

    lr: Annotated[
        tuple[float, ...],
        grid.several(given.numbers, "lr", counts="rates", least=given.TINY, most=given.HUGE),
    ]
    seeds: grid.Seeds = 5
    k: Annotated[int, grid.scalar(given.whole)] = 3
    lanczos: Annotated[int, grid.scalar(given.whole)] = 30

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.lanczos < 2 * self.k:
            raise BadInput(
                f"lanczos = {self.lanczos} steps do not find {self.k} at each end: raise it"
            )

    def check(self) -> None:
        ready([self.jobs(lr)[0] for lr in self.lr], lower="P or h")

    def jobs(self, lr: float) -> list[Job]:
        """One for each seed."""
        return [self.at(s, data=True, lr=lr) for s in range(self.seeds)]


def sharpness(config: Config, store: Store, **how: Unpack[How]) -> xr.Dataset:
    """Train what the store lacks; `smallest` and `largest` over (lr, seed, look, part, order).

    Both ascend along `order`, from 1 to k; `..._bound` are bounds of their errors. `ticks`, flow
    time `t` (or updates) and `loss` over (lr, seed, look), NaN beyond the `looks` of a run.

    Raises:
        BadInput: from a job or the store
    """
    observe = Spectra(PARTS, steps=config.lanczos)
    jobs = {(lr, s): job for lr in config.lr for s, job in enumerate(config.jobs(lr))}
    execute(list(jobs.values()), store, observe=observe, **how)
    cells = {at: _of_run(store, job, config) for at, job in jobs.items()}
    axes = {"lr": config.lr, "seed": range(config.seeds)}
    inner = {**dict.fromkeys(COURSE, ("look",)), **dict.fromkeys(ENDS, OF_ENDS)}
    return (
        gather.gathered(cells, axes, inner)
        .assign_coords(part=list(PARTS), order=range(1, config.k + 1))
        .assign_attrs(config.attrs("dataset", "P", "L", "activation", "loss", "dynamics"))
    )


def _of_run(store: Store, job: Job, config: Config) -> dict[str, Any]:
    run = load_run(store, job)
    if not all(f"{part}_lanczos" in run.observed for part in PARTS):
        raise store.damaged(job.key, "names no spectra")
    steps = run.observed["H_lanczos"].shape[-1]
    if steps > config.lanczos or steps < min(config.lanczos, run.N_all):
        raise BadInput(
            f"{store.folder} holds spectra by {steps} steps of Lanczos' method: choose another"
            f" folder for {config.lanczos}, or --lanczos {steps}"
        )
    found: dict[str, Any] = {"looks": len(run.snapshot_t)}
    found |= {name: np.array(getattr(run, f"snapshot_{name}"), float) for name in COURSE}
    each = [[ends_of(at, config.k) for at in spectra(run, part)] for part in PARTS]
    for i, name in enumerate(ENDS):
        found[name] = np.array([[ends[i] for ends in looks] for looks in each]).swapaxes(0, 1)
    return found


def ends_of(at: Quadrature, k: int) -> list[Float[np.ndarray, " k"]]:
    """`ENDS`; NaN where there are fewer distinct eigenvalues, as of H_0 of the last constraint."""
    known = min(k, *(probe.values.size for probe in at.probes))
    found = at.extremes(known)
    rows = [np.full(k, np.nan) for _ in ENDS]
    for row, name in zip(rows, ENDS, strict=True):
        row[slice(known) if name.startswith("smallest") else slice(k - known, k)] = getattr(
            found, name
        )
    return rows


def at_end(found: xr.Dataset, name: str, part: str, order: int = -1) -> xr.DataArray:
    """`smallest` or `largest` of a part at the last look of each run; order 0 ascends from."""
    return found[name].sel(part=part).isel(order=order).isel(look=found.looks - 1)


def _last(part: str, name: str = "largest", order: int = -1) -> Any:
    """Mean and standard error over seeds of an eigenvalue at the end of training."""

    def said(one: xr.Dataset) -> str:
        mean, error = mean_and_error(at_end(one, name, part, order).values[None])
        return gather.spread(mean[0], error[0], ".3g", ".1g")

    return said


def _edge(one: xr.Dataset) -> str:
    return gather.number(float(one.lr / 2 * at_end(one, "largest", "H").mean()), ".3f")


def summary(found: xr.Dataset) -> str:
    """A line for each rate, at the end of training."""
    columns = {
        "loss": lambda one: gather.number(float(one.loss.isel(look=one.looks - 1).mean()), ".1e"),
        "largest of H": _last("H"),
        "of H_0": _last("H_0"),
        "of H_p": _last("H_p"),
        "smallest of H": _last("H", "smallest", 0),
    }
    if found.attrs["dynamics"] == "sgd":
        columns["lr/2 largest of H"] = _edge
    return gather.table(gather.means(found, ("lr",), columns))
