"""A small network with all that training treats differently, and a few images for it."""

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from jamming.objectives.classification import Classification

CLASSES = 3
RNG = np.random.default_rng(5)
PIXELS = RNG.integers(0, 256, (40, 4, 4, 1)).astype(np.uint8)
LABELS = RNG.integers(0, CLASSES, 40).astype(np.int32)


class Small(nn.Module):
    """Dense layers, with batch normalisation and dropout if wanted."""

    bn: bool = False
    rate: float = 0.0
    classes: int = CLASSES

    @nn.compact
    def __call__(self, x: Any, train: bool = False) -> Any:
        kind = {"param_dtype": x.dtype}
        z = nn.Dense(5, **kind)(x.reshape(len(x), -1))
        if self.bn:
            z = nn.BatchNorm(use_running_average=not train, momentum=0.8, **kind)(z)
        z = nn.Dropout(self.rate, deterministic=not train)(nn.tanh(z))
        return nn.Dense(self.classes, **kind)(z)


def problem(
    net: Any = None,
    P: int = 10,
    V: int = 0,
    seed: int = 0,
    dtype: Any = np.float64,
    augmentation: Any = None,
    common: bool = False,
    **numbers: float,
) -> Classification:
    """P images to train on, V others to validate with; standardised by numbers made up."""
    net = Small() if net is None else net
    start = jax.jit(net.init)(jax.random.key(seed), jnp.zeros((1, 4, 4, 1), dtype))
    return Classification(
        net=net,
        start=jax.tree.map(lambda a: a.astype(dtype), dict(start)),
        chosen=jnp.arange(P, dtype=np.int32),
        y=jnp.asarray(LABELS[:P]),
        validation=jnp.arange(P, P + V, dtype=np.int32),
        y_validation=jnp.asarray(LABELS[P : P + V]),
        mean=jnp.asarray([120.0], dtype),
        std=jnp.asarray([70.0], dtype),
        augmentation=augmentation,
        numbers={name: jnp.asarray(value, dtype) for name, value in numbers.items()},
        pixels=None if common else jnp.asarray(PIXELS),
    )


def seen(rows: Any) -> Any:
    """What the network sees of these images."""
    return jnp.asarray((PIXELS[np.asarray(rows)].astype(np.float64) - 120) / 70)


def flat(tree: Any) -> np.ndarray:
    """All leaves in a row."""
    return np.concatenate([np.ravel(np.asarray(leaf)) for leaf in jax.tree.leaves(tree)])
