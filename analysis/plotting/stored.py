"""The results of a sweep, as figures open them."""

from pathlib import Path

import xarray as xr

from jamming.checks.errors import BadInput
from sweeps.engine.store.sealed import read_results


def stored(file: Path, lacking: str, *names: str) -> xr.Dataset:
    """The results in a file of a sweep's folder, with the variables that a figure shows.

    `lacking`: what to say of a folder without them, and the command that makes them.

    Raises:
        BadInput: there are none, or they are damaged.
    """
    if not file.is_file():
        raise BadInput(f"{file.parent} {lacking}")
    return read_results(file, *names)
