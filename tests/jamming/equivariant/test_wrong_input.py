"""What a newcomer gives by mistake is refused in one line, and is never a wrong number."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.equivariant.data import chains, meshes, molecules, tetris
from jamming.equivariant.error import equivariance_error
from jamming.equivariant.euclidean import points, steerable, voxels
from jamming.equivariant.finite import groups, planar, representations, taxonomy
from jamming.equivariant.sphere import atoms, correlations, rotations, spherical, transforms

S3, ONES = groups.symmetric(3), jnp.ones((2, 3))
TRIANGLE = meshes.Mesh(np.eye(3) / 2, [[0, 1, 2]])
PAIR = molecules.Molecules([[[0.0, 0, 0], [1, 0, 0]]], [[9, 1]])
ALONE = molecules.Molecules([[[0.0, 0, 0]]], [[1]])
SHEARED = np.array([[2, 0], [0, 1]])


def same(x: Any) -> Any:
    return x


def begun(net: Any, *shape: int) -> Any:
    return net.init(jax.random.key(0), jnp.ones(shape))


def coefficients(*shape: int) -> jax.Array:
    return jnp.ones(shape, jnp.complex64)


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "no function": (lambda: equivariance_error(same, ONES, [3]), "give a function"),
    "three functions": (
        lambda: equivariance_error(same, ONES, [(same,) * 3]),
        "or a pair",
    ),
    "one output of all": (lambda: equivariance_error(jnp.sum, ONES, [same]), "outputs of 2 inputs"),
    "fewer outputs": (lambda: equivariance_error(lambda x: x[:1], ONES, [same]), "shape [1, 3]"),
    "no inputs": (lambda: equivariance_error(same, ONES[:0], [same]), "one input at least"),
    "a line of samples": (lambda: transforms.from_sphere(jnp.ones(5)), "no bandwidth"),
    "an odd grid": (lambda: transforms.from_sphere(jnp.ones((5, 4))), "no bandwidth"),
    "coefficients": (lambda: transforms.to_sphere(coefficients(3, 4)), "[..., b, 2 b - 1]"),
    "of rotations": (lambda: transforms.to_rotations(coefficients(3, 5)), "not [3, 5]"),
    "half a bandwidth": (lambda: transforms.sphere_points(2.5), "whole number"),
    "no bandwidth": (lambda: transforms.rotation_points(0), "at least 1"),
    "channels of filters": (
        lambda: correlations.on_sphere(coefficients(2, 3, 5), coefficients(4, 1, 3, 5)),
        "do not fit",
    ),
    "bandwidth of filters": (
        lambda: correlations.on_rotations(coefficients(2, 5, 3, 5), coefficients(2, 1, 3, 2, 3)),
        "do not fit",
    ),
    "cut of a grid": (lambda: correlations.cut(coefficients(3, 4), 2), "cannot be cut"),
    "half as fine": (
        lambda: correlations.pointwise(coefficients(3, 2, 3), jax.nn.relu, 0),
        "finer = 0",
    ),
    "many rotations": (
        lambda: correlations.rotated(coefficients(2, 3), np.zeros((4, 3))),
        "of one rotation",
    ),
    "one place": (lambda: correlations.Places(3.0), "[places, 2 or 3]"),
    "a basis of nothing": (lambda: correlations.near_pole().basis(0), "at least 1"),
    "half an order": (lambda: rotations.wigner_d(1.5, 0.3), "whole number"),
    "an order below 0": (lambda: rotations.wigner(-1, np.zeros(3)), "at least 0"),
    "no layers": (lambda: spherical.SphereNet(bandwidths=(), channels=()), "give 1 at least"),
    "spheres alone": (lambda: begun(atoms.AtomsNet(), 1, 2, 6, 5, 5), "a pair"),
    "no stride": (lambda: steerable.subsampled(jnp.ones((1, 4, 4, 4, 1)), 0), "stride = 0"),
    "a stride beyond the voxels": (
        lambda: steerable.subsampled(jnp.ones((1, 4, 4, 4, 1)), 5),
        "more than the 4 voxels",
    ),
    "such a stride of a network": (
        lambda: begun(
            voxels.VoxelCNN(channels=(2,), strides=(9,), padding=2, smooth=False), 1, 5, 5, 5, 1
        ),
        "finds no room",
    ),
    "around": (lambda: points.PointNet(3, around=3), "give Around"),
    "no points": (lambda: points.PointNet(3).apply({}, jnp.ones((1, 0, 3))), "one point"),
    "a ragged table": (lambda: groups.Group([[0, 1], [1]]), "different lengths"),
    "ragged generators": (lambda: groups.generated([[0, 1], [0]]), "different lengths"),
    "an action to nowhere": (
        lambda: groups.semidirect(groups.cyclic(3), groups.cyclic(2), lambda h, a: a + 1),
        "at most 2",
    ),
    "a subgroup of a half": (lambda: representations.trivial(S3, (0, 0.5)), "whole number"),
    "oblong matrices": (
        lambda: representations.Representation(S3, (0,), np.ones((1, 2, 3))),
        "dim, dim",
    ),
    "a sum of nothing": (lambda: representations.direct_sum(), "give 1 at least"),
    "of two subgroups": (
        lambda: representations.multiplicity(
            representations.trivial(S3, (0,)), representations.trivial(S3, S3.whole)
        ),
        "one subgroup",
    ),
    "a type of fields": (
        lambda: taxonomy.StandIn("p4", 2, "regular", "spinor").fields(),
        "spinor",
    ),
    "a shear of pixels": (lambda: planar.moved(jnp.ones((3, 3, 1)), SHEARED), "permute pixels"),
    "an element beyond": (
        lambda: planar.moved_field(jnp.ones((3, 3, 4, 1)), 9, "p4"),
        "at most 3",
    ),
    "elements of a field": (
        lambda: planar.moved_field(jnp.ones((3, 3, 3, 1)), 1, "p4"),
        "has 4 elements",
    ),
    "matrices that stretch": (
        lambda: chains.density(chains.Chains(np.eye(3)[None]), 5, 2 * np.eye(3)[None]),
        "no rotations",
    ),
    "a charge of no type": (lambda: molecules.coulomb_spheres(PAIR, 2, 0.3), "charges [9]"),
    "atoms alone": (lambda: molecules.radius_without_intersections(ALONE), "two atoms"),
    "an open surface": (lambda: meshes.filled(TRIANGLE, 5), "closed surface"),
    "a mesh in millimetres": (
        lambda: meshes.filled(meshes.Mesh(100 * np.eye(3), [[0, 1, 2]]), 5),
        "`centred`",
    ),
    "pieces beyond the grid": (lambda: tetris.voxels([3], 5, cube=4.0), "more voxels"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_line_says_what_is_wrong(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # types and shapes of arguments are checked by the tests alone
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    give, said = WRONG[case]
    with pytest.raises(BadInput) as refused:
        give()
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
