"""The statistics of claims about how the test error approaches its limit as N grows."""

import math

import numpy as np

from analysis.double_descent.estimates import (
    ASYMPTOTIC,
    PAST,
    average_rows,
    averages,
    beyond,
    ensemble_rows,
    excess_rows,
    large,
    rows,
)
from claims.core.curves import at, of_curves
from claims.core.register import Measured
from claims.core.statistics import measured, no_estimate, of_runs
from claims.double_descent.descents import DESCENT, Results, first, scan, seeds
from jamming.checks.errors import BadInput
from jamming.fits.interval import Interval
from jamming.fits.power import corrected, power_law, with_floor
from jamming.fits.seeds import mean_and_error, mean_over_seeds

# networks of which the papers take the average
AVERAGED = 20
AVERAGES, DIFFERENCE = "descent-averages", "descent-difference"


def asymptotic_error(results: Results) -> Measured:
    """S1: B_0 of eps_N = eps_inf + B_0 N^(-1/2) + B_1 N^(-3/4)."""
    past = beyond(scan(results), ASYMPTOTIC)
    text = f"B_0, for N above {first(past):.0f}"
    try:
        law = corrected(past.N.values, rows(past, "test_error"))
    except BadInput as problem:
        return no_estimate(f"{text}: {problem}")
    floor, B_1 = law.floor, law.prefactors[1]
    text += (
        f"; eps_inf = {floor.value:.3f} [{floor.low:.3f}, {floor.high:.3f}],"
        f" B_1 = {B_1.value:.2g} [{B_1.low:.2g}, {B_1.high:.2g}],"
        f" chi^2 per degree of freedom {law.chi2:.1f}"
    )
    return measured(law.prefactors[0], seeds(past), text)


def asymptotic_fit(results: Results) -> Measured:
    """S1: chi^2 per degree of freedom of that form."""
    past = beyond(scan(results), ASYMPTOTIC)
    text = f"chi^2 per degree of freedom of the form of S1, N above {first(past):.0f}"
    try:
        law = corrected(past.N.values, rows(past, "test_error"))
    except BadInput as problem:
        return no_estimate(f"{text}: {problem}")
    if math.isnan(law.chi2):
        return no_estimate(f"{text}: fewer than three networks of a width")
    return Measured(law.chi2, None, None, seeds(past), text)


def flat_ensemble(results: Results, name: str = DESCENT) -> Measured:
    """S2: spread of the ensemble's error over [2 N*, 100 N*], by that of one network."""
    past = beyond(scan(results, name), 2.0, 120.0)
    single, ensemble = rows(past, "test_error"), average_rows(past, AVERAGED)
    text = (
        f"Spread over N from 2 N* of the error of the average of {AVERAGED}, by that of one network"
    )
    if past.sizes["h"] < 4:
        return no_estimate(f"{text}: too few widths")
    return of_curves(lambda a, b: float(np.ptp(b) / np.ptp(a)), text, single, ensemble)


def subleading(results: Results) -> Measured:
    """S2: the error of the average beyond 30 N* less that from 2 N* to 10 N*."""
    one = scan(results)
    ratio = one.N.values / float(one.n_star)
    near, far = (ratio >= 2) & (ratio <= 10), ratio >= 30
    text = f"Error of the average of {AVERAGED} beyond 30 N* less that between 2 and 10 N*"
    if not near.any() or not far.any():
        return no_estimate(f"{text}: no such widths")
    y = average_rows(one, AVERAGED)
    return of_curves(lambda y: float(y[far].mean() - y[near].mean()), text, y)


def average_error(results: Results) -> Measured:
    """S3: b of eps^n = eps_bar + A n^b."""
    of = averages(scan(results, AVERAGES))
    law = with_floor(of.n, of.error)
    return measured(
        law.exponent,
        of.error.shape[1],
        f"Exponent of the error in n; eps_bar = {law.floor.value:.4f}, N = {of.N:.0f},"
        f" chi^2 {law.chi2:.1f}; n is the number of independent groups",
    )


