"""The statistics of claims about jammed landscapes of `sweeps.transition.landscape`.

`runs` are those on random points, with `deeper` networks where those count as well.
"""

from collections.abc import Callable, Sequence

import numpy as np

from analysis.transition.estimates import STOPPED, depths, gamma, measured, n_delta, near, theta
from claims.core import statistics as st
from claims.core.register import Measured
from jamming.checks.errors import BadInput
from jamming.fits.logistic import transition
from jamming.nstar.config import JAMMED_ABOVE
from jamming.observables.hessian import Spectrum
from sweeps.transition.endpoint import Endpoint
from sweeps.transition.landscape import Run

Runs = Sequence[Run]

# Runs of a smaller loss have not stopped, those of a larger one are far inside.
SMALL = (STOPPED, 1e-3)


def jammed(runs: Runs, low: float = 0.0, high: float = np.inf) -> list[Run]:
    """Measured runs that have jammed, by the papers' rule, at a loss between both.

    A run with fewer constraints left is about to fit, or has lost a few points for good: those on
    which all neurons of a layer are silent, where the gradient vanishes.
    """
    return [
        run
        for run in runs
        if n_delta(run) > JAMMED_ABOVE and low < run.trajectory.loss < high and run.at is not None
    ]


def _median_near(of: Callable[[Run, Endpoint], float], text: str, runs: Runs) -> Measured:
    """The median over the runs next to jamming."""
    return st.of_runs([of(run, measured(run)) for run in near(runs)], text)


def transition_at(runs: Runs, deeper: Runs) -> Measured:
    """J1: P / N* of each depth, the one farthest from the middle of what is accepted."""
    every = [*runs, *deeper]
    found = [(f"L = {L}", threshold(every, L)) for L in depths(every)]
    return st.worst_case(found, 2.65, "P/N* of the depth that deviates most")


def threshold(runs: Runs, L: int) -> Measured:
    """P / N* of a depth, where half of the seeds fit, from a scan of P at fixed N.

    By the papers' rule: one with N_Delta > 0.1 N is jammed.
    """
    cells: dict[int, dict[int, bool]] = {}
    mine = [run for run in runs if run.job.L == L]
    for run in mine:
        cells.setdefault(run.job.P, {})[run.job.init_seed] = n_delta(run) <= JAMMED_ABOVE
    if not cells:
        return st.no_estimate(f"no runs of L = {L}")
    seeds = max(map(len, cells.values()))
    # those of all seeds; N / P ascends
    whole = {P: cells[P] for P in sorted(cells, reverse=True) if len(cells[P]) == seeds}
    ratio = np.array(list(whole), float) / mine[0].trajectory.N
    fits = np.array([[cell[seed] for seed in sorted(cell)] for cell in whole.values()])
    mean = fits.mean(1)
    if not mean.min() < 0.5 <= mean.max():
        said = "all" if mean.min() >= 0.5 else "none"
        return st.no_estimate(
            f"{said} of the P/N between {ratio.min():.2f} and {ratio.max():.2f} fit"
        )
    size = transition(1 / ratio, fits)
    return Measured(1 / size.value, 1 / size.high, 1 / size.low, fits.size, f"L = {L}")


def height(runs: Runs, *, low: float = SMALL[0], high: float = SMALL[1]) -> Measured:
    """J2, J10, J17: N_Delta / N of runs that jam at a small loss."""
    text = f"Median N_Delta/N of the jammed runs with a loss between {low:g} and {high:g}"
    return st.of_runs(map(n_delta, jammed(runs, low, high)), text)


def hypostatic(runs: Runs, deeper: Runs) -> Measured:
    """J3: the share of runs with (N_- - N_c) / N <= N_Delta / N < 1."""
    holds, lower = [], []
    for run in jammed([*runs, *deeper], 0.0, SMALL[1]):
        at, N = measured(run), run.trajectory.N
        lower.append((Spectrum(at.H_p).N_minus - at.N_c) / N)
        holds.append(bool(lower[-1] <= (at.delta > 0).sum() / N < 1))
    mean = float(np.mean(lower)) if lower else float("nan")
    return st.share(holds, f"Share of runs with a loss below 1e-3; (N_- - N_c)/N is {mean:.2f}")


def between(runs: Runs, deeper: Runs) -> Measured:
    """J4: the share of runs that end between both outcomes."""
    ends = [run.trajectory for run in (*runs, *deeper)]
    middle = [4 < end.unsatisfied < 0.4 * end.N for end in ends]
    return st.share(middle, "Share of all runs with 4 < N_Delta < 0.4 N", least=20)


def collapse(runs: Runs, deeper: Runs) -> Measured:
    """J8: the scatter of N_Delta / N around one curve in the logarithm of the loss."""
    inside = jammed([*runs, *deeper], SMALL[0])
    x = np.array([np.log10(run.trajectory.loss) for run in inside])
    y = np.array([n_delta(run) for run in inside])
    return st.scatter(x, y, "Relative scatter around one parabola for all depths")


