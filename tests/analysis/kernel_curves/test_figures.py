"""The figures of the chapter: their lines are the numbers of the results."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import xarray as xr

from analysis.kernel_curves import curves, neighbours, spectra
from tests.made_up import kernel_curves as made_up
from tests.made_up.artists import bars, drawn_by, legend, lines, scales, shows

pytestmark = pytest.mark.usefixtures("coarse")


def test_learning_curves_and_what_was_predicted() -> None:
    found = made_up.kernel_curves(svm=0.5, noise=1e-4)
    errors, wrong = curves.figure(found).axes
    for ax, name, said in ((errors, "mse", "0.400"), (wrong, "svm_error", "0.500")):
        for drawn, kernel in zip(bars(ax), made_up.KERNELS, strict=True):
            shows(drawn, made_up.P, found[name].sel(kernel=kernel, sigma=1000).values.T)
            assert drawn.label.startswith(rf"{kernel}: $\beta = {said}")
        assert scales(ax) == ("log", "log")
        assert min(lines(ax, "-")[0][0]) == 400  # the last decade
    # known up to 2000 / 4, and there extrapolated to the whole
    (x, y), *_ = lines(errors, "--")
    known = np.isfinite(y)
    np.testing.assert_array_equal(x[known], [100, 200, 400])
    np.testing.assert_allclose(y[known], found.mse.isel(kernel=0, sigma=0).mean("seed")[:3])
    assert "predicted from kernel PCA" in legend(errors)
    assert errors.get_title() == r"mnist, $\sigma = 1000$"


def test_several_lengths_without_machines_or_spectra() -> None:
    found = made_up.kernel_curves(sigma=(10.0, 1000.0), points=())
    found = found.assign(svm_error=found.svm_error * np.nan).sel(kernel=["laplace"])
    errors, wrong = curves.figure(found).axes
    assert len(bars(errors)) == len(bars(wrong)) == 2
    assert not lines(errors, "--")
    shows(bars(wrong)[0], made_up.P, found.error.isel(kernel=0, sigma=0).values.T)


def test_spectra_and_their_limits() -> None:
    found = made_up.kernel_curves(noise=0.0, seeds=4)
    axes = spectra.figure(found).axes
    assert [ax.get_title() for ax in axes[:2]] == [
        r"mnist, laplace: $\theta = 1.937$",
        "$a - 1 = 0.400$",
    ]
    for ax, law in ((axes[0], lambda n: 0.1 * n ** (-16 / 15)), (axes[1], lambda n: n**-0.4)):
        *each, (x, y) = [one for one in lines(ax, "-") if len(one[0]) > len(made_up.P)][:4]
        assert len(each) == len(made_up.POINTS)
        np.testing.assert_allclose(y[np.isfinite(y)], law(x[np.isfinite(y)]), rtol=3e-3)
        assert x[np.isfinite(y)].max() <= 250


def test_neighbours() -> None:
    found = made_up.neighbours(noise=0.0)
    (ax,) = neighbours.figure(found).axes
    assert [one.label.split(" [")[0] for one in bars(ax)] == [
        "mnist: $15.0$",
        "cifar10: $35.0$",
        "sphere, $d = 2$: $2.0$",
        "sphere, $d = 3$: $3.0$",
        "sphere, $d = 5$: $5.0$",
        "sphere, $d = 35$: $28.0$",
    ]
    np.testing.assert_allclose(bars(ax)[0].y, (found.P / 1000.0) ** (-1 / 15))


@pytest.mark.parametrize(
    ("module", "results", "found", "needed"),
    [
        (curves, "kernel_curves.nc", made_up.kernel_curves(), "mse"),
        (spectra, "kernel_curves.nc", made_up.kernel_curves(), "tails"),
        (neighbours, "neighbours.nc", made_up.neighbours(), "nearest"),
    ],
)
def test_commands(
    module: ModuleType,
    results: str,
    found: xr.Dataset,
    needed: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A folder without results is one line and exit code 2; one with them a figure."""
    assert drawn_by(module, [str(tmp_path)]) == 2
    assert "python -m sweeps.kernel_curves" in capsys.readouterr().err
    (tmp_path / results).write_bytes(bytes(found.to_netcdf()))
    assert drawn_by(module, [str(tmp_path)]) == 0
    assert Path(capsys.readouterr().out.strip()).is_file()
    (tmp_path / results).write_bytes(bytes(found.drop_vars(needed).to_netcdf()))
    assert drawn_by(module, [str(tmp_path)]) == 2
    assert "run the sweep again" in capsys.readouterr().err
