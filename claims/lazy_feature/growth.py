"""The statistics of claims about how far and how fast features are learnt, and how it starts.

(*Disentangling feature and lazy training in deep neural networks*, 2020, Secs. 5 and 6, App. B-G.)
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from analysis.lazy_feature import estimates
from analysis.lazy_feature.estimates import FEATURE, LAZY, against_alpha, by_width, one_of, seeds
from claims.core import statistics as st
from claims.core.register import Measured
from jamming.fits.curves import collapse, crossing, curve
from jamming.fits.power import power_law
from jamming.fits.seeds import Interval, mean_over_seeds
from jamming.models.activations import activation
from jamming.models.networks import FC
from jamming.models.parametrisation import MFP, NTP
from jamming.objectives.losses import soft_hinge
from jamming.objectives.predictor import predictor
from jamming.objectives.problem import Problem
from jamming.training.spec import Job

# between which a crossover is one at alpha~ = O(1)
ORDER_OF_ONE = (0.3, 50.0)


def lazy_power(sweep: xr.Dataset, *, name: str) -> Measured:
    """Power of alpha~ from 1e3 on."""
    one = one_of(sweep)
    laws = {h: power_law(*curve) for h, curve in by_width(one, name, *LAZY, least=1).items()}
    found = ((h, st.measured(law.exponent, seeds(one))) for h, law in laws.items())
    return st.worst_case(found, -1.0)


def kernel_crossing(sweep: xr.Dataset) -> Measured:
    """alpha~ of the crossover; in alpha~ curves of the widths lie within {apart:.2f}."""
    one = one_of(sweep)
    each = by_width(one, "kernel_change", FEATURE[0]).values()
    curves = [(x, mean_over_seeds(y)) for x, y in each]
    apart = math.exp(collapse(curves)) if len(curves) > 1 else math.nan
    found = ((h, st.measured(at, seeds(one))) for h, at in _crossovers(one).items())
    centre = math.sqrt(math.prod(ORDER_OF_ONE))
    return st.worst_case(found, centre, log=True).saying(apart=apart)


def power_of_crossover(sweep: xr.Dataset) -> Measured:
    """Power of h of the alpha at which the kernel has changed by its own norm; alpha~ is {at}, chi2
    {chi2:.1f}."""
    one = one_of(sweep)
    widths = estimates.widths(one, 1)
    h, rows = np.array(widths, float), []
    for n in widths:
        x, y = against_alpha(one, "kernel_change", n)
        rows.append([crossing(x, column[:, None], 1.0).value for column in y.T])
    at = np.array(rows)
    if not np.isfinite(at).all() or len(h) < 3:
        return st.no_estimate("the kernels do not change by their norms at three widths: {text}")
    law = power_law(h, at / np.sqrt(h)[:, None])
    said = ", ".join(f"{a:.3g}" for a in at.mean(1))
    return st.measured(law.exponent, seeds(one)).saying(at=said, chi2=law.chi2)


def crossing_of_mfp(sweep: xr.Dataset) -> Measured:
    """Largest alpha of the crossover divided by the smallest: {at}."""
    # alpha of mfp is alpha~ of ntp.
    one = one_of(sweep)
    at = _crossovers(one)
    said = ", ".join(f"{x.value:.3g} at {h}" for h, x in at.items())
    if len(at) < 2 or not np.isfinite([x.value for x in at.values()]).all():
        return st.no_estimate().saying(at=said)
    return st.spread(at.values(), seeds(one)).saying(at=said)


def _crossovers(one: xr.Dataset) -> dict[str, Interval]:
    """alpha~ at which the kernel changes by its own norm; BadInput of none."""
    return {h: crossing(*curve, 1.0) for h, curve in by_width(one, "kernel_change").items()}


def feature_power(sweep: xr.Dataset, *, name: str, L: int) -> Measured:
    """L = {L}, h = {h}, alpha~ from {law.x_min:g} to {law.x_max:g}, chi2 {law.chi2:.1f}."""
    # Minus the power of alpha~ in feature learning, of the widest networks.
    one = one_of(sweep, L=L)
    h = int(one.h.values[-1])
    law = power_law(*against_alpha(one, name, h, *FEATURE))
    return st.measured(st.moved(law.exponent, 0.0, -1.0), seeds(one)).saying(L=L, h=h, law=law)


def _apart(y: np.ndarray) -> float:
    """The largest divided by the smallest, minus 1."""
    return float(y.max() / y.min() - 1)


def half_times(sweep: xr.Dataset) -> Measured:
    """Power of alpha~ of t_L/2."""
    one = one_of(sweep)
    laws = {h: power_law(*curve) for h, curve in by_width(one, "t_half", *FEATURE).items()}
    found = ((h, st.measured(law.exponent, seeds(one))) for h, law in laws.items())
    return st.worst_case(found, 1.0)


def lazy_half_times(sweep: xr.Dataset) -> Measured:
    """Largest t_L/2 divided by the smallest of one network, minus 1."""
    one = one_of(sweep)
    each = {h: y.max(0) / y.min(0) - 1 for h, (_, y) in by_width(one, "t_half", LAZY[0]).items()}
    return st.worst_case(((h, st.exact(y.max(), seeds(one))) for h, y in each.items()), 0.0)


def half_times_by_width(sweep: xr.Dataset) -> Measured:
    """Largest mean t_L/2 of a width divided by the smallest, minus 1: {each}."""
    one = one_of(sweep)
    each = {h: y.mean(0) for h, (_, y) in by_width(one, "t_half", LAZY[0]).items()}
    if len(each) < 2:
        return st.no_estimate()
    errors = {h: y.std(ddof=1) / math.sqrt(seeds(one)) for h, y in each.items()}
    said = ", ".join(f"{y.mean():.2f} +- {errors[h]:.2f} at {h}" for h, y in each.items())
    rows = np.array(list(each.values()))
    return st.at_least(st.of_curves(_apart, rows), 0.0).saying(each=said)


def lazy_curves(sweep: xr.Dataset) -> Measured:
    """Largest difference of alpha^2 L(t) between alpha~ of one network."""
    one = one_of(sweep)
    scale = str(one.attrs["scale"])
    found = []
    for h in estimates.widths(one):
        cells = one.sel(h=h).transpose("seed", scale, ...)
        cells = cells.isel({scale: estimates.within(cells.at_alpha_tilde.values, LAZY)})
        if cells.curve_t.shape[1] < 2:
            return st.no_estimate("fewer than two lazy loss curves")
        apart = [0.0]
        for times, losses in zip(cells.curve_t.values, cells.curve_loss.values, strict=True):
            pairs = zip(times, losses, strict=True)
            *others, (t, last) = (np.array(curve(*pair))[:, 1:] for pair in pairs)
            at = [np.interp(np.log(t), np.log(u), y) for u, y in others]
            apart.append(float(np.abs(np.array(at) - last).max()))
        found.append((f"h = {h}", st.exact(np.max(apart), seeds(one))))
    return st.worst_case(found, 0.0)


def one_curve(
    sweep: xr.Dataset, *, name: str, h: float = 0.0, alpha: float = 0.0, least: int = estimates.WIDE
) -> Measured:
    """Largest divided by smallest over h at one alpha~, means {means}.

    Of h^`h` alpha~^`alpha` times a variable, in feature learning, over widths from `least` on, at
    the alpha~ where they differ most.
    """
    one = one_of(sweep)
    found = {n: against_alpha(one, name, n, *FEATURE) for n in estimates.widths(one, least)}
    rows = {n: n**h * (x**alpha)[:, None] * y for n, (x, y) in found.items()}
    means = ", ".join(f"{row.mean():.3g} at h = {n}" for n, row in rows.items())

    def apart(*curves: np.ndarray) -> float:
        return float((np.max(curves, axis=0) / np.min(curves, axis=0)).max())

    return st.at_least(st.of_curves(apart, *rows.values()), 1.0).saying(means=means)


def linear_growth(sweep: xr.Dataset) -> Measured:
    """Power of t of ||f_t - f_0|| up to 0.3 t_L/2, mean over alpha~."""
    found = {}
    for h, (_, y) in by_width(one_of(sweep), "growth", *FEATURE).items():
        # too few snapshots before t_{L/2} leave some alpha~ without a number
        there = y[~np.isnan(y).all(1)]
        found[h] = st.of_mean(mean_over_seeds(there.T) if there.size else y[0])
    return st.worst_case(found.items(), 1.0)


def intermediate(sweep: xr.Dataset) -> Measured:
    """Decades with a local power between -0.65 and -0.35 ({each})."""
    one = one_of(sweep)
    each = by_width(one, "kernel_change", least=1)
    x = next(iter(each.values()))[0]

    def longest(*curves: np.ndarray) -> float:
        return max(_decades(x, y) for y in curves)

    slopes = {h: estimates.local_slopes(*curve)[1] for h, curve in each.items()}
    said = "; ".join(f"{h}: powers {', '.join(f'{s:.2f}' for s in y)}" for h, y in slopes.items())
    return st.of_curves(longest, *(y for _, y in each.values())).saying(each=said)


def _decades(x: np.ndarray, y: np.ndarray) -> float:
    """The longest stretch of alpha~, in decades, with a local power of -0.65 to -0.35."""
    there = ~np.isnan(y)
    _, slope = estimates.local_slopes(x, y[:, None])
    steps = np.diff(np.log10(x[there]))
    run, most = 0.0, 0.0
    for step, power in zip(steps, slope, strict=True):
        run = run + float(step) if -0.65 <= power <= -0.35 else 0.0
        most = max(most, run)
    return most


def lazy_ends(sweep: xr.Dataset) -> Measured:
    """Longest time to fit divided by the shortest, minus 1; |w - w0| has the powers {powers} of
    alpha."""
    # the time of a run that did not fit is that of its budget
    one = one_of(sweep)
    ends = by_width(one.assign(t_end=one.t_end.where(one.fitted > 0)), "t_end", LAZY[0])
    found = ((h, st.at_least(st.of_curves(_apart, y), 0.0)) for h, (_, y) in ends.items())
    laws = (power_law(*curve) for curve in by_width(one, "weight_change", *LAZY).values())
    powers = ", ".join(f"{law.exponent.value:.3f}" for law in laws)
    return st.worst_case(found, 0.0).saying(powers=powers)


def power_of_width(sweep: xr.Dataset, *, name: str, ends: float, within: float) -> Measured:
    """Powers of h minus those predicted: `ends` for first and last layer, `within` for others."""
    h, layers = sweep.h.values.astype(float), sweep.layer.values.tolist()
    found = []
    for layer in layers:
        y = sweep[name].sel(layer=layer).transpose("h", "seed").values
        if np.isfinite(y).any():
            b = power_law(h, y).exponent
            due = ends if layer in (1, layers[-1]) else within
            off = st.measured(st.moved(b, -due), sweep.sizes["seed"])
            found.append((f"layer {layer}, {b.value:.2f} for {due:g}", off))
    return st.worst_case(found, 0.0)


def tolerance_of_outputs(sweep: xr.Dataset) -> Measured:
    """Distance of outputs, {first} from {last}."""
    one = sweep.distance.isel(rule=0).sel(alpha_tilde=slice(1.0 / estimates.NEAR, None))
    each = ((f"alpha~ = {a:g}", st.of_mean(one.sel(alpha_tilde=a).values)) for a in one.alpha_tilde)
    first, last = sweep.rule.values[[0, -1]]
    return st.worst_case(each, 0.0).saying(first=first, last=last)


def tolerance_of_cost(sweep: xr.Dataset) -> Measured:
    """Gradients of {last} divided by those of {first}; {ratios}."""
    one = sweep.sel(alpha_tilde=slice(1.0 / estimates.NEAR, None))
    if not (one.fitted > 0).all():
        return st.no_estimate("a run did not fit: its gradients are those of the budget")
    ratio = (one.ticks.isel(rule=-1) / one.ticks.isel(rule=0)).transpose("alpha_tilde", "seed")
    said = ", ".join(f"{r:.1f}" for r in ratio.mean("seed").values)
    first, last = sweep.rule.values[[0, -1]]
    found = st.of_mean(np.exp(np.log(ratio.values).mean(0)))
    return found.saying(first=first, last=last, ratios=said)


def reparametrised() -> Measured:
    """Largest relative difference of F after 20 steps of descent."""
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
    return st.exact(np.max(off), len(off))


def _descended(net: FC, alpha: float, step: float, x: Any, y: Any) -> np.ndarray:
    """F on the data after 20 steps of gradient descent."""
    w = net.init(jax.random.key(3), x)
    problem = Problem(predictor(net, w, alpha), soft_hinge(), x, y)

    def descend(_: Any, v: Any) -> Any:
        return jax.tree.map(lambda v, g: v - step * g, v, problem.gradient(v).g)

    return np.asarray(problem.outputs(jax.lax.fori_loop(0, 20, descend, problem.predictor.start())))
