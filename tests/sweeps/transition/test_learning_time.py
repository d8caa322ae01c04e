"""N* after different learning times: against what one computes by hand, and the command itself."""

import dataclasses
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.fits.logistic import transition
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine.store import Store
from sweeps.transition.commands import LearningTime
from sweeps.transition.learning_time import RESULTS, Config, learning_time, summary
from tests.made_up.runs import Silent, Trainer, ended, mtimes, sizes

BUDGET = 1000
NEVER = BUDGET + 1
JOB = Job("random5", 2, (1,), dynamics="sgd", loss="logistic", max_ticks=BUDGET, test_points=1)
# of one hidden layer on 5 inputs, N = 6 h: 12, 24, 48 and 96 weights
WIDTHS = {12: 2, 24: 4, 48: 8, 96: 16}
RATIOS = tuple(N / 24 for N in WIDTHS)


def a_config(times: tuple[int, ...], P: tuple[int, ...] = (24,), seeds: int = 1) -> Config:
    return Config(JOB, P, RATIOS, times, seeds)


class Held(Store):
    """A store whose trajectories end when `fit` says, all of them there."""

    def __init__(self, fit: Callable[[Job], int]) -> None:
        self.fit, self.folder = fit, Path("made-up")
        self.jobs: dict[str, Job] = {}

    def hold(self, config: Config) -> "Held":
        for P in config.P:
            for job in itertools.chain(*config.jobs(P).values()):
                self.jobs[job.key] = job
        return self

    def __iter__(self) -> Iterator[str]:
        return iter(self.jobs)

    def __len__(self) -> int:
        return len(self.jobs)

    def __contains__(self, key: object) -> bool:
        return key in self.jobs

    def __getitem__(self, key: str) -> Any:
        job = self.jobs[key]
        t = self.fit(job)
        run = ended(job, fitted=t <= BUDGET, ticks=min(t, BUDGET))
        fields = json.loads(json.dumps(run.to_dict()))
        return {"job": dataclasses.asdict(job), "trajectory": fields}

    def arrays(self, key: str) -> dict[str, Any]:
        return {"F_test": np.zeros(2)}


def found_of(config: Config, fit: Callable[[Job], int]) -> xr.Dataset:
    """What the sweep finds where every run fits at the time that `fit` says."""
    return learning_time(config, Held(fit).hold(config), progress=Silent())


def by_width(fit: Mapping[int, int]) -> Callable[[Job], int]:
    return lambda job: fit[sizes(job)[0]]


def test_n_star_is_half_way_between_the_widths_that_fit_by_then_and_those_that_do_not() -> None:
    """By hand: 96 weights fit at step 30, 48 at 100, 24 at 300, and 12 never."""
    fit = by_width({96: 30, 48: 100, 24: 300, 12: NEVER})
    found = found_of(a_config((10, 29, 30, 99, 100, 299, 300, 1000)), fit)
    expected = {30: (48, 96), 99: (48, 96), 100: (24, 48), 299: (24, 48), 300: (12, 24),
                1000: (12, 24)}  # fmt: skip
    for t, (low, high) in expected.items():
        one = found.sel(t=t, P=24)
        assert one.n_star.item() == pytest.approx(np.sqrt(low * high))
        assert low <= one.n_star_low <= one.n_star <= one.n_star_high <= high
        assert one.bound == ""
    for t in (10, 29):
        assert found.sel(t=t).bound == "none"
        assert (
            np.isnan(found.sel(t=t, P=24)[["n_star", "n_star_low", "n_star_high"]]).to_array().all()
        )


def test_n_star_falls_with_the_learning_time_and_is_proportional_to_P() -> None:
    """The ratios of N to P are those of the grid; here all depends on the ratio alone."""
    P = (24, 48, 96)
    config = a_config((10, 60, 200), P)
    found = found_of(config, lambda job: round(120 * (job.P / sizes(job)[0]) ** 2))
    n = found.n_star.transpose("t", "P").values
    assert (np.diff(n[:, 0]) < 0).all()
    np.testing.assert_allclose(n / n[:, :1], np.broadcast_to(np.array(P) / P[0], n.shape))


