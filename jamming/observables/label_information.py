"""What the top eigenvectors of tangent kernels know of the labels, before and after learning.

(Geiger, Petrini & Wyart, *Landscape and training regimes in deep learning*, Fig. 10.)
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from jamming.checks.arrays import (
    ArrayLike,
    as_float,
    binary_labels,
    shaped,
)
from jamming.checks.errors import BadInput
from jamming.observables.kernel_pca import K, kernel_pca, top_information

TOP = 10  # eigenvectors that are looked at
MOMENTS = ("start", "end")

LabelInformation = Mapping[str, np.ndarray]


def label_information(
    thetas: Sequence[Float[np.ndarray, "P P"]], y: Float[np.ndarray, " P"]
) -> LabelInformation:
    """`omega2`, `bits` and `error` [moment, top], and `total` [moment, 2]: bits with their error.

    One Gram matrix of the points a moment; see `jamming.observables.kernel_pca`.

    Raises:
        BadInput: fewer points than eigenvectors, or too few of a label to estimate information.
    """
    found: dict[str, list[Any]] = {"omega2": [], "bits": [], "error": [], "total": []}
    for theta in thetas:
        pca = kernel_pca(np.asarray(theta, float))
        known = top_information(pca, y, TOP)
        found["omega2"].append(pca.projections(y)[:TOP])
        found["bits"].append([one.bits for one in known.each])
        found["error"].append([one.error for one in known.each])
        found["total"].append([known.total.bits, known.total.error])
    return {name: np.array(rows) for name, rows in found.items()}


def enough(y: Float[np.ndarray, " P"]) -> None:
    """Refuse points of which the labels are too few for `label_information`.

    Raises:
        BadInput: there are too few of one.
    """
    fewest, least = min(int((y > 0).sum()), int((y < 0).sum())), 2 * (K + 1)
    if fewest < least:
        raise BadInput(
            f"{fewest} points of a label are too few for a kernel PCA, which needs {least}: raise"
            " P or pca"
        )


def columns(
    dims: Sequence[str], shape: Sequence[int], known: Sequence[LabelInformation]
) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
    """Variables of a dataset, `pca_omega2` and so on, from what is known of each cell."""
    rows = {name: np.stack([one[name] for one in known]) for name in known[0]}
    whole = {
        name: values.reshape(*shape, *values.shape[1:])
        for name, values in (
            *((name, rows[name]) for name in ("omega2", "bits", "error")),
            *zip(("total", "total_error"), np.moveaxis(rows["total"], -1, 0), strict=True),
        )
    }
    last = ("moment", "eigenvector")
    return {
        f"pca_{name}": ((*dims, *last[: values.ndim - len(shape)]), values)
        for name, values in whole.items()
    }


def contrast(theta: ArrayLike, y: ArrayLike) -> float:
    """(within - between) / diagonal: means of Theta over pairs of one label, of two, and alone.

    Of Theta [Q, Q] and labels y [Q] = +-1: 0 for a kernel that knows nothing of the labels, 1 for
    one that knows nothing else. NaN where the kernel is, or where there is no pair of one kind.

    Raises:
        BadInput: other labels or shapes.
    """
    theta = shaped(np.asarray(as_float(theta, "theta")), "theta", "Q", "Q")
    y = shaped(np.asarray(binary_labels(y, "y")), "y", len(theta))
    if abs(y.sum()) == len(y) or len(y) < 3:
        return float("nan")
    same, apart = np.outer(y, y) > 0, ~np.eye(len(y), dtype=bool)
    within, between = theta[same & apart].mean(), theta[~same].mean()
    return float((within - between) / np.diag(theta).mean())
