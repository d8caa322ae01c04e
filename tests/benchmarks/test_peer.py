"""The comparison with PyTorch: the peer takes the steps of our own Euler, and what is counted."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import peer, versions
from benchmarks.flow import Flow, jobs
from benchmarks.ladder import Ladder
from jamming.checks.errors import BadInput
from jamming.training.train import train

ROOT = Path(__file__).parents[2]
SMALL = ["--dataset", "digits10pca", "--P", "60", "--h", "8", "--seeds", "1"]
NETWORK = Flow(dataset="digits10pca", P=100, h=8, seeds=1, steps=5000)


def both(alpha_tilde: float, gradients: int) -> tuple[Any, Any]:
    """A trajectory of the peer, and that of our own Euler."""
    pytest.importorskip("torch", reason="torch is not installed")
    from benchmarks.torch_euler import Start, descend

    (job,) = jobs(NETWORK, alpha_tilde, dynamics="euler", tol_gradient=1e-5)
    theirs = descend(Start(**peer.started(job)), gradients, 1e-5)
    (ours,) = train([job.replace(max_ticks=gradients)])
    return theirs, ours


@pytest.mark.parametrize("alpha_tilde", [1.0, 100.0])
def test_the_peer_takes_the_steps_of_our_euler(alpha_tilde: float) -> None:
    theirs, ours = both(alpha_tilde, 400)
    assert theirs.gradients == ours.ticks == 400  # neither has ended yet
    assert theirs.t == pytest.approx(ours.t, rel=1e-12)  # the same attempts were accepted
    assert theirs.F_train == pytest.approx(ours.F_train, abs=1e-7)
    assert theirs.F_test == pytest.approx(ours.F_test, abs=1e-7)


def test_the_peer_ends_where_our_euler_ends() -> None:
    theirs, ours = both(100.0, 5000)
    assert theirs.fitted
    assert ours.fitted
    assert theirs.gradients == ours.ticks
    assert theirs.F_test == pytest.approx(ours.F_test, abs=1e-6)


def test_what_one_per_cent_needs_lies_on_the_power_law_through_the_tolerances() -> None:
    ladder = Ladder([1e-2, 1e-4], [100.0, 1000.0], [4e-2, 4e-3])  # first order
    assert ladder.needed == pytest.approx(400)
    assert ladder.tolerance == pytest.approx(1e-2 / 16)
    assert ladder.error == 0.01


def test_a_loosest_tolerance_that_is_good_enough_counts_with_its_own_error() -> None:
    ladder = Ladder([1e-2], [100.0], [4e-3])
    assert (ladder.needed, ladder.tolerance, ladder.error) == (100.0, 1e-2, 4e-3)


def test_where_one_per_cent_is_not_reached_the_tightest_counts() -> None:
    ladder = Ladder([1e-2, 1e-4], [100.0, 1000.0], [4e-1, 4e-2])
    assert (ladder.needed, ladder.tolerance, ladder.error) == (1000.0, 1e-4, 4e-2)


def test_without_torch_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Absent:
        """None in `sys.modules` would not do: scikit-learn takes what is there for torch."""

        def find_spec(self, name: str, *_: Any) -> None:
            if name == "torch":
                raise ModuleNotFoundError(name)

    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Absent(), *sys.meta_path])
    assert peer.main(SMALL) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "peer: the peer needs torch: pip install 'jamming[peer]'\n"


@pytest.mark.slow
@pytest.mark.parametrize("how", ["--whole", "--no-whole"])
def test_it_ends_with_one_closing_line(how: str) -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.peer",
            *SMALL,
            "--alpha-tilde",
            "10",
            how,
            "--no-growth",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout.splitlines()[-1].endswith(" wanted")


def test_an_earlier_version_that_is_none_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAMMING_CACHE", str(tmp_path))
    with pytest.raises(BadInput, match="see --commit"):
        versions.built("nope")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_versions_of_one_commit_agree(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    line = ["-m", "benchmarks.versions", *SMALL, "--alpha-tilde", "10", "--commit", "HEAD"]
    done = subprocess.run(
        [sys.executable, *line],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"JAMMING_CACHE": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith("by 0.00%, as wanted")
