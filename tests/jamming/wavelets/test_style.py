"""Images with the covariance of another: limits of the weight, and what the two terms do."""

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.wavelets.style import covariance, styled
from jamming.wavelets.transforms import Scattering2D

SCATTERING = Scattering2D(J=1, shape=16, L=4, max_order=1)
U, V = np.meshgrid(np.arange(16.0), np.arange(16.0), indexing="ij")
CONTENT = np.exp(-((U - 8) ** 2 + (V - 8) ** 2) / 20)
STRIPES = np.cos(np.pi * V / 2)


def test_the_covariance_is_that_over_positions() -> None:
    S = np.asarray(SCATTERING(CONTENT + STRIPES))
    np.testing.assert_allclose(covariance(S), np.cov(S.reshape(5, -1), bias=True), atol=1e-12)


def test_without_weight_the_content_stays() -> None:
    found = styled(CONTENT, STRIPES, SCATTERING, weight=0.0, steps=3)
    np.testing.assert_allclose(found.image, CONTENT, atol=1e-6)
    np.testing.assert_allclose(found.content, 0, atol=1e-20)


def test_the_style_comes_near_and_the_content_is_given_up_for_it() -> None:
    found = styled(CONTENT, STRIPES, SCATTERING, weight=10.0, steps=60)
    assert found.style[-1] < 0.2 * found.style[0]
    assert found.content[0] == 0 < found.content[-1]
    S = np.asarray(SCATTERING(np.asarray(found.image)))
    C = np.asarray(covariance(np.asarray(SCATTERING(STRIPES))))
    by_hand = ((np.asarray(covariance(S)) - C) ** 2).sum() / (C**2).sum()
    assert float(found.style[-1]) == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (CONTENT[:8], {}, "shape"),
        (np.full((16, 16), np.nan), {}, "NaN"),
        (CONTENT, {"weight": -1.0}, "weight"),
        (CONTENT, {"steps": 0}, "steps = 0"),
        (CONTENT, {"lr": 0.0}, "lr"),
    ],
)
def test_what_cannot_be_is_refused(
    content: np.ndarray, options: dict[str, float], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        styled(content, STRIPES, SCATTERING, **options)
