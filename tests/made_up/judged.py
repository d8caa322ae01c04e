"""Claims on results that are made up: what comes of them."""

from typing import Any

from claims.core.discover import CHAPTERS
from claims.core.register import Measured, Verdict, verdict

CLAIMS = {claim.id: claim for chapter in CHAPTERS.values() for claim in chapter}
RIGHT, WRONG, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.UNDECIDED


def judged(id: str, results: Any = None) -> tuple[Measured, Verdict]:
    """The number of a claim and its verdict, all of its experiments having these results."""
    claim = CLAIMS[id]
    found = claim.statistic(dict.fromkeys(claim.experiments, results))
    return found, verdict(found, claim.accepted)
