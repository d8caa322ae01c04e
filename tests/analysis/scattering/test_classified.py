"""The figures of scattering coefficients: what is drawn is what the results have."""

import numpy as np
import pytest

from analysis.scattering import classified, coefficients
from sweeps.scattering.classified import BEFORE
from tests.made_up import scattering
from tests.made_up.artists import bars, legend, shows

pytestmark = pytest.mark.usefixtures("coarse")


def test_errors_and_distances() -> None:
    found = scattering.classified()
    linear, gaussian, moved = classified.figure(found).axes
    for ax, kind in ((linear, "linear"), (gaussian, "Gaussian")):
        error = 100 * found.error.sel(classifier=kind).transpose("feature", "seed").values
        for one, J in zip(bars(ax), (2, 3), strict=True):
            shows(one, [0, 1, 2], error[found.J.values == J])
        levels = [line.get_ydata()[:1] for line in ax.lines if line.get_label() in BEFORE]
        np.testing.assert_allclose(np.concatenate(levels), error[found.J.values == 0].mean(1))
    assert legend(moved)[:2] == ["pixels", "Fourier modulus"]
    D = found.D.isel(feature=1).transpose("delta", "seed").values
    np.testing.assert_allclose(bars(moved)[1].y, np.exp(np.log(D).mean(1)))


def test_coefficients() -> None:
    found = scattering.classified()
    axes = coefficients.figure(found).axes
    shown = [ax.images[0].get_array() for ax in axes]
    np.testing.assert_allclose(shown[0], found.image[0, 0, :, :, 0])
    np.testing.assert_allclose(shown[1], found.coefficient[0, 0, 0, 0])
    tiles = np.ma.filled(shown[5], np.nan)  # of the second image: angles in rows, octaves in blocks
    assert tiles.shape == (2 * 4, 3 * 4 * 4)
    np.testing.assert_allclose(tiles[4:7, 4:7], found.coefficient[0, 1, 1 + 5, 0])
    np.testing.assert_allclose(tiles[:3, 16:19], found.coefficient[0, 1, 1 + 8, 0])
