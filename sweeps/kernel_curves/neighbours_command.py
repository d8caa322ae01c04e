"""The command `python -m sweeps.kernel_curves neighbours`: the dimension of data."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import runs, seeds, some
from jamming.commands.typed import Help
from sweeps.engine import command


@dataclass(frozen=True, kw_only=True)
class Neighbours(command.Sweep):
    """The dimension of data, from the distances between nearest neighbours."""

    dataset: Annotated[tuple[str, ...], Help("images, or random<d + 1>: a sphere")] = (
        *("digits", "random3", "random6"),
    )
    P: command.ManyPoints = (100, 200, 400, 800, 1400)
    test_points: command.TestPoints = 350
    seeds: Annotated[int, Help("draws of the points")] = 5
    data_seed: Annotated[int, Help("first seed of the data")] = 0

    example: ClassVar[str] = "--dataset mnist --P 2000 4000 8000 16000 32000"
    lower: ClassVar[str] = "--P or --test-points"

    def config(self) -> Any:
        from sweeps.kernel_curves.neighbours import Neighbours as Draw

        names = tuple(dict.fromkeys(some("dataset", self.dataset)))
        runs(datasets=len(names), seeds=seeds(self.data_seed, self.seeds))
        several = range(self.data_seed, self.data_seed + self.seeds)
        return [self.grid(Draw, dataset=name, seed=seed) for name in names for seed in several]

    def figures(self, found: Any) -> tuple[str, ...]:
        return ("kernel_curves.neighbours",)
