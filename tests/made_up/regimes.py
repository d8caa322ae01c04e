"""Networks that follow the laws of lazy and feature learning to the letter: quick to train.

With x = alpha~ / 10: the kernel changes like x^-p, p = 2 / (1 + 1/L), for x << 1 and like 1/x for
x >> 1; sqrt(h) times the change of the weights like x^-b, b = 1 / (L + 1), and 1/x; the loss is
1 / (1 + t / t_half) with t_half = 5 alpha~ and 50; the output grows linearly; Var F = 4 / h; and a
share of the test set that goes from FEATURE to LAZY at x = 1 is on the wrong side of the mean.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from jamming.models.counting import n_weights
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.lazy_feature.commands import Regimes
from sweeps.lazy_feature.regimes import RESULTS

TEST, D = 400, 10
FEATURE, LAZY = 0.20, 0.10
Y = np.where(np.arange(TEST) % 2 == 0, 1.0, -1.0)


def laws(job: Job) -> dict[str, float]:
    """What is measured of a network without fluctuations."""
    h, L = job.widths[0], job.L
    a = math.inf if job.alpha is None else job.alpha * math.sqrt(h)
    x, p, b = a / 10, 2 / (1 + 1 / L), 1 / (L + 1)
    lazy = 1 / (1 + 1 / x)
    return {
        "kernel_change": (1 + x ** -(p - 1)) / x,
        "weight_change": 1 / x / (1 + x ** -(1 - b)) / math.sqrt(h),
        "t_half": 50 * lazy,
        "error": FEATURE + (LAZY - FEATURE) * lazy,
        "t_end": 500 * lazy,
        "variance": 4 / h,
    }


def trained(job: Job) -> Trajectory:
    """How it ends; seeds differ a little in all that is measured."""
    law = laws(job)
    rng = np.random.default_rng([job.init_seed, job.widths[0]])
    factor = math.exp(0.01 * rng.normal())
    # of its own at every alpha: a scatter that all alpha share has no part in an exponent
    at_alpha = np.random.default_rng([job.init_seed, job.widths[0], int(1e6 * (job.alpha or 0))])
    kernel_factor = math.exp(0.01 * at_alpha.normal())
    # points in an order of their own, of which the first are wrong, and those next to them unsure
    order = np.argsort(np.random.default_rng(5).random(TEST))
    margin = 0.7 * np.clip((order + 0.5 - law["error"] * TEST) / 8, -1, 1)
    F = margin * Y + math.sqrt(law["variance"]) * rng.normal(size=TEST)
    t_half = law["t_half"] * factor
    t = np.concatenate([[0.0], np.geomspace(1e-4 * t_half, 10 * t_half, 40)])
    alpha = job.alpha or 1.0
    a = alpha * math.sqrt(job.widths[0])
    network = job.model_kind == "network"
    N = n_weights(D, job.widths, job.L)
    moved = law["weight_change"] * factor if network else math.nan
    return Trajectory(
        result="FITTED",
        N=N,
        N_all=N,
        ticks=100,
        t=law["t_end"],
        loss=0.0,
        unsatisfied=0,
        misclassified=0,
        test_error=float((F * Y <= 0).mean()),
        snapshot_ticks=tuple(range(1, t.size + 1)),
        snapshot_loss=tuple((1 / (1 + t / t_half) / alpha**2).tolist()),
        snapshot_unsatisfied=(0,) * t.size,
        seconds=0.1,
        snapshot_t=tuple(t.tolist()),
        snapshot_norm=tuple((0.3 * a * t / t_half).tolist()),
        snapshot_weight_change=tuple((moved * t / t[-1]).tolist()) if network else (),
        kernel_change=law["kernel_change"] * kernel_factor if network else None,
        weight_change=moved if network else None,
        F_train=np.ones(4),
        F_test=F,
        y_test=Y.astype(np.int8),
    )


class Trainer:
    """In place of `jamming.training.train.train`; interrupted once it has trained `most`."""

    def __init__(self, most: int = 10**9) -> None:
        self.most, self.trained = most, list[Job]()

    def __call__(self, jobs: Sequence[Job], *, on_end: Any, **_: Any) -> None:
        for job in jobs:
            if len(self.trained) == self.most:
                raise KeyboardInterrupt
            self.trained.append(job)
            on_end(job, trained(job))


def swept(folder: Path, line: str) -> xr.Dataset:
    """The results of `sweeps.lazy_feature.regimes` with these options, of made-up networks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sweeps.engine.execute.train", Trainer())
        patch.setattr("os.fsync", lambda _: None)  # there is no power failure to survive
        assert Regimes.main([*line.split(), "--out", str(folder)]) == 0
    return xr.load_dataset(folder / RESULTS)
