"""Results of the sweeps of the transition made by hand, but for landscapes: see `runs`."""

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from jamming.fits.logistic import transition
from jamming.nstar.config import Search
from jamming.nstar.report import to_dataset
from jamming.nstar.search import Transition, Width
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from tests.made_up.runs import ended

JOB = Job("random5", 2, (1,), test_points=10)


def a_run(N: int, fitted: bool, seed: int) -> Trajectory:
    """An end; losses of their own, N_Delta about N / 2 where it does not fit."""
    end = ended(dataclasses.replace(JOB, P=10**6), fitted=fitted, loss=1e-3 * (seed + 1))
    return dataclasses.replace(end, N=N, N_all=N + 3, unsatisfied=0 if fitted else N // 2 + seed)


def bracketed(P: int, L: int, n_star: float) -> Transition:
    """Widths of N = 10, 20, ... around n_star; not bracketed where it is beyond 400."""
    widths = tuple(
        Width(float(h), 10 * h, tuple(a_run(10 * h, 10 * h >= n_star, s) for s in range(3)))
        for h in range(1, 41)
    )
    fitted = np.array([w.fits for w in widths])
    if fitted.all() or not fitted.any():
        return Transition(P, L, widths, why="not bracketed")
    at = int(fitted[:, 0].argmax())
    n = transition(np.array([w.N for w in widths]), fitted, samples=20)
    return Transition(P, L, widths, n, widths[at].h, widths[at - 1])


def searched(*found: Transition) -> xr.Dataset:
    """As `find_nstar` leaves them."""
    return to_dataset(Search(JOB, P=(100,)), found)


UNTRIED = Transition(100, 1, (), why="the time limit of 1 s ended the search")
SEARCHES = {
    "one P": searched(bracketed(100, 1, 45)),
    "several P": searched(*(bracketed(P, 1, 0.4 * P) for P in (100, 200, 400))),
    "two depths": searched(*(bracketed(P, L, 0.4 * P) for L in (1, 2) for P in (100, 200))),
    "some not bracketed": searched(bracketed(100, 1, 45), bracketed(200, 1, 1e9)),
    "one P, not bracketed": searched(bracketed(100, 1, 1e9)),
    "all fit": searched(bracketed(100, 1, 1), bracketed(200, 1, 1)),
    "none bracketed": searched(bracketed(100, 1, 1e9), bracketed(200, 1, 1e9)),
    "nothing tried": searched(UNTRIED),
    "nothing tried at several P": searched(*(Transition(P, 1, (), why="-") for P in (100, 200))),
}


def learning_times(
    n: list[list[float]] | None = None,
    P: tuple[int, ...] = (125, 250, 500),
    *,
    noise: float = 0.1,
    step: int = 10,
) -> xr.Dataset:
    """As `sweeps.transition.learning_time` leaves it; NaN where N* is not between."""
    star = np.array([[300, 700, 1800], [100, 210, 500]] if n is None else n, float)
    t = [1000 * step**i for i in range(len(star))]
    names = {"n_star": star, "n_star_low": 0.8 * star, "n_star_high": 1.3 * star}
    # of the same seeds at all times
    scatter = np.exp(noise * np.random.default_rng(0).normal(size=(len(P), 200)))
    return xr.Dataset(
        {name: (("t", "P"), rows) for name, rows in names.items()}
        | {"bound": (("t", "P"), np.where(np.isfinite(star), "", "none"))}
        | {"n_star_sample": (("t", "P", "sample"), star[..., None] * scatter)},
        coords={"t": t, "P": list(P)},
        attrs={"seeds": 6},
    )


def falling_with_time(
    exponent: float, P: tuple[int, ...] = (500, 1000, 2000), *, noise: float = 0.05
) -> xr.Dataset:
    """N* = P^exponent (1 + 2000/t) after four times."""
    t = np.array([1000.0 * 4**i for i in range(4)])
    star = (1 + 2000 / t)[:, None] * np.array(P, float) ** exponent
    return learning_times(star.tolist(), P, noise=noise, step=4)


def ranks(**columns: Any) -> xr.Dataset:
    """As `sweeps.transition.effective` leaves it: one is lost for each hidden neuron."""
    h = np.array([5, 7, 10] * 2)
    neurons = 3 * h
    N = 10 * h + 2 * h**2 + h
    rows = {"P": 50 * h, "h": h, "N": N, "N_all": N + neurons + 1, "neurons": neurons}
    rows |= {"N_eff": N + 1} | columns
    data = ["random10"] * 3 + ["mnist10pca"] * 3
    return xr.Dataset({k: ("run", v) for k, v in rows.items()}, {"dataset": ("run", data)})


def classes(h: tuple[int, ...] = (4, 8), seeds: int = 3, *, ensemble: bool = False) -> xr.Dataset:
    """As `sweeps.transition.classes` leaves it, of two losses."""
    rng = np.random.default_rng(len(h))
    errors = rng.uniform(0.05, 0.1, (2, len(h), seeds))
    over = ("loss", "h", "seed")
    columns: dict[str, Any] = {
        "test_error": (over, errors),
        "best_test_error": (over, errors - 0.01),
    }
    if ensemble:
        columns["ensemble_error"] = ("loss", "h"), errors.mean(-1) - 0.02
    losses = ["cross_entropy", "multiclass_hinge"]
    return xr.Dataset(
        columns,
        {"loss": losses, "h": list(h), "seed": list(range(seeds))},
        {"dataset": "digits", "architecture": "fc", "P": 60, "L": 1},
    )


def slices(power: float = -2.0, seeds: int = 6, points: int = 5) -> xr.Dataset:
    """As `sweeps.transition.slices` leaves it: barriers of one start ~ N^power, of others 1."""
    h = np.array([4, 10, 40])
    c, N = np.linspace(0, 1, points), 10.0 * h + h**2
    barriers = np.stack([(N / N[1]) ** power / 10, np.ones(3)], axis=-1)
    barrier = barriers[:, None] * np.linspace(0.8, 1.2, seeds)[:, None]
    shape = 4 * c * (1 - c)
    x = np.tile(np.linspace(-0.5, 1.5, points), (3, 1))
    plane = x[:, :, None] ** 2 + (x[:, None, :] - 0.5) ** 2
    left = np.where(h == 4, 20, 0)[:, None, None] + np.zeros((3, seeds, 3), int)
    over = ("h", "seed")
    return xr.Dataset(
        {
            "loss": ((*over, "start", "c"), barrier[..., None] * shape),
            "barrier": ((*over, "start"), barrier),
            "apart": ((*over, "start"), np.ones_like(barrier)),
            "unsatisfied": ((*over, "network"), left),
            "N": (over, np.tile(N[:, None], seeds)),
            "plane": (("h", "a", "b"), plane),
            "x": (("h", "a"), x),
            "y": (("h", "b"), x - 0.5),
            "random": (("h", "r1", "r2"), plane),
            "at": (("h", "network", "axis"), np.tile([[0.0, 0], [0.1, 0.2], [1, 0]], (3, 1, 1))),
        },
        {"h": h, "c": c, "start": ["same", "other"], "r1": x[0] - 0.5, "r2": x[0] - 0.5},
    )
