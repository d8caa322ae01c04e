"""What a search found: the runs of each width, and the transition that they bracket."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from jamming.fits.logistic import Estimate
from jamming.training.trajectory import Trajectory


@dataclass(frozen=True)
class Width:
    """All runs of one width."""

    h: float
    N: int
    runs: tuple[Trajectory, ...]

    jammed_above: float = 0.0

    @property
    def fits(self) -> list[bool]:
        """Of each run, whether at most `jammed_above` N of its constraints are left unsatisfied."""
        limit = self.jammed_above * self.N
        return [run.result != "NON_FINITE" and run.unsatisfied <= limit for run in self.runs]

    @property
    def jammed(self) -> list[Trajectory]:
        """The runs that do not fit."""
        return [run for run, fits in zip(self.runs, self.fits, strict=True) if not fits]


@dataclass(frozen=True)
class Transition:
    """The transition at one P and depth L; `n_star` is None where it was not bracketed: see `why`.

    `h` is the smallest width that at least half of the seeds fit, `jammed` the widest they do not.
    """

    P: int
    L: int
    widths: tuple[Width, ...]  # in order of N
    n_star: Estimate | None = None
    h: float = float("nan")
    jammed: Width | None = None
    why: str = ""

    def inside(self) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
        """(N_Delta / N, loss) of the runs just inside the jammed phase that did not fit."""
        runs = [] if self.jammed is None else self.jammed.jammed
        return np.array([r.unsatisfied / r.N for r in runs]), np.array([r.loss for r in runs])

    def results(self) -> Counter[str]:
        """How many runs ended in which way."""
        return Counter(run.result for width in self.widths for run in width.runs)
