"""The sweeps on real data, tiny: what they find is what the library finds; bad input."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from sklearn.datasets import load_digits

from analysis.kernel_curves.curves import opened
from jamming.checks.errors import BadInput
from jamming.commands.typed import choose
from jamming.kernels.curves import learn
from jamming.kernels.gram import Kernel, nearest
from jamming.training.spec import Job
from sweeps.engine.store import Store
from sweeps.kernel_curves import commands, points
from sweeps.kernel_curves.curves_command import KernelCurves
from sweeps.kernel_curves.exponents import beta, dimension, law, of_ranks
from sweeps.kernel_curves.kernel_curves import RESULTS, kernel_curves
from sweeps.kernel_curves.limits import limits
from sweeps.kernel_curves.neighbours import neighbours, summary
from sweeps.kernel_curves.neighbours_command import Neighbours
from tests.made_up.runs import mtimes

THREE = ("--test-points", "300", "--seeds", "3")
TINY = ("--P", "20", "40", "80", "--test-points", "60", "--seeds", "2", "--spectrum", "80")


def test_points_are_pixels_from_0_to_255_and_labels_the_parity() -> None:
    of = points.drawn("digits", 30, 20, seed=1)
    images, classes = load_digits().images.reshape(-1, 64) * 255 / 16, load_digits().target
    for x, y in ((of.x_train, of.y_train), (of.x_test, of.y_test)):
        rows = [int(np.flatnonzero((images == one).all(1))[0]) for one in x]
        np.testing.assert_array_equal(y, np.where(classes[rows] % 2 == 0, 1, -1))
    assert of.x_train.max() == 255
    # all else has the units of `load`
    assert np.square(points.drawn("random5", 30, 20, seed=1).x_train).sum(1) == pytest.approx(5)


def test_stripes_are_those_that_networks_learn() -> None:
    of = points.drawn("stripe5", 30, 20, seed=1)
    data = Job("stripe5", P=30, widths=(4,), test_points=20, data_seed=1, constant=True).data()
    np.testing.assert_array_equal(of.x_train, data.x_train)
    np.testing.assert_array_equal(of.x_test, data.x_test)
    np.testing.assert_array_equal(of.y_train, data.y_train)


def test_the_command_finds_what_the_library_finds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the name of a command, as a person calls it."""
    out = tmp_path / "out"
    line = [*TINY, "--sigma", "500", "1000", "--svm", "40", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["kernel_curves", *line])
    assert choose(commands.COMMANDS, "kernel_curves") == 0
    said = capsys.readouterr().out
    assert "MSE ~ P^-beta, gaussian, sigma = 500: beta = " in said
    with xr.open_dataset(out / RESULTS) as found:
        found.load()
    assert dict(found.sizes) == {"sigma": 2, "seed": 2, "kernel": 2, "P": 3, "m": 3, "rank": 37}
    of = points.drawn("digits", 80, 60, seed=1)
    own = learn(
        Kernel("gaussian", 500.0),
        *(of.x_train, of.y_train, of.x_test, of.y_test, (20, 40, 80)),
        svm=40,
        pca=80,
    )
    one = found.sel(sigma=500, kernel="gaussian", seed=1)
    for name in ("mse", "error", "svm_error", "condition", "eigenvalues", "tails", "predicted"):
        np.testing.assert_allclose(one[name], getattr(own, name), rtol=1e-9, err_msg=name)
    np.testing.assert_array_equal(found["rank"], own.rank)
    store, before = Store(out), mtimes(out)
    again = kernel_curves(KernelCurves.of(line).config(), store)
    xr.testing.assert_allclose(again, found)
    assert mtimes(out) == before


