"""Options that nothing looks at are refused; those that count, and defaults, are not."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from jamming.checks.errors import BadInput
from sweeps.engine.command import COUNTS_WITH, Sweep
from sweeps.engine.discover import COMMANDS


@dataclass(frozen=True, kw_only=True)
class Learns(Sweep):
    """Some sweep."""

    dynamics: str = "flow"
    lr: float = 0.1

    prog: ClassVar[str] = "learns"


@dataclass(frozen=True, kw_only=True)
class Always(Learns):
    """One whose rate always has an effect."""

    used: ClassVar[tuple[str, ...]] = ("lr",)


@pytest.mark.parametrize(
    ("name", "line", "says"),
    [
        (
            "find_nstar",
            "--dynamics flow --lr 0.1",
            "--lr counts with --dynamics adam or sgd",
        ),
        ("find_nstar", "--batch 8", "--batch counts with --dynamics sgd"),
        ("find_nstar", "--tau 1", "--tau counts with --dynamics euler"),
        ("find_nstar", "--tau -1", "--tau"),
        ("find_nstar", "--dynamics euler --tau -1", "tau is the time"),
        (
            "find_nstar",
            "--dynamics sgd --batch 900",
            "900 is larger than the 400 data",
        ),
        ("find_nstar", "--parametrisation ntp --init xavier", "--init"),
        ("find_nstar", "--flow-time 9", "--flow-time"),
        ("find_nstar", "--dynamics euler --decay-every 9", "--decay-every"),
        ("learning_curve", "--dynamics sgd --batch 33", "33 is larger than the 32 data"),
        ("regimes", "--lr 0.1", "--lr"),
        ("regimes", "--dynamics adam --tol 0.1", "--tol"),
        ("regimes", "--workers 7", "--workers counts with --scheduler slurm"),
        ("regimes", "--kernel-end --no-network", "kernels of the end"),
        ("phase_diagram", "--dynamics adam --tol 0.1", "--tol"),
        (
            "classes",
            "--losses cross_entropy --margin 1",
            "a margin is of the hinges",
        ),
        ("classes", "--batch 5", "--batch"),
        ("landscape", "--dynamics flow --lr 1", "--lr"),
        ("gram", "--batch 5", "--batch"),
        ("double_descent", "--wide-seeds 5", "--wide-seeds"),
        (
            "find_nstar",
            "--dataset random --no-whiten",
            "--no-whiten counts with a dataset of",
        ),
        (
            "phase_diagram",
            "--dataset mnist --whiten",
            "--whiten counts with a dataset of",
        ),
        ("regimes", "--dataset mnist stripe10 --whiten", "--whiten counts"),
        ("sgd_axis", "--dataset digits --whiten", "--whiten counts"),
        ("double_descent", "--depth 1 --h 4.3", "h = 4.3 is no width at L = 1"),
        ("double_descent", "--depth 3 --h 5.67 6.4", "h = 6.4 is no width at L = 3"),
        ("tolerance", "--momentum -1", "tau is the time"),
        ("tolerance", "--tol-gradient 1e-4 1.0000001e-4", "two tolerances"),
    ],
)
def test_an_option_that_has_no_effect_is_refused(name: str, line: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        COMMANDS[name].of(line.split()).config()


def test_an_option_that_counts_is_taken_and_so_is_a_default() -> None:
    Learns.of(["--lr", "0.1"]).refuse_unused()
    Learns.of(["--lr", "0.2", "--dynamics", "adam"]).refuse_unused()
    Always.of(["--lr", "0.2"]).refuse_unused()
    with pytest.raises(BadInput, match="leave it out"):
        Learns.of(["--lr", "0.2"]).refuse_unused()
    line = ["--dataset", "mnist", "mnist10pca", "--whiten"]  # which counts for one of them
    assert COMMANDS["regimes"].of(line).config().job.whiten
    line = ["--depth", "3", "--h", "5.67", "6.33", "7"]  # as people write thirds
    assert len(COMMANDS["double_descent"].of(line).config().h) == 3
    config = COMMANDS["learning_curve"].of(["--dynamics", "sgd", "--batch", "32"]).config()
    assert {job.batch for P in config.P for row in config.jobs("feature", P) for job in row} == {32}
    assert {"lr", "batch", "tau", "tol", "init"} <= set(COUNTS_WITH)
