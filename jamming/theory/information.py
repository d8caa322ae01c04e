"""Mutual information of discrete variables, by counting.

I(X; Y) = H(X) + H(Y) - H(X, Y), in bits, of the shares with which values occur. Where all values of
X are listed as often as they occur, it is exact; of a sample it is the plug-in estimate, which is
too large on average. Of layers Phi_1 X, Phi_2 X, ..., each a function of the one before,
I(X; Phi_j X) and I(Phi_j X; Y) can only fall (the data-processing inequality).
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Num

from jamming.checks.arrays import ArrayLike, finite
from jamming.checks.errors import BadInput


def entropy(x: ArrayLike) -> float:
    """H in bits of the rows of x [n, ...], or of numbers [n]; equal to the last digit counts."""
    _, counts = np.unique(_rows(x), axis=0, return_counts=True)
    p = counts / counts.sum()
    return float(-(p * np.log2(p)).sum())


def mutual_information(x: ArrayLike, y: ArrayLike) -> float:
    """I(X; Y) in bits of pairs of rows, x [n, ...] and y [n, ...]."""
    a, b = _rows(x), _rows(y)
    if len(a) != len(b):
        raise BadInput(f"there are {len(a)} values of one and {len(b)} of the other: give pairs")
    return entropy(a) + entropy(b) - entropy(np.concatenate([a, b], 1))


def along(x: ArrayLike, layers: Sequence[ArrayLike]) -> Float[np.ndarray, " J"]:
    """I(X; Phi_j X) of each of the layers [n, ...], in bits."""
    return np.array([mutual_information(x, z) for z in layers])


def _rows(x: ArrayLike) -> Num[np.ndarray, "n d"]:
    a = np.asarray(finite(np.asarray(x, float), "values"))
    if not a.size:
        raise BadInput("there are no values: give at least one")
    return a.reshape(len(a), -1)
