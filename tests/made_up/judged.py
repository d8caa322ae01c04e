"""Claims on results that are made up: what comes of them."""

from dataclasses import replace
from typing import Any

from claims.core.discover import CHAPTERS
from claims.core.register import Accepted, Claim, Measured, Verdict, verdict

CLAIMS = {claim.id: claim for chapter in CHAPTERS.values() for claim in chapter}
RIGHT, WRONG, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.UNDECIDED


def accepted(claim: Claim, *, exact: bool = False) -> Accepted | None:
    """Its range, as if each run had a training set of its own: made-up results have none.

    `exact`: of the number itself, where made-up runs are few.
    """
    if claim.accepted is None:
        return None
    return replace(claim.accepted, of_sets=False, exact=claim.accepted.exact or exact)


def judged(id: str, results: Any = None) -> tuple[Measured, Verdict]:
    """The number of a claim and its verdict, all of its experiments having these results."""
    claim = CLAIMS[id]
    found = claim.statistic(dict.fromkeys(claim.experiments, results))
    return found, verdict(found, accepted(claim))
