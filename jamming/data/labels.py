"""Labels as people have them, made +-1 or classes: numbers, truth values, names, in any array.

`coded` reads them; what was made of each value is a `Coding`, which is printed as

    labels: 'cat' (312) -> -1, 'dog' (288) -> +1

Functions of outputs and labels, as losses, take +-1 alone: it is data sets that are read here.
"""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int, Num, Shaped

from jamming.checks.arguments import shown
from jamming.checks.arrays import ArrayLike, as_array, as_float, finite, row_list
from jamming.checks.errors import BadInput, warn

MANY = 10  # values that a line shows
Plain = int | float | str | bool  # what one label is


@dataclass(frozen=True)
class Coding:
    """The values that labels have, sorted, how often each occurs, and what it became."""

    values: tuple[Plain, ...]
    counts: tuple[int, ...]
    codes: tuple[int, ...]  # -1 and +1, or classes 0, 1, ...

    @property
    def unchanged(self) -> bool:
        """Whether labels were the numbers that they became."""
        return self.values == self.codes and not isinstance(self.values[0], bool)

    def __str__(self) -> str:
        binary = set(self.codes) == {-1, 1}
        said = [
            f"{shown(value)} ({count}) -> {code:{'+d' if binary else 'd'}}"
            for value, count, code in zip(self.values, self.counts, self.codes, strict=True)
        ]
        return f"labels: {_listed(said)}"


def coded(
    y: ArrayLike, positive: Any = None, *, multiclass: bool = False
) -> tuple[Num[np.ndarray, " n"], Coding]:
    """Labels [n] as floats +-1, or with `multiclass` as integers 0 to k - 1; and what became what.

    Args:
        y: numbers, truth values or texts, in a list or whatever NumPy makes an array of (a column
            of a table, too)
        positive: the value that is +1, or several of them; all others are -1. Of two values it may
            be left out: the one that is later in sorted order is +1 (of False and True, True)
        multiclass: whether each value is a class; they are numbered in sorted order

    Raises BadInput for a single value, more than two where `positive` does not say which are +1, a
    `positive` that is not among the values or leaves none, values that are missing or not finite,
    complex numbers, texts among numbers, and for anything that is no row of values.
    """
    values, which = levels(y)
    counts = np.bincount(which, minlength=len(values))
    if len(values) == 1:
        raise BadInput(
            f"all of the {len(which)} labels are {shown(values[0])}: two different ones are needed"
        )
    if multiclass:
        if positive is not None:
            raise BadInput("`positive` makes two labels of the classes: leave it out to learn all")
        codes = np.arange(len(values))
    else:
        codes = np.where(np.isin(np.arange(len(values)), _plus(values, positive)), 1, -1)
    coding = Coding(values, tuple(counts.tolist()), tuple(codes.tolist()))
    return codes[which].astype(np.int64 if multiclass else np.float64), coding


def classes(y: ArrayLike, y_test: ArrayLike) -> tuple[list[Int[np.ndarray, " _n"]], Coding]:
    """Labels [n] to train on as classes 0 to k - 1, and test labels as the same classes; a coding.

    Raises BadInput as `coded`, and for a test label that does not occur in training.
    """
    train, coding = coded(y, multiclass=True)
    values, which = levels(y_test)
    at = dict(zip(coding.values, coding.codes, strict=True))
    if unknown := [value for value in values if value not in at]:
        raise BadInput(
            f"there is a test label {shown(unknown[0])}, and training knows"
            f" {len(at)} classes: {_listed([shown(value) for value in coding.values])}"
        )
    return [train, np.array([at[value] for value in values])[which]], coding


def chosen(values: Sequence[Plain], positive: Any) -> tuple[Plain, ...] | None:
    """`positive` by the names that labels have, sorted; None where it says what is so without it.

    A text stands for the number or truth value that is written so, as on a command line, and a
    number for the text. Raises BadInput as `coded`.
    """
    plus = _plus(values, positive)
    return None if plus == [1] and len(values) == 2 else tuple(values[i] for i in plus)


@functools.cache
def say(text: str) -> None:
    """Print what was made of own data, on stderr, once in a process."""
    warn(text)


