"""The loss on lines and planes in the space of weights.

A `Slice` is v = origin + sum_k c_k d_k of the variable v of a problem, with one or two directions
d_k: through two or three solutions (`through`), or around one in random directions
(`random_slice`). `on_slice` gives the loss there, of any network and any loss, in blocks of points.

**Filter normalisation.** A relu network does not change when the weights into a layer grow by a
factor and those out of it fall by it, so that a step of given length means more or less. Random
directions therefore have the length of the weights, neuron by neuron (H. Li, Z. Xu, G. Taylor, C.
Studer and T. Goldstein, *Visualizing the loss landscape of neural nets*, 2018, sec. 4):

    d_i = g_i |w_i| / |g_i|,   g_i Gaussian, w_i all weights into neuron i (or channel i)

and are 0 for arrays of less than two axes: biases, scales of normalisation. A coordinate c = 1 is
then a change as large as the weights themselves. Since d scales with w, a slice is the same in
every parametrisation (prefactors c_l W^l with W^l of order one, or c_l within the weights).

**Of alpha (f - f0)** the variable is dw = w - w0, with one w0 for all of the slice. Solutions of
different initial weights are compared with these as part of the variable (`with_start`).
"""

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Int, Key

from jamming.checks.arguments import numbers, shown, some, whole
from jamming.checks.arrays import ArrayLike, finite, one_key
from jamming.checks.errors import BadInput
from jamming.models.networks import Params
from jamming.models.permuted import permuted
from jamming.objectives.predictor import Network, Pullback, Scaled
from jamming.objectives.problem import Problem

BLOCK = 1000  # training points that are evaluated at a time


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Slice:
    """v = origin + sum_k c_k directions[k]; `points` [m, k] are the c of what it goes through."""

    origin: Params
    directions: tuple[Params, ...]
    points: Float[Array, "m k"]


@dataclass(frozen=True)
class Values:
    """The loss (with 1/P and 1/alpha^2) and N_Delta on a grid, whose axis k is that of c_k."""

    loss: Float[np.ndarray, "*grid"]
    unsatisfied: Int[np.ndarray, "*grid"]


def filter_normalised(key: Key[Array, ""], like: Params, *, axis: int = -1) -> Params:
    """A random direction with the lengths of `like`, neuron by neuron; 0 for biases (see above).

    `axis` counts neurons in arrays of two axes or more: the last as in Flax, 0 as in Equinox and
    PyTorch. Raises BadInput if there is nothing to go by: no such array, or all of them 0.
    """
    leaves, tree = jax.tree.flatten(like)
    keys = jax.random.split(one_key(key), max(len(leaves), 1))
    d = [_of_neurons(k, jnp.asarray(leaf), axis) for k, leaf in zip(keys, leaves, strict=False)]
    if not any(bool(jnp.any(leaf != 0)) for leaf in d):
        raise BadInput(
            "there are no weights to take the lengths of random directions from (arrays of two axes"
            " or more that are not 0): give others as `like`"
        )
    return jax.tree.unflatten(tree, d)


def _of_neurons(key: Any, a: Array, axis: int) -> Array:
    if a.ndim < 2:
        return jnp.zeros_like(a)
    g = jax.random.normal(key, a.shape, a.dtype)
    others = tuple(set(range(a.ndim)) - {axis % a.ndim})
    size = jnp.maximum(jnp.abs(a).max(), jnp.finfo(a.dtype).tiny)  # squares may underflow
    lengths = [jnp.sqrt(jnp.sum(b**2, others, keepdims=True)) for b in (a / size, g)]
    return g * size * (lengths[0] / lengths[1])


def random_slice(
    v: Params, key: Key[Array, ""], *, like: Params | None = None, k: Any = 2, axis: int = -1
) -> Slice:
    """Around v in `k` random directions, of the lengths of v or of `like`: `filter_normalised`.

    Of alpha (f - f0), v is the change of the weights, and so are the lengths of its neurons: a
    solution at large alpha is a valley of width 1/alpha, which lengths of the weights would miss.
    """
    like = v if like is None else like
    _same_tree(v, like)
    keys = jax.random.split(one_key(key), whole("k", k, most=2))
    return Slice(
        v,
        tuple(filter_normalised(each, like, axis=axis) for each in keys),
        jnp.zeros((1, len(keys))),
    )


