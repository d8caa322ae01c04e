"""The results of a sweep, as figures open them."""

from collections.abc import Callable
from pathlib import Path

import xarray as xr

from jamming.checks.errors import BadInput
from sweeps.engine.store.sealed import read_results


def reader(results: str, lacking: str, *names: str) -> Callable[[Path], xr.Dataset]:
    """What reads the file `results` of a sweep's folder, with the variables that a figure shows.

    `lacking`: what to say of a folder without it, and the command that makes it. The reader raises
    `BadInput` where there are no results, or where they are damaged.
    """

    def opened(folder: Path) -> xr.Dataset:
        if not (folder / results).is_file():
            raise BadInput(f"{folder} {lacking}")
        return read_results(folder / results, *names)

    return opened
