"""Figures of the chapter: what is drawn is what the results have."""

import numpy as np
import pytest

from analysis.equivariance import errors, molecules, points, shapes, solids, sphere, voxels
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


def test_accuracies_are_means_against_numbers_and_by_class() -> None:
    found = made_up.bundles()
    ax, each = points.figure(found).axes
    assert legend(ax) == ["chance", "odd", "plain"]
    whole = legend(points.figure(made_up.points()).axes[0])
    assert whole == ["chance", "7/8: mirror images alike", "odd", "even", "plain"]
    due = found.accuracy.sel(network="plain").mean(("class", "seed"))
    np.testing.assert_allclose(bars(ax)[1].y, due)
    due = found.accuracy.sel(network="odd", P=256).mean("seed")
    np.testing.assert_allclose([bar.get_height() for bar in each.patches[:4]], due)
    assert [label.get_text() for label in each.get_xticklabels()] == list(found["class"].values)


def test_bars_are_accuracies_and_changes_before_training() -> None:
    found = made_up.voxels()
    accuracy, change = voxels.figure(found).axes
    assert legend(accuracy) == ["chance", "low-pass", "no low-pass"]
    heights = [[bar.get_height() for bar in group] for group in accuracy.containers[1::2]]
    np.testing.assert_allclose(heights, found.accuracy.mean("seed").transpose("smooth", "network"))
    heights = [[bar.get_height() for bar in group] for group in change.containers[1::2]]
    due = found.error.mean(("seed", "piece")).transpose("smooth", "network")
    np.testing.assert_allclose(heights, due)


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


def test_rays_and_errors_of_shapes_are_those_of_the_results() -> None:
    found = made_up.shapes()
    ax, nr, r = shapes.figure(found).axes
    assert ax.get_title() == "primitives, 60 training shapes"
    chance = next(line for line in ax.lines if line.get_label() == "chance")
    assert chance.get_ydata()[0] == pytest.approx(100 * 5 / 6)
    for shown, tested in ((nr, "NR"), (r, "R")):
        image = found.example.sel(tested=tested).isel(shape=1)
        np.testing.assert_allclose(shown.images[0].get_array(), image)


def test_errors_of_solids_are_bars_or_against_their_number() -> None:
    ax, slices = solids.figure(made_up.solids()).axes
    assert ax.get_title() == "shapes, 120 training objects"
    assert len([one for one in ax.patches if one.get_height() > 0]) == 6
    assert slices.images[0].get_array().shape == (11, 35)  # two rows of six, five a side
    found = made_up.proteins()
    ax, _ = solids.figure(found).axes
    assert [name.split(",")[0] for name in legend(ax)] == ["chance", "steerable", "cnn"]
    due = 100 * found.error.sel(network="cnn", trained="R", tested="R").mean("seed")
    np.testing.assert_allclose(bars(ax)[1].y, due)


def test_errors_of_energies_are_means_over_sets_of_molecules() -> None:
    found = made_up.molecules()
    left, right = molecules.figure(found).axes
    heights = [patch.get_height() for patch in left.patches]
    np.testing.assert_allclose(heights, found.rmse.mean("seed"))
    first = right.lines[0]
    np.testing.assert_allclose(first.get_xdata(), found.energy.isel(network=0, seed=0))
    np.testing.assert_allclose(first.get_ydata(), found.predicted.isel(network=0, seed=0))
