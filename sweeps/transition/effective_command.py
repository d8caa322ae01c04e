"""The command `python -m sweeps.transition effective`."""

import itertools
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import layers, runs, seeds, whole
from jamming.commands.typed import Help
from sweeps.engine import command


@dataclass(frozen=True, kw_only=True)
class Effective(command.Sweep):
    """N_eff, the rank of the extended gradients, against N."""

    dataset: Annotated[tuple[str, ...], Help("one or several")] = ("digits10pca", "random10")
    positive: command.Positive = None
    P: command.ManyPoints = (200, 300)
    depth: command.Depth = 3
    h: command.Widths = (5, 7, 10, 14, 20)
    activation: command.Activation = "relu"
    seeds: command.Seeds = 2

    example: ClassVar[str] = "--dataset mnist10pca random10 --P 300"
    drawn_by: ClassVar[tuple[str, ...]] = ("transition.effective",)

    def config(self) -> Any:
        L, n = layers(self.depth), seeds(0, self.seeds)
        runs(datasets=len(self.dataset), P=len(self.P), widths=len(self.h), seeds=n)
        return [
            self.job(
                dataset=dataset,
                P=whole("P", P, least=2),
                widths=(h,) * L,
                data_seed=s,
                init_seed=s,
                test_points=1,
            )
            for dataset, P, h, s in itertools.product(self.dataset, self.P, self.h, range(n))
        ]

    def check(self, config: Any) -> None:
        from sweeps.transition.effective import enough

        for job in config:
            if job.init_seed == 0:
                enough(job)
