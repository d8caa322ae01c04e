"""Learning rates that fit alpha: gradient flow finds its steps itself, adam and sgd are given one.

Of F = alpha (f - f0) under the loss L / alpha^2 a step of sgd moves F by the kernel Theta, whatever
alpha. Where features are learnt Theta grows like alpha~^(-2/(1 + 1/L)) (*Disentangling feature and
lazy training in deep neural networks*, 2020, Eq. 24), so that the rate that it bears shrinks
likewise. A step of adam has the size of the rate, and moves F by alpha times as much.
"""

import math
from dataclasses import dataclass

from jamming.training.spec import Job
from sweeps.shared import alpha_grid as grid

# alpha~ below which the kernel grows beyond its initial size
CROSSOVER = 10.0


@dataclass(frozen=True)
class Stepped(grid.Config):
    """A grid whose `job.lr` is that of alpha~ of 10 and more (sgd), or alpha up to 1 (adam)."""

    def jobs(self, h: int, alpha_tilde: float) -> list[Job]:
        return [stepped(job) for job in super().jobs(h, alpha_tilde)]


def stepped(job: Job) -> Job:
    """The job with the rate of its alpha; as it is without an alpha, or with other dynamics."""
    if job.alpha is None:
        return job
    if job.dynamics == "adam":
        return job.replace(lr=job.lr / max(1.0, job.alpha))
    if job.dynamics != "sgd":
        return job
    # time runs h times slower in mfp, where alpha~ is alpha
    mfp = job.parametrisation == "mfp"
    h = job.widths[0]
    a = job.alpha if mfp else job.alpha * math.sqrt(h)
    share = min(1.0, a / CROSSOVER * (1 + 1e-6)) ** (2 / (1 + 1 / job.L))
    return job.replace(lr=float(f"{job.lr * share:.6g}") * (h if mfp else 1))
