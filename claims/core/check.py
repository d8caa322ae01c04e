"""What a register must be, to be put to the test: `check`."""

import math
import re
from collections import Counter
from collections.abc import Iterable

from claims.core.register import Accepted, Claim
from jamming.checks.errors import BadInput

_ID = re.compile(r"[A-Z][A-Za-z]*[0-9]+[a-z]?")
_ABBREVIATED = re.compile(r"\b(?:Figs?|Eqs?|Secs?|App|Ref|Tab|vs|cf|e\.g|i\.e|et al|approx|resp)\.")


def check(claims: Iterable[Claim]) -> None:
    """Refuse a register that could not be read, or that has a claim that cannot fail.

    Raises BadInput for an id that is there twice or of the wrong form, a range that is empty, holds
    every number, misses the published one or holds that of the wrong alternative, a statement that
    is not one sentence, or a text that is missing.
    """
    claims = list(claims)
    twice = [name for name, n in Counter(c.id.lower() for c in claims).items() if n > 1]
    if twice:
        raise BadInput(f"the id '{twice[0].upper()}' is there twice: give each claim its own")
    for claim in claims:
        for fault in _faults(claim):
            raise BadInput(f"claim {claim.id!r}: {fault}")


def _faults(claim: Claim) -> Iterable[str]:
    if not _ID.fullmatch(claim.id):
        yield "an id is a capital letter and a number, such as J1 or DIF1"
    if not one_sentence(claim.statement):
        yield "the statement must be one sentence that ends with a full stop"
    texts = {"source": claim.source, "published": claim.published.text}
    if claim.accepted is None:
        texts["known"] = claim.known  # it says what is open
    else:
        low, high, texts["why"] = claim.accepted.low, claim.accepted.high, claim.accepted.why
        if not low <= high or low == math.inf or high == -math.inf:
            yield f"the accepted range [{low}, {high}] is empty: put the smaller number first"
        if low == -math.inf and high == math.inf:
            yield "every number is accepted, so that it cannot fail: give the range an end"
        yield from _beside(claim, claim.accepted)
    if unsaid := [name for name, text in texts.items() if not text.strip()]:
        yield f"'{unsaid[0]}' is empty: say it in a few words"
    if claim.paper and not claim.paper_cost.strip():
        yield "the command at the papers' size has no cost: say it in 'cost'"
    if len(set(claim.experiments)) < len(claim.experiments):
        yield "an experiment is named twice: name each once"


def _beside(claim: Claim, accepted: Accepted) -> Iterable[str]:
    """What is wrong with the range beside the published number and the wrong alternative."""
    for a, b in claim.published.stretches:
        middle = (a + b) / 2 if math.isfinite(a + b) else (a if math.isfinite(a) else b)
        if not accepted.low <= middle <= accepted.high:
            yield f"the range misses the published {middle:g}: widen it, or say it as text"
    if accepted.alternative is None:
        yield "what would be measured if it were wrong? say it in 'alternative', outside the range"
        return
    wrong = accepted.alternative.value
    # an interval within the range leaves out its ends, too; an exact number may be there
    an_end = not accepted.exact and wrong in (accepted.low, accepted.high)
    if accepted.low <= wrong <= accepted.high and not an_end:
        yield f"the wrong alternative {wrong:g} lies in the range: give one that it excludes"


def one_sentence(text: str) -> bool:
    """Whether it is a single line with one full stop, at its end; abbreviations have others."""
    text = text.strip()
    if "\n" in text or not text.endswith((".", "?", "!")):
        return False
    return len(text) > 1 and not re.search(r"[.!?]['\")\]]*\s", _ABBREVIATED.sub("", text))