def average_delta(results: Results) -> Measured:
    """S3: b of delta ~ n^b."""
    of = averages(scan(results, AVERAGES))
    law = power_law(of.n, of.delta)
    text = f"Exponent of delta in n, N = {of.N:.0f}, chi^2 {law.chi2:.1f}"
    return measured(law.exponent, of.delta.shape[1], text)


def error_with_delta_of_averages(results: Results) -> Measured:
    """S3: b of eps^n - eps_bar ~ delta^b."""
    of = averages(scan(results, AVERAGES))
    law = with_floor(mean_over_seeds(of.delta), of.error)
    text = f"Exponent of the error in delta, n = {of.n[0]:g} to {of.n[-1]:g}, N = {of.N:.0f}"
    return measured(law.exponent, of.error.shape[1], text)


def error_with_delta(results: Results) -> Measured:
    """S6: b of eps_N = eps_inf + D_0 delta^b."""
    past = beyond(scan(results), PAST)
    try:
        law = with_floor(np.nanmedian(rows(past, "delta"), 1), rows(past, "test_error"))
    except BadInput as problem:
        return no_estimate(str(problem))
    text = f"Exponent of the error in delta, N > {first(past):.0f}; eps_inf = {law.floor.value:.3f}"
    return measured(law.exponent, seeds(past), text)


def excess(results: Results) -> Measured:
    """S8: b of eps_N - eps_bar_N ~ N^b beyond 10 N*."""
    past = large(scan(results))
    if past.sizes["h"] < 3:
        return no_estimate("fewer than three widths beyond 10 N*")
    law = power_law(past.N.values, excess_rows(past))
    text = (
        f"Exponent in N of what averaging takes off the error, beyond 10 N*; chi^2 {law.chi2:.1f}"
    )
    return measured(law.exponent, seeds(past), text)


def differences(results: Results) -> Measured:
    """S17: the exponent of the variance where f - f_0 is trained, less that of f."""
    other = scan(results, DIFFERENCE)
    parts = [large(one) for one in (scan(results), other)]
    if min(part.sizes["h"] for part in parts) < 3:
        return no_estimate("fewer than three widths beyond 10 N*")
    laws = [power_law(x.N.values, rows(x, "deviation_test")).exponent for x in parts]
    spread = flat_ensemble(results, DIFFERENCE)
    said = "unknown" if spread.value is None else f"{spread.value:.2f}"
    text = (
        f"Exponent of the variance, trained on f - f_0 ({laws[1].value:.2f}) less trained on f"
        f" ({laws[0].value:.2f}); spread of the average's error by one network's: {said}"
    )
    half = math.hypot(*((law.high - law.low) / 2 for law in laws))
    value = laws[1].value - laws[0].value
    return measured(Interval(value, value - half, value + half), seeds(other), text)


def self_averaging(results: Results) -> Measured:
    """S18: scatter of the error over networks, by the distance to that of the average."""
    past = beyond(scan(results), 1.5, 20.0)
    text = "Median over N from 1.5 to 20 N* of the scatter of errors by what averaging takes off"
    errors, gap = rows(past, "test_error"), excess_rows(past)
    scatter = mean_and_error(errors)[1] * np.sqrt((~np.isnan(errors)).sum(1))
    ratio = scatter / mean_over_seeds(gap)
    return of_runs(ratio.tolist(), f"{text}; n counts widths")


def budget(results: Results) -> Measured:
    """S18: error of an average slightly past N* less that of one network of the same total size."""
    one = scan(results)
    some = beyond(one, 2.0, 4.0)
    if not some.sizes["h"]:
        return no_estimate("no width between 2 and 4 N*")
    N = one.N.values
    if not np.isfinite(some.ensemble_error.values).all():
        return no_estimate("the error of the average is not known at every width")
    best = some.isel(h=int(np.argmin(some.ensemble_error.values)))
    n = int(np.isfinite(best.test_error.values).sum())
    total = n * float(best.N)
    text = (
        f"Error of the average of {n} networks of N = {float(best.N):.0f}, less that of one of"
        f" N = {total:.0f}"
    )
    there = int(np.flatnonzero(N == float(best.N))[0])
    return of_curves(
        lambda average, single: float(average[there]) - at(N, single, total),
        text,
        ensemble_rows(one),
        rows(one, "test_error"),
    )
