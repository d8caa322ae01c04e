"""Double descent: what its artists show is what is in the dataset."""

import functools
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from analysis.phase_diagram.sections import columns, figure
from analysis.plotting import cli
from analysis.plotting.style import save, style
from jamming.checks.errors import BadInput
from tests.made_up.diagrams import CASES, a_diagram

main = functools.partial(cli.run, "phase_diagram.sections", prog="double_descent")
pytestmark = pytest.mark.usefixtures("coarse")

KINDS = ("error", "ensemble_error")


def panels(data: xr.Dataset, *alpha: float) -> list[Axes]:
    """The panels of a figure."""
    return list(figure(data, alpha or None).axes)


def line(ax: Axes, label: str) -> Line2D:
    """The one line with this label."""
    (found,) = [o for o in ax.get_lines() if o.get_label() == label]
    return found


# those that lack something that this figure does not look at are left to the other
DRAWN = [
    name for name in CASES if name != "no error" and "kernel" not in name and "cross" not in name
]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("case", DRAWN)
def test_a_figure_is_laid_out_without_a_warning(case: str) -> None:
    data = CASES[case]
    if "error" not in data:
        data = data.assign(error=data.ensemble_error)
    drawn = figure(data)
    if case not in ("finished", "nothing run"):  # to arrange the axes takes longest
        drawn.set_layout_engine("none")
    with style():
        drawn.draw_without_rendering()


@pytest.mark.parametrize("name", ["h", "alpha_tilde", "error", "ensemble_error", "fit"])
def test_a_dataset_without_what_the_figure_needs_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match=name):
        figure(a_diagram().drop_vars(name))


@pytest.mark.parametrize("share", [1.0, 0.6])
def test_hollow_are_exactly_the_widths_at_which_fewer_than_half_fit(share: float) -> None:
    data = a_diagram(share=share)
    data["fit"] = data.fit.where(data.h != 8, 0.5)  # one half counts as a fit
    for ax, i in zip(panels(data), columns(data), strict=True):
        one = data.isel(alpha_tilde=i)
        few = one.fit.values < 0.5
        assert few.any()
        assert not few.all()
        for kind in KINDS:
            for mask, which in ((few, "jammed"), (~few, "fits")):
                points = line(ax, f"_{kind} {which}")
                np.testing.assert_array_equal(points.get_xdata(), one.h[mask])
                np.testing.assert_array_equal(points.get_ydata(), one[kind][mask])
                hollow = to_hex(points.get_markerfacecolor()) == "#ffffff"
                assert hollow == (which == "jammed")


def test_the_bars_are_standard_errors() -> None:
    data = a_diagram()
    for ax, i in zip(panels(data), columns(data), strict=True):
        one = data.isel(alpha_tilde=i)
        for kind, container in zip(KINDS, ax.containers, strict=True):
            drawn, _, (bars,) = container.lines
            np.testing.assert_array_equal(drawn.get_ydata(), one[kind])
            ends = np.array(bars.get_segments())[:, :, 1]
            np.testing.assert_allclose(ends[:, 0], one[kind] - one[f"{kind}_se"])
            np.testing.assert_allclose(ends[:, 1], one[kind] + one[f"{kind}_se"])


def test_a_bar_that_would_reach_zero_stays_on_the_axis() -> None:
    data = a_diagram()
    data["error_se"] = 2 * data.error
    _, _, (bars,) = panels(data)[0].containers[0].lines
    assert all(segment[:, 1].min() > 0 for segment in bars.get_segments())


def test_jamming_is_a_line_with_its_interval() -> None:
    data = a_diagram()
    for ax, i in zip(panels(data), columns(data), strict=True):
        one = data.isel(alpha_tilde=i)
        assert set(line(ax, "_jamming").get_xdata()) == {float(one.jamming_h)}
        (shade,) = [p for p in ax.patches if p.get_label() == "_jamming interval"]
        x = shade.get_patch_transform().transform(shade.get_path().vertices)[:, 0]
        np.testing.assert_allclose([x.min(), x.max()], [one.jamming_h_low, one.jamming_h_high])
    unknown = data.assign(jamming_h=data.jamming_h * np.nan)
    assert all(o.get_label() != "_jamming" for ax in panels(unknown) for o in ax.get_lines())


