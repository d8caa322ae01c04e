"""Filters against their formulas in space; the energy of a bank against its frame bounds."""

from collections.abc import Callable

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.wavelets import filters, morlet

WAVE = {"sigma": 1.5, "theta": 0.7, "xi": 1.2, "slant": 0.5}


def in_space(
    shape: tuple[int, int], sigma: float, theta: float, xi: float, slant: float
) -> np.ndarray:
    """The Gabor filter at the pixels, of an image that it does not reach the frame of."""
    u, v = np.meshgrid(*(n * np.fft.fftfreq(n) for n in shape), indexing="ij")
    along, across = (
        u * np.cos(theta) + v * np.sin(theta),
        v * np.cos(theta) - u * np.sin(theta),
    )
    envelope = np.exp(-(along**2 + (slant * across) ** 2) / (2 * sigma**2))
    return slant / (2 * np.pi * sigma**2) * envelope * np.exp(1j * xi * along)


@pytest.mark.parametrize("shape", [(48, 48), (40, 56)])
def test_a_gabor_filter_is_the_transform_of_its_formula_in_space(shape: tuple[int, int]) -> None:
    np.testing.assert_allclose(
        morlet.gabor(shape, **WAVE), np.fft.fft2(in_space(shape, **WAVE)), atol=1e-12
    )


def test_a_morlet_filter_has_mean_zero_and_is_else_near_its_gabor_filter() -> None:
    found, wave = morlet.morlet(48, **WAVE), morlet.gabor(48, **WAVE)
    assert found[0, 0] == 0
    assert abs(found - wave).max() == pytest.approx(wave[0, 0] / 1, rel=0.2)


@pytest.mark.parametrize("n", [16, 17, 64])
@pytest.mark.parametrize("sigma", [0.3, 0.8, 5.0])
def test_a_gaussian_sums_to_one_over_its_samples(n: int, sigma: float) -> None:
    """Those of the periodised one: a sum over all integers, by the theta function's two forms."""
    u = np.arange(-200 * n, 200 * n)
    line = np.exp(-(u**2) / (2 * sigma**2)) / np.sqrt(2 * np.pi) / sigma
    folded = line.reshape(-1, n).sum(0)
    np.testing.assert_allclose(np.fft.ifft(filters.gaussian(n, sigma)), folded, atol=1e-12)


BANKS: dict[str, Callable[[], filters.Bank]] = {
    "images": lambda: morlet.bank_of_images((20, 24), 2, 6),
    "two an octave": lambda: morlet.bank_of_images(16, 2, 4, per_octave=2),
    "full circle": lambda: morlet.bank_of_images(16, 2, 4, full=True),
    "signals": lambda: morlet.bank_of_signals(256, 4, 3),
    "complex signals": lambda: morlet.bank_of_signals(256, 4, 3, full=True),
}


def energy(bank: filters.Bank, x: np.ndarray) -> float:
    """Of all that the filters give, in space."""
    f, axes = np.fft.fftn(x), tuple(range(-x.ndim, 0))
    parts = [np.fft.ifftn(f * psi, axes=axes) for psi in (bank.psi, bank.phi)]
    return float(sum((np.abs(part) ** 2).sum() for part in parts))


@pytest.mark.parametrize("name", BANKS)
def test_the_energy_of_a_real_signal_is_within_the_frame_bounds(name: str) -> None:
    bank, rng = BANKS[name](), np.random.default_rng(0)
    low, high = filters.frame_bounds(bank)
    for _ in range(20):
        x = rng.standard_normal(bank.shape)
        assert low <= energy(bank, x) / (x**2).sum() <= high
        assert energy(filters.contracting(bank), x) <= (x**2).sum()


@pytest.mark.parametrize("name", BANKS)
def test_the_worst_wave_reaches_a_frame_bound(name: str) -> None:
    bank = BANKS[name]()
    total = filters.littlewood_paley(bank)
    for bound, at in zip(filters.frame_bounds(bank), (total.argmin(), total.argmax()), strict=True):
        f = np.zeros(bank.shape, complex)
        f.ravel()[at] = 1
        x = np.fft.ifftn(f)
        x = x if bank.full else x.real
        assert energy(bank, x) / (abs(x) ** 2).sum() == pytest.approx(bound, rel=1e-9)


@pytest.mark.parametrize("name", ["images", "full circle"])
def test_a_tight_bank_conserves_energy(name: str) -> None:
    bank, rng = filters.tight(BANKS[name]()), np.random.default_rng(0)
    assert filters.frame_bounds(bank) == pytest.approx((1, 1), abs=1e-12)
    x = rng.standard_normal(bank.shape)
    x = x + 1j * rng.standard_normal(bank.shape) if bank.full else x
    assert energy(bank, x) == pytest.approx((abs(x) ** 2).sum(), rel=1e-12)


def test_a_bank_without_a_frequency_cannot_be_tight() -> None:
    bank = BANKS["signals"]()
    zero = filters.Bank(0 * bank.psi, bank.low, bank.scales, bank.octaves, bank.J)
    with pytest.raises(BadInput, match="no filter"):
        filters.tight(zero)


def test_wavelets_of_sounds_are_q_an_octave() -> None:
    bank = morlet.bank_of_signals(4096, 6, 8)
    peaks = bank.psi[:, 0].argmax(-1) / 4096
    high = peaks[peaks > 4 * peaks.min()][:20]
    np.testing.assert_allclose(high[:-8] / high[8:], 2, rtol=0.02)
    assert np.abs(np.fft.ifft(bank.psi)).sum(-1) == pytest.approx(1)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: morlet.bank_of_images(32, 6), "J = 6 is too large"),
        (lambda: morlet.bank_of_images((32, 8), 4), "choose 3 at most"),
        (lambda: morlet.bank_of_images(32, 0), "J = 0 is too small"),
        (lambda: morlet.bank_of_images(32, 2, 0), "L = 0 is too small"),
        (lambda: morlet.bank_of_images((32, 32, 3), 2), "2 sides"),
        (lambda: morlet.bank_of_images(32, 2, full=3), "True or False"),
        (lambda: morlet.bank_of_signals(64, 7), "J = 7 is too large"),
        (lambda: morlet.bank_of_signals(64, 1, 64), "Q = 64 is too large"),
        (lambda: morlet.bank_of_signals(64, 3, T=65), "T, the samples of an average, = 65"),
        (lambda: morlet.gabor(32, 0.0), "sigma"),
        (lambda: morlet.gabor(32, 1.0, xi=float("nan")), "xi"),
    ],
)
def test_filters_that_cannot_be_are_refused(make: Callable[[], object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        make()
