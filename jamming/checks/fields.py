"""Frozen dataclasses that check each field by its annotation.

    @dataclass(frozen=True)
    class Config(Checked):
        P: Annotated[tuple[int, ...], several(whole, counts="P", least=2)]
        whiten: Flag = True

A field gets the plain value that its rule returns: 1, 1.0 and np.int64(1) must give the same key.
What is out of range is refused by name, and so are more trajectories than one command may have.
"""

import dataclasses
import functools
import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_type_hints

from jamming.checks import arguments


@dataclass(frozen=True)
class Rule:
    """`check(owner, field, value)` returns the value as a plain type, or raises BadInput.

    The field multiplies the number of runs where `counts` says what to call its values.
    """

    check: Callable[[Any, str, Any], Any]
    counts: str = ""


def scalar(check: Callable[..., Any], name: str = "", **bounds: Any) -> Rule:
    """A value for `jamming.checks.arguments`, in messages under this name or that of the field."""
    return Rule(lambda owner, field, value: check(name or field, value, **bounds))


def several(
    check: Callable[..., Any],
    name: str = "",
    *,
    counts: str = "",
    enough: int = 1,
    sort: bool = True,
    **bounds: Any,
) -> Rule:
    """At least `enough` values, sorted and without duplicates; with `sort` off, as given."""

    def plain(owner: Any, field: str, values: Any) -> tuple[Any, ...]:
        said = name or field
        found = arguments.some(said, check(said, values, **bounds), least=enough)
        return tuple(sorted(set(found))) if sort else found

    return Rule(plain, counts)


def count(name: str = "seeds", **bounds: int) -> Rule:
    """A number of seeds, which are counted up from the seeds of the job."""
    return Rule(
        lambda owner, _, n: arguments.seeds(owner.job.last_seed, n, name=name, **bounds), name
    )


Flag = Annotated[bool, scalar(arguments.flag)]


class Checked:
    """A frozen dataclass whose annotations are rules; None is not checked where it may be."""

    def __post_init__(self: Any) -> None:
        counts: dict[str, int] = {}
        kind: Any = type(self)
        for name, optional, rule in _rules(kind):
            if (given := getattr(self, name)) is None and optional:
                continue
            value = rule.check(self, name, given)
            arguments.settle(self, {name: value})
            if rule.counts:
                counts[rule.counts] = len(value) if isinstance(value, tuple) else value
        arguments.runs(**counts)


def content_key(spec: Any, version: int, *, without: Collection[str] = ()) -> str:
    """The hash of all fields of a spec, and of the version of the code that runs it.

    `without` some: a field that came later, of the spec or of a part of it, at the value that
    stands for what was before it.
    """

    def of(all_fields: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: of(value) if isinstance(value, dict) else value
            for name, value in all_fields.items()
            if name not in without
        }

    fields = of(dataclasses.asdict(spec) | {"version": version})
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:32]


@functools.cache
def _rules(kind: type) -> list[tuple[str, bool, Rule]]:
    """(field, whether it may be None, rule) of each field that has a rule."""
    return [
        (name, type(None) in get_args(hint.__origin__), rule)
        for name, hint in get_type_hints(kind, include_extras=True).items()
        for rule in getattr(hint, "__metadata__", ())
    ]
