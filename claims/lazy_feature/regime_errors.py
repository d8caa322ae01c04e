"""The statistics of claims about errors and variances in both regimes."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float

from analysis.lazy_feature.estimates import (
    FEATURE,
    LAZY,
    against_alpha,
    against_h,
    collapsed,
    ensemble_values,
    halfway,
    one_of,
    plateaus,
    within,
)
from claims.core.register import Measured
from claims.core.statistics import measured, no_estimate, of_mean, resampled, worst_case
from jamming.fits.curves import crossing
from jamming.fits.power import power_law
from jamming.fits.seeds import mean_and_error
from jamming.observables.ensembles import pseudo_values
from sweeps.lazy_feature.experiments import OTHER_SETS

Results = Mapping[str, Any]

REGIMES, FROZEN = "regimes", "regimes-lazy"
# the same of other training points, its widest networks alone
SETS = tuple(f"{FROZEN}-{seed}" for seed in OTHER_SETS)
# deep in feature learning, and deep in lazy learning
DEEP_FEATURE, DEEP_LAZY = 1e-2, 1e4
# widths below leave the scaling
WIDE = 30


def exact(value: float, n: int, text: str) -> Measured:
    """A number without an interval."""
    return Measured(value, None, None, n, text)


def seeds(one: xr.Dataset) -> int:
    """Networks of an ensemble."""
    return int(one.sizes["seed"])


def collapse_of_errors(results: Results) -> Measured:
    """L1a: how far the rescaled errors of the ensembles are from one curve in alpha~."""
    one = one_of(results[REGIMES])
    spread = []
    for h in one.h.values:
        x, y = ensemble_values(one, int(h))
        feature, lazy = plateaus(one, int(h))
        noise = mean_and_error(y[x >= FEATURE[0] / 1.001])[1]
        spread.append(float(np.sqrt(np.mean(noise**2)) / abs(feature - lazy)))
    text = (
        "Root mean square distance of the rescaled errors of ensembles at all widths; a point's own"
        f" standard error is {np.mean(spread):.2f}"
    )
    return exact(collapsed(one), seeds(one), text)


def power_of_crossover(results: Results) -> Measured:
    """L1b: the power of h of the alpha half-way between both errors."""
    one = one_of(results[REGIMES])
    rows, wholes = [], []
    for h in one.h.values:
        feature, lazy = plateaus(one, int(h))
        wholes.append(halfway(one, int(h)).value)
        x, without = against_alpha(one, "ensemble_without", int(h))
        alpha = one.sel(h=h).at_alpha.values.astype(float)
        use = x >= FEATURE[0] / 1.001
        level = (feature + lazy) / 2
        rows.append(
            [crossing(alpha[use], without[use, s : s + 1], level).value for s in range(seeds(one))]
        )
    whole, without = np.array(wholes), np.array(rows)
    text = "Power of h of the alpha at which the ensemble's error is half-way between both regimes"
    if not np.isfinite(whole).all() or len(whole) < 3:
        return no_estimate(f"the errors do not cross at three widths: {text}")
    found = power_law(one.h.values.astype(float), pseudo_values(whole, without))
    at = ", ".join(
        f"{a * h**0.5:.3g}" for a, h in zip(whole, one.h.values.astype(float), strict=True)
    )
    return measured(found.exponent, seeds(one), f"{text}; alpha~ is {at}, chi2 {found.chi2:.1f}")


def lazy_errors(results: Results) -> Measured:
    """L2a: errors of networks less those of their frozen initial kernels, alpha~ of 1e3 and up."""
    one = one_of(results[REGIMES])
    found = []
    for h in one.h.values:
        _, y = against_alpha(one, "error", int(h), LAZY[0])
        kernel = one.kernel_error.sel(h=h).values
        found.append((f"h = {h}", of_mean((y - kernel).mean(0), "")))
    return worst_case(found, 0.0, "Difference of the errors, mean over alpha~ and seeds")


def lazy_outputs(results: Results) -> Measured:
    """L2b: how far outputs of single networks are from those of their frozen kernels."""
    one = one_of(results[REGIMES])
    found = []
    for h in one.h.values:
        x, y = against_alpha(one, "kernel_distance", int(h), LAZY[0])
        found.append((f"h = {h}", of_mean(y[int(x.argmax())].tolist(), "")))
    text = "Relative distance of single outputs at the largest alpha~, mean over networks"
    return worst_case(found, 0.0, text)


def power_of_variance(results: Results) -> Measured:
    """L3: the power of h of Var F in both regimes, widths of 30 and more."""
    one = one_of(results[REGIMES])
    found = []
    for name, a in (("feature", DEEP_FEATURE), ("lazy", DEEP_LAZY)):
        law = power_law(*against_h(one, "deviation", a, WIDE))
        found.append((name, measured(law.exponent, seeds(one), "")))
    return worst_case(found, -1.0, "Power of h of Var F, of the regime that deviates more")


def overlap_of_variance(results: Results) -> Measured:
    """L4: the ratio of h Var F between widths, in the feature regime."""
    one = one_of(results[REGIMES])

    def ratio(low: float, high: float) -> Measured:
        rows = []
        for h in one.h.values[one.h.values >= WIDE]:
            _, y = against_alpha(one, "deviation", int(h), low, high)
            rows.append(int(h) * y.mean(0))  # a number for each seed
        values = np.stack(rows)
        draws = np.random.default_rng(0).integers(0, values.shape[1], (2000, values.shape[1]))
        means = values[:, draws].mean(-1)
        each = means.max(0) / means.min(0)
        whole = values.mean(1)
        return resampled(float(whole.max() / whole.min()), each, seeds(one), "", log=True)

    found, lazy = ratio(*FEATURE), ratio(*LAZY).value
    text = "Largest h Var F by the smallest, mean over alpha~"
    return dataclasses.replace(found, text=text if lazy is None else f"{text}; lazy {lazy:.2f}")


def flat_ensembles(results: Results) -> Measured:
    """L5a: how much the ensemble's error depends on h, by how much that of networks does."""
    one = one_of(results[REGIMES])
    rng = np.random.default_rng(0)
    found = []
    for name, a in (("feature", DEEP_FEATURE), ("lazy", DEEP_LAZY)):
        _, single = against_h(one, "error", a)
        rows = []
        for h in one.h.values:
            x, y = ensemble_values(one, int(h))
            rows.append(y[int(np.abs(np.log(x / a)).argmin())])
        whole = np.stack(rows)  # [h, seeds], its scatter that of the ensemble's error
        spreads = np.ptp(whole.mean(1)), np.ptp(single.mean(1))
        draws = rng.integers(0, seeds(one), (1000, *whole.shape))
        each = [
            np.ptp(np.take_along_axis(whole, d, 1).mean(1))
            / max(np.ptp(np.take_along_axis(single, d, 1).mean(1)), 1e-12)
            for d in draws
        ]
        text = f"{name}: {spreads[0]:.4f} of {spreads[1]:.4f}"
        value = float(spreads[0] / max(spreads[1], 1e-12))
        found.append((text, resampled(value, np.array(each), seeds(one), "", log=True)))
    return worst_case(found, 0.0, "Range over h of the ensemble's error by that of a network's")


