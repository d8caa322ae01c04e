"""What chapters bring along, found by the name of its module: a new chapter is on no list."""

import pkgutil
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any


def of_chapters(package: str, module: str) -> dict[str, ModuleType]:
    """The modules of this name in the folders of a package, by folder."""
    folders = [each for each in pkgutil.iter_modules(import_module(package).__path__) if each.ispkg]
    names = {name: f"{package}.{name}.{module}" for name in sorted(each.name for each in folders)}
    return {name: import_module(full) for name, full in names.items() if find_spec(full)}


def commands() -> list[Any]:
    """The classes of the commands of all chapters; they stand above this package."""
    return [each for one in of_chapters("sweeps", "commands").values() for each in one.COMMANDS]
