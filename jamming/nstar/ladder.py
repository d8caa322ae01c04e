"""The networks that a search can try, as rungs 1, 2, 3, ... of growing N."""

import bisect
from collections.abc import Callable
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp

from jamming.checks.arguments import shown
from jamming.checks.errors import BadInput
from jamming.models.accepted import adapted
from jamming.models.counting import count, fractional_widths, n_weights
from jamming.models.own import Network, drawn_anew
from jamming.training.custom import called, tried

MakeNetwork = Callable[[int], Network]


@dataclass(frozen=True)
class Ladder:
    """Fully connected networks of `L` hidden layers on inputs of dimension d; d None means d = h.

    A rung is a width h, or, where `fractional`, 1/L of one: N grows in finer steps with the widths
    of `jamming.models.counting.fractional_widths`.
    """

    L: int
    d: int | None
    fractional: bool = False

    def __post_init__(self) -> None:
        if self.L < 1:
            raise BadInput(f"depth must be at least 1, not {self.L}")

    @property
    def first(self) -> int:
        """The lowest rung, h = 1."""
        return self.L if self.fractional else 1

    def h(self, rung: int) -> float:
        return rung / self.L if self.fractional else float(rung)

    def widths(self, rung: int) -> tuple[int, ...]:
        return fractional_widths(self.h(rung), self.L)

    def N(self, rung: int) -> int:
        """Weights of the network, biases left out."""
        widths = self.widths(rung)
        return n_weights(widths[0] if self.d is None else self.d, widths, self.L)


@dataclass(frozen=True)
class OwnLadder(Ladder):
    """User-supplied networks of one parameter: rung h is ``make(h)``, for inputs of `shape`."""

    make: MakeNetwork = field(kw_only=True)
    shape: tuple[int, ...] = field(kw_only=True)
    L: int = 1
    d: None = None

    def __post_init__(self) -> None:
        one = isinstance(self.make, Network) and not isinstance(self.make, type)
        if one or not callable(self.make):
            said = f"networks of every width are made by a function of it, not {shown(self.make)}"
            raise BadInput(f"{said}: give one, as lambda h: Net(h)")

    def widths(self, rung: int) -> tuple[int, ...]:
        return (rung,)

    def N(self, rung: int) -> int:
        """Entries of the arrays with two axes or more; BadInput if it is no network for `shape`."""
        x = jax.ShapeDtypeStruct((1, *self.shape), jnp.float32)
        made = called(f"the network of width {rung} cannot be made", self.make, rung)
        net = drawn_anew(adapted(made))
        what = f"the network of width {rung} cannot be initialised"
        return count(tried(what, net.init, jax.random.key(0), x)).N


def nearest(ladder: Ladder, N: float) -> int:
    """The rung whose N is closest to `N` in ratio; BadInput if N does not grow with the width."""
    below, rung = ladder.first - 1, ladder.first
    while (here := ladder.N(rung)) < N:  # twice as far each time, then bisect
        below, rung = rung, 2 * rung
        if ladder.N(rung) <= here:
            raise BadInput(
                f"networks of width {below} and {rung} have {here} weights: N must grow with the"
                " width, make a network of the width that is asked for"
            )
    rung = bisect.bisect_left(range(rung), N, lo=below + 1, key=ladder.N)
    below = max(rung - 1, ladder.first)
    return below if N**2 < ladder.N(rung) * ladder.N(below) else rung
