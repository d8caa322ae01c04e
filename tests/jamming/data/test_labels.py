"""Labels of any kind are the same problem; what is no label is refused in one line."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.data.labels import chosen, classes, coded, say

N = 12
TRUTH = np.random.default_rng(0).permutation(np.arange(N) % 2).astype(bool)
STRIDED = np.repeat(TRUTH.astype(int), 2)[::2]
FROZEN = np.where(TRUTH, 1.0, -1.0)
FROZEN.setflags(write=False)


def tables() -> dict[str, Any]:
    """Columns of tables, as far as these libraries are here."""
    texts = np.where(TRUTH, "dog", "cat")
    found: dict[str, Any] = {}
    try:
        import pandas as pd
    except ImportError:
        pass
    else:
        found["pandas"] = pd.Series(texts, index=np.arange(N) + 7)
        found["pandas categories"] = pd.Series(texts).astype("category")
        found["pandas nullable"] = pd.Series(TRUTH).astype("boolean")
        found["pandas column"] = pd.DataFrame({"y": TRUTH.astype("int8")}).y
    try:
        import polars as pl
    except ImportError:
        pass
    else:
        found["polars"] = pl.Series("y", texts.tolist())
        found["polars categories"] = pl.Series("y", texts.tolist()).cast(pl.Categorical)
        found["polars numbers"] = pl.DataFrame({"y": TRUTH})["y"]
    return found


class Column:
    """What has `to_numpy` alone."""

    def to_numpy(self) -> Any:
        return np.where(TRUTH, 7, 2)


CODINGS: dict[str, Any] = {
    "+-1": FROZEN,
    "0/1": TRUTH.astype(np.uint8),
    "bool": TRUTH,
    "list": TRUTH.tolist(),
    "floats": np.where(TRUTH, 2.5, -0.5).astype(np.float16),
    "bfloat16": jnp.where(jnp.asarray(TRUTH), 3, 1).astype(jnp.bfloat16),
    "jax": jnp.asarray(TRUTH),
    "strided": STRIDED,
    "text": np.where(TRUTH, "yes", "no"),
    "new text": np.where(TRUTH, "yes", "no").astype(np.dtypes.StringDType()),
    "bytes": np.where(TRUTH, b"yes", b"no"),
    "objects": np.where(TRUTH, "yes", "no").astype(object),
    "list of texts": ["yes" if t else "no" for t in TRUTH],
    "objects of truth": TRUTH.astype(object),
    "masked nowhere": np.ma.array(TRUTH.astype(int), mask=False),
    "to_numpy": Column(),
} | tables()


@pytest.mark.parametrize("name", CODINGS)
def test_two_values_of_any_kind_are_the_later_one_and_the_other(name: str) -> None:
    y, coding = coded(CODINGS[name])
    np.testing.assert_array_equal(y, FROZEN)
    assert y.dtype == np.float64
    assert coding.codes == (-1, 1)
    assert coding.counts == (6, 6)
    assert coding.unchanged == (name == "+-1")
    both, coding = coded(CODINGS[name], multiclass=True)
    np.testing.assert_array_equal(both, TRUTH)
    assert both.dtype == np.int64
    low, high = coding.values
    for positive in (low, [low], {low}, str(low), np.array(low), (low,)):
        np.testing.assert_array_equal(coded(CODINGS[name], positive)[0], -FROZEN)
    assert chosen(coding.values, low) == (low,)
    assert chosen(coding.values, high) is None


@settings(max_examples=50, deadline=None)
@given(st.data(), st.integers(2, 6))
def test_classes_and_their_names_are_one_problem(data: Any, k: int) -> None:
    which = np.array(data.draw(st.permutations([*range(k)] * 2)))
    texts = sorted(data.draw(st.sets(st.text("abcXYZ ", min_size=1), min_size=k, max_size=k)))
    numbers = sorted(data.draw(st.sets(st.integers(-(2**60), 2**60), min_size=k, max_size=k)))
    plus = data.draw(st.sets(st.integers(0, k - 1), min_size=1, max_size=k - 1))
    expected = np.where(np.isin(which, [*plus]), 1.0, -1.0)
    for names in (texts, numbers):
        y = np.array(names)[which]
        np.testing.assert_array_equal(coded(y, multiclass=True)[0], which)
        np.testing.assert_array_equal(coded(y, [names[i] for i in plus])[0], expected)
        np.testing.assert_array_equal(coded(y, [str(names[i]) for i in plus])[0], expected)
    both, coding = classes([texts[i] for i in which], [texts[i] for i in which[:3]])
    np.testing.assert_array_equal(both[0], which)
    np.testing.assert_array_equal(both[1], which[:3])
    assert coding.values == tuple(texts)


def test_what_was_made_of_labels_is_a_line() -> None:
    several = [f"{i:02}" for i in range(12)]
    for y, options, said in [
        (["cat"] * 3 + ["dog"] * 2, {}, "labels: 'cat' (3) -> -1, 'dog' (2) -> +1"),
        ([3, 1, 2, 1], {"positive": 2}, "labels: 1 (2) -> -1, 2 (1) -> +1, 3 (1) -> -1"),
        ([2.0, 0.5], {"multiclass": True}, "labels: 0.5 (1) -> 0, 2 (1) -> 1"),
        ([True, False], {}, "labels: False (1) -> -1, True (1) -> +1"),
        (several, {"multiclass": True}, "'09' (1) -> 9 and 2 more"),
    ]:
        assert said in str(coded(y, **options)[1])  # type: ignore[arg-type]
    assert coded([0, 1, 2], multiclass=True)[1].unchanged


def test_a_line_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    say.cache_clear()
    for _ in range(3):
        say("labels: 'a' (1) -> -1")
    assert capsys.readouterr().err == "labels: 'a' (1) -> -1\n"


@pytest.mark.parametrize(
    ("y", "options", "said"),
    [
        ([1, 1, 1], {}, "all of the 3 labels are 1"),
        (["a", "a"], {"positive": "a"}, "all of the 2 labels are 'a'"),
        ([5], {"multiclass": True}, "all of the 1 labels are 5"),
        (range(3), {}, r"3 values \(0, 1, 2\): say by positive"),
        (range(40), {}, r"9 and 30 more\): say by positive"),
        (["a", "b"], {"positive": "c"}, "positive = 'c' is no label: choose among 'a', 'b'"),
        ([1, 2], {"positive": 1.5}, "positive = 1.5 is no label"),
        ([1, 2], {"positive": [[1]]}, r"positive = \[1\] is no label"),
        ([1, 2], {"positive": float("nan")}, "positive = nan is no label"),
        ([1, 2], {"positive": ()}, "no label would be"),
        ([1, 2], {"positive": (1, 2)}, "all labels would be"),
        ([1, 2], {"positive": 1, "multiclass": True}, "leave it out"),
        ([1.0, np.nan, 2.0], {}, r"NaN in labels: 1 of 3 .*row 1"),
        ([1.0, np.inf], {}, "NaN in labels: 1 of 2"),
        (["a", None, "b"], {}, r"NaN in labels: 1 of 3 are missing \(row 1\)"),
        (["a", np.nan], {}, "NaN in labels: 1 of 2 are missing"),
        (np.array(["a", np.nan, "b"], object), {}, "NaN in labels: 1 of 3"),
        (np.ma.array([1, 2, 1], mask=[0, 0, 1]), {}, "NaN in labels: 1 of 3"),
        (np.ma.array(["a", "b"], mask=[0, 1]), {}, "NaN in labels: 1 of 2"),
        ([1j, 2], {}, "real numbers"),
        (np.array([1j, "a"], object), {}, "of types complex, str"),
        (["a", 1], {}, "of types int, str"),
        ([[1, 2], [3]], {}, "different lengths"),
        ([[1, 2], [3, 4]], {}, r"shape \[2, 2\], where \[n\]"),
        ([], {}, r"shape \[0\]"),
        (3, {}, r"labels are a single int, where \[n\] are meant"),
        (None, {}, "labels are a single NoneType"),
        ("cat", {}, "labels are a single str"),
        (np.array([1, 2], "timedelta64[s]"), {}, "real numbers"),
        (np.array(["2020", "2021"], "datetime64[Y]"), {}, "real numbers"),
        ([10**40, 1, {}], {}, "of types dict, int"),
    ],
)
def test_what_is_no_label_is_refused(y: Any, options: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        coded(y, **options)
    assert "\n" not in str(refused.value)


def test_a_test_label_that_training_has_not() -> None:
    with pytest.raises(BadInput, match="test label 'c', and training knows 2 classes: 'a', 'b'"):
        classes(["a", "b"], ["c", "a"])


def test_missing_values_of_tables() -> None:
    pd = pytest.importorskip("pandas")
    for y in (pd.Series([1, None, 2], dtype="Int64"), pd.Series(["a", None, "b"])):
        with pytest.raises(BadInput, match=r"NaN in labels: 1 of 3"):
            coded(y)
