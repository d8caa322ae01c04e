"""Learning curves of kernels on a file of the user's own: those of its points, by its labels."""

from pathlib import Path

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.data import load
from jamming.kernels.curves import learn
from jamming.kernels.gram import Kernel
from sweeps.kernel_curves import points
from sweeps.kernel_curves.curves_command import KernelCurves


@pytest.fixture
def animals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    x = np.random.default_rng(0).normal(size=(60, 3))
    np.savez(
        "animals.npz", x=x, y=np.where(x[:, 0] > 0.4, "dog", np.where(x[:, 1] > 0, "cat", "cow"))
    )
    return "animals.npz"


def curves(name: str, **options: object) -> KernelCurves:
    fixed = {"P": (10, 20), "kernel": ("laplace",), "sigma": (2.0,), "svm": 0, "spectrum": 0}
    return KernelCurves(dataset=name, test_points=30, **fixed | options)  # type: ignore[arg-type]


def test_errors_are_those_on_the_points_of_the_file(animals: str) -> None:
    draw = curves(animals, positive=("cat", "dog")).config()[0]
    data = load(animals, 20, P_test=30, positive=("cat", "dog"))
    theirs = data.x_train, data.y_train, data.x_test, data.y_test
    due = learn(Kernel("laplace", 2.0), *theirs, (10, 20), ridge=0.0, svm=0, C=1e4, pca=0)
    np.testing.assert_allclose(draw.run()[1]["mse"][0], due.mse)


def test_a_changed_file_and_other_labels_are_other_draws(animals: str) -> None:
    def key(*positive: str) -> str:
        found: str = curves(animals, positive=positive).config()[0].key
        return found

    before = key("cat"), key("dog")
    assert len({*before, key("cat", "dog")}) == 3
    assert key("cat") == before[0]
    held = dict(np.load(animals))
    np.savez(animals, x=held["x"] + 1, y=held["y"])
    assert key("cat") != before[0]


def test_labels_that_are_not_two_are_refused_and_so_is_positive_of_a_name(animals: str) -> None:
    draws = curves(animals).config()
    with pytest.raises(BadInput, match="labels have 3 values"):
        draws[0].check()
    with pytest.raises(BadInput, match="`positive` is of files here"):
        points.drawn("digits", 10, 10, 0, ("3",))