def test_panels_are_the_nearest_columns_that_hold_something() -> None:
    data = a_diagram()
    assert data.alpha_tilde.values[columns(data)] == pytest.approx([1e-1, 1e1, 1e3])
    assert columns(data, [1e9, 1e-9]) == [0, 16]
    # nearest in log: 10**0.24 lies between 1 and 10**0.5
    assert data.alpha_tilde.values[columns(data, [10**0.24])] == pytest.approx([1])
    half = a_diagram(share=0.5)  # up to alpha~ = 1e1 or less; nothing has run at 1e3
    assert half.error.isel(alpha_tilde=columns(half)).notnull().all()
    assert columns(half, [1e3]) == columns(data, [1e3])
    assert columns(a_diagram(alphas=1)) == [0]
    assert len(panels(data, 1.0, 1.1)) == 1


@pytest.mark.parametrize("alpha", [[], [1.0, 2.0, 3.0, 4.0], [0.0], [-1.0], [float("nan")]])
def test_values_that_cannot_be_drawn_are_refused(alpha: list[float]) -> None:
    with pytest.raises(BadInput):
        figure(a_diagram(), alpha)


def test_the_panels_share_logarithmic_axes_that_hold_every_point() -> None:
    data = a_diagram()
    axes = panels(data)
    assert len({ax.get_ylim() for ax in axes}) == len({ax.get_xlim() for ax in axes}) == 1
    shown = data.isel(alpha_tilde=columns(data))
    low, high = axes[0].get_ylim()
    assert axes[0].get_yscale() == axes[0].get_xscale() == "log"
    assert low < min(float(shown[k].min()) for k in KINDS)
    assert high > max(float(shown[k].max()) for k in KINDS)


def test_the_numbers_on_top_are_where_networks_have_as_many_parameters() -> None:
    data = a_diagram()
    for ax in panels(data):
        (top,) = ax.child_axes
        ticks = dict(
            zip([t.get_text() for t in top.get_xticklabels()], top.get_xticks(), strict=True)
        )
        assert set(ticks) == {"$10^{2}$", "$10^{3}$", "$10^{4}$"}
        for label, h in ticks.items():
            n = 10.0 ** int(label[5])
            below, above = data.N.where(data.h <= h).max(), data.N.where(data.h >= h).min()
            assert below <= n <= above
    assert all(ax.child_axes == [] for ax in panels(data.drop_vars("N")))


def test_an_error_of_zero_is_not_left_out_in_silence() -> None:
    data = a_diagram()
    assert "zeros" not in panels(data)[0].get_ylabel()
    data["ensemble_error"] = data.ensemble_error.where(data.h != 200, 0.0)
    assert "zeros not shown" in panels(data)[0].get_ylabel()


def test_an_unfinished_sweep_says_so_and_no_text_is_on_the_data() -> None:
    drawn = figure(a_diagram(share=0.5))
    assert "275 of 550 trajectories" in drawn.get_suptitle()
    drawn.draw_without_rendering()
    assert all(len(ax.texts) == 0 for ax in drawn.axes)
    for ax in drawn.axes:
        assert not any(legend.get_window_extent().overlaps(ax.bbox) for legend in drawn.legends)


@pytest.fixture
def sweep(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of a sweep, as the command line opens it."""
    monkeypatch.setattr("analysis.phase_diagram.sections.opened", lambda _: a_diagram())
    return tmp_path


def test_the_command_draws_the_columns_asked_for(
    sweep: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(sweep)]) == 0
    assert (sweep / "double_descent.png").is_file()
    assert capsys.readouterr().out == f"{sweep / 'double_descent.png'}\n"
    save(figure(a_diagram(), [1.0, 100.0]), sweep / "a.png")
    assert (
        main(
            [str(sweep), "--out", str(sweep / "b.png"), "--alpha-tilde", "1", "100"],
        )
        == 0
    )
    assert (sweep / "a.png").read_bytes() == (sweep / "b.png").read_bytes()
    assert (sweep / "a.png").read_bytes() != (sweep / "double_descent.png").read_bytes()


@pytest.mark.parametrize(
    "extra", [["--alpha-tilde", "-1"], ["--alpha-tilde", *"1234"], ["--out", "a.xyz"]]
)
def test_bad_input_is_one_line_and_exit_code_two(
    extra: list[str], sweep: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(sweep), *extra]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith("double_descent: ")
    assert list(sweep.iterdir()) == []


def test_panels_are_named_after_what_the_sweep_varied() -> None:
    plain = a_diagram()
    for dataset, start in (
        (plain, r"$\tilde\alpha="),
        (plain.assign_attrs(scale="alpha"), r"$\alpha="),
    ):
        titles = [ax.get_title() for ax in figure(dataset).axes if ax.get_title()]
        assert titles
        assert all(title.startswith(start) for title in titles)
