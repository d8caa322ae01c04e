"""What runs can be of: the classes of which a stored run has the fields, and with them its key."""

import dataclasses
import functools
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from jamming.checks.errors import BadInput
from jamming.training.spec import Job

# those of chapters, by name: what is common to all imports none of them
CHAPTERS = (
    ("sweeps.random_features.network", "Cell"),
    ("sweeps.learning_curves.kernel_regression", "Regression"),
)


def key_of(fields: Any) -> str | None:
    """The key of what these fields are of; None where they are those of no class known here.

    Raises:
        BadInput: they are, and one of them has a value that it cannot have.
    """
    kind = kind_of(fields)
    if kind is None:
        return None
    try:
        made: str = _made(kind, fields).key
    except (TypeError, ValueError, AttributeError, KeyError, OverflowError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadInput(f"no {kind.__name__} has these fields: {why}") from error
    return made


def kind_of(fields: Any) -> Any:
    """The class that has these fields, or None."""
    return _kinds().get(frozenset(fields)) if isinstance(fields, Mapping) else None


@functools.cache
def _kinds() -> dict[frozenset[str], Any]:
    kinds = (Job, *(getattr(import_module(module), name) for module, name in CHAPTERS))
    return {frozenset(each.name for each in dataclasses.fields(kind)): kind for kind in kinds}


def _made(kind: Any, fields: Mapping[str, Any]) -> Any:
    """An object of fields that went through JSON: lists are tuples, objects of their class."""
    types = {each.name: each.type for each in dataclasses.fields(kind)}
    return kind(**{name: _plain(types[name], value) for name, value in fields.items()})


def _plain(kind: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        return _made(kind, value)
    return tuple(value) if isinstance(value, list) else value
