"""Networks of point clouds: what they commute with, and which pieces of Tetris they tell apart."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from jamming.checks.errors import BadInput
from jamming.equivariant.data import tetris
from jamming.equivariant.error import equivariance_error

pytest.importorskip("e3nn_jax", reason="irreps of rotations are in the extra `equivariant`")

from jamming.equivariant.euclidean.irreps import harmonics, representation
from jamming.equivariant.euclidean.points import Around, PointNet, count, filters, messages, paths

ODD = PointNet(8, ("2x0e+1x1o", "2x0e+1x1e"), ((0, 1),))
EVEN = PointNet(8, ("2x0e+1x1o",) * 2)
R = Rotation.from_rotvec([0.3, -1.1, 0.7]).as_matrix()
MIRROR = np.diag([1.0, 1.0, -1.0])


def cloud(seed: int = 0) -> jax.Array:
    return jnp.asarray(np.random.default_rng(seed).normal(size=(3, 5, 3)))


def test_messages_turn_as_their_fields_do() -> None:
    of, to, around = "2x0e+1x1e+2x2e", "1x0o+1x1e+1x1o+1x2o", Around(3.0, 2, 2)
    rng = np.random.default_rng(0)
    w = jnp.asarray(rng.normal(size=count(to, of, around)))
    f = jnp.asarray(rng.normal(size=(3, 5, 15)))
    W = filters(w, to, of, around)
    at = jax.jit(lambda x, f: messages(W, around.weights(x), f))
    for g in (R, MIRROR @ R):
        rho, sigma = representation(of, g), representation(to, g)
        found = at(cloud() @ g.T, f @ rho.T)
        np.testing.assert_allclose(found, at(cloud(), f) @ sigma.T, atol=1e-10)


def test_a_point_sees_bumps_of_distances_times_harmonics() -> None:
    x, around = cloud(), Around(2.0, 3, 2)
    seen = np.asarray(around.weights(x))
    r = np.asarray(x[0, 4] - x[0, 1])
    d = np.linalg.norm(r)
    Y = np.concatenate([harmonics(J, r) for J in range(3)])
    bump = np.exp(-((d - np.arange(3) * 2 / 3) ** 2) * 9 / 4)
    fall = (1 + np.cos(np.pi * d / 2)) / 2 * (d < 2)
    np.testing.assert_allclose(seen[0, 1, 4], np.outer(bump * fall / 2, Y), atol=1e-12)
    assert not seen[0, 1, 1, :, 1:].any()  # a point sees itself in no direction


@pytest.mark.parametrize(
    ("net", "dtype", "most"), [(ODD, jnp.float64, 1e-10), (EVEN, jnp.float32, 1e-5)]
)
def test_logits_are_invariant_but_for_mirrored_classes(
    net: PointNet, dtype: Any, most: float
) -> None:
    x = cloud().astype(dtype)
    w = net.init(jax.random.key(0), x)
    exchanged = jnp.array([1, 0, *range(2, 8)]) if net.mirrored else jnp.arange(8)
    group: list[Any] = [
        lambda x: x @ jnp.asarray(R.T, x.dtype),
        lambda x: x + jnp.array([[[3.0, -1.0, 0.5]]], x.dtype),
        lambda x: x[:, jnp.array([2, 0, 1, 4, 3])],
        (lambda x: x @ jnp.asarray(R.T @ MIRROR, x.dtype), lambda y: y[:, exchanged]),
    ]
    apply = jax.jit(lambda x: net.apply(w, x))
    error = equivariance_error(apply, x, group)
    assert error.dtype == dtype
    assert float(error.max()) < most


def test_only_odd_fields_tell_mirror_images_apart() -> None:
    left, right = tetris.points()[:2]
    distances = [np.sort(np.linalg.norm(x[:, None] - x, axis=-1), None) for x in (left, right)]
    np.testing.assert_allclose(*distances)
    x = jnp.asarray(np.stack([left, right]))
    for net, apart in ((ODD, True), (EVEN, False)):
        a, b = net.apply(net.init(jax.random.key(0), x), x)
        assert (float(jnp.abs(a - b).max()) > 1e-6) == apart


def test_plain_filters_commute_with_shifts_alone() -> None:
    net = PointNet(8, ("4x0e+2x1o",), symmetry="none")
    x = cloud()
    w = net.init(jax.random.key(0), x)
    turn, shift = equivariance_error(
        lambda x: net.apply(w, x), x, [lambda x: x @ R.T, lambda x: x + 1]
    )
    assert float(turn.min()) > 0.01
    assert float(shift.max()) < 1e-12


def test_paths_obey_triangles_and_parities() -> None:
    around = Around(highest=2)
    assert paths("1x0o", "1x1o+1x1e", around) == [(0, 1, 1)]
    assert paths("1x1e", "1x1o", around) == [(0, 0, 1)]
    assert paths("1x2e", "1x0e+1x2e", around) == [(0, 0, 2), (0, 1, 0), (0, 1, 2)]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: Around(reach=0), "reach"),
        (lambda: Around(bumps=0), "bumps"),
        (lambda: PointNet(8, mirrored=((0, 1), (1, 2))), "each class in one at most"),
        (lambda: PointNet(2, mirrored=((0, 2),)), "mirrored has class 2"),
        (lambda: PointNet(2, symmetry="SO(2)"), "symmetry"),
        (lambda: filters(jnp.ones(3), "1x0e", "1x0e", Around()), "there are 4 weights"),
        (lambda: filters(jnp.ones(0), "1x0o", "1x0e", Around()), "no path leads"),
        (lambda: EVEN.init(jax.random.key(0), jnp.ones((2, 4, 2))), "points"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        wrong()
