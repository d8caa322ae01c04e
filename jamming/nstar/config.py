"""What to search for: the grid of P and depths, the seeds, and what counts as jammed."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from jamming.checks import arguments
from jamming.checks.arguments import HUGE
from jamming.nstar.ladder import Ladder, nearest
from jamming.training.ready import affordable, inputs
from jamming.training.spec import Job

Protocol = Literal["bisect", "descend"]

# The papers' own search calls a run jammed above this N_Delta / N.
JAMMED_ABOVE = 0.1


@dataclass(frozen=True)
class Config:
    """What to search. `job` holds all that is common; its P, widths and seeds are replaced.

    `P` are numbers of training points, `depths` numbers of hidden layers. `seeds` runs are trained
    at each width; run s has the data, init and batch seeds of `job` plus s (with `fixed_data` all
    have the same data). A run is jammed where N_Delta / N > `jammed_above` (None: 0, and 0.1 with
    the protocol descend). With `fractional` widths are multiples of 1/L. `time_limit` is in seconds
    of wall time, for the whole search. Raises BadInput if a value is out of range, for a loss of
    several classes, or too many runs.

        >>> job = jamming.Job("random10", P=50, widths=(4,))
        >>> jamming.Search(job, P=(50, 100), depths=(1, 2), seeds=4).seeds
        4
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
        depths = arguments.wholes("depth", self.depths, most=arguments.DEEPEST)
        limit = self.time_limit
        plain: dict[str, Any] = {
            "P": arguments.some("P", arguments.wholes("P", self.P, least=2)),
            "depths": arguments.some("depth", depths),
            "seeds": arguments.seeds(self.job.last_seed, self.seeds),
            "protocol": arguments.one_of("protocol", self.protocol, get_args(Protocol)),
            "time_limit": arguments.unbounded("the time limit", limit, above=0.0, most=HUGE),
            "fractional": arguments.flag("fractional", self.fractional),
            "fixed_data": arguments.flag("fixed_data", self.fixed_data),
        }
        if self.jammed_above is not None:
            name, above = "jammed-above, N_Delta/N,", self.jammed_above
            plain["jammed_above"] = arguments.number(name, above, least=0.0, below=1.0)
        arguments.settle(self, plain)
        self.job.replace(P=min(self.P))  # refuses a batch that is larger
        arguments.runs(P=len(set(self.P)), depths=len(set(depths)), seeds=self.seeds)

    def check(self) -> None:
        """Refuse, by BadInput, too few data or a P whose networks do not fit in memory."""
        job, shape = self.largest(), inputs(self.job)
        affordable([job], "P")
        d = None if job.dataset == "random" or shape is None else shape[0]
        for L in self.depths:
            ladder = Ladder(L, d, self.fractional)
            affordable(self.jobs(job.P, ladder.widths(nearest(ladder, float(job.P)))), "P")
        job.data()

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
            self.job.replace(
                P=P,
                widths=widths,
                data_seed=self.job.data_seed + (0 if self.fixed_data else s),
                init_seed=self.job.init_seed + s,
                batch_seed=self.job.batch_seed + s,
            )
            for s in range(self.seeds)
        ]
