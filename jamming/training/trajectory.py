"""A trajectory: plain numbers of how a job ended and how it went, with arrays beside them.

Those that were written down and are read back are refused where no run can have them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from jamming.checks.arguments import shown
from jamming.checks.errors import BadInput
from jamming.data.names import class_count, own_file
from jamming.objectives.losses import loss_named
from jamming.objectives.problem import Result
from jamming.training.parts import flat

Outputs = np.ndarray | None
ARRAYS = ("F_train", "F_test", "y_test", "w")
OBSERVED = "observed_"
ENDS = tuple(result.name for result in Result if result is not Result.RUNNING)
_MOST = 2**63
_PERHAPS = ("kernel_change", "weight_change")
_RANGES: dict[str, tuple[type, float, float]] = {
    **dict.fromkeys(("N", "N_all", "ticks", "unsatisfied", "misclassified"), (int, 0, _MOST - 1)),
    **dict.fromkeys(("t", "norm", "weight_norm", "seconds", *_PERHAPS), (float, 0.0, math.inf)),
    "loss": (float, -math.inf, math.inf),
    "test_error": (float, 0.0, 1.0),
}


@dataclass(frozen=True)
class Trajectory:
    """How one job ended, and log-spaced snapshots of how it went.

    `loss` includes 1/P and 1/alpha^2; `unsatisfied` is N_Delta (within the slack of the loss);
    `misclassified` counts training data; `N` are weights without biases, `N_all` all parameters;
    `t` is flow time, or the number of updates. `kernel_change` is ||Theta - Theta_0|| / ||Theta_0||
    on test points (rounding in float32 below some 1e-6; of k classes that of the kernel of all
    outputs, `jamming.kernels.change.kernel_change`), `weight_change` |w - w_0| / |w_0|; None
    where not measured. Of the snapshots, `norm` is the root mean square of F on the training set
    and `weight_norm` is |w|. `seconds`: wall time of all ticks. `F_train` and `F_test` are the
    final outputs F, `y_test` the labels of the test points, `w` the final weights in the order of
    `ravel_pytree`, and `observed` arrays [snapshots, ...] from `observe` of `train`.
    """

    result: str
    N: int
    N_all: int
    ticks: int
    t: float
    loss: float
    unsatisfied: int
    misclassified: int
    test_error: float
    snapshot_ticks: tuple[int, ...]
    snapshot_loss: tuple[float, ...]
    snapshot_unsatisfied: tuple[int, ...]
    seconds: float
    snapshot_t: tuple[float, ...] = ()
    snapshot_misclassified: tuple[int, ...] = ()
    snapshot_test_error: tuple[float, ...] = ()
    snapshot_norm: tuple[float, ...] = ()
    snapshot_weight_norm: tuple[float, ...] = ()
    snapshot_weight_change: tuple[float, ...] = ()
    kernel_change: float | None = None
    weight_change: float | None = None
    F_train: Outputs = field(default=None, compare=False, repr=False)
    F_test: Outputs = field(default=None, compare=False, repr=False)
    y_test: Outputs = field(default=None, compare=False, repr=False)
    w: Outputs = field(default=None, compare=False, repr=False)
    observed: Mapping[str, np.ndarray] = field(default_factory=dict, compare=False, repr=False)

    @property
    def fitted(self) -> bool:
        return self.result == Result.FITTED.name

    @property
    def outputs(self) -> tuple[np.ndarray, np.ndarray]:
        """F_train and F_test; BadInput for a run that was stored without them."""
        if self.F_train is None or self.F_test is None:
            raise BadInput("a network has no outputs: its folder was made by another version")
        return self.F_train, self.F_test

    def to_dict(self) -> dict[str, Any]:
        """All but the arrays, JSON-ready."""
        return {n: value for n, value in vars(self).items() if n not in (*ARRAYS, "observed")}

    def arrays(self) -> dict[str, np.ndarray]:
        """Outputs, test labels, weights and what was observed, by name."""
        own = {name: a for name in ARRAYS if (a := getattr(self, name)) is not None}
        return own | {f"{OBSERVED}{name}": rows for name, rows in self.observed.items()}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> "Trajectory":
        """Inverse of `to_dict`, with `arrays`.

        Raises BadInput if a field is not of its type, or out of its range; KeyError or TypeError
        if fields are missing or foreign.
        """
        checked(fields)
        plain: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in fields.items()
            if not name.startswith(OBSERVED)
        }
        seen = {n.removeprefix(OBSERVED): a for n, a in fields.items() if n.startswith(OBSERVED)}
        return cls(**plain, observed=seen)


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
    known = not (job["label"] or own_file(job["dataset"]))
    outputs = (class_count(job["dataset"]) if known else _MOST) if several else 1
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
    """Whether all values of a field can be."""
    if name == "result":
        return all(value in ENDS for value in values)
    kind, least, most = _RANGES[name]
    values = [value for value in values if value is not None or name not in _PERHAPS]
    kinds = set(map(type, values))
    if bool in kinds or not all(issubclass(each, (int, kind)) for each in kinds):
        return False
    if any(type(value) is int and abs(value) >= _MOST for value in values):
        return False  # beyond 64 bits an integer is no float
    if name == "seconds" and not all(map(math.isfinite, values)):
        return False
    # NaN is of runs that diverged
    return all(least <= value <= most for value in values if value == value)
