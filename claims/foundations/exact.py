"""Statistics that need no training: coefficients, neighbours, information."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from claims.core import statistics as st
from claims.core.register import Measured
from jamming.models.invertible import CouplingNet, codes_of
from jamming.theory.approximation import circle_coefficients, circle_exact, neighbour_error
from jamming.theory.information import along

POINTS = (2000, 8000, 32_000)
SEEDS = 8


def circle() -> Measured:
    """Largest difference of the coefficients up to k = {k}."""
    k = 40
    off = np.abs(circle_coefficients(k) - circle_exact(k)).max()
    return st.exact(off, k + 1).saying(k=k)


def neighbours() -> Measured:
    """Exponent of the error of the nearest neighbour in n, times -D, D = 1 to 4, means over {n}
    data sets of {least} to {most} points."""
    cases = []
    for D in (1, 2, 3, 4):
        rows = [[neighbour_error(n, D, seed) for seed in range(SEEDS)] for n in POINTS]
        slopes = -D * np.polyfit(np.log(POINTS), np.log(rows), 1)[0]
        cases.append((f"D = {D}", st.of_mean(slopes)))
    said = {"n": SEEDS, "least": POINTS[0], "most": POINTS[-1]}
    return st.worst_case(cases, 1.0).saying(**said)


def processed() -> Measured:
    """Largest increase of I(X; Phi_j X) in bits from one layer to the next, {n} networks of integer
    weights on all {inputs} inputs of {d} numbers of 2 bits; means {bits} bits."""
    d, depth, n = 4, 5, 20
    x = np.stack(np.meshgrid(*[np.arange(4)] * d, indexing="ij"), -1).reshape(-1, d)
    chains = []
    for seed in range(n):
        rng, z, layers = np.random.default_rng(seed), x, [x]
        for _ in range(depth):
            z = np.maximum(z @ rng.integers(-1, 2, (d, d)), 0)
            layers.append(z)
        chains.append(along(x, layers))
    bits = ", ".join(f"{mean:.2f}" for mean in np.mean(chains, 0))
    worst = np.diff(chains, axis=1).max()
    return st.exact(worst, n).saying(n=n, inputs=len(x), d=d, bits=bits)


def volume() -> Measured:
    """log |det| of the Jacobian of the code of an image of {side}x{side}, {n} networks."""
    net, off = CouplingNet(width=0.25, blocks=1), []

    @jax.jit
    def jacobian(w: Any, x: Any) -> Any:
        return jax.jacfwd(lambda x: codes_of(net, w, x).ravel())(x).reshape(x.size, x.size)

    for seed in range(3):
        of_w, of_x = jax.random.split(jax.random.key(seed))
        x = jax.random.normal(of_x, (1, 8, 8, 1), float)
        w = jax.jit(net.init)(of_w, x)
        off.append(float(jnp.linalg.slogdet(jacobian(w, x))[1]))
    return st.exact(np.abs(off).max(), len(off)).saying(side=8, n=len(off))
