"""The fast wavelet transform, against filters that are convolved directly."""

import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.wavelets.cascade import Filters, cascade, gabor_filters, haar_filters, unrolled
from jamming.wavelets.filters import gaussian
from jamming.wavelets.morlet import WIDTH, bank_of_images

N, J = 16, 3
X = jnp.array(np.random.default_rng(0).normal(size=(2, N, N)))


def test_haar_wavelets_are_blocks_of_plus_and_minus_one() -> None:
    bands, low = cascade(X, haar_filters(N), J)
    for j, found in enumerate(bands, 1):
        n = 2**j
        step = np.repeat([1.0, -1.0], n // 2)
        blocks = np.asarray(X).reshape(2, N // n, n, N // n, n)
        for k, (a, b) in enumerate(((step, np.ones(n)), (np.ones(n), step), (step, step))):
            due = np.einsum("ziajb,a,b->zij", blocks, a, b) / n
            np.testing.assert_allclose(found[:, k], due, atol=1e-12)
    energy = sum(float((jnp.abs(each) ** 2).sum()) for each in bands) + float((low**2).sum())
    assert energy == pytest.approx(float((X**2).sum()))


def test_any_cascade_is_the_transform_with_its_unrolled_filters() -> None:
    rng = np.random.default_rng(1)
    h = np.fft.fft2(rng.normal(size=(N, N)))
    g = np.fft.fft2(rng.normal(size=(2, N, N)) + 1j * rng.normal(size=(2, N, N)))
    filters = Filters(h / np.abs(h).max(), g)
    bands, low = cascade(X, filters, J)
    f = np.fft.fft2(X)
    for j in range(1, J + 1):
        whole = unrolled(filters, j)
        due = np.fft.ifft2(f[:, None] * whole.g)[..., :: 2**j, :: 2**j]
        np.testing.assert_allclose(bands[j - 1], due, atol=1e-9)
    np.testing.assert_allclose(low, np.fft.ifft2(f * whole.h)[:, :: 2**J, :: 2**J].real, atol=1e-9)


def test_gaussians_give_morlet_wavelets_nearly() -> None:
    """To within a tenth, better than by half of that, but not exactly."""
    f, bank = np.fft.fft2(X), bank_of_images(N, J + 1, 4)
    blurred = np.fft.ifft2(f * np.multiply.outer(*[gaussian(N, WIDTH)] * 2)).real
    bands, _ = cascade(jnp.array(blurred), gabor_filters(N, 4), J)
    off = []
    for j, found in enumerate(bands, 1):
        due = np.fft.ifft2(f[:, None] * bank.psi[j])[..., :: 2**j, :: 2**j]
        off.append(np.linalg.norm(found - due) / np.linalg.norm(due))
    assert off[0] < 1e-12
    assert 1e-6 < max(off) < 0.05


def test_images_that_cannot_be_halved_are_refused() -> None:
    with pytest.raises(BadInput, match="cannot be halved J = 5 times"):
        cascade(X, haar_filters(N), 5)
    with pytest.raises(BadInput, match="make them anew"):
        cascade(X, haar_filters(8), 1)
