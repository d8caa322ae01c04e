"""What is given by mistake is refused in one line, which says what it is."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.images import estimators, fields, filters, noise, splines, stability, warp

pytestmark = pytest.mark.usefixtures("unannotated")

KEY = jax.random.key(0)
X = np.random.default_rng(0).normal(size=(4, 6, 5, 1))
F = np.random.default_rng(1).normal(size=(4, 3))
NAN = np.where(np.arange(4)[:, None] == 2, np.nan, F)


def flat(x: Any) -> Any:
    return x.reshape(len(x), -1)


def stable(apply: Any, x: Any = X, **how: Any) -> Any:
    return stability.stability(apply, x, KEY, **({"c": 1} | how))


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "no mode": (lambda: fields.modes(0), "c = 0"),
    "half a cut-off": (lambda: fields.modes(2.5), "c = 2.5"),
    "no temperature": (lambda: fields.sample_field(KEY, 8, 3, 0.0), "temperature T must be above"),
    "T < 0": (lambda: fields.coefficients(KEY, 3, -1.0), "temperature T"),
    "T = nan": (lambda: fields.sample_field(KEY, 8, 3, np.nan), "temperature T must be finite"),
    "T = 'hot'": (lambda: fields.displacement("hot", 8, 3), "temperature T"),
    "T = inf": (lambda: fields.outside(np.inf, 8, 3), "temperature T"),
    "one pixel": (lambda: fields.sample_field(KEY, 1, 3, 0.1), "n, the pixels a side"),
    "three sides": (lambda: fields.window((8, 8, 8), 3), "2 sides, not 3"),
    "c > n": (lambda: fields.sample_field(KEY, 8, 9, 0.1), "c = 9 is too large"),
    "unknown mode": (lambda: fields.temperature(1.0, 8, 3, "centered"), "unknown mode"),
    "gradient at a point": (lambda: fields.mean_square_gradient(1, 3, "centre"), "unknown mode"),
    "ln 1": (lambda: fields.displacement(1.0, 8, 1, "asymptotic"), "c = 1 is 0"),
    "delta < 0": (lambda: fields.temperature(-1, 8, 3), "delta"),
    "no key": (lambda: fields.sample_field(0, 8, 3, 0.1), "key"),  # type: ignore[arg-type]
    "no channels": (lambda: warp.warp(X[0, ..., 0], np.zeros((2, 6, 5))), r"\[\.\.\., H, W, C\]"),
    "other field": (lambda: warp.warp(X, np.zeros((2, 5, 6))), "field has shape"),
    "other batch": (lambda: warp.warp(X, np.zeros((3, 2, 6, 5))), "field has shape"),
    "nan field": (lambda: warp.warp(X, np.full((2, 6, 5), np.nan)), "NaN in field"),
    "nan image": (lambda: warp.warp(np.nan * X, np.zeros((2, 6, 5))), "NaN in images"),
    "cubic": (lambda: warp.warp(X, np.zeros((2, 6, 5)), "cubic"), "unknown interpolation"),
    "T downwards": (lambda: warp.augmentation(KEY, X, T=(1, 0.1)), "lowest, highest"),
    "no range": (lambda: warp.augmentation(KEY, X, c=(1, 2, 3)), "lowest, highest"),
    "one image": (lambda: warp.augmentation(KEY, X[0]), "images has shape"),
    "one point": (lambda: splines.sample_spline_field(KEY, 8, 1, 1.0), "control points"),
    "m < 0": (lambda: splines.sample_spline_field(KEY, 8, 3, -1.0), "m, a displacement"),
    "radius < 0": (lambda: noise.sphere_noise(KEY, X, -1.0), "negative"),
    "radii": (lambda: noise.sphere_noise(KEY, X, np.ones(3)), "radius has shape"),
    "radius nan": (lambda: noise.sphere_noise(KEY, X, np.nan), "radius"),
    "no pixels": (lambda: noise.sphere_noise(KEY, np.ones(3), 1.0), "images are"),
    "nan outputs": (lambda: estimators.relative_stability(F, NAN, F), r"NaN in outputs: .*row 2"),
    "constant": (lambda: estimators.relative_stability(0 * F, F, F), "constant"),
    "deaf": (lambda: estimators.relative_stability(F, 2 * F, F), "do not respond to noise"),
    "unlike": (lambda: estimators.relative_stability(F, F[:3], F), "outputs has shape"),
    "single": (lambda: estimators.relative_stability(F[:1], F[:1], F[:1]), "2 images at least"),
    "mode": (lambda: estimators.relative_stability(F, F, F, estimator="max"), "estimator"),
    "log 0": (lambda: estimators.log_average([1.0, 0.0]), "positive"),
    "no direction": (lambda: estimators.cosine_distance(F * [[0], [1], [1], [1]], F), "zero"),
    "one direction": (lambda: estimators.cosine_distance(0 * F + 1, F), "the same"),
    "zero filters": (lambda: filters.total_variation(np.zeros((3, 3, 1, 1))), "zero"),
    "flat filters": (lambda: filters.total_variation(np.ones((3, 3))), "W has shape"),
    "sigma < 0": (lambda: filters.smoothed(np.ones((3, 3, 1, 1)), -1), "sigma"),
    "nan of a net": (lambda: stable(lambda x: flat(x) * jnp.nan), "NaN in outputs"),
    "constant net": (lambda: stable(lambda x: 0 * flat(x)), "constant"),
    "sums": (lambda: stable(lambda x: x.sum()), r"apply gives \[\] of 4 images"),
    "layers": (lambda: stable(lambda x: {"a": flat(x)}), "layer_stability"),
    "no layers": (lambda: stability.layer_stability(flat, X, KEY, c=1), "use stability"),
    "grey": (lambda: stable(flat, X[..., 0]), "images has shape"),
    "none": (lambda: stable(flat, X[:0]), "no images"),
    "block": (lambda: stable(flat, block=0), "block"),
    "words": (lambda: stable(flat, noise="some"), "unknown noise"),
    "silence": (lambda: stable(flat, noise=0), "norm of eta"),
    "delta": (lambda: stable(flat, delta=np.nan), "delta"),
    "cut-off": (lambda: stable(flat, c=0), "c = 0"),
}


@pytest.mark.parametrize("name", WRONG)
def test_it_is_refused(name: str) -> None:
    call, words = WRONG[name]
    with pytest.raises(BadInput, match=words) as refused:
        call()
    assert "\n" not in str(refused.value)
