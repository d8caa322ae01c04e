"""The effective number of parameters: the dimension of the space in which the function can move.

Near weights w the function f(x; w) moves in the span of its gradients. At the data and, to first
order, around them, these are the rows of

    G_{i, (mu, n)} = d_{w_i} f(x_mu) + e_n . grad_x d_{w_i} f(x_mu),   n = 0, ..., d,  e_0 = 0,

and N_eff = rank G (*The jamming transition as a paradigm*, App. A, Eqs. A1-A5). For relu it is the
number of parameters minus one for each hidden neuron, whose scale is a symmetry, and minus all of a
neuron that is silent on nearly all data: narrow networks with zero biases have such, those of
`centred` biases have none.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from jamming.checks.arrays import ArrayLike, as_float, finite
from jamming.checks.errors import BadInput
from jamming.execution.threads import requested_blas_threads
from jamming.kernels.empirical import gradient, of_one_output
from jamming.models.counting import parameters_only
from jamming.models.networks import FC, Params, chain
from jamming.objectives.predictor import Network
from jamming.observables.cusps import preactivations


def extended_gradients(net: Network, w: Params, x: ArrayLike) -> Float[Array, "columns n"]:
    """G transposed at points x [P, d]: P (d + 1) rows (mu, n), a column for each parameter."""
    parameters_only(w)
    x = jnp.asarray(finite(x, "x", "P", "d"))
    of_one_output(net.apply, w, x)

    def flat(at: Float[Array, " d"]) -> Float[Array, " n"]:
        return ravel_pytree(gradient(net.apply, w, at))[0]

    def rows(at: Float[Array, " d"]) -> Float[Array, "d+1 n"]:
        g = flat(at)[None]
        return jnp.concatenate([g, g + jax.jacfwd(flat)(at).T])

    return jnp.concatenate(jax.lax.map(rows, x))


@requested_blas_threads()
def n_effective(net: Network, w: Params, x: ArrayLike) -> int:
    """N_eff at weights w, from data x [P, d]; P (d + 1) must be well above it.

    Computed in float64. Singular values below 1e-10 of the largest, or below rounding, count as
    zero (the papers name no tolerance; the spectrum has a gap there).
    """
    with jax.enable_x64(True):
        w, x = jax.tree.map(lambda a: jnp.asarray(as_float(a, dtype=np.float64)), (w, x))
        G = finite(np.asarray(extended_gradients(net, w, x)), "the gradients")
    return int(np.linalg.matrix_rank(G, rtol=max(1e-10, max(G.shape) * np.finfo(G.dtype).eps)))


def centred(net: FC, w: Params, x: ArrayLike) -> Params:
    """w with biases such that each hidden neuron is active on half of the data x [P, d]."""
    if not chain(net).bias:
        raise BadInput("a network without biases cannot be centred: give it bias=True")
    for i in range(net.L):
        middle = np.median(preactivations(net, w, x)[i], axis=0)
        name, layers = f"B{i + 1}", dict(w["params"])
        w = {"params": layers | {name: layers[name] - jnp.asarray(middle, layers[name].dtype)}}
    return w
