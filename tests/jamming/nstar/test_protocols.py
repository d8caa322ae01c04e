"""Both protocols find the threshold of whatever they measure, and say so where there is none."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from jamming.nstar.protocols import Bracket, NotBracketed, bisect, descend

Protocol = Callable[..., Bracket]
untimed = settings(deadline=None)  # the machine may be busy with something else


class Threshold:
    """A measure: all of three seeds fit from rung `at` on, none below; remembers what it saw."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.seen: list[int] = []

    def __call__(self, rung: int) -> list[bool]:
        self.seen.append(rung)
        return [rung >= self.at] * 3


ratios = st.floats(1.02, 3.0)


@st.composite
def ladders(draw: st.DrawFn) -> tuple[int, int, int]:
    """(first, last, a rung between them)."""
    first = draw(st.integers(1, 40))
    last = draw(st.integers(first + 1, 5000))
    return first, last, draw(st.integers(first, last))


@untimed
@given(ladders(), st.data(), ratios, st.integers(0, 4))
def test_bisect_returns_the_two_neighbours_around_the_threshold(
    ladder: tuple[int, int, int], data: st.DataObject, ratio: float, flank: int
) -> None:
    first, last, start = ladder
    measure = Threshold(data.draw(st.integers(first + 1, last)))
    bracket = bisect(measure, start, first, last, ratio, flank)
    assert bracket == (measure.at - 1, measure.at)
    assert first <= min(measure.seen) <= max(measure.seen) <= last


@untimed
@given(ladders(), st.data(), ratios, st.integers(0, 4))
def test_bisect_measures_each_rung_once_and_few_of_them(
    ladder: tuple[int, int, int], data: st.DataObject, ratio: float, flank: int
) -> None:
    first, last, start = ladder
    measure = Threshold(data.draw(st.integers(first + 1, last)))
    bisect(measure, start, first, last, ratio, flank)
    assert len(measure.seen) == len(set(measure.seen))
    # steps of `ratio` from the start to the threshold, then halvings of one such step
    steps = abs(math.log(measure.at / start)) / math.log(ratio)
    assert len(measure.seen) <= steps + math.log2(last - first + 1) + 2 * flank + 4


@untimed
@given(st.integers(2, 10**6), st.floats(0.5, 2.0))
def test_bisect_from_a_close_guess_needs_a_logarithm_of_the_rungs(at: int, off: float) -> None:
    measure = Threshold(at)
    bisect(measure, max(1, round(at * off)), 1, 10 * at)
    assert len(measure.seen) <= 4 + math.log2(at) + 2 * 2 + 2


@untimed
@given(st.integers(-50, 6000), ladders(), ratios)
def test_bisect_stays_on_the_ladder_wherever_it_starts(
    start: int, ladder: tuple[int, int, int], ratio: float
) -> None:
    first, last, at = ladder
    assume(at > first)
    measure = Threshold(at)
    assert bisect(measure, start, first, last, ratio) == (at - 1, at)
    assert first <= min(measure.seen) <= max(measure.seen) <= last


@untimed
@given(ladders(), st.data(), ratios)
def test_descend_returns_two_of_its_own_steps_around_the_threshold(
    ladder: tuple[int, int, int], data: st.DataObject, ratio: float
) -> None:
    first, last, start = ladder
    measure = Threshold(data.draw(st.integers(first + 1, last)))
    fails, fits = descend(measure, start, first, last, ratio)
    assert fails < measure.at <= fits
    # one step: a rung, or a factor `ratio` and what rounding down adds
    assert fits - fails <= max(1, math.ceil(fits * (1 - 1 / ratio)))
    assert measure.seen[-1] == fails
    assert fits in measure.seen[:-1]
    assert first <= min(measure.seen) <= max(measure.seen) <= last


@untimed
@given(st.integers(1, 6000), ladders(), ratios)
def test_descend_stays_on_the_ladder_wherever_it_starts(
    start: int, ladder: tuple[int, int, int], ratio: float
) -> None:
    first, last, at = ladder
    assume(at > first)
    measure = Threshold(at)
    fails, fits = descend(measure, start, first, last, ratio)
    assert fails < at <= fits
    assert first <= min(measure.seen) <= max(measure.seen) <= last


def test_descend_from_a_fit_only_goes_down() -> None:
    measure = Threshold(50)
    assert descend(measure, 100, 1, 1000, 1.07) == (47, 51)
    assert measure.seen == [100, 93, 86, 80, 74, 69, 64, 59, 55, 51, 47]


@pytest.mark.parametrize("protocol", [bisect, descend])
@untimed
@given(ladder=ladders())
def test_a_smallest_network_that_fits_is_not_bracketed(
    protocol: Protocol, ladder: tuple[int, int, int]
) -> None:
    first, last, start = ladder
    with pytest.raises(NotBracketed, match="smallest"):
        protocol(Threshold(first), start, first, last)


@pytest.mark.parametrize("protocol", [bisect, descend])
@untimed
@given(ladder=ladders())
def test_no_network_that_fits_is_not_bracketed(
    protocol: Protocol, ladder: tuple[int, int, int]
) -> None:
    first, last, start = ladder
    measure = Threshold(last + 1)
    with pytest.raises(NotBracketed, match="no width"):
        protocol(measure, start, first, last)
    assert last in measure.seen  # it did look at the largest before giving up


@pytest.mark.parametrize("protocol", [bisect, descend])
@pytest.mark.parametrize(("fitting", "fits"), [(2, False), (3, True), (4, True)])
def test_exactly_half_of_the_seeds_counts_as_fitting(
    protocol: Protocol, fitting: int, fits: bool
) -> None:
    def measure(rung: int) -> list[bool]:
        if rung == 10:
            return [i < fitting for i in range(6)]
        return [rung > 10] * 6

    bracket = protocol(measure, 12, 1, 100)
    assert bracket == ((9, 10) if fits else (10, 11))


@untimed
@given(
    seed=st.integers(0, 2**32 - 1),
    at=st.integers(10, 300),
    wide=st.floats(0.01, 0.5),
    start=st.integers(1, 400),
)
def test_with_a_blurred_threshold_bisect_still_brackets_one_half_as_measured(
    seed: int, at: int, wide: float, start: int
) -> None:
    rng = np.random.default_rng(seed)
    p: dict[int, float] = {}

    def measure(rung: int) -> list[bool]:
        assert rung not in p, "measured twice: a second draw may say otherwise"
        truth = 1 / (1 + np.exp(-np.log(rung / at) / wide))
        fits = [bool(fit) for fit in rng.random(6) < truth]
        p[rung] = sum(fits) / 6
        return fits

    try:
        fails, fits = bisect(measure, start, 1, 1000)
    except NotBracketed:
        assert p.get(1, 0.0) >= 0.5 or p.get(1000, 1.0) < 0.5
        return
    assert fits == fails + 1
    assert p[fails] < 0.5 <= p[fits]


def test_bisect_looks_at_the_flanks_of_a_blurred_threshold() -> None:
    seen = set()

    def measure(rung: int) -> list[bool]:
        seen.add(rung)
        return [rung + s >= 102 for s in range(5)]  # one seed more fits with every rung

    assert bisect(measure, 100, 1, 1000, flank=3) == (99, 100)
    assert set(range(97, 103)) <= seen  # none fits at 97, all do at 102
    assert 103 not in seen  # and there it stops
