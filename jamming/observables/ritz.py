"""Lanczos' method on any symmetric operator: Ritz values, how sure they are, and their weights.

m products A u with vectors turn A into a tridiagonal matrix of size m, whose eigenvalues, the Ritz
values, approach those of A at both ends of the spectrum first; each comes with the norm of its
residual. With the squared first components of the eigenvectors they are a Gauss quadrature of the
spectral measure of the start vector, exact for polynomials of degree 2 m - 1 (Golub & Meurant,
*Matrices, Moments and Quadrature*, 2010). All vectors are kept orthogonal: the memory is that of m
of them.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key
from scipy.linalg import eigh_tridiagonal

from jamming.checks.arguments import whole
from jamming.checks.arrays import as_float, one_key, unit
from jamming.checks.errors import BadInput

Operator = Callable[[Array], Array]

CLOSED = 100.0  # rounding leaves some eps |A| of a residual that is zero


class Ritz(NamedTuple):
    """Ritz values in ascending order, with what is known of each.

    `bounds`: an eigenvalue lies at most this far away, up to rounding (|beta_m s_m|, the norm of
    the residual). `weights`: the share of the start vector, squared, along the Ritz vector.
    """

    values: Float[np.ndarray, " m"]
    bounds: Float[np.ndarray, " m"]
    weights: Float[np.ndarray, " m"]


def ritz(
    operator: Operator,
    like: Float[Array, " N"],
    key: Key[Array, ""],
    steps: int,
    *,
    multiple: bool = False,
) -> Ritz:
    """Ritz values of a symmetric operator after `steps` steps, N at most, from a random vector.

    `operator` is a pytree (`Hessian`, or ``jax.tree_util.Partial(jnp.matmul, A)``), `like` a vector
    of its size and dtype. Where A has fewer than N distinct eigenvalues, the vectors that one
    start reaches may be closed under A before the last step: its Ritz values are eigenvalues then,
    each of them once. With `multiple` the remaining steps go to the space orthogonal to them, whose
    Ritz values have no weight; where A is a number there, it is repeated up to N values.

    A is divided by about its size, found by one more product: float32 has no 1e-50 or 1e50.
    """
    return _ritz(operator, like, key, steps, multiple=multiple)[0]


def ritz_vectors(
    operator: Operator, like: Float[Array, " N"], key: Key[Array, ""], steps: int, at: Any
) -> tuple[Ritz, Float[np.ndarray, "n N"]]:
    """`ritz` with `multiple`, and orthonormal Ritz vectors in rows, of its values[at].

    `at` is a slice, or indices. Of a value that comes several times they are some basis of its
    space. The memory is that of twice as many vectors as steps.
    """
    found, bases, columns = _ritz(operator, like, key, steps, multiple=True, keep=True)
    key, rows = jax.random.fold_in(one_key(key), len(bases)), []
    drawn = np.zeros((0, like.size), like.dtype)  # where A is a number, any vectors are of it
    for i, column in enumerate(columns[at]):
        start = 0
        for Q, s in bases:
            if column < start + len(Q):
                rows.append(s[:, column - start].astype(Q.dtype) @ Q)
                break
            start += len(Q)
        else:
            u = np.asarray(jax.random.normal(jax.random.fold_in(key, i), like.shape, like.dtype))
            for _ in range(2):  # once leaves rounding behind
                for Q in (*(Q for Q, _ in bases), drawn):
                    u = u - (Q @ u) @ Q
            rows.append(u / np.linalg.norm(u))
            drawn = np.concatenate([drawn, rows[-1][None]])
    return found, np.stack(rows)


def _ritz(
    operator: Operator,
    like: Float[Array, " N"],
    key: Key[Array, ""],
    steps: int,
    *,
    multiple: bool = False,
    keep: bool = False,
) -> tuple[Ritz, list[tuple[np.ndarray, np.ndarray]], np.ndarray]:
    """`ritz`; to `keep`: of each start its vectors, in rows, and the eigenvectors in their basis.

    Last the places of the sorted values among all columns of these, those repeated at the end.
    """
    bases: list[tuple[np.ndarray, np.ndarray]] = []
    key = one_key(key)
    like = jnp.asarray(as_float(like, "like"))
    N = whole("Lanczos: parameters", like.size)
    most = min(whole("Lanczos: steps", steps), N)
    parts: list[Ritz] = []
    closed = CLOSED * float(jnp.finfo(like.dtype).eps)
    found = np.zeros((0, N), like.dtype)
    size, coupling, done, once = 0.0, 0.0, 0, most
    while done < most:
        start = jax.random.normal(jax.random.fold_in(key, len(parts)), (N,), like.dtype)
        a, b, basis = tridiagonal(operator, start, found, once, basis=multiple)
        part, last, size = solved(np.asarray(a, float), np.asarray(b, float), size, closed)
        n = part.values.size
        if keep:
            s = eigh_tridiagonal(np.asarray(a[:n], float), np.asarray(b[: n - 1], float))[1]
            bases.append((np.asarray(basis)[:n], s))
        share = part.weights if not parts else np.zeros(n)
        parts.append(Ritz(part.values, part.bounds + coupling, share))
        done, coupling = done + n, coupling + last
        if not multiple:
            break
        if n == 1 < once:  # of a random vector: A is this number on all the space that is left
            parts.append(Ritz(*(np.full(N - done, x) for x in (part.values[0], coupling, 0.0))))
            break
        if done < most:
            found = found if found.size else np.zeros((most, N), like.dtype)  # one program for all
            found[done - n : done] = np.asarray(basis)[:n]
            once = min(most - done, n)  # as many distinct eigenvalues, at most, are left
    together = [np.concatenate(each) for each in zip(*parts, strict=True)]
    order = np.argsort(together[0], kind="stable")
    return Ritz(*(each[order] for each in together)), bases, order


def solved(a: np.ndarray, b: np.ndarray, size: float, closed: float) -> tuple[Ritz, float, float]:
    """Ritz values of a `tridiagonal` matrix, the residual where it ends, and the size of A.

    It ends where the vectors are closed: where a residual falls to the share `closed` of the
    largest entry up to there, or `size`; what comes after it is rounding, or, if it is exactly
    zero, NaN. Raises BadInput if it is not finite.
    """
    b = np.where(np.isnan(b), 0.0, b)
    before = np.maximum.accumulate([size, *np.maximum(np.abs(a), b)])
    ends = ~(b > closed * np.maximum(before[:-1], np.abs(a)))
    n = int(np.argmax(ends)) + 1 if ends.any() else a.size
    if not np.isfinite(a[:n]).all():
        raise BadInput("the products with the operator are not finite: check v first")
    values, s = eigh_tridiagonal(a[:n], b[: n - 1])
    return Ritz(values, b[n - 1] * np.abs(s[-1]), s[0] ** 2), float(b[n - 1]), float(before[n])


@functools.partial(jax.jit, static_argnames=("steps", "basis"))
def tridiagonal(
    operator: Operator, start: Array, found: Array, steps: int, *, basis: bool = False
) -> tuple[Array, Array, Array | None]:
    """Diagonal [m], and off-diagonal with the last residual [m], of m steps from `start` [N].

    Each vector is made orthogonal to all before it, twice, and to the rows of `found` [n, N]: in
    float32 an eigenvalue that has converged would come again and again otherwise. With `basis` the
    vectors [m, N] are the last of the three. Traceable.
    """

    def outside(u: Array, rows: Array) -> tuple[Array, Array]:
        """u without its components along orthonormal rows, and these."""
        first = _products(rows, u)
        u = u - first @ rows
        return u - _products(rows, u) @ rows, first  # once leaves rounding behind

    def step(i: Array, state: tuple[Array, ...]) -> tuple[Array, ...]:
        Q, a, b, u, length = state
        Q = Q.at[i].set(u / length)
        u, _ = outside(operator(Q[i]) / scale, found)
        u, along = outside(u, Q)
        length = jnp.linalg.norm(u)
        return Q, a.at[i].set(along[i]), b.at[i].set(length), u, length

    # accelerators round products of float32 to fewer digits otherwise
    with jax.default_matmul_precision("highest"):
        start, _ = outside(start, found)
        length, zeros = jnp.linalg.norm(start), jnp.zeros(steps, start.dtype)
        scale = unit(operator(start / length))
        none = jnp.zeros((steps, start.size), start.dtype)
        Q, a, b, *_ = jax.lax.fori_loop(0, steps, step, (none, zeros, zeros, start, length))
    return scale * a, scale * b, Q if basis else None


def _products(rows: Array, u: Array) -> Array:
    """rows [n, N] times u [N], each product a sum in parts.

    A matrix product on a CPU adds one number after another: in float32 it is off by a relative 1e-4
    at N = 3 million, and so would be all eigenvalues.
    """
    return jnp.sum(rows * u[None], axis=1)
