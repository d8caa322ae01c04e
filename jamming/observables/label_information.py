"""The labels in the top eigenvectors of tangent kernels, before and after learning.

(Geiger, Petrini & Wyart, *Landscape and training regimes in deep learning*, Fig. 10.)
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from jamming.checks.arrays import ArrayLike, as_float, binary_labels, shaped
from jamming.checks.errors import BadInput
from jamming.observables.kernel_pca import K, kernel_pca, top_information

TOP = 10  # eigenvectors that are measured
MOMENTS = ("start", "end")

LabelInformation = Mapping[str, np.ndarray]


def label_information(
    thetas: Sequence[Float[np.ndarray, "P P"]], y: Float[np.ndarray, " P"]
) -> LabelInformation:
    """`omega2`, `bits` and `error` [moment, top], and `total` [moment, 2]: bits with their error.

    One Gram matrix of the points a moment; see `jamming.observables.kernel_pca`. Raises BadInput
    for fewer points than eigenvectors, or too few of a label.
    """
    pcas = [kernel_pca(np.asarray(theta, float)) for theta in thetas]
    found = [top_information(pca, y, TOP) for pca in pcas]
    return {
        "omega2": np.array([pca.projections(y)[:TOP] for pca in pcas]),
        "bits": np.array([[one.bits for one in top.each] for top in found]),
        "error": np.array([[one.error for one in top.each] for top in found]),
        "total": np.array([[top.total.bits, top.total.error] for top in found]),
    }


def enough(y: Float[np.ndarray, " P"]) -> None:
    """Refuse points of which the labels are too few for `label_information`."""
    fewest, least = min((y > 0).sum(), (y < 0).sum()), 2 * (K + 1)
    if fewest < least:
        raise BadInput(
            f"{fewest} points of a label are too few for a kernel PCA, which needs {least}: raise"
            " P or pca"
        )


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
    theta = shaped(np.asarray(as_float(theta, "theta")), "theta", "Q", "Q")
    y = shaped(np.asarray(binary_labels(y, "y")), "y", len(theta))
    if abs(y.sum()) == len(y) or len(y) < 3:
        return float("nan")
    same, apart = np.outer(y, y) > 0, ~np.eye(len(y), dtype=bool)
    within, between = theta[same & apart].mean(), theta[~same].mean()
    return float((within - between) / np.diag(theta).mean())
