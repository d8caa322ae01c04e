"""The spectral radius rho of the Hessian by the power method, from differences of gradients."""

from dataclasses import replace

import jax
import jax.numpy as jnp

from jamming.dynamics.rkc_state import RKCState
from jamming.objectives.problem import Evaluation, norm_squared, rms

# change of the outputs that an iteration of the power method aims at: within a kink's width, yet
# well above the rounding of float32
PROBE = 1e-3


def power_iteration(state: RKCState, at: Evaluation) -> RKCState:
    """H e from the gradient at v + d e; its norm is rho, its direction the next e."""
    He = jax.tree.map(lambda a, b: (a - b) / state.d, at.g, state.g)
    norm = jnp.sqrt(norm_squared(He))
    sane = jnp.isfinite(norm) & (norm > 0)
    settled = jnp.abs(norm - state.rho) < 0.01 * norm
    e = jax.tree.map(
        lambda new, old: jnp.where(sane, new / jnp.where(sane, norm, 1.0), old), He, state.e
    )
    moved = rms(at.F - state.F)
    scale = jnp.where(jnp.isfinite(moved), PROBE / jnp.maximum(moved, 0.01 * PROBE), 0.1)
    return replace(
        state,
        e=e,
        d=state.d * jnp.clip(scale, 0.01, 100.0),
        rho=jnp.where(sane, norm, state.rho),
        looks=jnp.where(sane & settled, 0, state.looks - 1).astype(state.looks.dtype),
        since=jnp.zeros_like(state.since),
    )
