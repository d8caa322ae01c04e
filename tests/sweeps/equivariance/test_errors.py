"""The sweep of equivariance errors, tiny."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from sweeps.engine.store import Store
from sweeps.equivariance.commands import COMMANDS, Errors
from sweeps.equivariance.errors import RESULTS
from sweeps.equivariance.errors import errors as swept
from tests.made_up.runs import mtimes

pytest.importorskip("s2fft", reason="transforms on the sphere are in the extra `equivariant`")

TINY = "--b 3 --depth 2 --channels 2 --signals 2 --turns 1 --finer 0 1 2 --seeds 2"


def test_linear_stacks_commute_and_finer_grids_help_relu(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert Errors.main([*TINY.split(), "--out", str(out)]) == 0
    assert capsys.readouterr().out.splitlines()[3].split()[:6] == [
        *("relu,", "grid", "2", "times", "finer", "3"),
    ]
    assert (out / "errors.png").is_file()
    with xr.open_dataset(out / RESULTS) as found:
        found.load()
    assert dict(found.sizes) == {"finer": 3, "b": 1, "seed": 2, "turn": 1, "depth": 2, "signal": 2}
    mean = found.error.mean(("b", "seed", "turn", "depth", "signal"))
    assert float(found.error.sel(finer=0).max()) < 1e-13
    assert 0.01 < mean.sel(finer=1) < 0.5
    assert mean.sel(finer=2) < mean.sel(finer=1) / 4
    # one that is lost is measured again, the same; the others are not touched
    config, store = Errors.of(TINY.split()).config(), Store(out)
    before = mtimes(out)
    del store[config[0].key]
    np.testing.assert_array_equal(swept(config, Store(out)).error, found.error)
    assert {k for k, v in mtimes(out).items() if before.get(k) != v}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--b 1", "the bandwidth b = 1 is too small"),
        ("--b 30 --finer 2", "b times finer = 60 is too large: it must be at most 40"),
        ("--finer -1", "finer = -1"),
        ("--depth 0", "depth = 0 is too small"),
        ("--seeds 0", "seeds = 0 is too small"),
    ],
)
def test_wrong_input_is_refused_in_a_line(
    line: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Errors.main([*line.split(), "--out", str(tmp_path / "out")]) == 2
    refused = capsys.readouterr()
    assert said in refused.err
    assert len(refused.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_commands_are_called_by_their_chapter() -> None:
    assert COMMANDS[0].called() == "python -m sweeps.equivariance errors"
