"""The figures of phase collapse: what is drawn is what the results have."""

import numpy as np

from analysis.scattering import collapse, collapse_depth
from tests.made_up.artists import bars
from tests.made_up.collapse import by_octaves, collapsed


def test_bars_are_means_over_networks() -> None:
    found = collapsed()
    (ax,) = collapse.figure(found).axes
    without, skip = ax.containers[1], ax.containers[3]
    for drawn, names in (
        (without, ["scat", "pc", "at", "as", "ac", "linear"]),
        (skip, ["pc+skip", "at+skip", "as+skip", "ac+skip"]),
    ):
        due = 100 * found.test_error.sel(network=names).mean("seed").squeeze()
        np.testing.assert_allclose([bar.get_height() for bar in drawn], due)


def test_lines_are_means_over_networks() -> None:
    found = by_octaves()
    (ax,) = collapse_depth.figure(found).axes
    for one, name in zip(bars(ax), ("pc", "at"), strict=True):
        rows = 100 * found.test_error.sel(network=name)
        np.testing.assert_allclose(one.x, [1, 2, 3])
        np.testing.assert_allclose(one.y, rows.mean("seed"))
