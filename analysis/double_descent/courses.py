"""Train and test error in time, for four networks around jamming.

Below N*, at it, above it and far above it: over-fitting is strong only in the second, and large
networks stop early, as they have fitted all points (Spigler et al., *A jamming transition from
under- to over-parametrization affects generalization in deep learning*, 2019, Fig. 4A).
"""

import numpy as np
import xarray as xr
from jaxtyping import Float

from analysis.double_descent.axes import heading
from analysis.double_descent.axes import opened as opened
from analysis.double_descent.estimates import scans
from analysis.plotting.axes import band
from analysis.plotting.style import Axes, Figure, line_style, panels
from jamming.fits.seeds import mean_and_error

# N / N* of the four networks, about
PLACES = (0.5, 1.0, 3.0, 50.0)


def chosen(one: xr.Dataset) -> list[int]:
    """The widths nearest to the four places, each once; of all of them where N* is not known."""
    N = np.log(one.N.values)
    n_star = float(one.n_star)
    if not np.isfinite(n_star):
        return sorted({0, len(N) // 3, 2 * len(N) // 3, len(N) - 1})
    return sorted({int(np.abs(N - np.log(place * n_star)).argmin()) for place in PLACES})


def course(
    at: xr.Dataset, name: str, ticks: Float[np.ndarray, " times"]
) -> Float[np.ndarray, "seeds times"]:
    """What each run of a width showed last before each time; as it was at its end afterwards."""
    found = np.full((at.sizes["seed"], ticks.size), np.nan)
    steps = at.snapshot_ticks.transpose("seed", "snapshot").values - 1
    values = at[f"snapshot_{name}"].transpose("seed", "snapshot").values
    for i, (t, y) in enumerate(zip(steps, values, strict=True)):
        there = np.isfinite(t)
        if there.any():
            place = np.searchsorted(t[there], ticks, side="right") - 1
            found[i] = y[there][np.maximum(place, 0)]
    return found


def figure(found: xr.Dataset) -> Figure:
    """Test and training errors in time; of several P or depths, the last."""
    one = scans(found)[-1]
    title = heading(found)
    with panels(1, 2, of=found, title=title, figsize=(7.2, 3.2)) as (page, (test, train)):
        for i, place in enumerate(chosen(one)):
            at = one.isel(h=place)
            _line(test, at, "test_error", i, 1.0)
            _line(train, at, "misclassified", i, float(one.P))
        for ax in (test, train):
            ax.set(xscale="log", xlabel="steps")
        test.set(yscale="log", ylabel="test error")
        test.yaxis.set_major_formatter(lambda v, _: f"{v:g}")
        test.yaxis.set_minor_formatter(lambda v, _: f"{v:g}")
        train.set_ylabel("training error")
        train.legend(title="dot: half have fitted", title_fontsize=7.5)
    return page


def _line(ax: Axes, at: xr.Dataset, name: str, i: int, by: float) -> None:
    steps = at.snapshot_ticks.values - 1
    last = float(np.nanmax(steps))
    ticks = np.unique(np.geomspace(1, max(last, 2), 200).astype(int)).astype(float)
    rows = course(at, name, ticks) / by
    rows = rows[np.isfinite(rows).any(1)]
    mean, error = mean_and_error(rows.T)
    error = np.nan_to_num(error)
    colour = line_style(i)["color"]
    ratio = float(at.N) / float(at.n_star)
    where = f" = {ratio:.2g} $N^*$" if np.isfinite(ratio) else ""
    label = f"$N = {float(at.N):.0f}${where}"
    band(ax, ticks, mean, mean - error, mean + error, colour, label)
    ended = at.ticks.values[at.fitted.values > 0] - 1
    if 2 * ended.size >= np.isfinite(at.fitted.values).sum() > 0:
        half = float(np.median(ended))
        ax.plot(half, np.interp(half, ticks, mean), "o", color=colour, ms=5, mec="k", mew=0.6)
