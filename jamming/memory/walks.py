"""Random walks on a chain of sites, with chances r_i to step right and l_i to step left.

(Geiger et al., Lemmas 4.1 and 4.2, Appendix D.)
"""

import numpy as np
from jaxtyping import Float

from jamming.checks import arguments as given
from jamming.checks.arrays import ArrayLike, finite, shaped
from jamming.checks.errors import BadInput


def crossing(left: ArrayLike, right: ArrayLike) -> float:
    """The chance that a walk from the first of these sites leaves them at the last.

    left, right: l_i and r_i [n] > 0 of the sites i ... j. The walk reaches j + 1 before i - 1 with
    probability 1 / (1 + l_i / r_i + ... + l_i .. l_j / (r_i .. r_j)). Raises BadInput for other
    shapes, and unless all chances are positive.
    """
    return 1 / (1 + float(np.cumprod(_ratios(left, right)).sum()))


def end_occupation(left: ArrayLike, right: ArrayLike, L: float, R: float) -> float:
    """The occupation of the right end of a chain whose ends are left ever more seldom.

    left, right: l_i and r_i [n] > 0 of the sites between the ends, of which there may be none. The
    left end is left with a chance eps R a step, the right one with eps L; the limit of eps -> 0 is
    1 / (1 + (L / R) prod l_i / r_i). Raises BadInput as `crossing`.
    """
    L, R = (given.number(name, x, above=0.0) for name, x in (("L", L), ("R", R)))
    return 1 / (1 + L / R * float(np.prod(_ratios(left, right))))


def _ratios(left: ArrayLike, right: ArrayLike) -> Float[np.ndarray, " n"]:
    to_left, to_right = (
        shaped(np.asarray(finite(x, name, dtype=np.float64)), name, "n")
        for name, x in (("left", left), ("right", right))
    )
    if to_left.shape != to_right.shape:
        raise BadInput(
            f"{len(to_left)} chances to step left and {len(to_right)} to step right: give as many"
        )
    if (to_left <= 0).any() or (to_right <= 0).any():
        raise BadInput("chances to step left and right must be positive")
    ratios: Float[np.ndarray, " n"] = to_left / to_right
    return ratios
