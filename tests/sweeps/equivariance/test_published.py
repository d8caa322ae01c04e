"""The table of published networks as a command."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from sweeps.equivariance.commands import Published
from sweeps.equivariance.published import RESULTS


def test_rows_have_a_line_for_each_finite_group(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert Published.main(["--rows", "2", "11", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert ["p4 on 3 x 3" in said, "p4m on 2 x 2" in said, "not finite" in said] == [True] * 3
    with xr.open_dataset(out / RESULTS) as found:
        np.testing.assert_array_equal(found.dimension.sel(row=2), [[36.0] * 4, [32.0] * 4])
        assert float(found.off.sel(row=2).max()) < 1e-12
        assert bool(found.off.sel(row=11).isnull().all())
