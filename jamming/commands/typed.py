"""Commands as typed configs: a frozen dataclass whose fields are the options of its command line.

    @dataclass(frozen=True, kw_only=True)
    class Greet(Command):
        '''Say hello.'''

        prog: ClassVar = "greet"
        times: Annotated[tuple[int, ...], Help("how often, for each name")] = (1, 2)

        def run(self) -> int: ...

`Greet.main()` runs ``greet --times 3 4``; `Greet.of(["--times", "3"])` is the config of a command
line, ``Greet(times=(3,)).line()`` the command line of a config. Of an option given twice the last
counts; the line overrides a TOML file (``--config``). Nothing heavy is imported here, so that
``--help`` is immediate.
"""

import dataclasses
import functools
import inspect
import io
import re
import shutil
import sys
import tomllib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self, cast, get_args, get_type_hints

from cyclopts import App, CoercionError, CycloptsError, Parameter
from cyclopts import convert as converted
from rich.console import Console

from jamming.checks.errors import BadInput, one_line
from jamming.commands.command import as_json, devices, echo, outcome
from jamming.commands.files import expanded

LARGEST = 1_000_000  # bytes; a device or a store's file is no list of options
COMMON = ("toml", "debug", "json")  # options that say nothing of what is computed
_ENDLESS = re.compile(r"[^\s/]{300,}")  # a word that nobody reads to its end, and is no path
# Python reads more than people write: 1_0, digits of other scripts
_WHOLE = re.compile(r"[+-]?[0-9]+", re.ASCII)
_REAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?|[+-]?inf|nan", re.I | re.A)


def Help(text: str, **options: Any) -> Parameter:
    """What ``--help`` says of a field, in its `Annotated` type."""
    return Parameter(help=text, **options)


@dataclass(frozen=True, kw_only=True)
class Command:
    """The options that every command has; the docstring of each is what ``--help`` says of it.

    `prog` is the name of the command, `example` shows it in use, `lower` names the options that
    save memory, `bare` the field that words without an option stand for.
    """

    toml: Annotated[
        Path | None, Help("TOML file with these options; the line wins", name="--config")
    ] = None
    debug: Annotated[
        bool, Help("of an error, show the traceback", negative=(), show_default=False)
    ] = False
    json: Annotated[
        bool, Help("print one JSON document (docs/howto/json.md)", negative=(), show_default=False)
    ] = False

    prog: ClassVar[str]
    example: ClassVar[str] = ""
    lower: ClassVar[str] = ""
    bare: ClassVar[str] = ""

    def run(self) -> int:
        """Run it; the exit code."""
        raise NotImplementedError

    @classmethod
    def called(cls) -> str:
        """How a person calls the command."""
        module = sys.modules[cls.__module__]
        name = cls.__module__ if module.__spec__ is None else module.__spec__.name
        return f"python -m {name.removesuffix('.__main__')}"

    @classmethod
    def about(cls) -> str:
        """What it does, in a sentence."""
        return one_line((cls.__doc__ or "").split("\n\n")[0])

    @classmethod
    def of(cls, line: Sequence[str]) -> Self:
        """The config of a line; BadInput for an unknown option or value, also of its TOML file."""
        given, app = _last(line, cls.bare), _app(cast(Any, cls))
        found = _parsed(app, given)
        if found.toml is None:
            return found
        words = _words(found.toml, cls)
        try:
            _parsed(app, words)
        except BadInput as error:
            raise BadInput(f"{found.toml}: {error}") from error
        return _parsed(app, _last([*words, *given]))

    @classmethod
    def main(cls, line: Sequence[str] | None = None) -> int:
        """Run the command with these arguments, by default those of the process; the exit code."""
        given = list(sys.argv[1:] if line is None else line)

        def run() -> int:
            if {"--help", "-h"} & set(given):
                page = io.StringIO()
                width = min(100, shutil.get_terminal_size().columns)
                _app(cast(Any, cls)).help_print(console=Console(file=page, width=width))
                echo(page.getvalue().rstrip())
                return 0
            config = cls.of(given)
            devices()
            with as_json(config.described() if config.json else None):
                return config.run()

        return outcome(cls.prog, run, debug="--debug" in given, lower=cls.lower)

    def line(self, but: Collection[str] = ()) -> list[str]:
        """The command line that gives this config, without what has its default, or is in `but`."""
        words: list[str] = []
        for name, (flag, value, default) in self.given().items():
            if value == default or name in COMMON or name in but:
                continue
            if isinstance(value, bool):
                words.append(f"--{flag}" if value else f"--no-{flag}")
            elif f"{value}".startswith("-"):
                words.append(f"--{flag}={value}")
            else:
                several = value if isinstance(value, tuple) else (value,)
                words += [f"--{flag}", *map(str, several)]
        return words

    def described(self) -> dict[str, Any]:
        """Of a JSON document: the command, the suite's version, and all options."""
        given = self.given()
        options = {flag: value for name, (flag, value, _) in given.items() if name not in COMMON}
        return {"command": self.called(), "version": version("jamming"), "options": options}

    def given(self) -> dict[str, tuple[str, Any, Any]]:
        """Field -> (flag, value, default)."""
        return {
            field.name: (_flag(field.name), getattr(self, field.name), field.default)
            for field in dataclasses.fields(self)
        }


