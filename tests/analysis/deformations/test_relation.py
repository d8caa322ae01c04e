"""Test error against stability: the numbers, and what figures show of them."""

import numpy as np
import pytest

from analysis.deformations import augmentation, correlation, noise, points
from analysis.deformations.estimates import relation
from sweeps.deformations.trained import standard
from tests.made_up.artists import bars, legend, line, xy
from tests.made_up.deformations import augmented, over_points, related

pytestmark = pytest.mark.usefixtures("coarse")


def log_average(values: np.ndarray) -> np.ndarray:
    return np.exp(np.log(values).mean(-1))


def test_correlations_and_the_law_are_those_of_log_averages() -> None:
    one = standard(related(scatter=0.3)).isel(P=0, augmentation=0).sel(state="trained")
    eps, D, G, R = (
        np.log(one[name].transpose("network", "seed").values).mean(1)
        for name in ("test_error", "D", "G", "R")
    )
    of = relation(one)
    for name, x in (("D", D), ("G", -G), ("R", R)):
        r = np.corrcoef(x, eps)[0, 1]
        found = of.correlation(name)
        assert found.value == pytest.approx(r)
        assert -1 < found.low < r < found.high < 1
    s = np.polyfit(R, eps, 1)[0]
    found = of.of(of.slope)
    assert found.value == pytest.approx(s)
    assert found.low < s < found.high
    assert of.prefactor[0] == pytest.approx(np.exp(np.mean(eps - R / 2)))
    # as far as a t interval of least squares with independent residuals, to a factor
    left = eps - np.polyval(np.polyfit(R, eps, 1), R)
    error = np.sqrt((left**2).sum() / (len(R) - 2) / ((R - R.mean()) ** 2).sum())
    assert 0.5 < (found.high - found.low) / (2 * 2.306 * error) < 2


def test_networks_on_one_line_leave_no_doubt() -> None:
    one = standard(related(noise=0.0)).isel(P=0, augmentation=0).sel(state="trained")
    found = relation(one)
    assert [*vars(found.of(found.slope)).values()] == pytest.approx([0.5] * 3)
    assert found.correlation("R").low == pytest.approx(1.0, abs=1e-6)


def test_the_figure_has_a_point_for_each_network_and_the_correlations() -> None:
    found = related(scatter=0.3)
    one = standard(found).isel(P=0, augmentation=0).sel(state="trained")
    one = one.transpose("network", "seed", ...)
    left, middle, right, r = correlation.figure(found).axes
    for ax, x in ((left, one.R), (middle, one.D), (right, 1 / one.G)):
        shown = bars(ax)
        assert [each.label for each in shown] == one.network.values.tolist()
        np.testing.assert_allclose([each.x[0] for each in shown], log_average(x.values))
        eps = log_average(one.test_error.values)
        np.testing.assert_allclose([each.y[0] for each in shown], eps)
    of = relation(one)
    heights = [bar.get_height() for bar in r.patches[:3]]
    np.testing.assert_allclose(heights, [of.r[name][0] for name in ("R", "D", "G")])
    np.testing.assert_allclose(xy(line(r, "published"))[1], [0.75, 0.71, 0.43])
    law = np.log(xy(next(each for each in left.lines if "R_f^s" in str(each.get_label()))))
    assert np.polyfit(*law, 1)[0] == pytest.approx(of.slope[0])


def test_three_networks_have_no_correlation() -> None:
    axes = correlation.figure(related().isel(network=range(3))).axes
    assert [ax.get_xlabel() for ax in axes] == ["$R_f$", "$D_f$", "$1/G_f$"]


def test_noise() -> None:
    found = related()
    left, right = noise.figure(found).axes
    rows = found.noise_G.sel(state="trained").isel(P=0, augmentation=0)
    for shown, divided, name in zip(bars(left), bars(right), found.network.values, strict=True):
        G = rows.sel(network=name).transpose("norm", "seed").values
        np.testing.assert_allclose(shown.x, found.norm)
        np.testing.assert_allclose(shown.y, log_average(G))
        law = (found.norm.values / found.norm.values[0]) ** 2
        np.testing.assert_allclose(divided.y, log_average(G / G[0]) / law)
    guide = np.log(xy(line(left, r"$|\eta|^2$")))
    assert np.polyfit(*guide, 1)[0] == pytest.approx(2)


def test_augmentation() -> None:
    found = augmented()
    left, right = augmentation.figure(found).axes
    rows = found.R.sel(state="trained").squeeze().transpose("augmentation", "seed").values
    np.testing.assert_allclose([1 + bar.get_height() for bar in left.patches], log_average(rows))
    errors = 100 * found.test_error.squeeze().transpose("augmentation", "seed").values
    np.testing.assert_allclose([bar.get_height() for bar in right.patches], log_average(errors))
    assert [text.get_text() for text in left.get_xticklabels()] == ["none", "translate", "deform"]
    assert legend(left) == ["strided"]


def test_points_are_at_the_standard_displacement_where_there_are_several() -> None:
    one = over_points()
    other = one.assign(R=10 * one.R).assign_coords(delta=[0.5])
    several = one.merge(other, compat="override", join="outer")
    several["R"] = other.R.combine_first(one.R)
    shown = bars(points.figure(several).axes[2])[0]
    rows = one.R.sel(state="trained").squeeze().transpose("P", "seed").values
    np.testing.assert_allclose(shown.y, log_average(rows))
