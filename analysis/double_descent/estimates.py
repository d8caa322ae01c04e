"""Scans of N: titles, widths past N*, errors of averages, and the laws that are fitted there."""

import warnings

import numpy as np
import xarray as xr
from jaxtyping import Float

from analysis.plotting.stored import reader
from jamming.checks.errors import BadInput
from jamming.fits.power import Singular, singular
from jamming.observables.ensembles import pseudo_values
from sweeps.double_descent.scan import RESULTS

# All in units of N*. Nearer, the learning time cuts the divergence off; farther, the margin of 1
# and not the distance to N* sets the norm.
RANGE = (1.25, 5.0)
LARGE = 10.0  # from here on N counts as large, and asymptotic laws are fitted
# from here on f is smooth enough for a distance between boundaries: next to N* some points have
# hardly a slope, and rule its mean
PAST = 2.0
ASYMPTOTIC = 5.0  # from here on the asymptotic form of the error is fitted

NAMES = {"mnist10pca": "MNIST 10 PCA", "mnist30pca": "MNIST 30 PCA", "digits10pca": "digits"}
opened = reader(
    *(RESULTS, "double_descent", "P", "L", "h", "N", "n_star", "fitted", "norm", "norm_t"),
    *("test_error", "train_error", "early_error", "ensemble_error", "ensemble_without"),
    *("deviation_test", "slope", "delta"),
)


def label(one: xr.Dataset, found: xr.Dataset) -> str:
    """What distinguishes this scan from the others."""
    return ", ".join(f"${k} = {int(one[k])}$" for k in ("P", "L") if found.sizes[k] > 1)


def heading(found: xr.Dataset) -> str:
    """What was trained on what, and on how many training sets if there are several."""
    name, alpha = found.attrs.get("dataset", ""), float(found.attrs.get("alpha", 0.0))
    parts = [f"${k} = {int(found[k][0])}$" for k in ("P", "L") if found.sizes[k] == 1]
    parts += [rf"$\alpha\,(f - f_0)$, $\alpha = {alpha:g}$"] if alpha else []
    parts += [perturbed] if (perturbed := perturbation(found)) else []
    sets = training_sets(found)
    parts += [f"{sets} training sets"] if sets > 1 else []
    return ",  ".join([NAMES.get(name, name), *parts])


def perturbation(found: xr.Dataset) -> str:
    """What was done to the descent along the whole gradient: "weight decay 0.01", "SGD", or ""."""
    decay = float(found.attrs.get("weight_decay", 0.0))
    parts = [f"weight decay {decay:g}"] if decay else []
    parts += ["SGD"] if found.attrs.get("dynamics") == "sgd" else []
    return ", ".join(parts)


def scans(found: xr.Dataset) -> list[xr.Dataset]:
    """The `scan` of each P and depth."""
    return [scan(found, P, L) for P in range(found.sizes["P"]) for L in range(found.sizes["L"])]


def scan(found: xr.Dataset, P: int = -1, L: int = -1) -> xr.Dataset:
    """The runs of the P and depth of these indices, by default the last, over h, N ascending.

    A seed is one network on the only training set; of several sets it is a set, with the mean over
    the networks on it, as those are not independent, and without their snapshots. An interval from
    these means has the scatter of sets and that of initial weights, each of which is in the means.
    `place` is N in units of N*, `ensemble` the ensemble's error as a number for each seed, with its
    mean and scatter, and `excess` by how much the error of one network is above that of the average
    of infinitely many: n / (n - 1) of what it is above that of n (`jamming.observables.ensembles`).
    `averaged` is n, over h.
    """
    one = networks(found, P, L)
    known = np.isfinite(one.ensemble_without)
    sets = training_sets(found)
    n = known.sum("seed") // sets
    if sets == 1:
        each = pseudo_values(one.ensemble_error.values, one.ensemble_without.values)
        ensemble = known.copy(data=each).where(known & (n > 1))
    else:
        one = _of_sets(one, one.sizes["seed"] // sets)
        ensemble = one.ensemble_of_set.where(n > 1)
    excess = (n / (n - 1).where(n > 1)) * (one.test_error - ensemble)
    return one.assign(ensemble=ensemble, excess=excess, averaged=n)


def networks(found: xr.Dataset, P: int = -1, L: int = -1) -> xr.Dataset:
    """As `scan`, but a seed is one network, also of several training sets."""
    one = found.isel(P=P, L=L).sortby("h").transpose("h", "seed", ...)
    return one.assign(place=one.N / one.n_star)


def training_sets(found: xr.Dataset) -> int:
    """Of the networks, from their own coordinate; one where there is none."""
    return int(np.unique(found["set"]).size) if "set" in found.coords else 1


def _of_sets(one: xr.Dataset, each: int) -> xr.Dataset:
    """Means over the `each` networks of a training set, where some of them are known."""
    numbers = [n for n, x in one.items() if "seed" in x.dims and "snapshot" not in x.dims]
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # of NaN alone
        means = one[numbers].coarsen(seed=each).mean()
    means = means.drop_vars("set").assign_coords(seed=one["set"].values[::each])
    return one.drop_dims("seed").assign(means.data_vars)


def beyond(one: xr.Dataset, factor: float, most: float = np.inf) -> xr.Dataset:
    """The widths with N between both, in units of N*; none where N* is not known."""
    return one.isel(h=np.flatnonzero((one.place >= factor) & (one.place <= most)))


def rows(one: xr.Dataset, name: str) -> Float[np.ndarray, "h seed"]:
    """A variable that has one number a run."""
    return np.asarray(one[name].transpose("h", "seed").values, float)


def average_rows(one: xr.Dataset, n: int) -> Float[np.ndarray, "h seed"]:
    """The error of the average of n networks, from widths of which other numbers were run.

    Its excess over that of infinitely many is 1/n of that of one network.
    """
    return rows(one, "test_error") - (1 - 1 / n) * rows(one, "excess")


def averages(one: xr.Dataset) -> xr.Dataset:
    """`error` and `delta` over (n, group) of averages of n networks, each group of other ones.

    Of several training sets a group is a set, with the mean over its groups. Of the largest width
    with the most networks; BadInput of few sizes, or where one diverged.
    """
    known = one.average_error.notnull().sum(("size", "group")).values
    at = one.isel(h=np.flatnonzero(known == known.max())[-1])
    at = at.dropna("size", subset=["average_error"]).transpose("size", "group", ...)
    if at.sizes["size"] < 3:
        raise BadInput("averages need more networks of a width: add --seeds")
    if np.isinf(at.average_error).any():
        raise BadInput(f"a network of h = {float(at.h):g} diverged: averages have no error")
    found = at[["average_error", "average_delta", "N"]]
    if (sets := int(one.attrs.get("sets", 1))) > 1:
        found = found.coarsen(group=at.sizes["group"] // sets).mean()
    return found.rename(size="n", average_error="error", average_delta="delta")


def divergence(one: xr.Dataset) -> Singular:
    """||f||^2 = A (N / N_0 - 1)^b at the end, past jamming; BadInput without N* or widths."""
    if not np.isfinite(float(one.n_star)):
        raise BadInput("N* is not among these widths")
    past = beyond(one, *RANGE)
    if past.sizes["h"] < 4:
        raise BadInput(f"only {past.sizes['h']} widths are past jamming: add some")
    places = float(one.n_star) / 3, 0.98 * float(past.N.min())
    return singular(past.N.values, rows(past, "norm") ** 2, places)