def lazy_is_better(results: Results) -> Measured:
    """L5b: ensemble's error of feature less that of lazy learning, in standard errors."""
    return regimes_apart(one_of(results[REGIMES]))


def regimes_apart(one: xr.Dataset) -> Measured:
    """The same of any sweep, for its widest networks."""
    h = int(one.h.values[-1])
    x, y = ensemble_values(one, h)
    feature, lazy = (y[within(x, regime)].mean(0) for regime in (FEATURE, LAZY))
    difference = feature - lazy
    se = float(difference.std(ddof=1) / math.sqrt(difference.size))
    text = (
        f"Ensembles of {seeds(one)}, h = {h}: {feature.mean():.4f} in feature and"
        f" {lazy.mean():.4f} in lazy learning; the difference in standard errors"
    )
    if not se > 0:
        return no_estimate(f"the errors do not scatter: {text}")
    z = float(difference.mean() / se)
    return Measured(z, z - 1.96, z + 1.96, seeds(one), text)


def variance_with_P(results: Results) -> Measured:
    """L16: the power of P of the variance of the widest frozen kernels, over sets of points.

    The law is that of a variance of the order 1/h, which narrow networks exceed: their powers, of
    one set, are said.
    """
    sweep = results[FROZEN]
    P = sweep.P.values.astype(float)
    h = sweep.h.values

    def variance(one: xr.Dataset) -> Float[np.ndarray, "P h seeds"]:
        each = [one_of(one, P=int(p)).kernel_deviation.transpose("h", "seed").values for p in P]
        return np.stack(each)

    first = variance(sweep)
    sets = [variance(results[name])[:, -1].mean(-1) for name in SETS]
    law = power_law(P, np.stack([first[:, -1].mean(-1), *sets], axis=1))
    said = ", ".join(
        f"{power_law(P, first[:, i]).exponent.value:.2f} for h = {width}"
        for i, width in enumerate(h[:-1])
    )
    steep = [power_law(h.astype(float), row).exponent.value for row in first]
    text = (
        f"Power of P of Var F, h = {h[-1]}, {1 + len(sets)} sets of points (of one of them"
        f" {said}); the power of h is {steep[0]:.2f} at P = {P[0]:.0f} and {steep[-1]:.2f} at"
        f" P = {P[-1]:.0f}"
    )
    return measured(law.exponent, 1 + len(sets), text)


def drift(results: Results) -> Measured:
    """L27: at the alpha of the crossover of the middle width, the way from feature to lazy errors.

    The ensemble's error of the narrowest less that of the widest network at one alpha, by the
    difference of the regimes; errors between alpha~ that were run are interpolated.
    """
    one = one_of(results[REGIMES])
    h = [int(n) for n in one.h.values]
    middle = math.sqrt(h[0] * h[-1])
    alpha = halfway(one, min(h, key=lambda n: abs(math.log(n / middle)))).value
    if not math.isfinite(alpha):
        return no_estimate("the errors of the middle width do not cross")
    ends = []
    for width in (h[0], h[-1]):
        x, y = ensemble_values(one, width)
        at = math.log(alpha * math.sqrt(width))
        ends.append(np.array([np.interp(at, np.log(x), column) for column in y.T]))
    gap = float(np.mean([a - b for a, b in (plateaus(one, n) for n in h)]))
    found = of_mean((ends[0] - ends[1]) / gap, "")
    text = (
        f"Share of the way from feature to lazy errors between h = {h[0]} and {h[-1]} at alpha ="
        f" {alpha:.2g}: {ends[0].mean():.4f} and {ends[1].mean():.4f}"
    )
    return Measured(found.value, found.low, found.high, found.n, text)
