"""Figures of networks that halve images and learn: what is drawn is what the results have."""

import numpy as np
import pytest

from analysis.deformations import one_image, profiles
from tests.made_up import profiles as made_up
from tests.made_up.artists import Bars, bars, legend, lines
from tests.made_up.deformations import WAYS

pytestmark = pytest.mark.usefixtures("coarse")


def is_mean_of(one: Bars, rows: np.ndarray, errors: float) -> None:
    """Over the seeds, the first axis, with bars of so many standard deviations."""
    mean, spread = rows.mean(0), errors * rows.std(0, ddof=1)
    np.testing.assert_allclose(one.y, mean)
    np.testing.assert_allclose(one.ends, np.stack([mean - spread, mean + spread], 1))


def test_profiles() -> None:
    found = made_up.profiles(labels=("true", "random"))
    axes = profiles.figure(found).axes
    assert len(axes) == 6
    for row, label in enumerate(("true", "random")):
        one = found.sel(labels=label)
        columns = (
            (one.distance.sel(state="init"), made_up.LAYERS),
            (one.distance.sel(state="trained"), made_up.LAYERS),
            (one.tv.sel(state="trained"), made_up.FILTERS),
        )
        for ax, (values, names) in zip(axes[3 * row : 3 * row + 3], columns, strict=True):
            assert [text.get_text() for text in ax.get_xticklabels()] == names
            assert [one.label for one in bars(ax)] == list(WAYS)
            for shown, down in zip(bars(ax), WAYS, strict=True):
                is_mean_of(shown, values.sel(down=down).values, 2.0)
        (dotted,) = lines(axes[3 * row + 2], ":")
        np.testing.assert_allclose(dotted[1], float(one.tv.sel(state="init").mean()))
        assert label in axes[3 * row].get_title()


def test_one_image() -> None:
    found = made_up.one_image()
    left, right = one_image.figure(found).axes
    assert legend(left) == ["at the start", "1.0", "2.0", "3.0", "4.0"]
    for shown, rows in zip(bars(left), found.tv.values, strict=True):
        is_mean_of(shown, rows, 2.0)
    (means,) = bars(right)
    is_mean_of(means, found.tv.mean("filter").values.T, found.sizes["seed"] ** -0.5)


def test_one_network_has_no_bars() -> None:
    for figure in (
        profiles.figure(made_up.profiles().isel(seed=[0])),
        one_image.figure(made_up.one_image().isel(seed=[0])),
    ):
        assert not any(one.ends.size for ax in figure.axes for one in bars(ax))