def _plus(values: Sequence[Plain], positive: Any) -> list[int]:
    """Which of the values are +1."""
    among = _listed([shown(value) for value in values])
    if positive is None:
        if len(values) == 2:
            return [1]
        raise BadInput(
            f"labels have {len(values)} values ({among}): say by positive which of them are +1, or"
            " learn all of them, as classes"
        )
    at: dict[Any, int] = {str(value): i for i, value in enumerate(values)}
    at |= {value: i for i, value in enumerate(values)}
    asked = [plain(value) for value in each(positive)]
    named = [at.get(v, at.get(str(v))) if isinstance(v, Plain) else None for v in asked]
    if None in named:
        unknown = shown(asked[named.index(None)])
        raise BadInput(f"positive = {unknown} is no label: choose among {among}")
    plus = sorted({i for i in named if i is not None})
    if len(plus) in (0, len(values)):
        wrong = "all labels" if plus else "no label"
        raise BadInput(f"{wrong} would be +1 by positive: choose some, not all, of {among}")
    return plus


def each(positive: Any) -> list[Any]:
    """One value, or several, as a list; a text is one."""
    if isinstance(positive, str | bytes) or not isinstance(positive, Iterable):
        return [positive]
    return [positive] if getattr(positive, "shape", None) == () else list(positive)


def plain(value: Any) -> Any:
    """A value as Python's own: 1 for 1.0, text for bytes."""
    value = value.item() if isinstance(value, np.generic | np.ndarray) else value
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def levels(y: ArrayLike) -> tuple[tuple[Plain, ...], Int[np.ndarray, " n"]]:
    """The different labels in sorted order, and which of them each label is."""
    array = _typed(y)
    if array.ndim != 1 or not array.size:
        mend = "reshape them" if array.size else "give some points"
        raise BadInput(f"labels have shape {list(array.shape)}, where [n] is meant: {mend}")
    if array.dtype.kind not in "Ubiu":
        array = np.asarray(finite(array, "labels", dtype=np.float64))
    values, which = np.unique(array, return_inverse=True)
    return tuple(plain(value) for value in values.tolist()), which.astype(np.int64)


def _typed(y: ArrayLike) -> Shaped[np.ndarray, "..."]:
    """Labels as an array of one type: text, truth values, or real numbers."""
    if isinstance(y, np.ma.MaskedArray):
        _refuse_missing(np.ma.getmaskarray(y))
        y = y.data
    array = as_array(y, "labels")
    if isinstance(y, list | tuple) and array.dtype.kind in "US":  # [1, 'a'] would be texts alone
        array = np.array(y, dtype=object)
    if not array.ndim:  # a text, a dict, a generator
        raise BadInput(
            f"labels are a single {type(y).__name__}, where [n] are meant: give a list or array"
        )
    if array.dtype.kind in "OT":
        array = _of_objects(array)
    if array.dtype.kind == "S":
        return np.char.decode(array, "utf-8", "backslashreplace")
    if array.dtype.kind == "U":
        return array
    as_float(array, "labels")  # refuses what is no real number
    return array


def _of_objects(array: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
    """An array of Python's objects by what they are, as columns of a table have them."""
    flat = array.ravel().tolist()
    _refuse_missing(np.array([_missing(value) for value in flat], bool))
    for kinds in ((str,), (bytes,), (bool, np.bool_), (bool, np.bool_, int, np.integer)):
        if all(isinstance(value, kinds) for value in flat):
            found = np.array(flat)
            if found.dtype.kind != "O":
                return found.reshape(array.shape)
    try:
        if any(isinstance(value, str | bytes | complex) for value in flat):
            raise TypeError
        return np.array([float(value) for value in flat]).reshape(array.shape)
    except (TypeError, ValueError, OverflowError) as error:
        kinds_there = ", ".join(sorted({type(value).__name__ for value in flat}))
        raise BadInput(
            f"labels are of types {kinds_there}: give numbers, truth values or texts, of one kind"
        ) from error


def _missing(value: Any) -> bool:
    try:
        return value is None or not bool(value == value)  # NaN differs from itself
    except (TypeError, ValueError):  # pandas' NA says neither
        return True


def _refuse_missing(missing: np.ndarray) -> None:
    rows = np.flatnonzero(missing)
    if rows.size:
        raise BadInput(
            f"NaN in labels: {rows.size} of {missing.size} are missing ({row_list(rows)}): remove"
            " these points first"
        )


def _listed(parts: Sequence[str]) -> str:
    more = f" and {len(parts) - MANY} more" if len(parts) > MANY else ""
    return ", ".join(parts[:MANY]) + more
