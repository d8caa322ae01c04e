"""The statistics of claims about the start of learning, the rule of steps, and reparametrisation.

From `sweeps.lazy_feature.initial_scales` and `sweeps.lazy_feature.tolerance` (*Disentangling
feature and lazy training in deep neural networks*, 2020, Sec. 6, App. D and G); and an identity of
ntp and mfp.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from analysis.lazy_feature.estimates import NEAR
from claims.core.register import Measured
from claims.core.statistics import largest, measured, no_estimate, of_mean, worst_case
from claims.lazy_feature.regime_errors import exact
from jamming.fits.power import power_law
from jamming.models.activations import activation
from jamming.models.networks import FC
from jamming.models.parametrisation import MFP, NTP
from jamming.objectives.losses import soft_hinge
from jamming.objectives.predictor import predictor
from jamming.objectives.problem import Problem
from jamming.training.spec import Job

Results = Mapping[str, Any]

SCALES, TOLERANCE = "initial-scales", "tolerance"


def initial_speeds(results: Results) -> Measured:
    """L12: the power of h of dz~/dt at the start, of the layer farthest from -1/2."""
    return _scale(results, "velocity", lambda layer, last: -0.5, "dz~/dt")


def initial_gradients(results: Results) -> Measured:
    """L13: powers of h of df/dW at the start, less what is predicted, of the layer farthest off."""
    return _scale(
        results, "gradient", lambda layer, last: -0.5 if layer in (1, last) else -1.0, "df/dW"
    )


def _scale(
    results: Results, name: str, predicted: Callable[[int, int], float], of: str
) -> Measured:
    sweep = results[SCALES]
    h, last = sweep.h.values.astype(float), int(sweep.layer.values[-1])
    found = []
    for layer in map(int, sweep.layer.values):
        y = sweep[name].sel(layer=layer).transpose("h", "seed").values
        if np.isfinite(y).any():
            b = power_law(h, y).exponent
            due = predicted(layer, last)
            off = type(b)(b.value - due, b.low - due, b.high - due)
            said = f"layer {layer}, {b.value:.2f} for {due:g}"
            found.append((said, measured(off, sweep.sizes["seed"], "")))
    return worst_case(found, 0.0, f"Power of h of {of} less the predicted one")


def tolerance_of_outputs(results: Results) -> Measured:
    """L15a: the relative change of outputs with a tolerance a hundred times smaller."""
    sweep = results[TOLERANCE]
    one = sweep.isel(rule=0).sel(alpha_tilde=slice(1.0 / NEAR, None))
    found = [
        (f"alpha~ = {a:g}", of_mean(one.distance.sel(alpha_tilde=a).values, ""))
        for a in one.alpha_tilde.values
    ]
    text = f"Distance of outputs, {sweep.rule.values[0]} from {sweep.rule.values[-1]}"
    return worst_case(found, 0.0, text)


def tolerance_of_cost(results: Results) -> Measured:
    """L15b: gradients of the smaller tolerance by those of the larger, mean over alpha~."""
    sweep = results[TOLERANCE]
    one = sweep.sel(alpha_tilde=slice(1.0 / NEAR, None))
    if not (one.fitted > 0).all():
        return no_estimate("a run did not fit: its gradients are those of the budget")
    ratio = (one.ticks.isel(rule=-1) / one.ticks.isel(rule=0)).transpose("alpha_tilde", "seed")
    each = np.exp(np.log(ratio.values).mean(0))
    said = ", ".join(f"{r:.1f}" for r in ratio.mean("seed").values)
    found = of_mean(each, "")
    text = f"Gradients of {sweep.rule.values[-1]} by those of {sweep.rule.values[0]}; {said}"
    return Measured(found.value, found.low, found.high, found.n, text)


def reparametrised(results: Results) -> Measured:
    """X3a: F of mfp at sqrt(h) alpha after time h t, less that of ntp at alpha after t."""
    del results
    data = Job("random7", 60, (9,)).data()
    x, y = jnp.asarray(data.x_train), jnp.asarray(data.y_train)
    phi, off = activation("softplus5", normalised=True), []
    for h in (4, 9, 25):
        for alpha in (1e-3, 1.0, 1e3):
            ntp, mfp = (FC(h=h, L=2, activation=phi, parametrisation=p) for p in (NTP, MFP))
            step = 0.1 * min(1.0, alpha)  # features change in a time of the order of alpha
            one = _descended(ntp, alpha, step, x, y)
            two = _descended(mfp, math.sqrt(h) * alpha, h * step, x, y)
            off.append(float(np.abs(two - one).max() / np.abs(one).max()))
    return exact(
        largest(off), len(off), "Largest relative difference of F after 20 steps of descent"
    )


def _descended(net: FC, alpha: float, step: float, x: Any, y: Any) -> np.ndarray:
    """F on the data after 20 steps of gradient descent."""
    w = net.init(jax.random.key(3), x)
    problem = Problem(predictor(net, w, alpha), soft_hinge(), x, y)

    @jax.jit
    def descend(problem: Problem, v: Any) -> Any:
        def one(_: Any, v: Any) -> Any:
            return jax.tree.map(lambda v, g: v - step * g, v, problem.gradient(v).g)

        return jax.lax.fori_loop(0, 20, one, v)

    return np.asarray(problem.outputs(descend(problem, problem.predictor.start())))
