"""The figures of double descent and scaling: on scans of which every law is known."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

from analysis.double_descent import (
    averages,
    convolutions,
    courses,
    descent,
    fluctuations,
    norm,
    wide,
)
from analysis.double_descent import estimates as descents
from analysis.double_descent.axes import opened
from analysis.double_descent.figures import FIGURES as DESCENTS
from jamming.checks.errors import BadInput
from sweeps.double_descent.experiments import EXPERIMENTS as DOUBLE_DESCENT
from sweeps.double_descent.scan import RESULTS
from tests.made_up.losses import diverged
from tests.made_up.pictures import drawn_by
from tests.made_up.scans import N_STAR, a_scan, of_convolutions, of_wide

OF_SCANS = (descent, norm, fluctuations, averages, courses)


def shown(monkeypatch: pytest.MonkeyPatch, draw: Callable[..., None], found: Any) -> Figure:
    """The figure, as it is saved."""
    kept: list[Figure] = []
    real = Figure.savefig

    def keep(self: Figure, *args: Any, **kwargs: Any) -> None:
        kept.append(self)
        real(self, *args, **kwargs)

    monkeypatch.setattr(Figure, "savefig", keep)
    target = BytesIO()
    draw(found, target)
    assert target.getvalue().startswith(b"\x89PNG")
    assert not plt.get_fignums()
    return kept[0]


def labels(figure: Figure) -> list[str]:
    return [text for ax in figure.axes for text in ax.get_legend_handles_labels()[1]]


@pytest.mark.parametrize("module", OF_SCANS, ids=lambda module: module.__name__)
def test_each_is_drawn_from_a_file_by_its_command(module: Any, tmp_path: Path) -> None:
    (tmp_path / RESULTS).write_bytes(bytes(a_scan(seeds=8).to_netcdf()))
    target = tmp_path / "figure.png"
    assert drawn_by(module, [str(tmp_path), "--out", str(target)]) == 0
    assert target.stat().st_size > 10_000


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


def test_the_errors_are_those_of_the_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    found = a_scan()
    figure = shown(monkeypatch, descent.draw, found)
    assert {"single networks", "stopped at their best", "average of 12"} <= set(labels(figure))
    drawn = {line.get_label(): line for line in figure.axes[0].get_lines()}
    (one,) = descents.scans(found)
    np.testing.assert_allclose(
        figure.axes[0].containers[0][0].get_ydata(), one.test_error.mean("seed")
    )
    np.testing.assert_allclose(
        figure.axes[0].containers[2][0].get_ydata(), one.ensemble_error, rtol=1e-6
    )
    np.testing.assert_allclose(np.asarray(drawn["$N^*$"].get_xdata(), float), N_STAR)


def test_several_P_are_drawn_on_top_of_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    figure = shown(monkeypatch, descent.draw, a_scan((250, 1000)))
    left, right = figure.axes
    assert {"$P = 250$", "$P = 1000$"} <= set(labels(figure))
    for a, b in zip(left.containers, right.containers, strict=True):
        np.testing.assert_allclose(a[0].get_xdata() / N_STAR, b[0].get_xdata())


def test_the_divergence_of_the_norm_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found = a_scan()
    (one,) = descents.scans(found)
    law = descents.divergence(one)
    assert law.exponent.value == pytest.approx(-2.0, abs=0.3)
    assert law.at.value == pytest.approx(N_STAR, rel=0.1)
    figure = shown(monkeypatch, norm.draw, found)
    assert [text for text in labels(figure) if text.startswith("after")] == [
        "after $3\\cdot 10^{2}$ steps",
        "after $3\\cdot 10^{3}$ steps",
        "after $3\\cdot 10^{4}$ steps",
    ]


def test_the_fitted_slopes_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    figure = shown(monkeypatch, fluctuations.draw, a_scan())
    slopes = [text for text in labels(figure) if text.startswith("slope")]
    assert slopes[0].startswith("slope -0.50 [")
    assert slopes[1] == "slope -0.5"


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
    module.draw(blind, BytesIO())


def test_what_wide_networks_do_is_drawn_with_its_slopes(monkeypatch: pytest.MonkeyPatch) -> None:
    figure = shown(monkeypatch, wide.draw, of_wide())
    fitted = [text for text in labels(figure) if text.startswith("fitted")]
    assert [float(text.split()[1]) for text in fitted] == pytest.approx(
        [-0.5, -1.0, 0.0, -1.0], abs=0.03
    )


def test_convolutions_are_drawn_with_their_average(monkeypatch: pytest.MonkeyPatch) -> None:
    found = of_convolutions()
    figure = shown(monkeypatch, convolutions.draw, found)
    test, train = figure.axes
    assert labels(figure) == ["average of 4", "single networks"]
    np.testing.assert_allclose(
        test.containers[0][0].get_ydata(), 100 * found.test_error.mean("seed")[0]
    )
    (average,) = [line for line in test.get_lines() if line.get_label() == "average of 4"]
    y = np.asarray(average.get_ydata(), float)
    np.testing.assert_allclose(y, 100 * found.ensemble_error[0])
    assert train.containers[0][0].get_ydata()[-1] == 0


def test_each_figure_is_of_an_experiment_that_there_is(tmp_path: Path) -> None:
    known = {each.name: each for each in DOUBLE_DESCENT}
    assert len({figure.name for figure in DESCENTS}) == len(DESCENTS)
    for figure in DESCENTS:
        assert figure.experiment in known
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
    module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = a_scan(seeds=24)
    parts = [
        diverged(scan).isel(h=slice(6, 9)),
        scan.isel(h=slice(0, 6)),
        scan.isel(h=slice(9, 16)),
    ]
    found = xr.concat(parts, "h", data_vars="minimal", coords="minimal", compat="override")
    figure = shown(monkeypatch, module.draw, found.assign_attrs(diverged=3, runs=384))
    assert "3 of 384 runs diverged (NON_FINITE)" in [text.get_text() for text in figure.texts]
    if module is norm:
        (drawn,) = figure.axes[0].containers
        assert len(drawn.lines[0].get_xdata()) == 13
