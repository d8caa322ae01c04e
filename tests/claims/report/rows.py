"""Made-up rows, for the tests beside."""

from typing import Any

from claims.core.published import Value
from claims.core.register import Accepted, Claim, Measured, Row, verdict


def row(id: str = "J2", value: float | None = 0.74, **fields: Any) -> Row:
    """A made-up claim, with the verdict that it deserves; fields of the row or of the claim."""
    claim: dict[str, Any] = {
        "id": id,
        "statement": "N_Delta/N jumps to about 0.75.",
        "source": "A, Fig. 6b",
        "published": Value(0.75),
        "statistic": lambda results: None,
        "accepted": Accepted(0.6, 0.85, "the scatter"),
        "experiments": ("jump",),
        "paper": "make jump-full",
        "paper_cost": "7 GPU hours.",
    }
    rest: dict[str, Any] = {
        "measured": Measured(value, None, None, 24, "At small loss."),
        "commands": ("make jump",),
        "commit": "d63290a1f0c2b3d4e5f60718293a4b5c6d7e8f90",
        "seconds": 100.0,
        "figure": None,
        "missing": (),
    }
    for name, x in fields.items():
        (rest if name in Row.__dataclass_fields__ else claim)[name] = x
    of = Claim(**claim)
    return Row(of, verdict=verdict(rest["measured"], of.accepted), **rest)
