"""Reference policies of a RAM: the chain of Hellman and Cover, and the column of confidence.

**Chain.** Memories 1 ... M in a line: one step towards 1 after what speaks for A (a reward of arm
A, a loss of arm B), towards M after what speaks for B; the ends are left with probability eps
alone. As eps -> 0 the agent is at the ends, where it plays A or B, and

    q = alpha^(M-1) / (1 + alpha^(M-1)),   alpha = (1 - mu) / (1 + mu).

(M. Hellman & T. Cover, *Learning with finite memory*, 1970.)

**Column of confidence** (Geiger et al., Definition 3.1). The memory is the level of confidence in
the arm that is played: one up after +1 (M stays), one down after -1, from M with probability eps
alone; from level 1 the agent goes over to the other arm, at level 1. It starts there, with either
arm. As r -> 0 with the best eps,

    1/q - 1 = (1 - k_B) / (1 - k_A) [(1/k_B - 1) / (1/k_A - 1)]^(M-1)  =  alpha^-(2M-1),

the latter for symmetric arms (Eqs. 7, 41). `best_leave` is the best eps to first order in sqrt(r).
"""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize_scalar

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.memory import arms as two
from jamming.memory.arms import MINUS, PLUS, A, Arms, B
from jamming.memory.graphs import LARGEST, ram
from jamming.memory.policies import exact_q


def _size(M: Any) -> int:
    return given.whole("M, the states of the RAM,", M, most=LARGEST)


def _chance(eps: Any) -> float:
    return given.number("eps, the chance to leave,", eps, least=0.0, most=1.0)


def chain(M: Any, eps: Any) -> Float[np.ndarray, "M 2 2 M 2"]:
    """The policy of Hellman and Cover, of M >= 2 memories; it plays A in the first half of them."""
    M, eps = given.whole("M, the states of the chain,", M, least=2, most=LARGEST), _chance(eps)
    pi = np.zeros((M, 2, 2, M, 2))
    for x, arm, reward in np.ndindex(M, 2, 2):
        speaks_for_A = (arm == A) == (reward == PLUS)
        to = x + (-1 if speaks_for_A else 1)
        to = min(max(to, 0), M - 1)
        leaving = x in (0, M - 1) and to != x
        for at, chance in ((to, eps if leaving else 1.0), (x, 1 - eps if leaving else 0.0)):
            pi[x, arm, reward, at, A if at < M / 2 else B] += chance
    return pi


def chain_limit(M: Any, mu: Any) -> float:
    """q of the `chain` as eps -> 0, of symmetric arms (Hellman & Cover)."""
    return _odds(two.alpha(mu) ** -float(given.whole("M", M) - 1))


def column(M: Any, eps: Any) -> Float[np.ndarray, "M 2 2 M 2"]:
    """The column of confidence, which leaves the top level with probability `eps` after -1."""
    M, eps = _size(M), _chance(eps)
    pi = np.zeros((M, 2, 2, M, 2))
    for x, arm in np.ndindex(M, 2):
        pi[x, arm, PLUS, min(x + 1, M - 1), arm] = 1.0
        down, then = (x - 1, arm) if x else (0, 1 - arm)
        leave = eps if x == M - 1 else 1.0
        pi[x, arm, MINUS, down, then] = leave
        pi[x, arm, MINUS, x, arm] += 1 - leave
    return pi


def column_start(M: Any) -> Float[np.ndarray, "M 2"]:
    """p_0 of the column: level 1, either arm."""
    start = np.zeros((_size(M), 2))
    start[0] = 0.5
    return start


def column_q(M: Any, eps: Any, arms: Arms, r: Any) -> float:
    """The exact q of a column at any eps and r (Geiger et al., Appendix C)."""
    return exact_q(ram(_size(M)), column(M, eps), arms, r, column_start(M))


def column_limit(M: Any, arms: Arms) -> float:
    """q of the column as r -> 0, of any two arms (Geiger et al., Eqs. 7 and 41)."""
    good, bad = arms.good, arms.bad
    return _odds((1 - bad) / (1 - good) * ((1 / bad - 1) / (1 / good - 1)) ** (_size(M) - 1))


def best_column(M: Any, arms: Arms, r: Any) -> tuple[float, float]:
    """The eps that minimises `column_q`, and that q, by a search over log eps."""
    r = two.reset_probability(r)

    def q(log_eps: float) -> float:
        return column_q(M, float(np.exp(log_eps)), arms, r)

    # a grid first: near eps = 1 of a large r there may be a second minimum
    grid = np.linspace(np.log(min(1e-3 * r, 1e-6)), 0.0, 25)
    values = [q(x) for x in grid]
    i = int(np.argmin(values))
    ends = grid[max(i - 1, 0)], grid[min(i + 1, len(grid) - 1)]
    found = minimize_scalar(q, bounds=ends, method="bounded", options={"xatol": 1e-6})
    if found.fun > values[i]:
        return float(np.exp(grid[i])), values[i]
    return float(np.exp(found.x)), float(found.fun)


def best_leave(M: Any, mu: Any, r: Any) -> float:
    """The best eps of symmetric arms, to first order in sqrt(r), of M >= 2 levels.

    NOTE: the published Eqs. 6 and 22 have one root over the whole denominator; that contradicts
    their own limit of large M, sqrt(2 r / (1 - mu^2)), and the minimum of the exact q. Here the
    root is over 1 - alpha^M alone.
    """
    M, r = given.whole("M, the levels,", M, most=LARGEST), two.reset_probability(r)
    if M < 2:
        raise BadInput("M = 1: one level has no best eps of order sqrt(r); give 2 or more")
    mu = given.number("mu, the difference of the arms,", mu, above=0.0, below=1.0)
    a = two.alpha(mu)
    above = a - a ** (3 * M - 1) + a**M * (2 * mu - 3) + a ** (2 * M) * (2 * mu + 3)
    below = np.sqrt(1 - a**M) * (1 - a**M - mu - a**M * mu)
    return float(np.sqrt(2 * r) * np.sqrt(above) / below)


def _odds(against: float) -> float:
    """q, of 1/q - 1."""
    return 1 / (1 + against)
