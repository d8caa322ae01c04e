"""The statistics of claims on numbers made by hand: values, intervals, and when there is none."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from claims.core.register import Accepted, Measured, Verdict, verdict
from claims.core.statistics import (
    bootstrap,
    draws,
    in_errors,
    moved,
    no_estimate,
    of_geometric_mean,
    of_mean,
    of_runs,
    ratio,
    resampled,
    scatter,
    share,
    spearman,
    spread,
    training_sets,
    worst_case,
)
from jamming.fits.seeds import Interval

finite = st.floats(-1e3, 1e3)


def test_training_sets_are_counted_in_the_results() -> None:
    """By the coordinate of networks, else by the sweep's own attribute; the fewest count."""
    of = xr.Dataset({"x": ("seed", np.zeros(6))}, {"set": ("seed", [3, 3, 4, 4, 5, 5])})
    averaged = xr.Dataset(attrs={"sets": 5})
    assert training_sets([of]) == 3
    assert training_sets([of.assign_attrs(sets=9)]) == 3
    assert training_sets([averaged]) == 5
    assert training_sets([averaged, of, xr.Dataset(), ["a run"]]) == 3
    assert training_sets([xr.Dataset()]) is training_sets([]) is None


@given(st.lists(finite, min_size=2, max_size=30))
def test_the_median_lies_in_its_interval_and_among_the_values(values: list[float]) -> None:
    found = of_runs(values)
    assert found.value == pytest.approx(np.median(values))
    assert min(values) <= found.low <= found.high <= max(values)
    assert found.n == len(values)


def test_what_is_not_there_does_not_count_and_what_diverged_leaves_no_number() -> None:
    found = of_runs([1.0, np.nan, 3.0])
    assert (found.value, found.n) == (2.0, 2)
    assert of_runs([1.0, np.nan]).value is None
    for statistic in (of_runs, of_mean):
        for lost in (np.inf, -np.inf):
            found = statistic([1.0, 2.0, lost, 3.0])
            assert found.value is None
            assert "{text} (1 of 4 infinite)" in found.text


@pytest.mark.parametrize("n", [2, 3, 30])
def test_the_interval_of_a_mean_covers_it_as_often_as_it_says(n: int) -> None:
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(1000):
        found = of_mean(rng.normal(size=n).tolist())
        assert found.low is not None
        assert found.high is not None
        covered.append(found.low <= 0 <= found.high)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.02)


def test_a_ratio_of_few_runs_has_a_wide_interval_of_positive_numbers() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(1, 0.1, 3)
    each = x[rng.integers(0, 3, (500, 3))].mean(1)
    found, wide = resampled(x.mean(), each, 3, log=True), resampled(x.mean(), each, 3)
    plain = np.quantile(each, [0.025, 0.975])
    for one in (found, wide):
        assert one.low is not None
        assert one.high is not None
        assert one.high - one.low > 2 * np.ptp(plain)
    assert found.low is not None
    assert found.low > 0
    assert resampled(np.nan, each, 3).value is None


def test_what_is_left_out_is_counted_in_the_text() -> None:
    for statistic in (of_runs, of_mean):
        found = statistic([1.0, np.nan, 2.0, np.nan, 3.0])
        assert found.n == 3
        assert found.text == "{text} (2 of 5 without a value left out)"
        assert statistic([1.0, 2.0]).text == "{text}"


def test_nan_is_no_yes() -> None:
    assert share([True, np.nan, True, False]).value == 0.5


def test_shares_have_wilsons_interval() -> None:
    found = share([True] * 9 + [False])
    assert found.value == pytest.approx(0.9)
    # closed form for 9 of 10
    z, n, p = 1.959964, 10, 0.9
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert found.low == pytest.approx(middle - half, abs=1e-5)
    assert found.high == pytest.approx(middle + half, abs=1e-5)
    assert share([True]).value is None


def test_the_farthest_of_several_decides() -> None:
    near, far = Measured(1.1, 1.0, 1.2, 3, ""), Measured(0.5, 0.4, 0.6, 4, "")
    found = worst_case([("a", near), ("b", far)], 1.0)
    assert (found.value, found.low, found.n) == (0.5, 0.4, 4)
    assert "a: 1.1" in found.text
    assert "b: 0.5" in found.text
    # one that is not known leaves the whole unknown, rather than the others in its place
    assert worst_case([("a", near), ("b", no_estimate("no runs"))], 1.0).value is None
    assert worst_case([], 1.0).value is None
    lost = Measured(float("nan"), None, None, 3, "")
    for order in ([("a", near), ("b", lost)], [("b", lost), ("a", near)]):
        assert worst_case(order, 1.0).value is None


