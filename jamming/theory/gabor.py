"""Are the filters of a first layer wavelets? Fits of Gabor functions.

A filter psi [k, k, C] is fitted, by least squares over all of its pixels, by

    exp(-|A (u - u0)|^2 / 2) (a_c cos(xi . u) + b_c sin(xi . u)),

one envelope and one frequency for all colours, with an amplitude and a phase for each: the real
part of C e^(-u.Du) e^(i u.xi), which first layers of networks of images resemble (A. Krizhevsky,
I. Sutskever & G. Hinton, *ImageNet classification with deep convolutional neural networks*, 2012,
Fig. 3). Amplitudes follow from the rest by a linear problem, so that seven numbers are sought.
`explained` is 1 - |residual|^2 / |psi|^2. Noise has some share explained by chance; filters at the
start of training, and the same filters with their pixels shuffled, say how much.
"""

import itertools
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.optimize import least_squares

from jamming.checks.arguments import whole
from jamming.checks.arrays import finite, shaped
from jamming.checks.errors import BadInput

LEAST, MOST = 3, 64  # pixels a side
NARROWEST = 0.5  # pixels of the envelope's standard deviation: below that it is one pixel
WIDTHS = (0.15, 0.3)  # of the sides, at which a search starts


class Gabor(NamedTuple):
    """The best fit of a filter, and the share of its squares that is explained."""

    fit: Float[np.ndarray, "k k C"]
    explained: float
    frequency: float  # |xi|, in radians a pixel
    orientation: float  # of xi, from 0 to pi, from the rows to the columns
    width: float  # of the envelope, pixels: the geometric mean of its two


def fitted(psi: Any, starts: Any = 4) -> Gabor:
    """The best of searches from the `starts` largest frequencies of psi [k, k, C], at two widths.

    BadInput for filters of fewer than 3 pixels a side, or that are zero or NaN.
    """
    psi = finite(psi, "a filter", dtype=np.float64)
    psi = np.asarray(shaped(psi, "a filter", "k", np.shape(psi)[0], "C"))
    k = len(psi)
    if not LEAST <= k <= MOST:
        raise BadInput(f"filters have {LEAST} to {MOST} pixels a side, not {k}")
    size = float(np.sqrt((psi**2).sum()))
    if size == 0:
        raise BadInput("a filter that is zero has no shape: leave it out")
    rows = (psi / size).reshape(k * k, -1)
    u = np.indices((k, k)).reshape(2, -1).T - (k - 1) / 2
    energy = (rows**2).sum(1)
    middle = energy @ u / energy.sum()
    found = [
        _search(rows, u, np.array([*middle, *xi, 1 / (w * k), 1 / (w * k), 0.0]), k)
        for xi, w in itertools.product(_frequencies(psi, whole("starts", starts, most=k)), WIDTHS)
    ]
    best = min(found, key=lambda each: float(each.cost))
    waves = _waves(best.x, u)
    fit = waves @ np.linalg.lstsq(waves, rows, rcond=None)[0]
    xi = best.x[2:4]
    return Gabor(
        fit=(size * fit).reshape(psi.shape),
        explained=1 - float(((rows - fit) ** 2).sum()),
        frequency=float(np.hypot(*xi)),
        orientation=float(np.arctan2(xi[1], xi[0]) % np.pi),
        width=float(np.abs(best.x[4] * best.x[5]) ** -0.5),
    )


def _search(rows: np.ndarray, u: np.ndarray, start: np.ndarray, k: int) -> Any:
    """The nearest local minimum: x = (u0, xi, A_11, A_22, A_12)."""

    def residual(x: np.ndarray) -> np.ndarray:
        waves = _waves(x, u)
        return np.ravel(rows - waves @ np.linalg.lstsq(waves, rows, rcond=None)[0])

    half, sharp = k / 2, 1 / NARROWEST
    lower = [-half, -half, -np.pi, -np.pi, 0.5 / k, 0.5 / k, -sharp]
    upper = [half, half, np.pi, np.pi, sharp, sharp, sharp]
    return least_squares(residual, np.clip(start, lower, upper), bounds=(lower, upper), max_nfev=60)


def _waves(x: np.ndarray, u: np.ndarray) -> Float[np.ndarray, "pixels 2"]:
    """A cosine and a sine under an envelope."""
    v = u - x[:2]
    squares = (x[4] * v[:, 0] + x[6] * v[:, 1]) ** 2 + (x[5] * v[:, 1]) ** 2
    envelope = np.exp(-squares / 2)
    phase = v @ x[2:4]
    return np.column_stack([envelope * np.cos(phase), envelope * np.sin(phase)])


def _frequencies(psi: np.ndarray, starts: int) -> Float[np.ndarray, "starts 2"]:
    """Those of the largest power, of both signs one, on a grid of half the spacing of a side."""
    side = 2 * len(psi)
    power = (np.abs(np.fft.fft2(psi, (side, side), axes=(0, 1))) ** 2).sum(-1)
    power[:, side // 2 + 1 :] = 0  # the others are these with another sign
    peaks = np.argsort(power, axis=None)[::-1][:starts]
    rows, columns = np.unravel_index(peaks, power.shape)
    return 2 * np.pi * np.column_stack([np.fft.fftfreq(side)[rows], columns / side])