def test_limits_are_known_where_two_sizes_are_and_ranks_are_few() -> None:
    rank, m = np.arange(1.0, 101.0), np.array([50.0, 100.0])
    values = np.where(rank <= m[:, None], rank**-1.5 + 0.2 / m[:, None], np.nan)
    found = xr.Dataset(
        dict.fromkeys(("eigenvalues", "tails"), (("m", "rank"), values))
        | {"predicted": (("m", "P"), np.array([[1.0, np.nan], [1.5, 1.0]]))},
        {"m": m, "rank": rank, "P": [10, 60]},
    )
    of = limits(found)
    np.testing.assert_allclose(of.eigenvalues[:12], rank[:12] ** -1.5)
    assert np.isnan(of.eigenvalues[12:]).all()
    np.testing.assert_allclose(of.predicted, [2.0, np.nan])
    assert not limits(found.isel(m=[1])).data_vars


def test_exponents_are_of_the_last_decade_and_of_ranks_from_ten_on() -> None:
    P = np.array([10.0, 100.0, 400.0, 1000.0])
    rows = np.where(P > 10, P**-0.5, 9.0)[:, None] * np.array([1.0, 1.1])
    found = beta(P, rows)
    assert found is not None
    assert found.value == pytest.approx(0.5)
    of = dimension(P, rows)
    assert of is not None
    assert of.value == pytest.approx(2.0)
    assert law(P[:2], rows[:2]) is None
    # no dimension where distances do not fall
    assert dimension(P, np.ones_like(rows) * [1.0, 1.1]) is None
    rank = np.arange(1.0, 40.0)
    lines = np.where(rank < 10, 1.0, rank**-2)[:, None] * np.ones(2)
    steep = of_ranks(rank, lines)
    assert steep is not None
    assert steep.exponent.value == pytest.approx(-2)
    assert of_ranks(rank[:11], lines[:11]) is None


def test_neighbours(tmp_path: Path) -> None:
    specs = Neighbours.of(
        [
            "--dataset",
            "digits",
            "random3",
            "--P",
            "100",
            "200",
            "1000",
            "--test-points",
            "300",
            "--seeds",
            "3",
        ]
    ).config()
    found = neighbours(specs, Store(tmp_path / "store"))
    assert found.sizes == {"dataset": 2, "seed": 3, "P": 3}
    of = points.drawn("digits", 1000, 300, seed=2)
    own = nearest(of.x_test, of.x_train, (100, 200, 1000)).mean(1)
    np.testing.assert_allclose(found.nearest.sel(dataset="digits", seed=2), own)
    sphere = dimension(found.P.values, found.nearest.sel(dataset="random3").values.T)
    assert sphere is not None
    assert sphere.value == pytest.approx(2, rel=0.1)
    assert len(summary(found).splitlines()) == 3


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--kernel", "cosine"), "unknown kernel 'cosine': choose laplace, gaussian, matern"),
        (("--sigma", "0"), "sigma must be at least"),
        (("--sigma", "1e6", "--kernel", "gaussian"), "take a ridge"),
        (("--dataset", "nothing"), "unknown data set"),
        (("--dataset", "digits", "--P", "1800"), "largest P possible"),
        (("--P", "1"), "P = 1"),
        (("--spectrum", "100"), "spectrum = 100"),
        (("--C", "nan"), "C"),
        (("--P", "100000000", "--dataset", "random5"), "of memory"),
    ],
)
def test_bad_input_is_one_line(
    words: Sequence[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert KernelCurves.main([*TINY, *words, "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert says in said
    # what only a measurement shows leaves an empty store, all else nothing
    assert not out.exists() or not Store(out)


def test_too_many_points_to_look_for_neighbours_are_refused() -> None:
    with pytest.raises(BadInput, match="of dimension 5 would take"):
        Neighbours.of(["--dataset", "random5", "--P", "2000000000"]).config()[0].check()


def test_without_kernel_pca_there_is_none_in_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["--P", "10", "20", "40", "--seeds", "1", "--spectrum", "0", "--kernel", "laplace"]
    assert KernelCurves.main([*line, "--out", str(tmp_path / "out")]) == 0
    assert "predicted" not in capsys.readouterr().out
    found = opened(tmp_path / "out")
    assert "m" not in found.dims
    assert [each.name for each in (tmp_path / "out").glob("*.png")] == ["curves.png"]
    assert np.isfinite(found.svm_error).all()
