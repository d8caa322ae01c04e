"""Networks of images on the sphere: published sizes, invariance, filters that see no direction."""

import functools
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.equivariant.data.pictures import on_sphere
from jamming.equivariant.error import equivariance_error
from jamming.equivariant.sphere import correlations, rotations
from jamming.equivariant.sphere.maps import MapNet
from jamming.equivariant.sphere.spherical import RotationNorm, SphereNet
from jamming.models.classic.classifier import layers

transforms = pytest.importorskip("jamming.equivariant.sphere.transforms")
pytest.importorskip("s2fft", reason="transforms on the sphere are in the extra `equivariant`")

RNG = np.random.default_rng(0)


def signals(b: int, P: int = 2) -> jax.Array:
    """Coefficients of real images, [P, 1, l, m]."""
    grid = RNG.standard_normal((P, 1, 2 * b, 2 * b - 1))
    return transforms.from_sphere(jnp.asarray(grid))


def images(f: jax.Array) -> jax.Array:
    return jnp.moveaxis(transforms.to_sphere(f).real, 1, -1)


def pooled(net: SphereNet, variables: Any, x: jax.Array) -> jax.Array:
    return layers(net, variables, x, batch_norm="running")["pooled"]


def test_the_network_of_the_paper_has_its_size() -> None:
    x = jax.ShapeDtypeStruct((1, 60, 59, 1), jnp.float32)
    params = jax.eval_shape(SphereNet().init, jax.random.key(0), x)["params"]
    assert sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(params)) == 58_310


@pytest.mark.parametrize("pool", ["mean", "max"])
def test_logits_hardly_depend_on_rotations(pool: str) -> None:
    """Beside how much they differ between two images."""
    net = SphereNet(bandwidths=(6, 5), channels=(3, 4), classes=3, most=1.0, pool=pool, norm=True)
    f = jnp.zeros((2, 1, 6, 11), complex).at[..., :3, 3:-3].set(signals(3))  # smooth images
    x = images(f)
    variables = net.init(jax.random.key(0), x)
    R = rotations.haar(RNG, 1)[0]
    moved = images(correlations.rotated(f, R))
    net_of = functools.partial(pooled, net, variables)
    off = equivariance_error(net_of, x, [lambda _: moved])
    other = equivariance_error(net_of, x, [lambda _: x[::-1]])
    assert off.max() < (0.1 if pool == "mean" else 0.7) * other.min()


def test_finer_grids_see_less_of_rotations() -> None:
    x, R = images(signals(3)), rotations.haar(RNG, 1)[0]
    moved = images(correlations.rotated(transforms.from_sphere(jnp.moveaxis(x, -1, 1)), R))
    off = []
    for grids in (None, (6, 4)):
        net = SphereNet(bandwidths=(3, 2), channels=(3, 4), classes=3, most=1.0, grids=grids)
        variables = net.init(jax.random.key(0), x)
        net_of = functools.partial(pooled, net, variables)
        off.append(equivariance_error(net_of, x, [lambda _: moved]).max())
    assert off[1] < off[0] / 3


def test_the_planar_network_of_the_paper_has_its_size() -> None:
    for width in (60, 59):
        x = jax.ShapeDtypeStruct((1, 60, width, 1), jnp.float32)
        params = jax.eval_shape(MapNet().init, jax.random.key(0), x)["params"]
        assert sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(params)) == 68_106


def test_normalisation_is_by_means_over_rotations() -> None:
    norm: Any = RotationNorm()
    F = transforms.from_rotations(jnp.asarray(3 + 2 * RNG.standard_normal((4, 2, 5, 6, 5))))
    variables = norm.init(jax.random.key(0), F)
    found, new = norm.apply(variables, F, batch=True, update=True, mutable=["batch_stats"])
    np.testing.assert_allclose(correlations.mean(found).mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(correlations.mean_square(found).mean(0), 1, rtol=1e-4)
    np.testing.assert_allclose(
        new["batch_stats"]["mean"], 0.1 * correlations.mean(F).mean(0), rtol=1e-6
    )
    # a rotation moves no mean
    R = rotations.haar(RNG, 1)[0]
    moved = norm.apply(variables, correlations.rotated(F, R), batch=True)
    np.testing.assert_allclose(moved, correlations.rotated(found, R), atol=1e-10)


def test_zonal_filters_give_functions_of_the_sphere() -> None:
    net = SphereNet(bandwidths=(3, 2), channels=(4, 2), most=1.0, zonal=True, classes=3)
    x = images(signals(3))
    variables = net.init(jax.random.key(0), x)
    _, seen = net.apply(variables, x, mutable=["intermediates"])
    for layer in (1, 2):
        grid = seen["intermediates"]["layers"][layer][f"conv{layer}"]
        assert np.ptp(grid, axis=1).max() < 1e-5 < np.ptp(grid, axis=2).max()


def test_images_are_turned_about_the_pole_by_a_shift() -> None:
    x, b = RNG.random((3, 8, 8, 2)), 4
    step = 2 * np.pi / (2 * b - 1)
    turned = on_sphere(x, b, [2 * step, 0.0, 0.0])
    np.testing.assert_allclose(turned, np.roll(on_sphere(x, b), 2, axis=2), atol=1e-5)


def test_they_are_on_the_northern_hemisphere_and_anywhere_by_rotations() -> None:
    x, b = np.ones((1, 8, 8, 1)), 16
    north, south = on_sphere(x, b), on_sphere(x, b, [0.0, np.pi, 0.0])
    assert north[0, : b // 2].min() == 1
    assert not north[0, b:].any()
    assert not south[0, :b].any()
    R = rotations.haar(RNG, 1)
    both = (north, on_sphere(x, b, R))
    areas = [transforms.from_sphere(jnp.asarray(y[..., 0]))[0, 0, b - 1] for y in both]
    assert abs(areas[0] - areas[1]) < 0.03 * abs(areas[0])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: SphereNet(bandwidths=(4,), channels=(3, 4)), "1 bandwidths and 2 channels"),
        (lambda: SphereNet(grids=(10, 5)), "not as fine"),
        (lambda: SphereNet(filters="pole"), "unknown filters 'pole'"),
        (lambda: SphereNet(bandwidths=(0,), channels=(1,)), "bandwidth"),
        (lambda: SphereNet().init(jax.random.key(0), jnp.ones((1, 16, 16, 1))), "grid"),
        (lambda: SphereNet().init(jax.random.key(0), jnp.ones((1, 16, 15, 1))), "at least 10"),
        (lambda: on_sphere(np.ones((2, 8, 8, 1)), 4, np.zeros((3, 3))), r"\[3\] or \[2, 3\]"),
        (lambda: on_sphere(np.ones((8, 8)), 4), "images"),
        (lambda: on_sphere(np.full((1, 8, 8, 1), np.nan), 4), "NaN"),
    ],
)
def test_what_cannot_be_is_refused(make, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadInput, match=said):
        make()
