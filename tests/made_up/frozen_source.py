"""Statistics of one form and another."""

import numpy as np


def helper(x: np.ndarray) -> float:
    """The mean."""
    return float(x.mean())


def one(x: np.ndarray) -> float:
    """A statistic."""
    return helper(x) + 1.0


# fmt: off
def two( x: np.ndarray, ) -> float:
    """The same,

    said at greater length.
    """
    # and commented upon
    return helper(x, ) + 1.0
# fmt: on


def other(x: np.ndarray) -> float:
    """Another number."""
    return helper(x) + 2.0
