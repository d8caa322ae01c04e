"""From what is known of each cell of a sweep to one labelled dataset, and to a table of it."""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, Unpack

import numpy as np
import xarray as xr
from jaxtyping import Float

from jamming.commands.said import Said as Said
from jamming.commands.said import interval as interval
from jamming.commands.said import joined as joined
from jamming.commands.said import listed as listed
from jamming.commands.said import number as number
from jamming.commands.said import page as page
from jamming.commands.said import part as part
from jamming.commands.said import several as several
from jamming.commands.said import spread as spread
from jamming.commands.said import table as table
from jamming.fits.seeds import Interval
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine.execute import How, execute, load_run
from sweeps.engine.store import Store

Cells = Mapping[tuple[Any, ...], Mapping[str, Any]]
Column = Callable[[xr.Dataset], str]
At = TypeVar("At")


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


def outputs(
    store: Store, jobs: Sequence[Job]
) -> tuple[Float[np.ndarray, "seeds Q *c"], Float[np.ndarray, " Q"]]:
    """The outputs at the end of runs on one test set, and its labels."""
    loaded = [store.arrays(job.key) for job in jobs]
    F = np.stack([np.asarray(one["F_test"], float) for one in loaded])
    return F, np.asarray(loaded[0]["y_test"], float)


def with_interval(name: str, found: Interval | None = None) -> dict[str, float]:
    """A number with the ends of its 95 % interval, as variables; NaN without one."""
    known = found or Interval(math.nan, math.nan, math.nan)
    return {name: known.value, f"{name}_low": known.low, f"{name}_high": known.high}


def means(
    found: xr.Dataset, over: Sequence[str], columns: Mapping[str, Column | tuple[Any, str]]
) -> list[dict[str, str]]:
    """Rows for `table`, one for each value of the dimensions `over`.

    `columns` maps a title to a variable, of which the mean is shown, and a format; or to a function
    from the part of the dataset to its text, which is `Said` where it has a number.
    """
    rows = []
    for at in itertools.product(*(found[name].values for name in over)):
        place = dict(zip(over, at, strict=True))
        one = found.sel(place)
        row: dict[str, str] = {
            name: Said(f"{x:.3g}" if isinstance(x, float) else x, x) for name, x in place.items()
        }
        for title, column in columns.items():
            if callable(column):
                row[title] = column(one)
            else:
                row[title] = number(float(one[column[0]].mean()), column[1])
        rows.append(row)
    return rows


def summary(
    over: Sequence[str], columns: Mapping[str, Column | tuple[Any, str]]
) -> Callable[[xr.Dataset], str]:
    """What prints the `table` of such `means`."""
    return lambda found: table(means(found, over, columns))


def trained(
    cells: Mapping[At, Sequence[Job]],
    store: Store,
    *,
    weights: bool = False,
    arrays: bool = False,
    **how: Unpack[How],
) -> dict[At, list[Trajectory]]:
    """Run what the store lacks of the jobs of all cells; their trajectories, as from `load_run`.

    Raises BadInput from a job or the store.
    """
    execute([job for cell in cells.values() for job in cell], store, weights=weights, **how)
    return {at: [load_run(store, job, arrays=arrays) for job in cell] for at, cell in cells.items()}
