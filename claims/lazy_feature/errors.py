"""The statistics of claims about errors and variances in both regimes."""

import dataclasses
import math

import numpy as np
import xarray as xr
from jaxtyping import Float

from analysis.lazy_feature import estimates
from analysis.lazy_feature.estimates import (
    FEATURE,
    LAZY,
    NEAR,
    against_alpha,
    ensemble_values,
    one_of,
)
from claims.core import statistics as st
from claims.core.register import Measured
from claims.lazy_feature.regimes import DEEP, WIDE, by_width, regimes_apart, seeds, widths
from jamming.fits.curves import crossing
from jamming.fits.power import power_law
from jamming.fits.seeds import mean_and_error
from jamming.observables.ensembles import pseudo_values


def collapse_of_errors(sweep: xr.Dataset) -> Measured:
    """L1a: how far the rescaled errors of the ensembles are from one curve in alpha~."""
    one = one_of(sweep)
    noises = []
    for h in widths(one, 1):
        x, y = ensemble_values(one, h)
        feature, lazy = estimates.plateaus(one, h)
        noise = mean_and_error(y[x >= FEATURE[0] / NEAR])[1]
        noises.append(float(np.sqrt(np.mean(noise**2)) / abs(feature - lazy)))
    text = (
        "Root mean square distance of the rescaled errors of ensembles at all widths; a point's own"
        f" standard error is {np.mean(noises):.2f}"
    )
    return st.exact(estimates.collapsed(one), seeds(one), text)


def power_of_crossover(sweep: xr.Dataset) -> Measured:
    """L1b: the power of h of the alpha half-way between both errors."""
    one = one_of(sweep)
    rows, wholes = [], []
    for h in widths(one, 1):
        level = sum(estimates.plateaus(one, h)) / 2
        wholes.append(estimates.halfway(one, h).value)
        x, without = against_alpha(one, "ensemble_without", h)
        use = x >= FEATURE[0] / NEAR
        alpha = one.sel(h=h).at_alpha.values.astype(float)[use]
        rows.append([crossing(alpha, y[:, None], level).value for y in without[use].T])
    text = "Power of h of the alpha at which the ensemble's error is half-way between both regimes"
    whole, h = np.array(wholes), one.h.values.astype(float)
    if not np.isfinite(whole).all() or len(whole) < 3:
        return st.no_estimate(f"the errors do not cross at three widths: {text}")
    law = power_law(h, pseudo_values(whole, np.array(rows)))
    at = ", ".join(f"{a:.3g}" for a in whole * h**0.5)
    return st.measured(law.exponent, seeds(one), f"{text}; alpha~ is {at}, chi2 {law.chi2:.1f}")


def lazy_errors(sweep: xr.Dataset) -> Measured:
    """L2a: errors of networks minus those of their frozen initial kernels, alpha~ from 1e3 on."""
    one = one_of(sweep)

    def off(h: int) -> Measured:
        _, y = against_alpha(one, "error", h, LAZY[0])
        return st.of_mean((y - one.kernel_error.sel(h=h).values).mean(0))

    text = "Difference of the errors, mean over alpha~ and seeds"
    return st.worst_case(by_width(one, off, 1), 0.0, text)


def lazy_outputs(sweep: xr.Dataset) -> Measured:
    """L2b: how far outputs of single networks are from those of their frozen kernels."""
    one = one_of(sweep)

    def off(h: int) -> Measured:
        x, y = against_alpha(one, "kernel_distance", h, LAZY[0])
        return st.of_mean(y[int(x.argmax())])

    text = "Relative distance of single outputs at the largest alpha~, mean over networks"
    return st.worst_case(by_width(one, off, 1), 0.0, text)


def power_of_variance(sweep: xr.Dataset) -> Measured:
    """L3: the power of h of Var F in both regimes, widths of 30 and more."""
    one = one_of(sweep)
    laws = {
        name: power_law(*estimates.against_h(one, "deviation", a, WIDE)) for name, a in DEEP.items()
    }
    found = ((name, st.measured(law.exponent, seeds(one))) for name, law in laws.items())
    return st.worst_case(found, -1.0, "Power of h of Var F, of the regime that deviates more")


def overlap_of_variance(sweep: xr.Dataset) -> Measured:
    """L4: the ratio of h Var F between widths, in the feature regime."""
    one = one_of(sweep)

    def ratio(low: float, high: float) -> Measured:
        each = ((h, against_alpha(one, "deviation", h, low, high)[1]) for h in widths(one))
        values = np.stack([h * y.mean(0) for h, y in each])  # a number for each seed

        def of(runs: np.ndarray) -> float:
            means = values[:, runs].mean(-1)
            return float(means.max() / means.min())

        return st.bootstrap(of, seeds(one), log=True)

    found, lazy = ratio(*FEATURE), ratio(*LAZY).value
    text = "Largest h Var F divided by the smallest, mean over alpha~"
    return dataclasses.replace(found, text=text if lazy is None else f"{text}; lazy {lazy:.2f}")


