"""The command `python -m sweeps.transition decompress`."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.commands.typed import Help
from sweeps.engine import command


@dataclass(frozen=True, kw_only=True)
class Decompress(command.Trained):
    """Decompress jammed networks to the transition: gaps, overlaps and N_Delta there."""

    dataset: command.DataSet = "random"
    positive: command.Positive = None
    N: Annotated[int, Help("weights of the networks, about")] = 200
    depth: command.Depth = 2
    ratio: Annotated[float, Help("P/N at the start, well above the transition")] = 3.4
    target: Annotated[float, Help("loss at which they are at the transition")] = 1e-6
    seeds: Annotated[int, Help("networks, each on points of its own")] = 3
    activation: command.Activation = "relu"
    margin: Annotated[float, Help("of the quadratic hinge")] = 0.5
    steps: Annotated[int, Help("budget of the first training: gradients a network")] = 20_000
    lr: Annotated[float, Help("of adam in the first training")] = 1e-3
    relax_steps: Annotated[int, Help("of adam in a round of relaxation")] = 8000
    rate: Annotated[float, Help("of its first steps, in units of a typical overlap")] = 0.02

    example: ClassVar[str] = "--dataset random --N 465 --ratio 3.4 --seeds 5"
    lower: ClassVar[str] = "--N"
    home: ClassVar[str] = "decompress-{dataset}"

    @property
    def float64(self) -> bool:
        """Losses of 1e-13 and less are told from none."""
        return True

    def config(self) -> Any:
        decay_every = max(1, int(0.4 * self.steps))
        job = self.job(P=2, dynamics="adam", decay_every=decay_every, test_points=1)
        return self.grid(job=job)

    def figures(self, found: Any) -> tuple[str, ...]:
        return ("transition.decompressed",)
