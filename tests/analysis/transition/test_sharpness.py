"""The ends of Hessian spectra: what is drawn is the mean over seeds."""

import numpy as np
import pytest

from analysis.transition.sharpness import figure
from tests.made_up.artists import axis_labels, legend, lines, scales
from tests.made_up.sharpness import TICKS, along_the_flow, sharp

pytestmark = pytest.mark.usefixtures("coarse")


def test_against_steps_are_means_over_seeds_and_the_edge_of_each_rate() -> None:
    found = sharp()
    H, loss, against = figure(found).axes
    assert axis_labels(H) == ("steps", "largest eigenvalue of $H$")
    assert legend(H) == [r"$\eta = 0.1$", r"$\eta = 0.4$"]
    assert scales(loss) == ("log", "log")
    for (_, y), edge in zip(lines(H, ":"), 2 / found.lr.values, strict=True):
        np.testing.assert_allclose(y, edge)
    for i, (x, y) in enumerate(lines(H, "-")):
        mean = np.exp(np.log(found.largest.sel(part="H", order=2).isel(lr=i)).mean("seed"))
        np.testing.assert_allclose([x[0], x[-1]], TICKS[[0, -1]])
        np.testing.assert_allclose([y[0], y[-1]], mean[[0, -1]])
    x, y = lines(loss, "-")[0]
    np.testing.assert_allclose(y, 0.5 * x**-2, rtol=1e-3)
    for (x, y), sign in zip(lines(against, "-")[1:], (1, 0.1), strict=True):
        np.testing.assert_allclose(y, sign * x**0.5, rtol=0.02)


def test_along_the_flow_there_is_no_edge() -> None:
    H, _, against = figure(along_the_flow()).axes
    assert axis_labels(H)[0] == "$t$"
    assert lines(H, ":") == []
    assert r"$\sqrt{\mathcal{L}}$" in legend(against)
