"""The effective number of parameters: the dimension of the space in which the function can move.

Near weights w the function f(x; w) moves in the span of its gradients d f / d w_i. Evaluated at the
data and, to first order, around them, these are the rows of

    G_{i, (mu, n)} = d_{w_i} f(x_mu) + e_n . grad_x d_{w_i} f(x_mu),   n = 0, ..., d,  e_0 = 0,

and N_eff = rank G (*The jamming transition as a paradigm*, App. A, Eqs. A1-A5). For relu it is the
number of parameters less one for each hidden neuron, whose scale is a symmetry. A neuron that is
silent on nearly all data takes its other parameters out of the space too: narrow networks with zero
biases have such, those of `centred` biases have none.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from jamming.checks.arguments import number
from jamming.checks.arrays import ArrayLike, as_float, finite, shaped
from jamming.checks.errors import BadInput
from jamming.execution.threads import requested_blas_threads
from jamming.kernels.empirical import of_one_output
from jamming.models.counting import parameters_only
from jamming.models.networks import FC, Params, chain
from jamming.objectives.predictor import Network
from jamming.observables.cusps import preactivations


def extended_gradients(net: Network, w: Params, x: ArrayLike) -> Float[Array, "columns n"]:
    """G transposed: one row for each (mu, n), P (d + 1) of them, one column for each parameter.

    At points x [P, d]. Memory: P (d + 1) times the number of parameters.

    Raises:
        BadInput: a network of several outputs, or with variables that are no parameters; points
        that are not finite or of another shape.
    """
    parameters_only(w)
    x = jnp.asarray(shaped(finite(x, "x"), "x", "P", "d"))
    of_one_output(net.apply, w, x)
    flat, unravel = ravel_pytree(w)

    def gradient(at: Float[Array, " d"]) -> Float[Array, " n"]:
        return jax.grad(lambda w: net.apply(unravel(w), at[None])[0])(flat)

    def rows(at: Float[Array, " d"]) -> Float[Array, "d+1 n"]:
        g = gradient(at)
        return jnp.concatenate([g[None], g[None] + jax.jacfwd(gradient)(at).T])

    return jax.lax.map(rows, x).reshape(-1, len(flat))


@requested_blas_threads()
def n_effective(net: Network, w: Params, x: ArrayLike, tolerance: float = 1e-10) -> int:
    """N_eff at weights w, seen through data x [P, d]; wants P (d + 1) well above its value.

    Computed in float64, whatever the type of w and x. Singular values below `tolerance` times the
    largest count as zero (the papers name no tolerance; the spectrum has a gap around 1e-10), and
    at any rate those below the rounding of the gradients.

    Raises:
        BadInput: as `extended_gradients`; weights that are not finite; a negative tolerance.
    """
    tolerance = number("tolerance", tolerance, least=0.0)
    with jax.enable_x64(True):
        w, x = jax.tree.map(_double, (w, x))
        G = finite(np.asarray(extended_gradients(net, w, x)), "the gradients")
    singular = np.linalg.svd(G.astype(np.float64), compute_uv=False)
    tolerance = max(tolerance, max(G.shape) * float(np.finfo(G.dtype).eps))
    return int((singular > tolerance * singular.max(initial=0.0)).sum())


def _double(x: ArrayLike) -> Array:
    return jnp.asarray(as_float(np.asarray(x), dtype=np.float64))


def centred(net: FC, w: Params, x: ArrayLike) -> Params:
    """w with biases such that each hidden neuron is active on half of the data x [P, d].

    Raises:
        BadInput: a network without biases, or that is no chain of layers; as
        `jamming.observables.cusps.preactivations`.
    """
    if not chain(net).bias:
        raise BadInput("a network without biases cannot be centred: give it bias=True")
    for i in range(net.L):
        a = preactivations(net, w, x)[i]
        B = w["params"][f"B{i + 1}"]
        moved = {f"B{i + 1}": B - jnp.asarray(np.median(a, axis=0), B.dtype)}
        w = {"params": dict(w["params"]) | moved}
    return w
