"""Particles: the loss of many does not depend on how many they are."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.theory import mean_field

RNG = np.random.default_rng(0)
FEW = mean_field.particles(jax.random.key(0), 3, 2)


def test_particles_follow_one_curve_as_they_become_many() -> None:
    """Distances to the largest system fall as m^-1/2 or faster; f is m-independent by symmetry."""
    x = RNG.standard_normal((10, 2))
    y = np.sign(x[:, 0])
    curves = [
        np.asarray(
            mean_field.losses(mean_field.particles(jax.random.key(1), m, 2), x, y, steps=100)
        )
        for m in (100, 6400, 25600)
    ]
    far, near = (np.abs(curve - curves[2]).max() for curve in curves[:2])
    assert near < 0.4 * far
    assert (np.diff(curves[2]) < 0).all()
    copied = jax.tree.map(
        lambda z: jnp.concatenate([z, z]), mean_field.particles(jax.random.key(1), 100, 2)
    )
    np.testing.assert_allclose(mean_field.losses(copied, x, y, steps=100), curves[0], rtol=1e-9)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: mean_field.particles(jax.random.key(0), 0, 2), "m = 0"),
        (lambda: mean_field.particles(jax.random.key(0), 2, 0), "d = 0"),
        (lambda: mean_field.losses(FEW, np.ones((4, 3)), np.ones(4)), "x has shape"),
        (lambda: mean_field.losses(FEW, np.ones((4, 2)), np.ones(3)), "y has shape"),
    ],
)
def test_what_cannot_be_is_refused(make: Callable[[], object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        make()
