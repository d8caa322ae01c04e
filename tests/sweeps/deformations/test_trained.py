"""Networks that are trained and deformed: against the same by hand, resumed, refused."""

import dataclasses
import functools
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from scipy.spatial.distance import pdist

from jamming.checks.errors import BadInput
from jamming.data.pictures import pictures
from jamming.images.noise import sphere_noise
from jamming.images.stability import perturbed
from jamming.training.classify import train_images
from jamming.training.image_build import initial
from sweeps.deformations import trained as sweep
from sweeps.deformations.commands import Deformations
from sweeps.deformations.trained import RESULTS, Trained, summary, trained
from sweeps.engine import labelled
from sweeps.engine.store import Store
from tests.made_up.deformations import learnt
from tests.made_up.runs import mtimes

TINY = ("--network", "fullconn_l2", "--P", "60", "--steps", "40", "--batch", "20", "--images", "12")
FEW = ("--seeds", "2", "--enlarge", "1", "--delta", "0.6", "--noise", "0.01", "5")


def config(*more: str) -> Any:
    return Deformations.of([*TINY, *FEW, *more]).config()


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, list[Trained], xr.Dataset]:
    """Two small networks on digits."""
    store = Store(tmp_path_factory.mktemp("trained") / "store")
    several = config()
    return store, several, trained(several, store)


def test_it_is_what_the_definition_gives_of_the_network(swept: Any) -> None:
    """R_f before and after, from the weights of a run of its own."""
    _, several, found = swept
    one = several[1]
    (run,) = train_images([one.job])
    x = jnp.asarray(one.pictures())
    seen = perturbed(x, jax.random.key(one.job.data_seed), delta=0.6, c=3)
    apply = jax.jit(one.job.module(10).apply)
    for state, w in (("init", initial(one.job)), ("trained", run.variables)):
        f, deformed, noisy = (np.asarray(apply(w, each)) for each in seen[:3])
        ratio = np.median(((deformed - f) ** 2).sum(1)) / np.median(((noisy - f) ** 2).sum(1))
        at = found.sel(network="fullconn_l2", seed=1, state=state).squeeze()
        assert float(at.R) == pytest.approx(ratio, rel=1e-4)
        ratio = ((deformed - f) ** 2).sum() / ((noisy - f) ** 2).sum()
        assert float(at.mean_R) == pytest.approx(ratio, rel=1e-4)
        assert float(at.R_low) < float(at.R) < float(at.R_high)
        assert float(at.R) == pytest.approx(float(at.D / at.G), rel=1e-6)
        # the last of its layers are the outputs, at the standard displacement of 1
        names = found.layer_name.sel(network="fullconn_l2").values.tolist()
        assert names == ["fc1", "fc2", "logits"]
    assert float(at.test_error) == pytest.approx(run.test_error)


def test_stability_to_noise_of_a_given_norm(swept: Any) -> None:
    """By hand; and as the square of the norm while it is small, by the gradient alone."""
    _, several, found = swept
    one = several[0]
    (run,) = train_images([one.job])
    w = jax.tree.map(jnp.asarray, run.variables)
    apply = functools.partial(one.job.module(10).apply, w)
    x, key = jnp.asarray(one.pictures()), jax.random.key(one.job.data_seed)
    at = found.sel(network="fullconn_l2", seed=0, state="trained").squeeze()
    between = np.median(pdist(np.asarray(apply(x)), "sqeuclidean"))
    unit = sphere_noise(key, x, 1.0)
    _, along = jax.jvp(apply, (x,), (unit,))
    small = 0.01**2 * np.median((np.asarray(along) ** 2).sum(1)) / between
    assert float(at.noise_G.sel(norm=0.01)) == pytest.approx(small, rel=1e-2)
    large = np.median((np.asarray(apply(x + 5.0 * unit) - apply(x)) ** 2).sum(1)) / between
    assert float(at.noise_G.sel(norm=5.0)) == pytest.approx(large, rel=1e-4)


def test_each_network_may_have_a_recipe_of_its_own() -> None:
    names = ("--network", "lenet", "strided", "fullconn_l2")
    line = [*TINY, *names, "--width", "0.5", "2", "1", "--seeds", "1"]
    recipe = ["--lr", "0.1", "0.2", "1e-3", "--optimiser", "adam", "sgd", "adam"]
    own = Deformations.of([*line, *recipe])
    found = [(j.network, j.width, j.optimiser, j.lr) for j in (one.job for one in own.config())]
    assert found == [
        ("lenet", 0.5, "adam", 0.1),
        ("strided", 2.0, "sgd", 0.2),
        ("fullconn_l2", None, "adam", 1e-3),
    ]
    plain = [one.job.lr for one in Deformations.of(line).config()]
    assert plain == [0.02, 0.02, 1e-3]
    with pytest.raises(BadInput, match="lr: 2 numbers for 3 networks"):
        Deformations.of([*line, "--lr", "0.1", "0.2"]).config()


