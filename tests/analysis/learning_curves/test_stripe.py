"""The figures of learning curves: what is drawn is what the results have, read from the axes."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.container import BarContainer

from analysis.learning_curves import (
    alignment,
    kernel_pca,
    learning_curve,
    stripe,
)
from tests.made_up.artists import (
    Bars,
    axis_labels,
    bars,
    drawn_by,
    legend,
    lines,
    mean_and_error,
    scales,
    shows,
)
from tests.made_up.curves import P, image_curves, learning_curves

pytestmark = pytest.mark.usefixtures("coarse")


def axes_of(module: ModuleType, found: xr.Dataset) -> list[Axes]:
    """The axes of the figure."""
    return list(module.figure(found).axes)


def is_of_sets(drawn: Bars, column: xr.DataArray) -> None:
    """Means over networks, and over the data sets with their standard errors."""
    rows = column.mean("init").transpose("P", "set").values
    if rows.shape[1] > 1:
        shows(drawn, P, rows)
    else:
        np.testing.assert_allclose([drawn.x, drawn.y], [P, rows[:, 0]])


def slope(ax_line: tuple[np.ndarray, np.ndarray]) -> float:
    return float(np.polyfit(*np.log(ax_line), 1)[0])


@pytest.mark.parametrize(("sets", "inits"), [(4, 2), (1, 1)])
def test_learning_curves(sets: int, inits: int) -> None:
    found = learning_curves(sets=sets, inits=inits)
    errors, scale, paths = axes_of(stripe, found)
    assert [one.label for one in bars(errors)] == [name for name, *_ in stripe.CURVES.values()]
    for drawn, name in zip(bars(errors), stripe.CURVES, strict=True):
        if name == "end":  # known at the two smallest P
            np.testing.assert_allclose(drawn.y, found.end.mean(("set", "init"))[:2])
        else:
            is_of_sets(drawn, found[name])
    assert [one.label for one in bars(scale)] == [name for name, *_ in stripe.SCALES.values()]
    for drawn, name in zip(bars(scale), stripe.SCALES, strict=True):
        is_of_sets(drawn, found[name])
    assert [text.get_text() for text in errors.texts] == ["$P^{-0.38}$", "$P^{-0.69}$"]
    dotted = lines(errors, ":")
    assert len(dotted) == (inits > 1)
    for shown in dotted:
        np.testing.assert_allclose(shown, [P, found.feature_ensemble.mean("set")])
    assert axis_labels(errors) == ("$P$", r"test error $\epsilon$")
    assert axis_labels(scale) == ("$P$", r"$\Lambda = W_\parallel / W_\perp$")
    assert axis_labels(paths) == (r"$\mathcal{L}(t) / \mathcal{L}(0)$", r"$\Lambda$")
    assert all(scales(ax) == ("log", "log") for ax in (errors, scale, paths))
    assert errors.get_title() == "stripe5,  $h=256$"


def test_the_alignment_along_the_training_of_the_first_set() -> None:
    found = learning_curves()
    paths = axes_of(stripe, found)[2]
    assert legend(paths) == [f"$P={p}$" for p in P]
    for (x, y), p in zip(lines(paths), P, strict=True):
        one = found.sel(P=p).isel(set=0)
        n = 7 if p == P[0] else 9  # the first ended earlier
        np.testing.assert_allclose(x, (one.path_loss / one.path_loss[0])[:n])
        np.testing.assert_allclose(y, one.path_Lambda[:n])
    assert paths.get_xlim()[0] > paths.get_xlim()[1]


def test_the_share_of_aligned_weights() -> None:
    found = learning_curves()
    left, right = axes_of(alignment, found)
    share = found.path_Lambda**2 / (found.path_Lambda**2 + 4)
    drawn = [one for one in left.lines if one.get_linestyle() == "-"]
    assert len(drawn) == 2 * found.sizes["set"]
    half = found.path_t.sel(P=P[-1])[0, 1]  # the loss falls by 10^(-1/2) from look to look
    x, y = drawn[-1].get_data()
    np.testing.assert_allclose(x, found.path_t.sel(P=P[-1])[-1] / half)
    np.testing.assert_allclose(y, share.sel(P=P[-1])[-1])
    places = {"start": 0, "half": 1, "largest": 8, "end": 8}
    for one, (name, look) in zip(bars(right), places.items(), strict=True):
        assert one.label == alignment.NAMES[name]
        np.testing.assert_allclose(one.y[1:], share.isel(look=look).mean("set")[1:])


def test_predicted_lines_have_the_predicted_slopes() -> None:
    errors = axes_of(stripe, learning_curves(d_par=2))[0]
    slopes = [slope(each) for each in lines(errors, "--")]
    np.testing.assert_allclose(slopes, [-5 / 13, -1 / 2], rtol=1e-6)


def test_what_was_not_measured_is_left_out() -> None:
    curves = learning_curves()
    few = curves.assign(compressed=curves.compressed.where(curves.P > 200))
    (drawn,) = [one for one in bars(axes_of(stripe, few)[0]) if "Lambda" in one.label]
    np.testing.assert_array_equal(drawn.x, P[1:])


@pytest.mark.parametrize("sets", [1, 4])
def test_what_eigenvectors_know_before_and_after_learning(sets: int) -> None:
    found = learning_curves(sets=sets)
    left, right = axes_of(kernel_pca, found)
    for ax, name in ((left, "pca_bits"), (right, "pca_omega2")):
        towers = [one for one in ax.containers if isinstance(one, BarContainer)]
        assert len(towers) == len(legend(ax)) == 2
        for one, moment, said in zip(towers, ("start", "end"), legend(ax), strict=True):
            rows = found[name].sel(moment=moment).transpose("eigenvector", "set").values
            heights = [patch.get_height() for patch in one.patches]
            np.testing.assert_allclose(heights, rows.mean(1))
            assert (one.errorbar is None) == (sets == 1)
            if one.errorbar is not None:
                (segments,) = one.errorbar.lines[2]
                ends = np.array(segments.get_segments())[:, :, 1]
                mean, error = mean_and_error(rows)
                np.testing.assert_allclose(ends, np.stack([mean - error, mean + error], -1))
            when = {"start": "at initialisation", "end": "after learning"}[moment]
            assert said == f"{when}, sum {rows.mean(1).sum():.2f}"
        assert ax.get_xlabel() == r"rank of the eigenvector $\phi_\lambda$"
    assert left.get_ylabel() == r"$I(\phi_\lambda;\, y)$ in bits"
    assert right.get_ylabel() == r"$\omega_\lambda^2 = (\phi_\lambda \cdot y)^2 / |y|^2$"
    assert left.get_title() == f"stripe5,  $P={P[1]}$"


@pytest.mark.parametrize("sets", [1, 4])
def test_curves_of_a_cnn(sets: int) -> None:
    """Made up: powers of 1/3 and 1/2."""
    found = image_curves(sets=sets)
    (ax,) = axes_of(learning_curve, found)
    for drawn, law, name, power in zip(
        bars(ax), lines(ax, "-"), ("lazy", "feature"), (1 / 3, 1 / 2), strict=True
    ):
        is_of_sets(drawn, found[name])
        assert drawn.label == rf"{learning_curve.CURVES[name][0]}, $\beta = {power:.2f}$"
        assert slope(law) == pytest.approx(-power, abs=0.01)
    assert (axis_labels(ax), scales(ax)) == (("$P$", r"test error $\epsilon$"), ("log", "log"))
    assert ax.get_title() == "mnist, cnn, $L=2$, $h=16$"


@pytest.mark.parametrize("module", [stripe, kernel_pca, learning_curve])
def test_commands(module: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without results is one line and exit code 2; one with them a figure."""
    assert drawn_by(module, [str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "python -m sweeps." in said
    found, name, needed = {
        learning_curve: (image_curves(), "learning_curve.nc", "lazy"),
    }.get(module, (learning_curves(), "stripe.nc", "feature"))
    (tmp_path / name).write_bytes(bytes(found.to_netcdf()))
    assert drawn_by(module, [str(tmp_path)]) == 0
    assert Path(capsys.readouterr().out.strip()).is_file()
    found.drop_vars("P").drop_vars(needed).to_netcdf(tmp_path / name)
    assert drawn_by(module, [str(tmp_path)]) == 2
    assert "run the sweep again" in capsys.readouterr().err
