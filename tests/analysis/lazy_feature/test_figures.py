"""What is fitted to regimes, on made-up networks, and that every figure of the chapter is drawn."""

import math
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from matplotlib.image import imread

from analysis.lazy_feature import estimates as regime_fits
from analysis.lazy_feature import frozen, kernel_change, loss_curves, regimes, variance, variants
from analysis.lazy_feature.estimates import (
    against_alpha,
    against_h,
    collapsed,
    crossover,
    halfway,
    law,
    local_slopes,
    one_of,
    opened,
    plateaus,
)
from analysis.phase_diagram import jamming_lines
from analysis.phase_diagram.estimates import lines
from jamming.checks.errors import BadInput
from jamming.fits.seeds import mean_and_error
from tests.made_up.losses import diverged
from tests.made_up.pictures import drawn_by
from tests.made_up.regimes import FEATURE, LAZY, swept

ALPHAS = "1e-3 1e-2 1e-1 1 3 10 30 100 1000 1e4 1e5"
LINE = f"--P 20 --h 9 36 144 --alpha-tilde {ALPHAS} --seeds 6"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("figures") / "regimes-laptop"
    swept(out, LINE)
    return out


@pytest.fixture(scope="module")
def one(folder: Path) -> xr.Dataset:
    return one_of(opened(folder))


def test_powers_of_both_regimes_are_recovered(one: xr.Dataset) -> None:
    """p = 4/3 and b = 1/3 at L = 2; the crossover is at alpha~ = 10 times 1 + x^(1-p) = x."""
    for h in (9, 36, 144):
        assert law(one, "kernel_change", h, 1e3).exponent.value == pytest.approx(-1, abs=0.05)
        feature = law(one, "kernel_change", h, *regime_fits.FEATURE).exponent
        assert feature.value == pytest.approx(-4 / 3, abs=0.06)
        assert feature.low < feature.value < feature.high
        weights = law(one, "weight_change", h, *regime_fits.FEATURE).exponent
        assert weights.value == pytest.approx(-1 / 3, abs=0.06)
        x = crossover(one, h).value / 10
        assert (1 + x ** (-1 / 3)) / x == pytest.approx(1, rel=0.05)


def test_local_slopes_go_from_one_power_to_the_other(one: xr.Dataset) -> None:
    x, slope = local_slopes(one, "kernel_change", 36)
    assert x.size == slope.size == 10
    assert slope[0] == pytest.approx(-4 / 3, abs=0.05)
    assert slope[-1] == pytest.approx(-1, abs=0.03)


def test_the_error_is_half_way_at_alpha_tilde_of_ten(one: xr.Dataset) -> None:
    for h in (9, 36, 144):
        feature, lazy = plateaus(one, h)
        assert (feature, lazy) == pytest.approx((FEATURE, LAZY), abs=0.01)
        assert halfway(one, h).value * math.sqrt(h) == pytest.approx(10, rel=0.35)
    assert collapsed(one) < 0.1


def test_widths_that_do_not_collapse_are_far_from_one_curve(one: xr.Dataset) -> None:
    """The same errors as if they depended on alpha itself."""
    wrong = one.assign(at_alpha_tilde=one.at_alpha_tilde * one.h / 36)
    wrong = wrong.assign(at_alpha=wrong.at_alpha_tilde / np.sqrt(one.h))
    assert collapsed(wrong) > 2 * collapsed(one)


def test_values_at_an_alpha_tilde_that_was_not_run_are_refused(one: xr.Dataset) -> None:
    h, y = against_h(one, "deviation", 1e-2, least=30)
    np.testing.assert_array_equal(h, [36.0, 144.0])
    assert y.shape == (2, 6)
    with pytest.raises(BadInput, match="was not run"):
        against_h(one, "deviation", 0.02)
    with pytest.raises(BadInput, match="no L = 7"):
        one_of(one.expand_dims(["dataset", "P", "L"]), L=7)


def test_the_error_of_a_mean_is_that_of_what_is_there() -> None:
    y = np.array([[1.0, 2.0, 3.0, np.nan], [np.nan] * 4, [5.0, np.nan, np.nan, np.nan]])
    mean, error = mean_and_error(y)
    np.testing.assert_allclose(mean, [2.0, np.nan, 5.0])
    np.testing.assert_allclose(error, [1 / math.sqrt(3), np.nan, np.nan])


def test_mean_curves_are_those_of_their_law(folder: Path, one: xr.Dataset) -> None:
    k = int(np.flatnonzero(against_alpha(one, "error", 36)[0] == 1e4)[0])
    t, loss = loss_curves.mean_curve(one, "curve_loss", 36, k, points=50)
    np.testing.assert_allclose(loss, 1 / (1 + t / 50), atol=0.02)
    assert np.isfinite(t).all()


