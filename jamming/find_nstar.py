"""`python -m jamming.find_nstar`: find the jamming transition N*(P).

In Python this module can be called: ``jamming.find_nstar(config)`` is the function of that name in
`jamming.nstar.search`.

    >>> import jamming
    >>> job = jamming.Job("digits10pca", P=20, widths=(4,), max_ticks=300, precision="float32")
    >>> (found,) = jamming.find_nstar(jamming.Search(job, P=(20,), depths=(1,), seeds=2))
    >>> found.P
    20

The command itself is one of the chapters above this package (`sweeps.transition.commands`), which
finds it by its name and imports nothing of it.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from jamming.commands import signals
from jamming.commands.command import commands


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, or that of the process where no arguments are given; the exit code."""
    if arguments is None:
        signals.begin()
    (command,) = (each for each in commands() if each.prog == "find_nstar")
    code: int = command.main(arguments)
    return code


class _Callable(ModuleType):
    """So that the function neither shadows the module of its name, nor is shadowed by it."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return import_module("jamming.nstar.search").find_nstar(*arguments, **options)


sys.modules[__name__].__class__ = _Callable

if __name__ == "__main__":
    sys.exit(main())
