"""What the benchmarks compute from what they measure."""

import importlib
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest

from benchmarks.flow import gradients_at
from benchmarks.lanes import product_rate
from benchmarks.spent import count
from jamming.dynamics.rkc import RKC
from jamming.models.networks import FC
from jamming.objectives.losses import quadratic_hinge
from jamming.objectives.predictor import predictor
from jamming.objectives.problem import Problem, Result

ROOT = Path(__file__).parents[2]


def test_gradients_at_an_error_lie_on_the_power_law_through_the_tolerances() -> None:
    ticks = [100.0, 400.0, 1600.0]
    errors = [3e-2, 3e-2 / 16, 3e-2 / 256]  # second order
    assert gradients_at(1e-2, ticks, errors) == pytest.approx(100 * 3**0.5)
    assert gradients_at(1e-2, ticks[::-1], errors[::-1]) == pytest.approx(100 * 3**0.5)


def test_where_the_loosest_is_good_enough_it_counts_and_where_none_is_nothing_does() -> None:
    assert gradients_at(0.1, [100.0, 400.0], [3e-2, 1e-2]) == pytest.approx(100)
    assert gradients_at(1e-3, [100.0, 400.0], [3e-2, 1e-2]) == math.inf


def test_a_tighter_tolerance_that_happens_to_be_worse_does_not_count_against() -> None:
    assert gradients_at(1e-2, [100.0, 200.0, 400.0], [2e-2, 5e-3, 8e-3]) < 200


def test_the_product_rate_is_a_rate() -> None:
    assert 1e7 < product_rate("float64", 200, 16) < 1e14


def test_what_gradients_are_spent_on_makes_up_all_of_them() -> None:
    """Where the tolerance is tight, the first steps are rejected, and the budget ends first."""
    x = jax.random.normal(jax.random.key(0), (12, 4))
    net, y = FC(h=20, L=1), jnp.sign(x[:, 0])
    of = predictor(net, net.init(jax.random.key(1), x))
    counted = jax.jit(count, static_argnums=0)
    for tol, result in ((1e-9, Result.OUT_OF_BUDGET), (1e-2, Result.FITTED)):
        on = Problem(of, replace(quadratic_hinge(), slack=0.1), x, y, {"tol": jnp.asarray(tol)})
        state, by_kind = counted(RKC(max_ticks=2000), on, jax.random.key(2))
        assert int(state.result) == result
        assert int(by_kind.sum()) == int(state.ticks)
        stages, errors, power, _, rejected, event = by_kind.tolist()
        assert stages > errors > 0
        assert stages > power > 0
        assert (event > 0) == (result == Result.FITTED)
        assert rejected >= (3 if tol < 1e-3 else 0)


HUGE = str(2**63)


@pytest.mark.parametrize(
    ("name", "option", "values"),
    [
        ("flow", "--h", ["0", "10000000000"]),
        ("flow", "--seeds", ["0", HUGE]),
        ("flow", "--P", ["0", "1", "1000000000"]),
        ("flow", "--steps", ["0", HUGE]),
        ("flow", "--alpha-tilde", ["nan", "-1", "1e400"]),
        ("flow", "--dataset", ["nope"]),
        ("lanes", "--h", ["0", HUGE]),
        ("lanes", "--seeds", ["0", HUGE]),
        ("lanes", "--lanes", ["0", "-1", HUGE]),
        ("lanes", "--P", ["0", "1", "1000000000"]),
        ("lanes", "--depth", ["0"]),
        ("lanes", "--precision", ["float16"]),
        ("gradient", "--P", ["0", "-1", HUGE]),
        ("gradient", "--h", ["0", HUGE]),
        ("gradient", "--steps", ["0", HUGE]),
        ("small", "--h", ["0", HUGE]),
        ("small", "--lanes", ["1", HUGE]),
        ("small", "--jobs", ["0", HUGE]),
        ("small", "--P", ["0", "1", "1000000000"]),
        ("versions", "--h", ["0", HUGE]),
        ("versions", "--seeds", ["0", HUGE]),
        ("convolutions", "--steps", ["0", "-1", HUGE]),
        ("convolutions", "--turns", ["0", HUGE]),
        ("convolutions", "--settings", ["0", "-1", "99"]),
        ("voxels", "--turns", ["0", HUGE]),
        ("voxels", "--settings", ["0", "99"]),
        ("ntk", "--turns", ["0", HUGE]),
        ("ntk", "--settings", ["0", "99"]),
        (
            "ntk",
            "--only",
            ["jamming", "nothing,0,full", "jamming,9,full", "jamming,0,none", "a,b,c"],
        ),
        ("peer", "--h", ["0", "10000000000"]),
        ("peer", "--seeds", ["0", HUGE]),
        ("peer", "--P", ["0", "1", "1000000000"]),
        ("peer", "--steps", ["0", HUGE]),
        ("peer", "--alpha-tilde", ["nan", "-1", "1e400"]),
        ("peer", "--dataset", ["nope"]),
        ("hessian", "--h", ["0", "1000"]),
        ("hessian", "--P", ["0", "1000000000"]),
        ("scattering", "--L", ["0", HUGE]),
        ("scattering", "--images", ["0", HUGE]),
        ("scattering", "--seconds", ["0", "nan"]),
        ("scattering", "--side", ["32"]),
    ],
)
def test_what_cannot_be_measured_is_refused_before_anything_is_said(
    name: str, option: str, values: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--dataset", "digits10pca"] if name in ("flow", "lanes", "peer") else []
    for value in values:
        assert importlib.import_module(f"benchmarks.{name}").main([*data, option, value]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        "benchmarks.flow --dataset digits10pca --P 60 --h 8 --seeds 2 --alpha-tilde 10 --no-small",
        "benchmarks.lanes --P 60 --h 8 --seeds 1",
        "benchmarks.hessian --P 60 --h 4",
        "benchmarks.convolutions --steps 1 --turns 1 --settings 1",
        "benchmarks.gradient --P 20 --h 4 --steps 2 --turns 1",
        "benchmarks.small --P 20 --h 4 --lanes 2 --steps 10 --jobs 2",
    ],
)
def test_the_benchmarks_end_with_one_closing_line(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command.split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout.splitlines()[-1].endswith(("as wanted", "wanted", "allowed"))
