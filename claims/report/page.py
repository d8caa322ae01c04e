"""The register as a page that needs nothing but itself: style and script are in it."""

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from claims.core.register import Row, Verdict, part, why_not_tested
from claims.report import wording
from claims.report.formulas import typeset
from claims.report.numberline import line

PICTURES = (".png", ".svg", ".jpg", ".jpeg", ".gif", ".webp")


def html(rows: Sequence[Row], title: str, stamp: str) -> str:
    """One page with style and script in it; figures are linked as `report.write` saves them."""
    return (
        _environment()
        .get_template("page.html.jinja")
        .render(
            title=title,
            stamp=stamp,
            rows=rows,
            parts=[(name, list(of)) for name, of in groupby(rows, lambda row: part(row.claim))],
            counts=wording.tally(rows),
            figures={path: quote(place) for path, place in places(rows).items() if path.is_file()},
            # the claim under which each figure is shown in full
            first={row.figure: row.claim.id for row in reversed(rows) if row.figure},
            pictures=PICTURES,
        )
    )


def places(rows: Sequence[Row]) -> dict[Path, str]:
    """Where on the page's folder each figure goes, by its path; no two in one place."""
    found: dict[Path, str] = {}
    taken: set[str] = set()
    for row in rows:
        if row.figure is None or row.figure in found:
            continue
        name, k = row.figure.name, 1
        while name.lower() in taken:
            k += 1
            name = f"{row.figure.stem}-{k}{row.figure.suffix}"
        taken.add(name.lower())
        found[row.figure] = f"figures/{name}"
    return found


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {
        "accepted": wording.accepted,
        "commit": wording.commit,
        "duration": wording.duration,
        "estimate": wording.estimate,
        "percent": "{:.2f}%".format,
        "slug": _slug,
        "typeset": typeset,
        "why_not_tested": why_not_tested,
    }
    found.globals["line"] = line
    return found


def _slug(verdict: Verdict) -> str:
    """Its name in the style sheet and the script."""
    return verdict.name.lower().replace("_", "-")
