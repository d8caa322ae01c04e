"""How fast a network begins to learn: gradients and the speed of pre-activations at t = 0.

In ntp, whose pre-activations z~ are O(1), gradients scale with the width h as

    df/dW^0, df/dW^L ~ h^(-1/2),     df/dW^l ~ 1/h  between,

element by element, and with them every layer's pre-activations begin to move at the speed

    dz~/dt = O(1 / (sqrt(h) alpha)),

which makes sqrt(h) alpha the time at which features change (*Disentangling feature and lazy
training*, Eqs. 20 to 22 and Fig. 11). In the papers the speed is measured by a step of gradient
descent; here it is a derivative along the gradient, and exact.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jamming.checks.arrays import ArrayLike, unit
from jamming.checks.errors import BadInput
from jamming.kernels.empirical import of_one_output, points
from jamming.models.networks import Chain, Params, chain
from jamming.objectives.predictor import Network, Plain, Scaled
from jamming.objectives.problem import Problem


def gradient_scales(net: Network, w: Params, x: ArrayLike) -> Float[np.ndarray, " layers"]:
    """Root mean square over elements and data of df/dW of each of the L + 1 layers of weights.

    f = net.apply(w, .) has one output at each of the data x [P, ...]; alpha is not in it.

    Raises:
        BadInput: no chain of layers, several outputs, or data that are not finite.
    """
    x = points(x, "x")
    apply: Any = chain(net).apply
    of_one_output(apply, w, x)
    return np.asarray(_scales(net, w, x))


@partial(jax.jit, static_argnums=0)
def _scales(net: Chain, w: Params, x: Float[Array, "P *d"]) -> Float[Array, " layers"]:
    def sizes(at: Float[Array, "*d"]) -> Float[Array, " layers"]:
        g = jax.grad(lambda w: net.apply(w, at[None])[0])(w)["params"]
        return jnp.stack([_size(g[name]) for name in weight_names(w)])

    return jax.vmap(_size)(jax.lax.map(sizes, x).T)


def _size(x: Float[Array, "*shape"]) -> Float[Array, ""]:
    """The root mean square, also where squares are out of range."""
    scale = unit(x)
    return scale * jnp.sqrt(jnp.mean((x / scale) ** 2))


def velocities(problem: Problem, x: ArrayLike | None = None) -> Float[np.ndarray, " L"]:
    """Root mean square over neurons and points of dz~/dt at t = 0, of each hidden layer.

    The points are those of training, or x [P, ...]; the weights start with dw/dt = -grad L,
    1/alpha^2 included.

    Raises:
        BadInput: what learns is no network with pre-activations; other labels than those of its
            loss; points that are not finite, or not
            of the shape of those of training.
    """
    predictor = problem.predictor
    if not isinstance(predictor, Plain | Scaled):
        raise BadInput("a frozen kernel has no pre-activations: choose FC or CNN")
    chain(predictor.net)  # refuses what is none
    problem.loss.check(problem.y)
    at = problem.x if x is None else points(x, "x", like=problem.x)
    return np.asarray(_speeds(problem, at))


@jax.jit
def _speeds(problem: Problem, points: Float[Array, "P *d"]) -> Float[Array, " L"]:
    predictor = problem.predictor
    assert isinstance(predictor, Plain | Scaled)
    net, start = chain(predictor.net), predictor.start()
    given = () if predictor.pad is None else (predictor.pad,)

    def seen(v: Params) -> tuple[Array, ...]:
        _, kept = net.apply(predictor.weights(v), points, *given, mutable=["intermediates"])
        layers = kept["intermediates"]
        return tuple(layers[f"a{i}"][0] for i in range(1, len(layers)))

    downhill = jax.tree.map(jnp.negative, problem.gradient(start).g)
    _, moving = jax.jvp(seen, (start,), (downhill,))
    return jnp.stack([_size(dz) for dz in moving])


def weight_names(w: Params) -> list[str]:
    """W1, W2, ..., W(L + 1): the arrays of weights in their order, without biases."""
    names = [name for name in w["params"] if name.startswith("W")]
    return sorted(names, key=lambda name: int(name[1:]))
