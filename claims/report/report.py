"""The register as a table for the terminal, and as a page with its figures in a folder."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from claims.core.register import Row, why_not_tested
from claims.report import wording
from claims.report.page import html, places
from jamming.checks.errors import BadInput
from jamming.commands.files import folder_for, write_whole

__all__ = ["TITLE", "html", "table", "write"]

TITLE = "What is reproduced"
PAGE = "index.html"
HEAD = ("claim", "verdict", "measured", "95 % interval", "n", "accepted", "published", "cost")


def table(rows: Sequence[Row]) -> str:
    """A line for each claim, why some are not tested, and the counts; ends without a newline."""
    cells = [HEAD, *(_cells(row) for row in rows)]
    wide = [max(len(row[i]) for row in cells) for i in range(len(HEAD))]
    right = {"measured", "n", "cost"}
    lines = [
        "  ".join(
            cell.rjust(w) if name in right else cell.ljust(w)
            for cell, w, name in zip(row, wide, HEAD, strict=True)
        ).rstrip()
        for row in cells
    ]
    for row in rows:
        if why := why_not_tested(row):
            said = f" ({' '.join(row.measured.text.split())})" if row.measured else ""
            lines.append(f"{row.claim.id}: {why}{said}")
    return "\n".join([*lines, _counts(rows)])


def prepared(folder: Path) -> None:
    """Check that the page can be written, before anything is judged.

    Raises:
        BadInput: it cannot be written there.
    """
    folder_for(folder)
    folder_for(folder / "figures")
    if (folder / PAGE).is_dir():
        raise BadInput(f"{folder / PAGE} is a folder: delete it, or choose another --report")


def write(
    rows: Sequence[Row], folder: str | Path, title: str = TITLE, stamp: str | None = None
) -> Path:
    """Write the page and copies of its figures into a folder; returns the path of the page.

    `stamp` says when and of what it was made, today's date if it is not given. The page appears
    last and whole; figures that are not there are named on it.

    Raises:
        BadInput: the folder cannot be written, or a figure cannot be read.
    """
    folder = Path(folder)
    stamp = datetime.now(UTC).strftime("%d %B %Y").lstrip("0") if stamp is None else stamp
    page = folder / PAGE
    try:
        (folder / "figures").mkdir(parents=True, exist_ok=True)
        for source, place in places(rows).items():
            target = folder / place
            if source.is_file() and not (target.exists() and target.samefile(source)):
                write_whole(target, source.read_bytes())
        write_whole(page, html(rows, title, stamp).encode("utf-8", errors="replace"))
    except OSError as error:
        raise BadInput(
            f"the report cannot be written: {error.strerror or error} ({error.filename}):"
            " choose another folder"
        ) from error
    return page


def _cells(row: Row) -> tuple[str, ...]:
    value, interval = wording.estimate(row.measured)
    return (
        row.claim.id,
        str(row.verdict),
        value or "-",
        interval or "-",
        str(row.measured.n) if value and row.measured else "-",
        wording.accepted(row.claim.accepted),
        _short(str(row.claim.published), 32),
        wording.duration(row.seconds) if row.seconds > 0 else "-",
    )


def _short(text: str, width: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 3].rstrip() + "..."


def _counts(rows: Sequence[Row]) -> str:
    counts = [f"{n} {verdict}" for verdict, n in wording.tally(rows).items()]
    failed = sum(bool(row.error) for row in rows)
    return ", ".join(counts) + (f" ({failed} with a statistic that failed)" if failed else "")
