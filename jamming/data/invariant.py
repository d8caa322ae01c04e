"""Points whose labels depend on few of their coordinates: the stripe and the cylinder.

x is Gaussian, of unit variance in each of d directions. The label depends on the first d_par of
them alone, the informative ones, and both labels have half of the mass:

* `stripe`, d_par = 1: +1 where -0.3 < x_1 < 1.18549, between two planes;
* `cylinder`, d_par = 2: +1 where x_1^2 + x_2^2 > 2 ln 2, outside a circle.

(Paccolat, Petrini, Geiger, Tyloo and Wyart, *Geometric compression of invariant manifolds in neural
nets*, 2020; the planes of the stripe as in the authors' public code.)
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from jamming.checks.arguments import one_of, whole
from jamming.checks.arrays import ArrayLike, finite

STRIPE = (-0.3, 1.18549)
RADIUS = math.sqrt(2 * math.log(2))
TEST_POINTS = 20_000  # by default: enough for an error of 1 % to be known to 7 % of it


class Model(NamedTuple):
    """The number d_par of informative coordinates, and which points are +1 by them [n, d_par]."""

    d_par: int
    positive: Callable[[Float[np.ndarray, "n d_par"]], Bool[np.ndarray, " n"]]


MODELS = {
    "stripe": Model(1, lambda x: (STRIPE[0] < x[:, 0]) & (x[:, 0] < STRIPE[1])),
    "cylinder": Model(2, lambda x: np.hypot(x[:, 0], x[:, 1]) > RADIUS),
}


def labels(model: str, x: ArrayLike) -> Float[np.ndarray, " n"]:
    """+-1 of points x [n, d], by their first coordinates."""
    here = MODELS[one_of("model", model, MODELS)]
    x = np.asarray(finite(x, "x", "n", "d", dtype=np.float64))
    whole(f"a {model}: d", x.shape[1], least=here.d_par)
    return np.where(here.positive(x[:, : here.d_par]), 1.0, -1.0)


def gaussian(
    seed: int, P: int, P_test: int, d: int, stream: int = 0x57A1
) -> tuple[Float[np.ndarray, "P d"], Float[np.ndarray, "P_test d"]]:
    """Training and test points of a `stream` of a seed; fewer points are the start of more."""
    train, test = map(np.random.default_rng, np.random.SeedSequence([seed, stream]).spawn(2))
    return train.standard_normal((P, d)), test.standard_normal((P_test, d))


def beta_lazy(d: int) -> float:
    """The predicted exponent of the kernel's test error, P^-beta: d / (3d - 2)."""
    return d / (3 * d - 2)


def beta_feature(d: int, d_par: int) -> float:
    """That of a network that learns features, at a smooth boundary where the density is not 0.

    (2d - 1) / (3d - 2) = (d + d_perp) / (3d - 2) for planes, d_par = 1, and
    (d + d_perp / 2) / (3d - 2) for d_par > 1, as the abstract of Paccolat et al. (2020, *Geometric
    compression of invariant manifolds in neural nets*) has both. Geiger, Petrini & Wyart
    (*Landscape and training regimes in deep learning*, sec. 5) give the second for planes, too.
    """
    d_perp = d - d_par
    return (d + (d_perp if d_par == 1 else d_perp / 2)) / (3 * d - 2)


def seen(
    model: str, x: Float[np.ndarray, "n d"], compression: float, *, constant: bool
) -> Float[np.ndarray, "n D"]:
    """The inputs of a network: (x_par, x_perp / compression), and sqrt(d) at the end if `constant`.

    The weights of that coordinate are biases that start as N(0, 1), like all others, and are part
    of the kernel of infinite width (Paccolat et al. 2020).
    """
    d = x.shape[1]
    factor = np.where(np.arange(d) < MODELS[model].d_par, 1.0, 1 / compression)
    last = np.full((len(x), int(constant)), math.sqrt(d))
    return np.hstack([x * factor, last])
