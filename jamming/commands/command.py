"""The boundary of all command lines: what goes wrong is one line on stderr and an exit code.

0: a result. 1: something that nobody foresaw, named in the line. 2: bad input, files that cannot
be used, too little memory. 130, 143: Ctrl-C, SIGTERM. A command may add its own. `--debug`, which
every command takes, prints the traceback as well.
"""

import io
import json
import os
import pkgutil
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from jamming.checks.errors import BadInput, described, one_line
from jamming.commands import signals
from jamming.commands.said import Said, document, plain
from jamming.execution.threads import requested_blas_threads

_NO_MEMORY = re.compile("RESOURCE_EXHAUSTED|Out of memory")  # of XLA
_DEVICES = ("JAX_PLATFORMS", "JAX_NUM_CPU_DEVICES")  # with what JAX looks for them

KEPT = "what had ended is kept, the same command goes on there"


def outcome(prog: str, run: Callable[[], int], *, debug: bool = False, lower: str = "") -> int:
    """The exit code of `run`, or of what it ends in, which is one line on stderr (see the module).

    `prog` is the name of the command; `lower` names the options that save memory. With `debug`, the
    traceback of an error is printed, too.
    """
    try:
        with signals.held():
            if isinstance(sys.stdout, io.TextIOWrapper):  # a name that it cannot encode is escaped
                sys.stdout.reconfigure(errors="backslashreplace")
            try:
                with requested_blas_threads():
                    return run()
            finally:
                echo()
    except (Exception, KeyboardInterrupt) as error:
        code, said = _cause(error, lower)
        if debug:
            traceback.print_exc()
        complain(f"{prog}: {said}")
        return code


class _State:
    """Of this process: what is said, where a command gathers it for one document."""

    gathered: list[object] | None = None


def echo(
    *lines: object, kept: str | Path | None = None, **files: Path | str | Sequence[Path]
) -> None:
    """Print on stdout, now; to nobody, where its reader has gone. Files are named at the end.

    Within `as_json` it is gathered. Raises BadInput if stdout cannot be written, which says where
    the results are, `kept`.
    """
    for name, given in files.items():
        paths = [given] if isinstance(given, Path | str) else [*given]
        lines = (*lines, Said(f"{name}: {', '.join(map(str, paths))}", {name: paths}))
    if _State.gathered is not None:
        _State.gathered.extend(lines)
        return
    try:
        for text in lines:
            print(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence(sys.stdout)
    except OSError as error:
        _silence(sys.stdout)
        where = "" if kept is None else f"; the results are in {kept}"
        raise BadInput(f"cannot write to stdout ({error.strerror}){where}") from error


@contextmanager
def as_json(about: Mapping[str, Any] | None) -> Iterator[None]:
    """What is echoed inside is one JSON document at the end, which begins with `about`.

    Of a command that fails it has what had been said before; there is none if nothing was. Without
    `about` nothing changes, except inside a command that makes a document: what another one says
    there goes to stderr.
    """
    outer = _State.gathered
    if about is None and outer is None:
        yield
        return
    said: list[object] = []
    _State.gathered = said
    ended = False
    try:
        yield
        ended = True
    finally:
        _State.gathered = outer
        if about is None:
            for line in said:
                complain(str(line))
        elif said or ended:
            whole = {**plain(about), **document(said)}
            echo(json.dumps(whole, indent=1, allow_nan=False))


def aside(text: str) -> None:
    """What is done next: on stdout, but within `as_json` on stderr."""
    complain(text) if _State.gathered is not None else echo(text)


def illustrate(figure: str, found: Any, path: Path, kept: str | Path) -> None:
    """Draw results, which are in `kept` already, into a file; a failure is refused with its reason.

    `figure` names the module whose `figure` and `save` do it: commands may not import figures.
    """
    try:
        module = import_module(figure)
        module.save(module.figure(found), path)
    except Exception as error:
        own = isinstance(error, BadInput)
        said = one_line(error) if own else f"cannot draw {path} ({described(error)})"
        raise BadInput(f"{said}; the results are in {kept}") from error


def complain(text: str) -> None:
    """Print on stderr, where that can be written."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _silence(sys.stderr)


def _silence(stream: Any) -> None:
    """Lead it nowhere: its buffer would be written again at the end of Python."""
    with suppress(OSError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def of_chapters(package: str, module: str) -> dict[str, ModuleType]:
    """The modules of this name in the folders of a package, by folder."""
    folders = [each for each in pkgutil.iter_modules(import_module(package).__path__) if each.ispkg]
    names = {name: f"{package}.{name}.{module}" for name in sorted(each.name for each in folders)}
    return {name: import_module(full) for name, full in names.items() if find_spec(full)}


def commands() -> list[Any]:
    """The classes of the commands of all chapters: a new chapter is on no list."""
    return [each for one in of_chapters("sweeps", "commands").values() for each in one.COMMANDS]


def devices() -> None:
    """Refuse variables now, before the first folder is made, if they name what is not there."""
    named = " ".join(f"{name}={os.environ[name]}" for name in _DEVICES if os.environ.get(name))
    jax: Any = sys.modules.get("jax")
    if named and jax is not None:
        try:
            jax.devices()
        except Exception as error:  # an assertion, for some names
            raise BadInput(
                f"JAX has no device for {named}: unset it, or try JAX_PLATFORMS=cpu"
            ) from error


def _cause(error: BaseException, lower: str) -> tuple[int, str]:
    said = one_line(error)
    match error:
        case signals.Terminated():
            return 143, f"terminated; {KEPT}"
        case KeyboardInterrupt():
            return 130, f"interrupted; {KEPT}"
        case BadInput():
            return 2, said
        case RecursionError():
            return 2, "a file is nested too deeply to be read: it is damaged"
        case UnicodeError():
            return 2, f"a name cannot be used here ({said}): set PYTHONUTF8=1"
        case OSError():
            what = f" {error.filename}" if error.filename is not None else ""
            return 2, f"cannot use{what or ' a file'} ({error.strerror or said}); {KEPT}"
        case _ if isinstance(error, MemoryError) or _NO_MEMORY.search(said):
            return 2, f"not enough memory: lower {lower or 'the sizes'}"
    return 1, f"unexpected {type(error).__name__}: {said or '-'} (--debug shows where); {KEPT}"
