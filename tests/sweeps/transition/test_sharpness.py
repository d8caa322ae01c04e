"""The ends of Hessian spectra along trainings: against dense matrices, and the command itself."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from jamming.checks.errors import BadInput
from jamming.observables.hessian import split
from jamming.observables.lanczos import Quadrature
from jamming.observables.ritz import Ritz
from sweeps.engine.store import Store
from sweeps.transition.endpoint import problem_of
from sweeps.transition.sharpness import PARTS, RESULTS, ends_of, sharpness, summary
from sweeps.transition.sharpness_command import Sharpness
from tests.made_up.runs import Silent

OPTIONS = Sharpness(P=20, h=4, depth=1, lr=(0.1,), steps=6, seeds=2, k=2, lanczos=40)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sharpness")
    assert Sharpness.main([*OPTIONS.line(), "--out", str(folder)]) == 0
    return folder


def test_at_the_start_they_are_those_of_the_dense_matrices(folder: Path) -> None:
    config = OPTIONS.config()
    with xr.open_dataset(folder / RESULTS) as found:
        assert found.sizes == {"lr": 1, "seed": 2, "look": 6, "part": 3, "order": 2}
        for s, job in enumerate(config.jobs(0.1)):
            problem, v = problem_of(job, job.data())
            dense = split(problem, v)
            for part in PARTS:
                expected = np.linalg.eigvalsh(getattr(dense, part))
                one = found.sel(seed=s, part=part).isel(lr=0, look=0)
                for name, ends in (("smallest", expected[:2]), ("largest", expected[-2:])):
                    error = np.abs(one[name].values - ends)
                    # of H_0, of 20 gradients of 49 parameters, zero is found once
                    zero = part == "H_0" and name == "smallest"
                    assert (error[: 1 if zero else 2] < 1e-9 * expected[-1]).all()
                    assert (one[f"{name}_bound"] > 0).all()
        assert (found.loss.diff("look") < 0).all()
        assert "lr/2 largest of H" in summary(found)


def test_what_is_stored_is_not_trained_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr("sweeps.engine.execute.train", never)
    again = sharpness(OPTIONS.config(), Store(folder), progress=Silent())
    with xr.open_dataset(folder / RESULTS) as found:
        xr.testing.assert_equal(again.largest, found.largest)
    with pytest.raises(BadInput, match="holds spectra by 40 steps of Lanczos"):
        sharpness(replace(OPTIONS, lanczos=30).config(), Store(folder), progress=Silent())


def test_of_few_distinct_eigenvalues_the_others_are_unknown() -> None:
    """One constraint that is left makes H_0 of rank one."""
    known = Quadrature((Ritz(np.array([0.0, 2.0]), np.zeros(2), np.array([0.9, 0.1])),))
    smallest, _, largest, _ = ends_of(known, 3)
    np.testing.assert_array_equal(smallest, [0, 2, np.nan])
    np.testing.assert_array_equal(largest, [np.nan, 0, 2])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--k 20", "lanczos = 30 steps do not find 20 at each end"),
        ("--dynamics flow --batch 3", "--batch counts with --dynamics sgd alone"),
        ("--loss hinge", "loss"),
    ],
)
def test_what_cannot_be_is_refused(
    line: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "none"
    assert Sharpness.main([*line.split(), "--out", str(out)]) == 2
    (one,) = capsys.readouterr().err.splitlines()
    assert said in one
    assert not out.exists()
