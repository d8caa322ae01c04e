"""Images on the sphere, turned by any rotation.

An image is put on the northern hemisphere by a stereographic projection from the south pole: the
point (alpha, beta) sees it at (u, v) = tan(beta / 2) (cos alpha, sin alpha), with the unit disc
about the square of the image, and black elsewhere. A turned image is looked up at turned points of
the grid: nothing is interpolated but the pixels (T. Cohen, M. Geiger, J. Koehler & M. Welling,
*Spherical CNNs*, ICLR 2018, sec. 5.2).
"""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.ndimage import map_coordinates

from jamming.checks.arrays import finite, shaped
from jamming.checks.errors import BadInput
from jamming.equivariant.sphere import rotations
from jamming.equivariant.sphere.transforms import sphere_points


def on_sphere(images: Any, b: Any, angles: Any = None) -> Float[np.ndarray, "P beta alpha C"]:
    """Images [P, H, V, C] on the grid of bandwidth b [P, 2 b, 2 b - 1, C].

    `angles` [P, 3] rotate each image by its own rotation Z(alpha) Y(beta) Z(gamma), or [3] all by
    one. In float32; BadInput for other shapes.
    """
    b = rotations.bandwidth(b)
    x = finite(images, "images", dtype=np.float64)
    x = shaped(np.asarray(x), "images", "P", "H", "V", "C")
    R = np.broadcast_to(np.eye(3), (len(x), 3, 3)) if angles is None else rotations.matrix(angles)
    if R.shape not in ((3, 3), (len(x), 3, 3)):
        raise BadInput(f"angles are [3] or [{len(x)}, 3], not {list(np.shape(angles))}")
    at = sphere_points(b)
    zero = np.zeros((*at.shape[:-1], 1))
    points = rotations.matrix(np.concatenate([at, zero], -1))[..., 2]  # [beta, alpha, 3]
    found = np.empty((len(x), *at.shape[:-1], x.shape[-1]), np.float32)
    for i, (image, turn) in enumerate(zip(x, np.broadcast_to(R, (len(x), 3, 3)), strict=True)):
        u, v, w = np.moveaxis(points @ turn, -1, 0)  # R^-1 x
        half = np.sqrt(2) * (np.array(image.shape[:2]) - 1) / 2  # the corners are on the equator
        with np.errstate(divide="ignore"):
            row, column = (
                (n - 1) / 2 + h * t / np.maximum(1 + w, 1e-9)
                for n, h, t in zip(image.shape[:2], half, (-v, u), strict=True)
            )
        for c in range(x.shape[-1]):
            found[i, ..., c] = map_coordinates(image[..., c], [row, column], order=1, cval=0.0)
    return found
