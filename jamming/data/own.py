"""Data of the user's own: arrays, lists and tables, made points and labels that can be learnt."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from jamming.checks.arguments import flag, one_of
from jamming.checks.arrays import ArrayLike, as_array, finite, row_list
from jamming.checks.errors import BadInput
from jamming.data.labels import Coding, coded
from jamming.data.preprocess import Pool, consistent, principal_components, shared, to_sphere

DUPLICATES = ("refuse", "drop", "keep")


class Points(NamedTuple):
    """Points and labels as they are learnt, and what was made of what was given.

    `contradictory` says that points with several labels were kept: no network fits them.
    """

    pool: Pool
    coding: Coding
    contradictory: bool
    notes: tuple[str, ...]

    @property
    def kinds(self) -> tuple[float, ...] | range:
        """The labels in the order in which training points alternate."""
        return (1.0, -1.0) if -1 in self.coding.codes else range(len(self.coding.codes))


def points(
    x: ArrayLike,
    y: ArrayLike,
    *,
    positive: Any = None,
    multiclass: bool = False,
    pca: Any = None,
    sphere: bool = False,
    whiten: bool = True,
    duplicates: Any = "refuse",
) -> Points:
    """Inputs x [n, ...] and labels y [n] of any kind, ready to be learnt.

    Args:
        x: real numbers, truth values among them, in an array, lists or a table; they become float64
        y, positive, multiclass: see `jamming.data.labels.coded`
        pca: how many principal components to keep, [n, pca], on the sphere |x|^2 = pca
        sphere: whether inputs are centred and put on the sphere |x|^2 = d, [n, d]
        whiten: whether principal components are brought to equal variance
        duplicates: what becomes of points that occur with several labels, which no network fits:
            they are refused; with "drop" left out, all copies; with "keep" they stay, as for
            kernels, noisy labels or networks that need not fit

    Raises BadInput for texts among inputs, NaN, lengths that differ, labels that are none (see
    `coded`), points with several labels, all inputs equal, and fewer than pca + 1 points.
    """
    multiclass, whiten = flag("multiclass", multiclass), flag("whiten", whiten)
    given = features(x)
    codes, coding = coded(y, positive, multiclass=multiclass)
    if given.ndim < 2 or given.size == 0 or codes.shape != given.shape[:1]:
        raise BadInput(
            f"x has shape {given.shape}, y {codes.shape}: give x as [n, ...] and y as [n]"
        )
    contradictory = False
    notes = [] if coding.unchanged else [str(coding)]
    rows = given.reshape(len(given), -1)
    if (bad := ~consistent(rows, codes)).any():
        one_of("duplicates", duplicates, DUPLICATES)
        if duplicates == "refuse":
            raise BadInput(_contradiction(rows, bad, coding))
        contradictory = duplicates == "keep"
        if not contradictory:
            given, rows, codes = given[~bad], rows[~bad], codes[~bad]
            notes.append(f"{bad.sum()} points that occur with several labels are left out")
            if len(np.unique(codes)) < len(set(coding.codes)):
                raise BadInput(
                    f"{len(codes)} points are left without those that occur with several labels,"
                    " and none of one label: give others"
                )
    if pca is not None or sphere:
        constant = np.flatnonzero((rows == rows[0]).all(axis=0))
        if constant.size and pca is not None:
            notes.append(
                f"{constant.size} of {rows.shape[1]} features are constant"
                f" ({row_list(constant, 'column')}): no principal component has a part of them"
            )
        kept = rows if pca is None else principal_components(rows, pca, whiten=whiten)
        given = to_sphere(kept)
    return Points(shared(given, codes), coding, contradictory, tuple(notes))


def features(x: ArrayLike) -> Float[np.ndarray, "..."]:
    """Inputs as float64, also of a table whose columns differ in type.

    Raises BadInput for texts, complex numbers and what is missing or not finite.
    """
    array = as_array(x, "x")
    if array.dtype.kind == "O":
        if not array.ndim:  # a sparse matrix, a dict, a generator
            kind = type(x).__name__
            raise BadInput(f"x is a {kind}, where real numbers [n, ...] are meant: give an array")
        array = _of_objects(array)
    if array.dtype.kind in "USTO":
        raise BadInput("x has texts among its features, where real numbers are meant: encode them")
    # a copy, so that nobody changes it later
    return np.array(finite(array, "data", dtype=np.float64), order="C")


def _of_objects(array: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
    def number(value: Any) -> float:
        if isinstance(value, str | bytes):
            raise TypeError
        try:
            return float("nan") if value is None or value != value else float(value)
        except (TypeError, ValueError) as error:
            if type(value).__name__ == "NAType":  # of pandas, whose truth is unknown
                return float("nan")
            raise TypeError from error

    rows = array.reshape(len(array), -1) if array.ndim else array.reshape(1, 1)
    bad, found = [], np.empty(rows.shape)
    for column in range(rows.shape[1]):
        try:
            found[:, column] = [number(value) for value in rows[:, column]]
        except (TypeError, OverflowError):
            bad.append(column)
    if bad:
        raise BadInput(
            f"x has values that are no real numbers ({row_list(bad, 'column')}): encode them as"
            " numbers, or leave them out"
        )
    return found.reshape(array.shape)


def _contradiction(
    rows: Float[np.ndarray, "n d"], bad: Shaped[np.ndarray, " n"], coding: Coding
) -> str:
    different = len(np.unique(rows[bad] + 0.0, axis=0))
    kinds = "both" if len(set(coding.codes)) == 2 else "several"
    return (
        f"{bad.sum()} points occur with {kinds} labels ({row_list(np.flatnonzero(bad))}),"
        f" {different} without their copies: no network can fit them, remove them, or choose"
        " duplicates 'drop' (of a file: name it cats.npz:drop), or 'keep' where they need not fit"
    )
