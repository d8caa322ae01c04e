"""Random fields: what is measured of each, against its modes and eigenvalues, and the command."""

from collections.abc import Sequence
from pathlib import Path

import jax
import numpy as np
import pytest
import xarray as xr

from jamming.images import fields
from sweeps.deformations.commands import Fields as Command
from sweeps.deformations.fields import FIELD, RESULTS, Fields, of_field, predicted, summary, sweep
from sweeps.engine.store import Store
from tests.made_up.runs import mtimes

N, C = 12, 4


def jacobians(key: jax.Array) -> np.ndarray:
    """The gradient of tau at each pixel, [pixels, 2, 2]."""
    J = np.asarray(fields.gradient(fields.coefficients(key, C, 1.0), N))
    return np.moveaxis(J.reshape(2, 2, -1), -1, 0)


@pytest.fixture(scope="module")
def several() -> tuple[list[jax.Array], dict[str, np.ndarray]]:
    """Keys of a few fields, and what is measured of them."""
    with jax.enable_x64(True):
        keys = jax.random.split(jax.random.key(3), 20)
        found = jax.jit(jax.vmap(lambda key: of_field(key, N, C)))(keys)
        return list(keys), {name: np.asarray(x) for name, x in found.items()}


def test_integrals_are_sums_over_modes(
    several: tuple[list[jax.Array], dict[str, np.ndarray]],
) -> None:
    """(pi^2/4) sum of C^2 (i^2 + j^2), and sum of C^2 / 4, exactly."""
    squares = np.add.outer(*[np.arange(1, C + 1) ** 2] * 2)
    sign = np.sin(np.arange(1, C + 1) * np.pi / 2)
    for i, key in enumerate(several[0]):
        modes = np.asarray(fields.coefficients(key, C, 1.0))
        found = {name: x[i] for name, x in several[1].items()}
        assert found["gradient"] == pytest.approx(np.pi**2 / 4 * (modes**2 * squares).sum())
        assert found["square"] == pytest.approx((modes**2).sum() / 4)
        at_centre = np.einsum("aij,i,j->a", modes, sign, sign)
        assert found["centre"] == pytest.approx((at_centre**2).sum())


def test_folds_are_where_an_eigenvalue_of_the_gradient_reaches_1(
    several: tuple[list[jax.Array], dict[str, np.ndarray]],
) -> None:
    keys, found = several
    for i, key in enumerate(keys):
        J, fold = jacobians(key), found["fold"][i]
        eigenvalues = np.linalg.eigvals(J)
        real = eigenvalues.real[np.abs(eigenvalues.imag) < 1e-9]
        assert fold == pytest.approx(real.max())
        symmetric = np.linalg.eigvalsh((J + np.moveaxis(J, 1, 2)) / 2)
        assert found["xi"][i] == pytest.approx(symmetric.max())
        assert fold <= found["xi"][i]
        for factor, positive in ((0.999, True), (1.001, False)):  # of sqrt(T)
            determinants = np.linalg.det(np.eye(2) - factor / fold * J)
            assert (determinants > 0).all() == positive


@pytest.mark.parametrize(
    ("c", "gradient", "square", "centre", "formula"),
    [(1, 4.93, 0.25, 1.0, 0.0), (3, 29.6, 0.6125, 1.4, 0.863), (15, 849, 1.683, 2.474, 2.127)],
)
def test_what_is_predicted(
    c: int, gradient: float, square: float, centre: float, formula: float
) -> None:
    found = predicted(c)
    assert found["gradient_exact"] == pytest.approx(gradient, rel=2e-3)
    assert found["gradient_formula"] == pytest.approx(np.pi**3 / 8 * c**2)
    assert found["square_exact"] == pytest.approx(square, rel=1e-3)
    assert found["centre_exact"] == pytest.approx(centre, rel=1e-3)
    assert found["square_formula"] == pytest.approx(formula, abs=1e-3)
    assert found["xi_formula"] == pytest.approx(found["T_max"] ** -0.5)


def test_what_is_measured_is_what_is_predicted_within_its_error(tmp_path: Path) -> None:
    """Of 400 fields; on a finer grid they are the same, and what is kept is not made again."""
    store, specs = Store(tmp_path / "store"), [Fields(n, c, 400, 0) for n in (8, 9) for c in (1, 3)]
    found = sweep(specs, store)
    assert found.gradient.dims == ("n", "c", "field")
    assert found.sizes == {"n": 2, "c": 2, "field": 400}
    for name in ("gradient", "square", "centre"):
        rows = found[name].isel(n=0).values
        error = rows.std(1, ddof=1) / 20
        assert (np.abs(rows.mean(1) - found[f"{name}_exact"].values) < 4 * error).all()
        np.testing.assert_allclose(rows, found[name].isel(n=1), rtol=1e-5)
    assert not np.array_equal(found.xi.isel(n=0), found.xi.isel(n=1))
    assert (found.fold <= found.xi * (1 + 1e-6)).all()
    before = mtimes(store.folder)
    xr.testing.assert_identical(sweep(specs, store), found)
    assert mtimes(store.folder) == before
    assert [len(part.splitlines()) for part in summary(found).split("\n\n")] == [5, 5, 5, 5]


def test_what_was_measured_before_is_kept_when_a_cut_off_is_added(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    sweep([Fields(6, 1, 5, 0)], store)
    before = mtimes(store.folder)
    both = sweep([Fields(6, 1, 5, 0), Fields(6, 2, 5, 0)], store)
    assert both.c.values.tolist() == [1, 2]
    assert before.items() <= mtimes(store.folder).items()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--c", "31"), "c = 31 is too much for n = 32 pixels"),
        (("--c", "0"), "c = 0"),
        (("--n", "2"), "n = 2"),
        (("--fields", "1"), "fields = 1"),
        (("--seed=-1",), "seed = -1"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_folder(
    words: Sequence[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Command.main([*words, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert says in said
    assert not (tmp_path / "out").exists()


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    words = ["--n", "6", "--c", "2", "1", "--fields", "5", "--out", str(out)]
    assert Command.main(words) == 0
    assert str(out / RESULTS) in capsys.readouterr().out
    with xr.open_dataset(out / RESULTS) as found:
        assert found.c.values.tolist() == [1, 2]
        assert set(FIELD) < set(found)
