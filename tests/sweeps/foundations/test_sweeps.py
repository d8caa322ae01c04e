"""The sweeps of the chapter, tiny: what they find is what the library finds; bad input."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from jamming.models.classic.names import named
from jamming.theory import lipschitz, separability
from jamming.theory.gabor import fitted
from jamming.training.classify import train_images
from sweeps.engine.store import Store
from sweeps.foundations.bounds import bounds
from sweeps.foundations.bounds import summary as of_bounds
from sweeps.foundations.commands import (
    COMMANDS,
    Bounds,
    Coordinates,
    Filters,
    Invertible,
    Laziness,
    Separability,
)
from sweeps.foundations.filters import filters
from sweeps.foundations.images import seen
from sweeps.foundations.invertible import invertible
from sweeps.foundations.laziness import RESULTS, laziness
from sweeps.foundations.separability import separability as separated
from tests.made_up.runs import mtimes

TINY = ("--P", "20", "--batch", "10", "--steps", "3", "--images", "6", "--seeds", "1")


def test_laziness(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = "--points 4 --neurons 5 --alpha 10 100 --m 5 --h 8 --networks 60 --hidden 8 --seeds 2"
    out = ["--out", str(tmp_path / "out")]
    assert Laziness.main([*line.split(), *out]) == 0
    assert "kappa" in capsys.readouterr().out
    with xr.open_dataset(tmp_path / "out" / RESULTS) as found:
        found.load()
    np.testing.assert_allclose(found.moved.isel(alpha=0) / found.moved.isel(alpha=1), 10, rtol=0.1)
    np.testing.assert_allclose(found.apart.isel(alpha=0) / found.apart.isel(alpha=1), 100, rtol=0.1)
    mean, square = found.ff.mean("seed"), found.ff2.mean("seed")
    z = (mean - found.nngp.isel(seed=0)) / np.sqrt((square - mean**2) / 120)
    assert np.abs(z).max() < 5
    assert (found.ntk > 0).all()
    store, before = Store(tmp_path / "out"), mtimes(tmp_path / "out")
    again = laziness(Laziness.of(line.split()).config(), store)
    np.testing.assert_array_equal(again.kappa, found.kappa)
    assert mtimes(tmp_path / "out") == before


def trained(specs: Sequence[Any]) -> tuple[Any, Any, Any, Any]:
    """The first spec's module, variables, images and run, by the library alone."""
    job = specs[0].job
    (run,) = train_images([job])
    return job.module(10), run.variables, seen(job, 6), run


def test_bounds(tmp_path: Path) -> None:
    specs = Bounds.of([*TINY, "--network", "fullconn_l2"]).config()
    found = bounds(specs, Store(tmp_path / "store"))
    assert len(of_bounds(found).splitlines()) == 3
    net, w, of, run = trained(specs)
    one = found.sel(network="fullconn_l2", labels="true", seed=0)
    matrices = [w["params"][name]["kernel"] for name in ("fc1", "fc2", "logits")]
    expected = np.prod([np.linalg.norm(W, 2) for W in matrices])
    np.testing.assert_allclose(one.bound, expected, rtol=1e-5)
    F = jax.jit(net.apply)(w, of.x)
    np.testing.assert_allclose(one.margin, lipschitz.margins(F, jnp.asarray(of.y)), rtol=1e-3)
    assert float(one.test_error) == run.test_error
    assert (found.gradient.max("place") <= found.bound).all()
    assert found.fgsm.isel(eps=0).sel(labels="true").item() == pytest.approx(
        np.mean(np.asarray(jax.jit(net.apply)(w, of.x_test)).argmax(1) != of.y_test)
    )


def test_separability(tmp_path: Path) -> None:
    specs = Separability.of(list(TINY)).config()
    found = separated(specs, Store(tmp_path / "store"))
    net, w, of, _ = trained(specs)
    F, F_test = (jax.jit(net.apply)(w, x) for x in (of.x, of.x_test))
    last = found.sel(state="trained", seed=0).isel(layer=-1)
    assert last.nearest == separability.nearest_error(F, of.y, F_test, of.y_test)
    assert found.layer_name.values.tolist() == [
        *(f"conv{i}" for i in range(1, 6)),
        *("average", "logits"),
    ]


