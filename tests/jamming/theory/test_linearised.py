"""Features along a deformation: their derivative is that of finite differences."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.images.fields import in_pixels, sample_field
from jamming.images.warp import warp
from jamming.theory import linearised

RNG = np.random.default_rng(0)


def test_features_change_along_a_deformation_as_their_differences_say() -> None:
    x = RNG.uniform(size=(3, 12, 12, 1))
    tau = np.asarray(in_pixels(sample_field(jax.random.key(0), 12, 3, jnp.asarray(1e-3))))

    def features(x: jax.Array) -> jax.Array:
        return jnp.tanh(x).sum(-1)

    at, slope, speed = linearised.along_deformation(features, x, tau)
    e = 1e-5
    there, back = (features(warp(x, s * tau, "gaussian")) for s in (e, -e))
    np.testing.assert_allclose(slope, (there - back) / (2 * e), atol=1e-6)
    np.testing.assert_allclose(at, features(warp(x, 0 * tau, "gaussian")), atol=1e-12)
    np.testing.assert_allclose(speed, np.sqrt((np.asarray(slope) ** 2).sum((1, 2))))
    twice = linearised.along_deformation(features, x, 2 * tau).derivative
    np.testing.assert_allclose(twice, 2 * np.asarray(slope), rtol=1e-9)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: linearised.along_deformation(jnp.tanh, np.ones((2, 4, 4)), np.ones(2)), "shape"),
        (
            lambda: linearised.along_deformation(jnp.tanh, np.ones((2, 4, 4, 1)), np.ones(2)),
            "field",
        ),
    ],
)
def test_what_cannot_be_is_refused(make: Callable[[], object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        make()
