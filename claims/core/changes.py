"""The log of what was changed of ranges and statistics that were frozen, and by which reason."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from claims.core import frozen
from claims.core.frozen import Frozen, Range
from claims.core.register import Row, Verdict, verdict
from jamming.checks.errors import BadInput
from jamming.commands.files import write_whole

LOG = Path(__file__).parents[1] / "changes.toml"
UNKNOWN = "not recorded"


@dataclass(frozen=True)
class Change:
    """Of one claim: the ranges and the verdicts before and after, as far as they are known."""

    date: str
    id: str
    old: Range
    new: Range
    before: str
    after: str
    reason: str

    def line(self) -> str:
        """Of the file."""
        said = {"before": self.before, "after": self.after, "reason": self.reason}
        words = ", ".join(f"{key} = {json.dumps(x)}" for key, x in said.items())
        ranges = f"old = {frozen.written(self.old)}, new = {frozen.written(self.new)}"
        return f'    {{date = "{self.date}", id = "{self.id}", {ranges}, {words}}},'


def read(path: Path = LOG) -> list[Change]:
    """The log, the oldest first; BadInput where the file is damaged."""
    try:
        found = tomllib.loads(path.read_text("utf-8"))["changes"]
        return [
            Change(**each | {key: frozen.range_of(each[key]) for key in ("old", "new")})
            for each in found
        ]
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise BadInput(f"{path} cannot be read: {error}: restore it") from error


def write(log: Sequence[Change], path: Path = LOG) -> None:
    """All of the log."""
    lines = ["changes = [", *(each.line() for each in log), "]", ""]
    write_whole(path, "\n".join(lines).encode())


def differing(ids: Sequence[str]) -> list[str]:
    """Which of these entries are not as they are frozen."""
    then, now = frozen.read(), frozen.current()
    return [id for id in ids if then.get(id) != now[id]]


def refuse_without_a_reason(reason: str) -> None:
    """Refuse a reason that is empty or more than a line."""
    if not reason.strip() or "\n" in reason:
        raise BadInput("give the reason of the change in one line: --reason '...'")


def freeze(
    rows: Sequence[Row],
    reason: str,
    *,
    now: Mapping[str, Frozen] | None = None,
    places: tuple[Path, Path] = (frozen.FROZEN, LOG),
) -> list[Change]:
    """Freeze the claims of these rows as their entries are now, and log those that are changed.

    A claim that has not been frozen before is no change. `places`: of the frozen file and the log;
    `now`: what the entries say, by default as they are. Raises BadInput without a reason, or if one
    of them is as it was frozen.
    """
    refuse_without_a_reason(reason)
    then, now = frozen.read(places[0]), frozen.current() if now is None else now
    same = [row.claim.id for row in rows if then.get(row.claim.id) == now[row.claim.id]]
    if same:
        raise BadInput(f"{', '.join(same)}: as frozen, so that there is no change to log")
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    found = [
        _change(row, then[row.claim.id], now[row.claim.id], today, reason)
        for row in rows
        if row.claim.id in then
    ]
    try:
        write([*read(places[1]), *found], places[1])  # first what says why
        frozen.write(then | {row.claim.id: now[row.claim.id] for row in rows}, places[0])
    except OSError as error:
        raise BadInput(f"{places[0].parent} cannot be written: {error.strerror}") from error
    return found


def _change(row: Row, then: Frozen, now: Frozen, date: str, reason: str) -> Change:
    known = row.verdict is not Verdict.NOT_TESTED
    before = UNKNOWN
    if known and (then.statistic, then.hash) == (now.statistic, now.hash):  # the range alone
        accepted: Any = row.claim.accepted
        if then.accepted is None:
            before = str(Verdict.REPORTED)
        elif accepted is not None:
            low, high = then.accepted
            before = str(verdict(row.measured, replace(accepted, low=low, high=high)))
    after = str(row.verdict) if known else UNKNOWN
    return Change(date, row.claim.id, then.accepted, now.accepted, before, after, reason.strip())
