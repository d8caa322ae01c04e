"""What the numbers of a trajectory can be, for those that were written down and are read back."""

import math
from collections.abc import Mapping, Sequence
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
    """Refuse fields of `Trajectory.to_dict` of another type or range, or of unequal lengths."""
    for name, value in fields.items():
        each = name.removeprefix("snapshot_")
        if each not in (*_RANGES, "result"):
            continue
        values = [value] if name == each else value
        if not isinstance(values, list | tuple) or not _allowed(each, values):
            raise BadInput(f"{name} of a trajectory cannot be {shown(value)}")
    lengths = {len(v) for name, v in fields.items() if name.startswith("snapshot_") and v}
    if len(lengths) > 1:
        raise BadInput(f"the snapshots of a trajectory differ in number: {sorted(lengths)}")


def of_job(job: Mapping[str, Any], fields: Mapping[str, Any]) -> None:
    """Refuse a stored result that no run of this job can have; both are dicts of fields."""
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


def _allowed(name: str, values: Sequence[Any]) -> bool:
    """Whether all values of a field can be; all at once, as a store has many thousands."""
    if name == "result":
        return all(value in ENDS for value in values)
    kind, least, most = _RANGES[name]
    values = [value for value in values if value is not None or name not in _PERHAPS]
    kinds = set(map(type, values))
    if kind is int:
        return kinds <= {int} and _within(values, least, most)
    whole = [value for value in values if type(value) is int] if int in kinds else []
    real = all(each is int or issubclass(each, float) for each in kinds)
    # beyond 64 bits an integer is no float
    if not real or not _within(whole, 1 - _MOST, _MOST - 1) or not _within(values, least, most):
        return False
    return name != "seconds" or all(map(math.isfinite, values))


def _within(values: Sequence[Any], least: float, most: float) -> bool:
    """Of what is not NaN, as numbers of runs that diverged are."""
    known = [value for value in values if value == value]
    return not known or (min(known) >= least and max(known) <= most)


_PERHAPS = ("kernel_change", "weight_change")
_RANGES: dict[str, tuple[type, float, float]] = {
    **dict.fromkeys(("N", "N_all", "ticks", "unsatisfied", "misclassified"), (int, 0, _MOST - 1)),
    **dict.fromkeys(("t", "norm", "weight_norm", "seconds", *_PERHAPS), (float, 0.0, math.inf)),
    "loss": (float, -math.inf, math.inf),
    "test_error": (float, 0.0, 1.0),
}
