"""What a named experiment is: a command line at two sizes.

`laptop` runs on two cores; `paper` is the published setting, or the nearest that the sweep can
say, for an accelerator. Both leave their results in a folder named after experiment and size.
"""

import importlib
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

# a command that is known by another name than its module's; a `sweep` is that of its package
ALSO = {"sweeps.transition.find_nstar": "jamming.find_nstar"}


class Scale(StrEnum):
    """The size at which an experiment is run."""

    LAPTOP = "laptop"
    PAPER = "paper"


@dataclass(frozen=True)
class Experiment:
    """A sweep with its arguments.

    `module` has a `main(arguments)`; `result` is the file in its folder that says that there is
    something to draw. `minutes` of two cores and `paper_cost` are estimates, not measurements.
    """

    name: str
    module: str
    laptop: str
    paper: str
    result: str
    minutes: float
    paper_cost: str

    def folder(self, root: Path, scale: Scale) -> Path:
        """Where its results lie."""
        return root / f"{self.name}-{scale}"

    def arguments(self, root: Path, scale: Scale) -> list[str]:
        """Of the module's `main`."""
        words = self.laptop if scale is Scale.LAPTOP else self.paper
        return [*words.split(), "--out", str(self.folder(root, scale))]

    def command(self, root: Path, scale: Scale) -> str:
        """What a person would type."""
        module = ALSO.get(self.module, self.module.removesuffix(".sweep"))
        return f"python -m {module} {shlex.join(self.arguments(root, scale))}"

    def cost(self, scale: Scale) -> str:
        """An estimate, in words."""
        return f"{self.minutes:.0f} min" if scale is Scale.LAPTOP else self.paper_cost

    def there(self, root: Path, scale: Scale) -> bool:
        """Whether it has left results."""
        return (self.folder(root, scale) / self.result).is_file()

    def run(self, root: Path, scale: Scale) -> int:
        """Run it, or what is left of it; the exit code."""
        main: Callable[[list[str]], int] = importlib.import_module(self.module).main
        return main(self.arguments(root, scale))
