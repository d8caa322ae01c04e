"""Several networks on each of several data sets, at every P."""

from dataclasses import dataclass
from typing import Annotated, Any

from jamming.checks import arguments as given
from jamming.training.spec import Job
from sweeps.engine import grid

DataSets = Annotated[int, grid.count("sets")]
Inits = Annotated[int, grid.Rule(lambda owner, value: given.whole("inits", value), "inits")]


@dataclass(frozen=True)
class Sets(grid.Grid):
    """`sets` data sets at each P, and `inits` networks on each; all else is that of `job`.

    Raises:
        BadInput: nothing to train, or a value out of range.
    """

    P: grid.Points
    sets: DataSets = 4
    inits: Inits = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        given.seeds(self.job.last_seed, self.sets * self.inits)

    def on_set(self, P: int, s: int, **changes: Any) -> list[Job]:
        """The networks on P points of data set s, one for each initialisation."""
        return [
            self.at(n, P=P, data_seed=self.job.data_seed + s, **changes)
            for n in range(s * self.inits, (s + 1) * self.inits)
        ]
