"""What to search for: the grid of P and depths, the seeds, and what counts as jammed."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

from jamming.errors import BadInput
from jamming.job import Job

Protocol = Literal["bisect", "descend"]

# The papers' own search calls a run jammed above this N_Delta / N.
JAMMED_ABOVE = 0.1


@dataclass(frozen=True)
class Config:
    """What to search. `job` holds all that is common to the runs; its P, widths and seeds are
    replaced.

    `seeds` runs a width; run s has the data, init and batch seeds of `job` plus s (the same data
    for all with `fixed_data`). `time_limit` in seconds of wall time, for the whole search.

    Raises:
        BadInput: nothing to search, or a value out of range.
    """

    job: Job
    P: tuple[int, ...]
    depths: tuple[int, ...] = (3,)
    seeds: int = 6
    protocol: Protocol = "bisect"
    jammed_above: float | None = None
    fractional: bool = False
    fixed_data: bool = False
    time_limit: float = float("inf")

    def __post_init__(self) -> None:
        self.job.binary_only()
        if not self.P or min(self.P) < 2:
            raise BadInput(f"P must be at least 2, not {min(self.P, default='nothing')}")
        if not self.depths or min(self.depths) < 1:
            raise BadInput(f"depth must be at least 1, not {min(self.depths, default='nothing')}")
        if self.seeds < 1:
            raise BadInput(f"seeds must be at least 1, not {self.seeds}")
        if self.protocol not in ("bisect", "descend"):
            raise BadInput(f"unknown protocol '{self.protocol}': choose bisect or descend")
        if self.jammed_above is not None and not 0 <= self.jammed_above < 1:
            raise BadInput(f"jammed-above is an N_Delta/N in [0, 1), not {self.jammed_above}")
        if not self.time_limit > 0:
            raise BadInput(f"the time limit must be positive, not {self.time_limit}")

    @property
    def limit(self) -> float:
        """N_Delta / N above which a run counts as jammed."""
        if self.jammed_above is not None:
            return self.jammed_above
        return JAMMED_ABOVE if self.protocol == "descend" else 0.0

    def largest(self) -> Job:
        """A run at the largest P, to see whether there are enough data."""
        return self.jobs(max(self.P), self.job.widths)[0]

    def jobs(self, P: int, widths: tuple[int, ...]) -> list[Job]:
        """The runs of one width."""
        return [
            dataclasses.replace(
                self.job,
                P=P,
                widths=widths,
                data_seed=self.job.data_seed + (0 if self.fixed_data else s),
                init_seed=self.job.init_seed + s,
                batch_seed=self.job.batch_seed + s,
            )
            for s in range(self.seeds)
        ]
