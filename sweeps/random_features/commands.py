"""The command of random features."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.commands.typed import Help
from sweeps.engine.command import Activation, Points, Sweep


@dataclass(frozen=True, kw_only=True)
class RandomFeatures(Sweep):
    """Test error of random features against h / P, beside the exact theory."""

    d: Annotated[int, Help("dimension of the sphere")] = 240
    P: Points = 600
    ratio: Annotated[tuple[float, ...], Help("h/P")] = (
        *(0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95),
        *(1.0, 1.05, 1.1, 1.2, 1.35, 1.6, 2.0, 3.0),
    )
    ridge: Annotated[tuple[float, ...], Help("0: smallest norm")] = (0.0, 1e-3)
    noise: Annotated[float, Help("standard deviation, on a signal of 1")] = 0.2
    activation: Activation = "relu"
    members: Annotated[int, Help("networks of an ensemble")] = 20
    seeds: Annotated[int, Help("training sets at each width")] = 12
    flow: Annotated[tuple[float, ...], Help("h/P with gradient flow too", consume_multiple=0)] = (
        0.2,
        0.4,
        2.0,
    )

    prog: ClassVar[str] = "random_features"
    example: ClassVar[str] = "python -m sweeps.random_features --d 100 --P 150 --seeds 10"
    lower: ClassVar[str] = "--P, --ratio or --d"
    home: ClassVar[str] = "random-features"
    sweep: ClassVar[str] = "sweeps.random_features.sweep:random_features"

    def config(self) -> Any:
        """The model and the widths."""
        from sweeps.random_features.cell import Model
        from sweeps.random_features.sweep import Config

        model = Model(self.d, self.P, self.noise, self.activation, self.ridge, self.members)
        return Config(model, self.ratio, self.seeds, self.flow)

    def find(self, sweep: Any, config: Any, store: Any) -> Any:
        """As `Sweep.find`, with a bar."""
        from tqdm import tqdm

        from sweeps.engine.store import lacks

        keys = [each.key for each in (*config.cells(), *config.jobs())]
        total = sum(lacks(store, key) for key in keys)
        with tqdm(total=total, desc="random features", unit=" cells", disable=None) as bar:
            return sweep(config, store, on_end=lambda: bar.update() and None)


COMMANDS = (RandomFeatures,)
