"""What the numbers of a trajectory can be, for those that were written down and are read back."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from jamming.arguments import shown
from jamming.data.names import class_count
from jamming.dynamics.protocol import Result
from jamming.errors import BadInput
from jamming.losses import loss_named

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
                raise BadInput(f"{name} of a trajectory cannot be {shown(value)}")
        elif not isinstance(value, list | tuple) or not all(map(_CHECKS[each], value)):
            raise BadInput(f"{name} of a trajectory cannot be {shown(value)}")
    lengths = {len(v) for name, v in fields.items() if name.startswith("snapshot_") and v}
    if len(lengths) > 1:
        raise BadInput(f"the snapshots of a trajectory differ in number: {sorted(lengths)}")


def of_job(job: Mapping[str, Any], fields: Mapping[str, Any]) -> None:
    """Look at whether a run of a job, both as their fields, can have ended with such numbers.

    Raises:
        BadInput: there are more constraints or mistakes than there can be, no weights, or a result
            that its own numbers contradict.
    """
    P, result = job["P"], fields["result"]
    several = loss_named(job["loss"], job["margin"], job["slack"]).multiclass
    # constraints are one for each class; those of own data are not known here
    outputs = (_MOST if job["label"] else class_count(job["dataset"])) if several else 1
    for name, most in {"unsatisfied": P * outputs, "misclassified": P}.items():
        for count in (fields[name], *fields.get(f"snapshot_{name}", ())):
            if count > most:
                raise BadInput(f"{name} of a trajectory of P = {P} cannot be {count}")
    # an own network may be of parameters that are no matrices, which N leaves out
    if fields["N"] < (not job["label"]) or fields["N_all"] < fields["N"] or fields["ticks"] < 1:
        said = ", ".join(f"{name} = {fields[name]}" for name in ("N", "N_all", "ticks"))
        raise BadInput(f"no trajectory has {said}")
    if result == Result.NON_FINITE.name:
        return
    if not math.isfinite(fields["loss"]):
        raise BadInput(f"loss of a trajectory that ended {result} cannot be {fields['loss']}")
    if (result == Result.FITTED.name) != (fields["unsatisfied"] == 0):
        left = fields["unsatisfied"]
        raise BadInput(f"unsatisfied of a trajectory that ended {result} cannot be {left}")


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
