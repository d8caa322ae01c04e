"""What is fitted to regimes, on made-up networks whose laws are known."""

import math
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from analysis.lazy_feature import estimates as regime_fits
from analysis.lazy_feature import loss_curves
from analysis.lazy_feature.estimates import (
    against_alpha,
    against_h,
    collapsed,
    halfway,
    jamming_lines,
    local_slopes,
    one_of,
    opened,
    plateaus,
)
from jamming.checks.errors import BadInput
from jamming.fits.curves import crossing
from jamming.fits.power import power_law
from jamming.fits.seeds import mean_and_error
from tests.made_up.figures import jammed
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
        lazy = power_law(*against_alpha(one, "kernel_change", h, 1e3)).exponent
        assert lazy.value == pytest.approx(-1, abs=0.05)
        feature = power_law(*against_alpha(one, "kernel_change", h, *regime_fits.FEATURE)).exponent
        assert feature.value == pytest.approx(-4 / 3, abs=0.06)
        assert feature.low < feature.value < feature.high
        weights = power_law(*against_alpha(one, "weight_change", h, *regime_fits.FEATURE)).exponent
        assert weights.value == pytest.approx(-1 / 3, abs=0.06)
        x = crossing(*against_alpha(one, "kernel_change", h), 1.0).value / 10
        assert (1 + x ** (-1 / 3)) / x == pytest.approx(1, rel=0.05)


def test_local_slopes_go_from_one_power_to_the_other(one: xr.Dataset) -> None:
    x, slope = local_slopes(*against_alpha(one, "kernel_change", 36))
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


def test_jamming_lines_fall_with_the_budget() -> None:
    found = jamming_lines(jammed())
    assert found.budget.values.tolist() == [30.0, 300.0, 3000.0]
    few, more, all_ = found.jamming_h
    assert np.isnan(few).all()  # no width fits within 30
    assert ((more > 8) & (more < 16)).all()
    assert ((all_ > 2) & (all_ < 4)).all()
    low, high = (found[f"jamming_h_{end}"].isel(budget=-1) for end in ("low", "high"))
    assert ((low <= all_) & (all_ <= high)).all()


def test_of_several_training_sets_whole_ones_are_resampled() -> None:
    """Networks that are alike on each of three sets are no more than three runs."""
    one = jammed()
    away = (xr.DataArray([0, 1, 2], dims="seed") + 3 <= one.h) * 1.0  # a transition for each set
    sets = one.assign(fitted=away + 0 * one.fitted, ticks=0 * one.ticks + 3000.0)
    many = xr.concat([sets.isel(seed=[k] * 4) for k in range(3)], "seed")
    ends = []
    for found in (many.assign_attrs(sets=3), many.assign_attrs(sets=1)):
        last = jamming_lines(found).isel(budget=-1)
        ends.append(last.jamming_h_high / last.jamming_h_low)
    assert (ends[0] > ends[1]).all()
