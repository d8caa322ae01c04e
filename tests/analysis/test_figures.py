"""All figures at once: what is there is drawn where it belongs, what is not is said."""

import dataclasses
import os
from pathlib import Path
from typing import Any

import matplotlib.figure
import numpy as np
import pytest
import xarray as xr

from analysis.figures import FIGURES, drawn, main
from analysis.plotting.cli import TooEarly
from analysis.transition.estimates import BOUND, bound, near
from jamming.checks.errors import BadInput
from jamming.observables.hessian import Spectrum
from jamming.training.spec import Job
from sweeps.engine.discover import EXPERIMENTS, Scale, experiment
from sweeps.transition.experiments import EXPERIMENTS as TRANSITION
from sweeps.transition.landscape import Config, open_landscape
from tests.made_up.artists import line, xy
from tests.made_up.decompressed import thresholds
from tests.made_up.runs import ended, stored
from tests.made_up.scans import of_convolutions
from tests.made_up.searches import (
    SEARCHES,
    classes,
    falling_with_time,
    learning_times,
    ranks,
    slices,
)
from tests.made_up.sharpness import along_the_flow, sharp

LAPTOP = Scale.LAPTOP
JOB = Job("random", 2, (1,), test_points=10)
JAMMED = Config(JOB, 30, (1, 2), (3.0,), seeds=2)
FITTING = dataclasses.replace(JAMMED, ratios=(1.0,), depths=(1,))


DATASETS = {
    "descent-cnn": of_convolutions(),
    "classes": classes(),
    **dict.fromkeys(
        ("nstar-random", "nstar-deep", "nstar-random-sgd", "nstar-mnist"), SEARCHES["several P"]
    ),
    **{f"decompress-{data}": thresholds() for data in ("random", "tanh", "mnist")},
    "learning-time": learning_times(),
    "learning-time-mnist": falling_with_time(0.75),
    "effective": ranks(),
    "slices": slices(),
    "sharpness-descent": sharp(),
    "sharpness-hinge": along_the_flow(),
}


def leave(root: Path, *names: str, config: Config = JAMMED, fitted: bool = False) -> None:
    """The folders of these experiments, as if they had been run."""
    for name in names:
        folder = experiment(name).folder(root, LAPTOP)
        if name in DATASETS:
            folder.mkdir(parents=True)
            written = bytes(DATASETS[name].to_netcdf())
            (folder / experiment(name).result).write_bytes(written)
        else:
            stored(folder, config, lambda job: ended(job, fitted=fitted))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> dict[str, matplotlib.figure.Figure]:
    """Figures are kept by the name of their file, which says nothing but that it was written."""
    kept: dict[str, matplotlib.figure.Figure] = {}

    def save(figure: matplotlib.figure.Figure, path: Path) -> None:
        kept[path.name] = figure
        path.write_text("a figure")

    monkeypatch.setattr("analysis.figures.save", save)
    return kept


def test_every_figure_is_of_an_experiment_that_leaves_what_it_shows() -> None:
    assert {figure.experiment for figure in FIGURES.values()} == set(EXPERIMENTS)
    for name, figure in FIGURES.items():
        assert figure.name == name
        source = experiment(figure.experiment)
        for scale in Scale:
            assert figure.path(Path("root"), scale).parent == source.folder(Path("root"), scale)
    paths = {figure.path(Path("root"), scale) for figure in FIGURES.values() for scale in Scale}
    assert len(paths) == 2 * len(FIGURES)
    assert "cusps-tanh" not in FIGURES  # tanh has none
    assert len({figure.about for figure in FIGURES.values()}) == len(FIGURES)


