"""The statistics of claims about layers of networks that halve images in five ways and learn."""

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr
from jaxtyping import Float
from scipy import stats

from claims.core import statistics as st
from claims.core.register import Measured
from jamming.fits.seeds import Interval
from jamming.observables.ensembles import jackknife

Rows = Float[np.ndarray, "down seed layer"]


def _rows(found: xr.Dataset, name: str, state: str, labels: str) -> Rows:
    one = found[name].sel(state=state, labels=labels)
    return one.transpose("down", "seed", ...).values


def _said(found: xr.Dataset, labels: str) -> dict[str, object]:
    error = float(100 * found.test_error.sel(labels=labels).mean())
    training = float(100 * found.train_error.sel(labels=labels).mean())
    return {"n": found.sizes["seed"], "error": error, "training": training}


def converged(
    found: xr.Dataset, *, layers: Sequence[int] | None = None, relative: bool = False
) -> Measured:
    """Largest minus smallest {what} of the ways to halve images, means over {n} seeds, added up
    over {layers}: after training divided by before; test error {error:.0f} %."""
    both = [_rows(found, "distance", state, "true") for state in ("trained", "init")]
    if layers is not None:
        both = [rows[..., list(layers)] for rows in both]
    if relative:
        both = [np.log(rows) for rows in both]

    def ratio(seeds: np.ndarray) -> float:
        after, before = (np.ptp(rows[:, seeds].mean(1), axis=0).sum() for rows in both)
        return float(after / before)

    said = {
        "what": "logarithm of the distance" if relative else "distance",
        "layers": "all layers" if layers is None else "the last layer",
    }
    number = st.bootstrap(ratio, found.sizes["seed"], log=True)
    return number.saying(**said, **_said(found, "true"))


def early_layers(found: xr.Dataset, *, ways: list[str], layers: list[str]) -> Measured:
    """Distance in a layer after training divided by that before, the smallest of {layers} with
    {ways}, geometric mean over {n} seeds."""
    one = found.sel(labels="true").set_index(layer="layer_name")
    cases = []
    for down in ways:
        for layer in layers:
            after, before = (
                one.distance.sel(state=state, down=down, layer=layer).values
                for state in ("trained", "init")
            )
            cases.append((f"{layer} with {down}", st.of_geometric_mean(after / before)))
    said = {"layers": ", ".join(layers), "ways": " and ".join(ways)}
    return st.worst_case(cases, np.inf).saying(**said, **_said(found, "true"))


def smoothest(found: xr.Dataset) -> Measured:
    """Total variation of filters after training, the largest of all layers and ways to halve
    images, means over {n} seeds; before training it is {before:.2f}."""
    tv = _rows(found, "tv", "trained", "true")
    number = st.worst_case(_each(found, tv, st.of_mean), -np.inf)
    before = float(found.tv.sel(state="init").mean())
    return number.saying(before=before, **_said(found, "true"))


def smoothed(found: xr.Dataset) -> Measured:
    """Total variation of filters after training divided by that of the same filters before, the
    largest of all layers and ways to halve images, geometric means over {n} seeds."""
    after, before = (_rows(found, "tv", state, "true") for state in ("trained", "init"))
    number = st.worst_case(_each(found, after / before, st.of_geometric_mean), -np.inf)
    return number.saying(**_said(found, "true"))


def _each(
    found: xr.Dataset, rows: Rows, of: Callable[[np.ndarray], Measured]
) -> list[tuple[str, Measured]]:
    """A number of each way to halve images: that of its layer with the largest mean."""
    cases = []
    for down, one in zip(found.down.values, rows, strict=True):
        worst = int(one.mean(0).argmax())
        cases.append((f"{down}, {found.filter_name.values[worst]}", of(one[:, worst])))
    return cases


def with_depth(found: xr.Dataset) -> Measured:
    """Rank correlation of total variation and depth after training, the smallest of the ways to
    halve images, means over {n} seeds."""
    tv = _rows(found, "tv", "trained", "true")
    depth = np.arange(tv.shape[-1])
    cases = []
    for down, rows in zip(found.down.values, tv, strict=True):
        each = [stats.spearmanr(depth, one).statistic for one in rows]
        cases.append((str(down), st.of_mean(each)))
    return st.worst_case(cases, np.inf).saying(**_said(found, "true"))


def apart(found: xr.Dataset, *, name: str, labels: str) -> Measured:
    """Variance of {what} over the ways to halve images divided by that over seeds, added up over
    layers, {n} seeds, after training on {P} images; training error {training:.1f} %."""
    rows = _rows(found, name, "trained", labels)
    n = rows.shape[1]

    def log_ratio(seeds: Sequence[int]) -> float:
        some = rows[:, list(seeds)]
        within = some.var(axis=1, ddof=1)  # [down, layer]
        between = some.mean(1).var(axis=0, ddof=1)
        return float(np.log(between.sum() / within.mean(0).sum()))

    value = log_ratio(range(n))
    without = [log_ratio([s for s in range(n) if s != left_out]) for left_out in range(n)]
    reach = stats.t.ppf(0.975, n - 1) * jackknife(without)
    number = st.measured(Interval(*np.exp([value, value - reach, value + reach]).tolist()), n)
    what = "distances" if name == "distance" else "total variation"
    return number.saying(what=what, P=int(found.attrs["P"]), **_said(found, labels))


def same_picture(found: xr.Dataset) -> Measured:
    """Rank correlation of Euclidean and cosine distances over the layers and ways to halve images,
    before and after training, mean over {n} seeds."""
    of = [
        found[name].sel(labels="true").transpose("seed", ...).values
        for name in ("distance", "euclidean")
    ]
    each = [stats.spearmanr(a.ravel(), b.ravel()).statistic for a, b in zip(*of, strict=True)]
    return st.of_mean(each).saying(**_said(found, "true"))


def by_strength(found: xr.Dataset) -> Measured:
    """Change of the mean total variation over layers for each pixel of strength C, from {least:g}
    to {most:g}: a line through those of each of {n} seeds; means {means}."""
    tv = found.tv.mean("filter").transpose("strength", "seed")
    slopes = np.polyfit(found.strength.values, tv.values, 1)[0]
    C = found.strength.values
    said = {"least": C.min(), "most": C.max(), "n": found.sizes["seed"]}
    means = ", ".join(f"{mean:.3f}" for mean in tv.mean("seed").values)
    return st.of_mean(slopes).saying(means=means, **said)


def strongest(found: xr.Dataset) -> Measured:
    """Total variation of filters learnt from deformations of {C:g} pixels, the largest of all
    layers, means over {n} seeds; test error {error:.1f} %."""
    at = int(found.strength.values.argmax())
    one = found.isel(strength=at)
    cases = [
        (str(name), st.of_mean(values))
        for name, values in zip(
            one.filter_name.values, one.tv.transpose("filter", "seed").values, strict=True
        )
    ]
    said = {"C": float(one.strength), "n": found.sizes["seed"]}
    error = float(100 * one.test_error.mean())
    return st.worst_case(cases, -np.inf).saying(error=error, **said)
