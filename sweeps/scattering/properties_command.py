"""The command that measures what is proved of scattering."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import seeds
from jamming.commands.typed import Help
from sweeps.engine import command


@dataclass(frozen=True, kw_only=True)
class Properties(command.Sweep):
    """What is proved of scattering and of the collapse of phases, measured: nothing is trained."""

    dataset: Annotated[str, Help("digits, mnist, fashion_mnist, emnist, cifar10, svhn")] = "digits"
    size: Annotated[int, Help("pixels a side, a multiple of 32")] = 32
    images: Annotated[int, Help("of each seed, and textures of each kind")] = 32
    seeds: Annotated[int, Help("with images, textures and deformations of their own")] = 5
    seed: Annotated[int, Help("the first")] = 0
    precision: command.Precision = "float32"

    example: ClassVar[str] = "--dataset mnist --seeds 10"
    lower: ClassVar[str] = "--images or --size"
    home: ClassVar[str] = "scattering-properties-{dataset}"

    def config(self) -> Any:
        from sweeps.scattering.properties import Properties as Spec

        first, several = self.seed, seeds(self.seed, self.seeds)
        return [self.grid(Spec, seed=s) for s in range(first, first + several)]

    def figures(self, found: Any) -> tuple[str, ...]:
        return tuple(f"scattering.{of}" for of in ("chirps", "stability", "energy", "phases"))
