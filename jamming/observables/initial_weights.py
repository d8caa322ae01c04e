"""What initial weights leave to chance, the less the wider a network.

At the start, of networks that differ in their weights alone:

* the tangent kernel, ||Theta - <Theta>|| / ||<Theta>||, which falls as h^(-1/2);
* the outputs, ||f_0 - <f_0>||^2, whose mean is their variance;

and at the end, how far what the square loss has come to is from the closed form of a kernel that
stays as it was (`jamming.kernels.square_loss`). Geiger et al., *Scaling description of
generalization with number of parameters in deep learning* (2020), Eqs. 8 and 17, sec. 5.
"""

import functools
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, Key

from jamming.checks.arrays import ArrayLike, as_float, several_keys, shaped
from jamming.kernels.empirical import ntk, points
from jamming.kernels.square_loss import square_loss
from jamming.objectives.predictor import Network
from jamming.observables.fluctuations import deviations, norm
from jamming.training.custom import usable

CHUNK = 100  # networks whose outputs are computed at a time


def kernel_fluctuations(net: Network, keys: Any, x: ArrayLike) -> Float[np.ndarray, " n"]:
    """||Theta - <Theta>|| / ||<Theta>|| of each initialisation by one of the keys [n], unbiased.

    Raises:
        BadInput: points x [points, ...] that are not finite, several outputs, one network, keys
            [n] that are none of `jax.random`, a network that is none (`jamming.custom.usable`).
    """
    net, x, keys = usable(net), points(x, "x"), several_keys(keys)
    rows = [_kernel(net, net.init(key, x[:1]), x).ravel() for key in keys]
    kernels = np.stack([np.asarray(row, np.float64) for row in rows])
    return np.sqrt(deviations(kernels)) / float(norm(kernels.mean(0)))


def output_fluctuations(net: Network, keys: Any, x: ArrayLike) -> Float[np.ndarray, " n"]:
    """||f_0 - <f_0>||^2 of each initialisation, unbiased: a mean square over the points.

    `keys` [n] are of `jax.random`, one for each network.

    Raises:
        BadInput: as `kernel_fluctuations`.
    """
    net, x, keys = usable(net), points(x, "x"), several_keys(keys)
    rows = [_starts(net, keys[i : i + CHUNK], x) for i in range(0, len(keys), CHUNK)]
    return deviations(np.concatenate([np.asarray(row, np.float64) for row in rows]))


def distance_to_frozen(
    net: Network,
    w0: Any,
    x: ArrayLike,
    y: ArrayLike,
    x_test: ArrayLike,
    f: ArrayLike,
) -> float:
    """||f - f_K|| / ||f_K|| on test points, f_K what the kernel at w0 comes to with those labels.

    Root mean squares over the Q points; f [Q] are the outputs at the end of training. NaN where
    one of them is.

    Raises:
        BadInput: other shapes, points or labels y [P] that are not finite, or a network that is
            none.
    """
    net, x = usable(net), points(x, "x")
    x_test = points(x_test, "x_test", like=x)
    f = shaped(np.asarray(as_float(f, "f")), "f", len(x_test))
    theta, theta_test = _kernel(net, w0, x), _kernel(net, w0, x_test, x)
    expected = square_loss(theta, theta_test, y, net.apply(w0, x), net.apply(w0, x_test))
    return float(norm(np.asarray(f - expected)) / norm(np.asarray(expected)))


@functools.partial(jax.jit, static_argnums=0)
def _kernel(net: Network, w: Any, x: Array, x2: Array | None = None) -> Array:
    return ntk(net.apply, w, x, x2)


@functools.partial(jax.jit, static_argnums=0)
def _starts(net: Network, keys: Key[Array, " n"], x: Array) -> Float[Array, "n points"]:
    return jax.lax.map(lambda key: net.apply(net.init(key, x[:1]), x), keys)
