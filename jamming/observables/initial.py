"""Networks at t = 0: how fast they begin to learn, and what differs between initial weights.

**Scales.** In ntp, whose pre-activations z~ are O(1), gradients scale with the width h as

    df/dW^0, df/dW^L ~ h^(-1/2),     df/dW^l ~ 1/h  between,

element by element, and every layer's pre-activations begin to move at the speed dz~/dt = O(1 /
(sqrt(h) alpha)): features change after a time sqrt(h) alpha (*Disentangling feature and lazy
training*, Eqs. 20 to 22 and Fig. 11, where the speed is that of a step of gradient descent).

**Fluctuations** of networks that differ in their weights alone: of the tangent kernel, ||Theta -
<Theta>|| / ||<Theta>||, which falls as h^(-1/2), and of the outputs, ||f_0 - <f_0>||^2; and, at the
end, the distance of what the square loss has learnt from the closed form of a frozen kernel. Geiger
et al., *Scaling description of generalization with number of parameters in deep learning* (2020),
Eqs. 8 and 17, sec. 5.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jamming.checks.arrays import ArrayLike, as_float, as_outputs, several_keys, unit
from jamming.checks.errors import BadInput
from jamming.kernels import empirical
from jamming.kernels.empirical import gradient, of_one_output, points
from jamming.kernels.frozen import square_loss
from jamming.models.accepted import adapted
from jamming.models.networks import Params, chain
from jamming.models.normalised import Stateful
from jamming.models.own import drawn_anew, state_of
from jamming.objectives.predictor import Network, Plain, Scaled, at_start
from jamming.objectives.problem import Problem
from jamming.observables.ensembles import deviations, norm

CHUNK = 100  # networks whose outputs are computed at a time


def gradient_scales(net: Network, w: Params, x: ArrayLike) -> Float[np.ndarray, " layers"]:
    """Root mean square over elements and data of df/dW of each of the L + 1 layers of weights.

    f = net.apply(w, .) has one output at each of the data x [P, ...]; alpha is not in it.
    """
    return np.asarray(_scales(net, w, points(x, "x")))


@functools.partial(jax.jit, static_argnums=0)
def _scales(net: Network, w: Params, x: Float[Array, "P *d"]) -> Float[Array, " layers"]:
    apply: Any = chain(net).apply
    of_one_output(apply, w, x)

    def sizes(at: Float[Array, "*d"]) -> Float[Array, " layers"]:
        g = gradient(apply, w, at)["params"]
        return jnp.stack([_size(g[name]) for name in weight_names(w)])

    return jax.vmap(_size)(jax.lax.map(sizes, x).T)


def _size(x: Float[Array, "*shape"]) -> Float[Array, ""]:
    """The root mean square, also where squares are out of range."""
    scale = unit(x)
    return scale * jnp.sqrt(jnp.mean((x / scale) ** 2))


def velocities(problem: Problem, x: ArrayLike | None = None) -> Float[np.ndarray, " L"]:
    """Root mean square over neurons and points of dz~/dt at t = 0, of each hidden layer.

    The points are those of training, or x [P, ...]; dw/dt = -grad L, 1/alpha^2 included.
    """
    problem.loss.check(problem.y)
    at = problem.x if x is None else points(x, "x", like=problem.x)
    return np.asarray(_speeds(problem, at))


@jax.jit
def _speeds(problem: Problem, points: Float[Array, "P *d"]) -> Float[Array, " L"]:
    predictor = problem.predictor
    if not isinstance(predictor, Plain | Scaled):
        raise BadInput("a frozen kernel has no pre-activations: choose FC or CNN")
    net, start = chain(predictor.net), predictor.start()
    given = () if predictor.pad is None else (predictor.pad,)

    def seen(v: Params) -> tuple[Array, ...]:
        return net.preactivations(predictor.weights(v), points, *given)

    downhill = jax.tree.map(jnp.negative, problem.gradient(start).g)
    _, moving = jax.jvp(seen, (start,), (downhill,))
    return jnp.stack(list(map(_size, moving)))


def weight_names(w: Params) -> list[str]:
    """W1, W2, ..., W(L + 1): the arrays of weights in their order, without biases."""
    return sorted((n for n in w["params"] if n[0] == "W"), key=lambda name: int(name[1:]))


def kernel_fluctuations(net: Any, keys: Any, x: ArrayLike) -> Float[np.ndarray, " n"]:
    """||Theta - <Theta>|| / ||<Theta>|| of each initialisation by one of the keys [n], unbiased."""
    net, x, keys = drawn_anew(adapted(net)), points(x, "x"), several_keys(keys)
    starts = (at_start(net, key, x) for key in keys)
    rows = [empirical.tangent_kernel(net, F.w0, x, state=F.pad).ravel() for F in starts]
    kernels = np.stack([np.asarray(row, np.float64) for row in rows])
    return np.sqrt(deviations(kernels)) / float(norm(kernels.mean(0)))


def output_fluctuations(net: Any, keys: Any, x: ArrayLike) -> Float[np.ndarray, " n"]:
    """||f_0 - <f_0>||^2 of each initialisation, unbiased; arguments as `kernel_fluctuations`."""
    net, x, keys = drawn_anew(adapted(net)), points(x, "x"), several_keys(keys)
    if isinstance(net, Stateful):  # whose state is made of numbers
        starts = (at_start(net, key, x) for key in keys)
        return deviations(np.stack([np.asarray(F(F.start(), x), np.float64) for F in starts]))

    def begins(key: Array) -> Array:
        return as_outputs(net.apply(net.init(key, x[:1]), x))

    of = jax.jit(lambda keys: jax.lax.map(begins, keys))
    rows = [of(keys[i : i + CHUNK]) for i in range(0, len(keys), CHUNK)]
    return deviations(np.concatenate([np.asarray(row, np.float64) for row in rows]))


def distance_to_frozen(
    net: Any, w0: Any, x: ArrayLike, y: ArrayLike, x_test: ArrayLike, f: ArrayLike
) -> float:
    """||f - f_K|| / ||f_K|| on test points, f_K learnt by the kernel at w0 from labels y [P].

    Root mean squares over the Q points; f [Q] are the outputs at the end of training.
    """
    x = points(x, "x")
    x_test = points(x_test, "x_test", like=x)
    f = np.asarray(as_float(f, "f", len(x_test)))
    kernels = empirical.tangent_kernels(net, w0, x, x_test)
    F = Plain(adapted(net), w0, state_of(adapted(net), w0, x))
    expected = square_loss(*kernels, y, F(w0, x), F(w0, x_test))
    return float(norm(np.asarray(f - expected)) / norm(np.asarray(expected)))
