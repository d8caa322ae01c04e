"""What a named experiment is: the options of a sweep at two sizes.

`laptop` runs on two cores; `paper` is the published setting, or the nearest that the sweep can
say, for an accelerator. Both leave their results in a folder named after experiment and size.
"""

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sweeps.engine.command import Sweep


class Scale(StrEnum):
    """The size at which an experiment is run."""

    LAPTOP = "laptop"
    PAPER = "paper"


def h200(operations: str, time: str) -> str:
    """What a run costs on an accelerator, in words."""
    return f"{operations} floating-point operations: {time} of one H200"


@dataclass(frozen=True)
class Experiment:
    """A sweep with its options.

    `result` is the file in its folder that says that there is something to draw. `minutes` of two
    cores and `paper_cost` are estimates, not measurements.
    """

    name: str
    result: str
    minutes: float
    paper_cost: str
    laptop: Sweep
    paper: Sweep

    def folder(self, root: Path, scale: Scale) -> Path:
        return root / f"{self.name}-{scale}"

    def sweep(self, root: Path, scale: Scale) -> Sweep:
        options = self.laptop if scale is Scale.LAPTOP else self.paper
        return dataclasses.replace(options, out=self.folder(root, scale))

    def command(self, root: Path, scale: Scale) -> str:
        return self.sweep(root, scale).typed()

    def cost(self, scale: Scale) -> str:
        return f"{self.minutes:.0f} min" if scale is Scale.LAPTOP else self.paper_cost

    def there(self, root: Path, scale: Scale) -> bool:
        return (self.folder(root, scale) / self.result).is_file()

    def run(self, root: Path, scale: Scale) -> int:
        """Run it, or what is left of it; the exit code."""
        sweep = self.sweep(root, scale)
        return sweep.main(sweep.line())