def test_networks_differ_in_all_their_seeds(swept: Any) -> None:
    _, several, found = swept
    a, b = (one.job for one in several)
    assert [b.data_seed - a.data_seed, b.init_seed - a.init_seed, b.batch_seed - a.batch_seed] == [
        *(1, 1, 1)
    ]
    assert not np.allclose(several[0].pictures(), several[1].pictures())
    assert float(np.ptp(found.R.values)) > 0
    text = summary(found).splitlines()
    assert len(text) == 2
    assert text[1].count("->") == 3
    assert text[1].count("+-") == 7


def test_other_deformations_train_nothing_again(
    swept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, several, found = swept
    before = mtimes(store.folder)
    again = trained(several, store)
    xr.testing.assert_identical(again, found)
    assert mtimes(store.folder) == before
    monkeypatch.setattr("sweeps.engine.classify.train_images", None)
    other = trained([dataclasses.replace(one, delta=(0.3,)) for one in several], store)
    assert (other.R.values != found.R.values).any()


def test_a_training_set_need_not_have_all_classes(tmp_path: Path) -> None:
    """The network has an output for each class of the data set."""
    few = ("--P", "4", "--batch", "2", "--steps", "3", "--seeds", "1")
    found = trained(Deformations.of([*TINY, *FEW, *few]).config(), Store(tmp_path / "few"))
    assert float(found.N_all.squeeze()) == 64 * 64 + 64 + 64 * 64 + 64 + 10 * 65
    assert np.isfinite(found.R.values).all()


def test_the_command(swept: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Where all is there it only gathers, and draws."""
    out = swept[0].folder
    assert Deformations.main([*TINY, *FEW, "--out", str(out)]) == 0
    assert capsys.readouterr().out.count("fullconn_l2") == 1
    with xr.open_dataset(out / RESULTS) as found:
        np.testing.assert_array_equal(found.R, swept[2].R)
    assert (out / "trained.png").exists()


@pytest.mark.parametrize(
    ("found", "more"),
    [(learnt(), {"points", "correlation"}), (learnt().isel(P=[1], network=[0, 1]), set())],
)
def test_figures_are_drawn_of_what_there_is(
    found: xr.Dataset, more: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = set()
    monkeypatch.setattr(labelled, "illustrate", lambda module, *_: drawn.add(module))
    assert Deformations().end(sweep, found, Store(tmp_path / "made_up")) == 0
    assert drawn == {f"analysis.deformations.{name}" for name in ("trained", "depth", *more)}


def test_deformations_outside_of_the_window_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    for delta, wrong in (("0.6", None), ("3", "Xi"), ("0.1", "half a pixel")):
        command = Deformations.of([*TINY, *FEW[:4], "--delta", delta])
        command.check(command.config())
        said = capsys.readouterr().err.splitlines()
        assert len(said) == (wrong is not None)
        assert all(f"delta = {delta} at c = 3: " in line and str(wrong) in line for line in said)


@pytest.mark.parametrize("dataset", ["mnist", "cifar10"])
def test_data_that_are_not_there_are_one_line(
    dataset: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("JAMMING_CACHE", str(tmp_path / "cache"))
    pictures.cache_clear()  # of tests before
    assert Deformations.main(["--dataset", dataset, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"{dataset} is not prepared in {tmp_path / 'none'}" in said
    assert f"python -m jamming.data download {dataset}" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--network", "resnet19"), "network"),
        (("--images", "10000"), "test images"),
        (("--P", "5000"), "training images"),
        (("--batch", "61"), "batch"),
        (("--network", "vgg11_bn"), "small"),
        (("--augmentation", "rotate"), "augmentation"),
        (("--estimator", "mode"), "estimator"),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_line(more: tuple[str, ...], said: str) -> None:
    command = Deformations.of([*TINY, *FEW])

    def start() -> None:
        command = Deformations.of([*TINY, *FEW, *more])
        command.check(command.config())

    command.check(command.config())
    with pytest.raises(BadInput, match=said) as refused:
        start()
    assert "\n" not in str(refused.value)
