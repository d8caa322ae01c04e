"""What a command looks at before it makes a folder: each spec but for its seeds, once."""

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from jamming.checks.errors import BadInput
from sweeps.engine.command import Sweep


@dataclass(frozen=True)
class Inner:
    P: int
    data_seed: int


@dataclass(frozen=True)
class Spec:
    job: Inner
    strength: float
    seed: int

    seen: ClassVar[list[Any]] = []

    def check(self) -> None:
        self.seen.append(self)
        if self.strength > 3:
            raise BadInput("too strong")


@dataclass(frozen=True, kw_only=True)
class Tried(Sweep):
    """Of specs made here."""


def test_specs_that_differ_in_seeds_alone_are_checked_once() -> None:
    Spec.seen.clear()
    Tried().check([Spec(Inner(P, s), C, s) for P in (1, 2) for C in (1.0, 2.0) for s in range(5)])
    assert [(one.job.P, one.strength) for one in Spec.seen] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    with pytest.raises(BadInput, match="too strong"):
        Tried().check([Spec(Inner(1, 0), 1.0, 0), Spec(Inner(1, 0), 4.0, 0)])
    with pytest.raises(BadInput, match="too strong"):
        Tried().check(Spec(Inner(1, 0), 4.0, 0))
