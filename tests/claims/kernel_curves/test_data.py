"""The claims on kernels of real data, on made-up results that are true and false."""

from typing import Any

import pytest

from claims.core.register import Verdict
from tests.made_up.judged import OPEN, RIGHT, WRONG, judged
from tests.made_up.kernel_curves import kernel_curves, neighbours


def stripes(svm: float, dataset: str = "stripe5", **how: Any) -> Any:
    """Of one kernel."""
    found = kernel_curves(svm=svm, **how).isel(kernel=[0])
    return found.assign_attrs(dataset=dataset)


SIGMAS = (10.0, 100.0, 1000.0, 1e4)


@pytest.mark.parametrize(
    ("id", "results", "due"),
    [
        ("KER1", kernel_curves(), RIGHT),
        ("KER1", kernel_curves(0.3), WRONG),
        ("KER1", kernel_curves(0.46, noise=0.1), OPEN),
        ("KER1a", kernel_curves(), RIGHT),
        ("KER1a", kernel_curves(svm=0.6), WRONG),
        ("KER2", kernel_curves(0.1), RIGHT),
        ("KER2", kernel_curves(0.2), WRONG),
        ("KER3", kernel_curves(sigma=SIGMAS), RIGHT),
        ("KER3", kernel_curves(sigma=SIGMAS, flat=500.0), WRONG),
        ("KER3a", kernel_curves(sigma=SIGMAS, flat=500.0), RIGHT),
        ("KER3a", kernel_curves(sigma=SIGMAS, flat=2000.0), WRONG),
        ("KER3b", kernel_curves(sigma=SIGMAS, flat=500.0), RIGHT),
        ("KER3b", kernel_curves(sigma=SIGMAS, noise=0.05), OPEN),
        ("KER10", kernel_curves(), RIGHT),
        ("KER10", kernel_curves(tail=0.6), WRONG),
        ("KER10a", kernel_curves(0.1), RIGHT),
        ("KER10a", kernel_curves(0.1, gaussian=0.2), WRONG),
        ("KER10b", kernel_curves(), RIGHT),
        ("KER10b", kernel_curves().assign(predicted=2 * kernel_curves().predicted), WRONG),
        ("KER10c", kernel_curves(), RIGHT),
        ("KER11", neighbours(), RIGHT),
        ("KER11", neighbours(mnist=20.0), WRONG),
        ("KER11", neighbours(mnist=16.5, noise=0.02), OPEN),
        ("KER11a", neighbours(), RIGHT),
        ("KER11a", neighbours(cifar10=20.0), WRONG),
        ("KER12", neighbours(), RIGHT),
        ("KER12", neighbours(spheres=0.9), WRONG),
        ("KER12a", neighbours(), RIGHT),
        ("KER12a", neighbours(largest=1.0), WRONG),
        ("KER13", kernel_curves(), RIGHT),
        ("KER13", kernel_curves(lam=0.7), WRONG),
        ("KER13a", kernel_curves(), RIGHT),
        ("KER13a", kernel_curves(lam=0.7), WRONG),
        ("KER16", kernel_curves(), RIGHT),
        ("KER16", kernel_curves(svm=0.7), WRONG),
        ("KER16a", kernel_curves(), RIGHT),
        ("KER16a", kernel_curves(-0.1), WRONG),
        ("P6a", stripes(0.385), RIGHT),
        ("P6a", stripes(0.5), WRONG),
        ("P6a", stripes(0.43, noise=0.05), OPEN),
        ("P6d", stripes(0.385, "cylinder5"), RIGHT),
        ("P6d", stripes(0.5, "cylinder5"), WRONG),
        ("P10a", kernel_curves(), RIGHT),
        ("P10a", kernel_curves(0.6), WRONG),
        ("P10a", kernel_curves(0.49, noise=0.05), OPEN),
        ("P10e", kernel_curves(0.6, svm=0.4), RIGHT),
        ("P10e", kernel_curves(svm=0.6), WRONG),
        ("P10f", kernel_curves(svm=0.1), RIGHT),
        ("P10f", kernel_curves(0.1, svm=0.4), WRONG),
        ("P10b", kernel_curves(0.1), RIGHT),
        ("P10b", kernel_curves(0.3), WRONG),
        ("P10c", neighbours(14.0), RIGHT),
        ("P10c", neighbours(25.0), WRONG),
        ("P10d", neighbours(cifar10=30.0), RIGHT),
        ("P10d", neighbours(cifar10=45.0), WRONG),
    ],
)
def test_a_claim_is_what_its_results_are(id: str, results: Any, due: Verdict) -> None:
    found, said = judged(id, results)
    assert said is due, found


def test_numbers_are_those_of_the_results() -> None:
    exact = kernel_curves(0.37, svm=0.45, noise=0.0)
    assert judged("KER1", exact)[0].value == pytest.approx(0.41)
    assert judged("KER1a", exact)[0].value == pytest.approx(0.08)
    assert judged("KER16", exact)[0].value == pytest.approx(0.45)
    # of the mean of both kernels' errors, that with the smaller exponent counts for more
    both = judged("P10a", kernel_curves(0.3, gaussian=0.2, noise=0.0))[0].value
    assert 0.3 < both < 0.4
    # the terms in 1 / m are gone
    assert judged("KER13", exact)[0].value == pytest.approx(1.9375, abs=2e-3)
    assert judged("KER10", exact)[0].value == pytest.approx(0.0, abs=0.01)
    assert judged("KER11", neighbours(15.3, noise=0.0))[0].value == pytest.approx(15.3)
    assert judged("KER12", neighbours(spheres=0.97, noise=0.0))[0].value == pytest.approx(0.97)


@pytest.mark.parametrize("id", ["KER1", "KER3", "KER10", "KER13", "P10a", "KER11"])
def test_too_little_says_so(id: str) -> None:
    """Two P or two draws less than there must be, no kernel PCA."""
    few = kernel_curves(sizes=(100, 200), points=(), sigma=SIGMAS)
    results = neighbours(sizes=(100, 200)) if id == "KER11" else few
    found, said = judged(id, results)
    assert found.value is None
    assert said is Verdict.NOT_TESTED
