"""How fast a network can change, how fast it does, and what follows for its generalisation.

A chain of affine layers W_1 ... W_J with 1-Lipschitz functions between (relu, maxima over windows
that do not overlap) has a Lipschitz constant of at most the product of the operator norms ||W_j||,
and the norm of its Jacobian at any point is at most that. Divided by it, margins can be compared
between networks (Bartlett, Foster & Telgarsky, *Spectrally-normalized margin bounds for neural
networks*, 2017), and prod ||W_j|| sqrt(J^3 / n) is a complexity.

The empirical Rademacher complexity, E_sigma sup_f (1/n) sum_i sigma_i f(x_i), of classifiers with
values +-1 is 1 where they fit all random signs (Zhang et al., *Understanding deep learning requires
rethinking generalization*, 2017): `fit_of_random_labels` is its analogue for several classes.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from jamming.checks.arguments import number, whole
from jamming.checks.errors import BadInput
from jamming.models.classic.classifier import layers
from jamming.models.classic.fullconn import FullConn
from jamming.models.classic.lenet import LeNet
from jamming.models.networks import Layer

Outputs = Callable[[Array], Array]  # images [n, ...] to logits [n, classes]
ITERATIONS = 100  # of the power method; what is missing is of relative order 1e-3


def operator_norm(
    linear: Callable[[Array], Array],
    shape: tuple[int, ...],
    key: Key[Array, ""],
    steps: int = ITERATIONS,
) -> Float[Array, ""]:
    """The largest |linear(z)| / |z| over arrays z of this shape, by so many power iterations.

    A bound from below that converges to the norm. 0 for an operator that is 0.
    """
    z = jax.random.normal(key, shape, float)
    _, back = jax.vjp(linear, z)

    def step(z: Array, _: None) -> tuple[Array, None]:
        z = back(linear(z))[0]
        return z / jnp.maximum(jnp.linalg.norm(z.ravel()), jnp.finfo(z.dtype).tiny), None

    z, _ = jax.lax.scan(step, z / jnp.linalg.norm(z.ravel()), None, steps)
    return jnp.linalg.norm(linear(z).ravel())


def layer_norms(
    net: Any, variables: Mapping[str, Any], x: Float[Array, "n *d"]
) -> dict[str, Float[Array, ""]]:
    """||W_j|| of each affine layer of a `FullConn` or a `LeNet` (with maxima), for images like x.

    Raises BadInput for another network: batch normalisation and branches have no such product.
    """
    if not isinstance(net, FullConn | LeNet) or getattr(net, "pool", "max") != "max":
        raise BadInput(
            f"{type(net).__name__} is no chain of affine layers, relu and maxima: take FullConn or"
            " LeNet"
        )
    seen = layers(net, variables, x[:1])
    found, before = {}, seen["input"]
    for name, z in seen.items():
        if name in variables["params"]:
            W = variables["params"][name]["kernel"]
            if W.ndim == 2:
                found[name] = jnp.linalg.norm(W, 2)
            else:
                key = jax.random.key(len(found))
                linear = functools.partial(Layer(W.shape), W)
                found[name] = operator_norm(linear, before.shape, key)
        before = z
    return found


def gradient_norms(outputs: Outputs, x: Float[Array, "n *d"]) -> Float[Array, " n"]:
    """The operator norm of the Jacobian of the logits with respect to the image, at each of x."""

    def at(one: Array) -> Array:
        J = jax.jacrev(lambda z: outputs(z[None])[0])(one)
        return jnp.linalg.norm(J.reshape(len(J), -1), 2)

    return jax.lax.map(at, x)


def margins(F: Float[Array, "n classes"], y: Int[Array, " n"]) -> Float[Array, " n"]:
    """The logit of the right class less the largest of the others: negative where it is wrong."""
    right = jnp.take_along_axis(F, y[:, None], 1)[:, 0]
    own = jax.nn.one_hot(y, F.shape[1], dtype=bool)
    return right - jnp.max(jnp.where(own, -jnp.inf, F), axis=1)


def spectral_complexity(norms: Mapping[str, Any], n: Any) -> float:
    """prod ||W_j|| sqrt(J^3 / n) of J layers, learnt from n points."""
    J, n = len(norms), whole("n", n)
    return float(np.prod([float(each) for each in norms.values()]) * np.sqrt(J**3 / n))


def fit_of_random_labels(error: Any, classes: Any) -> float:
    """1 where random labels of so many classes are fitted without an error, 0 for guesses.

    For two classes (1/n) sum_i sigma_i f(x_i), whose supremum over f has the empirical Rademacher
    complexity as its mean.
    """
    error, classes = number("error", error, least=0.0, most=1.0), whole("classes", classes, least=2)
    return 1.0 - error * classes / (classes - 1)