def wrong_with_loss(runs: Runs, deeper: Runs) -> Measured:
    """J9: the rank correlation of misclassified points and the loss."""
    ends = [run.trajectory for run in jammed([*runs, *deeper])]
    wrong = [float(end.misclassified) for end in ends]
    small = [end.misclassified for end in ends if end.loss < SMALL[1]]
    most = f"; at most {max(small)} below a loss of 1e-3" if small else ""
    return st.spearman(wrong, [e.loss for e in ends], f"Rank correlation over jammed runs{most}")


def scaling_of_H_p(runs: Runs) -> Measured:
    """J11: the largest factor between max |lambda(H_p)| / sqrt(L) and its median.

    Of runs with a loss below 1e-2: beyond, N_Delta is no longer that of the transition.
    """
    inside = jammed(runs, 0.0, 1e-2)
    losses = np.array([run.trajectory.loss for run in inside])
    sizes = np.array([Spectrum(measured(run).H_p).scale for run in inside])
    decades = float(np.log10(losses.max() / losses.min())) if inside else 0.0
    text = "Largest factor from the median, max |lambda(H_p)|/sqrt(L)"
    if len(inside) < 6 or decades < 1.5:
        return st.no_estimate(f"{text}: {len(inside)} runs, {decades:.1f} decades of L")
    ratio = sizes / np.sqrt(losses)
    factors = np.exp(np.abs(np.log(ratio / np.median(ratio))))
    most = f"90 % of runs within {np.quantile(factors, 0.9):.2f}"
    return st.exact(factors.max(), len(inside), f"{text}; over {decades:.1f} decades of L, {most}")


def symmetric(runs: Runs, deeper: Runs, images: Runs) -> Measured:
    """J12: N_- / (N_- + N_+) of H_p, of random points and images, at the start and at the end."""
    found = []
    for name, each in (("random", [*runs, *deeper]), ("mnist", images)):
        starts = [measured(run).H_p_start for run in each if run.at is not None]
        ends = [measured(run).H_p for run in jammed(each)]
        for when, spectra in (("start", starts), ("end", ends)):
            counts = [(s.N_minus, s.N_minus + s.N_plus) for s in map(Spectrum, spectra)]
            found.append((f"{name}, {when}", st.of_mean([a / b for a, b in counts if b])))
    return st.worst_case(found, 0.5, "Mean N_-/(N_- + N_+), the one farthest from 1/2")


def C_0_of_tanh(runs: Runs) -> Measured:
    """J13: N_- / N of H_p for the jammed tanh runs of the smallest loss."""
    text = "Median C_0 of the four jammed runs of the smallest loss"
    return st.of_runs([Spectrum(measured(run).H_p).C_0 for run in near(runs, 4)], text)


def rank_of_H_0(runs: Runs, deeper: Runs) -> Measured:
    """J14: rank(H_0) / N_Delta of the runs with N_Delta well below N."""
    ratios = []
    for run in jammed([*runs, *deeper]):
        at = measured(run)
        left = int((at.delta > 0).sum())
        if 0 < left < 0.9 * run.trajectory.N:
            positive = int((at.H_0 > 1e-12 * at.H_0.max()).sum())
            ratios.append(min(positive, left) / left)
    return st.of_mean(ratios, "Mean of rank(H_0)/N_Delta over runs with N_Delta < 0.9 N")


def negative(runs: Runs) -> Measured:
    """J15, J16: the share of negative eigenvalues of H next to jamming."""
    return _median_near(
        lambda run, at: float((at.H < -1e-9 * np.abs(at.H).max()).sum() / run.trajectory.N),
        "Median share of N of the negative eigenvalues of H, near jamming",
        runs,
    )


def exponent_of_gaps(runs: Runs) -> Measured:
    """J18, J19, J20: gamma; theta is in the text."""
    inside = near(runs)
    found = gamma(inside)
    try:
        other = theta(inside)
        said = f"{other.value:.2f} [{other.low:.2f}, {other.high:.2f}], {other.n} overlaps"
    except BadInput as problem:
        said = str(problem)
    text = (
        f"gamma from {found.n} gaps between {found.lo:g} and {found.hi:g}, largest distance of"
        f" the distributions {found.distance:.2f}; theta: {said}"
    )
    return Measured(-found.value, -found.high, -found.low, len(inside), text)


def cusps_a_parameter(runs: Runs) -> Measured:
    """J21: N_c / N next to jamming."""
    distances = [float(np.nanmax(measured(run).distance)) for run in near(runs)]
    most = f"{np.median(distances):.3f}" if distances else "unknown"
    text = f"Median N_c/N; without the kink trained and unseen distributions differ by {most}"
    return _median_near(lambda run, at: at.N_c / run.trajectory.N, text, runs)


def flat_directions(runs: Runs) -> Measured:
    """J23: zero modes of H_p divided by hidden neurons."""
    return _median_near(
        lambda run, at: Spectrum(at.H_p).N_zero / sum(run.job.widths),
        "Median number of zero modes of H_p divided by hidden neurons",
        runs,
    )
