"""Two arms, one better than the other, and the limits of q that follow from their rewards alone."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput

A, B = 0, 1  # arms, and indices of theirs
MINUS, PLUS = 0, 1  # rewards, and indices of theirs


def reset_probability(r: Any) -> float:
    """r as a float, if 0 < r < 1; else BadInput."""
    return given.number("the reset probability r", r, above=0.0, below=1.0)


@dataclass(frozen=True)
class Arms:
    """Probabilities of the reward +1: `good` of the better arm (k_A under H_A), `bad` of the other.

    Under the hypothesis H_A arm A is the better one, under H_B arm B; each holds with probability
    1/2. Raises BadInput unless 0 < bad < good < 1.

    Example:
        >>> Arms(good=0.9, bad=0.6).gap
        0.3
    """

    good: float
    bad: float

    def __post_init__(self) -> None:
        inside = {"above": 0.0, "below": 1.0}
        names = ("good", "bad")
        given.settle(
            self, {n: given.number(f"arms: {n}", getattr(self, n), **inside) for n in names}
        )
        if self.bad >= self.good:
            raise BadInput(
                f"the good arm, {self.good:g}, must be better than the bad one, {self.bad:g}: raise"
                " good or lower bad"
            )

    @property
    def gap(self) -> float:
        """k_good - k_bad, which is mu of `symmetric` arms; rounded to 15 digits."""
        return round(self.good - self.bad, 15)

    @property
    def plus(self) -> Float[np.ndarray, "2 2"]:
        """Probability of +1, [hypothesis, arm]."""
        return np.array([[self.good, self.bad], [self.bad, self.good]])

    @property
    def rewards(self) -> Float[np.ndarray, "2 2 2"]:
        """Probability of each reward, [hypothesis, arm, reward], the reward -1 first."""
        return np.stack([1 - self.plus, self.plus], axis=-1)

    def mean_reward(self, q: Any) -> Any:
        """E[R] of an agent whose share q of plays is of the worse arm; mu (1 - 2q) if symmetric."""
        return (2 * self.good - 1) - 2 * (self.good - self.bad) * q

    def gain(self, q: Any, r: float) -> Any:
        """G = E[R] / r, the expected sum of rewards discounted by gamma = 1 - r.

        (Geiger et al., Lemma 2.1. The r / (1 - r) that is printed in their section 2.3 contradicts
        it.)
        """
        return self.mean_reward(q) / reset_probability(r)


def symmetric(mu: Any) -> Arms:
    """The arms of the published problem, (1 + mu)/2 and (1 - mu)/2; BadInput unless 0 < mu < 1.

    Example:
        >>> symmetric(0.1).good
        0.55
    """
    mu = given.number("mu, the difference of the arms,", mu, above=0.0, below=1.0)
    return Arms(good=(1 + mu) / 2, bad=(1 - mu) / 2)


def alpha(mu: Any) -> float:
    """(1 - mu) / (1 + mu), by powers of which q falls with the size of the memory."""
    arms = symmetric(mu)
    return arms.bad / arms.good
