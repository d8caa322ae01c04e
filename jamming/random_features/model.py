"""The random-features model: data, features and the read-out, in closed form.

Points x uniform on the sphere |x|^2 = d, labels y = beta.x + noise with |beta| = 1, features
sigma(theta_j.x / sqrt(d)) with theta_j uniform on the same sphere and frozen; only the read-out a
is trained, with a square loss (Mei and Montanari, *The generalization error of random features
regression*, 2019). The read-out minimises

    (1/P) sum_mu (y_mu - f(x_mu))^2 + (h lambda / d) |a|^2,    f(x) = sum_j a_j sigma(...),

and is that of the smallest norm in the limit lambda = 0.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from jamming.activations import Activation
from jamming.errors import BadInput


@dataclass(frozen=True)
class Sample:
    """P training points x, |x|^2 = d, noisy labels y, and beta, what is to be found."""

    x: Float[np.ndarray, "P d"]
    y: Float[np.ndarray, " P"]
    beta: Float[np.ndarray, " d"]


def sphere(n: int, d: int, rng: np.random.Generator) -> Float[np.ndarray, "n d"]:
    """n points uniform on the sphere |x|^2 = d."""
    x = rng.standard_normal((n, d))
    return x * np.sqrt(d / np.einsum("ij,ij->i", x, x))[:, None]


def sample(P: int, d: int, noise: float, rng: np.random.Generator) -> Sample:
    """Training points; labels have noise of standard deviation `noise` (tau).

    Raises:
        BadInput: a number out of range.
    """
    if P < 1 or d < 3:
        raise BadInput(f"P = {P} must be at least 1, and d = {d} at least 3")
    if not 0 <= noise < np.inf:
        raise BadInput(f"the noise must be finite and not negative, not {noise}")
    beta = sphere(1, d, rng)[0] / np.sqrt(d)
    x = sphere(P, d, rng)
    return Sample(x, x @ beta + noise * rng.standard_normal(P), beta)


def features(
    phi: Activation, theta: Float[np.ndarray, "h d"], x: Float[np.ndarray, "P d"]
) -> Float[np.ndarray, "P h"]:
    """sigma(theta_j.x_mu / sqrt(d))."""
    with jax.enable_x64(True):
        z = jnp.asarray(x @ theta.T / np.sqrt(x.shape[1]), jnp.float64)
        return np.asarray(phi(z))


@dataclass(frozen=True)
class Spectrum:
    """The singular values s, descending, of features [P, h], their vectors, and y along them."""

    s: Float[np.ndarray, " r"]
    right: Float[np.ndarray, "r h"]
    y: Float[np.ndarray, " r"]

    def readout(self, filtered: Float[np.ndarray, " r"]) -> Float[np.ndarray, " h"]:
        """sum_k filtered_k (u_k.y) v_k; 1/s fits what can be fitted."""
        return self.right.T @ (filtered * self.y)


def spectrum(Z: Float[np.ndarray, "P h"], y: Float[np.ndarray, " P"]) -> Spectrum:
    """One decomposition serves the read-out at every ridge and every time.

    What is below rounding, as when two neurons agree on all points, is left out.
    """
    left, s, right = np.linalg.svd(Z, full_matrices=False)
    kept = s > s[0] * max(Z.shape) * np.finfo(float).eps
    return Spectrum(s[kept], right[kept], left.T[kept] @ y)


def ridge(of: Spectrum, lam: float, *, P: int, d: int) -> Float[np.ndarray, " h"]:
    """The read-out a at a ridge lambda >= 0 (see the module); of the smallest norm at 0.

    Raises:
        BadInput: the ridge is negative or not finite.
    """
    if not 0 <= lam < np.inf:
        raise BadInput(f"the ridge must be finite and not negative, not {lam}")
    return of.readout(of.s / (of.s**2 + P * of.right.shape[1] * lam / d))


def flowed(of: Spectrum, t: float, *, P: int) -> Float[np.ndarray, " h"]:
    """The read-out after a gradient flow of length t from a = 0, on (1/P) sum (y - f)^2 / 2."""
    return of.readout(-np.expm1(-(of.s**2) * t / P) / of.s)
