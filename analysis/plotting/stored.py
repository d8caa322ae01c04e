"""The results of a sweep, as figures open them."""

from collections.abc import Callable
from pathlib import Path

import xarray as xr

from jamming.checks.errors import BadInput
from sweeps.engine.store.sealed import read_results


def reader(results: str, command: str, *names: str) -> Callable[[Path], xr.Dataset]:
    """What reads the file `results` of a sweep's folder, with the variables that a figure shows.

    `command` is that of `sweeps` which makes it. The reader raises `BadInput` where there are no
    results, or where they are damaged.
    """

    def opened(folder: Path) -> xr.Dataset:
        if not (folder / results).is_file():
            raise BadInput(f"{folder} holds no {results}: make it with python -m sweeps.{command}")
        return read_results(folder / results, *names)

    return opened
