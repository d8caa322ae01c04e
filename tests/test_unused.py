"""Options that nothing looks at are refused; those that count, and defaults, are not."""

import importlib

import pytest

from jamming.command import Parser
from jamming.errors import BadInput
from jamming.unused import COUNTS_WITH, refuse_unused


@pytest.mark.parametrize(
    ("name", "line", "says"),
    [
        (
            "jamming.find_nstar",
            "--dynamics flow --lr 0.1",
            "--lr counts with --dynamics adam or sgd",
        ),
        ("jamming.find_nstar", "--batch 8", "--batch counts with --dynamics sgd"),
        ("jamming.find_nstar", "--tau 1", "--tau counts with --dynamics euler"),
        ("jamming.find_nstar", "--tau -1", "--tau"),
        ("jamming.find_nstar", "--dynamics euler --tau -1", "tau is the time"),
        ("jamming.find_nstar", "--dynamics sgd --batch 900", "900 is more than all P = 400"),
        ("jamming.find_nstar", "--parametrisation ntp --init xavier", "--init"),
        ("jamming.find_nstar", "--flow-time 9", "--flow-time"),
        ("jamming.find_nstar", "--dynamics euler --decay-every 9", "--decay-every"),
        ("sweeps.learning_curve", "--dynamics sgd --batch 33", "33 is more than all P = 32"),
        ("sweeps.regimes", "--lr 0.1", "--lr"),
        ("sweeps.regimes", "--dynamics adam --tol 0.1", "--tol"),
        ("sweeps.regimes", "--workers 7", "--workers counts with --scheduler slurm"),
        ("sweeps.regimes", "--kernel-end --no-network", "kernels of the end"),
        ("sweeps.phase_diagram", "--dynamics adam --tol 0.1", "--tol"),
        ("sweeps.classes", "--losses cross_entropy --margin 1", "a margin is of the hinges"),
        ("sweeps.classes", "--batch 5", "--batch"),
        ("sweeps.landscape", "--dynamics flow --lr 1", "--lr"),
        ("sweeps.gram", "--batch 5", "--batch"),
        ("sweeps.double_descent", "--wide-seeds 5", "--wide-seeds"),
        (
            "jamming.find_nstar",
            "--dataset random --no-whiten",
            "--no-whiten counts with a dataset of",
        ),
        ("sweeps.phase_diagram", "--dataset mnist --whiten", "--whiten counts with a dataset of"),
        ("sweeps.regimes", "--dataset mnist stripe10 --whiten", "--whiten counts"),
        ("sweeps.sgd_axis", "--dataset digits --whiten", "--whiten counts"),
        ("sweeps.double_descent", "--depth 1 --h 4.3", "h = 4.3 is no width at L = 1"),
        ("sweeps.double_descent", "--depth 3 --h 5.67 6.4", "h = 6.4 is no width at L = 3"),
        ("sweeps.tolerance", "--momentum -1", "tau is the time"),
        ("sweeps.tolerance", "--tol-gradient 1e-4 1.0000001e-4", "two tolerances"),
    ],
)
def test_an_option_that_has_no_effect_is_refused(name: str, line: str, says: str) -> None:
    module = importlib.import_module(name)
    make = getattr(module, "config_of", None) or module.configs_of
    with pytest.raises(BadInput, match=says):
        make(module.parser().parse_args(line.split()))


def test_an_option_that_counts_is_taken_and_so_is_a_default() -> None:
    p = Parser()
    p.add_argument("--dynamics", default="flow")
    p.add_argument("--lr", type=float, default=0.1)
    refuse_unused(p.parse_args(["--lr", "0.1"]), p)
    refuse_unused(p.parse_args(["--lr", "0.2", "--dynamics", "adam"]), p)
    refuse_unused(p.parse_args(["--lr", "0.2"]), p, but=("lr",))
    with pytest.raises(BadInput, match="leave it out"):
        refuse_unused(p.parse_args(["--lr", "0.2"]), p)
    regimes = importlib.import_module("sweeps.regimes")
    line = ["--dataset", "mnist", "mnist10pca", "--whiten"]  # which counts for one of them
    assert regimes.config_of(regimes.parser().parse_args(line)).job.whiten
    descent = importlib.import_module("sweeps.double_descent")
    line = ["--depth", "3", "--h", "5.67", "6.33", "7"]  # as people write thirds
    assert len(descent.config_of(descent.parser().parse_args(line)).h) == 3
    module = importlib.import_module("sweeps.learning_curve")
    config = module.config_of(module.parser().parse_args(["--dynamics", "sgd", "--batch", "32"]))
    assert {job.batch for P in config.P for row in config.jobs("feature", P) for job in row} == {32}
    assert {"lr", "batch", "tau", "tol", "init"} <= set(COUNTS_WITH)
