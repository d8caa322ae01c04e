"""How far the first layer of weights has turned into the informative directions of the data.

Where labels depend on the first d_par coordinates alone, the weights grow along them as features
are learnt. The measure is Lambda = W_par / W_perp, the scale of the first layer's weights along an
informative direction divided by that along another (Geiger, Petrini & Wyart, *Landscape and
training regimes in deep learning*, sec. 5: Lambda ~ sqrt P for the stripe; Paccolat et al.,
*Geometric compression of invariant manifolds in neural nets*).

A scale is a root mean square over neurons and directions. With `weights`, each neuron counts by the
square of its own: those of the second layer make Lambda that of the vectors W2_i W1_i, which the
papers draw, and which is invariant under the scale symmetry of relu. Without, all count alike.
"""

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jamming.checks.arguments import whole
from jamming.checks.arrays import ArrayLike, as_float, unit
from jamming.checks.errors import BadInput


@dataclass(frozen=True)
class Alignment:
    """Root mean square weights along an informative and along another direction."""

    parallel: float
    perpendicular: float

    @property
    def Lambda(self) -> float:
        """By how much the uninformative directions are compressed; inf where nothing is left."""
        if self.perpendicular == 0:
            return float("inf") if self.parallel > 0 else float("nan")
        return self.parallel / self.perpendicular


def mean_squares(W: ArrayLike, weights: ArrayLike | None = None) -> Float[Array, " n"]:
    """The mean square over neurons of each row of the first layer W [n, h]; traceable.

    In units of the largest: the squares of large weights are beyond the range of float32. With
    `weights` [h] each neuron counts by the square of its own.
    """

    def squares(x: Any) -> Array:
        x = jnp.asarray(x / unit(x))  # which in float64 may be beyond the range of JAX
        return jnp.square(x / jnp.abs(x).max())

    W = as_float(W, "W", "n", "h")
    if weights is None:
        return squares(W).mean(1)
    share = squares(as_float(weights, "weights", W.shape[1]))
    return squares(W) @ (share / share.sum())


def of_mean_squares(rows: ArrayLike, d_par: int, d: int | None = None) -> Alignment:
    """The alignment from the mean square of each row [n], in any units, if some are not zero."""
    rows = as_float(rows, "rows", "n")
    d = whole("Lambda: d directions", len(rows) if d is None else d, least=2, most=len(rows))
    d_par = whole(f"Lambda: d_par of {d} directions", d_par, most=d - 1)
    known = np.asarray(rows[:d], float)
    if not np.isfinite(known).all() or not known.any():
        raise BadInput("weights that are zero or not finite have no Lambda: leave the run out")
    parallel, perpendicular = np.sqrt(known[:d_par].mean()), np.sqrt(known[d_par:].mean())
    return Alignment(float(parallel), float(perpendicular))


def alignment(
    W: ArrayLike, d_par: int, d: int | None = None, weights: ArrayLike | None = None
) -> Alignment:
    """Lambda of the first layer W [n, h], a column for each neuron; `weights` [h]: see the module.

    The first `d_par` rows are the informative directions, the others up to row `d` (default: all)
    the uninformative ones. What lies beyond d, the weights of a constant input, is left out.
    """
    W = as_float(W, "W", dtype=np.float64)
    largest = float(np.abs(W).max(initial=0.0))
    found = of_mean_squares(mean_squares(W, weights), d_par, d)
    return Alignment(largest * found.parallel, largest * found.perpendicular)
