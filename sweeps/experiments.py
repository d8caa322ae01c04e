"""The named experiments behind figures and claims: one command line each, at two sizes.

`laptop` runs on two cores; `paper` is the published setting, or the nearest that the sweep can
say, for an accelerator. Both leave their results in a folder named after experiment and size.
"""

import importlib
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from jamming.errors import BadInput


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
        return f"python -m {self.module} {shlex.join(self.arguments(root, scale))}"

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


_CONVERGED = "--seeds 4 --lr 1e-3 --steps 150000 --decay-every 50000"
_PAPERS = "--steps 10000000 --lr 1e-4 --decay-every 250000"

EXPERIMENTS = {
    each.name: each
    for each in (
        Experiment(
            "landscape-random",
            "sweeps.landscape",
            "--dataset random --depth 2 3 --N 465 --ratio 2.3 2.4 2.5 2.6 2.7 2.8 2.9"
            f" {_CONVERGED}",
            "--dataset random --depth 2 3 5 --N 7854 --ratio 2.6 2.7 2.8 2.85 2.9 2.95 3.0 3.1"
            f" --seeds 8 {_PAPERS}",
            "landscape.json",
            20.0,
            "1e18 floating-point operations: 80 hours of one H200",
        ),
        Experiment(
            "landscape-tanh",
            "sweeps.landscape",
            "--dataset random --activation tanh --depth 2 --N 465 --ratio 4.4 4.7 5.0 5.3"
            f" {_CONVERGED}",
            "--dataset random --activation tanh --depth 3 --N 2232 --ratio 4.0 4.3 4.6 4.9 5.2"
            f" --seeds 8 {_PAPERS}",
            "landscape.json",
            8.0,
            "6e16 floating-point operations: 4 hours of one H200",
        ),
        Experiment(
            "landscape-mnist",
            "sweeps.landscape",
            f"--dataset mnist10pca --depth 3 --N 310 --ratio 4 5 6 7 8 {_CONVERGED}",
            "--dataset mnist10pca --depth 5 --N 3930 --ratio 8 9 10 11 12 13 14 16 --seeds 4"
            " --steps 3000000 --lr 1e-4 --decay-every 250000",
            "landscape.json",
            6.0,
            "1e17 floating-point operations: 6 hours of one H200",
        ),
        Experiment(
            "nstar-random",
            "jamming.find_nstar",
            "--dataset random --P 125 250 500 1000 --depth 2 3 --fractional --steps 100000"
            " --lr 1e-3 --seeds 6 --precision float32",
            "--dataset random --P 500 1000 2000 5000 10000 20000 60000 --depth 2 3 5 --fractional"
            " --steps 2000000 --lr 1e-4 --decay-every 250000 --protocol descend --seeds 3",
            "results.nc",
            8.0,
            "5e17 floating-point operations: 30 hours of one H200",
        ),
        Experiment(
            "nstar-random-sgd",
            "jamming.find_nstar",
            "--dataset random --P 250 1000 --depth 2 --fractional --steps 100000 --dynamics sgd"
            " --batch 64 --lr 5e-2 --seeds 6 --precision float32",
            "--dataset random --P 2500 5000 20000 --depth 2 3 --fractional --steps 2000000"
            " --dynamics sgd --batch 1024 --lr 1e-2 --seeds 3",
            "results.nc",
            5.0,
            "1e17 floating-point operations: 6 hours of one H200",
        ),
        Experiment(
            "nstar-mnist",
            "jamming.find_nstar",
            "--dataset mnist10pca --P 125 250 500 1000 2000 --depth 1 3 --fractional"
            " --steps 100000 --lr 1e-3 --seeds 4 --precision float32",
            "--dataset mnist10pca --P 100 300 1000 3000 10000 30000 50000 --depth 1 3 5"
            " --fractional --steps 2000000 --lr 1e-4 --decay-every 250000 --protocol descend"
            " --seeds 3",
            "results.nc",
            8.0,
            "5e16 floating-point operations: 3 hours of one H200",
        ),
        Experiment(
            "learning-time",
            "sweeps.learning_time",
            "--P 125 250 500 --depth 3 --steps 30000 --seeds 4",
            "--P 250 500 1000 2000 5000 10000 20000 --depth 5 --steps 1000000 --seeds 3",
            "learning_time.nc",
            5.0,
            "5e16 floating-point operations: 3 hours of one H200",
        ),
        Experiment(
            "effective",
            "sweeps.effective",
            "--dataset mnist10pca random10 --P 200 300 --h 5 7 10 14 --seeds 2",
            "--dataset mnist10pca random10 --P 500 1000 2000 --h 5 7 10 14 20 30 --seeds 3",
            "effective.nc",
            1.0,
            "an hour of two cores",
        ),
    )
}


def experiment(name: str) -> Experiment:
    """The experiment of this name.

    Raises:
        BadInput: there is none.
    """
    if name not in EXPERIMENTS:
        raise BadInput(f"unknown experiment '{name}': choose {', '.join(EXPERIMENTS)}")
    return EXPERIMENTS[name]
