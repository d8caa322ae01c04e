"""Arrays as callers give them, brought to the precision that is computed with, and checked.

Pixels come as bytes, labels as 0 and 1, images as half floats, points with a NaN among them. The
plain functions of this package compute in floating point of 32 bits at least, take binary labels
-1 and +1, and give no number where an input is none: what enters goes through here first.

What is wrong is refused as a `BadInput`. Under `jax.jit` types and shapes alone can be checked.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jamming.checks.errors import BadInput, described

ArrayLike = Any  # what NumPy makes an array of: arrays, also masked ones, lists, series, a number

SHOWN = 5  # of the rows that a message names
CONVERT = "convert them, for instance with 2 * (y > 0) - 1, or read data by jamming.from_arrays"


def is_traced(x: Any) -> bool:
    """Whether the values of an array are not known yet, as under `jax.jit`."""
    return isinstance(x, jax.core.Tracer)


def as_array(x: Any, name: str) -> np.ndarray:
    """x as an array of NumPy: of a list, a table or a column of one; what is masked becomes NaN."""
    if isinstance(x, list | tuple) and any(isinstance(row, np.ma.MaskedArray) for row in x):
        x = np.ma.stack([np.ma.asarray(row) for row in x])
    if isinstance(x, np.ma.MaskedArray):  # NumPy would go by what lies under the mask
        x = np.ma.filled(x.astype(np.float64), np.nan)
    try:
        plain = hasattr(x, "__array__") or not hasattr(x, "to_numpy")
        return np.asarray(x if plain else x.to_numpy())
    except (ValueError, TypeError) as error:
        raise BadInput(f"{name} is no array: its rows have different lengths or types") from error
    except RuntimeError as error:  # a tensor of torch that has a gradient, or is on a device
        raise BadInput(f"{name} cannot be made an array of NumPy: {described(error)}") from error


def as_float(x: Any, name: str = "x", *sizes: int | str, dtype: Any = None) -> Any:
    """x in floating point of `dtype`: of JAX where it was JAX's, else of NumPy.

    By default what is float32 or float64 stays as it is, and all else (bool, integers, float16)
    becomes float64; an array of JAX becomes float32 where its float64 is off. What is masked
    becomes NaN. With `sizes` it must be `shaped` like them.
    """
    array = x if isinstance(x, jax.Array) else as_array(x, name)
    kind = jnp.dtype(array.dtype)
    if not (jnp.issubdtype(kind, jnp.number) or kind.kind == "b") or kind.kind in "cm":
        raise BadInput(f"{name} must be an array of real numbers, not of {kind}: convert it")
    if dtype is None:  # a longdouble is more than JAX and LAPACK know
        wide = jnp.issubdtype(kind, jnp.floating) and kind.itemsize in (4, 8)
        dtype = kind.newbyteorder("=") if wide else np.float64
    if isinstance(array, jax.Array):
        dtype = jax.dtypes.canonicalize_dtype(dtype)
    array = array if array.dtype == dtype else array.astype(dtype)
    return shaped(array, name, *sizes) if sizes else array


def finite(x: Any, name: str = "x", *sizes: int | str, dtype: Any = None) -> Any:
    """As `as_float`, if every value is finite; a refusal says which rows are not."""
    with np.errstate(over="ignore"):  # which is said below
        array = as_float(x, name, *sizes, dtype=dtype)
    if is_traced(array):
        return array
    bad = ~np.isfinite(np.atleast_1d(array))
    if bad.any():
        if np.isfinite(np.asarray(as_float(x, name))).all():
            raise BadInput(f"numbers in {name} are too large for {array.dtype}: scale them down")
        rows = np.flatnonzero(bad.reshape(len(bad), -1).any(1))
        raise BadInput(
            f"NaN in {name}: {len(rows)} of {len(bad)} rows are not finite ({row_list(rows)}):"
            " remove them first"
        )
    return array


def binary_labels(y: Any, name: str = "labels", *sizes: int | str, dtype: Any = None) -> Any:
    """Labels [...] in floating point, if they are -1 and +1 (not 0 and 1, nor True and False)."""
    array = as_float(y, name, *sizes, dtype=dtype)
    if not is_traced(array) and not np.isin(np.asarray(array), (-1.0, 1.0)).all():
        raise BadInput(f"{name} must be +1 or -1: {CONVERT}")
    return array


def as_outputs(F: Any) -> Any:
    """Outputs of a network, as [P] where it gives [P, 1], as a last layer of one neuron does."""
    if not isinstance(F, jax.Array | np.ndarray):
        raise BadInput(
            f"a network gives one array of outputs, [P] or [P, c], not a {type(F).__name__}: let"
            " its apply return the outputs alone"
        )
    return F[:, 0] if F.ndim == 2 and F.shape[1] == 1 else F


def targets(y: Any, name: str = "y", *sizes: int | str, dtype: Any = None) -> Any:
    """What a regression learns: finite real numbers, but not truth values."""
    refuse_truth_values(y, name)
    return finite(y, name, *sizes, dtype=dtype)


def refuse_truth_values(y: Any, name: str = "y") -> None:
    """Refuse labels [P] of type bool, or of 0 and 1 alone, where -1 and +1 are meant."""
    array = y if isinstance(y, jax.Array) else as_array(y, name)
    values = set() if is_traced(array) else set(np.unique(np.asarray(array)).tolist())
    if values == {0, 1} or array.dtype == bool:
        raise BadInput(f"{name} must be +1 or -1, or real numbers, not truth values: {CONVERT}")


def symmetric(matrix: Any, name: str) -> Any:
    """The matrix [P, P], if it is symmetric within the rounding of single precision.

    Of another one, NumPy and JAX would read one triangle without a word.
    """
    if not is_traced(shaped(matrix, name, "P", "P")):
        known = np.asarray(matrix)
        if np.abs(known - known.T).max(initial=0.0) > 1e-5 * np.abs(known).max(initial=0.0):
            raise BadInput(
                f"{name} is not symmetric: give one that is, as a kernel of points with themselves"
            )
    return matrix


def shaped(array: Any, name: str, *sizes: int | str) -> Any:
    """The array, if it has one axis for each of `sizes`: of that length, or of equal ones by name.

    Of another shape, NumPy would broadcast [P, 1] against [P] without a word.
    """
    shape = tuple(array.shape)
    seen: dict[int | str, int] = {}
    fits = len(shape) == len(sizes) and all(
        n == (size if isinstance(size, int) else seen.setdefault(size, n))
        for size, n in zip(sizes, shape, strict=True)
    )
    if not fits:
        due = ", ".join(map(str, sizes))
        raise BadInput(f"{name} has shape {list(shape)}, where [{due}] is meant: reshape it")
    return array


def one_key(key: Any) -> Any:
    """One key of `jax.random`; one of the old kind, of integers, becomes one of the new."""
    return _keys(key, 0, "a key draws what is random: give jax.random.key(seed)")


def several_keys(keys: Any, n: int | None = None) -> Any:
    """Keys [n] of `jax.random`, as `one_key`."""
    give = f"give jax.random.split(jax.random.key(seed), {'n' if n is None else n})"
    keys = _keys(keys, 1, f"weights and batches are drawn with keys: {give}")
    if n is not None and len(keys) != n:
        raise BadInput(f"there is a key for each of {n} lanes, not {len(keys)}: {give}")
    return keys


def unit(x: Any, *, axis: int | None = None) -> Any:
    """The power of two next to the largest |x|, of x or along an axis, which is kept.

    Divided by it, numbers can be squared within the range of float32, and nothing is rounded.
    """
    xp: Any = jnp if isinstance(x, jax.Array) else np
    over: Any = {"axis": axis, "keepdims": axis is not None, "initial": 0.0}
    most = xp.maximum(xp.max(x, **over), -xp.min(x, **over))
    known = xp.isfinite(most) & (most > 0)
    widest = jnp.finfo(x.dtype).maxexp - 3
    exponent = xp.clip(xp.frexp(xp.where(known, most, 1.0))[1] - 1, -widest, widest)
    return xp.ldexp(xp.ones_like(most), exponent)


def rounding(x: Any, name: str = "x") -> float:
    """The rounding of x as it was given: eps of its own type, or of that of `as_float` if coarser.

    Half floats, which are computed with in float64, are thus not taken for exact; integers are.
    """
    used = as_float(x, name).dtype
    given = x.dtype if isinstance(x, jax.Array | np.ndarray) else np.asarray(x).dtype
    kinds = (given, used) if jnp.issubdtype(given, jnp.floating) else (used,)
    return max(float(jnp.finfo(kind).eps) for kind in kinds)


def lost(eps: float, n: int) -> float:
    """The share of the largest of n eigen- or singular values that rounding alone may amount to.

    With `eps` from `rounding`: n eps of types that are computed in; sqrt(n) eps of half floats,
    whose entries alone are rounded.
    """
    return eps * (n if eps <= float(jnp.finfo(jnp.float32).eps) else n**0.5)


def row_list(rows: Any, of: str = "row") -> str:
    """'row 3', 'rows 3, 7', 'rows 0, 1, 2, 3, 4 and 15 more'; or of columns."""
    several = [int(row) for row in np.asarray(rows).ravel()]
    shown = ", ".join(map(str, several[:SHOWN]))
    more = f" and {len(several) - SHOWN} more" if len(several) > SHOWN else ""
    return f"{of}{'s' if len(several) > 1 else ''} {shown}{more}"


def _keys(given: Any, axes: int, said: str) -> Any:
    dtype, ndim = getattr(given, "dtype", None), getattr(given, "ndim", None)
    if dtype == np.uint32 and ndim == axes + 1:
        return jax.random.wrap_key_data(given)
    if dtype is None or ndim != axes or not jnp.issubdtype(dtype, jax.dtypes.prng_key):
        raise BadInput(said)
    return given
