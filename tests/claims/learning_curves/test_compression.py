"""The statistics of learning curves, on results made by hand for which the answer is known."""

import re

import numpy as np
import pytest
import xarray as xr

from claims.core.discover import chosen
from claims.core.register import Measured, Verdict, verdict
from claims.learning_curves import compression
from tests.made_up.curves import P, learning_curves
from tests.made_up.judged import accepted


def number(found: Measured) -> float:
    assert found.value is not None
    return found.value


def claimed(id: str, curves: xr.Dataset) -> Measured:
    """The number of a claim, with its text."""
    (claim,) = chosen([id])
    return claim.statistic(dict.fromkeys(claim.experiments, curves))


@pytest.mark.parametrize(("lazy", "feature"), [(0.385, 0.692), (0.3, 0.5)])
def test_exponents_of_the_errors(lazy: float, feature: float) -> None:
    curves = learning_curves(lazy, feature)
    for curve, beta in (("lazy", lazy), ("feature", feature)):
        found = compression.exponent(curves, curve=curve)
        predicted = {"lazy": 5 / 13, "feature": 9 / 13}[curve]
        assert number(found) == pytest.approx(beta - predicted, abs=0.03)
        assert found.low is not None
        assert found.high is not None
        assert found.low <= number(found) <= found.high
        assert found.n == 4


def test_the_predictions_are_said() -> None:
    plane = claimed("P6b", learning_curves())
    assert "the predicted 0.692" in plane.text
    assert "of the kernel it is 0.3" in plane.text
    assert "100% of the networks fit" in plane.text
    wheel = claimed("P6c", learning_curves(d_par=2))
    assert "the predicted 0.500" in wheel.text


def test_only_the_last_five_octaves_count() -> None:
    """Steeper below: P = 64 of 64 to 4096 is left out."""
    curves = learning_curves(feature=9 / 13, noise=1e-3, sizes=(64, *P))
    bent = curves.assign(feature=curves.feature.where(curves.P > 64, 10.0))
    found = claimed("P6b", bent)
    assert number(found) == pytest.approx(0, abs=0.01)
    assert "P from 128 to 4096" in found.text


def test_compression() -> None:
    """The verdict is on the largest Lambda on the way; the others are said."""
    curves, other = (learning_curves(Lambda=a) for a in (0.5, 0.2))
    found = claimed("P7", other.assign(Lambda_largest=curves.Lambda_largest))
    assert number(found) == pytest.approx(0.5, abs=0.03)
    assert "P from 128 to 4096" in found.text
    assert "at the end 0.2" in found.text or "at the end 0.1" in found.text


@pytest.mark.parametrize("similar", [1.0, 1.15, 0.7, 1.5])
def test_the_kernel_on_compressed_points(similar: float) -> None:
    found = claimed("P8", learning_curves(similar=similar))
    assert number(found) == pytest.approx(similar, rel=0.03)
    assert all(f"P = {size}" in found.text for size in P)


def test_compressed_kernels_of_few_points_are_said_alone() -> None:
    """Three times as bad at P = 512: no part of the verdict, which is of large P."""
    curves = learning_curves()
    bent = curves.assign(feature=curves.feature.where(curves.P != 512, 3 * curves.feature))
    found = claimed("P8", bent)
    assert number(found) == pytest.approx(1.0, rel=0.05)
    assert re.search(r"3\.\d* at P = 512|2\.9\d* at P = 512", found.text)


def test_the_share_of_weights_along_the_informative_direction() -> None:
    """Made up: Lambda of 1, 1e4^(0.3 k / 8) at the others, the first P ending two looks earlier."""
    curves = learning_curves()
    found = claimed("STR7", curves)
    Lambda2 = 1e4 ** (0.6 * 6 / 8)  # of the first P at its end, which is least aligned
    assert number(found) == pytest.approx(Lambda2 / (Lambda2 + 4))
    assert "at the start 0.20" in found.text
    fall = claimed("STR7a", curves)
    assert number(fall) == 0
    turned = curves.path_Lambda.copy()
    turned.loc[{"P": 512, "look": 8}] = 1.0
    lost = claimed("STR7a", curves.assign(path_Lambda=turned))
    Lambda2 = 1e4 ** (0.6 * 7 / 8)
    assert number(lost) == pytest.approx(Lambda2 / (Lambda2 + 4) - 1 / 5)
    assert number(claimed("STR7", curves.assign(path_Lambda=turned))) == pytest.approx(1 / 5)


def test_a_network_that_diverged_is_not_called_aligned() -> None:
    curves = learning_curves()
    lost = curves.Lambda.copy()
    lost.loc[{"P": 256, "set": 1, "init": 0}] = np.inf
    assert claimed("STR7", curves.assign(Lambda=lost)).value is None


@pytest.mark.parametrize("by", [0.5, 1.0, 1.6, 4.0])
def test_the_kernel_of_the_end(by: float) -> None:
    curves = learning_curves(of_end=by)
    network = claimed("STR9", curves)
    assert number(network) == pytest.approx(by)
    assert "P = 256" in network.text
    assert "P = 512" not in network.text
    start = claimed("STR9a", curves)
    assert number(start) == pytest.approx(by * 0.05 / 0.12, rel=0.05)
    (claim,) = chosen(["STR9a"])
    due = Verdict.REPRODUCED if by < 2 else Verdict.NOT_REPRODUCED
    assert verdict(start, accepted(claim, exact=True)) is due


