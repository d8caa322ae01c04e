"""In which order widths are tried: `bisect` and `descend`.

Both are driven by a function ``measure(rung)`` that trains all seeds of a rung and says of each
whether it fits, and return the bracket (fails, fits): two rungs with fewer and with at least
half of the seeds fitting. Neither needs to know what a rung or fitting is.
"""

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

    Then look up to `flank` rungs further on either side, until one where all seeds fit and one
    where none does: what lies between them is the width of the transition, which the logistic
    fit wants.

    Raises:
        NotBracketed: rung `first` fits, or rung `last` does not.
    """
    seen: dict[int, float] = {}

    def p(rung: int) -> float:
        if rung not in seen:
            fits = measure(rung)
            seen[rung] = sum(fits) / len(fits)
        return seen[rung]

    low, high = _bracket(lambda rung: p(rung) >= 0.5, start, first, last, ratio)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if p(middle) >= 0.5 else (middle, high)
    for step, certain, edge in ((1, 1.0, high), (-1, 0.0, low)):
        for rung in range(edge, edge + step * (flank + 1), step):
            if not first <= rung <= last or p(rung) == certain:
                break
    return Bracket(low, high)


def descend(measure: Measure, start: int, first: int, last: int, ratio: float = 1.07) -> Bracket:
    """The papers' search: from a width that fits, down in steps of `ratio` to the first that
    does not.

    (*The jamming transition as a paradigm*, sec. III; the steps are about those of the authors'
    list of widths.)

    Raises:
        NotBracketed: rung `first` fits, or rung `last` does not.
    """
    rung = min(max(start, first), last)
    while sum(fits := measure(rung)) < len(fits) / 2:
        if rung == last:
            raise NotBracketed("no width that was tried fits")
        rung = min(_up(rung, 1.5), last)
    while rung > first:
        lower = max(min(rung - 1, math.floor(rung / ratio)), first)
        fits = measure(lower)
        if sum(fits) < len(fits) / 2:
            return Bracket(lower, rung)
        rung = lower
    raise NotBracketed("the smallest network fits")


def _bracket(
    fits: Callable[[int], bool], start: int, first: int, last: int, ratio: float
) -> Bracket:
    rung = min(max(start, first), last)
    if fits(rung):
        while rung > first:
            lower = max(min(rung - 1, math.floor(rung / ratio)), first)
            if not fits(lower):
                return Bracket(lower, rung)
            rung = lower
        raise NotBracketed("the smallest network fits")
    while rung < last:
        higher = min(_up(rung, ratio), last)
        if fits(higher):
            return Bracket(rung, higher)
        rung = higher
    raise NotBracketed("no width that was tried fits")


def _up(rung: int, ratio: float) -> int:
    return max(rung + 1, math.ceil(rung * ratio))
