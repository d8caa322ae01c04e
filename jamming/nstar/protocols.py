"""In which order widths are tried: `bisect` and `descend`.

Both take a function ``measure(rung)``, which says of each seed whether it fits, and return the
bracket (fails, fits): two rungs with fewer and with at least half of the seeds fitting.
"""

import functools
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

Measure = Callable[[int], Sequence[bool]]


class Bracket(NamedTuple):
    """Rungs on the two sides of the transition."""

    fails: int
    fits: int


class NotBracketed(Exception):
    """The search ended with N* known from one side at most; the message says which."""


def bisect(
    measure: Measure, start: int, first: int, last: int, ratio: float = 1.35, flank: int = 2
) -> Bracket:
    """Bracket by steps of `ratio`, halve the bracket until its rungs are neighbours.

    Then go on by up to `flank` rungs on either side, until one where all seeds fit and one where
    none does: what lies between them is the width of the transition, which the logistic fit needs.

    Raises:
        NotBracketed: rung `first` fits, or rung `last` does not.
    """
    seen = functools.cache(measure)

    def fits(rung: int) -> bool:
        return half(seen(rung))

    start = min(max(start, first), last)
    if fits(start):
        low, high = _down(fits, start, first, ratio)
    else:
        low, high = _up(fits, start, last, ratio)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    for step, certain, edge in ((1, True, high), (-1, False, low)):
        for rung in range(edge, edge + step * (flank + 1), step):
            if not first <= rung <= last or set(seen(rung)) == {certain}:
                break
    return Bracket(low, high)


def descend(measure: Measure, start: int, first: int, last: int, ratio: float = 1.07) -> Bracket:
    """The papers' search: from a width that fits, down in steps of `ratio` to the first that fails.

    (*The jamming transition as a paradigm*, sec. III, with about the authors' list of widths.)

    Raises:
        NotBracketed: rung `first` fits, or rung `last` does not.
    """

    def fits(rung: int) -> bool:
        return half(measure(rung))

    start = min(max(start, first), last)
    if not fits(start):
        start = _up(fits, start, last, 1.5).fits
    return _down(fits, start, first, ratio)


def half(fits: Sequence[bool]) -> bool:
    """Whether at least half of the seeds fit."""
    return 2 * sum(fits) >= len(fits)


def _down(fits: Callable[[int], bool], rung: int, first: int, ratio: float) -> Bracket:
    """From a rung that fits to the first that does not."""
    while rung > first:
        lower = max(min(rung - 1, math.floor(rung / ratio)), first)
        if not fits(lower):
            return Bracket(lower, rung)
        rung = lower
    raise NotBracketed("the smallest network fits")


def _up(fits: Callable[[int], bool], rung: int, last: int, ratio: float) -> Bracket:
    """From a rung that does not fit to the first that does."""
    while rung < last:
        higher = min(max(rung + 1, math.ceil(rung * ratio)), last)
        if fits(higher):
            return Bracket(rung, higher)
        rung = higher
    raise NotBracketed("no width that was tried fits")
