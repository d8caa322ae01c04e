"""Claims on equivariant networks, on made-up results, true and false."""

from typing import Any

import jax
import jax.numpy as jnp
import pytest

from claims.core.register import Verdict
from claims.equivariance.sphere import sizes, weights
from jamming.equivariant.sphere.spherical import SphereNet
from tests.made_up.equivariance import (
    bundles,
    digits,
    errors,
    molecules,
    nonlinearities,
    points,
    proteins,
    shapes,
    solids,
    voxels,
)
from tests.made_up.judged import OPEN, RIGHT, WRONG, judged


@pytest.mark.parametrize(
    ("id", "results", "due"),
    [
        ("SPH5", errors(), RIGHT),
        ("SPH5", errors(linear=0.01), WRONG),
        ("SPH5a", errors(), RIGHT),
        ("SPH5a", errors(growth=0.5), WRONG),
        ("SPH5a", errors(growth=-0.5), WRONG),
        ("PTS2", points(), RIGHT),
        ("PTS2", points(odd=0.99), WRONG),
        ("PTS2a", points(), RIGHT),
        ("PTS2a", points(even=1.5), WRONG),
        ("PTS3", bundles(), RIGHT),
        ("PTS3", bundles((0.4, -0.4, 0.2)), WRONG),
        ("PTS3", bundles((0.4, 0.4, 0.002)), OPEN),
        ("STE4", voxels(), RIGHT),
        ("STE4", voxels(accuracy=(0.8, 0.3)), WRONG),
        ("STE4", voxels(accuracy=(0.95, 0.3)), OPEN),
        ("STE4a", voxels(), RIGHT),
        ("STE4a", voxels(accuracy=(0.98, 0.6)), WRONG),
        ("STE4b", voxels(), RIGHT),
        ("STE4b", voxels(without=(0.9, 0.3)), WRONG),
        ("STE4c", voxels(), RIGHT),
        ("STE4c", voxels(accuracy=(0.5, 0.4)), WRONG),
        ("STE5", voxels(), RIGHT),
        ("STE5", voxels(error=(0.1, 0.12)), WRONG),
        *((f"STE6{part}", solids(), RIGHT) for part in ("", "a", "b")),
        ("STE6", solids(steerable=(0.05, 0.3, 0.08)), WRONG),
        ("STE6a", solids(steerable=(0.05, 0.05, 0.5)), WRONG),
        ("STE6b", solids(cnn=(0.05, 0.05, 0.02)), WRONG),
        ("STE8", proteins(), RIGHT),
        ("STE8", proteins((0.2, -0.2, 0.1)), WRONG),
        ("STE8", proteins((0.2, 0.2, 0.002)), OPEN),
        ("STE10", nonlinearities(), RIGHT),
        ("STE10", nonlinearities((0.2, 0.1)), WRONG),
        *((f"SPH6{part}", digits(), RIGHT) for part in ("", "a", "b", "c", "d")),
        ("SPH6", digits(spherical=(0.05, 0.05, 0.2)), WRONG),
        ("SPH6", digits(spherical=(0.05, 0.05, 0.1)), OPEN),
        ("SPH6a", digits(spherical=(0.05, 0.2, 0.2)), WRONG),
        ("SPH6b", digits(spherical=(0.2, 0.05, 0.2)), WRONG),
        ("SPH6c", digits(planar=(0.1, 0.1, 0.5)), WRONG),
        ("SPH6d", digits(planar=(0.1, 0.1, 0.5)), WRONG),
        ("SPH7", None, RIGHT),
        ("SPH8", shapes(), RIGHT),
        ("SPH8", shapes(spherical=(0.05, 0.05, 0.2)), WRONG),
        ("SPH8a", shapes(), RIGHT),
        ("SPH8a", shapes(planar=(0.05, 0.05, 0.06)), WRONG),
        ("SPH9", molecules(), RIGHT),
        ("SPH9", molecules(spherical=45.0), WRONG),
        ("SPH9", molecules(spherical=39.9), OPEN),
        ("SPH9a", molecules(), RIGHT),
        ("SPH9a", molecules(spherical=45.0), WRONG),
        ("SPH10", digits(), RIGHT),
        ("SPH10", digits(zonal=(0.03, 0.03, 0.03)), WRONG),
    ],
)
def test_a_claim_is_what_its_results_are(id: str, results: Any, due: Verdict) -> None:
    found, said = judged(id, results)
    assert said is due, found


def test_errors_of_seeds_that_differ_leave_flatness_open() -> None:
    found = errors(growth=0.2)
    # in half of the seeds errors grow faster
    found.error.loc[{"finer": 1, "seed": slice(4, None)}] *= found.depth**0.25
    assert judged("SPH5a", found)[1] is OPEN


def test_numbers_are_those_of_the_results() -> None:
    assert judged("SPH5a", errors(growth=0.2))[0].value == pytest.approx(6**0.2)
    assert judged("SPH10", digits(noise=0))[0].value == pytest.approx(0.14)
    assert judged("SPH9", molecules(noise=0))[0].value == pytest.approx(0.75)
    assert judged("SPH6b", digits(noise=0))[0].value == pytest.approx(0.01)


def test_parameters_are_counted_as_networks_have_them() -> None:
    pytest.importorskip("s2fft", reason="transforms on the sphere are in the extra `equivariant`")
    net = SphereNet(bandwidths=(3, 2), channels=(2, 3), filters="equator", alphas=None, classes=5)
    x = jnp.ones((1, 8, 7, 4))
    params = jax.eval_shape(net.init, jax.random.key(0), x)["params"]
    biases = [params.pop(f"conv{i}_bias").size for i in (1, 2)]
    assert biases == [2, 3]
    assert weights(net, 4, 4) == sum(leaf.size for leaf in jax.tree.leaves(params))
    # one more weight would be seen
    assert sizes(published=[68106, 58309, 1398105]).value == 1
