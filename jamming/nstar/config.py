"""What to search for: the grid of P and depths, the seeds, and what counts as jammed."""

from dataclasses import dataclass
from math import inf
from typing import Annotated, Literal, get_args

from jamming.checks.arguments import DEEPEST, HUGE, number, one_of, runs, unbounded, wholes
from jamming.checks.errors import BadInput
from jamming.checks.fields import Checked, Flag, count, scalar, several
from jamming.nstar.ladder import Ladder, nearest
from jamming.training.ready import affordable, inputs
from jamming.training.spec import Job

Protocol = Literal["bisect", "descend"]

JAMMED_ABOVE = 0.1  # the papers' own search calls a run jammed above this N_Delta / N


@dataclass(frozen=True)
class Search(Checked):
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
    P: Annotated[tuple[int, ...], several(wholes, sort=False, least=2)]
    depths: Annotated[tuple[int, ...], several(wholes, "depth", sort=False, most=DEEPEST)] = (3,)
    seeds: Annotated[int, count()] = 6
    protocol: Annotated[Protocol, scalar(one_of, known=get_args(Protocol))] = "bisect"
    jammed_above: Annotated[
        float | None, scalar(number, "jammed-above, N_Delta/N,", least=0.0, below=1.0)
    ] = None
    fractional: Flag = False
    fixed_data: Flag = False
    time_limit: Annotated[float, scalar(unbounded, "the time limit", above=0.0, most=HUGE)] = inf

    def __post_init__(self) -> None:
        self.job.binary_only()
        super().__post_init__()
        self.job.replace(P=min(self.P))  # refuses a batch that is larger
        runs(P=len(set(self.P)), depths=len(set(self.depths)), seeds=self.seeds)

    def check(self) -> None:
        """Refuse, by BadInput, too few data or a P whose networks do not fit in memory."""
        job, shape = self.largest(), inputs(self.job)
        affordable([job], "P")
        d = None if job.dataset == "random" or shape is None else shape[0]
        for L in self.depths:
            ladder = Ladder(L, d, self.fractional)
            affordable(self.jobs(job.P, ladder.widths(nearest(ladder, float(job.P)))), "P")
        if job.data().contradictory:
            raise BadInput("no network fits points that occur with both labels: choose :drop")

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
        several = range(self.seeds)
        return [self.job.at(s, data=not self.fixed_data, P=P, widths=widths) for s in several]
