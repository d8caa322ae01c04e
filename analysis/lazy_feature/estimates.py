"""What is fitted to a sweep of regimes, for its figures and for claims alike.

All of one data set, P and depth (`one_of`). Feature learning is read off between alpha~ of 1e-3 and
1e-1: below, networks of a few dozen neurons leave the scaling; above, the crossover begins. Lazy
learning from 1e3 on.
"""

import math
import warnings
from collections.abc import Iterable

import numpy as np
import xarray as xr
from jaxtyping import Bool, Float

from analysis.plotting.stored import reader
from jamming.checks.errors import BadInput
from jamming.fits.curves import collapse, crossing
from jamming.fits.logistic import transition
from jamming.fits.seeds import Interval, mean_over_seeds
from jamming.observables.ensembles import pseudo_values
from sweeps.lazy_feature.regimes import RESULTS

FEATURE = (1e-3, 1e-1)
LAZY = (1e3, math.inf)
PLATEAUS = (FEATURE[0], LAZY[1])
DEEP = {"feature": 1e-2, "lazy": 1e4}  # alpha~ deep in each
WIDE = 30  # widths below leave the scaling
SHARES = np.array([0.01, 0.1, 1.0])  # training budgets, as shares of the sweep's
NEAR = 1.001  # rounding of alpha~ to some digits must not put it outside of a range
Curve = tuple[Float[np.ndarray, " n"], Float[np.ndarray, "n *seeds"]]  # x, and a column a seed

opened = reader(
    RESULTS, "lazy_feature regimes", "error", "ensemble_error", "kernel_change", "curve_loss"
)


def one_of(
    found: xr.Dataset, dataset: str | None = None, P: int | None = None, L: int | None = None
) -> xr.Dataset:
    """Over (h, alpha~, seed) alone; by default the first data set, P and depth.

    The axis of alpha is called `alpha_tilde` or `alpha`; `at_alpha_tilde` and `at_alpha` are over
    (h, axis). `ensemble`: jackknife values of its error, one for each seed. Of several training
    sets the seeds are these, as networks on one are not independent (`of_sets`).
    Raises BadInput of what is not in the sweep.
    """
    asked = {"dataset": dataset, "P": P, "L": L}
    for name, value in asked.items():
        if value is not None and value not in found[name].values:
            raise BadInput(f"there is no {name} = {value} in this sweep: {found[name].values}")
    found = of_sets(found)
    one = found.sel({name: found[name].values[0] if v is None else v for name, v in asked.items()})
    for name in ("alpha", "alpha_tilde"):
        one[f"at_{name}"] = one[name].broadcast_like(one.h).transpose("h", ...).astype(float)
    without = one.ensemble_without.transpose("h", ..., "seed").astype(float)
    whole = one.ensemble_error.transpose("h", ...).values.astype(float)
    return one.assign(ensemble=without.copy(data=pseudo_values(whole, without.values)))


def of_sets(found: xr.Dataset) -> xr.Dataset:
    """Means over the networks on each training set in place of the networks, if there are several.

    An interval from them has the scatter of sets and that of initial weights, each of which is in
    the means. `ensemble_without`: the mean error of the ensembles on all other sets;
    `ensemble_of_fewer`: that of ensembles of one network less on this set. Curves are those of the
    first network on each. NaN are left out.
    """
    if (sets := int(found.attrs.get("sets", 1))) == 1:
        return found
    networks = found.sizes["seed"] // sets
    measured = {name: x for name, x in found.data_vars.items() if "seed" in x.dims}
    curves = [name for name, x in measured.items() if "snapshot" in x.dims]
    numbers = [name for name in measured if name not in curves]
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # of NaN alone
        each = found[numbers].coarsen(seed=networks).mean()
    each = each.assign_coords(seed=np.arange(sets))
    if curves:
        first = found[curves].isel(seed=slice(None, None, networks))
        first = first.drop_vars("set", errors="ignore").assign_coords(seed=each.seed)
        each = each.assign(first.data_vars)
    whole, fewer = each.ensemble_of_set, each.ensemble_without
    without = (whole.sum("seed", skipna=False) - whole) / (sets - 1)
    known = each.assign(ensemble_without=without, ensemble_of_fewer=fewer)
    known = known.drop_vars("set", errors="ignore")
    return found.drop_dims("seed").assign(known.data_vars)


def within(x: Float[np.ndarray, " n"], regime: tuple[float, float]) -> Bool[np.ndarray, " n"]:
    """Which alpha~ lie in the regime, as `FEATURE` or `LAZY`."""
    return np.asarray((x >= regime[0] / NEAR) & (x <= regime[1] * NEAR))


def against_alpha(
    one: xr.Dataset, name: str, h: int, low: float = 0.0, high: float = math.inf
) -> Curve:
    """alpha~ between both, ascending, and the variable there, a column a seed."""
    row = one.sel(h=h).transpose(..., "seed")
    x = row.at_alpha_tilde.values
    inside = within(x, (low, high))
    return x[inside], row[name].values[inside].astype(float)


def seeds(one: xr.Dataset) -> int:
    """Independent runs: networks on one training set, or several sets."""
    return int(one.sizes["seed"])


def widths(one: xr.Dataset, least: int = WIDE) -> list[int]:
    """The widths from `least` on."""
    return [int(h) for h in one.h.values if h >= least]


