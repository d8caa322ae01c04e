"""From "which seeds fitted at which N" to N*, and from N*(P) to its exponent, with intervals.

The probability to fit is modelled as p(N) = 1 / (1 + exp(-(ln N - ln N*) / s)), by maximum
likelihood on a grid. Where the seeds separate completely (all fail below, all fit above) the
likelihood is flat between the two widths: N* is then any value between them, their geometric
mean the estimate, and the interval says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import special

from jamming.checks.arguments import LARGEST_SEED, numbers, whole
from jamming.checks.arrays import ArrayLike, finite
from jamming.checks.errors import BadInput
from jamming.fits.seeds import Interval, nested, small_sample_factor

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate(Interval):
    """A value, its 95 % interval, the bootstrap samples behind it and how many seeds they had."""

    samples: Float[np.ndarray, " B"]
    seeds: int = 1


def _estimate(value: float, samples: Float[np.ndarray, " B"], seeds: int) -> Estimate:
    """The expanded percentile interval: percentiles are moved by `small_sample_factor`."""
    tail = (1 - CONFIDENCE) / 2
    if seeds > 1:
        tail = special.ndtr(special.ndtri(tail) * small_sample_factor(seeds, 1, CONFIDENCE))
    low, high = np.quantile(samples, [tail, 1 - tail])
    return Estimate(value, float(min(low, value)), float(max(high, value)), samples, seeds)


def transition(
    N: ArrayLike, fitted: ArrayLike, *, samples: int = 1000, seed: int = 0, sets: int = 1
) -> Estimate:
    """N* where the probability to fit crosses 1/2, bootstrapped over the S seeds.

    N [K] in any order, and whether each seed fits there, [K, S]. A seed's runs at all widths are
    resampled together, as they share data. With several training sets, of S / `sets` seeds each
    beside one another, sets are resampled, then their seeds (`jamming.fits.seeds.nested`).
    Deterministic for a given `seed`. Raises BadInput for fewer than two different N > 0, other
    shapes, `fitted` that is not true and false, and sets that do not divide S.
    """
    x = np.log(numbers("N", N, above=0.0))
    fitted = np.asarray(finite(fitted, "fitted", len(x), "S"))
    if not np.isin(fitted, (0, 1)).all():
        raise BadInput("fitted says of each seed whether it fits: give True or False, [N, seeds]")
    if len(x) < 2 or len(np.unique(x)) < len(x):
        raise BadInput("a transition lies between different N: give two or more, each once")
    if fitted.all() or not fitted.any():
        said = "all" if fitted.size and fitted.all() else "none"
        raise BadInput(f"{said} of the runs fit: a transition has N that fit and N that do not")
    samples, seed = whole("samples", samples), whole("seed", seed, least=0, most=LARGEST_SEED)
    order = np.argsort(x)
    x, fitted = x[order], fitted[order].astype(int)
    rng = np.random.default_rng(seed)
    S = fitted.shape[1]
    if S % whole("sets", sets):
        raise BadInput(f"{S} seeds are not {sets} training sets of as many seeds each")
    if sets == 1:
        weights = rng.multinomial(S, np.full(S, 1 / S), size=samples)  # how often each is drawn
    else:
        drawn = nested(sets, S // sets, samples, rng)
        weights = (drawn[:, :, None] == np.arange(S)).sum(1)
    fits = np.concatenate([[fitted.sum(1)], weights @ fitted.T])  # [1 + B, K]

    # the largest ln N with a failure and the smallest with a fit, separated where it is below
    low = np.maximum(np.where(fits < S, x, -np.inf).max(1), x[0])
    high = np.minimum(np.where(fits > 0, x, np.inf).min(1), x[-1])
    with_noise = low + rng.uniform(size=len(low)) * (high - low)
    with_noise[0] = (low[0] + high[0]) / 2
    ln_n = np.where(low < high, with_noise, _most_likely(x, fits, S))
    return _estimate(float(np.exp(ln_n[0])), np.exp(ln_n[1:]), sets if sets > 1 else S)


def _most_likely(
    x: Float[np.ndarray, " K"], fits: Int[np.ndarray, "B K"], S: int
) -> Float[np.ndarray, " B"]:
    """ln N* on a grid, for each row of how many of the S seeds fit."""
    span = max(x[-1] - x[0], 1e-9)
    m = np.linspace(x[0], x[-1], 401)
    s = np.geomspace(span / 100, 2 * span, 25)
    logit = (x - m[:, None, None]) / s[:, None]  # [m, s, K]
    ln_p, ln_q = -np.logaddexp(0, -logit), -np.logaddexp(0, logit)
    rows, which = np.unique(fits, axis=0, return_inverse=True)  # few of all are distinct
    shape = (-1, len(x))
    likelihood = rows @ ln_p.reshape(shape).T + (S - rows) @ ln_q.reshape(shape).T
    return m[likelihood.argmax(1) // len(s)][which.ravel()]


def exponent(P: ArrayLike, n_star: Sequence[Estimate]) -> Estimate:
    """The a of N* ~ P^a: least squares in logarithms, refitted to every sample; P [n]."""
    ln_p = np.log(numbers("P", P, above=0.0))
    if len(np.unique(ln_p)) < 2:
        raise BadInput("an exponent needs two different P at least: measure N* at another one")
    if len(n_star) != len(ln_p) or len({np.size(e.samples) for e in n_star}) > 1:
        raise BadInput(f"{len(ln_p)} values of P need as many estimates, of as many samples")
    centred = (ln_p - ln_p.mean()) / ((ln_p - ln_p.mean()) ** 2).sum()
    value = float(centred @ np.log([e.value for e in n_star]))
    samples = centred @ np.log([e.samples for e in n_star])
    return _estimate(value, samples, min(e.seeds for e in n_star))
