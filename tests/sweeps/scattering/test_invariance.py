"""What is measured of moved, deformed and turned images, against other ways to find it."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.wavelets.textures import displaced
from sweeps.scattering import invariance as inv

N = 16
X = jnp.array(np.random.default_rng(0).normal(size=(4, N, N)), jnp.float32)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Few wavelets, and ranks as outside of tests."""
    monkeypatch.setattr(inv, "ANGLES", 2)
    monkeypatch.setattr(inv, "SCALES", 2)
    inv._bank.cache_clear()
    with jax.numpy_rank_promotion("allow"):
        yield
    inv._bank.cache_clear()


def apart(w: np.ndarray) -> np.ndarray:
    """Distances of the moduli of the Fourier transforms, which are Gaussians."""
    r, k = 1 - inv.DILATION, np.linspace(-20, 120, 40_001)[:, None]
    x, moved = np.exp(-((k - w) ** 2) / 2), np.exp(-((k - r * w) ** 2) / (2 * r**2)) / r
    return np.sqrt(((x - moved) ** 2).sum(0) / (x**2).sum(0))


def test_chirps() -> None:
    np.testing.assert_allclose(
        apart(np.array([2.0, 5.0, 10.0, 20.0])), [0.086, 0.188, 0.364, 0.690], atol=6e-4
    )
    found = inv.chirps(0)
    w = found["omega"]
    np.testing.assert_allclose(w / w[-1], np.array(inv.CHIRPS) / 80)
    assert (np.array(inv.CHIRPS) / 2 <= w).all()
    np.testing.assert_allclose(found["chirp_fourier"], apart(w), rtol=1e-3)
    assert found["chirp_scattering"].max() < 0.08
    assert not np.array_equal(inv.chirps(1)["omega"], w)


def test_pairs_do_not_move_apart() -> None:
    found = inv.expansion(0, X)["expansion"]
    assert found.shape == (3,)
    assert (found < 1).all()
    assert found[2] > found[1]  # smooth ones are nearly left alone


def test_fields_have_a_largest_gradient_of_one() -> None:
    """By differences between neighbours on a fine grid."""
    tau = np.asarray(inv.field(jax.random.key(0), 256), float)
    J = np.stack([np.gradient(tau, axis=axis) for axis in (1, 2)], 1)
    norms = np.linalg.norm(J.reshape(2, 2, -1).T, 2, axis=(1, 2))
    assert norms.max() == pytest.approx(1.0, rel=0.02)


def test_deformations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inv, "GRADIENTS", (0.01, 0.02))
    monkeypatch.setattr(inv, "FREQUENCIES", (0.8,))
    found = inv.deformed(5, X)
    for name in inv.DISTANCES:
        rows = found[f"deformed_{name}"]
        assert rows.shape == (2, 2)
        np.testing.assert_allclose(rows[:, 1] / rows[:, 0], 2, rtol=0.03)
    keys = jax.random.split(jax.random.split(jax.random.key(5), 2)[0], 4)
    off = [displaced(x, 0.01 * inv.field(key, N)) - x for x, key in zip(X, keys, strict=True)]
    ratio = [np.linalg.norm(a) / np.linalg.norm(x) for a, x in zip(off, X, strict=True)]
    due = np.sqrt(np.mean(np.square(ratio)))
    assert found["deformed_pixels"][0, 0] == pytest.approx(due, rel=1e-3)


def test_translations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a moved image the coefficients are computed anew."""
    monkeypatch.setattr(inv, "OCTAVES", (1, 2))
    found = inv.translated(X)["translated"]
    assert found.shape == (2, len(inv.SHIFTS))
    bank = inv._bank(N, 2)
    off = inv.scattering(jnp.roll(X, 2, -1), bank) - inv.scattering(X, bank)
    ratio = np.linalg.norm(off.reshape(4, -1), axis=1) / np.linalg.norm(X.reshape(4, -1), axis=1)
    assert found[1, 1] == pytest.approx(np.sqrt((ratio**2).mean()), rel=1e-4)
    assert (found[1] < found[0]).all()


def test_commutators(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inv, "OCTAVES", (2,))
    found = inv.commutators(0, N)
    assert {each.shape for each in found.values()} == {(1, 2)}
    assert (found["moved_average"] < found["average_bound"]).all()
    assert (found["commutator"] > 0).all()
    bounds = found["average_bound"][0]
    assert 1 < bounds[1] / bounds[0] < 16  # the second field is four times as steep


def test_turned_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inv, "TURNS", 2)
    monkeypatch.setattr(inv, "TURNED", 2)
    quarter = inv.waves(3, N, np.pi / 2)
    np.testing.assert_allclose(quarter, np.rot90(inv.waves(3, N, 0.0), 1, (1, 2)), atol=1e-12)
    found = inv.turned(0, N)
    assert found["turned_roto"][0] == 0
    assert found["turned_roto"][2] < 1e-5 < found["turned_roto"][1] < found["turned_averages"][1]
    assert found["turned_averages"][2] > 0.1
