"""Filters layer by layer: what they are in space, and how layers go together."""

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.wavelets import layer_filters
from jamming.wavelets.filters import gaussian
from jamming.wavelets.layer_filters import LOW, filtered, layer_bank, wavelet
from jamming.wavelets.morlet import gabor, morlet


def images(*shape: int, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


@pytest.mark.parametrize("form", ["octave", "first", "second"])
@pytest.mark.parametrize("side", [(6, 6), (7, 4), (2, 2)])
def test_a_layer_is_a_convolution_in_space(form: Any, side: tuple[int, int]) -> None:
    """Sums over pixels with filters from `morlet`, of the image as reflection continues it."""
    z = images(2, 3, *side)
    found = np.asarray(filtered(jnp.asarray(z), form, 3, full=True))
    edges = [(2, 2 + n % 2) for n in side]
    padded = np.pad(z, [(0, 0), (0, 0), *edges], mode="reflect")
    shape = padded.shape[2:]
    bank = layer_bank(shape, form, 3, full=True)
    filters = [np.fft.ifft2(f) for f in (bank.phi, *bank.psi[0])]
    step = 1 if form == "first" else 2
    assert found.shape == (2, 3, 7, side[0] // step, side[1] // step)
    for k, kernel in enumerate(filters):
        for i, j in ((0, 0), (found.shape[3] - 1, found.shape[4] - 1)):
            at = step * i + 2, step * j + 2
            turned = np.roll(kernel[::-1, ::-1], (at[0] + 1, at[1] + 1), (0, 1))
            np.testing.assert_allclose(found[:, :, k, i, j], (padded * turned).sum((2, 3)))


def test_matrices_and_transforms_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    z = jnp.asarray(images(2, 2, 8, 5))
    by_matrix = filtered(z, "octave", 4)
    monkeypatch.setattr(layer_filters, "MATRIX", 0)
    np.testing.assert_allclose(by_matrix, filtered(z, "octave", 4), atol=1e-14)
    real = filtered(z.real, "octave", 4)
    monkeypatch.undo()
    np.testing.assert_allclose(real, filtered(z.real, "octave", 4), atol=1e-14)


def test_low_passes_keep_a_constant_and_wavelets_none() -> None:
    for form in ("octave", "first", "second"):
        found = np.asarray(filtered(jnp.full((1, 1, 8, 8), 3.0), form, 4))  # type: ignore[arg-type]
        np.testing.assert_allclose(found[:, :, 0], 3, rtol=0.01)  # as sampled Gaussians sum to 1
        np.testing.assert_allclose(found[:, :, 1:], 0, atol=1e-14)


def test_opposite_wavelets_of_a_real_image_are_conjugate() -> None:
    found = np.asarray(filtered(jnp.asarray(images(1, 1, 8, 8).real), "first", 3, full=True))
    np.testing.assert_allclose(found[:, :, 4:], found[:, :, 1:4].conj(), atol=1e-14)


def test_numbers_are_those_of_the_paper() -> None:
    """Bandwidths 1.25 2^-gamma, the second layer's 1.25 sqrt(2/3) and slant sqrt(0.2)."""
    bank, theta = layer_bank(32, "second", 8), 3 * math.pi / 8
    sigma = 1 / (1.25 * math.sqrt(2 / 3))
    due = morlet(32, sigma, theta, math.pi / math.sqrt(2), math.sqrt(0.2))
    np.testing.assert_allclose(bank.psi[0, 0], due, atol=1e-12)
    np.testing.assert_allclose(bank.low[0][0], gaussian(32, 1 / (1.25 * math.sqrt(2))))
    first = layer_bank(32, "octave", 8)
    np.testing.assert_allclose(first.psi[0, 0], morlet(32, 0.8, theta, 0.75 * math.pi, 0.5))
    np.testing.assert_allclose(first.low[0][0], gaussian(32, 0.8))


@pytest.mark.parametrize("S", [0.5, 1.0])
def test_two_layers_make_up_half_an_octave_more(S: float) -> None:
    """But for a factor, where there are enough samples for no frequency to be folded back."""
    root, n, finer = math.sqrt(2), 128, 4
    sigma, xi, slant = wavelet("second", S)
    low = gabor(n, LOW["first"] * finer)
    product = low * morlet(n, sigma * finer, 0.3, xi / finer, slant)
    whole = morlet(n, 0.8 * root * finer, 0.3, 0.75 * math.pi / root / finer, S)
    factor = (product * whole).sum() / (whole**2).sum()
    np.testing.assert_allclose(product, factor * whole, atol=1e-6)


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"form": "third"}, "form of a layer"),
        ({"L": 0}, "L, the angles"),
        ({"L": 2}, "slant"),
        ({"slant": 2.0}, "below 2"),
        ({"full": 1}, "full"),
    ],
)
def test_what_is_out_of_range_is_refused(given: dict[str, Any], part: str) -> None:
    with pytest.raises(BadInput, match=part):
        layer_bank(8, **given)
