"""The network that convolves along its channels: its symmetries, and convolutions of JAX."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.models.classic.classifier import layers
from jamming.models.hierarchical import Along, Hierarchical

NET = Hierarchical(attributes=(4, 5, 6), classes=3)


@pytest.fixture(scope="module")
def x() -> jax.Array:
    return jax.random.normal(jax.random.key(0), (2, 8, 8, 2))


@pytest.fixture(scope="module")
def variables(x: jax.Array) -> dict:
    return NET.init(jax.random.key(1), x)


def test_it_has_an_axis_more_at_every_layer(variables: dict, x: jax.Array) -> None:
    shapes = {name: z.shape[1:] for name, z in layers(NET, variables, x).items()}
    assert list(shapes) == ["input", "layer1", "layer2", "layer3", "average", "logits"]
    assert (shapes["layer2"], shapes["layer3"]) == ((4, 4, 4, 5), (2, 2, 4, 5, 6))
    weights = [variables["params"][f"layer{j}"]["kernel"].shape for j in (1, 2, 3)]
    assert weights == [(2, 3, 3, 4), (1, 3, 3, 3, 5), (1, 3, 3, 3, 3, 6)]


@pytest.mark.parametrize("axis", [1, 2])
def test_a_translation_of_the_image_changes_nothing(
    variables: dict, x: jax.Array, axis: int
) -> None:
    f, moved = (NET.apply(variables, z, batch_norm="batch") for z in (x, jnp.roll(x, 4, axis)))
    np.testing.assert_allclose(f, moved, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("j", [1, 2])
def test_nor_does_one_along_an_attribute(variables: dict, x: jax.Array, j: int) -> None:
    """Filters in another order, cyclically, move the next layer along v, not what comes out."""
    params = dict(variables["params"])
    params[f"layer{j}"] = {"kernel": jnp.roll(params[f"layer{j}"]["kernel"], 1, -1)}
    other = {**variables, "params": params}
    f, same = (NET.apply(each, x, batch_norm="batch") for each in (variables, other))
    np.testing.assert_allclose(f, same, rtol=1e-5, atol=1e-6)
    a, b = (layers(NET, each, x, batch_norm="batch")["layer3"] for each in (variables, other))
    np.testing.assert_allclose(jnp.roll(a, 1, 2 + j), b, atol=1e-5)
    # an order that is no translation does change it
    params[f"layer{j}"] = {"kernel": variables["params"][f"layer{j}"]["kernel"][..., ::-1]}
    swapped = NET.apply({**variables, "params": params}, x, batch_norm="batch")
    assert np.abs(f - swapped).max() > 1e-3


@pytest.mark.parametrize("sides", [(3, 3), (3, 2, 3), (3, 3, 1)])
def test_convolutions_are_those_of_jax(sides: tuple[int, ...]) -> None:
    keys = jax.random.split(jax.random.key(2))
    D, C, K = len(sides), 2, 4
    z = jax.random.normal(keys[0], (2, *(6, 5, 4)[:D], C))
    W = jax.random.normal(keys[1], (C, *sides, K))
    wrap = [(0, 0), *((k // 2, k - 1 - k // 2) for k in sides), (0, 0)]
    letters = "XYZ"[:D]
    found = jax.lax.conv_general_dilated(
        jnp.pad(z, wrap, mode="wrap"),
        W,
        (1,) * D,
        "VALID",
        dimension_numbers=(f"N{letters}C", f"I{letters}O", f"N{letters}C"),
    )
    np.testing.assert_allclose(Along(W.shape)(W, z), found, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"attributes": (8,) * 5}, "at most 4 layers"),
        ({"attributes": (64, 64, 64)}, "are too many"),
        ({"attributes": (8, 0)}, "attributes"),
        ({"kernel": 0}, "kernel"),
        ({"along": 0}, "along"),
    ],
)
def test_networks_that_cannot_be_are_refused(options: dict, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        Hierarchical(**options)
