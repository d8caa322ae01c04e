"""The statistics of claims about the start of learning, the rule of steps, and reparametrisation.

From `sweeps.lazy_feature.initial_scales` and `sweeps.lazy_feature.tolerance` (*Disentangling
feature and lazy training in deep neural networks*, 2020, Sec. 6, App. D and G); and an identity of
ntp and mfp.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from analysis.lazy_feature.estimates import NEAR
from claims.core import statistics as st
from claims.core.register import Measured
from jamming.fits.power import power_law
from jamming.models.activations import activation
from jamming.models.networks import FC
from jamming.models.parametrisation import MFP, NTP
from jamming.objectives.losses import soft_hinge
from jamming.objectives.predictor import predictor
from jamming.objectives.problem import Problem
from jamming.training.spec import Job


def power_of_width(
    sweep: xr.Dataset, *, name: str, of: str, ends: float, within: float
) -> Measured:
    """L12, L13: powers of h at the start, minus what is predicted, of the layer farthest off.

    The predictions are `ends` for the first and the last layer, `within` for those between.
    """
    h, layers = sweep.h.values.astype(float), sweep.layer.values.tolist()
    found = []
    for layer in layers:
        y = sweep[name].sel(layer=layer).transpose("h", "seed").values
        if np.isfinite(y).any():
            b = power_law(h, y).exponent
            due = ends if layer in (1, layers[-1]) else within
            off = st.measured(st.moved(b, -due), sweep.sizes["seed"])
            found.append((f"layer {layer}, {b.value:.2f} for {due:g}", off))
    return st.worst_case(found, 0.0, f"Power of h of {of} minus the predicted one")


def tolerance_of_outputs(sweep: xr.Dataset) -> Measured:
    """L15a: the relative change of outputs with a tolerance a hundred times smaller."""
    one = sweep.distance.isel(rule=0).sel(alpha_tilde=slice(1.0 / NEAR, None))
    found = (
        (f"alpha~ = {a:g}", st.of_mean(one.sel(alpha_tilde=a).values)) for a in one.alpha_tilde
    )
    text = f"Distance of outputs, {sweep.rule.values[0]} from {sweep.rule.values[-1]}"
    return st.worst_case(found, 0.0, text)


def tolerance_of_cost(sweep: xr.Dataset) -> Measured:
    """L15b: gradients of the smaller tolerance divided by those of the larger, mean over alpha~."""
    one = sweep.sel(alpha_tilde=slice(1.0 / NEAR, None))
    if not (one.fitted > 0).all():
        return st.no_estimate("a run did not fit: its gradients are those of the budget")
    ratio = (one.ticks.isel(rule=-1) / one.ticks.isel(rule=0)).transpose("alpha_tilde", "seed")
    said = ", ".join(f"{r:.1f}" for r in ratio.mean("seed").values)
    first, last = sweep.rule.values[[0, -1]]
    text = f"Gradients of {last} divided by those of {first}; {said}"
    return st.of_mean(np.exp(np.log(ratio.values).mean(0)), text)


def reparametrised() -> Measured:
    """X3a: F of mfp at sqrt(h) alpha after time h t, minus that of ntp at alpha after t."""
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
    text = "Largest relative difference of F after 20 steps of descent"
    return st.exact(st.largest(off), len(off), text)


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
