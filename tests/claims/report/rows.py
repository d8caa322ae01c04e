"""Made-up rows, for the tests beside."""

from typing import Any

from claims.core import entries
from claims.core.register import Accepted, Claim, Measured, Published, Row


def published(number: Any, **more: Any) -> Published:
    """A number of a paper."""
    return entries.published({"number": number, **more}, "a test")


def between(low: Any, high: Any, **more: Any) -> Published:
    """A range of a paper."""
    return entries.published({"low": low, "high": high, **more}, "a test")


def row(id: str = "J2", value: float | None = 0.74, **fields: Any) -> Row:
    """A made-up claim; fields of the row or of the claim."""
    claim: dict[str, Any] = {
        "id": id,
        "statement": "N_Delta/N jumps to about 0.75.",
        "source": "A, Fig. 6b",
        "published": published(0.75),
        "statistic": lambda results: None,
        "accepted": Accepted(0.6, 0.85, "the scatter"),
        "experiments": ("jump",),
        "paper": "make jump-full",
        "paper_cost": "7 GPU hours.",
    }
    rest: dict[str, Any] = {
        "measured": Measured(value, value, value, 24, "At small loss."),
        "commands": ("make jump",),
        "commit": "d63290a1f0c2b3d4e5f60718293a4b5c6d7e8f90",
        "seconds": 100.0,
        "figure": None,
        "missing": (),
    }
    for name, x in fields.items():
        (rest if name in Row.__dataclass_fields__ else claim)[name] = x
    return Row(Claim(**claim), **rest)
