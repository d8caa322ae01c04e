"""What runs can be of: the classes of which a stored run has the fields, and with them its key."""

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

from jamming.errors import BadInput
from jamming.job import Job


def key_of(fields: Any) -> str | None:
    """The key of what these fields are of; None where they are those of no class known here.

    Raises:
        BadInput: they are, and one of them has a value that it cannot have.
    """
    if not isinstance(fields, Mapping):
        return None
    for kind in _kinds():
        if set(fields) == {each.name for each in dataclasses.fields(kind)}:
            try:
                made: str = _made(kind, fields).key
            except (TypeError, ValueError, AttributeError, KeyError, OverflowError) as error:
                raise BadInput(f"no {kind.__name__} has these fields: {error}") from error
            return made
    return None


@functools.cache
def _kinds() -> tuple[Any, ...]:
    # not before they are asked for: one of them is of a module that writes into stores
    from jamming.random_features.cell import Cell
    from sweeps.kernel_regression import Regression

    return Job, Cell, Regression


def _made(kind: Any, fields: Mapping[str, Any]) -> Any:
    """An object of fields that went through JSON: lists are tuples, objects of their class."""
    types = {each.name: each.type for each in dataclasses.fields(kind)}
    return kind(**{name: _plain(types[name], value) for name, value in fields.items()})


def _plain(kind: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        return _made(kind, value)
    return tuple(value) if isinstance(value, list) else value
