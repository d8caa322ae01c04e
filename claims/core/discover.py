"""The register, chapter by chapter: each can be put to the test by itself."""

from collections.abc import Sequence
from pathlib import Path

from claims.core.entries import read
from claims.core.register import PARTS, Claim, check
from jamming.checks.errors import BadInput


def _place(claim: Claim) -> tuple[int, int, str]:
    """Its place in the register: by part, then by number; what `check` refuses comes last."""
    digits = "".join(filter(str.isdigit, claim.id))
    return [*PARTS, claim.id[:1]].index(claim.id[:1]), int(digits or 0), claim.id


CHAPTERS: dict[str, tuple[Claim, ...]] = {
    folder.name.replace("_", "-"): tuple(sorted(read(folder), key=_place))
    for folder in sorted(Path(__file__).parents[1].iterdir())
    if any(folder.glob("*.toml"))
}

CLAIMS = tuple(sorted((claim for chapter in CHAPTERS.values() for claim in chapter), key=_place))


def chosen(ids: Sequence[str] | None = None, chapters: Sequence[str] | None = None) -> list[Claim]:
    """The claims of these ids and these chapters, in the order of the register; all for None.

    Raises:
        BadInput: there is no such claim, or chapter, or nothing is in both.
    """
    check(CLAIMS)
    _known("claim", [claim.id for claim in CLAIMS], ids or ())
    _known("chapter", list(CHAPTERS), chapters or ())
    within = CLAIMS if chapters is None else [c for name in chapters for c in CHAPTERS[name]]
    found = [c for c in CLAIMS if (ids is None or c.id in ids) and c in within]
    if not found:
        raise BadInput(f"none of {', '.join(ids or ())} is in {', '.join(chapters or ())}")
    return found


def _known(kind: str, there: Sequence[str], asked: Sequence[str]) -> None:
    unknown = [name for name in asked if name not in there]
    if unknown:
        raise BadInput(f"there is no {kind} '{unknown[0]}': choose of {', '.join(there)}")
