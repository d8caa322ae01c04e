"""The statistics of claims about jammed landscapes of `sweeps.transition.landscape`.

`runs` are those on random points, with `deeper` networks where those count as well.
"""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from analysis.transition.estimates import (
    DEEPEST,
    STOPPED,
    depths,
    height_at_jamming,
    measured,
    n_delta,
    near,
)
from claims.core import statistics as st
from claims.core.register import Measured
from jamming.checks.errors import BadInput
from jamming.nstar.config import JAMMED_ABOVE
from jamming.observables.hessian import Spectrum
from sweeps.transition.landscape import Run

Runs = Sequence[Run]

# Runs of a smaller loss have not stopped, those of a larger one are far inside.
SMALL = (STOPPED, 1e-3)


def jammed(runs: Runs, low: float = 0.0, high: float = np.inf) -> list[Run]:
    """Measured runs that have jammed, by the papers' rule, at a loss between both.

    A run with fewer constraints left is about to fit, or has lost a few points for good: those on
    which all neurons of a layer are silent, where the gradient vanishes.
    """
    inside = (run for run in runs if n_delta(run) > JAMMED_ABOVE and run.at is not None)
    return [run for run in inside if low < run.trajectory.loss < high]


def height(runs: Runs, *, low: float = SMALL[0], high: float = SMALL[1]) -> Measured:
    """Median N_Delta/N of the jammed runs with a loss between {low:g} and {high:g}."""
    return st.of_runs(map(n_delta, jammed(runs, low, high))).saying(low=low, high=high)


def height_at_limit(runs: Runs) -> Measured:
    """N_Delta/N = c (1 - a sqrt(L)) where L = 0, of {n} jammed runs of losses below {below:g}."""
    try:
        found = height_at_jamming(runs)
    except BadInput as problem:
        return st.no_estimate(f"{{text}}: {problem}").saying(n="the", below=DEEPEST)
    n = found.x.size
    return st.measured(found.limit, n).saying(n=n, below=DEEPEST)


def hypostatic(runs: Runs, deeper: Runs) -> Measured:
    """Share of runs with a loss below 1e-3; (N_- - N_c)/N is {lower:.2f}."""
    holds, lower = [], []
    for run in jammed([*runs, *deeper], 0.0, SMALL[1]):
        at, N = measured(run), run.trajectory.N
        lower.append((Spectrum(at.H_p).N_minus - at.N_c) / N)
        holds.append(bool(lower[-1] <= (at.delta > 0).sum() / N < 1))
    return st.share(holds).saying(lower=np.mean(lower) if lower else np.nan)


def between(runs: Runs, deeper: Runs) -> Measured:
    """Share of all runs with 4 < N_Delta < 0.4 N."""
    ends = [run.trajectory for run in (*runs, *deeper)]
    return st.share([4 < end.unsatisfied < 0.4 * end.N for end in ends], least=20)


def offset(runs: Runs, deeper: Runs) -> Measured:
    """N_Delta/N of deeper networks minus that of {L} layers at the same loss, divided by it.

    Both are one parabola in the logarithm of the loss, apart by a constant. Intervals are from
    resampled runs of each depth.
    """
    inside = jammed([*runs, *deeper], SMALL[0])
    first, *others = depths(inside) or [0]
    of = {
        L: np.array(
            [(np.log(run.trajectory.loss), n_delta(run)) for run in inside if run.job.L == L]
        )
        for L in (first, *others)
    }
    if not others or min(map(len, of.values()), default=0) < 6:
        return st.no_estimate("{text}: fewer than six jammed runs of a depth, or one depth").saying(
            L=first
        )
    cases = [(f"L = {L}", _apart(of[first], of[L])) for L in others]
    return st.worst_case(cases, 0.0).saying(L=first)


