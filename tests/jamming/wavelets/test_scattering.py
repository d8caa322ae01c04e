"""Scattering against sums that are written out path by path, at full resolution."""

from collections.abc import Callable
from math import comb

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from jamming.checks.errors import BadInput
from jamming.wavelets import filters, morlet
from jamming.wavelets.learnt import LearntScattering, ScatteringFeatures
from jamming.wavelets.scattering import paths, scatter
from jamming.wavelets.transforms import Scattering1D, Scattering2D, Transform

pytestmark = pytest.mark.usefixtures("strict_dtypes")

RNG = np.random.default_rng(0)


def written_out(x: np.ndarray, banks: tuple[filters.Bank, ...], max_order: int) -> np.ndarray:
    """Each path by itself: transforms, products, moduli, nothing sub-sampled."""
    axes = tuple(range(-len(banks[0].low), 0))

    def filtered(U: np.ndarray, by: np.ndarray) -> np.ndarray:
        return np.fft.ifftn(np.fft.fftn(U, axes=axes) * by, axes=axes)

    found = []
    for path in paths(banks, max_order):
        U = x
        for order, (i, angle) in enumerate(zip(path.filters, path.angles, strict=True)):
            U = abs(filtered(U, banks[min(order, len(banks) - 1)].psi[i, angle]))
        S = filtered(U, banks[0].phi)
        found.append(abs(S) if np.iscomplexobj(x) else S.real)
    return np.stack(found, axes[0] - 1)


CASES = {
    "images": ((morlet.bank_of_images((16, 24), 3, 3),), 3, False),
    "half octaves": ((morlet.bank_of_images(16, 1, 2, per_octave=3),), 3, False),
    "complex images": ((morlet.bank_of_images(16, 2, 2, full=True),), 2, True),
    "tight": ((filters.tight(morlet.bank_of_images(16, 2, 2)),), 2, False),
    "complex sounds": ((morlet.bank_of_signals(64, 3, 2, full=True),), 2, True),
    "sounds": ((morlet.bank_of_signals(128, 4, 3), morlet.bank_of_signals(128, 4, 1)), 3, False),
    "order 0": ((morlet.bank_of_images(16, 2, 2),), 0, False),
}


def drawn(shape: tuple[int, ...], of_complex: bool) -> np.ndarray:
    x = RNG.standard_normal((2, 1, *shape))
    return x + 1j * RNG.standard_normal(x.shape) if of_complex else x


@pytest.mark.parametrize("name", CASES)
def test_coefficients_are_those_of_each_path_by_itself(name: str) -> None:
    banks, order, of_complex = CASES[name]
    x = drawn(banks[0].shape, of_complex)
    found = scatter(jnp.asarray(x), banks, order, subsample=False)
    np.testing.assert_allclose(found, written_out(x, banks, order), atol=1e-12)


@pytest.mark.parametrize(
    ("banks", "of_complex"),
    [
        ((morlet.bank_of_images((16, 24), 3),), False),
        ((morlet.bank_of_images(16, 2, full=True),), True),
        ((morlet.bank_of_signals(128, 4, 8), morlet.bank_of_signals(128, 4, 1)), False),
    ],
)
def test_sub_sampled_ones_are_every_so_many_of_all(
    banks: tuple[filters.Bank, ...], of_complex: bool
) -> None:
    """To the aliases of filters that are not quite zero beyond their octave."""
    x, step = drawn(banks[0].shape, of_complex), 2 ** banks[0].J
    found = np.asarray(scatter(jnp.asarray(x), banks))
    every = (..., *(slice(None, None, step),) * len(banks[0].low))
    np.testing.assert_allclose(found, written_out(x, banks, 2)[every], atol=0.03 * found.max())


