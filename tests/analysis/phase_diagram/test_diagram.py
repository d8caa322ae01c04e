"""The phase diagram: what its artists show is what is in the dataset."""

import functools
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.lines import Line2D

from analysis.phase_diagram import diagram
from analysis.phase_diagram.diagram import MISSING, RATIO, UNFITTED, edges, figure
from analysis.plotting import cli
from analysis.plotting.style import style
from jamming.checks.errors import BadInput
from tests.made_up.diagrams import ALPHA, CASES, H, a_diagram
from tests.made_up.figures import drawn_once

main = functools.partial(cli.run, "phase_diagram.diagram", prog="phase_diagram")
pytestmark = pytest.mark.usefixtures("coarse")


def cells(ax: Axes, label: str) -> list[np.ndarray]:
    """The rectangles of one kind on show, as corners."""
    found = [c for c in ax.collections if c.get_label() == label]
    return [path.vertices for c in found for path in c.get_paths()]


def cells_of(mask: np.ndarray, data: xr.Dataset) -> set[tuple[float, float]]:
    """(alpha~, h) of the cells of a mask."""
    return {(float(data[ALPHA][j]), float(data[H][i])) for i, j in np.argwhere(np.asarray(mask))}


def inside(boxes: list[np.ndarray], data: xr.Dataset) -> set[tuple[float, float]]:
    """(alpha~, h) of the cells whose centre is in a rectangle; each holds one."""
    found = []
    for box in boxes:
        (x0, y0), (x1, y1) = box.min(0), box.max(0)
        for a in data[ALPHA].values:
            found += [(float(a), float(h)) for h in data[H].values if x0 < a < x1 and y0 < h < y1]
    assert len(found) == len(set(found)) == len(boxes)
    return set(found)


def line(ax: Axes, label: str) -> Line2D:
    """The one line with this label."""
    (found,) = [o for o in ax.get_lines() if o.get_label() == label]
    return found


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("case", CASES)
def test_a_figure_is_laid_out_without_a_warning(case: str) -> None:
    drawn = figure(CASES[case])
    if case not in ("finished", "nothing run"):  # to arrange the axes takes longest
        drawn.set_layout_engine("none")
    with style():
        drawn.draw_without_rendering()
    assert np.isfinite([*drawn.axes[0].get_xlim(), *drawn.axes[0].get_ylim()]).all()


@pytest.mark.parametrize("case", ["finished", "half-finished", "all jammed", "none jammed"])
def test_black_are_the_cells_below_the_jamming_line_and_those_that_do_not_fit(case: str) -> None:
    data = CASES[case]
    below = (data.h < data.jamming_h).transpose(H, ALPHA).values
    expected = below | (data.fit.values < 0.5)
    ax = figure(data).axes[0]
    assert inside(cells(ax, UNFITTED), data) == cells_of(expected, data)
    # one of them is there by the line alone: a fit of one half is no reason
    data = data.assign(fit=data.fit * 0 + 0.5)
    assert inside(cells(figure(data).axes[0], UNFITTED), data) == cells_of(below, data)
    # and by the fit alone
    few = CASES[case].drop_vars("jamming_h")
    assert inside(cells(figure(few).axes[0], UNFITTED), few) == cells_of(few.fit < 0.5, few)


def test_hatched_are_the_cells_that_have_not_run() -> None:
    data = a_diagram(share=0.5)
    ax = figure(data).axes[0]
    assert inside(cells(ax, MISSING), data) == cells_of(data.fit.isnull(), data)
    assert cells(drawn_once(diagram, a_diagram).axes[0], MISSING) == []
    everything = CASES["nothing run"]
    ax = figure(everything).axes[0]
    assert len(cells(ax, MISSING)) == everything.fit.size
    assert cells(ax, UNFITTED) == []


@pytest.mark.parametrize("case", ["finished", "half-finished", "transposed", "descending"])
def test_all_other_cells_have_the_colour_of_their_ensemble_error(case: str) -> None:
    data = CASES[case].sortby([H, ALPHA]).transpose(H, ALPHA, ...)
    (mesh,) = [c for c in figure(CASES[case]).axes[0].collections if isinstance(c, QuadMesh)]
    shown = np.ma.filled(mesh.get_array(), np.nan).reshape(data.fit.shape)
    black = (data.fit < 0.5) | (data.h < data.jamming_h)
    np.testing.assert_array_equal(shown, data.ensemble_error.where(~black).transpose(H, ALPHA))


