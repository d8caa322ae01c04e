"""The neural tangent kernel of a network of finite width, in blocks that fit in memory.

Theta(w, x1, x2) = grad_w f(w, x1) . grad_w f(w, x2), with f the network itself, without alpha
(Jacot, Gabriel & Hongler, *Neural Tangent Kernel*). Its relative change between two times says
whether features were learnt (*Disentangling feature and lazy training*, Fig. 5).
"""

import functools
import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from jamming.errors import BadInput

MEMORY = 256 * 2**20  # bytes, of two blocks of Jacobian, at least
SHARE = 16  # of the memory of an accelerator those blocks may have one part of so many

Function = Callable[[PyTree, Array], Array]


def ntk(
    f: Function,
    w: PyTree,
    x1: Float[Array, "P1 *d"],
    x2: Float[Array, "P2 *d"] | None = None,
    *,
    block: int | None = None,
) -> Float[Array, "P1 P2"]:
    """Theta [P1, P2]; between x1 and itself, and then exactly symmetric, where x2 is None.

    f(w, x) [P] is ``net.apply`` or any function of weights and inputs, one output a datum, that
    treats data one by one; with the predictor alpha (f - f0) Theta comes out times alpha^2. Every
    leaf of w counts as a parameter. At most `block` points of x1 and of x2 have their gradients in
    memory at a time; by default as many as keep both under 256 MB, or under a sixteenth of what an
    accelerator has.

    Traceable: put it under `jax.jit` where it is called more than once (it is compiled anew each
    time otherwise), and many w's under `jax.lax.map`; `jax.vmap` works and multiplies the memory.

    Raises:
        BadInput: f has several outputs; no data; a block below 1.
    """
    if not x1.shape[0] or (x2 is not None and not x2.shape[0]):
        raise BadInput("a kernel needs at least one point on either side")
    if block is not None and block < 1:
        raise BadInput(f"the block is a number of points, at least 1, not {block}")
    outputs = jax.eval_shape(f, w, x1[:1])
    if outputs.shape != (1,):
        raise BadInput(
            f"the kernel wants one output for each point, shape [P], but f gives"
            f" {list(outputs.shape)} for P = 1: pick one output of f"
        )
    leaves = jax.tree.leaves(w)
    if block is None:
        row = sum(leaf.size * leaf.dtype.itemsize for leaf in leaves)
        block = max(1, memory() // (2 * max(row, 1)))

    def jacobian(x: Float[Array, "B *d"]) -> PyTree:
        return jax.vmap(lambda at: jax.grad(lambda w: f(w, at[None])[0])(w))(x)

    blocks1 = _blocks(x1, block)
    blocks2 = blocks1 if x2 is None else _blocks(x2, block)
    size = blocks1.shape[1], blocks2.shape[1]

    def row_of_blocks(at: tuple[Array, Array]) -> Array:
        i, points = at
        J1 = jacobian(points)

        def one(at: tuple[Array, Array]) -> Array:
            j, points = at
            if x2 is not None:
                return _product(J1, jacobian(points))
            return jax.lax.cond(  # the rest is mirrored below
                j <= i,
                lambda: _product(J1, jacobian(points)),
                lambda: jnp.zeros(size, outputs.dtype),
            )

        return jax.lax.map(one, (jnp.arange(len(blocks2)), blocks2))

    theta = jax.lax.map(row_of_blocks, (jnp.arange(len(blocks1)), blocks1))
    theta = theta.transpose(0, 2, 1, 3).reshape(len(blocks1) * size[0], len(blocks2) * size[1])
    theta = theta[: len(x1), : len(x1 if x2 is None else x2)]
    return theta if x2 is not None else jnp.tril(theta) + jnp.tril(theta, -1).T


def memory() -> int:
    """Bytes that two blocks of Jacobian may take on the device that computes."""
    known = jax.local_devices()[0].memory_stats() or {}  # None on a CPU
    return max(MEMORY, known.get("bytes_limit", 0) // SHARE)


def relative_change(
    theta: Float[Array, "P1 P2"], theta0: Float[Array, "P1 P2"]
) -> Float[Array, ""]:
    """||Theta - Theta0||_F / ||Theta0||_F (*Disentangling ...*, Fig. 5a)."""
    return jnp.linalg.norm(theta - theta0) / jnp.linalg.norm(theta0)


def _blocks(x: Float[Array, "P *d"], block: int) -> Float[Array, "n B *d"]:
    """Equal blocks of at most `block` points, as even as may be; the last repeats point 0."""
    n = math.ceil(len(x) / block)
    size = math.ceil(len(x) / n)
    # copies of a real point, as a made-up one (zero) may be where f has no gradient
    padding = jnp.broadcast_to(x[:1], (n * size - len(x), *x.shape[1:]))
    return jnp.concatenate([x, padding]).reshape(n, size, *x.shape[1:])


def _product(J1: PyTree, J2: PyTree) -> Float[Array, "B1 B2"]:
    """J1 J2^T summed over all parameters, at the full precision of the dtype on any device."""

    def of_leaf(a: Array, b: Array) -> Array:
        a, b = a.reshape(len(a), -1), b.reshape(len(b), -1)
        return jnp.matmul(a, b.T, precision=jax.lax.Precision.HIGHEST)

    return functools.reduce(jnp.add, jax.tree.leaves(jax.tree.map(of_leaf, J1, J2)))
