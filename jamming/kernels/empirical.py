"""The neural tangent kernel of a network of finite width, in blocks that fit in memory.

Theta(w, x1, x2) = grad_w f(w, x1) . grad_w f(w, x2), with f the network itself, without alpha
(Jacot, Gabriel & Hongler, *Neural Tangent Kernel*). Its relative change between two times says
whether features were learnt (*Disentangling feature and lazy training*, Fig. 5).
"""

import functools
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

from jamming.checks.arguments import one_of, whole
from jamming.checks.arrays import ArrayLike, as_float, as_outputs, finite, shaped, unit
from jamming.checks.errors import BadInput
from jamming.models.accepted import adapted
from jamming.models.counting import parameters_only
from jamming.models.own import Network, state_of
from jamming.models.weights import shape_of, those_of

MEMORY = 256 * 2**20  # bytes, of two blocks of Jacobian, at least
OUTPUTS = ("one", "full", "diagonal", "trace")
SHARE = 16  # of the memory of an accelerator those blocks may have one part of so many

Function = Callable[[PyTree, Array], Array]


def ntk(
    f: Function,
    w: PyTree,
    x1: ArrayLike,
    x2: ArrayLike | None = None,
    *,
    block: int | None = None,
    outputs: str = "one",
) -> Float[Array, "P1 P2 *k"]:
    """Theta [P1, P2] between x1 [P1, ...] and x2 [P2, ...]; x2 = None stands for x2 = x1.

    Theta is the sum over all parameters, not divided by their number. f(w, x) [P] is ``net.apply``
    or any function of weights and inputs that has one output per point and computes each point
    independently of the others; for the predictor alpha (f - f0) Theta is multiplied by alpha^2.
    Every leaf of w counts as a parameter. The gradients of at most `block` points of x1 and of x2
    are in memory at a time; by default they take 256 MB, or a sixteenth of an accelerator's memory.

    Of a function of k outputs, f(w, x) [P, k], `outputs` says what is wanted: "full", grad f_i .
    grad f_j as [P1, P2, k, k]; "diagonal", those with i = j, [P1, P2, k]; "trace", their sum over
    the k outputs, [P1, P2]; for these two one output is worked off after the other.

    Computed in the precision of the weights, float32 at least, whatever that of x. Traceable:
    without `jax.jit` each call compiles it anew. For many w use `jax.lax.map`; `jax.vmap` works and
    multiplies the memory. Raises BadInput if f has several outputs and one is wanted, w has
    collections other than parameters, or there are no points.

    Example:
        >>> net, x = jamming.FC(h=30, L=2), jnp.ones((5, 10))
        >>> w = net.init(jax.random.key(0), x)
        >>> jamming.ntk(net.apply, w, x).shape
        (5, 5)
    """
    if isinstance(f, Network):
        raise BadInput(
            "ntk takes a function f(w, x): give the network's net.apply, or a predictor; or call"
            " jamming.kernels.empirical.tangent_kernels, which takes networks of any kind"
        )
    parameters_only(w)
    one_of("outputs", outputs, OUTPUTS)
    if not jax.tree.leaves(w):
        raise BadInput("there are no weights to differentiate by: give what net.init gives")
    w = jax.tree.map(as_float, w)  # of half floats the sums of squares overflow
    dtype = jnp.result_type(*jax.tree.leaves(w))
    x1 = points(x1, "x1").astype(dtype)
    x2 = None if x2 is None else points(x2, "x2", like=x1).astype(dtype)
    k = of_one_output(f, w, x1) if outputs == "one" else of_outputs(f, w, x1)
    if outputs in ("diagonal", "trace"):
        return _by_outputs(f, w, x1, x2, k, block, add=outputs == "trace")
    if block is None:
        row = k * sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(w))
        block = max(1, memory() // (2 * max(row, 1)))
    block = whole("block", block)
    blocks1 = blocks(x1, block)
    blocks2 = blocks1 if x2 is None else blocks(x2, block)
    theta = _by_blocks(f, w, blocks1, blocks2, full=outputs == "full", symmetric=x2 is None)
    rows = k if outputs == "full" else 1
    P1, P2 = len(x1), len(x1 if x2 is None else x2)
    theta = theta[: P1 * rows, : P2 * rows]
    if x2 is None:
        theta = jnp.tril(theta) + jnp.tril(theta, -1).mT
    if outputs == "full":
        return theta.reshape(P1, k, P2, k).transpose(0, 2, 1, 3)
    return theta


@functools.partial(jax.jit, static_argnums=0, static_argnames=("block", "outputs"))
def tangent_kernel(
    net: Network,
    w: Any,
    x1: Array,
    x2: Array | None = None,
    block: int | None = None,
    state: Any = None,
    outputs: str = "one",
) -> Array:
    """`ntk`, compiled once for each network, block and shapes; with the state of a network."""
    more = () if state is None else (state,)

    def f(w: Any, x: Array) -> Any:
        return as_outputs(net.apply(w, x, *more))

    return ntk(f, w, x1, x2, block=block, outputs=outputs)


def tangent_kernels(
    net: Any,
    w: Any,
    x: ArrayLike,
    x_test: ArrayLike,
    *,
    block: int | None = None,
    outputs: str = "one",
) -> tuple[Float[Array, "P P *k"], Float[Array, "Q P *k"]]:
    """Theta at w between training points x [P, ...], and between x_test [Q, ...] and them.

    Of a network of any kind (`jamming.models.own`); batch normalisation is by x, at w. `outputs` as
    of `ntk`.
    """
    net, x = adapted(net), points(x, "x")
    x_test = points(x_test, "x_test", like=x)
    those_of(net, w, x)
    more = {"block": block, "state": state_of(net, w, x), "outputs": outputs}
    theta = functools.partial(tangent_kernel, net, w, **more)
    return theta(x), theta(x_test, x)


def gradient(f: Function, w: PyTree, at: Float[Array, "*d"]) -> PyTree:
    """grad_w f(w, at) at one point."""
    return jax.grad(lambda w: f(w, at[None])[0])(w)


def _by_outputs(
    f: Function,
    w: PyTree,
    x1: Array,
    x2: Array | None,
    k: int,
    block: int | None,
    *,
    add: bool,
) -> Array:
    """Theta of each of k outputs, [P1, P2, k], or their sum, one output after the other.

    Jacobians of one are k times smaller than those of all, and blocks k times larger.
    """

    def of_output(a: Array) -> Array:
        return ntk(lambda w, x: as_rows(f(w, x))[:, a], w, x1, x2, block=block)

    every = jnp.arange(k)
    if not add:
        return jnp.moveaxis(jax.lax.map(of_output, every), 0, -1)
    like = jax.eval_shape(of_output, every[0])
    zero = jnp.zeros(like.shape, like.dtype)
    return jax.lax.fori_loop(0, k, lambda a, total: total + of_output(a), zero)


def _by_blocks(
    f: Function, w: PyTree, x1: Array, x2: Array, *, full: bool, symmetric: bool
) -> Array:
    """Theta between blocks of points x1 [n1, B1, ...] and x2 [n2, B2, ...], [n1 B1, n2 B2].

    With rows (B, k) in place of B where it is in `full`. Where it is `symmetric` blocks above the
    diagonal are zero.
    """

    def at_one(x: Array) -> PyTree:
        if not full:
            return gradient(f, w, x)
        return jax.jacrev(lambda w: as_rows(f(w, x[None]))[0])(w)

    def jacobian(x: Array) -> PyTree:
        J = jax.vmap(at_one)(x)  # leaves [B, ...] or [B, k, ...]
        return jax.tree.map(lambda a: a.reshape(-1, *a.shape[2:]), J) if full else J

    def row(at: tuple[Array, Array]) -> Array:
        i, J1 = at[0], jacobian(at[1])

        def one(at: tuple[Array, Array]) -> Array:
            j, points = at
            if not symmetric:
                return _product(J1, jacobian(points))
            zero = jax.eval_shape(_product, J1, J1)
            return jax.lax.cond(
                j <= i,
                lambda: _product(J1, jacobian(points)),
                lambda: jnp.zeros(zero.shape, zero.dtype),
            )

        return jax.lax.map(one, (jnp.arange(len(x2)), x2))

    theta = jax.lax.map(row, (jnp.arange(len(x1)), x1))  # [n1, n2, B1, B2]
    return theta.swapaxes(1, 2).reshape(theta.shape[0] * theta.shape[2], -1)


def points(x: ArrayLike, name: str, *, like: Any = None) -> Array:
    """Inputs [P, ...] of a network, finite and at least one, as `like` if given, else BadInput."""
    array = jnp.asarray(finite(x, name))
    rest = array.shape[1:] if like is None else like.shape[1:]
    if not shaped(array, name, "P", *rest).size:
        raise BadInput(f"{name} is empty: give at least one point")
    return array


def of_one_output(f: Function, w: PyTree, x: Float[Array, "P *d"]) -> int:
    """1; BadInput unless f(w, .) is one number at one point."""
    outputs = shape_of(f, w, x)
    if outputs.shape != (1,):
        raise BadInput(
            f"one output for each point is wanted, shape [P], but f gives {list(outputs.shape)}"
            " for P = 1: pick one output of f"
        )
    return 1


def of_outputs(f: Function, w: PyTree, x: Float[Array, "P *d"]) -> int:
    """k; BadInput unless f(w, .) is k numbers at one point, or one."""
    outputs = shape_of(f, w, x)
    if outputs.ndim not in (1, 2) or outputs.shape[0] != 1:
        raise BadInput(
            f"outputs of shape [P] or [P, k] are wanted, but f gives {list(outputs.shape)} for"
            " P = 1: join its axes"
        )
    return outputs.shape[1] if outputs.ndim == 2 else 1


def as_rows(F: Array) -> Array:
    """Outputs [P, k], k = 1 where they are [P]."""
    return F if F.ndim == 2 else F[:, None]


def memory() -> int:
    """Bytes that two blocks of Jacobian may take on the device that computes."""
    known = jax.local_devices()[0].memory_stats() or {}  # None on a CPU
    return max(MEMORY, known.get("bytes_limit", 0) // SHARE)


def relative_change(theta: ArrayLike, theta0: ArrayLike) -> Float[Array, ""]:
    """||Theta - Theta0||_F / ||Theta0||_F (*Disentangling ...*, Fig. 5a); NaN where one is."""
    theta, theta0 = as_float(theta), as_float(theta0)
    apart = shaped(theta, "theta", *theta0.shape) - theta0
    far, size = unit(apart), unit(theta0)
    # NumPy has float64 also where JAX has not
    of: Any = [jnp if isinstance(each, jax.Array) else np for each in (apart, theta0)]
    change = of[0].linalg.norm(apart / far) / of[1].linalg.norm(theta0 / size)
    return jnp.asarray(change * (far / size))


def blocks(x: Float[Array, "P *d"], block: int) -> Float[Array, "n B *d"]:
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
