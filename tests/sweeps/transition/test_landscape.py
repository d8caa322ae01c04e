"""Networks on ever more points, and what surrounds them: what is asked, kept, and gone on with."""

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine.store import Store
from sweeps.transition.commands import Landscape
from sweeps.transition.landscape import MEASURED, Config, Run, landscape, open_landscape, summary
from tests.made_up.runs import Measurer, Silent, Trainer, around, ended, mtimes, sizes, stored
from tests.made_up.stores import save_run

JOB = Job("random", 2, (1,), max_ticks=300, lr=0.01, test_points=60)
SMALL = Config(JOB, 30, (1, 2), (1.0, 4.0), seeds=2)
LINE = "--dataset random --depth 1 2 --N 30 --ratio 1 4 --seeds 2 --steps 300 --lr 0.01"
ONE_LAYER = "--dataset random --depth 1 --N 30 --ratio 1 --seeds 2 --steps 300 --lr 0.01"
REAL = ONE_LAYER.split()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep that has been run: two networks of 30 weights on 30 points each."""
    folder = tmp_path_factory.mktemp("landscape") / "real"
    assert Landscape.main([*REAL, "--test-points", "60", "--out", str(folder)]) == 0
    return folder


def command(folder: Path, *more: str) -> list[str]:
    return [*REAL, "--test-points", "60", "--out", str(folder), *more]


def same(one: Run, two: Run) -> bool:
    """To the last bit, but for how long they took."""
    assert one.at is not None
    assert two.at is not None
    for field in dataclasses.fields(one.at):
        np.testing.assert_array_equal(getattr(one.at, field.name), getattr(two.at, field.name))
    for name, array in one.trajectory.arrays().items():
        np.testing.assert_array_equal(array, two.trajectory.arrays()[name])
    runs = (dataclasses.replace(run.trajectory, seconds=0.0) for run in (one, two))
    return next(runs) == next(runs) and one.job == two.job


# What is asked


@settings(max_examples=25, deadline=None)
@example(4, [1], [2.5, 2.375], 1)
@given(
    st.integers(1, 1000),
    st.lists(st.integers(1, 6), min_size=1, max_size=3),
    st.lists(st.floats(0.01, 20), min_size=1, max_size=4),
    st.integers(1, 3),
)
def test_the_runs_are_the_product_of_depths_ratios_and_seeds(
    N: int, depths: list[int], ratios: list[float], seeds: int
) -> None:
    config = Config(JOB, N, tuple(depths), tuple(ratios), seeds)
    expected = []
    for ratio in config.ratios:
        for L in config.depths:
            widths, size = config.widths(L, None)
            expected += [(max(2, round(ratio * size)), widths, s) for s in range(seeds)]
    jobs = config.jobs()
    # ratios so close that they come to one P are not run, or counted, twice
    assert [(job.P, job.widths, job.init_seed) for job in jobs] == list(dict.fromkeys(expected))
    assert len({job.key for job in jobs}) == len(jobs)
    for job in jobs:
        assert job.data_seed == job.init_seed == job.batch_seed
        assert sizes(job)[0] == config.widths(job.L, None)[1]


def test_the_size_is_the_nearest_there_is() -> None:
    """Of two hidden layers and d = h, N = 2 h^2 + h: 10, 21, 36, ..."""
    for N, expected in ((30, 36), (25, 21), (21, 21), (1, 3), (465, 465)):
        widths, found = Config(JOB, N, (2,), (1.0,)).widths(2, None)
        assert found == expected
        assert len(set(widths)) == 1
    # of data, d stands still: N = d h + h^2 + h
    assert Config(JOB, 60, (2,), (1.0,)).widths(2, 10) == ((4, 4), 60)


def test_the_order_and_what_is_said_twice_do_not_matter() -> None:
    other = Config(JOB, 30, (2, 1, 2), (4.0, 1.0, 4.0), seeds=2)
    assert other == SMALL
    assert [job.P for job in other.jobs()] == sorted(job.P for job in SMALL.jobs())


def test_the_line_says_what_the_config_is() -> None:
    config = Landscape.of([*LINE.split(), "--test-points", "60"]).config()
    expected = dataclasses.replace(JOB, margin=0.5, decay_every=120)
    assert config == dataclasses.replace(SMALL, job=expected)
    assert Landscape.of(["--decay-every", "7"]).config().job.decay_every == 7


def test_a_config_file_says_the_same_as_the_line(tmp_path: Path) -> None:
    path = tmp_path / "sweep.toml"
    path.write_text(
        'dataset = "random"\ndepth = [1, 2]\nN = 30\nratio = [1, 4]\nseeds = 9\nsteps = 300\n'
        "lr = 0.01\n"
    )
    given = Landscape.of(["--config", str(path), "--seeds", "2"]).config()
    assert given == Landscape.of(LINE.split()).config()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ("--dataset nothing", "nothing"),
        ("--ratio 0", "ratios"),
        ("--ratio 1 -1", "ratios"),
        ("--ratio nan", "ratios"),
        ("--ratio inf", "ratios"),
        ("--ratio 1 1e-320", "leaves no 2 points"),
        ("--N 1", "raise N to 3"),
        ("--dataset digits10pca --depth 1 --N 4", "raise N to 11"),
        ("--N 0", "N = 0"),
        ("--seeds 0", "seeds = 0"),
        ("--depth 0", "depth"),
        ("--steps 0", "steps"),
        ("--lr nan", "learning rate"),
        ("--test-points 0", "test_points"),
        ("--activation nothing", "nothing"),
        ("--dynamics nothing", "nothing"),
        ("--precision float16", "float16"),
        ("--dataset digits10pca --ratio 1 100", "is more than the 1797 points"),
        # 33 weights with one layer, 26 with two: the last of the runs does not ask for most
        ("--dataset digits10pca --depth 1 2 --ratio 1 55", "P = 1815"),
        ("--config nowhere.toml", "nowhere.toml"),
    ],
)
def test_bad_input_is_one_line_exit_code_two_and_no_folder(
    options: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["--N", "30", *options.split(), "--out", str(tmp_path / "out")]
    assert Landscape.main(line) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith("landscape: ")
    assert word in said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("line", ["--N many", "--colour red", "--ratio"])
def test_a_wrong_option_is_one_line_and_exit_code_two(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Landscape.main(line.split()) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_dry_run_says_what_there_is_to_do_and_does_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Landscape.main([*LINE.split(), "--dry-run", "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.startswith("8 runs, at most ")
    assert not (tmp_path / "out").exists()


# What is found


def test_what_surrounds_a_run_is_that_of_its_weights(real: Path) -> None:
    runs = open_landscape(real)
    assert [run.job.init_seed for run in runs] == [0, 1]
    for run in runs:
        assert run.at is not None
        assert (run.job.P, run.trajectory.N, run.trajectory.N_all) == (30, 30, 36)
        assert run.trajectory.w is not None
        assert run.trajectory.w.shape == (36,)
        left = np.maximum(run.at.delta, 0)
        assert np.mean(left**2) / 2 == pytest.approx(run.trajectory.loss, rel=1e-9)
        margin = run.job.loss_function().margin
        assert (left > run.job.slack * margin).sum() == run.trajectory.unsatisfied > 0
        assert run.at.H.shape == run.at.H_p.shape == (36,)
    assert runs[0].trajectory.loss != runs[1].trajectory.loss
    rows = summary(runs).splitlines()
    assert len(rows) == 2
    assert rows[1].split()[:5] == ["1", "30", "30", "1.00", "0/2"]


def test_the_same_command_again_trains_and_measures_nothing(
    real: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = mtimes(real)
    assert len(before) == 8  # for two runs, a file and its arrays, trained and measured
    monkeypatch.setattr("sweeps.engine.execute.train", Trainer(most=0))
    monkeypatch.setattr("sweeps.transition.landscape.endpoint", Measurer(most=0))
    assert Landscape.main(command(real)) == 0
    assert mtimes(real) == before
    assert "0 trajectories, 0 gradients" in capsys.readouterr().err


def test_what_was_trained_and_not_measured_is_measured_alone(real: Path, tmp_path: Path) -> None:
    """As after an interrupt between training and measuring; to the last bit."""
    folder = tmp_path / "half"
    shutil.copytree(real, folder)
    whole = open_landscape(folder)
    del Store(folder / MEASURED)[whole[1].job.key]
    assert [run.at is None for run in open_landscape(folder)] == [False, True]
    before = mtimes(folder)
    assert Landscape.main(command(folder)) == 0
    after = mtimes(folder)
    changed = {path for path in after if before.get(path) != after[path]}
    assert len(changed) == 2
    assert all(path.is_relative_to(folder / MEASURED) for path in changed)
    for one, two in zip(open_landscape(folder), whole, strict=True):
        assert same(one, two)


def test_the_same_config_gives_the_same_and_seeds_are_runs_of_their_own(
    real: Path, tmp_path: Path
) -> None:
    """The first seed alone is the first of two."""
    assert Landscape.main(command(tmp_path / "again", "--seeds", "1")) == 0
    (again,) = open_landscape(tmp_path / "again")
    assert same(again, open_landscape(real)[0])


# Going on


def test_interrupted_while_training_it_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = [*LINE.split(), "--out", str(tmp_path / "out")]
    first, second, measurer = Trainer(most=3), Trainer(), Measurer()
    monkeypatch.setattr("sweeps.transition.landscape.endpoint", measurer)
    monkeypatch.setattr("sweeps.engine.execute.train", first)
    assert Landscape.main(line) == 130
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[-1].startswith("landscape: interrupted")
    assert "the same command goes on there" in said.err
    assert measurer.measured == []
    assert len(open_landscape(tmp_path / "out")) == 3

    monkeypatch.setattr("sweeps.engine.execute.train", second)
    assert Landscape.main(line) == 0
    every = first.trained + second.trained
    assert len(every) == len({job.key for job in every}) == len(measurer.measured) == 8


@pytest.mark.parametrize("most", [0, 1, 5])
def test_interrupted_while_measuring_it_goes_on_where_it_was(
    most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = [*LINE.split(), "--out", str(tmp_path / "out")]
    trainer, first, second = Trainer(), Measurer(most=most), Measurer()
    monkeypatch.setattr("sweeps.engine.execute.train", trainer)
    monkeypatch.setattr("sweeps.transition.landscape.endpoint", first)
    assert Landscape.main(line) == 130
    assert "the same command goes on there" in capsys.readouterr().err
    runs = open_landscape(tmp_path / "out")
    assert [run.at is not None for run in runs] == [True] * most + [False] * (8 - most)

    monkeypatch.setattr("sweeps.transition.landscape.endpoint", second)
    assert Landscape.main(line) == 0
    assert len(trainer.trained) == 8
    every = first.measured + second.measured
    assert [job.key for job in every] == [run.job.key for run in runs]
    assert all(run.at is not None for run in open_landscape(tmp_path / "out"))


def test_a_larger_sweep_in_the_same_folder_does_only_what_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(tmp_path / "out", SMALL)
    trainer, measurer = Trainer(), Measurer()
    monkeypatch.setattr("sweeps.engine.execute.train", trainer)
    monkeypatch.setattr("sweeps.transition.landscape.endpoint", measurer)
    more = dataclasses.replace(SMALL, ratios=(1.0, 2.0, 4.0))
    runs = landscape(more, Store(tmp_path / "out"), progress=Silent())
    assert [run.job for run in runs] == more.jobs()
    assert {job.P for job in trainer.trained} == {60, 72}
    assert measurer.measured == trainer.trained
    assert [run.job for run in open_landscape(tmp_path / "out")] == more.jobs()


def diverges(job: Job) -> Trajectory:
    """The first seed comes to no finite numbers; its weights may still be finite."""
    if job.init_seed:
        return ended(job)
    run = ended(job, result="NON_FINITE", loss=float("inf"))
    assert run.w is not None
    return dataclasses.replace(run, w=np.full_like(run.w, 1e200))


def test_a_run_that_came_to_nothing_is_kept_and_the_others_are_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = stored(tmp_path / "out", SMALL, diverges)
    assert [run.at is None for run in runs] == [True, False] * 4
    measurer = Measurer()
    monkeypatch.setattr("sweeps.transition.landscape.endpoint", measurer)
    landscape(SMALL, Store(tmp_path / "out"), progress=Silent())
    assert measurer.measured == []
    assert "inf" in summary(open_landscape(tmp_path / "out"))


# What is refused


def refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line with which the command leaves; it neither trains nor measures."""
    assert Landscape.main([*LINE.split(), "--out", str(folder)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    lines = [line for line in said.err.splitlines() if line.startswith("landscape: ")]
    assert len(lines) == 1
    assert said.err.splitlines()[-1] == lines[0]
    assert "Traceback" not in said.err
    return lines[0]


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is trained or measured in earnest."""
    monkeypatch.setattr("sweeps.engine.execute.train", Trainer())
    monkeypatch.setattr("sweeps.transition.landscape.endpoint", Measurer())


def whole(folder: Path) -> Path:
    """The folder of the command in `LINE`."""
    stored(folder, Landscape.of(LINE.split()).config())
    return folder


@pytest.mark.usefixtures("made_up")
def test_a_folder_of_something_else_is_refused_and_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "letters.txt").write_text("mine")
    assert "holds other files" in refused(tmp_path, capsys)
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]
    assert "is a file" in refused(tmp_path / "letters.txt", capsys)


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize("part", [".", MEASURED])
@pytest.mark.parametrize("what", ["trajectories/*.json", "arrays/*.npz"])
def test_what_is_damaged_is_refused_by_its_name_and_the_sweep_makes_it_again(
    part: str, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = whole(tmp_path / "out")
    before = open_landscape(folder)
    path = sorted((folder / part).glob(what))[0]
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(BadInput, match=r"damaged|cannot be read") as error:
        open_landscape(folder)
    assert str(path) in str(error.value)
    capsys.readouterr()
    assert Landscape.main([*LINE.split(), "--out", str(folder)]) == 0
    said = capsys.readouterr().err.splitlines()
    assert [line for line in said if "again" in line] == [
        f"{path} is damaged: the run is made again"
    ]
    for one, again in zip(before, open_landscape(folder), strict=True):
        assert same(one, again)


@pytest.mark.usefixtures("made_up")
def test_a_store_without_weights_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a sweep that does not measure leaves it."""
    config = Landscape.of(LINE.split()).config()
    store = Store(tmp_path / "out")
    for job in config.jobs():
        save_run(store, job, dataclasses.replace(ended(job), w=None))
    assert "keeps no weights" in refused(tmp_path / "out", capsys)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    config = dataclasses.replace(SMALL, depths=(1,), ratios=(1.0,), seeds=1)
    (job,) = config.jobs()
    store = Store(tmp_path / "out")
    save_run(store, job, dataclasses.replace(ended(job), w=np.zeros(7)))
    with pytest.raises(BadInput, match="7 weights do not fill"):
        landscape(config, store, progress=Silent())


@pytest.mark.usefixtures("made_up")
def test_measurements_of_another_version_are_refused_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = whole(tmp_path / "out")
    measured = Store(folder / MEASURED)
    key = next(iter(measured))
    arrays = measured.arrays(key)
    arrays.pop("distance")
    measured[key] = {**{k: v for k, v in measured[key].items() if k != "npz"}, "arrays": arrays}
    assert "delete it" in refused(folder, capsys)
    shutil.rmtree(folder / MEASURED)
    assert Landscape.main([*LINE.split(), "--out", str(folder)]) == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"job": {"colour": 1}}',
        '{"job": {"dataset": "random", "P": 2, "widths": [1]}}',
        '{"job": {"dataset": "random", "P": 2, "widths": [1]}, "N": 30, "depths": [1],'
        ' "ratios": [NaN]}',
        '{"job": {"dataset": "random", "P": 2, "widths": [1]}, "N": "30", "depths": [1],'
        ' "ratios": [1.0]}',
    ],
)
def test_a_damaged_config_is_refused_and_the_sweep_itself_mends_it(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = dataclasses.replace(SMALL, depths=(1,), ratios=(1.0,), seeds=1)
    stored(tmp_path / "out", config)
    (tmp_path / "out" / "landscape.json").write_text(text)
    with pytest.raises(BadInput, match="run the sweep again") as error:
        open_landscape(tmp_path / "out")
    assert "\n" not in str(error.value)
    monkeypatch.setattr("sweeps.engine.execute.train", Trainer(most=0))
    landscape(config, Store(tmp_path / "out"), progress=Silent())
    assert len(open_landscape(tmp_path / "out")) == 1


def test_a_folder_without_a_sweep_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    Store(tmp_path / "store").make()
    before = sorted(tmp_path.rglob("*"))
    for name in ("nowhere", "empty", "store"):
        with pytest.raises(BadInput, match=r"python -m sweeps\.transition landscape"):
            open_landscape(tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_sweep_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Every number of what was made by hand."""
    runs = stored(tmp_path / "out", SMALL)
    assert [run.job for run in runs] == SMALL.jobs()
    for run, again in zip(runs, open_landscape(tmp_path / "out"), strict=True):
        assert same(run, again)
        assert same(run, Run(run.job, ended(run.job), around(run.job, ended(run.job))))
    saved: dict[str, Any] = json.loads((tmp_path / "out" / "landscape.json").read_text())
    assert saved["ratios"] == [1.0, 4.0]
