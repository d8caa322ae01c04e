"""Texts that know what they say, so that what a command prints can be one JSON document.

A cell of a table is `Said` with its number, or several by name; a table is `Said` with its rows;
what has tables in it, with its parts. All of them are texts, and print as such:

    >>> row = {"h": number(4, "d"), "N*": interval(12.34, 10.0, 15.0, ".0f")}
    >>> print(table([row]))
    h            N*
    4  12 [10, 15]
    >>> document([table([row])])["tables"]
    [[{'h': 4, 'N*': {'value': 12.34, 'low': 10.0, 'high': 15.0}}]]
"""

import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self


class Said(str):
    """A text and its `value`: a number or numbers by name, rows, files by name, or parts.

    Rows are a list, parts a tuple, files a mapping.
    """

    value: Any

    def __new__(cls, text: object, value: Any) -> Self:
        made = super().__new__(cls, text)
        made.value = value
        return made


def number(value: Any, form: str) -> Said:
    """A number, or - where it is not known."""
    return Said("-" if math.isnan(value) else format(value, form), value)


def interval(value: float, low: float, high: float, form: str) -> Said:
    """A number with the ends of its interval; - where it is not known."""
    text: str = number(value, form)
    if not math.isnan(value):
        text += f" [{low:{form}}, {high:{form}}]"
    return Said(text, {"value": value, "low": low, "high": high})


def spread(
    mean: float, error: float, form: str, error_form: str = "", percent: bool = False
) -> Said:
    """A mean +- its error, which is left out where it is NaN; the values are no percents."""
    x, bar = (100 * mean, 100 * error) if percent else (mean, error)
    bars = "" if math.isnan(bar) else f" +- {bar:{error_form or form}}"
    return Said(f"{x:{form}}{bars}{' %' * percent}", {"mean": mean, "error": error})


def part(n: int, of: int, between: str = "/") -> Said:
    """How many of how many."""
    return Said(f"{n}{between}{of}", {"n": n, "of": of})


def several(values: Sequence[float], form: str) -> Said:
    """Numbers in one cell."""
    return Said(" ".join(number(x, form) for x in values), list(values))


def joined(between: str, **parts: str) -> Said:
    """Cells in one, by name."""
    return Said(between.join(parts.values()), parts)


def table(rows: Sequence[Mapping[str, Any]]) -> Said:
    """Rows of cells below their names, aligned to the right."""
    lines = [[*rows[0]], *([*map(str, row.values())] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = "\n".join(
        "  ".join(f"{word:>{width}}" for word, width in zip(line, widths, strict=True))
        for line in lines
    )
    return Said(text, [dict(row) for row in rows])


def page(*parts: str, between: str = "\n") -> Said:
    """Texts and tables, below each other."""
    return Said(between.join(parts), parts)


def listed(lines: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[Said, ...]:
    """Lines, each with its row, as one table; nothing without any."""
    every = list(lines)
    return (Said("\n".join(text for text, _ in every), [row for _, row in every]),) * bool(every)


def document(lines: Iterable[object]) -> dict[str, Any]:
    """What lines say, as JSON has it: `tables`, each a list of rows, `files` by name, `notes`.

    NaN is null; an infinite number, which JSON has not, is the text inf or -inf.
    """
    found: dict[str, Any] = {"tables": [], "files": {}, "notes": []}

    def take(line: object) -> None:
        match getattr(line, "value", None):
            case tuple() as parts:
                for part in parts:
                    take(part)
            case list() as rows:
                found["tables"].append(plain(rows))
            case dict() as files:
                for name, paths in files.items():
                    found["files"].setdefault(name, []).extend(plain(paths))
            case _:
                found["notes"] += [each for each in str(line).splitlines() if each.strip()]

    for line in lines:
        take(line)
    return found


def plain(value: Any) -> Any:
    """As JSON has it (see `document`)."""
    match value:
        case Said():
            return plain(value.value)
        case None | bool():
            return value
        case str():
            return str(value)
        case Mapping():
            return {str(name): plain(each) for name, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case numbers.Integral():
            return int(value)
        case numbers.Real():
            x = float(value)
            return None if math.isnan(x) else x if math.isfinite(x) else str(x)
    if hasattr(value, "item"):  # a number of NumPy, or an array without axes
        return plain(value.item())
    return str(value)
