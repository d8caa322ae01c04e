"""Networks that halve images and learn: layers and filters against the library, and the command."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from jamming.data.pictures import pictures
from jamming.images.estimators import cosine_distance, euclidean_distance
from jamming.images.filters import total_variation
from jamming.models.classic.classifier import layers
from jamming.training.image_build import held_out, initial, seen
from sweeps.deformations.commands import Profiles
from sweeps.deformations.downsampled import filters, splined
from sweeps.deformations.profiles import RESULTS, Profile, profiles, summary
from sweeps.engine.classify import load_image_run
from sweeps.engine.store import Store
from tests.made_up.runs import mtimes

TINY = (
    *("--P", "40", "--width", "0.05", "--steps", "6", "--batch", "20", "--images", "6"),
    *("--down", "average", "--labels", "true", "random", "--seeds", "1"),
)


def config(*more: str) -> list[Profile]:
    found: list[Profile] = Profiles.of([*TINY, *more]).config()
    return found


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, list[Profile], xr.Dataset]:
    """A small network for true and one for random labels of digits."""
    store, several = Store(tmp_path_factory.mktemp("profiles") / "store"), config()
    return store, several, profiles(several, store)


def test_distances_and_variations_are_those_of_the_library(swept: Any) -> None:
    store, several, found = swept
    one = several[1]
    x = jnp.asarray(held_out(one.job, 6))
    keys = jax.random.split(jax.random.key(0), 6)
    moved = splined(x, keys, jnp.float32(2.0), 3)
    net, run = one.job.module(10), load_image_run(store, one.job)
    for state, how, w in (
        ("init", "batch", initial(one.job)),
        ("trained", None, run.variables),
    ):
        clean, deformed = (
            jax.jit(lambda w, x, how=how: layers(net, w, x, batch_norm=how))(w, each)
            for each in (x, moved)
        )
        at = found.sel(state=state, labels="random", down="average", seed=0)
        assert at.layer_name.values.tolist() == list(clean)
        for name, of in (("distance", cosine_distance), ("euclidean", euclidean_distance)):
            expected = [of(clean[layer], deformed[layer]) for layer in clean]
            np.testing.assert_allclose(at[name], expected, rtol=1e-3)
        kernels = filters(w)
        assert at.filter_name.values.tolist() == list(kernels)
        np.testing.assert_allclose(at.tv, [total_variation(W) for W in kernels.values()])
    assert float(at.test_error) == run.test_error
    assert float(at.train_error) == run.train_error
    assert float(abs(found.tv.sel(state="trained") - found.tv.sel(state="init")).min()) > 0


def test_random_labels_change_what_is_learnt_alone(swept: Any) -> None:
    """Images, initial weights and deformations are the same; labels are not those of the images."""
    _, (true, random), found = swept
    np.testing.assert_array_equal(held_out(true.job, 6), held_out(random.job, 6))
    start = found.sel(state="init")
    for name in ("distance", "tv"):
        np.testing.assert_array_equal(
            start[name].sel(labels="true"), start[name].sel(labels="random")
        )
    end = found.sel(state="trained").distance
    assert (end.sel(labels="true") != end.sel(labels="random")).any()
    labels = [seen(job).y_train for job in (true.job, random.job)]
    assert 0 < np.mean(labels[0] == labels[1]) < 0.5


def test_test_images_are_of_no_training_set(swept: Any) -> None:
    _, (one, _), _ = swept
    all_of = pictures("digits")
    assert len(seen(one.job).x_test) == all_of.test
    rows = held_out(one.job, all_of.test)
    assert len(np.unique(rows.reshape(len(rows), -1), axis=0)) == all_of.test
    assert not np.array_equal(rows[:6], held_out(one.job.at(1), all_of.test)[:6])


def test_what_is_kept_is_not_made_again(swept: Any) -> None:
    store, several, found = swept
    before = mtimes(store.folder)
    xr.testing.assert_identical(profiles(several, store), found)
    assert mtimes(store.folder) == before


def test_the_command(swept: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Where all is there it only gathers."""
    out = swept[0].folder
    assert Profiles.main([*TINY, "--out", str(out)]) == 0
    assert str(out / RESULTS) in capsys.readouterr().out
    with xr.open_dataset(out / RESULTS) as found:
        np.testing.assert_array_equal(found.distance, swept[2].distance)
    lines = summary(swept[2]).splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["true", "average"], ["random", "average"]]
    assert [line.count("->") for line in lines[1:]] == [2, 2]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--down", "stochastic"), "unknown down 'stochastic'"),
        (("--labels", "false"), "unknown labels 'false'"),
        (("--enlarge", "1"), "too small"),
        (("--points", "1"), "points = 1"),
        (("--reach", "0"), "reach must be above 0"),
        (("--images", "10000"), "test images"),
        (("--P", "5000"), "training images"),
        (("--batch", "41"), "batch"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_folder(
    words: Sequence[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Profiles.main([*TINY, *words, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert says in said
    assert not (tmp_path / "out").exists()
