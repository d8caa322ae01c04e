"""Every number of every command has a range: what is outside of it ends in one line, at once."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from jamming.checks.errors import BadInput
from jamming.commands.command import outcome
from jamming.data.names import IMAGES
from jamming.data.sources import find_prepared
from sweeps.engine.command import Sweep
from sweeps.engine.discover import COMMANDS
from sweeps.engine.store import Store

OUTSIDE = {
    int: ("-1", "0", str(2**31), str(10**30)),
    float: ("-1", "0", "nan", "inf", "1e300"),
}
NONSENSE = {int: ("1.5", "nan", "inf", "", "x", "1e3"), float: ("", "x", "1,5")}
# what some options do take of these
SEED = {"0", str(2**31)}
TAKEN = {
    **dict.fromkeys(("data_seed", "init_seed", "batch_seed"), SEED),
    **{name: {"0"} for name in ("slack", "tau", "jammed_above", "label_noise", "kernel_points")},
    "seed": SEED,
    **{name: {"0"} for name in ("pad", "sigma", "size", "validation", "finer", "smooth")},
    **{name: {"0"} for name in ("ridge", "noise", "momentum")},
    "weight_decay": {"0"},
    **{name: {"0"} for name in ("svm", "spectrum")},
    "C": {"inf"},
    "jitter": {"0"},
    "lr_exponent": {"-1", "0"},
    **{name: {"inf"} for name in ("flow_time", "time_limit", "wide")},
}

LOADS = (
    "jamming.training.spec.load",
    "jamming.training.image_build.seen",
    "sweeps.kernel_curves.points.drawn",
)


class Accepted(BaseException):
    """Data are asked for, or a folder: nothing of the arguments was refused."""


def accept(*args: Any, **kinds: Any) -> None:
    raise Accepted


def needs_data(command: type[Sweep]) -> None:
    """Skip where the data set of a command by default is not the embedded one, and not there."""
    dataset = getattr(command, "dataset", None)
    if isinstance(dataset, str) and dataset in IMAGES and IMAGES[dataset].tfds:
        try:
            find_prepared(dataset)
        except BadInput as reason:
            pytest.skip(str(reason))


def cases(command: type[Sweep]) -> list[tuple[str, str, str | Sweep]]:
    """Every numeric option, with each number that it may not take, and some text.

    As a line where it is text or looks like an option, else as a config, since to read a line
    takes most of the time.
    """
    found: list[tuple[str, str, str | Sweep]] = []
    default = command.of([])
    for i, (name, of) in enumerate(get_type_hints(command).items()):
        kinds = {of, *get_args(of), *(x for each in get_args(of) for x in get_args(each))}
        kind = next((each for each in OUTSIDE if each in kinds), None)
        if kind is None or name not in command.__dataclass_fields__:
            continue
        several = any(get_origin(each) is tuple for each in kinds)
        first, *others = OUTSIDE[kind]
        for value in (first, NONSENSE[kind][i % len(NONSENSE[kind])]):
            flag = name.replace("_", "-")
            found.append((name, value, f"--{flag} {value}" if several else f"--{flag}={value}"))
        for value in others:
            number = (kind(value),) if several else kind(value)
            found.append((name, value, dataclasses.replace(default, **{name: number})))
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_every_number_of_a_command_has_a_range(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for loads in LOADS:
        monkeypatch.setattr(loads, accept)
    monkeypatch.setattr(Store, "__init__", accept)
    command, taken, refused = COMMANDS[name], [], 0
    needs_data(command)
    for option, value, given in cases(command):
        line = given if isinstance(given, str) else (option, value)
        try:
            if isinstance(given, str):
                code = command.main(given.split(" "))
            else:
                code = outcome(command.prog, given.run, lower=command.lower)
        except Accepted:
            capsys.readouterr()
            taken.append((option, value))
            continue
        said = capsys.readouterr()
        assert (code, said.out) == (2, ""), (line, said)
        assert len(said.err.splitlines()) == 1, (line, said.err)
        assert said.err.startswith(f"{name}: ")
        # the largest is no number of theirs alone: of alpha_tilde it is alpha that is too large
        own = value == "1e300" or value in said.err or option in said.err.replace("-", "_")
        assert own, (line, said.err)
        refused += 1
    assert [one for one in taken if one[1] not in TAKEN.get(one[0], ())] == []
    assert refused > 10
    assert list(tmp_path.iterdir()) == []


def test_configs_take_numbers_of_numpy_and_refuse_what_is_out_of_range() -> None:
    """In a process without the type checks of the tests."""
    code = """
import json
import numpy as np
from jamming.checks.errors import BadInput
from jamming.training.spec import Job
from jamming.models.networks import FC
from jamming.nstar.config import Search
from sweeps.shared.alpha_grid import Config as Grid
from sweeps.learning_curves.cnn import Config as Curve
from sweeps.lazy_feature.regimes import Config as Regimes

job = Job("digits10pca", 20, (1,), alpha=1.0, dynamics="flow", loss="soft_hinge", slack=0.0,
          parametrisation="ntp", precision="float32")
grid = Grid(job, np.array([8, 4, 8]), np.array([1.0, 0.5]), np.int64(2))
assert grid == Grid(job, (4, 8), (0.5, 1.0), 2) and type(grid.h[0]) is int
assert Search(job, np.array([20, 40]), 2, np.int8(3)) == Search(job, (20, 40), (2,), 3)
assert Curve(job, 20, np.int64(2)).P == (20,)
assert FC(h=np.int64(4), L=np.int64(2)) == FC(h=4, L=2)
assert FC(h=np.array([4, 5]), L=2) == FC(h=(4, 5), L=2)
said = []
for make in (
    lambda: Grid(job, (), (1.0,)), lambda: Grid(job, (4,), ()), lambda: Grid(job, (4,), (1e30,)),
    lambda: Grid(job, (4,), (np.nan,)), lambda: Grid(job, (4,), (1.0,), 10**9),
    lambda: Grid(job, (4,), (1.0,), True), lambda: Grid(job, (4,), (1.0,), refine=np.inf),
    lambda: Grid(job, (4,), (1.0,), kernel=None), lambda: Grid(job, (4.5,), (1.0,)),
    lambda: Search(job, ()), lambda: Search(job, (1,)), lambda: Search(job, (20,), (0,)),
    lambda: Search(job, (20,), time_limit=np.nan), lambda: Search(job, (20,), seeds=2**32),
    lambda: Search(job, (20,), jammed_above="x"),
    lambda: Regimes(job, "digits", (20,), (1,), (4,), (1.0,)),
    lambda: Regimes(job, ("digits",), (20,), (10**6,), (4,), (1.0,)),
    lambda: Regimes(job, ("digits",), (20,) * 99, (1,), range(1, 99), (1.0,), 99),
):
    try:
        make()
        said.append("taken")
    except BadInput as error:
        said.append(str(error))
print(json.dumps(said))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert len(said) == 18
    assert [line for line in said if line == "taken" or "\n" in line] == []
    assert "1000000000 seeds" in said[4]
