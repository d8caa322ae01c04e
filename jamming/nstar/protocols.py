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
    Raises NotBracketed if rung `first` fits, or rung `last` does not.
    """
    seen = functools.cache(measure)
    start = min(max(start, first), last)
    fits = half(seen(start))
    low, high = _walk(seen, start, fits, first if fits else last, ratio)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if half(seen(middle)) else (middle, high)
    for step, certain, edge in ((1, True, high), (-1, False, low)):
        for rung in range(edge, edge + step * (flank + 1), step):
            if not first <= rung <= last or set(seen(rung)) == {certain}:
                break
    return Bracket(low, high)


def descend(measure: Measure, start: int, first: int, last: int, ratio: float = 1.07) -> Bracket:
    """The papers' search: from a width that fits, down in steps of `ratio` to the first that fails.

    (*The jamming transition as a paradigm*, sec. III, with about the authors' list of widths.)
    Raises NotBracketed if rung `first` fits, or rung `last` does not.
    """
    start = min(max(start, first), last)
    if not half(measure(start)):
        start = _walk(measure, start, False, last, 1.5).fits
    return _walk(measure, start, True, first, ratio)


def half(fits: Sequence[bool]) -> bool:
    """Whether at least half of the seeds fit."""
    return 2 * sum(fits) >= len(fits)


def _walk(measure: Measure, rung: int, fits: bool, end: int, ratio: float) -> Bracket:
    """From a rung that fits down to the first that does not, or from one that does not, up."""
    while rung != end:
        here = rung
        if fits:
            rung = max(min(here - 1, math.floor(here / ratio)), end)
        else:
            rung = min(max(here + 1, math.ceil(here * ratio)), end)
        if half(measure(rung)) != fits:
            return Bracket(min(here, rung), max(here, rung))
    raise NotBracketed("the smallest network fits" if fits else "no width that was tried fits")
