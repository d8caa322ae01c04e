"""The necklace policy of a Memento: beliefs written into the rhythm of one's own plays.

The agent plays the oldest arm that it remembers, so that the last m plays go round in a cycle, a
necklace. The necklaces of a Gray chain (`jamming.memory.necklaces`) are levels of confidence, A...A
to B...B. Each of those between has one exit towards either side: a word after which the other arm
leads to the neighbour. It is taken with probability eps_1 if all m rewards are maximally
informative: towards A, +1 of each A and -1 of each B; towards B the opposite. The ends are left
with probability eps_0 if all m rewards are -1. In the limit r << eps_0 << eps_1 << 1 (Geiger et
al., Theorem 4.3)

    q* = 1 / (1 + alpha^(m (1 - n))).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.memory import arms as two
from jamming.memory.arms import Arms
from jamming.memory.graphs import LONGEST, memento
from jamming.memory.necklaces import gray_chain, necklace, rotated, rotations
from jamming.memory.policies import exact_q
from jamming.memory.walks import end_occupation


@dataclass(frozen=True)
class NecklacePolicy:
    """pi = repeat + eps_0 ends + eps_1 between, each [M, 2, 2, 1, 2], of a Memento of m plays.

    `start` [M, 2]: p_0, all words of the necklaces of the chain alike, with any rewards. (From
    another necklace, which there is for m = 4 and 6, this policy knows no way.)
    """

    m: int
    start: Float[np.ndarray, "M 2"]
    repeat: Float[np.ndarray, "M 2 2 1 2"]
    ends: Float[np.ndarray, "M 2 2 1 2"]
    between: Float[np.ndarray, "M 2 2 1 2"]

    def at(self, eps_0: Any, eps_1: Any) -> Any:
        """The policy; BadInput unless both are probabilities."""
        names = ("eps_0", "eps_1")
        both = zip(names, (eps_0, eps_1), strict=True)
        e0, e1 = (given.number(name, eps, least=0.0, most=1.0) for name, eps in both)
        return self.repeat + e0 * self.ends + e1 * self.between

    def q(self, eps_0: Any, eps_1: Any, arms: Arms, r: Any) -> float:
        """Its exact q from `start`."""
        return exact_q(memento(self.m), self.at(eps_0, eps_1), arms, r, self.start)

    def best(self, arms: Arms, r: Any) -> tuple[float, float, float]:
        """eps_0 and eps_1 that minimise q at this r, and that q."""
        two.reset_probability(r)

        def q(logs: Float[np.ndarray, " 2"]) -> float:
            e0, e1 = np.exp(np.minimum(logs, 0.0))
            return self.q(e0, e1, arms, r)

        begun = np.log([min(0.5, r**0.5), min(0.5, r**0.25)])
        found = minimize(q, begun, method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-9})
        e0, e1 = np.exp(np.minimum(found.x, 0.0))
        return float(e0), float(e1), float(found.fun)


def plays(x: Any, arm: int, reward: int, m: int) -> tuple[int, int]:
    """The last m arms as a word, and their rewards likewise (bit 1: +1), of an observation."""
    word, rewards, x = 0, 0, int(x)
    for k in range(m - 1):
        pair = x >> (2 * (m - 2 - k)) & 3
        word, rewards = 2 * word + (pair >> 1), 2 * rewards + (pair & 1)
    return 2 * word + arm, 2 * rewards + reward


def repeats(m: Any) -> Float[np.ndarray, "M 2 2 1 2"]:
    """The policy of a Memento that always plays the oldest arm it remembers."""
    memory = memento(m)
    pi = np.zeros((*memory.successors.shape, 2))
    for x, arm, reward in np.ndindex(memory.M, 2, 2):
        word, _ = plays(x, arm, reward, m)
        pi[x, arm, reward, 0, word >> (m - 1)] = 1.0
    return pi


def informative(m: Any) -> Float[np.ndarray, "M 2 2"]:
    """1 where the last m rewards all speak for A, -1 where they all speak for B, else 0."""
    memory, full = memento(m), 2**m - 1
    found = np.zeros((memory.M, 2, 2))
    for x, arm, reward in np.ndindex(memory.M, 2, 2):
        word, rewards = plays(x, arm, reward, m)
        found[x, arm, reward] = float(rewards == word ^ full) - float(rewards == word)
    return found


def exits(m: Any) -> dict[tuple[int, int], int]:
    """Of the chain's necklaces, but its ends: (word, side) -> next necklace, one of each side.

    `side` is 1 towards A...A, -1 towards B...B; from the word the arm other than the oldest is
    played.
    """
    m = given.whole("m, the plays that a Memento remembers,", m, most=LONGEST)
    found: dict[tuple[int, int], int] = {}
    path = gray_chain(m)
    for i, here in enumerate(path[1:-1], 1):
        for side, to in ((1, path[i - 1]), (-1, path[i + 1])):
            words = (w for w in rotations(here, m) if necklace(rotated(w, m) ^ 1, m) == to)
            found[next(words), side] = to
    return found


def necklace_policy(m: Any) -> NecklacePolicy:
    """The policy of a Memento of m plays; BadInput unless 2 <= m <= 6."""
    m = given.whole("m, the plays of a necklace,", m, least=2, most=LONGEST)
    repeat, speaks, leaving = repeats(m), informative(m), exits(m)
    other = repeat[..., ::-1] - repeat  # moves the chance to the other arm
    ends, between = np.zeros_like(repeat), np.zeros_like(repeat)
    path, start = set(gray_chain(m)), np.zeros(speaks.shape[:2])
    for x, arm, reward in np.ndindex(*speaks.shape):
        word, rewards = plays(x, arm, reward, m)
        at = x, arm, reward
        start[x, arm] = necklace(word, m) in path
        if word in (0, 2**m - 1):
            ends[at] = other[at] * (rewards == 0)
        elif (word, int(speaks[at])) in leaving:
            between[at] = other[at]
    return NecklacePolicy(m, start / start.sum(), repeat, ends, between)


def limit(m: Any, mu: Any) -> float:
    """q* of the published formula, with n(m) of the longest Gray chain; symmetric arms, m <= 7."""
    n = len(gray_chain(m))
    return 1 / (1 + two.alpha(mu) ** float(m * (1 - n)))


def limit_of_arms(m: Any, arms: Arms) -> float:
    """The same of any two arms, from the chances to leave each necklace of the chain.

    Where as many A as B are in the words of the chain, as in all of a prime m, this is

        1/q - 1 = ((1 - k_B)/(1 - k_A))^m [(1/k_B - 1)/(1/k_A - 1)]^(m (n - 2)/2)

    (Geiger et al., Eq. 39). The mean of both hypotheses.
    """
    between = gray_chain(m)[1:-1]
    b = np.array([word.bit_count() for word in between], float)
    a, found = m - b, []
    for k in arms.plus:
        left, right = k[0] ** a * (1 - k[1]) ** b, (1 - k[0]) ** a * k[1] ** b
        found.append(end_occupation(left, right, L=(1 - k[1]) ** m, R=(1 - k[0]) ** m))
    under_A, under_B = found
    return (under_A + 1 - under_B) / 2


def printed_limit(m: Any, arms: Arms) -> float:
    """q of the formula of `limit_of_arms`, as published; BadInput if its chain is not balanced."""
    path = gray_chain(m)
    if 2 * sum(word.bit_count() for word in path) != m * len(path):
        raise BadInput(f"the chain of m = {m} has not as many A as B: use limit_of_arms")
    good, bad = arms.good, arms.bad
    ratio = (1 / bad - 1) / (1 / good - 1)
    odds = ((1 - bad) / (1 - good)) ** m * ratio ** (m * (len(path) - 2) / 2)
    return float(1 / (1 + odds))