def through(problem: Problem, *solutions: Params, matching: Any = None) -> Slice:
    """The line through two solutions, or the plane through three, values of the variable v.

    On the line v = (1 - c) v1 + c v2. In the plane c = (0, 0) is v1, (1, 0) is v2, and the second
    direction is orthogonal to the first and as long, so that distances are as they are drawn (T.
    Garipov et al., *Loss surfaces, mode connectivity and fast ensembling of DNNs*, 2018).
    `matching` puts the hidden neurons of the second solution into another order first: permutations
    as of `permuted`, or any function from weights to weights, of networks that are no chain.
    Raises BadInput for solutions of different shapes, or that lie in one point or on one line.
    """
    if len(solutions) not in (2, 3):
        raise BadInput(f"a line goes through two solutions, a plane three, not {len(solutions)}")
    first, second, *more = solutions
    for other in solutions[1:]:
        _same_tree(first, other)
    if matching is not None:
        second = matched(problem, second, matching)
        _same_tree(first, second)
    u = jax.tree.map(jnp.subtract, second, first)
    length = _dot(u, u)
    if not length > 0:
        raise BadInput("two of the solutions are one point: no line is drawn")
    if not more:
        return Slice(first, (u,), jnp.array([[0.0], [1.0]]))
    across = jax.tree.map(jnp.subtract, more[0], first)
    a, whole_length = _dot(across, u) / length, _dot(across, across)
    rest = jax.tree.map(lambda p, q: p - q * a.astype(q.dtype), across, u)
    height = jnp.sqrt(_dot(rest, rest) / length)
    if not _dot(rest, rest) > 1e-6 * whole_length:
        raise BadInput("the three solutions lie on one line: give a third that does not")
    rest = jax.tree.map(lambda q: q / height.astype(q.dtype), rest)
    return Slice(first, (u, rest), jnp.array([[0.0, 0.0], [1.0, 0.0], [float(a), float(height)]]))


def matched(problem: Problem, v: Params, matching: Any) -> Params:
    """v after a permutation of hidden neurons (or a function) has been applied to its weights."""
    F: Any = problem.predictor
    move: Callable[[Params], Params] = (
        matching if callable(matching) else lambda w: permuted(F.net, w, matching)
    )
    if isinstance(F, WithStart):
        return {name: move(part) for name, part in v.items()}
    w = move(F.weights(v))
    return jax.tree.map(jnp.subtract, w, F.w0) if isinstance(F, Scaled) else w


def on_slice(problem: Problem, of: Slice, *axes: ArrayLike, block: Any = BLOCK) -> Values:
    """Loss and N_Delta at all pairs of coordinates, `axes` one array [n_k] for each direction.

    Memory is that of the outputs and of one evaluation of `block` training points. For the loss on
    other points, give a problem of these. Raises BadInput for another number of axes, coordinates
    that are not finite, or labels that are none of the loss.

    Example:
        >>> data, net = jamming.load("digits10pca", P=20), jamming.FC(h=3, L=1)
        >>> x, y = jnp.asarray(data.x_train), jnp.asarray(data.y_train)
        >>> w = net.init(jax.random.key(0), x)
        >>> problem = jamming.Problem(jamming.predictor(net, w), jamming.quadratic_hinge(), x, y)
        >>> around = random_slice(w, jax.random.key(1))
        >>> on_slice(problem, around, [-1.0, 0.0, 1.0], [0.0, 0.5]).loss.shape
        (3, 2)
    """
    problem.loss.check(problem.y)
    _same_tree(problem.predictor.start(), of.origin)
    if len(axes) != len(of.directions):
        raise BadInput(
            f"{len(axes)} axes of coordinates for {len(of.directions)} directions: give one each"
        )
    known = [some("coordinates", numbers("a coordinate", axis)) for axis in axes]
    at = np.array(list(itertools.product(*known)))
    rows = min(whole("block", block), len(problem.y))
    loss, unsatisfied = _values(replace(problem, anchor=None), of, jnp.asarray(at), rows)
    shape = tuple(map(len, known))
    return Values(np.asarray(loss).reshape(shape), np.asarray(unsatisfied).reshape(shape))


