"""How much a tangent kernel has changed, of any number of outputs: were features learnt?

Of one output it is *Disentangling feature and lazy training*, Fig. 5a. Of several all pairs of
outputs count, as entries of one matrix.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from jamming.checks.arguments import one_of
from jamming.checks.arrays import ArrayLike, unit
from jamming.kernels import empirical
from jamming.kernels.empirical import (
    OUTPUTS,
    Function,
    blocks,
    ntk,
    of_outputs,
    points,
    relative_change,
)

DOUBLE = 8  # bytes of a number


def kernel_change(
    f: Function,
    w: PyTree,
    w0: PyTree,
    x: ArrayLike,
    *,
    block: int | None = None,
    outputs: str = "full",
) -> Float[Array, ""]:
    """||Theta - Theta0||_F / ||Theta0||_F at weights w and w0, between points x [P, ...].

    Of a function of k outputs Theta is the full kernel [P, P, k, k], a matrix of all points and
    outputs: its change is that of each output's kernel and of those between outputs, and stays the
    same if the outputs are rotated. "diagonal" and "trace" name the change of these alone. Of one
    output, [P], it is `relative_change` of both kernels.

    Kernels of several outputs that take more than `jamming.kernels.empirical.memory` are made for
    some of the points with all others at a time, without use of their symmetry. `block` and errors
    as of `ntk`.

    Example:
        >>> net, x = jamming.FC(h=30, L=2, c=3), jnp.ones((5, 10))
        >>> w = net.init(jax.random.key(0), x)
        >>> twice = jax.tree.map(lambda leaf: 2 * leaf, w)  # Theta is of degree 2 L in w
        >>> float(kernel_change(net.apply, twice, w, x)), float(kernel_change(net.apply, w, w, x))
        (15.0, 0.0)
    """
    x = points(x, "x")
    k = of_outputs(f, w0, x)
    numbers = {"full": k**2, "diagonal": k, "trace": 1}[one_of("outputs", outputs, OUTPUTS[1:])]
    outputs = outputs if jax.eval_shape(f, w0, x[:1]).ndim == 2 else "one"

    def thetas(*x: Array) -> list[Array]:
        return [ntk(f, u, *x, block=block, outputs=outputs) for u in (w, w0)]

    rows = max(1, empirical.memory() // (2 * DOUBLE * numbers * len(x)))
    if outputs == "one" or rows >= len(x):
        return relative_change(*thetas(x))
    stripes = blocks(x, rows)
    real = (jnp.arange(stripes.shape[0] * stripes.shape[1]) < len(x)).reshape(stripes.shape[:2])

    def norms(of: tuple[Array, Array]) -> tuple[Array, Array]:
        some, real = of
        theta, theta0 = (
            jnp.where(real.reshape(-1, *(1,) * (each.ndim - 1)), each, 0)
            for each in thetas(some, x)
        )
        return _norm(theta - theta0), _norm(theta0)

    apart, size = jax.lax.map(norms, (stripes, real))
    return _norm(apart) / _norm(size)


def _norm(a: Array) -> Float[Array, ""]:
    """Frobenius, of numbers whose squares may be out of range."""
    return unit(a) * jnp.linalg.norm(a / unit(a))