def by_width(
    one: xr.Dataset, name: str, low: float = 0.0, high: float = math.inf, *, least: int = WIDE
) -> dict[str, Curve]:
    """`against_alpha` of each width from `least` on, by what it is called."""
    return {f"h = {h}": against_alpha(one, name, h, low, high) for h in widths(one, least)}


def local_slopes(
    x: Float[np.ndarray, " n"], y: Float[np.ndarray, "n seeds"]
) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
    """d ln y / d ln alpha~ of the mean between neighbouring alpha~, at their geometric means."""
    mean = mean_over_seeds(y)
    there = ~np.isnan(mean) & (mean > 0)
    ln_x, ln_y = np.log(x[there]), np.log(mean[there])
    with np.errstate(invalid="ignore"):  # of two infinite means: NaN
        return np.exp((ln_x[1:] + ln_x[:-1]) / 2), np.diff(ln_y) / np.diff(ln_x)


def against_h(one: xr.Dataset, name: str, alpha_tilde: float, least: int = 1) -> Curve:
    """Widths from `least` on, and the variable at alpha~ there; BadInput if that was not run."""
    wide, axis = one.isel(h=one.h.values >= least), str(one.attrs["scale"])
    away = abs(np.log(wide.at_alpha_tilde / alpha_tilde))
    lacking = wide.h[away.min(axis) > math.log(NEAR)]
    if lacking.size:
        raise BadInput(f"alpha~ = {alpha_tilde:g} was not run at h = {int(lacking[0])}")
    y = wide[name].isel({axis: away.argmin(axis)}).transpose("h", ...)
    return wide.h.values.astype(float), y.values.astype(float)


def nearest(x: Float[np.ndarray, " n"], wanted: Iterable[float]) -> list[int]:
    """For each that is wanted the index of the nearest in x, in log."""
    return [int(np.abs(np.log(x / a)).argmin()) for a in wanted]


def plateaus(one: xr.Dataset, h: int) -> tuple[float, float]:
    """The ensemble's error in feature and in lazy learning, means over alpha~; BadInput of none."""
    curves = (against_alpha(one, "ensemble", h, *regime) for regime in (FEATURE, LAZY))
    found = [mean_over_seeds(y) for _, y in curves]
    if not all(np.isfinite(each).any() for each in found):
        raise BadInput(f"h = {h} has no alpha~ in the feature or in the lazy regime")
    feature, lazy = (float(np.nanmean(each)) for each in found)
    return feature, lazy


def rescaled(one: xr.Dataset, h: int) -> Curve:
    """alpha~ from feature learning on; errors, 1 there and 0 when lazy; BadInput as `plateaus`."""
    feature, lazy = plateaus(one, h)
    if math.isclose(feature, lazy):  # as where a network of the ensemble diverged
        raise BadInput(f"h = {h} has the same error in both regimes")
    x, y = against_alpha(one, "ensemble", h, *PLATEAUS)
    return x, (y - lazy) / (feature - lazy)


def collapsed(one: xr.Dataset) -> float:
    """R.m.s. distance of the errors of all widths from one curve; BadInput as `rescaled`."""
    curves = (rescaled(one, int(h)) for h in one.h.values)
    return collapse([(x, mean_over_seeds(y)) for x, y in curves], log=False)


def halfway(one: xr.Dataset, h: int) -> Interval:
    """alpha (not alpha~) of the ensemble's error half-way between `plateaus`; BadInput as those."""
    alpha, y = (against_alpha(one, of, h, *PLATEAUS)[1] for of in ("at_alpha", "ensemble"))
    return crossing(alpha, y, sum(plateaus(one, h)) / 2)


def jamming_lines(found: xr.Dataset) -> xr.Dataset:
    """`jamming_h` over (budget, alpha_tilde), of the runs of a sweep that fit within it.

    Of the first data set, P and depth, and of all networks, of whose training sets whole ones are
    resampled. With the ends `_low` and `_high` of its 95 % interval; NaN where there is no
    transition. Budgets are numbers of gradients, ascending. That of the sweep is the longest that a
    run which did not fit has taken.
    """
    first = dict.fromkeys(("dataset", "P", "L"), 0)
    one = found.isel(first, missing_dims="ignore").transpose("alpha_tilde", "h", "seed", ...)
    sets = int(found.attrs.get("sets", 1))
    h, alpha = one.h.values.astype(float), one.alpha_tilde.values.astype(float)
    stuck = one.ticks.where(one.fitted == 0)
    whole = float(stuck.max()) if np.isfinite(stuck).any() else float(one.ticks.max())
    line = np.full((3, SHARES.size, alpha.size), np.nan)
    for i, budget in enumerate(SHARES * whole):
        for k, fits in enumerate(((one.fitted == 1) & (one.ticks <= budget)).values):
            share = fits.mean(1)
            # a transition: narrower ones mostly fail, the widest mostly fit
            if share[-1] >= 0.5 and (share < 0.5).any():
                at = transition(h, fits, sets=sets)
                line[:, i, k] = at.value, at.low, at.high
    over = {"budget": SHARES * whole, "alpha_tilde": alpha}
    names = ("jamming_h", "jamming_h_low", "jamming_h_high")
    return xr.Dataset({n: ([*over], x) for n, x in zip(names, line, strict=True)}, over)
