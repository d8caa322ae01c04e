"""What a published claim is, and what makes it reproduced.

A claim is a sentence of a paper with a statistic that turns results into one number and a range in
which that number must lie. Its verdict follows from both and from nothing else: there is no way
to mark a claim by hand. Where papers leave a question open there is no range, and the number is
reported.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from jamming.checks.errors import BadInput

# by the letters that the ids begin with
PARTS = {
    "U": "Exact statements",
    "J": "Jamming",
    "SLI": "Landscapes in two dimensions",
    "D": "Double descent",
    "S": "Scaling with N",
    "L": "Lazy and feature regimes",
    "P": "Phase diagram and learning curves",
    "X": "Models that can be solved",
    "RFA": "Random features",
    "ABC": "Parametrisations",
    "STR": "Invariant labels",
    "DIF": "Deformations of images",
    "REL": "Relative stability to deformations",
    "RUD": "Deformations and down-sampling",
    "SCT": "Scattering",
    "PCS": "Phase collapse",
    "LAZ": "Lazy training",
    "LEC": "Bounds and separability",
    "INV": "Invertible networks",
    "KER": "Learning curves of kernels",
    "MEM": "Finite memory",
    "GEN": "Networks that are given a symmetry",
    "SPH": "Spherical networks",
    "STE": "Steerable convolutions",
    "PTS": "Point clouds",
}

_ID = re.compile(r"[A-Z][A-Za-z]*[0-9]+[a-z]?")
_ABBREVIATED = re.compile(r"\b(?:Figs?|Eqs?|Secs?|App|Ref|Tab|vs|cf|e\.g|i\.e|et al|approx|resp)\.")


class Verdict(StrEnum):
    """The outcome of a claim, in the words of the report."""

    REPRODUCED = "reproduced"
    NOT_REPRODUCED = "not reproduced"
    UNDECIDED = "undecided"
    REPORTED = "reported"
    NOT_TESTED = "not tested at this scale"


@dataclass(frozen=True)
class Measured:
    """A number with its 95 % interval, from n independent runs; `text` says in a sentence of what.

    `value` is None where the data do not suffice, `low` and `high` where there is no interval. In
    `text` {text} stands for that of the claim's entry, whose placeholders are filled from `said`.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    text: str = "{text}"
    said: Mapping[str, Any] = field(default_factory=dict)

    def saying(self, **said: Any) -> "Measured":
        """With more that its text says."""
        return replace(self, said={**self.said, **said})

    def worded(self, text: str) -> "Measured":
        """With an entry's text in place of {text}; without a number, its clauses that are known."""
        if "{text}" not in self.text:
            return self
        try:
            filled = text.format_map(self.said)
        except KeyError as unknown:
            if self.value is not None:
                raise
            known, *_ = text.split(f"{{{unknown.args[0]}")
            filled = re.sub(r"\s*[,;:(][^,;:(]*$", "", known.format_map(self.said))
        return replace(self, text=self.text.replace("{text}", filled))


@dataclass(frozen=True)
class Published:
    """What a paper says, and what can be drawn of it beside a measured number.

    A stretch goes from one number to the other; it is one number where they are equal.
    """

    text: str
    stretches: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Accepted:
    """The closed range [low, high] that counts as reproduced, ends may be infinite, and why it.

    `interval`: whether not the number alone must lie in it, but its whole 95 % interval.
    """

    low: float
    high: float
    why: str
    interval: bool = False


@dataclass(frozen=True)
class Claim:
    """One sentence of a paper, and how it is put to the test.

    `id`: letters (see `PARTS`) and a number. `published`: the paper's number of what
    `statistic` gives, or, where it has none or one of something else, what it says. `accepted`:
    None where it is open, in the papers, what the number should be. `statistic`: from the opened
    results, by name of the experiment, to the number; `experiments` are the names of those,
    none for what needs no training. `paper`: the command line at the papers' size, or "", and what
    that costs. `known`: what is known about why it does or does not come out. `figure`: the name of
    the figure that shows it. `laptop`: whether there is a version that a laptop can run.
    """

    id: str
    statement: str
    source: str
    published: Published
    statistic: Callable[..., Measured]
    accepted: Accepted | None
    experiments: tuple[str, ...]
    paper: str
    paper_cost: str
    known: str = ""
    figure: str = ""
    laptop: bool = True