def test_the_farthest_by_a_factor() -> None:
    small, large = Measured(0.2, None, None, 3, ""), Measured(12.0, None, None, 3, "")
    found = [("a", small), ("b", large)]
    assert worst_case(found, 4.0).value == 12.0
    assert worst_case(found, 4.0, log=True).value == 0.2


def test_the_least_of_several_that_must_all_be_large_decides() -> None:
    values = {"a": 2.0, "b": 1.2, "c": 9.0}
    found = [(name, Measured(x, None, None, 1, "")) for name, x in values.items()]
    assert worst_case(found, np.inf).value == 1.2
    assert worst_case(found, -np.inf).value == 9.0


def test_ratios_and_differences_of_numbers_with_intervals() -> None:
    a, b = Interval(6.0, 4.0, 8.0), Interval(2.0, 1.0, 4.0)
    assert ratio(a, b, 3) == Measured(3.0, 1.0, 8.0, 3)
    assert spread([a, b], 3) == Measured(3.0, 1.0, 8.0, 3)
    assert moved(a, 1.0) == Interval(7.0, 5.0, 9.0)
    assert moved(a, 1.0, -1.0) == Interval(-5.0, -7.0, -3.0)


def test_a_difference_in_standard_errors_needs_them() -> None:
    found = in_errors(1.0, 0.5, 4)
    assert (found.value, found.n) == (2.0, 4)
    assert (found.low, found.high) == pytest.approx((0.04, 3.96))
    for difference, error in ((1.0, 0.0), (1.0, np.nan), (np.nan, 1.0)):
        assert in_errors(difference, error, 4).value is None


def test_runs_are_drawn_with_replacement_and_always_alike() -> None:
    x = np.random.default_rng(1).normal(3, 1, 20)
    found = bootstrap(lambda rows: x[rows].mean(), x.size, log=True)
    same = resampled(x.mean(), x[draws(x.size)].mean(1), x.size, log=True)
    assert (found.value, found.low, found.high) == pytest.approx((same.value, same.low, same.high))
    assert len(set(draws(20)[0].tolist())) < 20


def test_a_number_far_off_turns_a_claim_red() -> None:
    accepted = Accepted(0.8, 1.2, "a fifth")
    runs = np.linspace(0.9, 1.1, 7)
    right, wrong = of_runs(runs), of_runs(1 + runs)
    assert verdict(right, accepted) is Verdict.REPRODUCED
    assert verdict(wrong, accepted) is Verdict.NOT_REPRODUCED
    assert verdict(no_estimate("no runs"), accepted) is Verdict.NOT_TESTED


def test_the_one_whose_interval_reaches_farthest_is_the_worst() -> None:
    sure, vague = Measured(1.2, 1.15, 1.25, 5), Measured(1.1, 0.7, 1.6, 5)
    found = [("sure", sure), ("vague", vague), ("point", Measured(1.0))]
    assert worst_case(found, 1.0).value == 1.1
    assert worst_case(found, 1.0, log=True).value == 1.1
    assert worst_case(found, np.inf).value == 1.1
    assert worst_case(found, -np.inf).value == 1.1


def test_a_geometric_mean_has_the_interval_of_its_logarithms() -> None:
    x = np.array([0.5, 1.0, 4.0, 2.0])
    found, logs = of_geometric_mean(x), of_mean(np.log(x))
    ends = [logs.value, logs.low, logs.high]
    assert [found.value, found.low, found.high] == pytest.approx(np.exp(ends))
    assert found.value == pytest.approx(x.prod() ** 0.25)
    assert of_geometric_mean([2.0]).value is None


def test_points_on_a_parabola_have_no_scatter() -> None:
    x = np.linspace(-6, -1, 12)
    y = 0.75 + 0.05 * (x + 6) ** 2
    assert scatter(x, y).value == pytest.approx(0, abs=1e-12)
    rough = y * (1 + 0.2 * (-1.0) ** np.arange(12))
    assert scatter(x, rough).value == pytest.approx(0.2, rel=0.1)
    assert scatter(x[:4], y[:4]).value is None


def test_rank_correlation_sees_order_alone() -> None:
    x = np.arange(1.0, 11.0)
    assert spearman(x.tolist(), np.exp(x).tolist()).value == pytest.approx(1)
    assert spearman(x.tolist(), (-x).tolist()).value == pytest.approx(-1)
    assert spearman([1.0], [1.0]).value is None
