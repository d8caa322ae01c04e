"""Figures of the chapter: what is drawn is what the results have."""

import numpy as np
import pytest

from analysis.equivariance import errors, sphere
from tests.made_up import equivariance as made_up
from tests.made_up.artists import bars, legend

pytestmark = pytest.mark.usefixtures("coarse")


def test_errors_are_means_by_depth() -> None:
    found = made_up.errors(growth=0.3)
    none, relu, finer = errors.figure(found).axes
    assert [ax.get_title() for ax in (none, relu, finer)] == [
        *("none", "relu", "relu, grid 2 times finer"),
    ]
    assert legend(none) == ["$b = 4$", "$b = 8$"]
    due = found.error.sel(finer=1, b=8).mean(("turn", "signal", "seed"))
    np.testing.assert_allclose(bars(relu)[1].y, due)


def test_errors_of_digits_are_means_over_training_sets() -> None:
    found = made_up.digits()
    ax, nr, r = sphere.figure(found).axes
    bars_of = {c.get_label().split(",")[0]: c for c in ax.containers if hasattr(c, "patches")}
    heights = [patch.get_height() for patch in bars_of["planar"].patches]
    one = 100 * found.error.sel(network="planar").mean("seed")
    due = [one.sel(trained=a, tested=b) for a, b in sphere.PAIRS]
    np.testing.assert_allclose(heights, due)
    for shown, tested in ((nr, "NR"), (r, "R")):
        image = found.example.sel(tested=tested).isel(digit=0)
        np.testing.assert_allclose(shown.images[0].get_array(), image)
