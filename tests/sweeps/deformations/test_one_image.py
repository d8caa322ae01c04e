"""Classes that are deformations of one image each: what they are, what is measured, refused."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from jamming.data.pictures import standardised
from jamming.images.filters import total_variation
from jamming.training.classify import train_images
from sweeps.deformations.commands import OneImage
from sweeps.deformations.downsampled import filters
from sweeps.deformations.one_image import RESULTS, TESTED, one_image
from sweeps.deformations.one_image import OneImage as Spec
from sweeps.engine.store import Store
from tests.made_up.runs import mtimes

TINY = (
    *("--size", "16", "--classes", "3", "--examples", "8", "--width", "0.05", "--steps", "6"),
    *("--batch", "6", "--strength", "2", "--seeds", "1"),
)


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, list[Spec], xr.Dataset]:
    """Deformations of three digits."""
    store = Store(tmp_path_factory.mktemp("one_image") / "store")
    several = OneImage.of([*TINY]).config()
    return store, several, one_image(several, store)


def test_a_class_is_deformations_of_one_image(swept: Any) -> None:
    """All differ, and from the image the more the stronger; other tasks have the same images."""
    _, (strong,), _ = swept
    weak = dataclasses.replace(strong, strength=0.5)
    still = standardised("digits", 3, 0, 16)
    moved = []
    for one in (weak, strong):
        x, y, x_test, y_test = (np.asarray(each) for each in one.task())
        assert x.shape == (3 * 8, 16, 16, 1)
        assert x_test.shape == (3 * TESTED, 16, 16, 1)
        np.testing.assert_array_equal(np.bincount(y), [8, 8, 8])
        np.testing.assert_array_equal(np.bincount(y_test), [TESTED] * 3)
        flat = np.concatenate([x, x_test]).reshape(-1, 256)
        assert len(np.unique(flat, axis=0)) == len(flat)
        moved.append(np.abs(x - still[y]).mean())
    assert moved[1] > 2 * moved[0] > 0
    nearly_still = dataclasses.replace(weak, strength=1e-6)
    x, y, *_ = (np.asarray(each) for each in nearly_still.task())
    np.testing.assert_allclose(x, still[y], atol=1e-4)


def test_variations_are_those_of_the_learnt_filters(swept: Any) -> None:
    _, (strong,), found = swept
    (run,) = train_images([strong.job()], data=strong.task())
    at = found.sel(strength=2.0, seed=0)
    kernels = filters(run.variables)  # type: ignore[arg-type]
    assert at.filter_name.values.tolist() == list(kernels)
    np.testing.assert_array_equal(at.tv, [total_variation(W) for W in kernels.values()])
    assert float(at.test_error) == run.test_error


def test_the_command_makes_nothing_again(swept: Any, capsys: pytest.CaptureFixture[str]) -> None:
    store, several, found = swept
    before = mtimes(store.folder)
    xr.testing.assert_identical(one_image(several, store), found)
    assert mtimes(store.folder) == before
    assert OneImage.main([*TINY, "--out", str(store.folder)]) == 0
    said = capsys.readouterr().out
    assert str(store.folder / RESULTS) in said
    assert said.splitlines()[1].split()[0] == "2"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--down", "stochastic"), "unknown down 'stochastic'"),
        (("--size", "6"), "8 pixels a side"),
        (("--classes", "1"), "classes = 1"),
        (("--strength", "0"), "strength must be above 0"),
        (("--batch", "25"), "batch"),
        (("--optimiser", "newton"), "optimiser"),
        (("--dataset", "digits10pca"), "no pixels"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_folder(
    words: Sequence[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert OneImage.main([*TINY, *words, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert says in said
    assert not (tmp_path / "out").exists()
