"""Pre-activations, and how many of them training has put on the kink of relu.

At jamming relu networks sit on cusps of their loss: N_c pairs of a training point and a neuron have
a pre-activation of zero. Each cusp stabilises a direction of negative curvature, so that N_Delta >=
N_- - N_c (Geiger et al., *The jamming transition as a paradigm to
understand the loss landscape of deep neural networks*, 2019, Fig. 12).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from jamming.checks.arrays import ArrayLike, finite
from jamming.checks.errors import BadInput
from jamming.kernels.empirical import points
from jamming.models.networks import Chain, Params, chain
from jamming.observables.ensembles import norm

# A pre-activation below this share of its layer's root mean square is on the kink. Counts have a
# plateau between 1e-4 and 1e-3 once the learning rate has been annealed.
KINK = 3e-4


@dataclass(frozen=True)
class Cusps:
    """Pairs (point, neuron) on the kink, by hidden layer."""

    train: tuple[int, ...]
    chance: tuple[float, ...]  # as many as unseen points would have, for as many points

    @property
    def N_c(self) -> float:
        """Number of cusps: those of the training set beyond what chance explains."""
        return sum(self.train) - sum(self.chance)


def preactivations(
    net: Chain, w: Params, x: ArrayLike
) -> tuple[Float[np.ndarray, "P *neurons"], ...]:
    """What enters the nonlinearity of each hidden layer, [P, h] or [P, H, W, h], at x [P, ...]."""
    layers = tuple(map(np.asarray, chain(net).preactivations(w, points(x, "x"))))
    if not all(np.isfinite(a).all() for a in layers):
        raise BadInput("pre-activations are not finite: check the weights, or leave the run out")
    return layers


def cusps(net: Chain, w: Params, x_train: ArrayLike, x_unseen: ArrayLike) -> Cusps:
    """Count them at weights w; below a share `KINK` of the layer's size counts as zero."""
    x_train = points(x_train, "x_train")
    x_unseen = points(x_unseen, "x_unseen", like=x_train)
    if not len(x_train) or not len(x_unseen):
        raise BadInput("cusps are counted against unseen points: give some of either kind")
    train, unseen = preactivations(net, w, x_train), preactivations(net, w, x_unseen)
    sizes = [KINK * size_of(a) for a in train]
    below, chance = (
        [int((np.abs(a) <= size).sum()) for a, size in zip(layers, sizes, strict=True)]
        for layers in (train, unseen)
    )
    return Cusps(tuple(below), tuple(len(x_train) / len(x_unseen) * n for n in chance))


def size_of(a: Float[np.ndarray, "*shape"]) -> float:
    """Root mean square of pre-activations."""
    return float(norm(np.ravel(a)))


def density(runs: Any, edges: ArrayLike) -> Float[np.ndarray, " bins"]:
    """Probability density of pre-activations in units of their root mean square, over runs."""
    edges = finite(edges, "edges", "edges", dtype=np.float64)
    if len(edges) < 2 or (np.diff(edges) <= 0).any():
        raise BadInput("the edges of a histogram must ascend, two at least")
    known = [np.asarray(finite(a, "pre-activations", dtype=np.float64)) for a in runs]
    if not known or any(a.ndim == 0 or not a.any() for a in known):
        raise BadInput("give runs as arrays of pre-activations, each with one that is not 0")
    scaled = np.concatenate([np.ravel(a) / size_of(a) for a in known])
    return np.histogram(scaled, edges)[0] / scaled.size / np.diff(edges)
