"""The statistics of statements that need no training: exact identities, each as its deviation."""

import math
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax.flatten_util import ravel_pytree

from claims.core import statistics as st
from claims.core.register import Measured
from jamming.dynamics.euler import Euler
from jamming.execution import vmapped
from jamming.models.activations import activation
from jamming.models.counting import n_weights
from jamming.models.networks import FC
from jamming.models.parametrisation import plain
from jamming.objectives.losses import Loss, quadratic_hinge, soft_hinge
from jamming.objectives.predictor import Linearised, Scaled, predictor
from jamming.objectives.problem import Problem
from jamming.observables.effective import n_effective
from jamming.observables.hessian import split
from jamming.training.spec import Job

# d, h, L, number of outputs, and the N that the papers print
COUNTED = (
    (51, 51, 3, 1, 7854),
    (10, 14, 5, 1, 938),
    (10, 57, 5, 1, 13623),
    (10, 1265, 5, 1, 6414815),
    (7, 9, 3, 2, 243),
)


def counted() -> Measured:
    """Largest difference of N; ours are {ours}."""
    found = [n_weights(*network) for *network, _ in COUNTED]
    off = max(abs(n - printed) for n, (*_, printed) in zip(found, COUNTED, strict=True))
    return st.exact(off, len(found)).saying(ours=", ".join(map(str, found)))


def prefactor() -> Measured:
    """Factor of softplus_5; that of relu is {relu:.6f}."""
    found, relu = (float(activation(phi, normalised=True).scale) for phi in ("softplus5", "relu"))
    return st.exact(found, 1).saying(relu=relu)


def rescaled() -> Measured:
    """Largest relative deviation at s = {s}."""
    problem, w = _landscape("relu", quadratic_hinge(0.5))
    s, last = 3.7, "W3"
    w_s = {"params": dict(w["params"]) | {last: s * w["params"][last]}}
    other = quadratic_hinge(0.5 * s)
    F, F_s = problem.outputs(w), problem.outputs(w_s)
    y, one = problem.y, jnp.ones(())
    delta, delta_s = problem.loss.delta(F, y), other.delta(F_s, y)
    off = [
        float(jnp.max(jnp.abs(delta_s / (s * delta) - 1))),
        float(abs(other.mean(F_s, y, one) / (s**2 * problem.loss.mean(F, y, one)) - 1)),
        float(abs(other.unsatisfied(F_s, y) - problem.loss.unsatisfied(F, y))),
    ]
    return st.exact(np.max(off), len(y)).saying(s=s)


def at_the_start() -> Measured:
    """Largest deviation from {expected:.6f} and from F = 0."""
    problem, w = _landscape("softplus5", soft_hinge())
    expected = math.log1p(math.exp(20.0)) / 20.0
    off = []
    for alpha in (1e-5, 1e-2, 1.0, 1e2, 1e6):
        at = replace(problem, predictor=Scaled(_network("softplus5"), w, jnp.asarray(alpha)))
        start = at.gradient(at.predictor.start())
        off += [float(jnp.abs(start.F).max()), abs(float(start.loss) * alpha**2 - expected)]
    return st.exact(np.max(off), len(off)).saying(expected=expected)


def frozen() -> Measured:
    """Largest relative difference of F after 200 steps, alpha = 1e-2, 1, 1e2."""
    problem, w = _landscape("softplus5", soft_hinge())
    net = Linearised(_network("softplus5"), w)
    outputs = []
    for alpha in (1e-2, 1.0, 1e2):
        lanes = vmapped.stack([replace(problem, predictor=Scaled(net, w, jnp.asarray(alpha)))])
        keys = jax.random.split(jax.random.key(0), 1)
        *_, end = vmapped.run(Euler(max_ticks=200), lanes, keys)
        one = vmapped.lane(lanes, 0)
        outputs.append(np.asarray(one.outputs(vmapped.lane(end.v, 0))))
    off = np.abs(np.array(outputs) - outputs[1]).max() / np.abs(outputs[1]).max()
    return st.exact(off, 3)


def split_hessian() -> Measured:
    """Largest of: relative deviation of H, |rank - N_Delta|, negative part of H_0."""
    off = []
    for phi in ("relu", "tanh"):
        problem, w = _landscape(phi, quadratic_hinge(0.5), points=30)
        flat, unravel = ravel_pytree(w)

        def loss(u: Any, problem: Problem = problem, unravel: Any = unravel) -> Any:
            return problem.loss.mean(problem.outputs(unravel(u)), problem.y, jnp.ones(()))

        whole = np.asarray(jax.hessian(loss)(flat))
        parts = split(problem, w)
        left = int((problem.loss.delta(problem.outputs(w), problem.y) > 0).sum())
        eigenvalues = np.linalg.eigvalsh(parts.H_0)
        rank = int((eigenvalues > 1e-12 * eigenvalues.max()).sum())
        off += [
            float(np.abs(parts.H - whole).max() / np.abs(whole).max()),
            float(abs(rank - left)),
            np.max([0.0, -eigenvalues.min() / eigenvalues.max()]),
        ]
    return st.exact(np.max(off), 2)


def neurons_lost(found: xr.Dataset) -> Measured:
    """Largest deviation of N_eff, centred biases."""
    off = (found.N_all - found.neurons - found.N_eff).values
    if not off.size:
        return st.no_estimate("no networks")
    return st.exact(off[np.abs(off).argmax()], off.size)


def linear_dimension() -> Measured:
    """Largest excess; the silent network has N_eff = {silent}."""
    d, off = 10, []
    x = jnp.asarray(Job("random10", 60, (8,)).data().x_train)
    for L in (1, 2, 3):
        net = FC(h=8, L=L, activation=activation("linear"), parametrisation=plain(), bias=True)
        off.append(n_effective(net, net.init(jax.random.key(L), x), x) - (d + 1))
    net = FC(h=8, L=2, activation=activation("relu"), parametrisation=plain(), bias=True)
    w = jax.device_get(net.init(jax.random.key(0), x))
    w["params"]["B2"] = np.full(8, -1e3)
    silent = n_effective(net, w, x)
    return st.exact(max(*off, silent - 1), 4).saying(silent=silent)


def _network(phi: str) -> FC:
    return FC(h=9, L=2, activation=activation(phi, normalised=True), bias=False)


def _landscape(phi: str, loss: Loss, points: int = 60) -> tuple[Problem, Any]:
    """A small network at its initial weights on random points."""
    data = Job("random7", points, (9,)).data()
    x, y = jnp.asarray(data.x_train), jnp.asarray(data.y_train)
    net = _network(phi)
    w = net.init(jax.random.key(3), x)
    return Problem(predictor(net, w), loss, x, y), w
