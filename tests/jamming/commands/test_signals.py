"""A signal ends a command, at whatever moment it comes."""

import gc
import os
import signal
import subprocess
import sys
import time
import weakref
from pathlib import Path
from typing import Any

import pytest

from jamming.commands.signals import Terminated, held

ROOT = Path(__file__).parents[3]


class Anything:
    """Of which there may be weak references."""


class Dying:
    """Raises a signal as it is deleted, where exceptions are lost."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __del__(self) -> None:
        signal.raise_signal(self.number)
        time.sleep(0)  # a moment for the handler to run in


@pytest.mark.parametrize(
    ("number", "error"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Terminated)]
)
@pytest.mark.parametrize("where", ["__del__", "weak reference", "collector"])
def test_where_an_exception_would_be_lost_the_signal_comes_again(
    number: int, error: type[BaseException], where: str
) -> None:
    def collected(phase: str, about: Any) -> None:
        if phase == "start":
            signal.raise_signal(number)
            time.sleep(0)

    def work() -> None:
        if where == "__del__":
            Dying(number)
        elif where == "weak reference":
            dead = Anything()
            _ = weakref.ref(dead, lambda _: collected("start", None))
            del dead
        else:
            gc.callbacks.append(collected)
            try:
                gc.collect()
            finally:
                gc.callbacks.remove(collected)
        time.sleep(10)  # until it has come

    with held(), pytest.raises(error):
        work()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_python_ends_leaves_the_exit_code_of_the_command(
    number: int, tmp_path: Path
) -> None:
    (tmp_path / "ending.py").write_text(
        "import signal, sys\n"
        "from jamming.commands.signals import begin\n"
        "class Late:\n"
        "    send = staticmethod(signal.raise_signal)\n"
        "    def __del__(self):\n"
        f"        self.send({int(number)})\n"
        "begin()\n"
        "late = Late()\n"
        "raise SystemExit(3)\n"
    )
    done = subprocess.run(
        [sys.executable, str(tmp_path / "ending.py")],
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 3
