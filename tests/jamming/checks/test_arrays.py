"""Arrays as callers give them: promoted, never wrapped; NaN named by its row; labels -1 and +1."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.arrays import (
    as_float,
    binary_labels,
    finite,
    one_key,
    rounding,
    row_list,
    several_keys,
)
from jamming.checks.errors import BadInput

SMALL = (bool, np.uint8, np.int16, np.int32, np.int64, np.float16)


@pytest.mark.parametrize("dtype", SMALL)
@pytest.mark.parametrize("module", [np, jnp])
def test_what_is_narrow_becomes_float64(dtype: Any, module: Any) -> None:
    got = as_float(module.asarray([0, 1, 1], dtype))
    assert got.dtype == np.float64
    assert isinstance(got, jax.Array) == (module is jnp)
    assert np.array_equal(got, [0.0, 1.0, 1.0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_single_and_double_precision_stay(dtype: Any) -> None:
    x = np.ones(3, dtype)
    assert as_float(x) is x
    assert as_float(x, dtype=np.float32).dtype == np.float32


def test_single_precision_where_jax_has_no_other() -> None:
    with jax.enable_x64(False):
        assert as_float(jnp.arange(3)).dtype == np.float32


def test_types_are_brought_in_order_under_a_trace() -> None:
    got = jax.jit(lambda x, y: finite(x) * binary_labels(y))(jnp.arange(3), jnp.zeros(3, int))
    assert got.dtype == np.float64


@pytest.mark.parametrize("x", [[[1, 2], [3]], ["a"], [1j], [None], np.array([object()])])
def test_what_is_no_real_array_is_refused(x: Any) -> None:
    with pytest.raises(BadInput, match=r"^x "):
        as_float(x)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_rows_that_are_not_finite_are_named(value: float) -> None:
    x = np.zeros((9, 2, 2))
    x[[3, 7], 1, 0] = value
    with pytest.raises(BadInput, match=r"2 of 9 rows are not finite \(rows 3, 7\)"):
        finite(x)
    with pytest.raises(BadInput, match="row 0"):
        finite(value)


@pytest.mark.parametrize("y", [[0, 1], [False, True], [1, -1, 0.5], [np.nan, 1], [2, -2]])
def test_other_labels_are_refused(y: Any) -> None:
    with pytest.raises(BadInput, match=r"must be \+1 or -1"):
        binary_labels(y)


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.float16, np.float32, np.float64])
def test_labels_of_any_type_become_numbers(dtype: Any) -> None:
    got = binary_labels(np.array([1, -1], dtype), dtype=np.float32)
    assert got.dtype == np.float32
    assert got.tolist() == [1.0, -1.0]


def test_a_list_of_rows_is_short() -> None:
    assert row_list([3]) == "row 3"
    assert row_list(range(20)) == "rows 0, 1, 2, 3, 4 and 15 more"


def test_rounding_is_that_of_what_is_given() -> None:
    half, double = float(np.finfo(np.float16).eps), float(np.finfo(np.float64).eps)
    ones = np.ones(2, np.float16)
    for x in (ones, [ones, ones], jnp.asarray(ones), np.ma.array(ones)):
        assert rounding(x) == half
    assert rounding(jnp.ones(2, jnp.bfloat16)) == 2**-7
    assert rounding(np.ones(2, np.float32)) == 2**-23
    for exact in (np.ones(2), np.ones(2, np.longdouble), np.ones(2, np.uint8), [True, False]):
        assert rounding(exact) == double
    with pytest.raises(BadInput, match="real numbers"):
        rounding(["a"])


def test_keys_of_the_old_kind_are_those_of_the_new() -> None:
    new = jax.random.key(3)
    assert one_key(new) is new
    assert one_key(jax.random.PRNGKey(3)) == new
    both = jax.random.split(jax.random.PRNGKey(3), 2)
    assert (several_keys(both, 2) == jax.random.split(new, 2)).all()


@pytest.mark.parametrize("given", [3, None, "3", [3], np.arange(2), jnp.ones(2)])
def test_seeds_are_no_keys(given: Any) -> None:
    with pytest.raises(BadInput, match=r"give jax\.random\.key\(seed\)"):
        one_key(given)
    with pytest.raises(BadInput, match=r"give jax\.random\.split\(jax\.random\.key\(seed\), n\)"):
        several_keys(given)


def test_there_are_as_many_keys_as_lanes() -> None:
    keys = jax.random.split(jax.random.key(3), 2)
    for refused in (lambda: one_key(keys), lambda: several_keys(keys, 3)):
        with pytest.raises(BadInput, match="give"):
            refused()