@pytest.mark.parametrize("learnt", [1.0, 1.4, 3.0])
def test_the_kernel_becomes_informative(learnt: float) -> None:
    found = compression.informative_kernel(learning_curves(learnt=learnt))
    assert number(found) == pytest.approx(learnt, rel=0.05)


def test_of_information_and_projection_the_one_that_gains_less_counts() -> None:
    curves = learning_curves(learnt=3.0)
    flat = curves.pca_total.copy()
    flat.values[:] = 0.5
    found = compression.informative_kernel(curves.assign(pca_total=flat))
    assert number(found) == pytest.approx(1.0)


def test_no_information_at_the_start_counts_as_its_error() -> None:
    """Its estimate can be negative."""
    curves = learning_curves(learnt=2.0)
    total, error = curves.pca_total.copy(), curves.pca_total_error.copy()
    total.loc[{"moment": "start"}], error.loc[{"moment": "start"}] = -0.1, 0.5
    total.loc[{"moment": "end"}] = 0.75
    found = compression.informative_kernel(curves.assign(pca_total=total, pca_total_error=error))
    assert number(found) == pytest.approx(1.5)


def test_of_kernels_of_images_those_that_learn_features_count() -> None:
    """As of the stripe, at the smallest alpha~ of the sweep."""
    one = learning_curves(learnt=2.0).rename(set="seed")
    names = [name for name in one if str(name).startswith("pca_")]
    feature, lazy = one[names], one[names].isel(moment=[0, 0]).assign_coords(moment=one.moment)
    both = xr.concat([lazy, feature], xr.DataArray([1000.0, 0.1], dims="alpha_tilde"))
    both = both.assign(theta=(("point", "other"), np.eye(7)))
    del both.attrs["pca_P"]
    found = claimed("P9a", both)
    assert number(found) == pytest.approx(2.0, rel=0.05)
    assert "P = 7" in found.text


SHORT: list[tuple[str, xr.Dataset]] = [
    ("P6b", learning_curves(sizes=P[:2])),
    ("P6b", learning_curves(sizes=P[-2:])),
    ("P7", learning_curves(sizes=P[:2])),
    ("P9", learning_curves(sets=1)),
    ("P8", learning_curves(sets=1)),
    ("STR7", learning_curves(sets=1)),
    ("STR9", learning_curves(sets=1)),
]


@pytest.mark.parametrize(("id", "curves"), SHORT)
def test_too_few_say_so(id: str, curves: xr.Dataset) -> None:
    found = claimed(id, curves)
    assert found.value is None
    assert found.text


def test_compressed_points_that_were_not_learnt_leave_no_number() -> None:
    curves = learning_curves()
    none = curves.assign(compressed=curves.compressed.where(curves.P > 200))
    assert compression.compressed_kernel(none, least=100).value is None
    # a data set less does not matter
    there = xr.DataArray(np.arange(4) > 0, dims="set")
    some = curves.assign(compressed=curves.compressed.where(there))
    assert number(compression.compressed_kernel(some, least=100)) == pytest.approx(1, abs=0.1)


def of_a_cnn(lazy: float = 0.33, feature: float = 0.5, sets: int = 4) -> xr.Dataset:
    curves = learning_curves(lazy, feature, sets=sets, architecture="cnn", h=8, L=4)
    return curves.assign(feature_fitted=curves.fitted)


@pytest.mark.parametrize(("lazy", "feature"), [(0.33, 0.5), (0.4, 0.3)])
def test_exponents_of_both_regimes_of_a_cnn(lazy: float, feature: float) -> None:
    found = compression.exponents_apart(of_a_cnn(lazy, feature))
    assert number(found) == pytest.approx(feature - lazy, abs=0.02)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= number(found) <= found.high
    assert found.n == 4
    for curve, beta in (("lazy", lazy), ("feature", feature)):
        one = claimed({"lazy": "P5b", "feature": "P5c"}[curve], of_a_cnn(lazy, feature))
        assert number(one) == pytest.approx(beta, abs=0.02)
        assert "P from 128 to 4096" in one.text
        assert "h = 8, L = 4" in one.text


def test_the_worst_P_of_a_cnn_counts() -> None:
    curves = of_a_cnn()
    found = compression.feature_by_lazy(curves)
    ratios = curves.feature.mean(("set", "init")) / curves.lazy.mean(("set", "init"))
    assert number(found) == pytest.approx(float(ratios.max()), rel=0.05)
    worse = curves.feature.where(curves.P != P[2], 1.0)
    found = compression.feature_by_lazy(curves.assign(feature=worse))
    assert number(found) > 1
    assert f"P = {P[2]}" in found.text


def test_no_exponents_of_one_set_or_of_no_errors() -> None:
    assert compression.exponents_apart(of_a_cnn(sets=1)).value is None
    none = of_a_cnn()
    assert compression.exponents_apart(none.assign(lazy=0 * none.lazy)).value is None