def test_where_every_width_fits_it_is_flagged_and_has_no_number() -> None:
    found = found_of(a_config((50, 500)), by_width({96: 40, 48: 100, 24: 400, 12: 450}))
    assert found.bound.sel(P=24).values.tolist() == ["", "all"]
    assert np.isfinite(found.n_star.sel(P=24).values).tolist() == [True, False]
    lines = summary(found).splitlines()
    assert len(lines) == 3
    assert "68  [48, 96]" in lines[1] or "68  [" in lines[1]
    assert lines[2].endswith("all widths fit")
    none = found_of(a_config((10,)), by_width(dict.fromkeys(WIDTHS, 11)))
    assert summary(none).splitlines()[1].endswith("no width fits")


def test_seeds_that_do_not_agree_give_the_logistic_fit() -> None:
    """The share of the seeds that fit by then, at each width."""
    fits = {12: [NEVER] * 4, 24: [90, NEVER, NEVER, NEVER], 48: [50, 70, 120, NEVER],
            96: [10, 20, 30, 100]}  # fmt: skip

    def fit(job: Job) -> int:
        return fits[sizes(job)[0]][job.init_seed]

    found = found_of(a_config((60, 100), seeds=4), fit)
    for t in (60, 100):
        known = np.array([[one <= t for one in fits[N]] for N in WIDTHS])
        expected = transition(np.array(list(WIDTHS), float), known)
        one = found.sel(t=t, P=24)
        assert (one.n_star, one.n_star_low) == (expected.value, expected.low)
        assert one.n_star_high == expected.high
    assert found.n_star.sel(t=60).item() > found.n_star.sel(t=100).item()


def test_a_run_that_ended_early_without_a_fit_never_counts() -> None:
    def end(job: Job) -> Trajectory:
        if sizes(job)[0] == 96:
            return ended(job, fitted=True, ticks=20)
        return ended(job, result="NON_FINITE", ticks=1)

    class Broken(Held):
        def __getitem__(self, key: str) -> Any:
            return super().__getitem__(key) | {"trajectory": end(self.jobs[key]).to_dict()}

    config = a_config((50,))
    found = learning_time(config, Broken(lambda _: 0).hold(config), progress=Silent())
    assert found.n_star.item() == pytest.approx(np.sqrt(48 * 96))


times = st.integers(1, NEVER)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(*[times] * 3), min_size=4, max_size=4))
def test_none_comes_before_all_and_numbers_are_where_there_is_no_flag(
    rows: list[tuple[int, int, int]],
) -> None:
    """Whatever the times: what has fitted stays fitted."""
    fits = dict(zip(WIDTHS, rows, strict=True))
    asked = (10, 200, BUDGET)
    config = a_config(asked, seeds=3)
    found = found_of(config, lambda job: fits[sizes(job)[0]][job.init_seed])
    flags = found.bound.sel(P=24).values.tolist()
    order = [{"none": 0, "": 1, "all": 2}[flag] for flag in flags]
    assert order == sorted(order)
    for t, flag in zip(asked, flags, strict=True):
        share = [np.mean([one <= t for one in fits[N]]) for N in WIDTHS]
        assert (flag == "none") == (max(share) < 0.5)
        assert (flag == "all") == (min(share) >= 0.5)
        n = found.sel(t=t, P=24)
        assert bool(np.isfinite(n.n_star)) == (flag == "")
        if flag == "":
            assert 12 <= n.n_star_low <= n.n_star <= n.n_star_high <= 96


def test_the_order_in_which_times_and_P_are_asked_does_not_matter() -> None:
    fit = by_width({96: 30, 48: 100, 24: 300, 12: NEVER})
    one = found_of(a_config((30, 300, 30), (24, 48)), lambda job: fit(at_24(job)))
    two = found_of(a_config((300, 30), (48, 24, 48)), lambda job: fit(at_24(job)))
    xr.testing.assert_equal(one, two)


