"""Binary necklaces: words of m letters A and B up to rotation, and Gray chains of them.

Two necklaces are neighbours where one letter of a word of one makes a word of the other. A Gray
chain goes from A...A to B...B over neighbours, through each necklace at most once; n(m) is the
length of the longest. For prime m it is conjectured that there is one through all of them (C. Degni
& A. Drisko, *Gray-ordered binary necklaces*, 2007, who checked this up to m = 37).

A word is an integer of m bits, its first letter, the oldest, the highest, B the bit 1.
"""

import functools
from math import gcd
from typing import Any

from jamming.checks import arguments as given

LONGEST = 7  # words of which the longest chain is searched for


def count(m: Any) -> int:
    """N(m) = (1/m) sum over d | m of phi(d) 2^(m/d) (Polya 1937).

    Example:
        >>> [count(m) for m in range(1, 9)]
        [2, 3, 4, 6, 8, 14, 20, 36]
    """
    m = given.whole("m, the letters of a word,", m, most=1000)
    # each rotation by k letters leaves 2^gcd(k, m) words as they are
    return sum(2 ** gcd(k, m) for k in range(m)) // m


def rotated(word: int, m: int) -> int:
    """The word with its oldest letter played again: moved to the end."""
    return ((word << 1) | (word >> (m - 1))) & (2**m - 1)


def rotations(word: int, m: int) -> tuple[int, ...]:
    """Its m rotations, some of them equal if it is periodic."""
    found = [word]
    for _ in range(m - 1):
        found.append(rotated(found[-1], m))
    return tuple(found)


def necklace(word: int, m: int) -> int:
    """The least of its rotations, by which a necklace is called."""
    return min(rotations(word, m))


def necklaces(m: Any) -> tuple[int, ...]:
    """All of m letters, found by listing words; m is at most 16."""
    m = given.whole("m, the letters of a word,", m, most=16)
    return tuple(sorted({necklace(word, m) for word in range(2**m)}))


def neighbours(word: int, m: int) -> tuple[int, ...]:
    """The necklaces that a change of one letter leads to."""
    return tuple(sorted({necklace(word ^ (1 << k), m) for k in range(m)}))


@functools.cache
def gray_chain(m: Any) -> tuple[int, ...]:
    """A longest Gray chain of necklaces of m letters, from A...A to B...B; n(m) is its length.

    By a search of all chains, which ends early where one has all necklaces. Raises BadInput unless
    1 <= m <= 7.

    Example:
        >>> [f"{word:04b}" for word in gray_chain(4)]
        ['0000', '0001', '0101', '0111', '1111']
    """
    m = given.whole("m, the letters of a word,", m, most=LONGEST)
    near = {word: neighbours(word, m) for word in necklaces(m)}
    end = 2**m - 1
    best: list[int] = []

    def search(path: list[int], free: frozenset[int]) -> bool:
        """Extend the path by all ways; whether one has all necklaces."""
        nonlocal best
        if path[-1] == end:
            if len(path) > len(best):
                best = list(path)
            return len(best) == len(near)
        if len(path) + len(_reached(path[-1], free, near)) <= len(best):
            return False
        # those with fewest ways on first, which else would be left behind
        nexts = sorted(free & set(near[path[-1]]), key=lambda n: len(free & set(near[n])))
        return any(search([*path, n], free - {n}) for n in nexts)

    search([0], frozenset(near) - {0})
    return tuple(best)


def _reached(word: int, free: frozenset[int], near: dict[int, tuple[int, ...]]) -> set[int]:
    """The free necklaces that chains from a word can come to."""
    found: set[int] = set()
    edge = [word]
    while edge:
        new = [n for n in near[edge.pop()] if n in free and n not in found]
        found.update(new)
        edge += new
    return found
