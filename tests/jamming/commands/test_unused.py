"""Options that nothing looks at are refused; those that count, and defaults, are not."""

import importlib

import pytest

from jamming.checks.errors import BadInput
from jamming.commands.command import Parser
from jamming.commands.unused import COUNTS_WITH, refuse_unused


@pytest.mark.parametrize(
    ("name", "line", "says"),
    [
        (
            "sweeps.transition.find_nstar",
            "--dynamics flow --lr 0.1",
            "--lr counts with --dynamics adam or sgd",
        ),
        ("sweeps.transition.find_nstar", "--batch 8", "--batch counts with --dynamics sgd"),
        ("sweeps.transition.find_nstar", "--tau 1", "--tau counts with --dynamics euler"),
        ("sweeps.transition.find_nstar", "--tau -1", "--tau"),
        ("sweeps.transition.find_nstar", "--dynamics euler --tau -1", "tau is the time"),
        (
            "sweeps.transition.find_nstar",
            "--dynamics sgd --batch 900",
            "900 is more than all P = 400",
        ),
        ("sweeps.transition.find_nstar", "--parametrisation ntp --init xavier", "--init"),
        ("sweeps.transition.find_nstar", "--flow-time 9", "--flow-time"),
        ("sweeps.transition.find_nstar", "--dynamics euler --decay-every 9", "--decay-every"),
        ("sweeps.learning_curves.cnn", "--dynamics sgd --batch 33", "33 is more than all P = 32"),
        ("sweeps.lazy_feature.regimes", "--lr 0.1", "--lr"),
        ("sweeps.lazy_feature.regimes", "--dynamics adam --tol 0.1", "--tol"),
        ("sweeps.lazy_feature.regimes", "--workers 7", "--workers counts with --scheduler slurm"),
        ("sweeps.lazy_feature.regimes", "--kernel-end --no-network", "kernels of the end"),
        ("sweeps.phase_diagram.sweep", "--dynamics adam --tol 0.1", "--tol"),
        (
            "sweeps.transition.classes",
            "--losses cross_entropy --margin 1",
            "a margin is of the hinges",
        ),
        ("sweeps.transition.classes", "--batch 5", "--batch"),
        ("sweeps.transition.landscape", "--dynamics flow --lr 1", "--lr"),
        ("sweeps.lazy_feature.gram", "--batch 5", "--batch"),
        ("sweeps.double_descent.sweep", "--wide-seeds 5", "--wide-seeds"),
        (
            "sweeps.transition.find_nstar",
            "--dataset random --no-whiten",
            "--no-whiten counts with a dataset of",
        ),
        (
            "sweeps.phase_diagram.sweep",
            "--dataset mnist --whiten",
            "--whiten counts with a dataset of",
        ),
        ("sweeps.lazy_feature.regimes", "--dataset mnist stripe10 --whiten", "--whiten counts"),
        ("sweeps.phase_diagram.sgd_axis", "--dataset digits --whiten", "--whiten counts"),
        ("sweeps.double_descent.sweep", "--depth 1 --h 4.3", "h = 4.3 is no width at L = 1"),
        ("sweeps.double_descent.sweep", "--depth 3 --h 5.67 6.4", "h = 6.4 is no width at L = 3"),
        ("sweeps.lazy_feature.tolerance", "--momentum -1", "tau is the time"),
        ("sweeps.lazy_feature.tolerance", "--tol-gradient 1e-4 1.0000001e-4", "two tolerances"),
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
    regimes = importlib.import_module("sweeps.lazy_feature.regimes")
    line = ["--dataset", "mnist", "mnist10pca", "--whiten"]  # which counts for one of them
    assert regimes.config_of(regimes.parser().parse_args(line)).job.whiten
    descent = importlib.import_module("sweeps.double_descent.sweep")
    line = ["--depth", "3", "--h", "5.67", "6.33", "7"]  # as people write thirds
    assert len(descent.config_of(descent.parser().parse_args(line)).h) == 3
    module = importlib.import_module("sweeps.learning_curves.cnn")
    config = module.config_of(module.parser().parse_args(["--dynamics", "sgd", "--batch", "32"]))
    assert {job.batch for P in config.P for row in config.jobs("feature", P) for job in row} == {32}
    assert {"lr", "batch", "tau", "tol", "init"} <= set(COUNTS_WITH)
