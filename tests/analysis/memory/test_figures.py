"""Figures of the chapter: what is drawn is what the results have."""

import numpy as np
import pytest

from analysis.memory import columns, learning
from tests.made_up import memory as made_up
from tests.made_up.artists import bars, legend, line, lines, xy

pytestmark = pytest.mark.usefixtures("coarse")


def test_learning_shows_medians_seeds_and_the_best_reference() -> None:
    found = made_up.learnt()
    ram, memento, random, *by_adam = learning.figure(found).axes
    assert [ax.get_title() for ax in (ram, memento, random)] == [
        *("RAM(16)", "Memento(3)", "random starts"),
    ]
    one = found.sel(curve="ram 16 linear flow")
    x, y = xy(line(ram, "linear"))
    np.testing.assert_allclose(x, found.time)
    np.testing.assert_allclose(y, one.curves.median("seed"))
    # four starts of eight seeds, each with its median; and two references
    assert len(lines(ram)) == 4 * (made_up.SEEDS + 1) + 2
    assert line(ram, "best reference, 0.065").get_linestyle() == "--"
    assert legend(random) == ["RAM(16)", "Memento(3)"]
    np.testing.assert_allclose(
        xy(line(by_adam[-1], "RAM(16)"))[1],
        found.curves.sel(curve="ram 16 random adam").median("seed"),
    )


def test_a_median_ends_where_the_first_seed_does() -> None:
    found = made_up.learnt().copy(deep=True)
    found.curves.loc[{"curve": "ram 16 random flow", "seed": 3, "time": slice(1e3, None)}] = np.nan
    ram, *_ = learning.figure(found).axes
    x, y = xy(line(ram, "random"))
    assert np.isnan(y[x >= 1e3]).all()
    assert np.isfinite(y[x < 999]).all()


def test_columns_show_what_is_learnt_on_the_exact_lines() -> None:
    found = made_up.near_columns()
    by_r, by_M = columns.figure(found).axes
    shown = bars(by_r)
    assert [each.label for each in shown[:3]] == ["M = 2", "M = 4", "M = 8"]
    np.testing.assert_allclose(shown[1].y, found.q.sel(M=4, mu=0.1).mean("seed"))
    np.testing.assert_allclose(shown[4].y, found.q.sel(M=4, mu=0.3).mean("seed"))
    exact = lines(by_M, "--")
    np.testing.assert_allclose(exact[2][1], found.best.sel(r=1e-2, mu=0.3))
