"""A trajectory: plain numbers of how a job ended and how it went, with arrays beside them."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from jamming.objectives.problem import Result
from jamming.training.recorded import checked

Outputs = np.ndarray | None
ARRAYS = ("F_train", "F_test", "y_test", "w")
OBSERVED = "observed_"


@dataclass(frozen=True)
class Trajectory:
    """How one job ended, and log-spaced snapshots of how it went.

    `loss` includes 1/P and 1/alpha^2; `unsatisfied` is N_Delta (within the slack of the loss);
    `misclassified` counts training data; `N` are weights without biases, `N_all` all parameters;
    `t` is flow time, or the number of updates. `kernel_change` is ||Theta - Theta_0|| / ||Theta_0||
    on test points (rounding in float32 below some 1e-6), `weight_change` |w - w_0| / |w_0|; None
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

    def to_dict(self) -> dict[str, Any]:
        """All but the arrays, JSON-ready."""
        return {
            each.name: getattr(self, each.name)
            for each in dataclasses.fields(self)
            if each.name not in (*ARRAYS, "observed")
        }

    def arrays(self) -> dict[str, np.ndarray]:
        """Outputs, test labels, weights and what was observed, by name."""
        own = {name: a for name in ARRAYS if (a := getattr(self, name)) is not None}
        return own | {f"{OBSERVED}{name}": rows for name, rows in self.observed.items()}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> "Trajectory":
        """Inverse of `to_dict`.

        Raises:
            BadInput: a field is not of its type, or out of its range.
            KeyError, TypeError: fields are missing or foreign.
        """
        checked(fields)
        plain: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in fields.items()
            if not name.startswith(OBSERVED)
        }
        seen = {n.removeprefix(OBSERVED): a for n, a in fields.items() if n.startswith(OBSERVED)}
        return cls(**plain, observed=seen)
