"""The numbers that every command gave are those that it gives."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.recorded.runs import NUMBERS, RUNS, found, machine

RECORDED = json.loads(NUMBERS.read_text())
# those that take a few seconds, whose numbers are the same with the flags of the tests; the others
# are slow
QUICK = ("learning_time", "kernel_curves")


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in QUICK else pytest.mark.slow) for n in RUNS]
)
def test_a_command_gives_the_numbers_that_it_gave(name: str, tmp_path: Path) -> None:
    if machine() != RECORDED["machine"]:
        pytest.skip(f"they were recorded on another machine: {RECORDED['machine']}")
    if name in QUICK:
        numbers = found(name, tmp_path / name)
    else:  # in a process of its own, with the flags of the record
        words = [sys.executable, "-m", "tests.recorded.runs", name, "--to", tmp_path / "numbers"]
        subprocess.run(words, check=True, cwd=NUMBERS.parents[2])
        numbers = json.loads((tmp_path / "numbers").read_text())[name]
    agree(numbers, RECORDED[name], name)


def agree(now: Any, then: Any, where: str) -> None:
    """To twelve digits; what is small beside the others of its array to as many of the largest."""
    if isinstance(then, dict):
        assert set(now) == set(then), where
        for key in then:
            agree(now[key], then[key], f"{where}: {key}")
    elif then and all(isinstance(v, int | float | None) for v in then):
        a, b = (np.array([np.nan if v is None else v for v in each], float) for each in (now, then))
        size = float(np.abs(b[np.isfinite(b)]).max(initial=0.0))
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12 * size, err_msg=where)
    else:
        assert now == then, where
