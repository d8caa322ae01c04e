"""What claims measured when they were last judged: kept beside the register, as it takes hours.

`claims/judged.toml` has a line for each claim: the number with its interval, the date, the commit
and the seconds of what was run, and hashes of the statistic and of the experiments. It has no
verdict: that follows from the number and from the range as it is now. A number of another statistic
or of other experiments than the entry has now is forgotten.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from claims.core import frozen
from claims.core.entries import place
from claims.core.register import Claim, Measured, Row, Verdict
from jamming.checks.errors import BadInput
from jamming.commands.files import write_whole
from sweeps.engine.discover import Scale, experiment

JUDGED = Path(__file__).parents[1] / "judged.toml"
# of what a number is; the root of the experiments' folders counts for nothing
_ROOT = Path("results")


@dataclass(frozen=True)
class Judged:
    """What was measured on a date by which code; hashes of its statistic and its experiments."""

    date: str
    measured: Measured
    commit: str
    seconds: float
    rule: str
    runs: str

    def line(self, id: str) -> str:
        """Of the file."""
        of = self.measured
        said = {
            "date": self.date,
            "value": of.value,
            "low": of.low,
            "high": of.high,
            "n": of.n,
            "sets": of.sets,
            "commit": self.commit,
            "seconds": round(self.seconds, 1),
            "rule": self.rule,
            "runs": self.runs,
            "text": of.text,
        }
        words = (f"{key} = {_written(x)}" for key, x in said.items() if x is not None)
        return f"{id} = {{{', '.join(words)}}}"


def _written(x: str | float) -> str:
    """As TOML has it, which reads the strings of JSON."""
    if isinstance(x, float):
        return repr(float(f"{x:.8g}"))
    return json.dumps(x, ensure_ascii=False)


def runs_of(claim: Claim) -> str:
    """A hash of the commands of its experiments on a laptop."""
    commands = [experiment(name).command(_ROOT, Scale.LAPTOP) for name in claim.experiments]
    return hashlib.sha256("\n".join(commands).encode()).hexdigest()[:12]


def read(path: Path = JUDGED) -> dict[str, Judged]:
    """What was judged, by id; BadInput where the file is damaged."""
    try:
        found = tomllib.loads(path.read_text("utf-8"))
        return {id: _read(dict(table)) for id, table in found.items()}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise BadInput(f"{path} cannot be read: {error}: restore it") from error


def _read(table: dict[str, Any]) -> Judged:
    number = {key: table.pop(key, None) for key in ("value", "low", "high", "sets")}
    return Judged(measured=Measured(**number, n=table.pop("n"), text=table.pop("text")), **table)


def still(
    claims: Iterable[Claim], path: Path = JUDGED, rules: Mapping[str, frozen.Frozen] | None = None
) -> dict[str, Judged]:
    """Of these claims what was judged by the statistics and experiments that they have now."""
    known = read(path)
    rules = frozen.current() if rules is None else rules
    return {
        c.id: of
        for c in claims
        if (of := known.get(c.id)) and (of.rule, of.runs) == (rules[c.id].hash, runs_of(c))
    }


def recalled(rows: Sequence[Row], path: Path = JUDGED) -> list[Row]:
    """The rows, with what was judged earlier where the data of a claim are not there."""
    known = still([row.claim for row in rows if row.missing], path)
    return [_recalled(row, known.get(row.claim.id)) for row in rows]


def _recalled(row: Row, of: Judged | None) -> Row:
    if of is None:
        return row
    return replace(
        row, measured=of.measured, commit=of.commit, seconds=of.seconds, judged_on=of.date
    )


def record(rows: Sequence[Row], path: Path = JUDGED) -> list[str]:
    """Keep what these rows measured now; the ids of those that have a number of their own.

    Raises BadInput if the file cannot be written.
    """
    rules, today = frozen.current(), f"{datetime.now(UTC):%Y-%m-%d}"
    found = {
        row.claim.id: Judged(
            today,
            row.measured,
            row.commit,
            row.seconds,
            rules[row.claim.id].hash,
            runs_of(row.claim),
        )
        for row in rows
        if row.measured and row.verdict is not Verdict.NOT_TESTED and not row.judged_on
    }
    kept = read(path) | found
    said = "# Written by `python -m claims --record` alone, from what was run.\n"
    lines = [kept[id].line(id) for id in sorted(kept, key=place)]
    try:
        write_whole(path, (said + "\n".join(lines) + "\n").encode())
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}") from error
    return [*found]
