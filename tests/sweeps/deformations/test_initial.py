"""Stability at initialisation: of outputs that are known, of a network, and the command."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from jax.tree_util import Partial

from jamming.checks.errors import BadInput
from jamming.data.pictures import standardised
from jamming.images.fields import temperature, window
from jamming.images.stability import perturbed, stability
from jamming.models.classic.names import named
from sweeps.deformations.commands import Initial
from sweeps.deformations.initial import RESULTS, Probe, initial, probed, summary
from sweeps.engine.store import Store
from tests.made_up.runs import mtimes

TINY = ("--network", "fullconn_l2", "--size", "0", "--images", "12", "--seeds", "2", "--c", "3")
GRID = ("--delta", "0.5", "1", "--interpolation", "bilinear")


def probe(**changes: Any) -> Probe:
    first: Probe = Initial.of([*TINY, *GRID]).config()[0]
    return dataclasses.replace(first, **changes)


@pytest.mark.filterwarnings("ignore:T =")  # small images are torn by a pixel
def test_outputs_that_are_the_pixels_are_as_sensitive_as_images_are_deformed() -> None:
    """Noise has the mean norm r of tau x - x, so that R_f = <|tau x - x|^2> / r^2."""
    grid = probe(estimator="mean", delta=(1.0,))
    x = jnp.asarray(standardised("digits", 12, 0))
    key = jax.random.key(5)
    flat = Partial(lambda x: x.reshape(len(x), -1))
    names, found = probed(flat, Partial(lambda x: {"input": x, "pixels": x}), x, key, grid)
    seen = perturbed(x, key, delta=1.0, c=3)
    moved = np.linalg.norm(np.asarray(seen.deformed - x).reshape(12, -1), axis=1)
    expected = (moved**2).mean() / moved.mean() ** 2
    assert found["R"].shape == (1, 1, 1)
    assert found["R"].item() == pytest.approx(expected, rel=1e-4)
    assert found["R"] == pytest.approx(found["D"] / found["G"])
    assert (found["R_low"] < found["R"]).all()
    assert (found["R"] < found["R_high"]).all()
    # the input itself is left out
    assert names == ["pixels"]
    np.testing.assert_allclose(found["layer_R"], found["R"][0, 0], rtol=1e-6)


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, list[Probe], xr.Dataset]:
    """Two small networks on digits."""
    specs = Initial.of([*TINY, *GRID]).config()
    store = Store(tmp_path_factory.mktemp("initial") / "store")
    return store, specs, initial(specs, store)


@pytest.mark.filterwarnings("ignore:T =")
def test_of_a_network_it_is_what_the_library_finds(
    swept: tuple[Store, list[Probe], xr.Dataset],
) -> None:
    _, specs, found = swept
    assert found.R.dims == ("state", "network", "seed", "interpolation", "c", "delta")
    assert found.state.values.tolist() == ["init"]
    net = named("fullconn_l2")
    for seed in (0, 1):
        x = jnp.asarray(standardised("digits", 12, seed))
        of_weights, of_images = jax.random.split(jax.random.key(seed))
        w = net.init(of_weights, x[:1])
        expected = stability(Partial(net.apply, w), x, of_images, delta=1.0, c=3, samples=100)
        one = found.sel(state="init", network="fullconn_l2", seed=seed, c=3, delta=1.0)
        for name in ("D", "G", "R"):
            of = getattr(expected, name)
            for end, value in (("", of.value), ("_low", of.low), ("_high", of.high)):
                assert one[f"{name}{end}"].item() == pytest.approx(value, rel=1e-4)
        # the last of the layers are the outputs
        assert one.layer_R.values[-1] == pytest.approx(expected.R.value, rel=1e-4)
    assert found.layer_name.values.tolist() == [["fc1", "fc2", "logits"]]
    np.testing.assert_array_equal(found.picture, standardised("digits", 2, 0)[0])
    T_max = window(8, 3)[1]
    assert found.delta_max.item() == pytest.approx((T_max / window(8, 3)[0]) ** 0.5 / 2)
    assert specs[0].key != specs[1].key


def test_what_is_kept_is_not_made_again(swept: tuple[Store, list[Probe], xr.Dataset]) -> None:
    store, specs, found = swept
    before = mtimes(store.folder)
    xr.testing.assert_identical(initial(specs, store), found)
    assert mtimes(store.folder) == before
    lines = summary(found).splitlines()
    assert len(lines) == 3
    logs = np.log(found.R.sel(delta=1.0)).values.ravel()
    assert f"{np.exp(logs.mean()):.3g} +-" in lines[2]


def test_of_networks_with_fewer_layers_the_others_are_not_known(
    swept: tuple[Store, list[Probe], xr.Dataset],
) -> None:
    store, specs, _ = swept
    deeper = dataclasses.replace(specs[0], network="fullconn_l4")
    found = initial([*specs, deeper], store)
    known = np.isfinite(found.layer_R.sel(seed=0)).sum("layer").values
    assert known.tolist() == [[3, 5]]
    assert found.layer_name.values[0].tolist() == ["fc1", "fc2", "logits", "", ""]
    assert np.isnan(found.R.sel(network="fullconn_l4", seed=1)).all()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--network", "resnet19"), "unknown network 'resnet19'"),
        (("--network", "lenet"), "no room in an image of 2x2"),
        (("--dataset", "stripe5"), "no pixels"),
        (("--size", "4"), "8 pixels a side"),
        (("--images", "1"), "images = 1"),
        (("--images", "360"), "images = 360 is more than the 359 test images"),
        (("--seeds", "0"), "seeds = 0"),
        (("--delta", "0"), "delta must be above 0"),
        (("--c", "0"), "c = 0"),
        (("--width", "0"), "width must be above 0"),
        (("--interpolation", "cubic"), "unknown interpolation 'cubic'"),
        (("--estimator", "mode"), "unknown estimator 'mode'"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_folder(
    words: Sequence[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Initial.main([*TINY, *words, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert says in said
    assert not (tmp_path / "out").exists()


def test_deformations_outside_of_the_window_are_said_in_a_line_for_each_side(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of all pairs of a delta and a cut-off those, in the order in which they are given."""
    delta, c = (0.1, 0.6, 1.5), (1, 2, 3)
    command = Initial.of([*TINY, "--delta", *map(str, delta), "--c", *map(str, c)])
    command.check(command.config())
    small, large = capsys.readouterr().err.splitlines()
    assert small.startswith("delta = 0.1 at c = 1, 2, 3: ")
    folded = {d: [k for k in c if temperature(d, 8, k) > window(8, k)[1]] for d in delta}
    expected = [f"delta = {d:g} at c = {', '.join(map(str, k))}" for d, k in folded.items() if k]
    assert large.startswith(f"{'; '.join(expected)}: with Xi above 1")
    assert 0 < len(expected) < 3


def test_a_width_counts_for_convolutions() -> None:
    narrow, wide = (probe(network="lenet", size=32, width=w).net() for w in (0.5, 1.0))
    assert (narrow.width, wide.width) == (0.5, 1.0)
    assert probe(width=0.5).net() == named("fullconn_l2")
    with pytest.raises(BadInput, match="too small"):
        probe(network="vgg11", size=16).check()


def test_the_command(
    swept: tuple[Store, list[Probe], xr.Dataset], capsys: pytest.CaptureFixture[str]
) -> None:
    """Where all is there it only gathers."""
    out = swept[0].folder
    assert Initial.main([*TINY, *GRID, "--out", str(out)]) == 0
    assert str(out / RESULTS) in capsys.readouterr().out
    with xr.open_dataset(out / RESULTS) as found:
        np.testing.assert_array_equal(found.R, swept[2].R)
        assert found.attrs["dataset"] == "digits"
