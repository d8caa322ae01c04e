"""Every number of every command has a range: what is outside of it ends in one line, at once."""

import argparse
import importlib
import pkgutil
from pathlib import Path
from typing import Any

import pytest

import sweeps
from sweeps.store import Store

# all modules that are commands with options
COMMANDS = [
    name
    for name in (
        "jamming.find_nstar",
        *(f"sweeps.{m.name}" for m in pkgutil.iter_modules(sweeps.__path__)),
    )
    if all(hasattr(importlib.import_module(name), part) for part in ("main", "parser"))
]
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
    **{name: {"0"} for name in ("ridge", "noise", "momentum", "positive")},
    "lr_exponent": {"-1", "0"},
    **{name: {"inf"} for name in ("flow_time", "time_limit", "wide")},
}


class Accepted(BaseException):
    """Data are asked for, or a folder: nothing of the arguments was refused."""


def accept(*args: Any, **kinds: Any) -> None:
    raise Accepted


def cases(command: Any) -> list[tuple[argparse.Action, str]]:
    """Every numeric option with each number that it may not take, and some that is none."""
    options = [a for a in command.parser()._actions if a.type in OUTSIDE]
    return [
        (option, value)
        for i, option in enumerate(options)
        for kind in [option.type]
        for value in (*OUTSIDE[kind], NONSENSE[kind][i % len(NONSENSE[kind])])
    ]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_number_of_a_command_has_a_range(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for module in ("jamming.job", "sweeps.kernel_regression"):
        monkeypatch.setattr(f"{module}.load", accept)
    monkeypatch.setattr(Store, "__init__", accept)
    command, taken, refused = importlib.import_module(name), [], 0
    for option, value in cases(command):
        flag = option.option_strings[0]
        line = [flag, value] if option.nargs else [f"{flag}={value}"]
        try:
            code: Any = command.main(line)
        except SystemExit as end:
            code = end.code
        except Accepted:
            capsys.readouterr()
            taken.append((option.dest, value))
            continue
        said = capsys.readouterr()
        assert (code, said.out) == (2, ""), (line, said)
        assert len(said.err.splitlines()) == 1, (line, said.err)
        assert said.err.startswith(f"{command.parser().prog}: ")
        refused += 1
    assert [one for one in taken if one[1] not in TAKEN.get(one[0], ())] == []
    assert refused > 10
    assert list(tmp_path.iterdir()) == []