def test_the_kernel_has_the_same_colours_and_a_cell_of_infinite_width() -> None:
    data = a_diagram()
    ax, side, _ = drawn_once(diagram, a_diagram).axes[:3]
    meshes = [c for a in (ax, side) for c in a.collections if isinstance(c, QuadMesh)]
    np.testing.assert_array_equal(
        np.asarray(meshes[1].get_array()).ravel(), data.kernel_ensemble_error
    )
    assert meshes[0].norm is meshes[1].norm
    (top,) = side.child_axes
    (mesh,) = top.collections
    assert float(mesh.get_array().squeeze()) == float(data.kernel_infinite_error)
    assert mesh.norm is meshes[0].norm
    unknown = data.assign(kernel_infinite_error=np.nan)
    assert figure(unknown).axes[1].child_axes == []


def test_a_kernel_that_most_seeds_do_not_fit_is_black() -> None:
    data = a_diagram()
    fit = np.where(np.arange(data.h.size) < 2, 0.25, 1.0)
    data = data.assign(kernel_fit=("h", fit))
    side = figure(data).axes[1]
    (mesh,) = [c for c in side.collections if isinstance(c, QuadMesh)]
    shown = np.ma.filled(mesh.get_array(), np.nan).ravel()
    np.testing.assert_array_equal(shown, data.kernel_ensemble_error.where(fit >= 0.5))
    (black,) = [c for c in side.collections if c.get_label() == UNFITTED]
    assert len(black.get_paths()) == 2


def test_the_jamming_line_is_in_the_dataset_with_its_interval() -> None:
    data = a_diagram(share=0.8)
    (bars,) = [c for c in figure(data).axes[0].containers if c.get_label()[0] == "j"]
    drawn, _, (interval,) = bars.lines
    np.testing.assert_array_equal(drawn.get_xdata(), data[ALPHA])
    np.testing.assert_array_equal(drawn.get_ydata(), data.jamming_h)
    ends = np.array([s[:, 1] for s in interval.get_segments() if len(s) and np.isfinite(s).all()])
    known = data.jamming_h.notnull().values
    np.testing.assert_allclose(ends[:, 0], data.jamming_h_low[known])
    np.testing.assert_allclose(ends[:, 1], data.jamming_h_high[known])


def test_the_isolines_are_in_the_dataset_and_only_the_first_is_solid() -> None:
    data = a_diagram()
    ax = drawn_once(diagram, a_diagram).axes[0]
    for level, label in ((0.1, "_level 0.1"), (1.0, f"{RATIO} = 1"), (10.0, "_level 10")):
        drawn = line(ax, label)
        np.testing.assert_array_equal(drawn.get_xdata(), data.crossover.sel(level=level))
        np.testing.assert_array_equal(drawn.get_ydata(), data.h)
        assert drawn.is_dashed() == (level != 1.0)
    widths = {o.get_linewidth() for o in ax.get_lines() if "level" in str(o.get_label())}
    assert line(ax, f"{RATIO} = 1").get_linewidth() > max(widths)


def test_a_level_known_at_one_width_only_is_seen() -> None:
    data = a_diagram()
    data["crossover"] = data.crossover.where(data.h == 50)
    drawn = line(figure(data).axes[0], f"{RATIO} = 1")
    assert drawn.get_marker() == "o"
    assert drawn.get_markevery() == [int(np.flatnonzero(data.h == 50)[0])]


