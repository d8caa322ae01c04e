"""Ten claims turned wrong on purpose: none may read *reproduced*, as all do where right."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from claims.core.register import Verdict
from tests.made_up.curves import image_curves, learning_curves
from tests.made_up.features import random_features
from tests.made_up.judged import judged
from tests.made_up.kernel_curves import kernel_curves
from tests.made_up.scans import a_scan, of_wide
from tests.made_up.teachers import taught

RNG = np.random.default_rng(0)
Made = Callable[[], xr.Dataset]


def scan() -> xr.Dataset:
    return a_scan(seeds=20)


def with_errors(found: xr.Dataset, of: Callable[[xr.DataArray], xr.DataArray]) -> xr.Dataset:
    """All of its test errors changed."""
    names = [str(name) for name in found if "error" in str(name)]
    return found.assign({name: of(found[name]) for name in names})


def chance(x: xr.DataArray) -> xr.DataArray:
    """As after shuffled labels: 1/2, with the noise of a test set."""
    return x.copy(data=0.5 + 0.01 * RNG.standard_normal(x.shape))


def backwards(found: xr.Dataset, dim: str) -> xr.Dataset:
    """What was measured at one end of an axis for the other: groups swapped, powers of wrong sign.

    What theory says of each place stays.
    """
    return found.map(
        lambda x: x.copy(data=np.flip(x.values, x.dims.index(dim))) if dim in x.dims else x
    )


# the claim, what makes it true, and what is done to that
WRONG: dict[str, tuple[str, Made, Callable[[xr.Dataset], xr.Dataset]]] = {
    "shuffled labels: double descent": ("D1b", scan, lambda x: with_errors(x, chance)),
    "shuffled labels: a flat ensemble": ("S18a", scan, lambda x: with_errors(x, chance)),
    "a wrong exponent of the variance": (
        "S4",
        scan,
        lambda x: x.assign(deviation_test=x.deviation_test**2),
    ),
    "halved sample: four networks": ("S7", scan, lambda x: x.isel(seed=slice(4))),
    "no scatter between boundaries": (
        "S6",
        scan,
        lambda x: x.assign(delta=x.delta * 0 + RNG.uniform(1, 2, x.delta.shape)),
    ),
    "a kernel that does not fluctuate less": (
        "S11",
        of_wide,
        lambda x: backwards(x, "h"),
    ),
    "feature and lazy exchanged": (
        "P5c",
        lambda: image_curves(sets=6),
        lambda x: x.assign(feature=x.lazy, lazy=x.feature),
    ),
    "shuffled labels: kernels": (
        "KER1",
        kernel_curves,
        lambda x: with_errors(x, chance).assign(mse=1 + 0.01 * x.mse),
    ),
    "a wrong exponent: lazy where features are learnt": (
        "P6b",
        lambda: learning_curves(feature=9 / 13, sets=6),
        lambda x: x.assign(
            feature=x.lazy.copy(data=x.lazy.mean("init").values[..., None] * np.ones(2))
        ),
    ),
    "a peak at another width": (
        "X1",
        random_features,
        lambda x: x.assign_coords(h=2 * x.h),
    ),
    "swapped groups: dimensions of teachers": ("KER4", taught, lambda x: backwards(x, "case")),
}


@pytest.mark.parametrize("how", WRONG)
def test_none_reads_reproduced(how: str) -> None:
    id, made, wrong = WRONG[how]
    right = made()
    assert judged(id, right)[1] is Verdict.REPRODUCED, judged(id, right)
    number, found = judged(id, wrong(right))
    assert found is not Verdict.REPRODUCED, number