def _apart(one: np.ndarray, other: np.ndarray) -> Measured:
    """The offset of `other` from `one`, both [n, 2] of ln L and N_Delta/N."""

    def of(a: np.ndarray, b: np.ndarray) -> float:
        x, y = np.concatenate([a, b]).T
        u = x - x.mean()
        deeper = np.arange(x.size) >= len(a)
        design = np.stack([np.ones_like(u), u, u**2, deeper], 1)
        return float(np.linalg.lstsq(design, y)[0][3] / a[:, 1].mean())

    n = min(len(one), len(other))
    rng = np.random.default_rng(0)
    each = [
        of(*(e[rng.integers(0, len(e), len(e))] for e in (one, other)))
        for _ in range(st.SAMPLES // 4)
    ]
    return st.resampled(of(one, other), np.array(each), n)


def wrong_with_loss(runs: Runs, deeper: Runs) -> Measured:
    """Rank correlation over jammed runs{most}."""
    ends = [run.trajectory for run in jammed([*runs, *deeper])]
    wrong = [float(end.misclassified) for end in ends]
    small = [end.misclassified for end in ends if end.loss < SMALL[1]]
    most = f"; at most {max(small)} below a loss of 1e-3" if small else ""
    return st.spearman(wrong, [end.loss for end in ends]).saying(most=most)


def scaling_of_H_p(runs: Runs) -> Measured:
    """Power of L of max |lambda(H_p)|, over {decades:.1f} decades of L."""
    # Of runs with a loss below 1e-2: beyond, N_Delta is no longer that of the transition. The
    # median of the slopes of all pairs, as points on which a layer is silent have a loss, and no
    # part in H_p.
    inside = jammed(runs, 0.0, 1e-2)
    losses = np.array([run.trajectory.loss for run in inside])
    sizes = np.array([Spectrum(measured(run).H_p).scale for run in inside])
    decades = float(np.log10(losses.max() / losses.min())) if inside else 0.0
    if len(inside) < 6 or decades < 1.5:
        return st.no_estimate(f"{{text}}: {len(inside)} runs").saying(decades=decades)
    slope, _, low, high = stats.theilslopes(np.log(sizes), np.log(losses))
    return Measured(float(slope), float(low), float(high), len(inside)).saying(decades=decades)


def symmetric(runs: Runs, deeper: Runs, images: Runs) -> Measured:
    """Mean N_-/(N_- + N_+), the one farthest from 1/2."""
    found = []
    for name, each in (("random", [*runs, *deeper]), ("mnist", images)):
        starts = [measured(run).H_p_start for run in each if run.at is not None]
        ends = [measured(run).H_p for run in jammed(each)]
        for when, spectra in (("start", starts), ("end", ends)):
            counts = [(s.N_minus, s.N_minus + s.N_plus) for s in map(Spectrum, spectra)]
            found.append((f"{name}, {when}", st.of_mean([a / b for a, b in counts if b])))
    return st.worst_case(found, 0.5)


def C_0_of_tanh(runs: Runs) -> Measured:
    """Median C_0 of the five jammed runs of the smallest loss."""
    return st.of_runs(Spectrum(measured(run).H_p).C_0 for run in near(runs, 5))


def rank_of_H_0(runs: Runs, deeper: Runs) -> Measured:
    """Mean of rank(H_0)/N_Delta over runs with N_Delta < 0.9 N."""
    ratios = []
    for run in jammed([*runs, *deeper]):
        at = measured(run)
        left = int((at.delta > 0).sum())
        if 0 < left < 0.9 * run.trajectory.N:
            positive = int((at.H_0 > 1e-12 * at.H_0.max()).sum())
            ratios.append(min(positive, left) / left)
    return st.of_mean(ratios)


def negative(runs: Runs) -> Measured:
    """Median share of N of the negative eigenvalues of H, near jamming."""
    ends = [(measured(run).H, run.trajectory.N) for run in near(runs)]
    return st.of_runs((H < -1e-9 * np.abs(H).max()).sum() / N for H, N in ends)


def negative_inside(runs: Runs, *, ratio: float) -> Measured:
    """Median share of N of the negative eigenvalues of H, P/N >= {ratio}; near jamming {near}."""
    # P is rounded to a whole number of points
    far = [run for run in jammed(runs) if run.job.P / run.trajectory.N > ratio - 0.01]
    ends = [(measured(run).H, run.trajectory.N) for run in far]
    found = st.of_runs((H < -1e-9 * np.abs(H).max()).sum() / N for H, N in ends)
    beside = negative(runs).value
    said = "unknown" if beside is None else f"{beside:.3f}"
    return found.saying(ratio=ratio, near=said)


def cusps_a_parameter(runs: Runs) -> Measured:
    """Median N_c/N; without the kink trained and unseen distributions differ by {most}."""
    distances = [float(np.nanmax(measured(run).distance)) for run in near(runs)]
    most = f"{np.median(distances):.3f}" if distances else "unknown"
    return st.of_runs(measured(run).N_c / run.trajectory.N for run in near(runs)).saying(most=most)


def flat_directions(runs: Runs) -> Measured:
    """Median number of zero modes of H_p divided by hidden neurons."""
    modes = ((Spectrum(measured(run).H_p).N_zero, sum(run.job.widths)) for run in near(runs))
    return st.of_runs(zero / neurons for zero, neurons in modes)
