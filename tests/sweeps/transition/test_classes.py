"""The sweep over losses of several classes: pairs differ in the loss alone; the command."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.training.spec import Job
from sweeps.engine.store import Store
from sweeps.transition.classes import RESULTS, Config, ensemble_error, summary
from sweeps.transition.commands import Classes
from tests.made_up.runs import mtimes

SMALL = (
    "--dataset digits --P 60 --h 6 4 --depth 1 --seeds 2 --steps 30 --lr 1e-2 --test-points 100"
    " --fixed-data"
)
LINE = SMALL.split()
BOTH = ("cross_entropy", "multiclass_hinge")


def config(*words: str) -> Config:
    return Classes.of(words).config()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep that has been run."""
    folder = tmp_path_factory.mktemp("classes") / "real"
    assert Classes.main([*LINE, "--out", str(folder)]) == 0
    return folder


def test_pairs_differ_in_the_loss_alone() -> None:
    for fixed in (False, True):
        one = dataclasses.replace(config("--h", "3", "5", "--seeds", "3"), fixed_data=fixed)
        for h in one.h:
            a, b = (one.jobs(loss, h) for loss in BOTH)
            assert [dataclasses.replace(job, loss=BOTH[1]) for job in a] == b
            assert [job.init_seed for job in a] == [job.batch_seed for job in a] == [0, 1, 2]
            assert [job.data_seed for job in a] == ([0] * 3 if fixed else [0, 1, 2])
            assert all(job.until == "budget" and job.slack == 0 for job in a)


def test_networks_of_several_training_sets_are_averaged_on_each(tmp_path: Path) -> None:
    line = (*LINE, "--sets", "2", "--out", str(tmp_path / "sets"))
    one = config(*line)
    jobs = one.jobs(BOTH[0], 4)
    assert [job.data_seed for job in jobs] == [0, 0, 1, 1]
    assert [job.init_seed for job in jobs] == [0, 1, 2, 3]
    with pytest.raises(BadInput, match="--sets counts with --fixed-data alone"):
        dataclasses.replace(one, fixed_data=False)
    assert Classes.main([*line]) == 0
    store = Store(tmp_path / "sets")
    with xr.open_dataset(tmp_path / "sets" / RESULTS) as found:
        assert found["set"].values.tolist() == [0, 0, 1, 1]
        at = found.sel(loss=BOTH[0], h=4)
        for first in (0, 2):
            runs = [store.arrays(job.key) for job in jobs[first : first + 2]]
            wrong = (runs[0]["F_test"] + runs[1]["F_test"]).argmax(1) != runs[0]["y_test"]
            of_set = at.ensemble_of_set.values[first : first + 2]
            np.testing.assert_allclose(of_set, wrong.mean())
        assert at.ensemble_error.item() == pytest.approx(at.ensemble_of_set.values.mean())


def test_learning_rates_by_loss_and_width() -> None:
    one = config("--h", "4", "16", "--lr", "0.5", "0.25", "--lr-exponent", "0.5")
    assert [one.jobs(loss, h)[0].lr for loss in BOTH for h in (4, 16)] == [
        0.25,
        0.125,
        0.125,
        0.0625,
    ]
    assert [job.lr for job in config("--lr", "0.5").jobs(BOTH[1], 100)] == [0.5] * 5


