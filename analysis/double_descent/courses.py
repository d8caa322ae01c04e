"""Train and test error in time, for four networks around jamming.

Below N*, at it, above it and far above it: over-fitting is strong only in the second, and large
networks stop early, as they have fitted all (Spigler et al., *A jamming ...*, 2019, Fig. 4A).
"""

import numpy as np
import xarray as xr
from jaxtyping import Float

from analysis.double_descent.estimates import heading, networks, training_sets
from analysis.double_descent.estimates import opened as opened
from analysis.plotting.axes import band
from analysis.plotting.style import COLOURS, Axes, Figure, panels
from jamming.fits.seeds import mean_and_error, mean_over_seeds

PLACES = (0.5, 1.0, 3.0, 50.0)  # N / N* of the four networks, about


def chosen(one: xr.Dataset) -> list[int]:
    """The widths nearest to the four places, each once; of all of them where N* is not known."""
    ratio = np.log(one.place.values)
    n = ratio.size
    if not np.isfinite(ratio).all():
        return sorted({0, n // 3, 2 * n // 3, n - 1})
    return sorted({int(np.abs(ratio - np.log(place)).argmin()) for place in PLACES})


def course(at: xr.Dataset, name: str, ticks: np.ndarray) -> Float[np.ndarray, "seeds times"]:
    """What each run of a width showed last before each time; as it was at its end afterwards."""
    steps = at.snapshot_ticks.transpose("seed", "snapshot").values - 1  # NaN behind the last
    place = (steps[:, :, None] <= ticks).sum(1) - 1
    values = at[f"snapshot_{name}"].transpose("seed", "snapshot").values
    return np.take_along_axis(values, np.maximum(place, 0), 1)


def figure(found: xr.Dataset) -> Figure:
    """Test and training errors in time; of several P or depths, the last."""
    one, title = networks(found), heading(found)
    with panels(1, 2, of=found, title=title, figsize=(7.2, 3.2)) as (page, (test, train)):
        for i, place in enumerate(chosen(one)):
            _line(test, one.isel(h=place), "test_error", i, 1.0)
            _line(train, one.isel(h=place), "misclassified", i, float(one.P))
        for ax in (test, train):
            ax.set(xscale="log", xlabel="steps")
        test.set(yscale="log", ylabel="test error")
        test.yaxis.set_major_formatter("{x:g}")
        test.yaxis.set_minor_formatter("{x:g}")
        train.set_ylabel("training error")
        train.legend(title="dot: half have fitted")
    return page


def _line(ax: Axes, at: xr.Dataset, name: str, i: int, by: float) -> None:
    last = max(float(at.snapshot_ticks.max()) - 1, 2)
    ticks = np.unique(np.geomspace(1, last, 200).astype(int)).astype(float)
    rows = course(at, name, ticks) / by
    each = np.stack(np.split(rows, training_sets(at)))  # [set, seed, time], or one set of all
    rows = mean_over_seeds(each.transpose(0, 2, 1)) if len(each) > 1 else rows
    mean, error = mean_and_error(rows[np.isfinite(rows).any(1)].T)
    error, colour, ratio = np.nan_to_num(error), COLOURS[i], float(at.N / at.n_star)
    label = f"$N = {float(at.N):.0f}$" + (f" = {ratio:.2g} $N^*$" if np.isfinite(ratio) else "")
    band(ax, ticks, mean, mean - error, mean + error, colour, label)
    ended = at.ticks.values[at.fitted.values > 0] - 1
    if 2 * ended.size >= np.isfinite(at.fitted.values).sum() > 0:
        half = float(np.median(ended))
        ax.plot(half, np.interp(half, ticks, mean), "o", color=colour, ms=5, mec="k", mew=0.6)
