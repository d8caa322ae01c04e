"""What an ensemble of trained networks says: its errors, its fluctuations, its boundaries.

The networks of a cell on a training set differ in their initial weights alone. All that the figures
of double descent and of scaling with N show of it is computed here, from the stored outputs and
weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jamming.data import Dataset
from jamming.objectives.predictor import Predictor
from jamming.observables import boundary, ensembles
from jamming.observables.ensembles import ensemble
from jamming.training.build import predictor_at
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine.diverged import infinite

# members of the largest averages: as many as leave others to compare them with
GROUP = 12
SIZES = (1, 2, 3, 4, 6, 8, 12)
DRAWS = 25
# points between the boundaries from which the zero of one network is searched
POINTS = 40
QUARTILES = (0.25, 0.5, 0.75)

# of a trajectory
PLAIN = ("ticks", "loss", "unsatisfied", "test_error", "fitted")
# of a run beside others
OF_ONE = ("norm", "deviation_train", "deviation_test", "slope", "delta", "delta_estimate")
SNAPSHOTS = ("ticks", "test_error", "misclassified", "norm", "loss")

Trained = tuple[Predictor, Any]
Numbers = dict[str, Any]


@dataclass(frozen=True)
class Member:
    """A job and how it ended, with outputs and weights."""

    job: Job
    run: Trajectory

    @property
    def finite(self) -> bool:
        return self.run.w is not None and bool(np.isfinite(self.run.outputs[1]).all())


def outputs(network: Trained, x: Array) -> Array:
    """F at x of a predictor at one value of its variable."""
    F, v = network
    return F(v, x)


def groups(seeds: int) -> tuple[int, tuple[int, ...]]:
    """Number of groups that `seeds` networks are split into, and the sizes of averages in each."""
    n = max(2, seeds // GROUP)
    return n, tuple(size for size in SIZES if size <= max(1, seeds // n))


def of_run(member: Member, times: Sequence[int] = ()) -> Numbers:
    """Numbers of a run: its outcome, its best earlier moment, and what its snapshots have seen.

    If outputs are not finite, all but the errors are inf (`sweeps.engine.diverged`).
    `early_error` is the smallest test error that a snapshot has seen (early stopping, with the test
    points themselves), `early_norm` and `early_ticks` are of that moment; `norm_t` and `error_t`
    are what the last snapshot until each time has seen.
    """
    run = member.run
    best = int(np.argmin(run.snapshot_test_error))
    plain: Numbers = {name: float(getattr(run, name)) for name in PLAIN}
    found = plain | {
        "train_error": run.misclassified / member.job.P,
        "early_error": run.snapshot_test_error[best],
        "early_norm": run.snapshot_norm[best],
        "early_ticks": float(run.snapshot_ticks[best]),
        "norm_t": after(run, times, "norm"),
        "error_t": after(run, times, "test_error"),
    }
    names = (f"snapshot_{name}" for name in SNAPSHOTS)
    seen: Numbers = {name: np.array(getattr(run, name), float) for name in names}
    return seen | (found if member.finite else {name: infinite(x) for name, x in found.items()})


def after(run: Trajectory, times: Sequence[int], name: str = "norm") -> list[float]:
    """What the last snapshot until each time has seen; a run that has ended stays as it is."""
    ticks = np.array(run.snapshot_ticks) - 1  # the first gradient is at step 0
    values = getattr(run, f"snapshot_{name}")
    return [float(values[int(np.searchsorted(ticks, t, side="right")) - 1]) for t in times]


def of_ensemble(
    members: Sequence[Member], data: Dataset, seeds: int
) -> tuple[list[Numbers], Numbers]:
    """Quantities that need several runs: for each run, and for all; of a set of `seeds` runs.

    Of each run: `norm` on training and test points together, `deviation_train` and
    `deviation_test` (||f - fbar||^2, unbiased), `slope` (||grad f||), `delta`,
    `delta_estimate`, `crossing` (the quartiles of where f has its zero along the gradient), and
    `ensemble_without`, the error of the mean of all others. Of all: `ensemble_error`. Of the
    averages of some: `average_error` and `average_delta` over (group, size), the mean of all
    networks outside the group in place of fbar.

    A diverged run counts as wrong in errors, as inf elsewhere, and so do averages with it.
    """
    tested = ensemble(np.array([one.run.F_test for one in members]), data.y_test)
    lost = dict.fromkeys(OF_ONE, np.inf) | {"crossing": np.full(len(QUARTILES), np.inf)}
    rows: list[Numbers] = [{} if one.finite else dict(lost) for one in members]
    for row, without in zip(rows, tested.without, strict=True):
        row["ensemble_without"] = without
    several = {i: one for i, one in enumerate(members) if one.finite}
    count, sizes = groups(seeds)
    blank = np.full((count, len(sizes)), np.nan if len(several) == len(members) else np.inf)
    whole = {"average_error": blank, "average_delta": blank.copy(), "ensemble_error": tested.error}
    if len(several) < 2:
        return rows, whole
    F_train, F = map(np.array, zip(*(one.run.outputs for one in several.values()), strict=True))
    x = jnp.asarray(data.x_test, members[0].job.dtype)
    networks = [predictor_at(one.job, data.x_train, one.run.w) for one in several.values()]
    gradients = np.stack(
        [np.asarray(boundary.input_gradients(outputs, one, x)[1]) for one in networks]
    )
    norms = ensembles.norm(np.concatenate([F_train, F], axis=1))
    train, test = ensembles.deviations(F_train), ensembles.deviations(F)
    factor = ensembles.inflation(1, len(F) - 1)
    for k, i in enumerate(several):
        others = np.delete(F, k, axis=0).mean(0)
        rows[i] |= {
            "norm": norms[k],
            "deviation_train": train[k],
            "deviation_test": test[k],
            "slope": boundary.slope(gradients[k]),
            "delta": factor * boundary.distance(F[k], others, gradients[k]),
            "delta_estimate": factor * boundary.estimate(F[k], others, gradients[k]),
            "crossing": _crossing(networks[k], x, boundary.between(F[k], others)),
        }
    if len(several) == len(members):
        _averages(whole, F, data.y_test, gradients, sizes)
    return rows, whole


def _averages(
    whole: Numbers,
    F: Float[np.ndarray, "n points"],
    y: Float[np.ndarray, " points"],
    gradients: Float[np.ndarray, "n points d"],
    sizes: Sequence[int],
) -> None:
    """Fill the errors and distances of the averages of some networks of each group."""
    count = len(whole["average_error"])
    each = len(F) // count
    for g in range(count):
        inside = np.arange(g * each, (g + 1) * each)
        others = np.delete(F, inside, axis=0)
        for j, size in enumerate(sizes):
            if size > each or not len(others):
                continue
            errors, deltas = [], []
            for row in ensembles.subsets(each, size, DRAWS):
                mean = row @ F[inside]
                slopes = np.tensordot(row, gradients[inside], 1)
                errors.append(ensembles.error(mean, y))
                deltas.append(boundary.distance(mean, others.mean(0), slopes))
            whole["average_error"][g, j] = np.mean(errors)
            if np.isfinite(deltas).any():
                factor = ensembles.inflation(size, len(others))
                whole["average_delta"][g, j] = factor * np.nanmean(deltas)


def _crossing(one: Trained, x: Array, apart: np.ndarray) -> np.ndarray:
    """Quartiles of the zeros of f along its gradient, from points between the boundaries.

    A point without one counts as one beyond all quartiles.
    """
    chosen = np.flatnonzero(apart)[:POINTS]
    if len(chosen) < POINTS // 4:
        return np.full(len(QUARTILES), np.nan)
    # as many points for all, so that one compiled program serves them
    padded = np.resize(chosen, POINTS)
    zeros = boundary.crossings(outputs, one, x[jnp.asarray(padded)])[: len(chosen)]
    return np.quantile(np.nan_to_num(zeros, nan=np.inf), QUARTILES, method="inverted_cdf")
