"""What the numbers of a trajectory can be, for those that were written down and are read back."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jamming.checks.arguments import shown
from jamming.checks.errors import BadInput
from jamming.data.names import class_count
from jamming.objectives.losses import loss_named
from jamming.objectives.problem import Result
from jamming.training.parts import flat

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
        values = [value] if name == each else value
        if not isinstance(values, list | tuple) or not _CHECKS[each](values):
            raise BadInput(f"{name} of a trajectory cannot be {shown(value)}")
    lengths = {len(v) for name, v in fields.items() if name.startswith("snapshot_") and v}
    if len(lengths) > 1:
        raise BadInput(f"the snapshots of a trajectory differ in number: {sorted(lengths)}")


def of_job(job: Mapping[str, Any], fields: Mapping[str, Any]) -> None:
    """Refuse a stored result that no run of this job can have; both are given as dicts of fields.

    Raises:
        BadInput: there are more constraints or mistakes than there can be, no weights, or a result
            that its own numbers contradict.
    """
    job = flat(job)
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


# Each check takes all values of a field at once: a store has many thousands of them.


def _counts(values: Sequence[Any]) -> bool:
    return set(map(type, values)) <= {int} and _within(values, 0, _MOST - 1)


def _reals(values: Sequence[Any]) -> bool:
    """Also NaN and infinite, as those of runs that diverged, but for integers beyond 64 bits."""
    kinds = set(map(type, values))
    whole = [value for value in values if type(value) is int] if int in kinds else []
    real = all(kind is int or issubclass(kind, float) for kind in kinds)
    return real and _within(whole, 1 - _MOST, _MOST - 1)


def _shares(values: Sequence[Any]) -> bool:
    return _reals(values) and _within(values, 0, 1)


def _positive(values: Sequence[Any]) -> bool:
    """Or zero."""
    return _reals(values) and _within(values, 0, math.inf)


def _seconds(values: Sequence[Any]) -> bool:
    return _reals(values) and all(0 <= value < math.inf for value in values)


def _perhaps(values: Sequence[Any]) -> bool:
    return _positive([value for value in values if value is not None])


def _within(values: Sequence[Any], least: int | float, most: int | float) -> bool:
    """Of what is not NaN."""
    known = [value for value in values if value == value]
    return not known or (min(known) >= least and max(known) <= most)


_CHECKS: dict[str, Callable[[Sequence[Any]], bool]] = {
    "result": lambda values: all(value in ENDS for value in values),
    **dict.fromkeys(("N", "N_all", "ticks", "unsatisfied", "misclassified"), _counts),
    **dict.fromkeys(("t", "norm", "weight_norm"), _positive),
    "loss": _reals,
    "test_error": _shares,
    "seconds": _seconds,
    **dict.fromkeys(("kernel_change", "weight_change"), _perhaps),
}
