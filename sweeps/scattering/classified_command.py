"""The command that tells images apart by their scattering coefficients."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import seeds
from jamming.commands.typed import Help
from sweeps.engine import command

ENLARGED = {"digits": 4}  # so that there is room for three octaves


@dataclass(frozen=True, kw_only=True)
class Scattering(command.Sweep):
    """Tell images apart by scattering coefficients of each order, and measure their stability."""

    dataset: Annotated[str, Help("digits, mnist, fashion_mnist, emnist, cifar10, svhn")] = "digits"
    enlarge: Annotated[
        int | None, Help("times as many pixels a side, linearly (default: 4 of digits, else 1)")
    ] = None
    P: Annotated[int, Help("training images")] = 1000
    tests: Annotated[int, Help("test images")] = 300
    J: Annotated[tuple[int, ...], Help("octaves, of coefficients on a grid of 2^J pixels")] = (
        *(1, 2, 3),
    )
    L: Annotated[int, Help("angles of wavelets in half a circle")] = 8
    order: Annotated[int, Help("wavelets one after the other, at most")] = 2
    images: Annotated[int, Help("test images that are deformed")] = 100
    delta: Annotated[tuple[float, ...], Help("displacements in pixels")] = (0.5, 1.0, 2.0)
    seeds: Annotated[int, Help("each with images of its own")] = 5
    seed: Annotated[int, Help("the first")] = 0

    example: ClassVar[str] = "--dataset mnist --P 2000 --tests 2000"
    lower: ClassVar[str] = "--P, --tests or --order"
    sweep: ClassVar[str] = "sweeps.scattering.classified:classified"
    home: ClassVar[str] = "scattering-{dataset}"

    def config(self) -> Any:
        from sweeps.scattering.classified import Classified

        enlarge = ENLARGED.get(self.dataset, 1) if self.enlarge is None else self.enlarge
        several = range(self.seed, self.seed + seeds(self.seed, self.seeds))
        return [self.grid(Classified, enlarge=enlarge, seed=s) for s in several]

    def check(self, config: Any) -> None:
        config[0].check()

    def figures(self, found: Any) -> tuple[str, ...]:
        return ("scattering.classified", "scattering.coefficients")
