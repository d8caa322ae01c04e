"""Gaussian fields by the names of their covariances: how they decay, their spectra, their paths.

A covariance whose Fourier transform falls as w^-alpha has alpha = d + 1 for Laplace, d + 2 nu for
Matern, and infinity for the Gaussian kernel. Its fields have floor((alpha - d) / 2) derivatives in
the mean square, unless that is a whole number: then the highest one does not exist (Spigler, Geiger
& Wyart, *Asymptotic learning curves of kernel methods*, 2020, Sec. 5 and App. E).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float

from jamming.checks.arguments import HUGE, TINY, number, one_of, settle, unbounded, whole
from jamming.checks.errors import BadInput
from jamming.kernels.distance import KERNELS, SMOOTHEST, matern
from jamming.kernels.lattice import aliased
from jamming.kernels.sphere import Spectrum, completed, dimension, gaussian, spectrum

NAMES = ("laplace", "gaussian", "matern")
SHORT = {"gauss": "gaussian"}
MOST = 2**24  # numbers of all paths
PERIOD = 20.0  # of a path, in units of sigma, so that its ends are next to independent


@dataclass(frozen=True)
class Covariance:
    """A kernel of the distance, of a length sigma > 0 and, where it is Matern's, of nu in (0, 100].

    Raises BadInput for another name ('gauss' stands for 'gaussian') or numbers out of range.
    """

    name: str
    sigma: float
    nu: float = 0.5

    def __post_init__(self) -> None:
        name = SHORT.get(str(self.name), self.name)
        sigma = number("sigma", self.sigma, least=TINY, most=HUGE)
        nu = number("nu", self.nu, above=0.0, most=SMOOTHEST)
        settle(self, {"name": one_of("kernel", name, NAMES), "sigma": sigma, "nu": nu})

    @property
    def kernel(self) -> Callable[[np.ndarray], np.ndarray]:
        """K as a function of r^2, in float64."""
        if self.name == "matern":
            return partial(matern, sigma=self.sigma, nu=self.nu)
        return partial(KERNELS[self.name], sigma=self.sigma)

    def gram(self, r2: Float[np.ndarray, "P P"]) -> Float[np.ndarray, "P P"]:
        """K of square distances r^2 of points with themselves; half of Matern's, which is slow."""
        if self.name != "matern":
            return self.kernel(r2)
        half = np.tril_indices(len(r2))
        found = np.empty_like(r2)
        found[half] = self.kernel(r2[half])
        found.T[half] = found[half]
        return found

    def alpha(self, d: Any) -> float:
        """The power with which its Fourier transform falls in d dimensions."""
        d = dimension(d)
        powers = {"laplace": d + 1.0, "gaussian": math.inf, "matern": d + 2 * self.nu}
        return powers[self.name]

    def spectrum(self, d: Any, degrees: Any) -> Spectrum:
        """Its eigenvalues on the unit sphere of dimension d."""
        if self.name == "gaussian":
            return gaussian(self.sigma, d, degrees)
        found = spectrum(self.kernel, d, degrees).eigenvalues
        # of mixtures of Gaussian kernels they fall with the degree: what rises is rounding
        return completed(np.minimum.accumulate(found), 1.0, dimension(d))


def smoothness(alpha: Any, d: Any) -> int | float:
    """s = floor((alpha - d) / 2), infinite for alpha = inf. BadInput unless alpha > d."""
    d = dimension(d)
    alpha = unbounded("alpha", alpha, above=float(d))
    return alpha if math.isinf(alpha) else math.floor((alpha - d) / 2)


def paths(nu: Any, points: Any, several: Any, seed: Any) -> Float[np.ndarray, "several points"]:
    """Stationary Gaussian functions on a circle of length `PERIOD`, at equidistant points.

    Their spectrum is that of Matern's covariance with sigma = 1, in one dimension (2 nu +
    w^2)^-(nu + 1/2), at the frequencies of the circle, all of which are accounted for: those above
    the resolution of the points as their aliases. The variance is 1 at each point.
    """
    nu = number("nu", nu, above=0.0, most=SMOOTHEST)
    points, several = whole("points", points, least=2), whole("several", several)
    if points * several > MOST:
        raise BadInput(f"{several} paths of {points} points are too many: lower either")
    unit = math.sqrt(2 * nu)
    w = 2 * np.pi / PERIOD * np.fft.fftfreq(points, 1 / points)
    size = np.sqrt(sum(aliased(2 * nu + 1, w[:, None] / unit, unit * PERIOD / points)))
    size /= np.linalg.norm(size)
    rng = np.random.default_rng(seed)
    # white noise on the points, of which the spectrum is flat
    white = np.fft.fft(rng.standard_normal((several, points)), axis=1)
    found: np.ndarray = np.fft.ifft(white * size, axis=1).real * math.sqrt(points)
    return found


def variogram(path: Float[np.ndarray, "several points"], lag: Any, order: Any) -> np.ndarray:
    """Mean square of the differences of `order` at a lag of so many points, of each path [several].

    For order k it falls with the lag h as h^min(2 nu, 2 k): the k-th derivative exists in the mean
    square where the power is 2 k.
    """
    lag, order = whole("lag", lag), whole("order", order)
    if path.ndim != 2 or lag * order >= path.shape[1]:
        raise BadInput(f"differences of order {order} at lag {lag} are longer than the path")
    found = path
    for _ in range(order):
        found = found[:, lag:] - found[:, :-lag]
    each: np.ndarray = (found**2).mean(1)
    return each
