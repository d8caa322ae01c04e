"""Pre-activations, and how many of them training has put on the kink of relu.

At jamming relu networks sit on cusps of their loss: for N_c pairs of a training point and a neuron
the pre-activation is zero, as for no unseen point. Each cusp stabilises a direction of negative
curvature, so that N_Delta >= N_- - N_c (Geiger et al., *The jamming transition as a paradigm to
understand the loss landscape of deep neural networks*, 2019, Fig. 12).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Array, Float

from jamming.networks import Chain, Params

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
    net: Chain, w: Params, x: Float[Array, "P *d"]
) -> tuple[Float[np.ndarray, "P *neurons"], ...]:
    """What enters the nonlinearity of each hidden layer, [P, h] (or [P, H, W, h])."""
    _, seen = net.apply(w, x, mutable=["intermediates"])
    kept = seen["intermediates"]
    return tuple(np.asarray(kept[f"a{i}"][0]) for i in range(1, len(kept)))


def cusps(
    net: Chain,
    w: Params,
    x_train: Float[Array, "P *d"],
    x_unseen: Float[Array, "Q *d"],
    kink: float = KINK,
) -> Cusps:
    """Count them at weights w, by what share of the layer's size counts as zero."""
    train, unseen = preactivations(net, w, x_train), preactivations(net, w, x_unseen)
    sizes = [kink * np.sqrt(np.mean(a**2)) for a in train]
    ratio = x_train.shape[0] / x_unseen.shape[0]
    return Cusps(
        tuple(_below(a, size) for a, size in zip(train, sizes, strict=True)),
        tuple(ratio * _below(a, size) for a, size in zip(unseen, sizes, strict=True)),
    )


def _below(a: np.ndarray, size: float) -> int:
    return int((np.abs(a) <= size).sum())


def density(
    runs: Sequence[Float[np.ndarray, "*shape"]], edges: Float[np.ndarray, " edges"]
) -> Float[np.ndarray, " edges-1"]:
    """Probability density of pre-activations in units of their root mean square, over runs."""
    scaled = np.concatenate([np.ravel(a) / np.sqrt(np.mean(a**2)) for a in runs])
    return np.histogram(scaled, edges)[0] / scaled.size / np.diff(edges)
