"""Images told apart by their coefficients, against classifiers and stability by hand."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from sklearn.linear_model import RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from jamming.checks.errors import BadInput
from jamming.data.pictures import framed, pictures
from jamming.images.stability import stability
from jamming.wavelets.transforms import Scattering2D
from sweeps.engine.store import Store
from sweeps.scattering.classified import Classified, classified, summary

SPEC = Classified("digits", 2, 60, 40, (1, 2), 2, 2, 20, (1.0,), 3)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    store = Store(tmp_path_factory.mktemp("classified"))
    return classified([SPEC, Classified("digits", 2, 60, 40, (1, 2), 2, 2, 20, (1.0,), 4)], store)


def test_errors_are_those_of_the_classifier_on_standardised_features(found: xr.Dataset) -> None:
    x, y, x_test, y_test = SPEC.data()
    scattering = Scattering2D(J=2, shape=16, L=2)
    both = (np.float64(scattering(each[..., 0])) for each in (x, x_test))
    f, f_test = (each.reshape(len(each), -1) for each in both)
    mean, std = f.mean(0), f.std(0)
    fit = RidgeClassifierCV(np.logspace(-2, 5, 8)).fit((f - mean) / std, y)
    error = (fit.predict((f_test - mean) / std) != y_test).mean()
    one = found.sel(seed=3, classifier="linear", feature="scattering, J = 2, order 2")
    assert float(one.error) == pytest.approx(error, abs=1 / 40)


def test_distances_are_those_of_the_features_as_a_network(found: xr.Dataset) -> None:
    _, _, x_test, _ = SPEC.data()
    scattering = Scattering2D(J=1, shape=16, L=2, max_order=1)
    apply = jax.jit(lambda x: scattering(jnp.moveaxis(x, -1, 1)))
    by_hand = stability(apply, x_test[:20], jax.random.key(3), delta=1.0, c=3)
    one = found.sel(seed=3, feature="scattering, J = 1, order 1", delta=1.0)
    for name in "DGR":
        assert float(one[name]) == pytest.approx(getattr(by_hand, name).value, rel=1e-4)


def test_training_and_test_images_are_apart_and_differ_by_seed() -> None:
    of = framed(pictures("digits"), 2)
    x, y, x_test, y_test = SPEC.data()
    assert x.shape == (60, 16, 16, 1)
    assert 0 <= x.min() < x.max() <= 1
    scale = of.pixels.max()
    held = of.pixels[of.train :] / scale
    assert all((abs(held - one).max((1, 2, 3)) < 1e-6).any() for one in x_test)
    assert set(y) | set(y_test) <= set(range(10))


def test_the_table_has_a_line_for_each_feature(found: xr.Dataset) -> None:
    text = summary(found)
    assert len(text.splitlines()) == 1 + 2 + 2 * 3
    assert "Fourier modulus" in text
    assert found.coefficient.sizes["path"] == 1 + 2 * 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"J": (6,)}, "J = 6 is too large"),
        ({"images": 50}, "images = 50 of 40"),
        ({"P": 5000}, "more than the 1438"),
        ({"dataset": "nope"}, "nope"),
    ],
)
def test_what_cannot_be_measured_is_refused(change: dict[str, object], said: str) -> None:
    from dataclasses import replace

    with pytest.raises(BadInput, match=said):
        replace(SPEC, **change).check()


def test_what_was_measured_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = Classified("digits", 1, 20, 10, (1,), 2, 1, 5, (1.0,), 0)
    first = classified([spec], Store(tmp_path))

    def none(self: Classified) -> dict[str, np.ndarray]:
        raise AssertionError("measured again")

    monkeypatch.setattr(Classified, "run", none)
    assert classified([spec], Store(tmp_path)).identical(first)


def test_the_gaussian_classifier_is_that_of_scikit_learn_on_standardised_pixels(
    found: xr.Dataset,
) -> None:
    x, y, x_test, y_test = SPEC.data()
    f, f_test = (np.float64(each.reshape(len(each), -1)) for each in (x, x_test))
    fit = make_pipeline(StandardScaler(), SVC(C=10.0)).fit(f, y)
    error = (fit.predict(f_test) != y_test).mean()
    one = found.sel(seed=3, classifier="Gaussian", feature="pixels")
    assert float(one.error) == pytest.approx(error, abs=1e-9)
