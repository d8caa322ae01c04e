"""Steerable kernels and convolutions of voxels: the constraint, sizes, rotations of the cube."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from jamming.checks.errors import BadInput
from jamming.equivariant.data import tetris
from jamming.equivariant.error import equivariance_error
from jamming.equivariant.euclidean import nonlinear
from jamming.equivariant.euclidean.irreps import irreps, representation, wigner
from jamming.equivariant.euclidean.steerable import (
    Shells,
    correlate,
    kernel,
    kernel_at,
    sizes,
    subsampled,
)
from jamming.equivariant.euclidean.voxels import VoxelCNN, VoxelNet, turned
from jamming.models.classic.classifier import layers
from jamming.models.counting import count

pytest.importorskip("e3nn_jax", reason="irreps are in the extra `equivariant`")

RNG = np.random.default_rng(0)
CUBE = Rotation.create_group("O").as_matrix()
SOME = CUBE[[1, 5, 12, 20]]  # of the 24
OF, TO = "2x0e+1x1o+1x2e", "1x0e+2x1o+1x3o"


def noise(n: int, C: int, P: int = 2) -> jax.Array:
    return jnp.asarray(RNG.standard_normal((P, n, n, n, C)), jnp.float32)


@pytest.mark.parametrize("j", range(4))
@pytest.mark.parametrize("l", range(4))
def test_kernels_obey_the_constraint_at_any_point(j: int, l: int) -> None:  # noqa: E741
    R, x = Rotation.random(rng=RNG).as_matrix(), RNG.standard_normal((6, 3))
    for J in range(abs(j - l), j + l + 1):
        due = wigner(j, R) @ kernel_at(j, l, J, 1, x) @ wigner(l, R).T
        np.testing.assert_allclose(kernel_at(j, l, J, 1, x @ R.T), due, atol=1e-12)


def test_there_are_as_many_kernels_as_irreps_of_a_product() -> None:
    shells, some = Shells(5), [ir for _, ir in irreps((1, 1, 1, 1))]
    for of in some:
        for to in some:
            channels = 2 * min(of.l, to.l) + 1
            paths = shells.paths(to, of)
            assert len({J for J, _ in paths}) == channels
            # J = 0 alone in the middle
            assert len(paths) == 2 * channels + (of.l == to.l) <= 3 * channels
            assert len(Shells(5, most=(9,)).paths(to, of)) == 3 * channels
            # half of them commute with reflections, by parity of J
            odd = [J for J, _ in Shells(5, reflections=True).paths(to, of)]
            assert {J % 2 for J in odd} <= {(of.l + to.l) % 2}


def test_independent_weights_keep_the_variance() -> None:
    shells, n = Shells(5), sum(map(sum, sizes(TO, OF, Shells(5))))
    draws = [kernel(jnp.asarray(RNG.standard_normal(n)), TO, OF, shells) for _ in range(40)]
    square = np.mean([np.square(W).sum((0, 1, 2, 3)) for W in draws], axis=0)
    np.testing.assert_allclose(square, 1, atol=0.4)


@pytest.mark.parametrize(("n", "stride", "padding"), [(5, 1, 2), (5, 2, 2), (7, 2, 4)])
def test_convolutions_commute_with_rotations_of_the_cube(n: int, stride: int, padding: int) -> None:
    shells = Shells(5)
    W = kernel(
        jnp.asarray(RNG.standard_normal(sum(map(sum, sizes(TO, OF, shells))))), TO, OF, shells
    )
    apply = partial(correlate, W, stride=stride, padding=padding)
    moves: Any = [(partial(turned, R=R, fields=OF), partial(turned, R=R, fields=TO)) for R in SOME]
    assert equivariance_error(jax.jit(apply), noise(n, irreps(OF).dim), moves).max() < 2e-6


def test_sides_that_do_not_end_where_they_begin_break_it() -> None:
    W = kernel(jnp.asarray(RNG.standard_normal(3)), "0e", "0e", Shells(5))
    apply = partial(correlate, W, stride=2, padding=2)
    moves: Any = [(partial(turned, R=R),) * 2 for R in SOME]
    assert equivariance_error(apply, noise(8, 1), moves).max() > 0.1


def test_subsampling_takes_voxels_of_a_gaussian_blur() -> None:
    z = noise(7, 2)
    for stride, r in ((2, 2), (3, 4)):
        sigma = np.sqrt(stride**2 - 1) / 2
        blurred = [gaussian_filter(z[0, ..., c], sigma, mode="constant", radius=r) for c in (0, 1)]
        due = np.stack(blurred, -1)[::stride, ::stride, ::stride]
        np.testing.assert_allclose(subsampled(z, stride)[0], due, atol=1e-5)
    np.testing.assert_array_equal(subsampled(z, 1), z)


def test_low_passes_after_nonlinearities_see_less_of_where_a_piece_is() -> None:
    """Beside how pieces differ; sums over all voxels know of places by aliases alone."""
    off = {}
    at = [np.zeros(3), np.ones(3)]
    x, moved = (tetris.voxels(np.arange(2, 8), 17, offsets=[one] * 6, cube=2.5) for one in at)
    for smooth in (True, False):
        net = VoxelNet(fields=((2, 1), (4,)), strides=(2, 1), smooth=smooth)
        variables = jax.jit(net.init)(jax.random.key(0), x)
        means, others = (
            np.asarray(layers(net, variables, each, batch_norm="running")["average"])
            for each in (x, moved)
        )
        off[smooth] = np.linalg.norm(means - others) / np.linalg.norm(means - means.mean(0))
    assert off[True] < off[False] / 2


@pytest.mark.parametrize(
    ("kind", "reflections"), [("gate", False), ("gate", True), ("norm", True), ("tensor", True)]
)
def test_nonlinearities_and_normalisation_commute(kind: str, reflections: bool) -> None:
    """With any rotation, place by place; the scalar of odd parity turns where parities count."""
    fields = "3x0e+2x0o+2x1o+1x3e"
    to = nonlinear.before(kind, fields, reflections)
    n = nonlinear.turning(fields, reflections)
    assert n == 3 + 2 * reflections
    norm = nonlinear.FieldNorm(to, reflections)
    z = noise(3, to.dim, 4)

    def apply(z: Any) -> Any:
        z = norm.apply(norm.init(jax.random.key(0), z), z, batch=True)
        betas = jnp.full(n, 0.2)
        return nonlinear.after(kind, z, fields, jax.nn.relu, betas, reflections)

    R = Rotation.random(rng=RNG).as_matrix() * (-1 if reflections else 1)
    both = [jnp.asarray(representation(f, R), jnp.float32) for f in (to, fields)]
    move: Any = tuple(lambda z, rho=rho: z @ rho.T for rho in both)
    assert equivariance_error(jax.jit(apply), z, [move]).max() < 1e-5


def test_fields_that_turn_are_divided_by_the_root_of_their_mean_square() -> None:
    norm: Any = nonlinear.FieldNorm("1x0e+2x1o")
    z = 3 * noise(4, 7, 5) + 1
    variables = norm.init(jax.random.key(0), z)
    found, new = norm.apply(variables, z, batch=True, update=True, mutable=["batch_stats"])
    np.testing.assert_allclose(found[..., 0].mean(), 0, atol=1e-5)
    squares = np.square(found[..., 1:].reshape(-1, 2, 3)).sum(-1).mean(0)
    np.testing.assert_allclose(squares, 1, rtol=1e-4)
    due = 0.9 + 0.1 * np.square(z[..., 1:].reshape(-1, 2, 3)).sum(-1).mean(0)
    np.testing.assert_allclose(new["batch_stats"]["square"], due, rtol=1e-5)


@pytest.mark.parametrize(("kind", "norm"), [("gate", True), ("tensor", False)])
def test_networks_forget_rotations_of_the_cube(kind: str, norm: bool) -> None:
    net = VoxelNet(
        fields=((2, 2, 1), "3x0e+2x1o", (4,)),
        strides=(2, 1, 1),
        padding=2,
        nonlinearity=kind,
        norm=norm,
    )
    x = noise(7, 1)
    variables = jax.jit(net.init)(jax.random.key(0), x)
    apply = jax.jit(lambda x: net.apply(variables, x, batch_norm="batch"))
    assert equivariance_error(apply, x, [partial(turned, R=R) for R in SOME]).max() < 1e-5
    # it sees the handedness of what it is shown, unless parities count; with gates, which make a
    # pseudoscalar in three layers only, by 1e-6 to 0.1 at random weights: no more than floats leave
    if kind == "tensor":
        assert equivariance_error(apply, x, [partial(turned, R=-np.eye(3))]).max() > 1e-5


def test_with_parities_they_forget_reflections() -> None:
    net = VoxelNet(fields=((1, 1), (3,)), strides=(2, 1), padding=2, size=3, reflections=True)
    x = noise(7, 1)
    variables = jax.jit(net.init)(jax.random.key(0), x)
    apply = jax.jit(lambda x: net.apply(variables, x))
    assert equivariance_error(apply, x, [partial(turned, R=-R) for R in SOME]).max() < 1e-5


def test_published_networks_have_their_sizes() -> None:
    def size(net: Any, n: int) -> dict:
        x = jax.ShapeDtypeStruct((1, n, n, n, 1), jnp.float32)
        return jax.eval_shape(net.init, jax.random.key(0), x)["params"]

    tetris = count(size(VoxelNet(), 36))
    assert tetris.all == 41_566
    assert tetris.all - 253 == tetris.N + 8 == 41_313  # 253 biases of scalars, 8 of logits
    assert count(size(VoxelCNN(), 36)).all == 6_220_882
    fields = ((8, 4, 2), (8, 4, 2), (16, 8, 4), (16, 8, 4), *((32, 16, 8),) * 3, (512,))
    shrec = VoxelNet(
        classes=55, fields=fields, strides=(2, 1) * 4, smooth=False, norm=True, padding=4
    )
    assert count(size(shrec, 64)).N + 55 == 142_041


def test_a_turn_by_45_degrees_twice_is_nearly_one_by_90() -> None:
    z = gaussian_filter(noise(11, 3), (0, 2, 2, 2, 0))
    z *= np.exp(-np.square(np.indices((11, 11, 11)) - 5).sum(0) / 8)[..., None]
    R = Rotation.from_euler("z", 45, degrees=True).as_matrix()
    twice = turned(turned(z, R, "1o"), R, "1o")
    once = turned(z, R @ R, "1o")
    assert np.linalg.norm(twice - once) < 0.25 * np.linalg.norm(once)
    np.testing.assert_allclose(turned(turned(z, CUBE[3]), CUBE[3].T), z)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Shells(4), "no middle"),
        (lambda: Shells(5, sigma=0), "sigma"),
        (lambda: VoxelNet(fields=("4x0q",), strides=(1,)), "unknown irreps '4x0q'"),
        (lambda: VoxelNet(fields=((2, 2),), strides=(1,)), "turn"),
        (lambda: VoxelNet(fields=((2,),)), "1 layers and 4 strides"),
        (lambda: VoxelNet(nonlinearity="relu"), "unknown nonlinearity"),
        (lambda: VoxelNet().init(jax.random.key(0), jnp.ones((1, 8, 8, 1))), "voxels"),
        (
            lambda: VoxelCNN(padding=0).init(jax.random.key(0), jnp.ones((1, 4, 4, 4, 1))),
            "finds no room",
        ),
        (lambda: kernel(jnp.ones(2), "0e", "0e", Shells(5)), "3 weights"),
        (lambda: kernel(jnp.ones(0), "1o", "0e", Shells(1)), "no kernel leads"),
        (lambda: turned(np.ones((1, 4, 4, 5, 1)), np.eye(3)), "voxels"),
        (lambda: turned(np.full((1, 3, 3, 3, 1), np.nan), np.eye(3)), "NaN"),
        (lambda: turned(np.ones((1, 3, 3, 3, 1)), np.ones((3, 3))), "no rotation"),
        (lambda: turned(np.ones((1, 3, 3, 3, 1)), np.eye(3), "1o"), "3 channels"),
        (lambda: nonlinear.after("norm", jnp.ones(4), "0e+1o", jax.nn.relu), "betas"),
        (lambda: nonlinear.split(jnp.ones(4), "1o"), "3 channels"),
    ],
)
def test_what_cannot_be_is_refused(make: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        make()
