"""What a published claim is, and what makes it reproduced.

A claim is a sentence of a paper with a statistic that turns results into one number and a range in
which the whole 95 % interval of that number must lie. Its verdict follows from both and from
nothing else: there is no way to mark a claim by hand. Where papers leave a question open there is
no range, and the number is reported.
"""

import math
import re
from collections.abc import Callable, Mapping
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
    "COR": "Corrections to the literature",
}

UNITS = 5  # independent runs, without which no interval is believed
SETS = 3  # training sets, without which a test error is that of one draw of points
NORMAL = 1.96  # standard errors in half of a 95 % interval


class Verdict(StrEnum):
    """The outcome of a claim, in the words of the report."""

    REPRODUCED = "reproduced"
    NOT_REPRODUCED = "not reproduced"
    UNDECIDED = "undecided"
    REPORTED = "reported"
    NOT_TESTED = "not tested at this scale"


class Data(StrEnum):
    """What stands for the data of the papers, in the experiment that a laptop runs."""

    SAME = "same"  # the published data and sizes, or what needs no data
    SMALLER = "smaller"  # the published data, less of them or smaller networks
    ANALOGUE = "analogue"  # other data of the same kind
    TOY = "toy"  # made-up data where real ones, or larger ones, are meant


@dataclass(frozen=True)
class Measured:
    """A number with its 95 % interval, from n independent runs; `text` says in a sentence of what.

    `value` is None where the data do not suffice, `low` and `high` where there is no interval. In
    `text` {text} stands for that of the claim's entry, whose placeholders are filled from `said`.
    `sets`: on how many training sets the networks learnt, None where the results do not say.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    text: str = "{text}"
    said: Mapping[str, Any] = field(default_factory=dict)
    sets: int | None = None

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            if (number := getattr(self, name)) is not None:
                object.__setattr__(self, name, float(number))  # numpy's have other rules

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
class Alternative:
    """What the number would be if the statement were wrong in a way that has a name."""

    text: str
    value: float


@dataclass(frozen=True)
class Accepted:
    """The closed range [low, high] that counts as reproduced, ends may be infinite, and why it.

    The whole 95 % interval of the number must lie there; of an `exact` statement, whose number has
    no chance in it, the number. `alternative`: the wrong one that the range excludes. `of_sets`: of
    a test error, which needs several training sets, where that is not one for each run.
    """

    low: float
    high: float
    why: str
    exact: bool = False
    alternative: Alternative | None = None
    of_sets: bool = False


@dataclass(frozen=True)
class Claim:
    """One sentence of a paper, and how it is put to the test.

    `id`: letters (see `PARTS`) and a number. `published`: the paper's number of what
    `statistic` gives, or, where it has none or one of something else, what it says. `accepted`:
    None where it is open, in the papers, what the number should be. `statistic`: from the opened
    results, by name of the experiment, to the number; `experiments` are the names of those,
    none for what needs no training. `paper`: the command line at the papers' size, or "", and what
    that costs. `known`: what is known about why it does or does not come out. `figure`: the name of
    the figure that shows it. `laptop`: whether there is a version that a laptop can run. `data`:
    what its data are beside those of the papers.
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
    data: Data = Data.SAME


@dataclass(frozen=True)
class Row:
    """A claim and its outcome.

    `commands`: what makes its data on a laptop; `commit` of the code that did, and the `seconds`
    that it took. `missing`: experiments whose data are not there. `error`: one line, where the
    statistic failed, which counts as not tested. `judged_on`: the date, where the number is one
    that was recorded. Raises BadInput if it has a number and an error.
    """

    claim: Claim
    measured: Measured | None
    commands: tuple[str, ...]
    commit: str
    seconds: float
    figure: Path | None
    missing: tuple[str, ...]
    error: str = ""
    judged_on: str = ""

    def __post_init__(self) -> None:
        if self.error and self.measured is not None:
            raise BadInput(f"claim {self.claim.id} has a number and an error: give one of them")

    @property
    def verdict(self) -> Verdict:
        """What its number says, and nothing else."""
        return verdict(self.measured, self.claim.accepted)


def verdict(measured: Measured | None, accepted: Accepted | None) -> Verdict:
    """Reproduced if the whole interval lies in the range, not reproduced if none of it does.

    Else it is undecided, as it is where the measurement is too thin (`thin`). Of an exact
    statement the number counts. Without a number, NaN included, it is not tested; an infinite one
    lies in no range.
    """
    value = math.nan if measured is None or measured.value is None else measured.value
    if measured is None or math.isnan(value) or (accepted is None and math.isinf(value)):
        return Verdict.NOT_TESTED
    if accepted is None:
        return Verdict.REPORTED
    if math.isinf(value):
        return Verdict.NOT_REPRODUCED
    low, high = (value, value) if accepted.exact else ends(measured)
    if high < accepted.low or low > accepted.high:
        outcome = Verdict.NOT_REPRODUCED
    elif accepted.low <= low and high <= accepted.high:
        outcome = Verdict.UNDECIDED if coarse(measured, accepted) else Verdict.REPRODUCED
    else:
        return Verdict.UNDECIDED
    return Verdict.UNDECIDED if thin(measured, accepted) else outcome


def ends(measured: Measured) -> tuple[float, float]:
    """Of its interval; one that is not known is infinitely far away."""
    low, high = (math.nan if x is None else x for x in (measured.low, measured.high))
    return (-math.inf if math.isnan(low) else low), (math.inf if math.isnan(high) else high)


def thin(measured: Measured, accepted: Accepted) -> str:
    """Why so few runs decide nothing, wherever their number lies; "" where they are enough."""
    if accepted.exact:
        return ""
    if measured.n < UNITS:
        return f"a verdict needs {UNITS} independent runs, and here are {measured.n}"
    sets = measured.sets or 1
    if accepted.of_sets and sets < SETS:
        one = "one training set" if sets == 1 else f"{sets} training sets"
        return f"a verdict on test errors needs {SETS} training sets, and all runs share {one}"
    return ""


def coarse(measured: Measured, accepted: Accepted) -> bool:
    """Whether half of the range is less than two standard errors, so that it cannot be hit."""
    low, high = ends(measured)
    return not accepted.exact and accepted.high - accepted.low < 4 * (high - low) / (2 * NORMAL)


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
