"""Figures of teachers and students: what is drawn is what the results have."""

import numpy as np
import pytest

from analysis.kernel_curves import lattice, teacher
from tests.made_up.artists import bars, legend, lines
from tests.made_up.teachers import latticed, smooth, stretched, taught

pytestmark = pytest.mark.usefixtures("coarse")


def test_curves_and_exponents_of_several_dimensions() -> None:
    found = taught(ratio=1.2)
    curves, exponents = teacher.figure(found).axes
    for i, shown in enumerate(bars(curves)):
        np.testing.assert_allclose(shown.y, found.mse.isel(case=i, jitter=0).mean("seed"))
    np.testing.assert_allclose(lines(curves, "-")[1][1], found.replica.isel(case=1, jitter=0))
    # the theorem, through the last point
    x, y = lines(curves, "--")[1][:2]
    assert np.log(y[0] / y[-1]) / np.log(x[-1] / x[0]) == pytest.approx(0.5)
    assert legend(curves) == [f"$d = {d}$" for d in (1, 2, 3, 4)]
    (shown,) = bars(exponents)
    np.testing.assert_allclose(shown.y, found.exponent.isel(jitter=0))
    np.testing.assert_allclose(lines(exponents, "--")[0][1], [1, 1 / 2, 1 / 3, 1 / 4])


def test_exponents_of_several_nu() -> None:
    found = taught("matern", d=(1,), nu=(0.25, 1.0, 3.0))
    _, exponents = teacher.figure(found).axes
    x, y = lines(exponents, "--")[0][:2]
    np.testing.assert_allclose(x, [0.25, 1.0, 3.0])
    np.testing.assert_allclose(y, [0.5, 2.0, 4.0])


def test_errors_against_the_jitter() -> None:
    found = smooth()
    curves, jitters = teacher.figure(found).axes
    assert len(bars(curves)) == 3
    for shown, n in zip(bars(jitters), found.n.values, strict=True):
        np.testing.assert_allclose(shown.x, found.jitter)
        np.testing.assert_allclose(shown.y, found.mse.isel(case=0).sel(n=n).mean("seed"))


def test_errors_that_fall_faster_than_any_power_and_rounding() -> None:
    found = stretched(least=1e-6)
    _, straight = teacher.figure(found).axes
    (shown,) = bars(straight)
    mean = found.mse.isel(case=0, jitter=0).mean("seed").values
    known = (found.mse > 1e-6).all("seed").isel(case=0, jitter=0).values
    np.testing.assert_allclose(shown.x, found.n.values[known] ** (1 / 3))
    np.testing.assert_allclose(shown.y, mean[known])
    assert 1 < known.sum() < known.size


def test_lattice() -> None:
    found = latticed(off=0.1)
    first, second, exponents = lattice.figure(found).axes
    for ax, d in ((first, 1), (second, 2)):
        for shown, nu in zip(lines(ax, "-"), found.nu.values, strict=True):
            np.testing.assert_allclose(shown[1], found.mse.sel(d=d, nu=nu))
    np.testing.assert_allclose(lines(exponents, "--")[1][1], found.theorem.sel(d=2))