def at_24(job: Job) -> Job:
    """The job of the same ratio for 24 points."""
    return dataclasses.replace(job, P=24, widths=(job.widths[0] * 24 // job.P,))


def test_the_setting_is_that_of_the_papers() -> None:
    """Batches of half the points, at most 1024, and seeds of their own for data and weights."""
    config = LearningTime.of(["--P", "10", "100", "--seeds", "2", "--depth", "3"]).config()
    for P, batch in ((10, 5), (100, 50)):
        for N, jobs in config.jobs(P).items():
            assert {job.batch for job in jobs} == {batch}
            assert [(j.data_seed, j.init_seed, j.batch_seed) for j in jobs] == [(0,) * 3, (1,) * 3]
            assert {sizes(job)[0] for job in jobs} == {N}
            assert {(job.loss, job.dynamics, job.P, job.L) for job in jobs} == {
                ("logistic", "sgd", P, 3)
            }
    large = dataclasses.replace(config, P=(5000,), ratios=(0.01, 0.02))
    assert {job.batch for cell in large.jobs(5000).values() for job in cell} == {1024}


# The command


LINE = "--dataset random5 --P 6 --depth 1 --ratio 3 5 --seeds 2 --steps 300 --times 99 300 --lr 0.5"
WIDE = "--dataset random5 --P 24 --depth 1 --ratio 0.5 1 2 4 --seeds 2 --steps 1000"
MADE_UP = WIDE.split()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep that has been run: four networks of three and five neurons on six points."""
    folder = tmp_path_factory.mktemp("learning") / "real"
    assert LearningTime.main([*LINE.split(), "--out", str(folder)]) == 0
    return folder


def trained(folder: Path) -> dict[str, dict[str, Any]]:
    """What the runs came to, but for how long they took."""
    store = Store(folder)
    return {
        key: {name: v for name, v in store[key]["trajectory"].items() if name != "seconds"}
        for key in store
    }


def test_a_real_run_ends_when_no_point_is_wrong_and_not_before(real: Path) -> None:
    runs = trained(real)
    assert len(runs) == 4
    for run in runs.values():
        assert run["result"] == "FITTED"
        assert run["misclassified"] == run["snapshot_misclassified"][-1] == 0
        assert all(run["snapshot_unsatisfied"][:-1])
        assert run["ticks"] <= 300
    with xr.open_dataset(real / RESULTS) as found:
        assert found.t.values.tolist() == [99, 300]
        assert found.bound.sel(t=300, P=6).item() == "all"
        asked = json.loads(found.attrs["config"])
    assert (asked["P"], asked["times"], asked["seeds"]) == ([6], [99, 300], 2)


def test_the_same_command_again_trains_nothing(
    real: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, results = mtimes(real), (real / RESULTS).read_bytes()
    assert LearningTime.main([*LINE.split(), "--out", str(real)]) == 0
    assert mtimes(real) == before
    assert (real / RESULTS).read_bytes() == results
    assert "0 trajectories, 0 gradients" in capsys.readouterr().err


def test_the_same_config_gives_the_same(real: Path, tmp_path: Path) -> None:
    assert LearningTime.main([*LINE.split(), "--out", str(tmp_path / "again")]) == 0
    assert trained(tmp_path / "again") == trained(real)
    assert (tmp_path / "again" / RESULTS).read_bytes() == (real / RESULTS).read_bytes()


def falling(job: Job) -> Trajectory:
    """Wider networks fit sooner."""
    return ended(job, fitted=job.widths[0] > 2, ticks=1600 // job.widths[0] + job.init_seed)


def test_interrupted_by_the_keyboard_it_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    command = [*MADE_UP, "--out", str(folder)]
    first, second = Trainer(falling, most=3), Trainer(falling)
    monkeypatch.setattr("sweeps.engine.execute.train", first)
    assert LearningTime.main(command) == 130
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[-1].startswith("learning_time: interrupted")
    assert "the same command goes on there" in said.err
    assert not (folder / RESULTS).exists()
    assert len(Store(folder)) == 3

    monkeypatch.setattr("sweeps.engine.execute.train", second)
    assert LearningTime.main(command) == 0
    every = first.trained + second.trained
    assert len(every) == len({job.key for job in every}) == 8
    whole = Trainer(falling)
    monkeypatch.setattr("sweeps.engine.execute.train", whole)
    assert LearningTime.main([*MADE_UP, "--out", str(tmp_path / "whole")]) == 0
    assert (tmp_path / "whole" / RESULTS).read_bytes() == (folder / RESULTS).read_bytes()


def test_other_times_need_no_other_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = [*MADE_UP, "--out", str(tmp_path / "out"), "--times"]
    monkeypatch.setattr("sweeps.engine.execute.train", Trainer(falling))
    assert LearningTime.main([*command, "1000"]) == 0
    second = Trainer(falling)
    monkeypatch.setattr("sweeps.engine.execute.train", second)
    assert LearningTime.main([*command, "101", "201", "401"]) == 0
    assert second.trained == []
    with xr.open_dataset(tmp_path / "out" / RESULTS) as found:
        expected = [np.sqrt(48 * 96), np.sqrt(24 * 48), np.sqrt(12 * 24)]
        np.testing.assert_allclose(found.n_star.sel(P=24), expected)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ("--dataset nothing", "nothing"),
        ("--dataset random", "random25"),
        ("--dataset digits10pca --P 100000", "P = 100000"),
        ("--P 1", "P = 1"),
        ("--P 1000000000", "memory"),
        ("--ratio 0 1", "ratios"),
        ("--ratio -1 1", "ratios"),
        ("--ratio nan 1", "ratios"),
        ("--ratio 1 inf", "ratios"),
        ("--ratio 1", "give 2 at least"),
        ("--times 0", "times"),
        ("--times 1001 --steps 1000", "at most 1000"),
        ("--seeds 0", "seeds"),
        ("--steps 0", "steps"),
        ("--depth 0", "depth"),
        ("--lr nan", "learning rate"),
        ("--precision float16", "precision"),
        ("--config nowhere.toml", "nowhere.toml"),
    ],
)
def test_bad_input_is_one_line_exit_code_two_and_no_folder(
    options: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["--dataset", "random5", "--P", "24", *options.split(), "--out", str(tmp_path / "out")]
    assert LearningTime.main(line) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith("learning_time: ")
    assert word in said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("line", ["--P many", "--colour red", "--lr"])
def test_a_wrong_option_is_one_line_and_exit_code_two(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert LearningTime.main(line.split()) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_folder_of_something_else_is_refused_and_damage_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sweeps.engine.execute.train", Trainer(falling))
    other = tmp_path / "other"
    other.mkdir()
    (other / "letters.txt").write_text("mine")
    whole, damaged = tmp_path / "whole", tmp_path / "damaged"
    for folder in (whole, damaged):
        assert LearningTime.main([*MADE_UP, "--out", str(folder)]) == 0
    next((damaged / "trajectories").iterdir()).write_text("{")
    capsys.readouterr()
    before = {p: p.read_bytes() for p in other.rglob("*") if p.is_file()}
    assert LearningTime.main([*MADE_UP, "--out", str(other)]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert str(other) in said
    assert {p: p.read_bytes() for p in other.rglob("*") if p.is_file()} == before
    # what is damaged is said, and made again
    assert LearningTime.main([*MADE_UP, "--out", str(damaged)]) == 0
    said = capsys.readouterr().err.splitlines()[0]
    assert str(damaged) in said
    assert "damaged" in said
    results = [(folder / "learning_time.nc").read_bytes() for folder in (whole, damaged)]
    assert results[0] == results[1]


def test_a_config_file_says_the_same_as_the_line(tmp_path: Path) -> None:
    path = tmp_path / "sweep.toml"
    path.write_text('dataset = "random5"\nP = [24, 48]\nratio = [0.5, 1]\nseeds = 9\nlr = 0.1\n')
    given = LearningTime.of(["--config", str(path), "--seeds", "2"]).config()
    line = "--dataset random5 --P 24 48 --ratio 0.5 1 --seeds 2 --lr 0.1"
    assert given == LearningTime.of(line.split()).config()


def test_an_empty_grid_is_refused() -> None:
    good = a_config((10,))
    for changed in ({"P": ()}, {"ratios": ()}, {"times": ()}, {"seeds": 0}):
        with pytest.raises(BadInput):
            dataclasses.replace(good, **changed)
