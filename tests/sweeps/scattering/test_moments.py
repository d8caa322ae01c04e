"""What is measured of textures and phases."""

import math
from collections.abc import Iterator

import jax
import numpy as np
import pytest

from sweeps.scattering import moments


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Few and small textures, and ranks as outside of tests."""
    for name, value in {
        **{"SIDE": 8, "ORDERS": 2, "REALISATIONS": 40, "POINTS": 300, "SAMPLES": 500, "STEPS": 60},
        **{"DIMENSIONS": (2,), "TRAINED": 100, "TESTED": 200},
    }.items():
        monkeypatch.setattr(moments, name, value)
    with jax.numpy_rank_promotion("allow"):
        yield


def test_all_paths_have_more_of_the_energy() -> None:
    found = moments.conserved(0)
    every, some = found["conserved"], found["conserved_ascending"]
    assert every.shape == some.shape == (2, 3)
    np.testing.assert_allclose(every[:, :2], some[:, :2], rtol=1e-3, atol=1e-5)
    assert (every[:, 2] > some[:, 2]).all()
    assert (every <= 1.02).all()
    assert (np.diff(every) > 0).all()


def test_the_outer_modulus_is_needed() -> None:
    found = moments.outer(0)
    assert abs(found["outer_without"]) < 4 * found["outer_without_error"]
    assert found["outer_with"] > 10 * found["outer_with_error"]


def test_shifts_are_within_the_bound_and_near_it_at_worst() -> None:
    found = moments.shifted(0)
    assert found["shift_random"].shape == (moments.SCALES, len(moments.SHIFTS))
    assert (found["shift_random"] < found["shift_worst"]).all()
    assert 0.9 < found["shift_worst"].max() <= 1


def test_mixing_two_phases() -> None:
    constant, exponential = moments.mixed(0)["mixed"][:, 0]
    assert constant == pytest.approx(4 / math.pi / 2**0.5, abs=0.03)
    assert exponential == pytest.approx(1.0, abs=0.03)


def test_textures_are_told_apart_by_moduli_alone() -> None:
    errors = dict(zip(moments.FEATURES, moments.classified(0)["texture_error"], strict=True))
    assert abs(errors["pixels"] - 0.5) < 0.1
    assert abs(errors["wavelets"] - 0.5) < 0.1
    assert errors["moduli"] < 0.4
    assert errors["scattering"] < 0.4
