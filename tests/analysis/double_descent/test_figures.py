"""The figures of double descent and scaling: on scans of which every law is known."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes

from analysis.double_descent import (
    averages,
    convolutions,
    courses,
    descent,
    fluctuations,
    norm,
    wide,
)
from analysis.double_descent import (
    estimates as descents,
)
from analysis.double_descent.estimates import opened
from analysis.double_descent.figures import FIGURES as DESCENTS
from jamming.checks.errors import BadInput
from sweeps.double_descent.scan import RESULTS
from sweeps.engine.discover import EXPERIMENTS
from tests.made_up.artists import (
    axis_labels,
    bars,
    drawn_by,
    legend,
    line,
    lines,
    scales,
    shows,
    xy,
)
from tests.made_up.figures import drawn_once
from tests.made_up.losses import diverged
from tests.made_up.scans import N_STAR, a_scan, of_convolutions, of_wide

OF_SCANS = (descent, norm, fluctuations, averages, courses)


@pytest.mark.parametrize(
    "module", [*OF_SCANS, wide, convolutions], ids=lambda module: module.__name__
)
def test_where_there_is_no_sweep_one_line_says_so(
    module: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drawn_by(module, [str(tmp_path)]) == 2
    said = capsys.readouterr().err.strip()
    assert len(said.splitlines()) == 1
    assert "sweeps." in said


def alone(found: xr.Dataset, **where: Any) -> xr.Dataset:
    """Of the last P and depth but for what is said."""
    return found.isel(dict.fromkeys({"P", "L"} - set(where), -1)).sel(where)


def rows(one: xr.DataArray) -> np.ndarray:
    return one.transpose("h", ...).values


def is_at_n_star(ax: Axes) -> None:
    """The line and its shade."""
    assert [x[0] for x, _ in lines(ax, ":") if x.size == 2 and np.ptp(x) == 0] == [N_STAR]
    (shade,) = [patch for patch in ax.patches if patch.get_alpha() == 0.12]
    x = shade.get_patch_transform().transform(shade.get_path().vertices)[:, 0]
    np.testing.assert_allclose([x.min(), x.max()], [0.9 * N_STAR, 1.1 * N_STAR])


def test_the_errors_are_those_of_the_scan() -> None:
    found = a_scan()
    figure = drawn_once(descent, a_scan)
    one = alone(found)
    left, middle, right = figure.axes
    single, early, together = bars(left)
    assert [each.label for each in (single, early, together)] == [
        "single networks",
        "stopped at their best",
        "average of 12",
    ]
    shows(single, one.N, rows(one.test_error))
    shows(early, one.N, rows(one.early_error))
    np.testing.assert_allclose(together.y, one.ensemble_error)
    without = rows(one.ensemble_without)
    error = np.sqrt(11 * without.var(1))  # jackknife
    np.testing.assert_allclose(np.ptp(together.ends, axis=1), 2 * error)
    shows(bars(right)[0], one.N, rows(one.train_error))
    for ax in figure.axes:
        is_at_n_star(ax)
        assert ax.get_xlabel() == "$N$"
        assert ax.get_xscale() == "log"
    assert (left.get_ylabel(), right.get_ylabel()) == ("test error", "training error")
    assert figure.get_suptitle() == "MNIST 10 PCA,  $P = 500$,  $L = 3$"
    # each network, those that fit apart
    fits, others = (xy(line(middle, name)) for name in ("each network, fits", "does not fit"))
    assert fits[0].size + others[0].size == one.test_error.size
    assert (fits[0] > N_STAR).all()
    assert (others[0] <= N_STAR).all()
    np.testing.assert_allclose(
        np.sort(np.r_[fits[1], others[1]]), np.sort(one.test_error.values.ravel())
    )


def test_the_asymptotic_error_is_the_law_that_is_said() -> None:
    ax = drawn_once(descent, a_scan).axes[0]
    (dashed,) = [each for each in ax.get_lines() if each.get_linestyle() == "--"]
    N, y = xy(dashed)
    assert N[0] >= 5 * N_STAR
    c, b, d = (
        float(x) for x in re.findall(r"[+-]?[\d.]+(?:e[+-]?\d+)?(?=[ \\])", str(dashed.get_label()))
    )
    np.testing.assert_allclose(y, c + b * N**-0.5 + d * N**-0.75, rtol=0.05)
    # the made-up errors, 0.1 + 4 variance / slope^2, are this form but for higher orders
    exact = 0.1 + 4 * 3 * N**-0.5 / (2 + 2 * N**-0.25) ** 2
    np.testing.assert_allclose(y, exact, rtol=0.02)


def test_several_P_are_drawn_on_top_of_each_other() -> None:
    found = a_scan((250, 1000))
    left, right = descent.figure(found).axes
    assert legend(left) == ["stopped at their best", "$P = 250$", "$P = 1000$"]
    for i, P in enumerate((250, 1000)):
        one = alone(found, P=P)
        for k, name in enumerate(("test_error", "early_error")):
            shows(bars(left)[2 * i + k], one.N, rows(one[name]))
            shows(bars(right)[2 * i + k], one.N / N_STAR, rows(one[name]))
    assert (left.get_xlabel(), right.get_xlabel()) == ("$N$", "$N / N^*$")


def test_the_norm_and_its_divergence() -> None:
    found = a_scan()
    (one,) = descents.scans(found)
    law = descents.divergence(one)
    assert law.exponent.value == pytest.approx(-2.0, abs=0.3)
    assert law.at.value == pytest.approx(N_STAR, rel=0.1)
    left, *both = drawn_once(norm, a_scan).axes
    assert {scales(ax) for ax in (left, *both)} == {("log", "log")}
    assert axis_labels(left) == ("$N$", r"$\|f\|^2$, training and test points")
    shows(bars(left)[0], one.N, rows(one.norm) ** 2)
    is_at_n_star(left)
    fitted = f"fitted: {law.at.value:.0f} [{law.at.low:.0f}, {law.at.high:.0f}]"
    half = float(one.n_star)
    places = {law.at.value: fitted, half: f"where half fit: {half:.0f}"}
    for ax, (at, said) in zip(both, places.items(), strict=True):
        label = f"$N / N^* - 1$,  $N^*$ {said}"
        assert axis_labels(ax) == (label, r"$\|f\|^2$, training points")
        past = one.isel(h=one.N.values > 1.02 * at)
        x = past.N / at - 1
        for drawn, t, steps in zip(bars(ax), found.t.values, "234", strict=True):
            shows(drawn, x, rows(past.norm_t.sel(t=t)) ** 2)
            assert drawn.label == rf"after $3\cdot 10^{{{steps}}}$ steps"
        guides = {name: xy(line(ax, name)) for name in legend(ax) if name.startswith("slope")}
        slopes = {name: np.polyfit(*np.log(each), 1)[0] for name, each in guides.items()}
        assert slopes["slope -2"] == pytest.approx(-2)
        (found_one,) = set(slopes) - {"slope -2"}
        assert float(found_one.split()[1]) == pytest.approx(slopes[found_one], abs=0.06)


def test_fluctuations_and_what_they_do_to_the_error() -> None:
    found = a_scan()
    one = alone(found)
    figure = drawn_once(fluctuations, a_scan)
    variance, slope, estimate, error, excess, zeros = figure.axes[:6]
    for ax in (variance, slope, excess, zeros):
        is_at_n_star(ax)
        assert ax.get_xlabel() == "$N$"
    test, train = bars(variance)
    shows(test, one.N, rows(one.deviation_test))
    shows(train, one.N, rows(one.deviation_train))
    assert {"test points", "training points", "slope -0.5"} <= set(legend(variance))
    np.testing.assert_allclose(xy(line(slope, "median"))[1], np.median(rows(one.slope), 1))
    points = slope.get_lines()[: one.sizes["seed"]]
    np.testing.assert_allclose(np.stack([xy(each)[1] for each in points], 1), rows(one.slope))
    # past N*, every network's distance against its estimate, which the made-up one is 0.9 of
    past = one.isel(h=one.N.values >= N_STAR)
    (cloud,) = estimate.collections
    seen = np.asarray(cloud.get_offsets())
    expected = np.stack([rows(past.delta_estimate).ravel(), rows(past.delta).ravel()], 1)
    np.testing.assert_allclose(seen, expected)
    assert legend(estimate) == ["0.90 times the estimate"]
    far = one.isel(h=one.N.values >= 2 * N_STAR)
    shows(bars(error)[0], np.median(rows(far.delta), 1), rows(far.test_error))
    (law,) = [name for name in legend(error) if "delta" in name]
    limit, square = re.findall(r"[\d.]+", law)[:2]  # 0.1 + 4 delta^2
    assert float(limit) == pytest.approx(0.1, abs=0.01)
    assert float(square) == pytest.approx(4, rel=0.1)
    # (1 - 1/n) of what the error of one is above that of infinitely many
    above = rows(one.test_error).mean(1) - one.ensemble_error.values
    np.testing.assert_allclose(bars(excess)[0].y, above / (1 - 1 / 12), rtol=1e-6)
    assert excess.get_ylabel() == r"$\epsilon_N - \bar\epsilon_N$"
    low, middle, high = one.crossing.mean("seed").transpose("quartile", "h").values
    np.testing.assert_allclose(xy(line(zeros, "median"))[1], middle)
    (band,) = zeros.collections
    corners = band.get_paths()[0].vertices[:, 1]
    np.testing.assert_allclose([corners.min(), corners.max()], [low.min(), high.max()])


@pytest.mark.parametrize(("panel", "said"), [(0, "deviation"), (4, "excess")])
def test_the_fitted_slopes_are_named(panel: int, said: str) -> None:
    ax = drawn_once(fluctuations, a_scan).axes[panel]
    fitted, expected = [name for name in legend(ax) if name.startswith("slope")]
    assert expected == "slope -0.5"
    power = float(fitted.split()[1])
    assert power == pytest.approx(-0.5 if said == "deviation" else -0.42, abs=0.05)
    for name, value in ((fitted, power), (expected, -0.5)):
        drawn = [each for each in ax.get_lines() if each.get_label() == name]
        assert np.polyfit(*np.log(xy(drawn[0])), 1)[0] == pytest.approx(value, abs=0.006)


def test_averages_of_n_networks() -> None:
    """Made up: 0.1 + 4 delta^2, with delta^2 ~ 1 / n."""
    found = a_scan(seeds=24)
    left, middle, right = averages.figure(found).axes
    of = descents.averages(descents.scans(found)[-1])
    (limit,) = re.findall(r"= ([\d.]+)\$ fitted", left.get_ylabel())
    assert float(limit) == pytest.approx(0.1, abs=2e-3)
    (errors,), (deltas,), (both,) = bars(left), bars(middle), bars(right)
    np.testing.assert_allclose(errors.x, [1, 2, 3, 4, 6, 8, 12])
    np.testing.assert_allclose(errors.y, of.error.mean("group") - float(limit), atol=1e-4)
    shows(deltas, of.n.values, of.delta.values)
    np.testing.assert_allclose(both.x, of.delta.mean("group"))
    np.testing.assert_allclose(both.y, errors.y)
    for ax, power in ((left, -1), (middle, -0.5), (right, 2)):
        (guide,) = lines(ax, "--")
        assert np.polyfit(*np.log(guide), 1)[0] == pytest.approx(power)
        assert scales(ax) == ("log", "log")
    assert axis_labels(middle) == ("networks averaged, $n$", r"$\delta$")
    assert right.get_xlabel() == r"$\delta$"


def test_errors_in_time() -> None:
    """Made up: all seeds of a width take t^(0, 1/11, ..., 1) steps to test_error (2 - share)."""
    found = a_scan(seeds=3)
    one = alone(found).sortby("h")
    test, train = courses.figure(found).axes
    assert axis_labels(test) == ("steps", "test error")
    assert axis_labels(train) == ("steps", "training error")
    ratio = np.log(one.N.values / N_STAR)
    four = [int(np.abs(ratio - np.log(place)).argmin()) for place in courses.PLACES]
    for ax, name, by in ((test, "test_error", 1), (train, "misclassified", 500)):
        drawn = [each for each in lines(ax, "-") if each[0].size > 1]
        for i, (t, y) in zip(four, drawn, strict=True):
            at = one.isel(h=i)
            steps, values = at.snapshot_ticks.values - 1, at[f"snapshot_{name}"].values / by
            assert (t[0], t[-1]) == (1, int(steps.max()))
            for k in (0, 100, -1):  # means over seeds of what each showed last
                last = [row[when <= t[k]][-1] for when, row in zip(steps, values, strict=True)]
                assert y[k] == pytest.approx(np.mean(last))
    names = [f"$N = {float(N):.0f}$ = {float(N) / N_STAR:.2g} $N^*$" for N in one.N[four]]
    assert legend(train) == names
    # where half have fitted, of those that fit
    dots = [(x[0], y[0]) for x, y in lines(test) if x.size == 1]
    fit = [i for i in four if one.N[i] > N_STAR]
    np.testing.assert_allclose([x for x, _ in dots], np.median(rows(one.ticks)[fit], 1) - 1)


def test_averages_are_of_the_widest_of_the_most_networks() -> None:
    scan = a_scan(h=(10.0, 30.0, 45.0), seeds=24)
    scan["average_error"][..., 2, :, 3:] = np.nan
    of = descents.averages(descents.scans(scan)[0])
    assert of.h == 30.0
    np.testing.assert_allclose(of.n, [1, 2, 3, 4, 6, 8, 12])
    with pytest.raises(BadInput, match="h = 45 diverged"):
        descents.averages(diverged(descents.scans(scan)[0]))
    few = a_scan(h=(10.0, 30.0, 45.0, 70.0), seeds=2)
    with pytest.raises(BadInput, match="more networks"):
        descents.averages(descents.scans(few)[0])


def test_of_several_training_sets_a_point_is_the_mean_over_sets() -> None:
    """Rows are means over the networks of a set; bars have the scatter of sets."""
    found = a_scan(seeds=3, sets=5)
    (one,) = descents.scans(found)
    errors = found.test_error.isel(P=0, L=0).values.reshape(-1, 5, 3).mean(2)
    np.testing.assert_allclose(descents.rows(one, "test_error"), errors)
    assert one.averaged.values.tolist() == [3] * one.sizes["h"]
    of_set = found.ensemble_of_set.isel(P=0, L=0).values[:, ::3]
    np.testing.assert_allclose(descents.rows(one, "ensemble"), of_set)
    np.testing.assert_allclose(descents.rows(one, "excess"), 1.5 * (errors - of_set))
    assert descents.rows(descents.networks(found), "test_error").shape[1] == 15
    averaged = descents.averages(descents.scans(a_scan(h=(30.0,), seeds=16, sets=5))[0])
    assert averaged.error.shape == (6, 5)
    figure = descent.figure(found)
    shows(bars(figure.axes[0])[0], one.N, errors)
    assert "average of 3" in legend(figure.axes[0])
    assert figure.get_suptitle().endswith("5 training sets")
    assert "training set" not in descent.figure(a_scan()).get_suptitle()


def test_four_networks_around_jamming_are_followed() -> None:
    (one,) = descents.scans(a_scan())
    ratio = one.N.values[courses.chosen(one)] / N_STAR
    assert len(ratio) == 4
    assert ratio[0] < 0.7 < ratio[1] < 1.4 < ratio[2] < 5 < ratio[3]
    blind = one.assign(n_star=np.nan)
    assert len(courses.chosen(blind)) == 4


def test_a_run_that_has_ended_stays_as_it_was() -> None:
    (one,) = descents.scans(a_scan(seeds=3))
    at = one.isel(h=-1)
    rows = courses.course(at, "test_error", np.array([0.0, 1e2, 1e9]))
    np.testing.assert_allclose(rows[:, -1], at.snapshot_test_error.isel(snapshot=-1))
    np.testing.assert_allclose(rows[:, 0], at.snapshot_test_error.isel(snapshot=0))


@pytest.mark.parametrize("module", [descent, norm, fluctuations, courses])
def test_a_scan_that_does_not_reach_the_transition_is_drawn(module: Any) -> None:
    blind = a_scan(h=(10.0, 20.0), seeds=3)
    for name in ("n_star", "n_star_low", "n_star_high"):
        blind[name] = blind[name] * np.nan
    module.figure(blind)


def test_what_wide_networks_do_is_drawn_with_its_slopes() -> None:
    found = of_wide()
    figure = wide.figure(found)
    for ax, (name, (text, expected)), power in zip(
        figure.axes, wide.PANELS.items(), (-0.5, -1.0, 0.0, -1.0), strict=True
    ):
        shows(bars(ax)[0], found.h, found[name].values)
        assert ax.get_ylabel() == text
        assert scales(ax) == ("log", "log")
        (fitted,) = [label for label in legend(ax) if label.startswith("fitted")]
        assert float(fitted.split()[1]) == pytest.approx(power, abs=0.03)
        guide = [each for each in ax.get_lines() if each.get_label() == f"slope {expected:g}"]
        assert np.polyfit(*np.log(xy(guide[0])), 1)[0] == pytest.approx(expected)
    shows(bars(figure.axes[2])[1], found.h, found.orthogonal.values)
    assert {"orthogonal weights", "independent ones"} <= set(legend(figure.axes[2]))


def test_convolutions_are_drawn_with_their_average() -> None:
    found = of_convolutions()
    figure = convolutions.figure(found)
    test, train = figure.axes
    assert set(legend(test)) == {"average of 6", "single networks"}
    shows(bars(test)[0], found.h, 100 * found.test_error[0])
    shows(bars(train)[0], found.h, 100 * found.train_error[0])
    np.testing.assert_allclose(xy(line(test, "average of 6"))[1], 100 * found.ensemble_error[0])
    assert axis_labels(test) == ("channels, $f$", "test error (%)")
    assert axis_labels(train) == ("channels, $f$", "training error (%)")
    assert figure.get_suptitle() == "cifar10,  cnn,  $P = 5000$,  $L = 3$"


def test_each_figure_is_of_an_experiment_that_there_is(tmp_path: Path) -> None:
    assert len({figure.name for figure in DESCENTS}) == len(DESCENTS)
    for figure in DESCENTS:
        assert figure.experiment in EXPERIMENTS
        with pytest.raises(BadInput):
            figure.opened(tmp_path)


def test_results_that_lack_a_variable_are_refused(tmp_path: Path) -> None:
    lacking: xr.Dataset = a_scan(seeds=2).drop_vars("slope")
    (tmp_path / RESULTS).write_bytes(bytes(lacking.to_netcdf()))
    with pytest.raises(BadInput, match="slope"):
        opened(tmp_path)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("module", [descent, norm, fluctuations, courses])
def test_widths_at_which_a_network_diverged_are_counted_and_have_no_means(
    module: Any,
) -> None:
    scan = a_scan(seeds=24)
    parts = [
        diverged(scan).isel(h=slice(6, 9)),
        scan.isel(h=slice(0, 6)),
        scan.isel(h=slice(9, 16)),
    ]
    found = xr.concat(parts, "h", data_vars="minimal", coords="minimal", compat="override")
    figure = module.figure(found.assign_attrs(diverged=3, runs=384))
    assert "3 of 384 runs diverged (NON_FINITE)" in [text.get_text() for text in figure.texts]
    if module is norm:
        (drawn,) = bars(figure.axes[0])
        assert len(drawn.x) == 13
