"""Convolutional networks against the number of channels: one of them, and the average of all.

Left: test error; right: training error (Geiger et al., *Scaling description ...*, 2020, Fig. 8).
"""

import xarray as xr

from analysis.double_descent.estimates import training_sets
from analysis.plotting.axes import drawn, over_widths
from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, line_style, panels
from sweeps.transition.classes import RESULTS

NEEDED = ("loss", "h", "seed", "test_error", "train_error", "ensemble_error")
opened = reader(RESULTS, "transition classes --fixed-data", *NEEDED)


def figure(found: xr.Dataset) -> Figure:
    """Test and training errors over channels; of several losses, the first."""
    one, a = found.isel(loss=0).transpose("h", "seed"), found.attrs
    sets = training_sets(found)
    each = one.coarsen(seed=one.sizes["seed"] // sets).mean() if sets > 1 else one
    f = one.h.values.astype(float)
    title = rf"{a['dataset']},  {a['architecture']},  $P = {a['P']}$,  $L = {a['L']}$"
    title += f",  {sets} training sets" if sets > 1 else ""
    with panels(1, 2, of=found, title=title, figsize=(7.2, 3.2)) as (page, (test, train)):
        drawn(test, f, 100 * each.test_error.values, 0, "single networks")
        label = f"average of {one.sizes['seed'] // sets}"
        test.plot(f, 100 * one.ensemble_error.values, **line_style(1), ms=3.5, lw=1, label=label)
        drawn(train, f, 100 * each.train_error.values, 0)
        test.set_ylabel("test error (%)")
        train.set(ylabel="training error (%)", ylim=(0, None))
        test.legend()
        for ax in (test, train):
            over_widths(ax, f, "channels, $f$")
    return page
