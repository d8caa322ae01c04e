"""Kernel PCA of the tangent kernel: what its top eigenvectors know of the labels.

With phi_lambda the eigenvectors of the Gram matrix Theta(x_mu, x_nu), uncentred, and y the labels,

* the projections omega_lambda^2 = (phi_lambda . y)^2 / |y|^2 sum to 1. A kernel learns the faster
  the more of y lies on its top eigenvectors;
* the mutual information I(phi_lambda; y) also contains nonlinear relations: y = sign(phi^2 - c).

Both grow at the top of the spectrum as features are learnt (Geiger, Petrini & Wyart, *Landscape and
training regimes in deep learning*, Fig. 10; Paccolat et al., *Geometric compression of invariant
manifolds in neural nets*, 2020).

**Mutual information.** Let r_+ and r_- be the distances from a point to its k-th neighbour among
the other points of either label. The probability of + there is about q = 1 / (1 + (r_+ / r_-)^d),
and I = h2(P_+ / P) - mean h2(q), h2 the binary entropy in bits (`plug_in`, with k = 5, as in the
authors' code). Where the density of points does not vary between neighbours, logit q is the true
logit plus log(G_- / G_+), with two gamma variates of shape k. This noise biases h2: 0.069 bits for
k = 5 and labels independent of phi. In `bits` a function of q replaces h2 whose mean is h2 of the
true probability (`entropy`): it is 0 on average for independent labels, of either sign.

Densities that vary leave an error: both estimates are too small where the labels separate, by up to
(k / P) log(P / k)^2 in one dimension (0.06 bits at P = 1000, 0.02 at P = 4000, on two Gaussians),
and too large at sharp edges of the distribution of several columns (independent ones, uniform in a
cube: 0.01 bits for d = 3, 0.02 for d = 5, at P = 2000).
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, Num
from scipy.spatial import cKDTree
from scipy.special import entr

from jamming.checks import arrays
from jamming.checks.arguments import whole
from jamming.checks.arrays import ArrayLike, lost, rounding
from jamming.checks.errors import BadInput
from jamming.execution.threads import requested_blas_threads

K = 5
DEGENERATE = 1e-10  # eigenvalues closer than this share of the largest, or rounding, are equal
PARTS = 20  # of the data, which are left out in turn for the error
TOP = 10  # eigenvectors that are measured
MOMENTS = ("start", "end")

LabelInformation = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class KernelPCA:
    """Eigenvalues of a Gram matrix, descending, and its eigenvectors: column i for eigenvalue i."""

    eigenvalues: Float[np.ndarray, " P"]
    eigenvectors: Float[np.ndarray, "P P"]
    eps: float = float(np.finfo(np.float64).eps)  # of the type that the matrix came in

    def levels(self) -> Int[np.ndarray, " P"]:
        """Number of the level of each eigenvalue, from 0, which degenerate ones share."""
        tolerance = max(DEGENERATE, lost(self.eps, self.eigenvalues.size))
        gap = tolerance * np.abs(self.eigenvalues).max(initial=0.0)
        return np.cumsum(-np.diff(self.eigenvalues, prepend=self.eigenvalues[:1]) > gap)

    def projections(self, y: ArrayLike) -> Float[np.ndarray, " P"]:
        """omega^2 of every eigenvector; y [P] is real, not 0, and has no truth values."""
        y = arrays.targets(y, "y", len(self.eigenvectors), dtype=np.float64)
        if not y.any():
            raise BadInput("zero labels project on nothing: give labels +-1")
        y = y / np.abs(y).max()  # whose square may be beyond the range of numbers
        return (self.eigenvectors.T @ y) ** 2 / (y @ y)

    def level_projections(self, y: ArrayLike) -> Float[np.ndarray, " levels"]:
        """`projections` summed over each of `levels`, which does not depend on the basis there."""
        return np.bincount(self.levels(), weights=self.projections(y))


class Information(NamedTuple):
    """Mutual information in bits (see the module), with its standard error.

    The error is of points drawn anew, by the jackknife over parts of them, at given eigenvectors.
    """

    bits: float
    plug_in: float
    error: float


@requested_blas_threads()
def kernel_pca(theta: ArrayLike) -> KernelPCA:
    """The eigendecomposition of a Gram matrix [P, P], in float64."""
    eps = rounding(theta, "theta")
    theta = np.asarray(arrays.as_float(theta, "theta")).astype(np.float64)
    if not theta.size:
        raise BadInput("kernel PCA needs at least one point")
    if not np.isfinite(theta).all():
        raise BadInput("the kernel is not finite: check the weights that it is of")
    arrays.symmetric(theta, "the kernel")
    values, vectors = np.linalg.eigh((theta + theta.T) / 2)
    return KernelPCA(values[::-1].copy(), vectors[:, ::-1].copy(), eps)


def information(phi: ArrayLike, y: ArrayLike, *, k: int = K) -> Information:
    """I(phi; y) of one eigenvector [P], or of several columns jointly [P, d]; labels y [P] = +-1.

    Columns are standardised: any affine change of one leaves the result. Points that coincide
    exactly count as one place, where the probability of + is their share of +. See `enough`.
    """
    phi = np.asarray(arrays.as_float(phi, "phi", dtype=np.float64))
    columns = phi[:, None] if phi.ndim == 1 else phi
    return _informations([columns], y, k)[0]


def top_information(pca: KernelPCA, y: ArrayLike, r: int = TOP) -> list[Information]:
    """I(phi_lambda; y) of each of the top r eigenvectors, and last their sum.

    The sum counts shared information twice. In a degenerate level both depend on the basis.
    """
    r = whole("r, a number of eigenvectors,", r, most=pca.eigenvalues.size)
    return _informations([pca.eigenvectors[:, [i]] for i in range(r)], y, K)


def entropy(logit: Float[np.ndarray, " n"], k: int = K) -> Float[np.ndarray, " n"]:
    """g(l) in bits, whose mean over l = logit p + log(G_- / G_+) is h2(p) for every p.

    G_+ and G_- are gamma variates of shape k. In Fourier space g is h2 over the law of the noise,

        h2(w) log 2 = s(w) (pi coth(pi w) / w - 1 / w^2),    s(w) = pi w / sinh(pi w),
        noise(w) = s(w) prod_{0<j<k} (1 + w^2 / j^2),

    so that s drops out. k is at least 2; values may exceed 1. To 2e-5 bits, and for k = 2 to 1e-4.
    """
    return np.interp(np.abs(logit), *_entropies(k), right=0.0)


@functools.lru_cache(maxsize=8)
def _entropies(k: int) -> tuple[np.ndarray, np.ndarray]:
    """The arguments and values of `entropy` on a grid, by the trapezoidal rule."""
    step = 0.05  # in w; g comes out with period 2 pi / step, and decays as exp(-l)
    w = step * np.arange(1, 3001)
    h = np.pi / np.tanh(np.pi * w) / w - w**-2
    for j in range(1, k):
        h /= 1 + (w / j) ** 2
    at = np.linspace(0, 40, 2001)
    g = np.array([np.pi**2 / 6 + np.cos(logit * w) @ h for logit in at]) * step / np.pi
    return at, g / np.log(2)


def label_information(
    thetas: Sequence[Float[np.ndarray, "P P"]], y: Float[np.ndarray, " P"]
) -> LabelInformation:
    """`omega2`, `bits` and `error` [moment, top], and `total` [moment, 2]: bits with their error.

    One Gram matrix a moment. Of `TOP` points at least, and `enough` of either label.
    """
    pcas = [kernel_pca(np.asarray(theta, float)) for theta in thetas]
    found = np.array([top_information(pca, y) for pca in pcas])  # [moment, top + sum, 3]
    return {
        "omega2": np.array([pca.projections(y)[:TOP] for pca in pcas]),
        "bits": found[:, :-1, 0],
        "error": found[:, :-1, 2],
        "total": found[:, -1, [0, 2]],
    }


def enough(y: Num[np.ndarray, " P"], k: int = K) -> None:
    """Refuse labels of which too few have either sign for `information`."""
    fewest, least = min((y > 0).sum(), (y < 0).sum()), 2 * (k + 1)
    if fewest < least:
        raise BadInput(f"{fewest} points of a label: {k} neighbours need {least}, raise P or pca")


def columns(
    dims: Sequence[str], shape: Sequence[int], known: Sequence[LabelInformation]
) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
    """Variables of a dataset, `pca_omega2` and so on, from what is known of each cell."""
    found = {}
    for name in known[0]:
        values = np.stack([one[name] for one in known])
        found[f"pca_{name}"] = values.reshape(*shape, *values.shape[1:])
    found["pca_total"], found["pca_total_error"] = np.moveaxis(found["pca_total"], -1, 0)
    last = ("moment", "eigenvector")
    return {name: ((*dims, *last[: v.ndim - len(shape)]), v) for name, v in found.items()}


def contrast(theta: ArrayLike, y: ArrayLike) -> float:
    """(within - between) / diagonal: means of Theta over pairs of one label, of two, and alone.

    Of Theta [Q, Q] and labels y [Q] = +-1: 0 for a kernel independent of the labels, 1 for one that
    depends on them alone. NaN where the kernel is, or where there is no pair of one kind.
    """
    theta = np.asarray(arrays.as_float(theta, "theta", "Q", "Q"))
    y = np.asarray(arrays.binary_labels(y, "y", len(theta)))
    if abs(y.sum()) == len(y) or len(y) < 3:
        return float("nan")
    same, apart = np.outer(y, y) > 0, ~np.eye(len(y), dtype=bool)
    within, between = theta[same & apart].mean(), theta[~same].mean()
    return float((within - between) / np.diag(theta).mean())


def _informations(phis: list[np.ndarray], y: ArrayLike, k: int) -> list[Information]:
    k = whole("k, a number of neighbours,", k, least=2)
    labels = np.asarray(arrays.binary_labels(y, "labels", "P"))
    enough(labels, k)
    positive = labels > 0
    for phi in phis:
        arrays.finite(phi, "phi", len(positive), "d")

    def estimate(rows: np.ndarray) -> np.ndarray:
        """bits and plug_in of each phi, and last their sums, [r + 1, 2]."""
        of_each = [_estimate(phi[rows], positive[rows], k) for phi in phis]
        return np.array([*of_each, np.sum(of_each, axis=0)])

    values = estimate(np.arange(positive.size))
    errors = _jackknife(estimate, positive)[:, 0]
    return [Information(*row) for row in np.column_stack([values, errors]).tolist()]


def _estimate(phi: np.ndarray, positive: np.ndarray, k: int) -> tuple[float, float]:
    """Information with `entropy`, and with h2, in bits; columns count in units of their spread."""
    phi = phi / arrays.unit(phi, axis=0)  # whose squares may be beyond the range of numbers
    phi = phi - phi.mean(0)
    scale = phi.std(0)
    phi, d = phi / np.where(scale > 0, scale, 1.0), phi.shape[1]
    radius = {}
    for label in (True, False):
        tree = cKDTree(phi[positive == label])
        # a point finds itself among its own
        own, other = (tree.query(phi, k=[n])[0][:, 0] for n in (k + 1, k))
        radius[label] = np.where(positive == label, own, other)
    apart = np.minimum(radius[True], radius[False]) > 0
    r_plus, r_minus = (np.where(apart, radius[label], 1.0) for label in (True, False))
    logit = d * np.log(r_minus / r_plus)
    plug_in, corrected = _h2(1 / (1 + np.exp(-np.abs(logit)))), entropy(logit, k)
    if not apart.all():
        at_place = _h2(_share(phi, positive))
        plug_in, corrected = (np.where(apart, h, at_place) for h in (plug_in, corrected))
    whole = _h2(np.mean(positive))
    return float(whole - corrected.mean()), float(whole - plug_in.mean())


def _share(phi: np.ndarray, positive: np.ndarray) -> Float[np.ndarray, " P"]:
    """Share of + among the other points that coincide with each; 1/2 where there are none."""
    place = np.unique(phi, axis=0, return_inverse=True)[1].reshape(-1)
    others = np.bincount(place)[place] - 1
    plus = np.bincount(place, weights=positive)[place] - positive
    return np.where(others > 0, plus / np.maximum(others, 1), 0.5)


def _h2(q: Float[np.ndarray, "*n"] | float) -> Float[np.ndarray, "*n"]:
    """Binary entropy in bits."""
    return np.asarray((entr(q) + entr(1 - q)) / np.log(2))


def _jackknife(estimate: Callable[[np.ndarray], np.ndarray], positive: np.ndarray) -> np.ndarray:
    """Standard errors, each part of the points being left out once.

    Not the bootstrap: a point that is drawn twice would be its own neighbour.
    """
    rng = np.random.default_rng(0)
    part = np.empty(positive.size, int)
    for label in (True, False):  # an equal share of either label
        members = rng.permutation(np.flatnonzero(positive == label))
        part[members] = np.arange(members.size) % PARTS
    values = np.array([estimate(np.flatnonzero(part != i)) for i in range(PARTS)])
    return np.sqrt((PARTS - 1) * values.var(0))