def flat_ensembles(sweep: xr.Dataset) -> Measured:
    """L5a: the range of the ensemble's error over h, divided by that of the networks' error."""
    one = one_of(sweep)
    rng = np.random.default_rng(0)
    found = []
    for name, a in DEEP.items():
        _, single = estimates.against_h(one, "error", a)
        each = [ensemble_values(one, h) for h in widths(one, 1)]
        # [h, seeds], its scatter that of the ensemble's error
        whole = np.stack([y[int(np.abs(np.log(x / a)).argmin())] for x, y in each])

        def ranges(of: np.ndarray, draws: np.ndarray) -> np.ndarray:
            return np.ptp(np.take_along_axis(of[None], draws, 2).mean(2), axis=1)

        every = np.broadcast_to(np.arange(seeds(one)), (1, *whole.shape))
        draws = rng.integers(0, seeds(one), (1000, *whole.shape))
        (many,), (of_one,) = ranges(whole, every), ranges(single, every)
        samples = ranges(whole, draws) / np.maximum(ranges(single, draws), 1e-12)
        value = float(many / max(of_one, 1e-12))
        said = f"{name}: {many:.4f} of {of_one:.4f}"
        found.append((said, st.resampled(value, samples, seeds(one), log=True)))
    text = "Range over h of the ensemble's error divided by that of a network's"
    return st.worst_case(found, 0.0, text)


def lazy_is_better(sweep: xr.Dataset) -> Measured:
    """L5b, L24a: ensemble's error of feature minus that of lazy learning, in standard errors."""
    return regimes_apart(one_of(sweep))


def variance_with_P(sweep: xr.Dataset, *others: xr.Dataset) -> Measured:
    """L16: the power of P of the variance of the widest frozen kernels, over sets of points.

    The law is that of a variance of the order 1/h, which narrow networks exceed: their powers, of
    one set, are in the text. `others`: the same of other points, of the widest networks alone.
    """
    P, h = sweep.P.values.astype(float), sweep.h.values

    def variance(one: xr.Dataset) -> Float[np.ndarray, "P h seeds"]:
        each = [one_of(one, P=int(p)).kernel_deviation.transpose("h", "seed").values for p in P]
        return np.stack(each)

    def power(x: np.ndarray, y: np.ndarray) -> float:
        return power_law(x, y).exponent.value

    first = variance(sweep)
    sets = [each[:, -1].mean(-1) for each in (first, *map(variance, others))]
    law = power_law(P, np.stack(sets, axis=1))
    said = ", ".join(f"{power(P, first[:, i]):.2f} for h = {n}" for i, n in enumerate(h[:-1]))
    steep = [f"{power(h.astype(float), first[i]):.2f} at P = {P[i]:.0f}" for i in (0, -1)]
    text = (
        f"Power of P of Var F, h = {h[-1]}, {len(sets)} sets of points (of one of them {said}); the"
        f" power of h is {' and '.join(steep)}"
    )
    return st.measured(law.exponent, len(sets), text)


def drift(sweep: xr.Dataset) -> Measured:
    """L27: at the alpha of the crossover of the middle width, the way from feature to lazy errors.

    The ensemble's error of the narrowest minus that of the widest network at one alpha, divided by
    the difference of the regimes; errors between alpha~ that were run are interpolated.
    """
    one = one_of(sweep)
    h = widths(one, 1)
    middle = math.sqrt(h[0] * h[-1])
    alpha = estimates.halfway(one, min(h, key=lambda n: abs(math.log(n / middle)))).value
    if not math.isfinite(alpha):
        return st.no_estimate("the errors of the middle width do not cross")
    ends = []
    for width in (h[0], h[-1]):
        x, y = ensemble_values(one, width)
        at = math.log(alpha * math.sqrt(width))
        ends.append(np.array([np.interp(at, np.log(x), column) for column in y.T]))
    gap = float(np.mean([a - b for a, b in (estimates.plateaus(one, n) for n in h)]))
    text = (
        f"Share of the way from feature to lazy errors between h = {h[0]} and {h[-1]} at alpha ="
        f" {alpha:.2g}: {ends[0].mean():.4f} and {ends[1].mean():.4f}"
    )
    return st.of_mean((ends[0] - ends[1]) / gap, text)