def test_long_averages_are_the_same_by_transforms_and_by_matrices(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (bank,), x = CASES["images"][0], jnp.asarray(drawn((16, 24), False))
    by_matrices = scatter(x, bank, 1)
    monkeypatch.setattr("jamming.wavelets.scattering.PRODUCT", 0)
    np.testing.assert_allclose(scatter(x, bank, 1), by_matrices, atol=1e-13)


@pytest.mark.parametrize(("J", "L", "order"), [(3, 2, 3), (4, 4, 2), (2, 3, 0), (2, 2, 5)])
def test_there_are_as_many_paths_as_ordered_choices_of_scales(J: int, L: int, order: int) -> None:
    found = paths(morlet.bank_of_images(16, J, L), order)
    assert len(found) == sum(comb(J, m) * L**m for m in range(order + 1))
    assert [path.order for path in found] == sorted(path.order for path in found)
    assert all(list(path.scales) == sorted(set(path.scales)) for path in found)


# what Kymatio 0.3.0 gives of `chirp` with J = 2, L = 4, at one place of each order, and the places
KYMATIO_2D = {0: -0.015014514659178607, 3: 0.1113655850275382, 8: 0.4570880641287835}
KYMATIO_2D |= {12: 0.0012866972927139588, 20: 0.000962767646067576, 24: 0.000491289151057079}
# and of cos(t^2 / 200) with J = 4, Q = (3, 1), oversampling = 9, at the sample 4 + 5 * 2^4
KYMATIO_1D = {0: 8.136275102298401e-05, 3: 0.07243613510046894, 6: 0.1758219111628234}
KYMATIO_1D |= {12: 0.00011574621757099064, 19: 0.04017129400414519, 22: 0.029599445339404062}


def chirp() -> np.ndarray:
    u, v = np.meshgrid(np.arange(16.0), np.arange(16.0), indexing="ij")
    return np.cos(u**2 / 40 + 1.3 * v)


def test_coefficients_of_images_are_kymatios_but_for_its_pi() -> None:
    scattering = Scattering2D(J=2, shape=(16, 16), L=4)
    S = np.asarray(scattering(chirp()))
    assert S.shape == (25, 4, 4)
    for i, value in KYMATIO_2D.items():
        factor = (np.pi / 3.1415) ** (scattering.paths[i].order + 1)
        assert S[i, 1, 2] * factor == pytest.approx(value, rel=1e-5, abs=1e-8)


def test_coefficients_of_sounds_are_kymatios_without_its_sub_sampling() -> None:
    scattering = Scattering1D(J=4, shape=200, Q=(3, 1), subsample=False)
    S = np.asarray(scattering(np.cos(np.arange(200.0) ** 2 / 200)))
    for i, value in KYMATIO_1D.items():
        assert S[i, 4 + 5 * 2**4] == pytest.approx(value, rel=1e-9)
    assert Scattering1D(J=4, shape=200, Q=(3, 1))(np.ones((2, 200))).shape == (2, 23, 13)


def test_single_precision_is_kept_and_agrees_with_double() -> None:
    scattering = Scattering2D(J=2, shape=16, L=4)
    single, double = scattering(chirp().astype(np.float32)), scattering(chirp())
    assert (single.dtype, double.dtype) == (np.float32, np.float64)
    np.testing.assert_allclose(single, double, atol=1e-6)


def test_what_is_beyond_the_frame_does_not_matter_with_enough_padding() -> None:
    """Of an image that is 0 near its frame, coefficients are those on a large plane."""
    x = np.zeros((32, 32))
    x[12:20, 12:20] = RNG.standard_normal((8, 8))
    large = np.pad(x, 16)
    small = Scattering2D(J=1, shape=32, L=4, padding="constant", subsample=False)(x)
    around = Scattering2D(J=1, shape=64, L=4, padding="none", subsample=False)(large)
    np.testing.assert_allclose(small, around[:, 16:48, 16:48], atol=1e-3 * small.max())


@pytest.mark.parametrize("shape", [(30, 41), (17, 16), (8, 8)])
@pytest.mark.parametrize("padding", ["reflect", "symmetric", "constant", "wrap"])
def test_any_shape_gives_a_coefficient_for_every_so_many_pixels(
    shape: tuple[int, int], padding: str
) -> None:
    scattering = Scattering2D(J=2, shape=shape, L=2, padding=padding)
    S = scattering(np.ones(shape))
    assert S.shape == (len(scattering.paths), shape[0] // 4, shape[1] // 4)
    if padding != "constant":
        np.testing.assert_allclose(S[0], 1, atol=1e-6)
        np.testing.assert_allclose(S[1:], 0, atol=1e-12)


def test_gradients_are_those_of_finite_differences_and_finite_where_moduli_vanish() -> None:
    scattering = Scattering2D(J=1, shape=8, L=2)
    x, step = jnp.asarray(RNG.standard_normal((8, 8))), RNG.standard_normal((8, 8))

    def f(x: jax.Array) -> jax.Array:
        return (scattering(x) ** 2).sum()

    slope = (f(x + 1e-6 * step) - f(x - 1e-6 * step)) / 2e-6
    assert float((jax.grad(f)(x) * step).sum()) == pytest.approx(float(slope), rel=1e-6)
    assert np.isfinite(jax.grad(f)(jnp.zeros((8, 8)))).all()


def test_a_bank_can_be_learnt() -> None:
    """Filters are leaves: their gradient is that of finite differences."""
    bank, x = morlet.bank_of_images(8, 1, 2), jnp.asarray(RNG.standard_normal((8, 8)))
    bank = jax.tree.map(jnp.asarray, bank)

    def f(bank: filters.Bank) -> jax.Array:
        return (scatter(x, bank, 1) ** 2).sum()

    step = jax.tree.map(lambda leaf: jnp.asarray(RNG.standard_normal(leaf.shape)), bank)
    pairs = zip(jax.tree.leaves(jax.grad(f)(bank)), jax.tree.leaves(step), strict=True)
    slope = sum((g * s).sum() for g, s in pairs)
    there, back = (
        f(jax.tree.map(lambda leaf, s, e=e: leaf + e * s, bank, step)) for e in (1e-6, -1e-6)
    )
    assert float(slope) == pytest.approx(float((there - back) / 2e-6), rel=1e-6)


def test_many_images_are_computed_in_blocks_and_each_by_itself() -> None:
    scattering = Scattering2D(J=1, shape=8, L=2)
    x = RNG.standard_normal((3, 23, 8, 8))
    S = scattering(x)
    assert S.shape == (3, 23, 3, 4, 4)
    np.testing.assert_allclose(S[2, 11], scattering(x[2, 11]), atol=1e-14)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Scattering2D(J=6, shape=32), "J = 6 is too large"),
        (lambda: Scattering2D(J=2, shape=32, L=0), "L = 0"),
        (lambda: Scattering2D(J=2, shape=32, L=8.0), "L = 8.0 is not a whole number"),
        (lambda: Scattering2D(J=2, shape=32, max_order=-1), "max_order = -1"),
        (lambda: Scattering2D(J=2, shape=(32, 32, 3)), "2 sides"),
        (lambda: Scattering2D(J=2, shape=32, padding="mirror"), "unknown padding"),
        (lambda: Scattering2D(J=2, shape=30, padding="none"), "30 samples cannot be sub-sampled"),
        (lambda: Scattering2D(J=2, shape=32, subsample=2), "True or False"),
        (lambda: Scattering1D(J=9, shape=256), "J = 9 is too large"),
        (lambda: Scattering1D(J=3, shape=256, Q=0), "Q, wavelets an octave, = 0"),
        (lambda: Scattering1D(J=3, shape=256, T=300), "T, the samples"),
        (lambda: Scattering1D(J=3, shape=(16, 16)), "one axis"),
    ],
)
def test_transforms_that_cannot_be_are_refused(make: Callable[[], object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        make()


@pytest.mark.parametrize(
    ("scattering", "x", "said"),
    [
        (Scattering2D(J=1, shape=8), np.ones((8, 9)), r"shape \[8, 9\]"),
        (Scattering2D(J=1, shape=8), np.ones((8, 8, 1)), "channels go before"),
        (Scattering2D(J=1, shape=8), np.full((2, 8, 8), np.nan), "NaN in images"),
        (Scattering2D(J=1, shape=8), np.ones((8, 8), complex), "full=True"),
        (Scattering2D(J=1, shape=8), np.array([["a"] * 8] * 8), "real numbers"),
        (Scattering1D(J=1, shape=8), np.ones(9), r"shape \[9\]"),
        (Scattering1D(J=1, shape=8), np.ones(8, complex), "full=True"),
    ],
)
def test_what_is_no_signal_is_refused(scattering: Transform, x: np.ndarray, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        scattering(x)


def test_learnt_filters_begin_as_morlet_wavelets_and_have_gradients() -> None:
    x = jnp.asarray(RNG.standard_normal((2, 8, 8)))
    net = LearntScattering(J=2, L=3, max_order=2)
    w = net.init(jax.random.key(0), x)
    np.testing.assert_allclose(net.apply(w, x), Scattering2D(J=2, shape=8, L=3)(x), atol=1e-12)
    step = {"params": {name: RNG.standard_normal((2, 3)) for name in w["params"]}}

    def f(e: float) -> jax.Array:
        moved = jax.tree.map(lambda a, b: a + e * b, w, step)
        return (net.apply(moved, x) ** 2).sum()

    slope = float((f(1e-6) - f(-1e-6)) / 2e-6)
    assert float(jax.grad(f)(0.0)) == pytest.approx(slope, rel=1e-5)


def test_features_are_coefficients_of_rows_of_pixels() -> None:
    x = RNG.standard_normal((5, 8, 8))
    features = ScatteringFeatures(1, (8, 8), options={"L": 2})
    found = make_pipeline(features, StandardScaler()).fit_transform(x.reshape(5, 64))
    S = np.asarray(Scattering2D(J=1, shape=8, L=2)(x)).reshape(5, -1)
    np.testing.assert_allclose(found, (S - S.mean(0)) / S.std(0), atol=1e-9)
    assert ScatteringFeatures(2, 64).fit_transform(x.reshape(5, 64)).shape == (5, 4 * 16)
    assert clone(features).get_params() == features.get_params()


@pytest.mark.parametrize(
    ("X", "said"),
    [(np.ones((3, 63)), "rows of 63"), (np.ones(64), "shape"), (np.full((1, 64), np.inf), "NaN")],
)
def test_rows_that_are_no_images_are_refused(X: np.ndarray, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        ScatteringFeatures(1, (8, 8)).transform(X)


@pytest.mark.parametrize(
    ("x", "bank", "order", "said"),
    [
        (jnp.ones((3, 15, 16)), morlet.bank_of_images(16, 2, 4), 2, r"shape \[3, 15, 16\]"),
        (jnp.ones(16), morlet.bank_of_images(16, 2, 4), 2, r"shape \[16\]"),
        (jnp.ones((18, 18)), morlet.bank_of_images(18, 2, 4), 2, "cannot be divided by 2"),
        (jnp.ones((16, 16)), morlet.bank_of_images(16, 2, 4), -1, "max_order = -1"),
    ],
)
def test_signals_that_do_not_fit_a_bank_are_refused(
    x: jax.Array, bank: filters.Bank, order: int, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        scatter(x, bank, order)


def test_an_option_that_there_is_not_is_named() -> None:
    with pytest.raises(BadInput, match="'angels'"):
        ScatteringFeatures(1, (8, 8), options={"angels": 2}).fit(np.ones((3, 64)))


def test_complex_sounds_of_negative_frequencies_are_heard() -> None:
    """x and its conjugate differ by an exchange of the two angles, at every order."""
    scattering = Scattering1D(J=3, shape=64, full=True, max_order=1, padding="none")
    x = np.exp(-2j * np.pi * 9 / 64 * np.arange(64))
    S, conjugate = (np.asarray(scattering(z)) for z in (x, x.conj()))
    other = [1 + 2 * path.filters[0] + 1 - path.angles[0] for path in scattering.paths[1:]]
    np.testing.assert_allclose(S[1:], conjugate[other], atol=1e-12)
    angles = np.array([path.angles[0] for path in scattering.paths[1:]])
    assert S[1:][angles == 1].max() > 10 * S[1:][angles == 0].max()
