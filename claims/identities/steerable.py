"""The statistics of exact statements about steerable convolutions of voxels."""

import itertools
import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.spatial.transform import Rotation

from claims.core import statistics as st
from claims.core.register import Measured
from jamming.equivariant.error import equivariance_error
from jamming.equivariant.euclidean.irreps import irreps, wigner
from jamming.equivariant.euclidean.nonlinear import KINDS
from jamming.equivariant.euclidean.steerable import Shells, kernel_at
from jamming.equivariant.euclidean.voxels import VoxelCNN, VoxelNet, turned

HIGHEST = 3  # l and j
SHREC = ((8, 4, 2), (8, 4, 2), (16, 8, 4), (16, 8, 4), *((32, 16, 8),) * 3, (512,))


def constraint() -> Measured:
    """Largest deviation of kappa(R x) from D^j(R) kappa(x) D^l(R)^T, for all j, l <= {most}, all J
    and {n} points x, each with a random rotation."""
    rng, n = np.random.default_rng(0), 3
    off = []
    for x, R in zip(rng.standard_normal((n, 3)), Rotation.random(n, rng).as_matrix(), strict=True):
        for j, l in itertools.product(range(HIGHEST + 1), repeat=2):  # noqa: E741
            for J in range(abs(j - l), j + l + 1):
                due = wigner(j, R) @ kernel_at(j, l, J, 1, x) @ wigner(l, R).T
                off.append(np.abs(kernel_at(j, l, J, 1, R @ x) - due).max())
    return st.exact(max(off), len(off)).saying(most=HIGHEST, n=n)


def kernels() -> Measured:
    """Largest deviation of the number of J from 2 min(j, l) + 1, and of kernels of 5 voxels a side
    without a limit on J from 3 times that, for all j, l <= {most}."""
    some, shells = [ir for _, ir in irreps((1,) * (HIGHEST + 1))], Shells(5, most=(99,))
    off = []
    for to, of in itertools.product(some, repeat=2):
        paths, due = shells.paths(to, of), 2 * min(to.l, of.l) + 1
        off += [abs(len({J for J, _ in paths}) - due), abs(len(paths) - 3 * due)]
    return st.exact(max(off), len(off)).saying(most=HIGHEST)


def tetris() -> Measured:
    """Weights of the steerable network, and biases of its logits; {all} with all biases."""
    sizes = _sizes(VoxelNet(), 36)
    return st.exact(sizes["kernel"] + 8, 1).saying(all=sum(sizes.values()))


def plain() -> Measured:
    """Parameters of the plain network with as many channels."""
    return st.exact(sum(_sizes(VoxelCNN(), 36).values()), 1)


def shapes() -> Measured:
    """Weights of the steerable network of shapes, and biases of its logits; {norm} parameters of
    normalisations are not counted."""
    net = VoxelNet(classes=55, fields=SHREC, strides=(2, 1) * 4, smooth=False, norm=True)
    sizes = _sizes(net, 64)
    return st.exact(sizes["kernel"] + 55, 1).saying(norm=sizes["scale"] + sizes["bias"] - 55)


def commuting() -> Measured:
    """Largest equivariance error of logits under quarter turns about the {turns} axes, which
    generate the rotations of the cube, of steerable networks with strides, low-pass, batch
    normalisation and each nonlinearity."""
    cube = [Rotation.from_euler(axis, 90, degrees=True).as_matrix() for axis in "xyz"]
    x = jnp.asarray(np.random.default_rng(0).standard_normal((2, 7, 7, 7, 1)), jnp.float32)
    off = []
    for kind in KINDS:
        net: Any = VoxelNet(
            fields=((1, 1, 1), (3,)), strides=(2, 1), padding=2, nonlinearity=kind, norm=True
        )
        variables = jax.jit(net.init)(jax.random.key(0), x)
        apply = jax.jit(partial(net.apply, variables, batch_norm="batch"))
        off.append(equivariance_error(apply, x, [partial(turned, R=R) for R in cube]).max())
    return st.exact(max(off), len(off)).saying(turns=len(cube))


def _sizes(net: Any, n: int) -> dict[str, int]:
    """How many numbers there are in arrays of each name."""
    x = jax.ShapeDtypeStruct((1, n, n, n, 1), jnp.float32)
    params = jax.eval_shape(net.init, jax.random.key(0), x)["params"]
    found = {"kernel": 0, "bias": 0, "scale": 0}
    for path, leaf in jax.tree_util.tree_leaves_with_path(params):
        found[path[-1].key] += math.prod(leaf.shape)
    return found
