"""The statistics of claims about jammed landscapes of `sweeps.transition.landscape`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from analysis.transition.estimates import STOPPED, depths, gamma, measured, n_delta, near, theta
from claims.core.register import Measured
from claims.core.statistics import (
    no_estimate,
    of_mean,
    of_runs,
    scatter,
    share,
    spearman,
    threshold,
    worst_case,
)
from jamming.checks.errors import BadInput
from jamming.nstar.config import JAMMED_ABOVE
from jamming.observables.gaps import Exponent
from jamming.observables.hessian import Spectrum
from sweeps.transition.landscape import Run

Results = Mapping[str, Any]
Statistic = Callable[[Results], Measured]

RANDOM, DEEP = "landscape-random", "landscape-deep"
TANH, MNIST = "landscape-tanh", "landscape-mnist"
# Runs of a smaller loss have not stopped, those of a larger one are far inside.
SMALL = (STOPPED, 1e-3)


def jammed(runs: Sequence[Run], low: float = 0.0, high: float = np.inf) -> list[Run]:
    """Measured runs that have jammed, by the papers' rule, at a loss between both.

    A run with fewer constraints left is about to fit, or has lost a few points for good: those on
    which all neurons of a layer are silent, where the gradient vanishes.
    """
    return [
        run
        for run in runs
        if n_delta(run) > JAMMED_ABOVE and low < run.trajectory.loss < high and run.at is not None
    ]


def every_depth(results: Results) -> list[Run]:
    """The runs on random points of all depths."""
    return [*results[RANDOM], *results[DEEP]]


def and_deeper(
    results: Results, name: str, statistic: Callable[[Sequence[Run]], Measured]
) -> Measured:
    """Of the runs of one experiment; what deeper networks gave on random points is in the text."""
    found = statistic(results[name])
    if name != RANDOM or not results.get(DEEP):
        return found
    deeper = statistic(results[DEEP])
    said = "no number" if deeper.value is None else f"{deeper.value:.3g}"
    which = " and ".join(f"L = {L}" for L in depths(results[DEEP]))
    return replace(found, text=f"{found.text} ({which}: {said})")


def transition_at(results: Results) -> Measured:
    """J1: P / N* of each depth, the one farthest from the middle of what is accepted."""
    runs = every_depth(results)
    found = [(f"L = {L}", threshold(runs, L)) for L in depths(runs)]
    return worst_case(found, 2.65, "P/N* of the depth that deviates most")


def height(name: str, low: float = SMALL[0], high: float = SMALL[1]) -> Statistic:
    """J2, J10, J17: N_Delta / N of runs that jam at a small loss."""

    def of(runs: Sequence[Run]) -> Measured:
        text = f"Median N_Delta/N of the jammed runs with a loss between {low:g} and {high:g}"
        return of_runs([n_delta(run) for run in jammed(runs, low, high)], text)

    return lambda results: and_deeper(results, name, of)


def hypostatic(results: Results) -> Measured:
    """J3: the share of runs with (N_- - N_c) / N <= N_Delta / N < 1."""
    holds, lower = [], []
    for run in jammed(every_depth(results), 0.0, SMALL[1]):
        at, N = measured(run), run.trajectory.N
        least = (Spectrum(at.H_p).N_minus - at.N_c) / N
        lower.append(least)
        holds.append(bool(least <= (at.delta > 0).sum() / N < 1))
    mean = float(np.mean(lower)) if lower else float("nan")
    return share(holds, f"Share of runs with a loss below 1e-3; (N_- - N_c)/N is {mean:.2f}")


def between(results: Results) -> Measured:
    """J4: the share of runs that end between both outcomes."""
    runs = every_depth(results)
    middle = [4 < run.trajectory.unsatisfied < 0.4 * run.trajectory.N for run in runs]
    return share(middle, "Share of all runs with 4 < N_Delta < 0.4 N", least=20)


def collapse(results: Results) -> Measured:
    """J8: the scatter of N_Delta / N around one curve in the logarithm of the loss."""
    runs = jammed(every_depth(results), SMALL[0])
    x = np.array([np.log10(run.trajectory.loss) for run in runs])
    y = np.array([n_delta(run) for run in runs])
    return scatter(x, y, "Relative scatter around one parabola for all depths")


def wrong_with_loss(results: Results) -> Measured:
    """J9: the rank correlation of misclassified points and the loss."""
    runs = jammed(every_depth(results))
    loss = [run.trajectory.loss for run in runs]
    wrong = [float(run.trajectory.misclassified) for run in runs]
    small = [w for w, x in zip(wrong, loss, strict=True) if x < SMALL[1]]
    most = f"; at most {max(small):.0f} below a loss of 1e-3" if small else ""
    return spearman(wrong, loss, f"Rank correlation over jammed runs{most}")


def scaling_of_H_p(results: Results) -> Measured:
    """J11: the largest factor between max |lambda(H_p)| / sqrt(L) and its median.

    Of runs with a loss below 1e-2: beyond, N_Delta is no longer that of the transition.
    """

    def of(all_runs: Sequence[Run]) -> Measured:
        runs = jammed(all_runs, 0.0, 1e-2)
        losses = np.array([run.trajectory.loss for run in runs])
        sizes = np.array([Spectrum(measured(run).H_p).scale for run in runs])
        decades = float(np.log10(losses.max() / losses.min())) if runs else 0.0
        text = "Largest factor from the median, max |lambda(H_p)|/sqrt(L)"
        if len(runs) < 6 or decades < 1.5:
            return no_estimate(f"{text}: {len(runs)} runs, {decades:.1f} decades of L")
        ratio = sizes / np.sqrt(losses)
        factors = np.exp(np.abs(np.log(ratio / np.median(ratio))))
        said = f"{text}; over {decades:.1f} decades of L, 90 % of runs within"
        most = float(factors.max())
        return Measured(most, None, None, len(runs), f"{said} {np.quantile(factors, 0.9):.2f}")

    return and_deeper(results, RANDOM, of)


def symmetric(results: Results) -> Measured:
    """J12: N_- / (N_- + N_+) of H_p, of random points and images, at the start and at the end."""
    found = []
    for name, all_runs in (("random", every_depth(results)), ("mnist", results[MNIST])):
        runs = [run for run in all_runs if run.at is not None]
        ends = [Spectrum(measured(run).H_p) for run in jammed(runs)]
        starts = [Spectrum(measured(run).H_p_start) for run in runs]
        for when, spectra in (("start", starts), ("end", ends)):
            values = [s.N_minus / (s.N_minus + s.N_plus) for s in spectra if s.N_minus + s.N_plus]
            found.append((f"{name}, {when}", of_mean(values, "")))
    return worst_case(found, 0.5, "Mean N_-/(N_- + N_+), the one farthest from 1/2")


def C_0_of_tanh(results: Results) -> Measured:
    """J13: N_- / N of H_p for the jammed tanh runs of the smallest loss."""
    runs = near(results[TANH], 4)
    text = "Median C_0 of the four jammed runs of the smallest loss"
    return of_runs([Spectrum(measured(run).H_p).C_0 for run in runs], text)


def rank_of_H_0(results: Results) -> Measured:
    """J14: rank(H_0) / N_Delta of the runs with N_Delta well below N."""
    ratios = []
    for run in jammed(every_depth(results)):
        at = measured(run)
        left = int((at.delta > 0).sum())
        if 0 < left < 0.9 * run.trajectory.N:
            positive = (at.H_0 > 1e-12 * at.H_0.max()).sum()
            ratios.append(min(int(positive), left) / left)
    return of_mean(ratios, "Mean of rank(H_0)/N_Delta over runs with N_Delta < 0.9 N")


def negative(name: str) -> Statistic:
    """J15, J16: the share of negative eigenvalues of H next to jamming."""

    def of(runs: Sequence[Run]) -> Measured:
        values = []
        for run in near(runs):
            found = measured(run).H
            below = (found < -1e-9 * np.abs(found).max()).sum()
            values.append(float(below / run.trajectory.N))
        return of_runs(values, "Median share of N of the negative eigenvalues of H, near jamming")

    return lambda results: and_deeper(results, name, of)


def exponent_of_gaps(name: str) -> Statistic:
    """J18, J19, J20: gamma; theta is in the text."""

    def of(all_runs: Sequence[Run]) -> Measured:
        runs = near(all_runs)
        try:
            found = gamma(runs)
        except BadInput as problem:
            return no_estimate(str(problem))
        low, high = sorted((-found.low, -found.high))
        text = (
            f"gamma from {found.n} gaps between {found.lo:g} and {found.hi:g}, largest distance of"
            f" the distributions {found.distance:.2f}; {_theta(runs)}"
        )
        return Measured(-found.value, low, high, len(runs), text)

    return lambda results: and_deeper(results, name, of)


def _theta(runs: Sequence[Run]) -> str:
    try:
        found: Exponent = theta(runs)
    except BadInput as problem:
        return f"theta: {problem}"
    return f"theta = {found.value:.2f} [{found.low:.2f}, {found.high:.2f}], {found.n} overlaps"


def cusps_a_parameter(results: Results) -> Measured:
    """J21: N_c / N next to jamming."""

    def of(all_runs: Sequence[Run]) -> Measured:
        runs = near(all_runs)
        distances = [float(np.nanmax(measured(run).distance)) for run in runs]
        most = f"{np.median(distances):.3f}" if distances else "unknown"
        text = f"Median N_c/N; without the kink trained and unseen distributions differ by {most}"
        return of_runs([measured(run).N_c / run.trajectory.N for run in runs], text)

    return and_deeper(results, RANDOM, of)


def flat_directions(results: Results) -> Measured:
    """J23: zero modes of H_p by hidden neuron."""

    def of(all_runs: Sequence[Run]) -> Measured:
        runs = near(all_runs)
        values = [Spectrum(measured(run).H_p).N_zero / sum(run.job.widths) for run in runs]
        return of_runs(values, "Median number of zero modes of H_p by hidden neuron")

    return and_deeper(results, RANDOM, of)
