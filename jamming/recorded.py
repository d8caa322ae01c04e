"""What the numbers of a trajectory can be, for those that were written down and are read back."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from jamming.dynamics.protocol import Result
from jamming.errors import BadInput

ENDS = tuple(result.name for result in Result if result is not Result.RUNNING)
_MOST = 2**63


def checked(fields: Mapping[str, Any]) -> None:
    """Look at those fields that a trajectory has, as `Trajectory.to_dict` gives them.

    Raises:
        BadInput: one of them is not of its type or out of its range, or snapshots differ in number.
    """
    for name, value in fields.items():
        each = name.removeprefix("snapshot_")
        if each not in _CHECKS:
            continue
        if name == each:
            if not _CHECKS[each](value):
                raise BadInput(f"{name} of a trajectory cannot be {_shown(value)}")
        elif not isinstance(value, list | tuple) or not all(map(_CHECKS[each], value)):
            raise BadInput(f"{name} of a trajectory cannot be {_shown(value)}")
    lengths = {len(v) for name, v in fields.items() if name.startswith("snapshot_") and v}
    if len(lengths) > 1:
        raise BadInput(f"the snapshots of a trajectory differ in number: {sorted(lengths)}")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _count(value: Any) -> bool:
    return type(value) is int and 0 <= value < _MOST


def _real(value: Any) -> bool:
    return isinstance(value, float) or (type(value) is int and -_MOST < value < _MOST)


def _share(value: Any) -> bool:
    return _real(value) and not (value < 0 or value > 1)


def _positive(value: Any) -> bool:
    """Or zero, or NaN or infinite, as those of runs that diverged."""
    return _real(value) and not value < 0


def _seconds(value: Any) -> bool:
    return _real(value) and 0 <= value < math.inf


def _perhaps(value: Any) -> bool:
    return value is None or _positive(value)


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "result": lambda value: value in ENDS,
    **dict.fromkeys(("N", "N_all", "ticks", "unsatisfied", "misclassified"), _count),
    **dict.fromkeys(("t", "norm", "weight_norm"), _positive),
    "loss": _real,
    "test_error": _share,
    "seconds": _seconds,
    **dict.fromkeys(("kernel_change", "weight_change"), _perhaps),
}