FIGURES = {
    "regimes": (regimes, "regimes"),
    "kernel_change": (kernel_change, "kernel_change"),
    "loss_curves": (loss_curves, "loss_curves"),
    "variance": (variance, "variance"),
    "variants": (variants, "variants"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_by_its_command(
    name: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module: Any = FIGURES[name][0]
    target = tmp_path / f"{name}.png"
    assert drawn_by(module, [str(folder), "--out", str(target)]) == 0
    assert capsys.readouterr().out.strip() == str(target)
    pixels = imread(target)
    assert pixels.shape[0] > 400
    assert (pixels[..., :3].mean(-1) < 0.9).mean() > 0.005  # something is drawn
    assert not plt.get_fignums()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", [name for name in FIGURES if name != "variants"])
def test_every_figure_is_drawn_where_networks_diverged(name: str, folder: Path) -> None:
    found = opened(folder)
    lost = diverged(found).isel(h=[0])
    parts = [lost, found.isel(h=[1, 2])]
    some = xr.concat(parts, "h", data_vars="minimal", coords="minimal", compat="override")
    target = BytesIO()
    FIGURES[name][0].draw(some.assign_attrs(found.attrs), target)
    assert target.getvalue().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "line",
    [
        "--P 20 --h 9 --alpha-tilde 0.01 --seeds 1",
        "--P 20 --h 9 36 --alpha-tilde 0.01 1000 --seeds 2 --no-kernel",
        "--P 20 --depth 2 5 --h 9 --alpha-tilde 1e-3 1e-2 1e-1 1 --seeds 2 --activation relu",
        "--P 20 --h 9 --alpha 0.5 2 --seeds 2",
        "--dataset digits10pca random5 --P 20 --h 9 --alpha-tilde 1 10 --seeds 2",
    ],
)
def test_small_sweeps_are_drawn_too(line: str, tmp_path: Path) -> None:
    """One seed, one alpha~, no lazy regime, no kernels: fewer lines, but no failure."""
    swept(tmp_path / "small", line)
    for name, (module, _) in FIGURES.items():
        target = str(tmp_path / f"{name}.png")
        assert drawn_by(module, [str(tmp_path / "small"), "--out", target]) == 0


def test_kernels_over_P_are_drawn(tmp_path: Path) -> None:
    swept(tmp_path / "lazy", "--P 10 20 40 --h 4 9 16 --seeds 3 --no-network")
    assert drawn_by(variance, [str(tmp_path / "lazy"), "--out", str(tmp_path / "v.pdf")]) == 0
    assert (tmp_path / "v.pdf").stat().st_size > 3000


def test_jamming_lines_fall_with_the_budget(tmp_path: Path) -> None:
    """Networks of h = 2 to 16 that fit after 3000 (4/h)^3 gradients, if they have 4 neurons."""
    found = swept(tmp_path / "lines", "--P 20 --h 2 4 8 16 --alpha-tilde 0.1 10 --seeds 3")
    stuck = found.h < 4
    ticks = xr.where(stuck, 3000.0, 3000.0 * (4.0 / found.h) ** 3)
    found = found.assign(
        fitted=xr.where(stuck, 0.0, 1.0) + 0 * found.fitted, ticks=ticks + 0 * found.ticks
    )
    few, more, all_ = lines(one_of(found))
    assert (few.budget, more.budget, all_.budget) == (30.0, 300.0, 3000.0)
    assert np.isnan(few.h).all()  # no width fits within 30
    assert ((more.h > 8) & (more.h < 16)).all()
    assert ((all_.h > 2) & (all_.h < 4)).all()
    assert ((all_.low <= all_.h) & (all_.h <= all_.high)).all()
    jamming_lines.draw(found, tmp_path / "lines.png")
    assert (tmp_path / "lines.png").stat().st_size > 10_000


def test_kernels_of_the_end_are_drawn_where_there_are_some(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    swept(tmp_path / "ends", "--P 20 --h 4 9 16 --alpha 0.01 1 --seeds 3 --kernel-end")
    assert drawn_by(frozen, [str(tmp_path / "ends"), "--out", str(tmp_path / "f.png")]) == 0
    assert drawn_by(frozen, [str(folder), "--out", str(tmp_path / "g.png")]) == 2
    assert "--kernel-end" in capsys.readouterr().err


def test_variants_stand_beside_the_sweep_they_vary(folder: Path) -> None:
    biased = folder.with_name("regimes-bias-laptop")
    swept(biased, "--P 20 --h 36 --alpha-tilde 0.01 1000 --seeds 3 --bias --no-kernel")
    other, base = variants.opened(biased)
    assert int(other.attrs["bias"]) == 1
    assert int(base.attrs["bias"]) == 0
    np.testing.assert_array_equal(base.h, [36])
    names = [name for found in (other, base) for name, _, _ in variants._lines(found, other)]
    assert names == ["with biases", "without"]
    # the sweep itself, and one at another P, stand alone
    assert len(variants.opened(folder)) == 1
    apart = folder.with_name("regimes-apart-laptop")
    swept(apart, "--P 10 --h 36 --alpha-tilde 0.01 --seeds 1 --bias --no-kernel")
    assert len(variants.opened(apart)) == 1


@pytest.mark.parametrize("name", FIGURES)
def test_a_folder_without_results_is_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module: Any = FIGURES[name][0]
    assert drawn_by(module, [str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "python -m sweeps.lazy_feature.regimes" in said
