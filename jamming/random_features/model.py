"""The random-features model: data, features and the read-out, in closed form.

Points x uniform on the sphere |x|^2 = d, labels y = beta.x + noise with |beta| = 1, features
sigma(theta_j.x / sqrt(d)) with theta_j uniform on the same sphere and frozen; only the read-out a
is trained, with a square loss (Mei and Montanari, *The generalization error of random features
regression*, 2019). The read-out minimises

    (1/P) sum_mu (y_mu - f(x_mu))^2 + (h lambda / d) |a|^2,    f(x) = sum_j a_j sigma(...),

and is that of the smallest norm in the limit lambda = 0.
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from jamming.checks.arguments import number, shown, time, whole
from jamming.checks.arrays import ArrayLike, as_float, finite, lost, rounding, shaped, targets
from jamming.checks.errors import BadInput
from jamming.execution.threads import requested_blas_threads
from jamming.models.activations import Activation


@dataclass(frozen=True)
class Sample:
    """P training points x, |x|^2 = d, noisy labels y, and beta, what is to be found."""

    x: Float[np.ndarray, "P d"]
    y: Float[np.ndarray, " P"]
    beta: Float[np.ndarray, " d"]


def sphere(n: int, d: int, rng: np.random.Generator) -> Float[np.ndarray, "n d"]:
    """n points uniform on the sphere |x|^2 = d; BadInput unless rng is a NumPy generator."""
    if not isinstance(rng, np.random.Generator):
        raise BadInput(
            f"points are drawn with a generator, not {shown(rng)}: give np.random.default_rng(seed)"
        )
    x = rng.standard_normal((n, d))
    return x * np.sqrt(d / np.einsum("ij,ij->i", x, x))[:, None]


def sample(P: Any, d: Any, noise: Any, rng: np.random.Generator) -> Sample:
    """Training points; labels have noise of standard deviation `noise` (tau)."""
    P, d, noise = whole("P", P), whole("d", d, least=3), number("the noise", noise, least=0.0)
    beta = sphere(1, d, rng)[0] / np.sqrt(d)
    x = sphere(P, d, rng)
    return Sample(x, x @ beta + noise * rng.standard_normal(P), beta)


def features(phi: Activation, theta: ArrayLike, x: ArrayLike) -> Float[np.ndarray, "P h"]:
    """sigma(theta_j.x_mu / sqrt(d)) in float64, of theta [h, d] and points x [P, d]."""
    theta = shaped(np.asarray(finite(theta, "theta", dtype=np.float64)), "theta", "h", "d")
    x = shaped(np.asarray(finite(x, "x", dtype=np.float64)), "x", "P", theta.shape[1])
    with jax.enable_x64(True):
        z = jnp.asarray(x @ theta.T / np.sqrt(x.shape[1]), jnp.float64)
        return np.asarray(phi(z))


@dataclass(frozen=True)
class Spectrum:
    """The singular values s, descending, of features [P, h], their vectors, and y along them."""

    s: Float[np.ndarray, " r"]
    right: Float[np.ndarray, "r h"]
    y: Float[np.ndarray, " r"]

    def readout(self, filtered: ArrayLike) -> Float[np.ndarray, " h"]:
        """sum_k filtered_k (u_k.y) v_k, of filtered [r]; 1/s fits what can be fitted."""
        filtered = shaped(np.asarray(as_float(filtered, "filtered")), "filtered", self.s.size)
        return self.right.T @ (filtered * self.y)


@requested_blas_threads()
def spectrum(Z: ArrayLike, y: ArrayLike) -> Spectrum:
    """One decomposition serves the read-out at every ridge and every time; Z [P, h], y [P].

    In float64, without singular values below the rounding of the type of Z.

    Raises:
        BadInput: values that are not finite, other shapes; no feature; labels 0 and 1.
    """
    eps = rounding(Z, "Z")
    Z = shaped(np.asarray(finite(Z, "Z")), "Z", "P", "h").astype(np.float64)
    y = shaped(np.asarray(targets(y, dtype=np.float64)), "y", len(Z))
    if not Z.size:
        raise BadInput("a spectrum needs a point and a feature at least")
    left, s, right = np.linalg.svd(Z, full_matrices=False)
    used = s > s[0] * lost(eps, max(Z.shape))
    return Spectrum(s[used], right[used], left.T[used] @ y)


def ridge(of: Spectrum, lam: Any, *, P: Any, d: Any) -> Float[np.ndarray, " h"]:
    """The read-out a at a finite ridge lambda >= 0 (see the module); of the smallest norm at 0."""
    P, d, lam = whole("P", P), whole("d", d), number("the ridge", lam, least=0.0)
    # s / (s^2 + r), but s^2 may be beyond the range of numbers
    with np.errstate(over="ignore"):
        return of.readout(1 / (of.s + P * of.right.shape[1] * lam / d / of.s))


def flowed(of: Spectrum, t: Any, *, P: Any) -> Float[np.ndarray, " h"]:
    """The read-out after gradient flow from a = 0 for a time t >= 0, on (1/P) sum (y - f)^2 / 2."""
    t, P = time("t", t), whole("P", P)
    with np.errstate(over="ignore"):  # exp(-infinity) is zero
        return of.readout(-np.expm1(-of.s * (of.s * t / P)) / of.s)