def test_feature_is_left_of_the_crossover_and_lazy_right_and_no_text_is_on_the_data() -> None:
    data = a_diagram()
    drawn = figure(data)
    drawn.draw_without_rendering()
    ax = drawn.axes[0]
    boxes = {t.get_text(): t.get_window_extent() for t in ax.texts}
    x = ax.transData.transform((float(data.crossover.sel(level=1)[-1]), 10.0))[0]
    (feature,) = [b for t, b in boxes.items() if "feature" in t]
    (lazy,) = [b for t, b in boxes.items() if "lazy" in t]
    assert feature.x1 < x < lazy.x0
    for level in (0.1, 1, 10):
        at = ax.transData.transform((float(data.crossover.sel(level=level)[-1]), 10.0))[0]
        assert boxes[f"{level:g}"].x0 < at < boxes[f"{level:g}"].x1
    for text, box in boxes.items():
        assert box.y0 >= ax.get_window_extent().y1, text
        assert not any(box.overlaps(b) for t, b in boxes.items() if t != text)
    assert not any(legend.get_window_extent().overlaps(ax.bbox) for legend in drawn.legends)


def test_a_level_beyond_the_axes_is_neither_drawn_nor_named() -> None:
    data = a_diagram()
    data["crossover"] = data.crossover.where(data.level != 10, 1e-9)
    drawn = figure(data)
    assert {t.get_text() for t in drawn.axes[0].texts}.isdisjoint({"10"})
    assert f"{RATIO} = 0.1" in {t.get_text() for t in drawn.legends[0].get_texts()}


def test_no_regime_is_named_where_the_crossover_is_unknown() -> None:
    data = a_diagram()
    data["crossover"] = data.crossover * np.nan
    assert len(figure(data).axes[0].texts) == 0


@pytest.mark.parametrize(("share", "said"), [(1.0, False), (0.5, True)])
def test_an_unfinished_sweep_says_so(share: float, said: bool) -> None:
    data = a_diagram(share=share)
    title = figure(data).get_suptitle()
    assert ("275 of 550 trajectories" in title) == said
    assert "mnist10pca" in title


def test_borders_are_half_way_between_the_cells() -> None:
    np.testing.assert_allclose(edges(np.array([1, 10, 1000])), [10**-0.5, 10**0.5, 100, 10**4])
    (low, high) = edges(np.array([7.0]))
    assert low * high == pytest.approx(49)
    assert low < 7 < high


@pytest.mark.parametrize("name", ["h", "alpha_tilde", "ensemble_error", "fit"])
def test_a_dataset_without_what_the_figure_needs_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match=name) as error:
        figure(a_diagram().drop_vars(name))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "data", [a_diagram().isel(h=slice(0)), a_diagram().assign_coords(h=np.arange(13))]
)
def test_axes_that_cannot_be_logarithmic_are_refused(data: xr.Dataset) -> None:
    with pytest.raises(BadInput):
        figure(data)


@pytest.fixture
def sweep(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of a sweep, as the command line opens it."""

    def open_diagram(folder: Path) -> xr.Dataset:
        if not folder.is_dir():
            raise BadInput(f"{folder} is no\nsweep: choose another")
        return a_diagram(share=0.5)

    monkeypatch.setattr("analysis.phase_diagram.diagram.opened", open_diagram)
    (tmp_path / "sweep").mkdir()
    return tmp_path / "sweep"


def test_the_command_draws_into_the_folder_or_where_it_is_told(
    sweep: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(sweep)]) == 0
    assert (sweep / "phase_diagram.png").is_file()
    assert capsys.readouterr().out == f"{sweep / 'phase_diagram.png'}\n"
    assert (
        main(
            [str(sweep), "--out", str(sweep / "b.pdf")],
        )
        == 0
    )
    assert (sweep / "b.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    "arguments",
    [["missing"], ["sweep", "--out", "a.xyz"], ["sweep", "--out", "no/a.png"]],
)
def test_bad_input_is_one_line_and_exit_code_two(
    arguments: list[str],
    sweep: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(sweep.parent)
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith("phase_diagram: ")
    assert [p.name for p in sweep.parent.rglob("*")] == ["sweep"]


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["a", "--colour"]])
def test_a_wrong_command_is_one_line_and_exit_code_two(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_axis_is_named_after_what_the_sweep_varied() -> None:
    plain = a_diagram()
    own = plain.assign_attrs(scale="alpha")
    for dataset, name in ((plain, r"$\tilde\alpha=\sqrt{h}\,\alpha$"), (own, r"$\alpha$")):
        assert name in [ax.get_xlabel() for ax in figure(dataset).axes]
