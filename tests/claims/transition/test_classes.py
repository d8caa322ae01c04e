"""Hinge against cross-entropy: the statistic is that of Student's paired test."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from claims.core import register
from claims.core.check import check
from claims.core.discover import chosen
from claims.core.register import Verdict
from claims.transition.nstar import ENTROPY, HINGE, hinge_or_entropy

CLASSES = chosen(["J24"])
RNG = np.random.default_rng(3)


def runs(hinge: np.ndarray, entropy: np.ndarray) -> xr.Dataset:
    """Errors [seed] of the widest network, others of a narrower one."""
    errors = np.stack([np.stack([x + 0.3, x]) for x in (entropy, hinge)])
    return xr.Dataset(
        {"test_error": (("loss", "h", "seed"), errors)},
        {"loss": [ENTROPY, HINGE], "h": [5, 10]},
    )


@settings(max_examples=50, deadline=None)
@given(n=st.integers(3, 12), seed=st.integers(0, 1000), shift=st.floats(-0.01, 0.01))
def test_the_number_is_that_of_the_paired_test(n: int, seed: int, shift: float) -> None:
    rng = np.random.default_rng(seed)
    entropy = rng.uniform(0.05, 0.2, n)  # what the data of a seed do to both drops out
    hinge = entropy + shift + rng.normal(0, 1e-3, n)
    found = hinge_or_entropy(runs(hinge, entropy))
    test = stats.ttest_rel(hinge, entropy)
    assert found.n == n
    assert found.value == pytest.approx(100 * float(np.mean(hinge - entropy)), rel=1e-6, abs=1e-9)
    assert found.low is not None
    assert found.high is not None
    # 0 lies outside of the interval where the test says that they differ
    assert (found.low <= 0 <= found.high) == (test.pvalue >= 0.05)
    back = hinge_or_entropy(runs(entropy, hinge))
    assert back.value == pytest.approx(-found.value)


def test_equal_is_to_within_the_margin() -> None:
    noise = np.array([1.0, -1.0, 2.0, -2.0, 0.0]) / 1e4  # an interval of 0.02 %
    entropy = np.full(5, 0.1)
    for percent, expected in (
        (0.0, Verdict.REPRODUCED),
        (0.25, Verdict.REPRODUCED),
        (0.29, Verdict.UNDECIDED),
        (0.4, Verdict.NOT_REPRODUCED),
        (-0.4, Verdict.NOT_REPRODUCED),
    ):
        found = hinge_or_entropy(runs(entropy + noise + percent / 100, entropy))
        assert found.value == pytest.approx(percent, abs=1e-6)
        assert register.verdict(found, CLASSES[0].accepted) is expected
    assert "10.00 %" in CLASSES[0].statistic({"classes": runs(entropy + noise, entropy)}).text


def test_without_pairs_there_is_no_number() -> None:
    two = runs(RNG.uniform(size=2), RNG.uniform(size=2))
    assert hinge_or_entropy(two).value is None
    same = RNG.uniform(size=4)
    assert hinge_or_entropy(runs(same, same)).value is None
    found = hinge_or_entropy(two.sel(loss=[HINGE]))
    assert found.value is None
    assert ENTROPY in found.text


def test_the_entry_can_be_read_and_can_fail() -> None:
    check(CLASSES)
    assert [claim.id for claim in CLASSES] == ["J24"]
    assert CLASSES[0].experiments == ("classes",)
    assert CLASSES[0].laptop
