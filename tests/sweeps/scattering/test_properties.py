"""The command that measures what is proved: results, what is kept, and what is refused."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from analysis.plotting.cli import figures
from jamming.checks.errors import BadInput
from sweeps.engine import labelled
from sweeps.engine.store import Store
from sweeps.scattering import properties as module
from sweeps.scattering.commands import Properties as Command
from sweeps.scattering.properties import DIMS, RESULTS, Properties, properties, summary
from tests.made_up.properties import properties as made_up
from tests.made_up.runs import mtimes

GROUPS = ("chirps", "expansion", "deformed", "translated", "commutators", "turned")
OTHERS = ("conserved", "outer", "shifted", "mixed", "classified")


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seeds of what is measured, which is made up in the shapes of the true numbers."""
    known, seeds = made_up(), list[int]()

    def run(spec: Properties) -> dict[str, np.ndarray]:
        seeds.append(spec.seed)
        return {name: known[name].isel(seed=spec.seed).values for name in DIMS}

    monkeypatch.setattr(Properties, "run", run)
    return seeds


def test_results_are_those_of_the_seeds_and_are_kept(measured: list[int], tmp_path: Path) -> None:
    store, known = Store(tmp_path / "store"), made_up()
    several = [Properties("digits", 32, 4, seed) for seed in range(3)]
    found = properties(several, store)
    for name in DIMS:
        np.testing.assert_allclose(found[name], known[name].isel(seed=slice(3)))
        assert found[name].dims == known[name].dims
    before = mtimes(store.folder)
    more = properties([*several, Properties("digits", 32, 4, 3)], store)
    assert measured == [0, 1, 2, 3]
    assert before.items() <= mtimes(store.folder).items()
    assert more.sizes["seed"] == 4
    assert [len(part.splitlines()) for part in summary(more).split("\n\n")] == [
        *(7, 7, 5, 5, 10, 5, 6, 2, 2)
    ]
    assert "+-" not in summary(found.isel(seed=[0]))


def test_what_is_measured_has_the_variables_that_are_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each part of the measurement is asked once, with the images as they are."""
    given, known = {}, made_up()

    def part(name: str) -> None:
        owner = module.inv if name in GROUPS else module.moments

        def stand_in(*args: object) -> dict[str, np.ndarray]:
            given[name] = args
            return {each: known[each].isel(seed=0).values for each in DIMS}

        monkeypatch.setattr(owner, name, stand_in)

    for name in (*GROUPS, *OTHERS):
        part(name)
    found = Properties("digits", 32, 5, 7).run()
    assert [*found] == [*DIMS]
    assert set(given) == {*GROUPS, *OTHERS}
    assert np.shape(given["translated"][0]) == (5, 32, 32)
    assert given["chirps"] == (7,)
    assert given["commutators"] == (7, 32)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--size", "33"), "size = 33: give a multiple of 32"),
        (("--size", "16"), "size = 16 is too small"),
        (("--images", "3"), "images = 3 is too small"),
        (("--seeds", "0"), "seeds = 0"),
        (("--dataset", "letters"), "letters"),
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


def test_a_spec_refuses_what_is_out_of_range() -> None:
    with pytest.raises(BadInput, match="seed = -1"):
        Properties("digits", 32, 4, -1)


@pytest.mark.usefixtures("measured")
def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the figures show has tests of its own."""
    out, drawn = tmp_path / "out", list[str]()
    monkeypatch.setattr(labelled, "illustrate", lambda figure, *_: drawn.append(figure))
    assert Command.main(["--seeds", "2", "--images", "4", "--out", str(out)]) == 0
    assert str(out / RESULTS) in capsys.readouterr().out
    with xr.open_dataset(out / RESULTS) as found:
        assert set(DIMS) <= set(found)
        assert found.attrs["dataset"] == "digits"
    assert {f"scattering.{name}" for name in ("chirps", "stability", "energy", "phases")} == {
        figure.removeprefix("analysis.") for figure in drawn
    }
    assert {figure.removeprefix("analysis.") for figure in drawn} <= set(figures())
