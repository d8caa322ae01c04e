"""From what is known of each cell of a sweep to one labelled dataset, and to a table of it."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

Cells = Mapping[tuple[Any, ...], Mapping[str, Any]]


def gathered(
    cells: Cells,
    coords: Mapping[str, Sequence[Any]],
    inner: Mapping[str, tuple[str, ...]] | None = None,
    always: Sequence[str] = (),
) -> xr.Dataset:
    """Variables over the dimensions of `coords`, from numbers, texts and arrays of each cell.

    `cells` maps the coordinates of a cell to its variables; `inner` maps a variable to the
    additional dimensions of its arrays. Arrays that are shorter than others, and missing cells, are
    filled with NaN, texts with ''. A variable without missing values keeps its type (integer,
    boolean), others become floats. The variables `always` exist even if no cell has them.
    """
    found: dict[str, Any] = {}
    places = [{value: i for i, value in enumerate(values)} for values in coords.values()]
    sizes = tuple(map(len, places))
    for name in dict.fromkeys((*always, *(name for cell in cells.values() for name in cell))):
        further = (inner or {}).get(name, ())
        rows = {at: np.asarray(cell[name]) for at, cell in cells.items() if name in cell}
        shapes = [row.shape for row in rows.values()] or [(1,) * len(further)]
        longest = tuple(map(max, zip(*shapes, strict=True)))
        whole = sum(row.size for row in rows.values()) == math.prod((*sizes, *longest))
        dtype = np.result_type(*{row.dtype for row in rows.values()}) if rows else np.dtype(float)
        blank = "" if dtype.kind == "U" else 0 if whole else np.nan
        full = np.full((*sizes, *longest), blank, dtype if whole or dtype.kind in "fU" else float)
        for at, row in rows.items():
            index: Any = [place[value] for place, value in zip(places, at, strict=True)]
            full[(*index, *map(slice, row.shape))] = row
        found[name] = (*coords, *further), full
    plain = {
        name: [str(value) if isinstance(value, tuple) else value for value in values]
        for name, values in coords.items()
    }
    return xr.Dataset(found, plain)


def table(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows of text below their names, aligned to the right."""
    lines = [list(rows[0]), *(list(row.values()) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(f"{word:>{width}}" for word, width in zip(line, widths, strict=True))
        for line in lines
    )


def number(value: float, form: str) -> str:
    """A number, or - where it is not known."""
    return "-" if math.isnan(value) else format(value, form)


def shown(value: Any) -> str:
    """A coordinate, as a table has it."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def means(
    found: xr.Dataset, over: Sequence[str], columns: Mapping[str, tuple[str, str]]
) -> list[dict[str, str]]:
    """Rows for `table`, one for each value of the dimensions `over`.

    `columns` maps a title to a variable, of which the mean is shown, and a format.
    """
    rows = []
    for at in itertools.product(*(found[name].values for name in over)):
        one = found.sel(dict(zip(over, at, strict=True)))
        rows.append(
            {name: shown(value) for name, value in zip(over, at, strict=True)}
            | {
                title: number(float(one[name].mean()), form)
                for title, (name, form) in columns.items()
            }
        )
    return rows
