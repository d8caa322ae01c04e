"""How the training of a network of images ended, and how it went: `ImageRun`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict

from jamming.checks.errors import BadInput
from jamming.training.trajectory import ENDS

Variables = Mapping[str, Any]  # params, and batch_stats where there are any
SEPARATOR = "--"  # files of arrays take letters, digits, - and _


@dataclass(frozen=True)
class ImageRun:
    """Numbers of one `ImageJob`, snapshots of how it went, and its variables.

    `result`: OUT_OF_BUDGET at the end of training, NON_FINITE where it diverged; after `ticks`
    steps. `points` were trained on. `N` are weights without biases, `N_all` all parameters. Errors
    are shares that are misclassified, losses mean cross-entropies, with the variables that are
    kept: those of the best validation accuracy, after `best_tick` steps, or without validation the
    last ones, where `best_tick` and what is of validation are None. Snapshots are of the variables
    as they were, on a few images of each part. `seconds`: wall time of all steps. `variables` are
    {"params": ..., "batch_stats": ...} of NumPy arrays; None where they were not wanted.
    """

    result: str
    ticks: int
    points: int
    N: int
    N_all: int
    train_loss: float
    train_error: float
    test_loss: float
    test_error: float
    validation_loss: float | None
    validation_error: float | None
    best_tick: int | None
    seconds: float
    snapshot_ticks: tuple[int, ...]
    snapshot_train_loss: tuple[float, ...]
    snapshot_train_error: tuple[float, ...]
    snapshot_test_loss: tuple[float, ...]
    snapshot_test_error: tuple[float, ...]
    snapshot_validation_loss: tuple[float, ...] = ()
    snapshot_validation_error: tuple[float, ...] = ()
    variables: Variables | None = field(default=None, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """All but the variables, JSON-ready."""
        return {name: value for name, value in vars(self).items() if name != "variables"}

    def arrays(self) -> dict[str, np.ndarray]:
        """The variables by their paths, as ``params--conv1--kernel``."""
        if self.variables is None:
            return {}
        return dict(flatten_dict(self.variables, sep=SEPARATOR))

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> "ImageRun":
        """Inverse of `to_dict`, with `arrays`.

        Raises BadInput for an end that there is not, TypeError if fields are missing or foreign.
        """
        paths = {name: a for name, a in fields.items() if SEPARATOR in name}
        plain: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in fields.items()
            if name not in paths
        }
        if plain.get("result") not in ENDS:
            raise BadInput(f"result of a run cannot be {plain.get('result')!r}")
        return cls(**plain, variables=unflatten_dict(paths, sep=SEPARATOR) if paths else None)
