"""The register, chapter by chapter: each can be put to the test by itself."""

from collections.abc import Sequence

from claims import register
from claims.double_descent import DOUBLE_DESCENT
from claims.identities import IDENTITIES
from claims.jamming import JAMMING
from claims.regimes import REGIME_CLAIMS
from claims.register import Claim
from claims.scaling import SCALING
from claims.solvable import SOLVABLE
from claims.stripe import LEARNING_CURVES
from jamming.errors import BadInput

CHAPTERS: dict[str, tuple[Claim, ...]] = {
    "identities": IDENTITIES,
    "jamming": JAMMING,
    "double-descent": (*DOUBLE_DESCENT, *SCALING),
    "regimes": REGIME_CLAIMS,
    "learning-curves": LEARNING_CURVES,
    "solvable": SOLVABLE,
}

CLAIMS = tuple(claim for chapter in CHAPTERS.values() for claim in chapter)


def chosen(ids: Sequence[str] | None = None, chapters: Sequence[str] | None = None) -> list[Claim]:
    """The claims of these ids and these chapters, in the order of the register; all for None.

    Raises:
        BadInput: there is no such claim, or chapter, or nothing is in both.
    """
    register.check(CLAIMS)
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
