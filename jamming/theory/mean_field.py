"""Networks of one hidden layer as particles: the limit of many neurons at scale 1/m.

f(x) = (1/m) sum_i a_i rho(w_i.x + b_i). Neurons are particles in a potential that they make
together; as m grows their distribution mu follows d mu/dt = -div(v mu), and the loss a curve that
does not depend on m (L. Chizat & F. Bach, *On the global convergence of gradient descent for
over-parameterized models using optimal transport*, 2018; S. Mei, A. Montanari & P.-M. Nguyen, *A
mean field view of the landscape of two-layer neural networks*, 2018).
"""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from jamming.checks.arguments import HUGE, number, whole
from jamming.checks.arrays import finite, one_key, shaped

Particles = tuple[Array, Array, Array]  # a [m], w [m, d], b [m]


def particles(key: Key[Array, ""], m: Any, d: Any) -> Particles:
    """Gaussian a, w and b of variance 1, which are the first of more with the same key."""
    keys = jax.random.split(one_key(key), whole("m", m, most=10**7))
    all_of = jax.vmap(lambda k: jax.random.normal(k, (whole("d", d) + 2,)))(keys)
    return all_of[:, 0], all_of[:, 1:-1], all_of[:, -1]


def network(of: Particles, x: Float[Array, "P d"]) -> Float[Array, " P"]:
    """(1/m) sum_i a_i relu(w_i.x + b_i)."""
    a, w, b = of
    return jax.nn.relu(x @ w.T + b[None]) @ a / len(a)


def losses(start: Particles, x: Any, y: Any, *, t: Any = 10.0, steps: Any = 500) -> Array:
    """|f - y|^2 / 2P at times 0 ... t [steps + 1] of the flow of the particles, by Heun's method.

    Velocities are m times the gradient, so that they do not vanish as m grows. x [P, d], y [P].
    BadInput where shapes differ, or numbers are not finite.
    """
    x = jnp.asarray(finite(x, "x", "P", start[1].shape[1]))
    y = jnp.asarray(shaped(finite(y, "y"), "y", len(x)), x.dtype)
    steps = whole("steps", steps)
    dt = number("t", t, above=0.0, most=HUGE) / steps
    m = len(start[0])

    def loss(of: Particles) -> Array:
        return ((network(of, x) - y) ** 2).mean() / 2

    def moved(of: Particles, by: Particles, h: float) -> Particles:
        a, w, b = jax.tree.map(lambda z, dz: z - h * m * dz, of, by)
        return a, w, b

    def step(of: Particles, _: None) -> tuple[Particles, Array]:
        value, first = jax.value_and_grad(loss)(of)
        second = jax.grad(loss)(moved(of, first, dt))
        both = jax.tree.map(lambda p, q: (p + q) / 2, first, second)
        return moved(of, both, dt), value

    end, along = jax.jit(lambda of: jax.lax.scan(step, of, None, steps))(start)
    return jnp.append(along, loss(end))