def test_what_is_kept_is_what_the_outputs_say(real: Path) -> None:
    store = Store(real)
    with xr.open_dataset(real / RESULTS) as found:
        assert found.loss.values.tolist() == list(BOTH)
        assert found.h.values.tolist() == [4, 6]
        assert found.attrs["dataset"] == "digits"
        for loss in BOTH:
            for h in (4, 6):
                at = {"loss": loss, "h": h}
                jobs = config(*LINE).jobs(loss, h)
                runs = [store.arrays(job.key) for job in jobs]
                y = jobs[0].data()
                for s, run in enumerate(runs):
                    one = found.sel(at | {"seed": s})
                    assert run["F_test"].shape == (100, 10)
                    np.testing.assert_array_equal(run["y_test"], y.y_test)
                    wrong = run["F_test"].argmax(1) != y.y_test
                    assert one.test_error.item() == pytest.approx(wrong.mean())
                    wrong = run["F_train"].argmax(1) != y.y_train
                    assert one.train_error.item() == pytest.approx(wrong.mean())
                    assert one.best_test_error <= one.test_error
                    assert one.ticks == 30
                    assert one.N == 64 * h + 10 * h
                mean = (runs[0]["F_test"] + runs[1]["F_test"]).argmax(1) != y.y_test
                assert found.ensemble_error.sel(at).item() == pytest.approx(mean.mean())
        # by chance it is 0.9
        assert found.test_error.mean() < 0.7


def test_the_same_command_again_trains_nothing(
    real: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, results = mtimes(real), (real / RESULTS).read_bytes()
    assert Classes.main([*LINE, "--out", str(real)]) == 0
    assert mtimes(real) == before
    assert (real / RESULTS).read_bytes() == results
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 7  # a heading, two widths of two losses, where it is, how to draw it
    with xr.open_dataset(real / RESULTS) as found:
        assert summary(found).splitlines() == lines[:5]
        mean = 100 * found.test_error.sel(h=4, loss=BOTH[0]).mean().item()
    assert lines[1].split()[:3] == ["4", BOTH[0], f"{mean:.2f}"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--losses", "logistic"], "unknown loss of several classes 'logistic'"),
        (["--losses", *BOTH, BOTH[0]], "once"),
        (["--lr", "1", "2", "3"], "3 learning rates for 2"),
        (["--h", "0"], "h = 0"),
        (["--seeds", "0"], "seeds"),
        (["--P", "5000"], "5000"),
        (["--dataset", "random5"], "classes"),
        (["--dataset", "nothing"], "unknown data set"),
        (["--dataset", "digits10pca", "--architecture", "cnn"], "no pixels"),
        (["--architecture", "cnn", "--depth", "3"], "no room"),
        (["--dynamics", "flow"], "adam, sgd"),
        (["--depth", "0"], "depth"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_folder(
    words: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    assert Classes.main(["--dataset", "digits", "--P", "60", *words, "--out", str(folder)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert says in said.err
    assert said.err.count("\n") == 1
    assert not folder.exists()


def test_a_config_needs_a_loss() -> None:
    job = Job("digits", 20, (3,), loss="cross_entropy")
    with pytest.raises(BadInput, match="give 1 at least"):
        Config(job, (), (3,), ())


def test_outputs_are_averaged_and_not_votes() -> None:
    """Two of three networks lean towards 1, the third is sure of 0: the mean says 0."""
    F = np.array([[[0.0, 0.1]], [[0.0, 0.1]], [[1.0, 0.0]]])
    assert ensemble_error(F, np.array([0])) == 0
    assert ensemble_error(F, np.array([1])) == 1
    assert ensemble_error(F[:2], np.array([1])) == 0


@given(seed=st.integers(0, 1000), n=st.integers(1, 6), scale=st.floats(0.1, 10.0))
def test_an_ensemble_of_copies_errs_as_each_of_them(seed: int, n: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    f: Any = rng.normal(size=(40, 3))
    y = rng.integers(0, 3, 40)
    expected = np.mean(f.argmax(1) != y)
    assert ensemble_error(np.stack([f] * n), y) == pytest.approx(expected)
    # of opposite ones nothing is left but the sure one
    assert ensemble_error(np.stack([f, -f, scale * f]), y) == pytest.approx(expected)


def test_the_margin_is_that_of_the_hinges_alone() -> None:
    line = ["--losses", "cross_entropy", "multiclass_hinge", "--margin", "3"]
    config = Classes.of(line).config()
    assert config.jobs("cross_entropy", 4)[0].margin is None
    assert config.jobs("multiclass_hinge", 4)[0].loss_function().margin == 3.0
