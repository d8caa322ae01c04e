"""Numbers as callers give them: NumPy's for Python's, one for several, and ranges by name."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jamming.checks.arguments import flag, number, numbers, one_of, unbounded, whole, wholes
from jamming.checks.errors import BadInput
from jamming.commands.files import expanded


@pytest.mark.parametrize("value", [4, np.int64(4), np.uint8(4), np.array(4)])
def test_a_whole_number_of_any_kind_is_a_python_int(value: Any) -> None:
    assert whole("h", value) == 4
    assert type(whole("h", value)) is int


@pytest.mark.parametrize("value", [4.0, "4", None, np.array([4, 5]), np.float64(4), math.nan])
def test_what_is_no_whole_number_is_refused_by_name(value: Any) -> None:
    with pytest.raises(BadInput, match="h = "):
        whole("h", value)


@pytest.mark.parametrize(
    "refuse",
    [
        lambda: whole("n", 10**4000),
        lambda: whole("n", 10**5000),  # of which Python says nothing but that it is too long
        lambda: whole("n", "x" * 999),
        lambda: number("n", "x" * 999),
        lambda: numbers("n", "x" * 999),
        lambda: one_of("n", "x" * 999, ("a", "b")),
        lambda: flag("n", "x" * 999),
    ],
)
def test_what_a_message_shows_of_a_value_is_short(refuse: Callable[[], Any]) -> None:
    with pytest.raises(BadInput) as error:
        refuse()
    assert len(str(error.value)) < 120


def test_a_whole_number_has_a_range() -> None:
    assert whole("h", 0, least=0) == 0
    assert whole("h", 2**31 - 1) == 2**31 - 1
    for outside in (0, -1, 2**31, 10**30):
        with pytest.raises(BadInput, match=f"h = {outside} is too"):
            whole("h", outside)


@pytest.mark.parametrize("values", [3, np.int32(3), [3], (3,), np.array([3]), np.array(3), {3}])
def test_one_stands_for_several(values: Any) -> None:
    assert wholes("h", values) == (3,)
    assert numbers("alpha", values) == (3.0,)


@pytest.mark.parametrize("value", [0.5, "0.5", np.float32(0.5), np.array(0.5)])
def test_a_number_of_any_kind_is_a_python_float(value: Any) -> None:
    assert number("tol", value) == 0.5
    assert type(number("tol", value)) is float


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "x", None, [1.0, 2.0]])
def test_what_is_no_finite_number_is_refused_by_name(value: Any) -> None:
    with pytest.raises(BadInput, match="tol"):
        number("tol", value)


@pytest.mark.parametrize(
    ("bounds", "inside", "outside", "says"),
    [
        ({"above": 0.0}, 1e-300, 0.0, "above 0"),
        ({"least": 0.0}, 0.0, -1e-300, "at least 0"),
        ({"most": 1.0}, 1.0, 1.1, "at most 1"),
        ({"below": 1.0}, 0.99, 1.0, "below 1"),
        ({"least": 0.0, "below": 1.0}, 0.0, 1.0, "at least 0 and below 1"),
        ({"above": 0.0, "most": 9.0}, 9.0, 10.0, "above 0 and at most 9"),
    ],
)
def test_a_number_has_a_range(
    bounds: dict[str, float], inside: float, outside: float, says: str
) -> None:
    assert number("slack", inside, **bounds) == inside
    with pytest.raises(BadInput, match=f"slack must be {says}, not"):
        number("slack", outside, **bounds)


def test_what_may_be_without_bound_is_infinite_or_in_range() -> None:
    assert unbounded("time", np.array(math.inf), most=9.0) == math.inf
    assert math.copysign(1.0, unbounded("time", -0.0)) == 1.0
    for value in (-math.inf, math.nan, 10.0, [1.0, 2.0], np.ones(2), "x", None):
        with pytest.raises(BadInput, match="time"):
            unbounded("time", value, most=9.0)


@pytest.mark.parametrize("values", ["12", b"12"])
def test_a_text_is_no_sequence_of_numbers(values: Any) -> None:
    with pytest.raises(BadInput, match="h = "):
        wholes("h", values)


def test_home_directories_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    assert expanded("~/s") == expanded(Path("~/s")) == Path("/home/somebody/s")
    assert expanded("a/~b") == Path("a/~b")


@pytest.mark.parametrize("value", ["~nosuchuser/s", "a\0b", "\ud800", 3, None])
def test_what_cannot_name_a_file_is_refused_in_one_line(value: Any) -> None:
    with pytest.raises(BadInput) as refusal:
        expanded(value)
    assert len(str(refusal.value).splitlines()) == 1
