"""The register as a table for the terminal, and as a page with its figures in a folder.

The page needs nothing but itself: style and script are in it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import chain, count, groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from claims.core import changes
from claims.core.deciding import why_undecided
from claims.core.register import Claim, Data, Row, Verdict, part, why_not_tested
from claims.report import wording
from claims.report.formulas import typeset
from claims.report.numberline import line
from jamming.checks.errors import BadInput
from jamming.commands.files import folder_for, write_whole
from jamming.commands.said import Said

TITLE = "What is reproduced"
PAGE = "index.html"
PICTURES = (".png", ".svg", ".jpg", ".jpeg", ".gif", ".webp")
_COLUMNS = "claim, verdict, measured, 95 % interval, n, accepted, published, data, cost"
HEAD = tuple(_COLUMNS.split(", "))
SIDES = "<<><><<<>"  # to which each column of the table is aligned


def listed(claims: Sequence[Claim]) -> Said:
    """A line for each claim: what it says, its data and its experiments."""
    lines = [
        f"{c.id:5} {c.data:8} {', '.join(c.experiments) or '-':36} {c.statement}" for c in claims
    ]
    return Said("\n".join(lines), [*map(_named, claims)])


def table(rows: Sequence[Row]) -> Said:
    """A line for each claim, why some have no verdict, and the counts; ends without a newline."""
    cells = [HEAD, *map(_cells, rows)]
    columns = zip(SIDES, zip(*cells, strict=True), strict=True)
    forms = [f"{side}{max(map(len, column))}" for side, column in columns]
    lines = ["  ".join(map(format, row, forms)).rstrip() for row in cells]
    for row in rows:
        if why := why_not_tested(row):
            said = f" ({' '.join(row.measured.text.split())})" if row.measured else ""
            lines.append(f"{row.claim.id}: {why}{said}")
        if why := why_undecided(row):
            lines.append(f"{row.claim.id}: undecided: {why}")
    if earlier := [row.claim.id for row in rows if row.judged_on]:
        lines.append(f"recorded, and not run here: {' '.join(earlier)}")
    counts = ", ".join(f"{n} {verdict}" for verdict, n in _tally(rows).items())
    failed = sum(bool(row.error) for row in rows)
    lines.append(counts + f" ({failed} with a statistic that failed)" * bool(failed))
    return Said("\n".join(lines), [*map(_values, rows)])


def prepared(folder: Path) -> None:
    """Check that the page can be written, before anything is judged; BadInput where it cannot."""
    folder_for(folder)
    folder_for(folder / "figures")
    if (folder / PAGE).is_dir():
        raise BadInput(f"{folder / PAGE} is a folder: delete it, or choose another --report")


def write(rows: Sequence[Row], folder: Path) -> Path:
    """Write the page and copies of its figures into a folder; returns the path of the page.

    The page appears last and whole; figures that are not there are named on it. Raises BadInput if
    the folder cannot be written, or a figure cannot be read.
    """
    page, today = folder / PAGE, f"{datetime.now(UTC):%d %B %Y}".lstrip("0")
    try:
        (folder / "figures").mkdir(parents=True, exist_ok=True)
        for source, place in _places(rows).items():
            target = folder / place
            if source.is_file() and not (target.exists() and target.samefile(source)):
                write_whole(target, source.read_bytes())
        write_whole(page, html(rows, TITLE, today).encode("utf-8", errors="replace"))
    except OSError as error:
        raise BadInput(
            f"the report cannot be written: {error.strerror or error} ({error.filename}):"
            " choose another folder"
        ) from error
    return page


def html(rows: Sequence[Row], title: str, stamp: str) -> str:
    """The page; `stamp` says when it was made. Figures are linked as `write` saves them."""
    page, places = _environment().get_template("page.html.jinja"), _places(rows).items()
    ids = {row.claim.id for row in rows}
    return page.render(
        title=title,
        stamp=stamp,
        rows=rows,
        parts=[(name, list(of)) for name, of in groupby(rows, lambda row: part(row.claim))],
        counts=_tally(rows),
        changes=[one for one in changes.read() if one.id in {"all", *ids}],
        data={kind: sum(row.claim.data is kind for row in rows) for kind in Data},
        figures={path: quote(place) for path, place in places if path.is_file()},
        # the claim under which each figure is shown in full
        first={row.figure: row.claim.id for row in reversed(rows) if row.figure},
        pictures=PICTURES,
    )


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = (wording.accepted, wording.between, wording.commit, wording.duration, wording.estimate)
    said = (*words, wording.number, typeset, why_not_tested, why_undecided)
    found.filters |= {each.__name__: each for each in said}
    found.filters["percent"] = "{:.2f}%".format
    # of a verdict: its name in the style sheet and the script
    found.filters["slug"] = lambda verdict: verdict.name.lower().replace("_", "-")
    found.globals |= {"line": line, "meanings": wording.DATA}
    return found


def _places(rows: Sequence[Row]) -> dict[Path, str]:
    """Where on the page's folder each figure goes, by its path; no two in one place."""
    found: dict[Path, str] = {}
    taken: set[str] = set()
    for figure in dict.fromkeys(row.figure for row in rows if row.figure):
        others = (f"{figure.stem}-{k}{figure.suffix}" for k in count(2))
        name = next(each for each in chain([figure.name], others) if each.lower() not in taken)
        taken.add(name.lower())
        found[figure] = f"figures/{name}"
    return found


def _cells(row: Row) -> tuple[str, ...]:
    value, interval = wording.estimate(row.measured)
    published = " ".join(row.claim.published.text.split())
    return (
        row.claim.id,
        str(row.verdict),
        value or "-",
        interval or "-",
        str(row.measured.n) if value and row.measured else "-",
        wording.accepted(row.claim.accepted),
        published if len(published) <= 32 else published[:29].rstrip() + "...",
        str(row.claim.data),
        wording.duration(row.seconds) if row.seconds > 0 else "-",
    )


def _named(claim: Claim) -> dict[str, Any]:
    return {
        "claim": claim.id,
        "statement": claim.statement,
        "source": claim.source,
        "data": claim.data,
        "experiments": claim.experiments,
    }


def _values(row: Row) -> dict[str, Any]:
    """What `_cells` shows, as numbers."""
    measured, accepted = row.measured, row.claim.accepted
    names = ("value", "low", "high", "n")
    number = {} if measured is None else {name: getattr(measured, name) for name in names}
    return _named(row.claim) | {
        "verdict": str(row.verdict),
        "why": why_not_tested(row) or why_undecided(row),
        "measured": number,
        "accepted": {} if accepted is None else {"low": accepted.low, "high": accepted.high},
        "published": row.claim.published.text,
        "seconds": row.seconds,
        "commit": row.commit,
    }


def _tally(rows: Sequence[Row]) -> dict[Verdict, int]:
    return {verdict: sum(row.verdict is verdict for row in rows) for verdict in Verdict}
