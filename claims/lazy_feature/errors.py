"""The statistics of claims about errors and variances in both regimes."""

import math

import numpy as np
import xarray as xr

from analysis.lazy_feature import estimates
from analysis.lazy_feature.estimates import DEEP, FEATURE, LAZY, against_alpha, one_of, seeds
from claims.core import statistics as st
from claims.core.register import Measured
from jamming.fits.power import power_law
from jamming.fits.seeds import mean_and_error
from jamming.observables.ensembles import pseudo_values


def collapse_of_errors(sweep: xr.Dataset) -> Measured:
    """Root mean square distance of the rescaled errors of ensembles at all widths; a point's own
    standard error is {noise:.2f}."""
    one = one_of(sweep)
    noises = []
    for h in estimates.widths(one, 1):
        feature, lazy = estimates.plateaus(one, h)
        _, noise = mean_and_error(against_alpha(one, "ensemble", h, FEATURE[0])[1])
        noises.append(float(np.sqrt(np.mean(noise**2)) / abs(feature - lazy)))
    whole = estimates.collapsed(one)
    without = [
        estimates.collapsed(one.assign(ensemble=one.ensemble_without.isel(seed=[k])))
        for k in range(seeds(one))
    ]
    found = st.of_mean(pseudo_values(whole, np.array(without)))
    return found.saying(noise=np.mean(noises))


def lazy_errors(sweep: xr.Dataset) -> Measured:
    """Difference of the errors, mean over alpha~ and seeds."""
    one = one_of(sweep)
    one = one.assign(off=one.error - one.kernel_error)
    each = estimates.by_width(one, "off", LAZY[0], least=1)
    return st.worst_case(((h, st.of_mean(y.mean(0))) for h, (_, y) in each.items()), 0.0)


def lazy_outputs(sweep: xr.Dataset) -> Measured:
    """Relative distance of single outputs at the largest alpha~, mean over networks."""
    each = estimates.by_width(one_of(sweep), "kernel_distance", LAZY[0], least=1)
    return st.worst_case(((h, st.of_mean(y[-1])) for h, (_, y) in each.items()), 0.0)


def power_of_variance(sweep: xr.Dataset) -> Measured:
    """Power of h of Var F, of the regime that deviates more."""
    one = one_of(sweep)
    found = []
    for name, a in DEEP.items():
        law = power_law(*estimates.against_h(one, "deviation", a, estimates.WIDE))
        found.append((name, st.measured(law.exponent, seeds(one))))
    return st.worst_case(found, -1.0)


def overlap_of_variance(sweep: xr.Dataset) -> Measured:
    """Largest h Var F divided by the smallest, mean over alpha~{lazy}."""
    one = one_of(sweep)

    def ratio(low: float, high: float) -> Measured:
        h = estimates.widths(one)
        each = [n * against_alpha(one, "deviation", n, low, high)[1].mean(0) for n in h]
        values = np.stack(each)  # a number for each seed

        def of(runs: np.ndarray) -> float:
            means = values[:, runs].mean(-1)
            return float(means.max() / means.min())

        return st.at_least(st.bootstrap(of, seeds(one), log=True), 1.0)

    found, lazy = ratio(*FEATURE), ratio(*LAZY).value
    return found.saying(lazy="" if lazy is None else f"; lazy {lazy:.2f}")


def flat_ensembles(sweep: xr.Dataset) -> Measured:
    """Error of an ensemble at the largest minus that at the smallest width, of the regime in which
    it differs more."""
    # of infinitely many networks, to first order in 1/m of the m on a training set
    one, m = one_of(sweep), int(sweep.attrs["seeds"])
    found = []
    for name, a in DEEP.items():
        _, whole = estimates.against_h(one, "ensemble", a)
        if "ensemble_of_fewer" in one:
            whole = whole + (m - 1) * (whole - estimates.against_h(one, "ensemble_of_fewer", a)[1])
        found.append((name, st.of_mean(whole[-1] - whole[0])))
    return st.worst_case(found, 0.0)


def variance_with_P(sweep: xr.Dataset) -> Measured:
    """Power of P of Var F, h = {h}, {sets} sets of points (narrower: {powers}); the power of h is
    {steep}.

    Of the widest frozen kernels. The law is that of a variance of the order 1/h, which narrow
    networks exceed: their powers are said.
    """
    P, h = sweep.P.values.astype(float), sweep.h.values
    each = [one_of(sweep, P=int(p)).kernel_deviation.transpose("h", "seed").values for p in P]
    variance = np.stack(each)

    def power(x: np.ndarray, y: np.ndarray) -> float:
        return power_law(x, y).exponent.value

    law = power_law(P, variance[:, -1])
    steep = [f"{power(h.astype(float), variance[i]):.2f} at P = {P[i]:.0f}" for i in (0, -1)]
    narrow = [f"{power(P, variance[:, i]):.2f} for h = {n}" for i, n in enumerate(h[:-1])]
    sets = variance.shape[-1]
    return st.measured(law.exponent, sets).saying(
        h=h[-1],
        sets=sets,
        powers=", ".join(narrow),
        steep=" and ".join(steep),
    )


def drift(sweep: xr.Dataset) -> Measured:
    """Share of the way from feature to lazy errors between h = {first} and {last} at alpha =
    {alpha:.2g}: {narrow:.4f} and {wide:.4f}.

    The ensemble's error of the narrowest minus that of the widest network at the alpha of the
    crossover of the middle width, divided by the difference of the regimes; interpolated in alpha~.
    """
    one = one_of(sweep)
    h = estimates.widths(one, 1)
    middle = math.sqrt(h[0] * h[-1])
    alpha = estimates.halfway(one, min(h, key=lambda n: abs(math.log(n / middle)))).value
    if not math.isfinite(alpha):
        return st.no_estimate("the errors of the middle width do not cross")
    ends = []
    for width in (h[0], h[-1]):
        x, y = against_alpha(one, "ensemble", width)
        at = math.log(alpha * math.sqrt(width))
        ends.append(np.array([np.interp(at, np.log(x), column) for column in y.T]))
    gap = float(np.mean([a - b for a, b in (estimates.plateaus(one, n) for n in h)]))
    narrow, wide = (each.mean() for each in ends)
    found = st.of_mean((ends[0] - ends[1]) / gap)
    return found.saying(first=h[0], last=h[-1], alpha=alpha, narrow=narrow, wide=wide)
