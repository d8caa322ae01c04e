"""Test errors of several networks against their stability: correlations and the power law.

Of log-averages over seeds, as in Petrini, Favero, Geiger & Wyart, *Relative stability toward
diffeomorphisms indicates performance in deep nets*, 2021, Sec. 4 and Table 2. Networks are
resampled, and independently the seeds, of which all networks have the same, as their training sets.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from jaxtyping import Float

from jamming.fits.seeds import Interval, interval, small_sample_factor
from sweeps.deformations.initial import MEAN, QUANTITIES

SAMPLES = 2000
LEVEL = 0.95

Samples = Float[np.ndarray, " samples"]


@dataclass(frozen=True)
class Relation:
    """What n networks say, each number [1 + samples]: of all of them, then of resampled ones.

    `r`: the correlations of log eps with log D_f, log 1/G_f ("G") and log R_f; `slope`: s of the
    least-squares law eps ~ R_f^s; `prefactor`: a of eps = a sqrt(R_f).
    """

    r: dict[str, Samples]
    slope: Samples
    prefactor: Samples
    networks: int

    def correlation(self, name: str) -> Interval:
        """With an interval in Fisher's atanh(r), so that it ends before 1."""
        z = np.arctanh(np.clip(self.r[name], -1 + 1e-12, 1 - 1e-12))
        found = self.of(z)
        return Interval(*(float(np.tanh(x)) for x in (found.value, found.low, found.high)))

    def of(self, each: Samples, *, log: bool = False) -> Interval:
        """The number of all networks, with an interval that two fitted numbers leave."""
        factor = small_sample_factor(self.networks, 2, LEVEL)
        return interval(float(each[0]), each[1:], factor, LEVEL, log=log)


def relation(one: xr.Dataset, *, mean: bool = False) -> Relation:
    """The `Relation` of trained networks at one delta, c and P, over (network, seed).

    `mean`: by means over images in place of the estimator of the sweep.
    """
    at = one.transpose("network", "seed", ...)
    begins = MEAN if mean else ""
    logs = {name: np.log(at[f"{begins}{name}"].values) for name in QUANTITIES}
    logs["G"] = -logs["G"]
    n, seeds = at.sizes["network"], at.sizes["seed"]
    rng = np.random.default_rng(0)
    rows = np.concatenate([np.arange(n)[None], rng.integers(0, n, (SAMPLES, n))])
    of = np.concatenate([np.arange(seeds)[None], rng.integers(0, seeds, (SAMPLES, seeds))])

    def averages(values: Float[np.ndarray, "n seeds"]) -> Float[np.ndarray, "samples n"]:
        return np.take_along_axis(values[:, of].mean(-1).T, rows, 1)

    eps = averages(np.log(at.test_error.values))
    x = {name: averages(values) for name, values in logs.items()}
    with np.errstate(invalid="ignore", divide="ignore"):  # the same network n times
        return Relation(
            {name: _correlation(values, eps) for name, values in x.items()},
            _covariance(x["R"], eps) / _covariance(x["R"], x["R"]),
            np.exp((eps - 0.5 * x["R"]).mean(-1)),
            n,
        )


def _covariance(x: Float[np.ndarray, "samples n"], y: Float[np.ndarray, "samples n"]) -> Samples:
    centred = (a - a.mean(-1, keepdims=True) for a in (x, y))
    found: Samples = np.prod(list(centred), axis=0).mean(-1)
    return found


def _correlation(x: Float[np.ndarray, "samples n"], y: Float[np.ndarray, "samples n"]) -> Samples:
    found: Samples = _covariance(x, y) / np.sqrt(_covariance(x, x) * _covariance(y, y))
    return found
