"""The statistics of exact statements about tensors and irreps of rotations and reflections."""

import numpy as np
from scipy.spatial.transform import Rotation

from claims.core import statistics as st
from claims.core.register import Measured
from jamming.equivariant.euclidean.irreps import library, representation


def reduced() -> Measured:
    """Largest deviation of Q^T (R x R) Q from blocks {blocks}, of {dims} dimensions, for {n} random
    rotations and reflections R, where Q is the change of basis that is found for 3 x 3 tensors."""
    found = library().reduced_tensor_product_basis("ij", i="1o", j="1o")
    Q, blocks = np.asarray(found.array, np.float64).reshape(9, 9), found.irreps
    off = [np.abs(Q.T @ Q - np.eye(9)).max()]
    for R in Rotation.random(5, np.random.default_rng(0)).as_matrix():
        for g in (R, -R):
            off.append(np.abs(Q.T @ np.kron(g, g) @ Q - representation(blocks, g)).max())
    n, dims = len(off) - 1, sorted(ir.dim for _, ir in blocks)
    if dims != [1, 3, 5]:
        return st.no_estimate(f"the dimensions are {dims}, not 1, 3 and 5: {{text}}")
    return st.exact(max(off), n).saying(
        n=n, dims=" + ".join(map(str, dims)), blocks=" + ".join(str(ir) for _, ir in blocks)
    )