def test_where_nothing_is_there_everything_is_missing_and_nothing_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "results"
    assert main(["--root", str(root)]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert not root.exists()
    lines = said.out.splitlines()
    assert len(lines) == 2 * len(EXPERIMENTS)
    missing = [line for line in lines if line.startswith("missing: ")]
    named = {name for line in missing for name in line[9:].split(";")[0].split(", ")}
    assert named == set(FIGURES)
    for each in EXPERIMENTS.values():
        # each is said once, and can be typed as it stands
        assert lines.count(f"  {each.command(root, LAPTOP)}") == 1


def test_a_root_that_is_a_file_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("precious")
    for root in ("file", "file/below"):
        assert main(["--root", str(tmp_path / root)]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err == f"figures: {tmp_path}/file is no folder: choose another\n"


def test_the_other_scale_has_folders_and_commands_of_its_own(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    quick: dict[str, matplotlib.figure.Figure],
) -> None:
    leave(tmp_path, "effective")
    assert main(["--root", str(tmp_path), "--scale", "paper"]) == 0
    said = capsys.readouterr().out
    assert quick == {}
    assert experiment("effective").command(tmp_path, Scale.PAPER) in said
    assert "laptop" not in said


def test_all_that_is_there_is_drawn_into_its_folder(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    quick: dict[str, matplotlib.figure.Figure],
) -> None:
    there = {each.name for each in TRANSITION}  # the other chapters test their own
    leave(tmp_path, *there)
    assert main(["--root", str(tmp_path)]) == 0
    figures = [figure for figure in FIGURES.values() if figure.experiment in there]
    lines = capsys.readouterr().out.splitlines()[: len(figures)]
    paths = [figure.path(tmp_path, LAPTOP) for figure in figures]
    about = [figure.about for figure in figures]
    assert lines == [f"{what}: {path}" for what, path in zip(about, paths, strict=True)]
    assert sorted(tmp_path.rglob("*.png")) == sorted(paths)
    assert set(quick) == {path.name for path in paths}
    assert len(quick["jump-random.png"].axes) == 3
    assert len(quick["nstar-mnist.png"].axes) == 3


def test_a_sweep_that_has_only_begun_is_missing_what_it_cannot_show(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    quick: dict[str, matplotlib.figure.Figure],
) -> None:
    """Runs that fit are in the first figure; there is no spectrum next to jamming."""
    leave(tmp_path, "landscape-random", config=FITTING, fitted=True)
    assert main(["--root", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert set(quick) == {"jump-random.png"}
    assert "missing: spectra-random, gaps-random, cusps-random, height-random; fill with" in said
    assert drawn("spectra-random", tmp_path, LAPTOP) is None
    assert drawn("spectra-tanh", tmp_path, LAPTOP) is None


def test_only_that_there_is_nothing_yet_is_no_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a message or a folder happens to say."""
    root = tmp_path / "not-yet"
    leave(root, "landscape-random", "effective")
    (experiment("effective").folder(root, LAPTOP) / "effective.nc").write_bytes(b"")
    with pytest.raises(BadInput, match="damaged"):
        drawn("effective", root, LAPTOP)

    def early(*_: Any, **__: Any) -> None:
        raise TooEarly("nothing")

    figure = dataclasses.replace(FIGURES["jump-random"], figure=early)
    monkeypatch.setitem(FIGURES, "jump-random", figure)
    assert drawn("jump-random", root, LAPTOP) is None


FOREIGN = bytes(xr.Dataset({"a": ("x", [1.0])}).to_netcdf())


@pytest.mark.parametrize("content", [b"", b"no such\nthing", FOREIGN])
@pytest.mark.parametrize("name", ["landscape-tanh", *DATASETS])
def test_what_is_damaged_is_one_line_and_exit_code_two(
    name: str, content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    leave(tmp_path, name, config=FITTING)
    path = experiment(name).folder(tmp_path, LAPTOP) / experiment(name).result
    path.write_bytes(content)
    assert main(["--root", str(tmp_path)]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith("figures: ")
    assert str(path) in said[0]
    assert not list(tmp_path.rglob("*.png"))


def test_a_folder_that_cannot_be_written_is_one_line_and_exit_code_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    leave(tmp_path, "effective")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left\non device")

    monkeypatch.setattr(os, "fsync", full)
    assert main(["--root", str(tmp_path)]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert "No space left on device" in said[0]


@pytest.mark.parametrize("line", ["--scale huge", "--colour red", "--root", "results"])
def test_a_wrong_command_is_one_line_and_exit_code_two(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.split()) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_an_unknown_figure_is_one_line_that_names_the_others(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="unknown figure 'jump'") as refused:
        drawn("jump", tmp_path, LAPTOP)
    assert all(name in str(refused.value) for name in FIGURES)


def label_of_bound(figure: matplotlib.figure.Figure) -> tuple[str, float]:
    """What the bound is called, and N / P along it."""
    found = line(figure.axes[2], "bound")
    x, y = xy(found)
    np.testing.assert_allclose(y / x, y[0] / x[0])
    return str(found.get_label()), float(y[0] / x[0])


def test_the_bound_of_n_star_is_that_of_the_landscapes_beside_it(
    tmp_path: Path, quick: dict[str, matplotlib.figure.Figure]
) -> None:
    """1 / (C_0 - N_c / N): of the made-up runs N_c = 0.15 N, and H_p is symmetric."""
    leave(tmp_path, "nstar-random")
    assert drawn("nstar-random", tmp_path, LAPTOP) is not None
    assert label_of_bound(quick["nstar-random.png"])[1] == pytest.approx(BOUND)

    leave(tmp_path, "landscape-random")
    assert drawn("nstar-random", tmp_path, LAPTOP) is not None
    runs = near(open_landscape(experiment("landscape-random").folder(tmp_path, LAPTOP)))
    assert len(runs) == 4
    assert all(run.at is not None for run in runs)
    C_0 = np.mean([Spectrum(run.at.H_p).C_0 for run in runs if run.at is not None])
    assert C_0 == pytest.approx(0.5, abs=0.05)
    label, slope = label_of_bound(quick["nstar-random.png"])
    assert slope == pytest.approx(1 / (C_0 - 0.15))
    assert f"{slope:.2g}P" in label


def test_without_runs_next_to_jamming_the_bound_is_that_of_the_papers(tmp_path: Path) -> None:
    assert bound(tmp_path / "nowhere") == BOUND
    leave(tmp_path, "landscape-random", config=FITTING, fitted=True)
    assert bound(experiment("landscape-random").folder(tmp_path, LAPTOP)) == BOUND


def test_where_there_are_more_cusps_than_negative_directions_there_is_no_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: dict[str, matplotlib.figure.Figure]
) -> None:
    leave(tmp_path, "nstar-random", "landscape-random")
    folder = experiment("landscape-random").folder(tmp_path, LAPTOP)
    runs = [
        dataclasses.replace(run, at=dataclasses.replace(run.at, on_kink=run.at.on_kink + 100.0))
        for run in near(open_landscape(folder))
        if run.at is not None
    ]
    monkeypatch.setattr("analysis.transition.estimates.open_landscape", lambda _: runs)
    assert bound(folder) == np.inf
    assert drawn("nstar-random", tmp_path, LAPTOP) is not None
    ax = quick["nstar-random.png"].axes[2]
    assert not any("inf" in str(line.get_label()) for line in ax.get_lines())
    assert np.isfinite([*ax.get_xlim(), *ax.get_ylim()]).all()
