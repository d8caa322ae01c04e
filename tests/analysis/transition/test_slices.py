"""The figure of slices: what is drawn is what the sweep has left."""

import numpy as np

from analysis.transition.slices import figure
from jamming.fits.seeds import mean_and_error
from tests.made_up.artists import bars, legend, lines, shows
from tests.made_up.searches import slices


def test_lines_and_barriers_are_means_over_seeds() -> None:
    found = slices()
    axes = figure(found).axes
    same, barrier = axes[6], axes[8]
    for (c, y), h in zip(lines(same, "-"), found.h.values, strict=True):
        mean, _ = mean_and_error(found.loss.sel(h=h, start="same").values.T)
        np.testing.assert_allclose([c, y], [found.c, mean])
    assert legend(same) == ["$h=4$", "$h=10$", "$h=40$"]
    assert len(bars(barrier)) == 2
    for drawn, start in zip(bars(barrier), found.start.values, strict=True):
        shows(drawn, found.N.isel(seed=0).values, found.barrier.sel(start=start))


def test_solutions_are_where_they_lie_in_their_plane() -> None:
    found = slices()
    ax = figure(found).axes[4]
    drawn = [line.get_xydata()[0] for line in ax.lines]
    np.testing.assert_allclose(drawn, found["at"].isel(h=1))


def test_one_width_leaves_other_panels_empty() -> None:
    axes = figure(slices().isel(h=[2])).axes
    assert [ax.get_visible() for ax in axes[:6]] == [True, False, False] * 2
