"""Scattering whose filters are learnt, and scattering as a step of a scikit-learn pipeline.

`LearntScattering` is a module of Flax that starts from Morlet wavelets; all widths, frequencies,
angles and slants are parameters (S. Gauthier et al., *Parametric scattering networks*, 2022).
`ScatteringFeatures` is a transformer of points [n, features], as classifiers take them.
"""

import math
from typing import Any

import flax.linen as nn
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from sklearn.base import BaseEstimator, TransformerMixin

from jamming.checks.arrays import finite
from jamming.checks.errors import BadInput, one_line
from jamming.wavelets.filters import Bank
from jamming.wavelets.morlet import FREQUENCY, WIDTH, morlets
from jamming.wavelets.transforms import Scattering1D, Scattering2D, transformed


class LearntScattering(nn.Module):
    """Coefficients [..., paths, h, w] of images [..., H, W], by filters that can be learnt.

    The options are those of `Scattering2D`, whose coefficients it gives at the start. Parameters:
    `log_sigma`, `log_xi`, `log_slant` and `theta` of each wavelet, [J, angles].
    """

    J: int
    L: int = 8
    max_order: int = 2
    padding: str = "reflect"

    @nn.compact
    def __call__(self, images: Float[Array, "*batch H W"]) -> Float[Array, "*batch paths h w"]:
        shape: Any = images.shape[-2:]
        of = Scattering2D(
            J=self.J, shape=shape, L=self.L, max_order=self.max_order, padding=self.padding
        )
        (bank,) = of.banks
        wide = 2.0 ** np.arange(self.J)[:, None]
        starts = {
            "log_sigma": np.log(WIDTH * wide),
            "log_xi": np.log(FREQUENCY / wide),
            "log_slant": np.log(4 / self.L),
            "theta": (self.L - self.L // 2 - 1 - np.arange(self.L)) * np.pi / self.L,
        }

        def start(key: Any, value: Any) -> Array:
            return jnp.asarray(np.broadcast_to(value, (self.J, self.L)), images.dtype)

        sigma, xi, slant, theta = (self.param(name, start, v) for name, v in starts.items())
        sigma, xi, slant = map(jnp.exp, (sigma, xi, slant))
        shape_padded: Any = bank.shape
        psi = morlets(shape_padded, (sigma, theta, xi, slant), jnp)
        learnt = Bank(psi, bank.low, bank.scales, bank.octaves, bank.J)
        found = transformed(images.reshape(-1, *shape), of, (learnt,))
        return found.reshape(*images.shape[:-2], *found.shape[1:])


class ScatteringFeatures(TransformerMixin, BaseEstimator):
    """Coefficients [n, features] of signals [n, samples], for pipelines of scikit-learn.

    `shape`: (H, W) of images, each a row of H W pixels, or the samples of a sound; J and
    `max_order` as of `Scattering2D` and `Scattering1D`, `options` all others.
    """

    def __init__(
        self, J: Any, shape: Any, max_order: Any = 2, options: dict[str, Any] | None = None
    ) -> None:
        self.J, self.shape, self.max_order, self.options = J, shape, max_order, options

    def fit(self, X: Any, y: Any = None) -> "ScatteringFeatures":
        """Refuse what cannot be; nothing is learnt."""
        self.transform(X[:0])
        return self

    def transform(self, X: Any) -> Float[np.ndarray, "n features"]:
        """In the precision of X."""
        shape = np.atleast_1d(self.shape)
        kind = Scattering2D if len(shape) > 1 else Scattering1D
        try:
            of = kind(self.J, tuple(shape.tolist()), self.max_order, **(self.options or {}))
        except TypeError as error:  # the name of an option
            raise BadInput(f"options of {kind.__name__}: {one_line(error)}") from error
        x = finite(X, "X", "n", "samples")
        if x.shape[1] != np.prod(of.shape):
            raise BadInput(f"X has rows of {x.shape[1]} samples, not of {of.shape}: reshape it")
        found = of(x.reshape(-1, *of.shape))
        return np.asarray(found).reshape(len(x), math.prod(found.shape[1:]))

    def __sklearn_is_fitted__(self) -> bool:
        return True