@dataclass(frozen=True)
class Row:
    """A claim and its outcome.

    `commands`: what makes its data on a laptop; `commit` of the code that did, and the `seconds`
    that it took. `missing`: experiments whose data are not there. `error`: one line, where the
    statistic failed, which counts as not tested. Raises BadInput if it has a number all the same.
    """

    claim: Claim
    measured: Measured | None
    commands: tuple[str, ...]
    commit: str
    seconds: float
    figure: Path | None
    missing: tuple[str, ...]
    error: str = ""

    def __post_init__(self) -> None:
        if self.error and self.measured is not None:
            raise BadInput(f"claim {self.claim.id} has a number and an error: give one of them")

    @property
    def verdict(self) -> Verdict:
        """What its number says, and nothing else."""
        return verdict(self.measured, self.claim.accepted)


def verdict(measured: Measured | None, accepted: Accepted | None) -> Verdict:
    """Whether the number lies in the range, where it is one; an infinite one lies in none.

    Without a number, NaN included, it is not tested. Where its whole interval counts, it is
    undecided if that has a part in the range and a part outside, or is not known.
    """
    value = math.nan if measured is None or measured.value is None else measured.value
    if math.isnan(value) or (accepted is None and math.isinf(value)):
        return Verdict.NOT_TESTED
    if accepted is None:
        return Verdict.REPORTED
    ends = (value, value)
    if accepted.interval and measured is not None and math.isfinite(value):
        ends = (_known(measured.low, -math.inf), _known(measured.high, math.inf))
    inside = [math.isfinite(end) and accepted.low <= end <= accepted.high for end in ends]
    if all(inside):
        return Verdict.REPRODUCED
    beyond = ends[1] < accepted.low or ends[0] > accepted.high or math.isinf(value)
    return Verdict.NOT_REPRODUCED if beyond else Verdict.UNDECIDED


def _known(end: float | None, else_: float) -> float:
    return else_ if end is None or math.isnan(end) else end


def part(claim: Claim) -> str:
    """The heading that it stands under."""
    return PARTS.get(letters(claim.id), "Further claims")


def letters(id: str) -> str:
    """Those that it begins with, before its number."""
    return re.split("[0-9]", id, maxsplit=1)[0]


def why_not_tested(row: Row) -> str:
    """A clause that says why there is no number, "" where there is one."""
    if row.verdict is not Verdict.NOT_TESTED:
        return ""
    if row.error:
        return f"the statistic failed: {' '.join(row.error.split())}"
    if row.missing:
        return f"no data of {', '.join(row.missing)}"
    if row.measured is None and not row.claim.laptop:
        return "there is no laptop version"
    return "the data do not suffice"


def check(claims: Iterable[Claim]) -> None:
    """Refuse a register that could not be read, or that has a claim that cannot fail.

    Raises BadInput for an id that is there twice or of the wrong form, a range that is empty or
    holds every number, a statement that is not one sentence, or a text that is missing.
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
    if unsaid := [name for name, text in texts.items() if not text.strip()]:
        yield f"'{unsaid[0]}' is empty: say it in a few words"
    if claim.paper and not claim.paper_cost.strip():
        yield "the command at the papers' size has no cost: say it in 'cost'"
    if len(set(claim.experiments)) < len(claim.experiments):
        yield "an experiment is named twice: name each once"


def one_sentence(text: str) -> bool:
    """Whether it is a single line with one full stop, at its end; abbreviations have others."""
    text = text.strip()
    if "\n" in text or not text.endswith((".", "?", "!")):
        return False
    return len(text) > 1 and not re.search(r"[.!?]['\")\]]*\s", _ABBREVIATED.sub("", text))
