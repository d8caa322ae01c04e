"""What can be approximated: by neighbours, on the circle, by neurons added one by one.

A 1-Lipschitz function on the cube [0, 1]^D is known within eps from the values at O(eps^-D) points:
the error of the nearest of n points falls as n^-1/D. A function whose Barron constant
C_f = int |w|_1 |f^(w)| dw is finite is approximated by m neurons with a square error of
O(C_f^2 / m) at any D (Barron, *Universal approximation bounds for superpositions of a sigmoidal
function*, 1993). Functions on the circle that neurons rho(cos(theta - t)) make up have the Fourier
coefficients of rho(cos t) as factors.

NOTE: some lectures exchange n and m in Barron's bound, and print the coefficients of relu without
that at k = 1, which is pi/2, and with the opposite sign.
"""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.spatial import cKDTree

from jamming.checks.arguments import number, whole
from jamming.checks.arrays import ArrayLike, finite, shaped

TESTS = 4000
CANDIDATES = 400  # neurons from which each is chosen


def neighbour_error(n: Any, D: Any, seed: Any) -> float:
    """Mean |f(x) - f(nearest of n points)| of a random linear f of slope 1, uniform on [0, 1]^D."""
    n, D = whole("n", n), whole("D", D, most=100)
    rng = np.random.default_rng(seed)
    slope = rng.normal(size=D)
    slope /= np.linalg.norm(slope)
    known, x = rng.uniform(size=(n, D)), rng.uniform(size=(TESTS, D))
    _, at = cKDTree(known).query(x)
    return float(np.abs((x - known[at]) @ slope).mean())


def circle_coefficients(k_max: Any, samples: Any = 2**14) -> Float[np.ndarray, " k"]:
    """int relu(cos t) cos(k t) dt over the circle, k = 0 ... k_max, by a sum over samples.

    The sum is off by O(1 / samples^2), at the kinks.
    """
    samples = whole("samples", samples, least=4)
    k_max = whole("k_max", k_max, least=0, most=samples // 2)
    t = 2 * np.pi * np.arange(samples) / samples
    return np.fft.rfft(np.maximum(np.cos(t), 0.0)).real[: k_max + 1] * 2 * np.pi / samples


def circle_exact(k_max: Any) -> Float[np.ndarray, " k"]:
    """The same in closed form: pi/2 at k = 1, 2 (-1)^(k/2) / (1 - k^2) for even k, else 0."""
    k = np.arange(whole("k_max", k_max, least=0) + 1)
    even = 2 * (-1.0) ** (k // 2) / (1.0 - np.where(k == 1, 2, k) ** 2)
    return np.where(k % 2 == 0, even, np.where(k == 1, np.pi / 2, 0.0))


def barron_constant(amplitudes: ArrayLike, frequencies: ArrayLike) -> float:
    """C_f of f(x) = sum_k a_k cos(w_k . x + b_k), a [K], w [K, D]: sum |w_k|_1 |a_k|."""
    a, w = (np.asarray(finite(np.asarray(z, float), "f")) for z in (amplitudes, frequencies))
    shaped(w, "frequencies", len(a), "D")
    return float((np.abs(w).sum(1) * np.abs(a)).sum())


def greedy(
    x: Float[np.ndarray, "n D"], f: Float[np.ndarray, " n"], m: Any, seed: Any, scale: Any = 10.0
) -> Float[np.ndarray, " m"]:
    """Mean square errors of 1 ... m neurons tanh(w . x + b), each the best of random ones.

    Of `CANDIDATES` of size `scale` that which correlates most with what is left, after which all
    output weights are fitted anew (orthogonal matching pursuit).
    """
    m, scale = whole("m", m, most=len(x)), number("scale", scale, above=0.0)
    rng = np.random.default_rng(seed)
    basis, errors = [np.ones(len(x))], []
    rest = f - f.mean()
    for _ in range(m):
        w = scale * rng.normal(size=(x.shape[1], CANDIDATES)) / x.shape[1] ** 0.5
        # kinks where there are points
        b = -np.einsum("kd,dk->k", x[rng.integers(0, len(x), CANDIDATES)], w)
        neurons = np.tanh(x @ w + b[None])
        neurons -= neurons.mean(0)[None]
        gain = np.abs(rest @ neurons) / np.linalg.norm(neurons, axis=0)
        basis.append(neurons[:, gain.argmax()])
        A = np.stack(basis, 1)
        rest = f - A @ np.linalg.lstsq(A, f, rcond=None)[0]
        errors.append(float(np.mean(rest**2)))
    return np.array(errors)
