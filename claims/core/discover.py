"""The register, chapter by chapter: each can be put to the test by itself."""

from collections.abc import Sequence

from claims.core.check import check
from claims.core.entries import FOLDERS, dashed, place, read, refuse_unknown
from claims.core.register import Claim, Data
from jamming.checks.errors import BadInput

CHAPTERS: dict[str, tuple[Claim, ...]] = {
    name: tuple(sorted(read(folder), key=lambda claim: place(claim.id)))
    for name, folder in FOLDERS.items()
}
CLAIMS = tuple(sorted((c for of in CHAPTERS.values() for c in of), key=lambda c: place(c.id)))


def chosen(
    ids: Sequence[str] | None = None,
    chapters: Sequence[str] | None = None,
    data: Sequence[Data] | None = None,
) -> list[Claim]:
    """The claims of these ids, chapters and kinds of data, in the register's order; all for None.

    Raises BadInput if there is no such claim, or chapter, or nothing is in all of them.
    """
    check(CLAIMS)
    refuse_unknown(ids or (), chapters or ())
    within = (
        CLAIMS if chapters is None else [c for name in chapters for c in CHAPTERS[dashed(name)]]
    )
    found = [c for c in CLAIMS if (ids is None or c.id in ids) and c in within]
    if not found:
        raise BadInput(f"none of {', '.join(ids or ())} is in {', '.join(chapters or ())}")
    kept = [c for c in found if data is None or c.data in data]
    if not kept:
        raise BadInput(f"none of them has data that are {' or '.join(data or ())}")
    return kept
