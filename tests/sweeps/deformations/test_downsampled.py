"""Layers under deformations, and smooth filters: against the library, and the command."""

from collections.abc import Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from jamming.data.pictures import standardised
from jamming.images.estimators import cosine_distance
from jamming.images.filters import smoothed, total_variation
from jamming.images.splines import sample_spline_field
from jamming.images.warp import warp
from jamming.models.classic.classifier import layers
from jamming.models.classic.downsampled import DownSampled
from sweeps.deformations.commands import Downsampled
from sweeps.deformations.downsampled import (
    RESULTS,
    Filtered,
    distances,
    downsampled,
    filters,
    smooth,
    summary,
)
from sweeps.engine.store import Store
from tests.made_up.classic import variables_of
from tests.made_up.runs import mtimes

TINY = ("--images", "6", "--width", "0.05", "--size", "16", "--down", "subsample", "--seeds", "1")


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, list[Filtered], xr.Dataset]:
    """A small network, its filters as they are and smooth."""
    specs = Downsampled.of([*TINY, "--sigma", "0", "1"]).config()
    store = Store(tmp_path_factory.mktemp("downsampled") / "store")
    return store, specs, downsampled(specs, store)


def test_smoothing_changes_the_filters_of_convolutions_alone() -> None:
    net = DownSampled(down="strided", width=0.05)
    w = variables_of(net, 16, 16, 1)
    assert list(filters(w)) == [f"conv{i}_{k}" for i in range(1, 5) for k in (1, 2)]
    soft = smooth(w, 0.7)
    for name, of in w["params"].items():
        for part, W in of.items():
            expected = smoothed(W, 0.7) if name in filters(w) and part == "kernel" else W
            np.testing.assert_array_equal(soft["params"][name][part], expected)
    assert max(map(total_variation, filters(soft).values())) < 1.5


def test_distances_are_those_of_the_library(
    swept: tuple[Store, list[Filtered], xr.Dataset],
) -> None:
    _, (plain, soft), found = swept
    assert found.distance.dims == ("state", "down", "sigma", "seed", "layer")
    assert found.sizes["layer"] == 13
    assert found.layer_name.values[[0, 1, 3, -1]].tolist() == ["input", "conv1_1", "down1", "down4"]
    x = jnp.asarray(standardised("digits", 6, 0, 16))
    of_weights, of_fields = jax.random.split(jax.random.key(0))
    net = plain.net()
    w = jax.jit(net.init)(of_weights, x[:1])
    within = jax.jit(lambda w, x: layers(net, w, x, batch_norm="batch"))
    keys = jax.random.split(of_fields, 6)
    tau = jnp.stack([sample_spline_field(key, 16, 3, jnp.float32(2.0)) for key in keys])
    moved = warp(x, tau)
    for sigma, weights in ((0.0, w), (soft.sigma, smooth(w, 1.0))):
        one = found.sel(state="init", down="subsample", sigma=sigma, seed=0)
        seen = [within(weights, images) for images in (x, moved)]
        expected = [cosine_distance(seen[0][name], seen[1][name]) for name in seen[0]]
        np.testing.assert_allclose(one.distance, expected, rtol=1e-3)
        variations = [total_variation(W) for W in filters(weights).values()]
        np.testing.assert_allclose(one.tv, variations, rtol=1e-5)


def test_what_is_not_moved_has_no_distance() -> None:
    x = jnp.asarray(np.random.default_rng(0).normal(size=(5, 4, 4, 1)))
    names, found = distances(lambda x: {"a": x, "b": 2 * x}, x, x)
    assert names == ["a", "b"]
    np.testing.assert_allclose(found, 0, atol=1e-12)
    _, away = distances(lambda x: {"a": x}, x, x[::-1])
    assert away[0] > 0.5


def test_what_is_kept_is_not_made_again(
    swept: tuple[Store, list[Filtered], xr.Dataset],
) -> None:
    store, specs, found = swept
    before = mtimes(store.folder)
    xr.testing.assert_identical(downsampled(specs, store), found)
    assert mtimes(store.folder) == before
    assert len(summary(found).splitlines()) == 3


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--down", "stochastic"), "unknown down 'stochastic'"),
        (("--sigma=-1",), "sigma must be at least 0"),
        (("--size", "8"), "too small"),
        (("--points", "1"), "points = 1"),
        (("--reach", "0"), "reach must be above 0"),
        (("--images", "1"), "images = 1"),
        (("--dataset", "digits10pca"), "no pixels"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_folder(
    words: Sequence[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Downsampled.main([*TINY, *words, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert says in said
    assert not (tmp_path / "out").exists()


def test_the_command(
    swept: tuple[Store, list[Filtered], xr.Dataset], capsys: pytest.CaptureFixture[str]
) -> None:
    """Where all is there it only gathers."""
    out = swept[0].folder
    assert Downsampled.main([*TINY, "--sigma", "0", "1", "--out", str(out)]) == 0
    assert str(out / RESULTS) in capsys.readouterr().out
    with xr.open_dataset(out / RESULTS) as found:
        np.testing.assert_array_equal(found.distance, swept[2].distance)