def test_invertible(tmp_path: Path) -> None:
    specs = Invertible.of([*TINY, "--width", "0.2", "--blocks", "1"]).config()
    found = invertible(specs, Store(tmp_path / "store"))
    of = seen(specs[0].job, 6)
    one = found.sel(network="coupling", seed=0)
    assert float(one.reconstruction.max()) < 1e-5
    np.testing.assert_allclose(one.between[0], of.x_test[0], atol=1e-4)
    other = of.x_test[np.argmax(of.y_test != of.y_test[0])]
    np.testing.assert_allclose(one.between[-1], other, atol=1e-4)
    assert found.reconstruction.sel(network="coupling_residual").isnull().all()
    assert named("coupling", blocks=1).blocks == 1


def test_coordinates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = "--P 10 --h 4 8 16 --depth 1 --steps 2 --seeds 2 --parametrisation ntp --optimiser sgd"
    assert Coordinates.main([*line.split(), "--out", str(tmp_path / "out")]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[:3] for row in rows[1:3]] == [
        ["ntp", "sgd", "a1"],
        ["ntp", "sgd", "output"],
    ]
    with xr.open_dataset(tmp_path / "out" / "coordinates.nc") as found:
        found.load()
    job = Coordinates.of(line.split()).config()[1].job
    net, data = job.replace(widths=(8,)).network(), job.data()
    x = jnp.asarray(data.x_train, job.dtype)
    w = net.init(jax.random.split(job.init_key())[0], x)
    one = found.sel(parametrisation="ntp", optimiser="sgd", seed=1, h=8)
    for layer, a in (("a1", net.preactivations(w, x)[0]), ("output", net.apply(w, x))):
        expected = jnp.sqrt(jnp.mean(a**2))
        np.testing.assert_allclose(one.start.sel(layer=layer), expected, rtol=1e-5)
    assert (found.change > 0).all()


@pytest.mark.parametrize(
    ("command", "words", "says"),
    [
        (Bounds, ("--network", "strided"), "unknown network 'strided'"),
        (Bounds, ("--images", "1"), "images = 1"),
        (Separability, ("--network", "none"), "unknown network 'none'"),
        (Invertible, ("--enlarge", "1", "--pad", "9"), "multiple of 8"),
        (Laziness, ("--alpha", "0"), "alpha"),
        (Laziness, ("--precision", "half"), "precision"),
        (Coordinates, ("--network", "resnet"), "unknown network 'resnet'"),
        (Coordinates, ("--parametrisation", "sp"), "unknown parametrisation 'sp'"),
        (Coordinates, ("--optimiser", "lion"), "unknown optimiser 'lion'"),
        (Coordinates, ("--h", "1000000"), "memory"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_folder(
    command: Any,
    words: Sequence[str],
    says: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command in COMMANDS
    assert command.main([*words, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert says in said
    assert not (tmp_path / "out").exists()


def test_filters(tmp_path: Path) -> None:
    line = (*TINY, "--dataset", "digits", "--k", "5", "--width", "0.25")
    specs = Filters.of(line).config()
    found = filters(specs, Store(tmp_path))
    _, variables, _, run = trained(specs)
    kernel = np.asarray(variables["params"]["conv1"]["kernel"], np.float64)
    assert found.sizes["filter"] == kernel.shape[-1] == 4
    np.testing.assert_array_equal(found.filters.isel(seed=0, filter=2), kernel[..., 2])
    best = fitted(kernel[..., 2])
    at = {"seed": 0, "filter": 2}
    assert float(found.explained.sel(state="trained").isel(at)) == best.explained
    np.testing.assert_array_equal(found.fits.isel(at), best.fit)
    assert float(found.test_error.isel(seed=0)) == run.test_error