@functools.partial(jax.jit, static_argnums=3)
def _values(problem: Problem, of: Slice, at: Array, rows: int) -> tuple[Array, Array]:
    P = len(problem.y)
    n = -(-P // rows)
    x = jnp.concatenate([problem.x, jnp.repeat(problem.x[:1], n * rows - P, axis=0)])
    blocks = x.reshape(n, rows, *x.shape[1:])

    def one(c: Array) -> tuple[Array, Array]:
        v = of.origin
        for k, d in enumerate(of.directions):
            v = jax.tree.map(lambda a, b, k=k: a + c[k].astype(a.dtype) * b, v, d)
        F = jax.lax.map(lambda x: replace(problem, x=x).outputs(v), blocks)
        F = F.reshape(n * rows, *F.shape[2:])[:P]
        loss = problem.loss.mean(F, problem.y, problem.predictor.alpha)
        return loss, problem.loss.unsatisfied(F, problem.y)

    return jax.lax.map(one, at)


def barrier(c: ArrayLike, loss: ArrayLike) -> float:
    """How far the loss on a line rises above the straight line between those of its two ends.

    max over 0 <= c <= 1 of L(c) - (1 - c) L(0) - c L(1), of coordinates c [n] from 0 to 1 and
    losses [n]; 0 where it never does (Frankle et al., *Linear mode connectivity and the lottery
    ticket hypothesis*, 2020; Entezari et al., *The role of permutation invariance in linear mode
    connectivity of neural networks*, 2022).
    Raises BadInput if an end is not among c.
    """
    c, loss = np.asarray(finite(c, "c", "n")), np.asarray(finite(loss, "loss", len(np.asarray(c))))
    ends = [np.flatnonzero(c == end) for end in (0.0, 1.0)]
    if not all(end.size for end in ends):
        raise BadInput("a barrier is that between two ends: give losses at c = 0 and at c = 1, too")
    low, high = (loss[end[0]] for end in ends)
    inside = (c >= 0) & (c <= 1)
    return float(np.max((loss - (1 - c) * low - c * high)[inside]))


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class WithStart:
    """alpha (f(w0 + dw) - f(w0)) as a function of both, v = {"dw": dw, "w0": w0}."""

    of: Scaled

    @property
    def alpha(self) -> Float[Array, "*lanes"]:
        return self.of.alpha

    @property
    def net(self) -> Network:
        return self.of.net

    def start(self) -> Params:
        return {"dw": self.of.start(), "w0": self.of.w0}

    def weights(self, v: Params) -> Params:
        return jax.tree.map(jnp.add, v["w0"], v["dw"])

    def __call__(self, v: Params, x: Array) -> Array:
        return replace(self.of, w0=v["w0"])(v["dw"], x)

    def vjp(self, v: Params, x: Array) -> tuple[Array, Pullback]:
        F, pull = jax.vjp(lambda v: self(v, x), v)
        return F, lambda e: pull(e)[0]


def with_start(problem: Problem) -> Problem:
    """The landscape of alpha (f - f0) in {"dw": dw, "w0": w0}, as solutions of several seeds are.

    Between two of them the initial weights are interpolated like their changes, so that each has
    the loss with which it was trained. Of batch normalisation that is frozen at the start, averages
    stay those of the problem. Raises BadInput where F = f, which knows no start.
    """
    F = problem.predictor
    if not isinstance(F, Scaled):
        raise BadInput(
            f"{type(F).__name__} has no initial weights in its variable: give weights themselves"
        )
    return replace(problem, predictor=WithStart(F), anchor=None)


def _dot(a: Params, b: Params) -> Array:
    """The scalar product of all parameters."""
    rows = [jnp.asarray(ravel_pytree(each)[0]) for each in (a, b)]
    return jnp.vdot(*rows)


def _same_tree(one: Params, other: Params) -> None:
    """Refuse parameters of other names or shapes."""
    shapes = [jax.tree.map(jnp.shape, each) for each in (one, other)]
    if shapes[0] != shapes[1]:
        raise BadInput(
            "these are parameters of different networks, "
            + " and ".join(shown(each) for each in shapes)
        )
