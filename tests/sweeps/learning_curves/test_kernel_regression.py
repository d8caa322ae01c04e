"""Learning curves of kernel regression: against a direct solution, and the command itself."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy.spatial.distance import cdist

from jamming.checks.errors import BadInput
from jamming.data import load
from sweeps.engine.store import Store
from sweeps.learning_curves.commands import KernelRegression
from sweeps.learning_curves.kernel_regression import RESULTS, Regression, kernel_regression, summary
from tests.made_up.runs import mtimes

TINY = ("--dataset", "stripe3", "--P", "40", "10", "20", "--test-points", "50", "--seeds", "2")


def test_errors_are_those_of_the_direct_solution() -> None:
    run = Regression("digits", (10, 30), ("laplace", "gaussian"), 0.7, 60, 3)
    found, sigma = run.run(), 0.7 * 8  # inputs of length sqrt(64)
    for i, n in enumerate(run.P):
        data = load("digits", 30, P_test=60, seed=3)
        x, y = data.x_train[:n], data.y_train[:n]
        assert found["nearest"][i] == pytest.approx(cdist(data.x_test, x).min(1).mean() / 8)
        for j, f in enumerate(
            (lambda r: np.exp(-r / sigma), lambda r: np.exp(-(r**2) / 2 / sigma**2))
        ):
            F = f(cdist(data.x_test, x)) @ np.linalg.solve(f(cdist(x, x)), y)
            assert found["mse"][j, i] == pytest.approx(((F - data.y_test) ** 2).mean(), rel=1e-6)
            assert found["error"][j, i] == pytest.approx((F * data.y_test <= 0).mean())


def test_more_points_are_better_and_what_is_kept_is_not_made_again(tmp_path: Path) -> None:
    runs = [Regression("stripe2", (20, 80, 320), ("laplace",), 1.0, 400, s) for s in range(3)]
    store = Store(tmp_path / "store")
    found = kernel_regression(runs, store)
    assert found.mse.dims == ("kernel", "P", "seed")
    assert (np.diff(found.mse.mean("seed").values[0]) < 0).all()
    assert (np.diff(found.error.mean("seed").values[0]) < 0).all()
    before = mtimes(store.folder)
    xr.testing.assert_identical(kernel_regression(runs, store), found)
    assert mtimes(store.folder) == before
    assert len(summary(found).splitlines()) == 4


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--kernel", "matern"), "unknown kernel 'matern': choose laplace, gaussian"),
        (("--sigma", "0"), "sigma must be at least"),
        (("--sigma", "1000", "--kernel", "gaussian"), "singular to rounding"),
        (("--P", "1"), "P = 1"),
        (("--seeds", "0"), "seeds = 0"),
        (("--test-points", "0"), "test_points = 0"),
        (("--dataset", "nothing"), "unknown data set"),
        (("--dataset", "digits", "--P", "1800"), "largest P possible"),
    ],
)
def test_bad_input_is_one_line(
    words: Sequence[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert KernelRegression.main([*TINY, *words, "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert says in said
    # what only a measurement shows leaves an empty store, all else nothing
    assert not out.exists() or not Store(out)


def test_no_kernel_at_all_is_refused() -> None:
    with pytest.raises(BadInput, match="kernel: give 1 at least, not nothing"):
        Regression("digits", (10,), (), 1.0, 10, 0)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert KernelRegression.main([*TINY, "--out", str(out)]) == 0
    assert str(out / RESULTS) in capsys.readouterr().out
    with xr.open_dataset(out / RESULTS) as found:
        assert found.P.values.tolist() == [10, 20, 40]
        assert found.kernel.values.tolist() == ["laplace", "gaussian"]
        assert np.isfinite(found.mse.values).all()
        assert found.nearest.dims == ("P", "seed")
        assert found.attrs["dataset"] == "stripe3"


def test_the_nearest_point_tells_the_dimension() -> None:
    """Gaussian points in three directions: P^(-1/3) once P is large."""
    run = Regression("stripe3", (500, 1000, 2000, 4000), ("laplace",), 1.0, 400, 0)
    nearest = run.run()["nearest"]
    slope = np.polyfit(np.log(run.P), np.log(nearest), 1)[0]
    assert -1 / slope == pytest.approx(3, abs=0.5)