def _flag(name: str) -> str:
    return name.replace("_", "-")


@functools.cache
def _app(kind: type[Command]) -> App:
    example = f"\n\nexample: {kind.example}" if kind.example else ""
    app = App(
        name=kind.prog,
        help=inspect.cleandoc(kind.__doc__ or "") + example,
        help_format="plaintext",
        version_flags=[],
        help_flags=[],
        result_action="return_value",
        default_parameter=Parameter(
            consume_multiple=1,  # words, or more
            negative_iterable=(),
            name_transform=_flag,
            converter=_convert,
            show_default=_shown,
        ),
    )
    app.default(kind)
    return app


def _parsed(app: App, line: Sequence[str]) -> Any:
    try:
        make, bound, _ = app.parse_args(line, exit_on_error=False, print_error=False)
        return make(*bound.args, **bound.kwargs)
    except CycloptsError as error:
        said = _ENDLESS.sub(lambda word: f"{word[0][:40]}...", one_line(error))
        raise BadInput(f"{said} (see --help)") from error


def _convert(type_: Any, tokens: Sequence[Any]) -> Any:
    """Numbers as people write them, paths with ~; all else as the library does it."""
    kinds = _leaves(type_)
    for token in tokens:
        text = str(token.value)
        if kinds & {int, float}:
            pattern, what = (_WHOLE, "whole number") if int in kinds else (_REAL, "number")
            if not pattern.fullmatch(text):
                raise CoercionError(msg=f'"{text}" is no {what}', token=token, target_type=type_)
    if Path in kinds:
        return expanded(tokens[0].value)
    if type(None) in kinds and any(str(token.value) == "none" for token in tokens):
        raise ValueError('"none" is what it is without the option')
    return converted(type_, tokens)


def _shown(default: Any) -> Any:
    return " ".join(map(str, default)) if isinstance(default, tuple) else default


def _leaves(type_: Any) -> set[Any]:
    inner = get_args(type_)
    return {type_} if not inner else set().union(*map(_leaves, inner))


def _last(line: Iterable[str], bare: str = "") -> list[str]:
    """Without the options that are given again later; leading words belong to the option `bare`."""
    groups: dict[str, list[str]] = {}
    name = ""
    for word in line:
        if re.match(r"--\w", word):
            name = word.split("=")[0].replace("_", "-")
            name = name.replace("--no-", "--", 1)
            groups.pop(name, None)
        groups.setdefault(name, []).append(word)
    if bare and "" in groups:
        groups = {"": [f"--{_flag(bare)}", *groups.pop("")]} | groups
    return [word for group in groups.values() for word in group]


def _words(path: Path, kind: type[Command]) -> list[str]:
    """What one would type in place of a TOML file."""
    hints = get_type_hints(kind)
    kinds = {_flag(field.name): _leaves(hints[field.name]) for field in dataclasses.fields(kind)}
    for name in COMMON:
        del kinds[name]
    words: dict[str, list[str]] = {}
    for name, value in _read(path).items():
        flag, what = _flag(name), f"{path}: '{name}'"
        negated = flag not in kinds and bool in kinds.get(flag.removeprefix("no-"), ())
        flag = flag.removeprefix("no-") if negated else flag
        if flag not in kinds:
            raise BadInput(f"{path}: there is no option '{name}', see --help")
        if flag in words:
            raise BadInput(f"{what} is there twice: leave one of them")
        if bool in kinds[flag]:
            if not isinstance(value, bool):
                raise BadInput(f"{what} is true or false, not {value!r}")
            words[flag] = [f"--{flag}" if value != negated else f"--no-{flag}"]
            continue
        many = Ellipsis in kinds[flag]
        values = value if many and isinstance(value, list) else [value]
        if not all(isinstance(v, str | int | float) and not isinstance(v, bool) for v in values):
            raise BadInput(f"{what} must be text or a number{' or a list of them' * many}")
        words[flag] = [f"--{flag}", *map(str, values)] if many else [f"--{flag}={value}"]
    return [word for option in words.values() for word in option]


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ValueError("it is too large to be a file of options")
        return tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n"))
    except (OSError, ValueError, RecursionError) as error:
        said = "nested too deeply" if isinstance(error, RecursionError) else error
        raise BadInput(f"cannot read {path}: {said}") from error


def choose(commands: Sequence[type[Command]], chapter: str) -> int:
    """Run that of the commands which the first word of the process's line names; the exit code.

    A command that has the name of its chapter needs none. Without a name, the commands are listed.
    """
    known = {each.prog: each for each in commands}
    name, *rest = sys.argv[1:] or ["--help"]
    if name.startswith("-") and chapter in known:
        return known[chapter].main()
    if name in known:
        return known[name].main(rest)

    def show() -> int:
        if name not in ("--help", "-h"):
            raise BadInput(f"there is no command '{name}': choose {', '.join(known)}")
        echo(*(f"{each.called()}: {each.about()}" for each in commands))
        return 0

    return outcome(chapter, show)
