"""Results of another command in the same folder are replaced, and it is said."""

from pathlib import Path

import pytest
import xarray as xr

from sweeps.double_descent.commands import DoubleDescent
from sweeps.engine.labelled import written
from sweeps.engine.own_files import described
from sweeps.engine.store import Store
from sweeps.engine.store.sealed import read_results


def test_the_command_of_results_is_stored_with_them(tmp_path: Path) -> None:
    given = DoubleDescent(P=64, h=(4.0, 8.0), out=tmp_path, compilation_cache=False, workers=2)
    path = written(Store(tmp_path), "a.nc", described(xr.Dataset({"a": 1.0}), given))
    command = read_results(path).attrs["command"]
    assert command == "python -m sweeps.double_descent --P 64 --h 4.0 8.0"


def test_what_another_command_has_found_is_not_replaced_in_silence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path)
    found = [xr.Dataset({"a": n}, attrs={"command": f"python -m a --seeds {n}"}) for n in (1, 2)]
    for one in (found[0], found[0]):  # the same command again has nothing to say
        path = written(store, "a.nc", one)
        assert capsys.readouterr().err == ""
    written(store, "a.nc", found[1])
    said = capsys.readouterr().err.splitlines()
    assert said == [f"{path}: replaced what was there, of python -m a --seeds 1"]
    assert int(read_results(path).a) == 2
    path.write_bytes(b"no results")  # what cannot be read is replaced, as ever
    written(store, "a.nc", found[0])
    assert capsys.readouterr().err == ""
