"""Ctrl-C and SIGTERM in commands: a quiet line at any moment, a clean end that nothing disturbs.

Imported first by the packages that hold commands, so nothing heavy is imported here.
"""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM)
LATER = 0.02  # seconds after which a signal comes again whose exception was forgotten


class Terminated(KeyboardInterrupt):
    """SIGTERM has come: what Ctrl-C ends, this ends as well."""


class _State:
    """Of this process: whether it is a command, and whether one of its commands holds signals."""

    command = False
    held = False


def launched() -> None:
    """Called as a package is imported: where that is for `python -m`, the process is a command.

    (Its first argument is "-m" until the module is found.) Until it runs, a signal is one line and
    the end: there is nothing to clean up, and an exception within an import may become another one.
    """
    if sys.argv[:1] == ["-m"]:
        begin()


def begin() -> None:
    """This process is a command."""
    if _State.command:
        return
    _State.command = True
    # it draws into files; a notebook's backend, inherited, may not even be installed here
    os.environ["MPLBACKEND"] = "Agg"
    for name in ("stdout", "stderr"):  # closed by the caller: nobody reads
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115
    if "--debug" not in sys.argv[1:] + sys.orig_argv:
        sys.excepthook = _one_line
    for number in SIGNALS:
        # one that is ignored (by nohup, or in the background of a shell) stays so
        if signal.getsignal(number) in (signal.default_int_handler, signal.SIG_DFL):
            signal.signal(number, _at_once)
            # Python drops handlers as it ends: the exit code of what has ended stays
            atexit.register(signal.signal, number, signal.SIG_IGN)


def called() -> str:
    """The command's name."""
    path = sys.argv[0].removesuffix("/__main__.py").removesuffix(".py")
    return os.path.basename(path) if path != "-m" else "jamming"  # noqa: PTH119


def _at_once(number: int, frame: FrameType | None) -> NoReturn:
    os.write(2, f"{called()}: interrupted\n".encode(errors="replace"))
    os._exit(128 + number)


def _imports(frame: FrameType | None) -> bool:
    """Whether an import is under way. That of JAX aborts if an exception is raised in it."""
    while frame is not None and frame.f_code.co_filename != "<frozen importlib._bootstrap>":
        frame = frame.f_back
    return frame is not None


def _one_line(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    """What no command has caught, as a library that is missing or broken.

    A variable that JAX refuses as it is imported is bad input: the exit code is 2.
    """
    said = " ".join(f"{kind.__name__}: {error}".split())
    asked = said.upper().replace(".", "_")
    if wrong := [name for name in os.environ if name.startswith("JAX_") and name in asked]:
        print(f"{called()}: {said}: change or unset {wrong[0]}", file=sys.stderr)
        raise SystemExit(2)
    print(f"{called()}: {said} (--debug shows where)", file=sys.stderr)


@contextmanager
def held() -> Iterator[None]:
    """The first signal raises KeyboardInterrupt or Terminated; those that follow do nothing.

    So files are removed and threads joined undisturbed. Where Python prints an exception and
    forgets it, as in `__del__` and callbacks of weak references, the signal comes again. Where a
    command imports something it is the end at once, as in `launched`. A command inside another
    leaves this to the outer one.
    """
    if _State.held or threading.current_thread() is not threading.main_thread():
        yield
        return
    stopped = False

    def once(number: int, frame: FrameType | None) -> None:
        nonlocal stopped
        if not stopped:
            stopped = True
            if _State.command and _imports(frame):
                _at_once(number, frame)
            raise Terminated if number == signal.SIGTERM else KeyboardInterrupt

    def forgotten(lost: "sys.UnraisableHookArgs") -> None:
        nonlocal stopped
        if not issubclass(lost.exc_type, KeyboardInterrupt):
            others(lost)
            return
        stopped = False
        number = signal.SIGTERM if issubclass(lost.exc_type, Terminated) else signal.SIGINT
        main = threading.main_thread().ident
        threading.Timer(LATER, signal.pthread_kill, [main, number]).start()

    before = {number: signal.getsignal(number) for number in SIGNALS}
    others, sys.unraisablehook = sys.unraisablehook, forgotten
    _State.held = True
    try:
        for number, handler in before.items():
            if handler not in (signal.SIG_IGN, None):
                signal.signal(number, once)
        yield
    finally:
        _State.held = False
        sys.unraisablehook = others
        if not (stopped and _State.command):  # else the process is about to end
            for number, handler in before.items():
                if handler is not None:
                    signal.signal(number, handler)
