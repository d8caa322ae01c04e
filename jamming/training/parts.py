"""The parts of a job, each a small frozen spec: what is learnt, by what, how, from which seeds.

Each brings its values to plain Python, or refuses them by name as a `BadInput`; what depends on
several parts is checked by `jamming.training.spec.Job`, which holds them. The names of all fields
differ, so that each is an attribute of the job, too.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from jamming.checks import arguments
from jamming.checks.arguments import HUGE, MOST, SEEDS, TINY
from jamming.checks.errors import BadInput
from jamming.models.activations import activation
from jamming.models.parametrisation import parametrisation

KNOWN = {
    "dynamics": ("flow", "euler", "adam", "sgd"),
    "architecture": ("fc", "cnn", "resnet"),
    # when a trajectory ends: with the last constraint, or not before the budget
    "until": ("fitted", "budget"),
    # what learns: the network, or its tangent kernel frozen at one moment, or at infinite width
    "model_kind": ("network", "kernel_init", "kernel_end", "kernel_infinite"),
    "precision": ("float32", "float64"),
}

# what a field is called where it is refused
SAID = {"max_ticks": "steps", "lr": "learning rate", "label_noise": "label noise"}
# names of fields, the least and the most of their numbers
ROWS: tuple[tuple[str, Any, Any], ...] = (
    ("max_ticks", 1, MOST - 1),  # as of `arguments.dynamics`
    ("widths", -MOST, MOST),  # which are looked at one by one
    ("kernel_points positive", 0, MOST),
    ("data_seed init_seed batch_seed", 0, SEEDS - 1),
    ("label_noise", 0.0, 1.0),
    ("tau", -HUGE, HUGE),
    ("lr margin tol_output flow_time compression", TINY, HUGE),
    ("tol tol_gradient", TINY, 1.0),  # shares, of which 1 is all
)
RANGES = {
    name: {"least": least, "most": most} for names, least, most in ROWS for name in names.split()
}


class Checked:
    """A frozen dataclass whose fields are checked, and of plain types.

    1, 1.0 and np.int64(1) must give the same key.
    """

    def __post_init__(self: Any) -> None:
        for field in dataclasses.fields(self):
            name, kind, value = field.name, field.type, getattr(self, field.name)
            if dataclasses.is_dataclass(kind) or (value is None and type(None) in get_args(kind)):
                continue
            said, bounds = SAID.get(name, name), RANGES.get(name, {})
            if kind in (int, int | None):
                value = arguments.whole(said, value, **bounds)
            elif kind in (float, float | None):
                real = arguments.unbounded if name == "flow_time" else arguments.number
                value = real(said, value, **bounds)
            elif kind is bool:
                value = arguments.flag(name, value)
            elif kind is not str:
                value = arguments.wholes(name, value, **bounds)
            elif not isinstance(value, str):
                raise BadInput(f"{name} = {arguments.shown(value)} is no name: give one")
            if name in KNOWN:
                arguments.one_of(name, value, KNOWN[name])
            arguments.settle(self, {name: value})


@dataclass(frozen=True)
class Sample(Checked):
    """The points: P of a data set by its name, to train on, and at most `test_points` others.

    `positive`, `whiten` and `label_noise` are those of `jamming.load`. For a stripe or cylinder the
    uninformative coordinates are divided by `compression`, and `constant` adds a coordinate of
    value sqrt(d).
    """

    dataset: str
    P: int
    positive: tuple[int, ...] | None = None
    whiten: bool = True
    label_noise: float = 0.0
    test_points: int = 2000
    constant: bool = False
    compression: float = 1.0


@dataclass(frozen=True)
class Model(Checked):
    """The network: fc with a width for each hidden layer, or cnn or resnet with equal widths.

    The strides of a cnn follow from the number of its layers (`networks.STRIDES`); a resnet is a
    `WideResNet` of L = 6 n + 1 layers, whose `widths` are all that of its first stage.
    """

    widths: tuple[int, ...]
    architecture: str = "fc"
    activation: str = "relu"
    normalised: bool = False
    parametrisation: str = "plain"
    init: str = "orthogonal"
    bias: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.widths:
            raise BadInput("depth: a network needs at least one hidden layer")
        arguments.layers(len(self.widths))
        for i, h in enumerate(self.widths, start=1):
            arguments.whole(f"width of layer {i}", h)
        # each of these looks its own name or number up, and says so where it is unknown
        activation(self.activation)
        parametrisation(self.parametrisation, self.init)


@dataclass(frozen=True)
class Objective(Checked):
    """What is minimised: the loss of alpha (f - f0), or of f itself where alpha is None.

    `loss` is a name of `jamming.objectives.losses.LOSSES`. `margin` None is the default margin of
    that loss (1 for the binary hinges; the command find_nstar uses 0.5 for the quadratic hinge).
    `slack` is the fraction of the margin within which a constraint counts as satisfied.
    """

    alpha: float | None = None
    loss: str = "quadratic_hinge"
    margin: float | None = None
    slack: float = 1e-3


@dataclass(frozen=True)
class Learning(Checked):
    """The dynamics and its budget of `max_ticks` gradients.

    adam and sgd use `lr` and `decay_every`, the number of steps after which lr is divided by 10
    (None: never); sgd uses `batch`, the number of points per step (None: all); flow uses `tol`;
    euler uses `tol_output`, `tol_gradient` and `tau`; flow and euler end at the time `flow_time`.
    With until = "budget", adam and sgd continue after the last constraint is satisfied.
    """

    dynamics: str = "adam"
    max_ticks: int = 20_000
    lr: float = 3e-3
    decay_every: int | None = 8_000
    batch: int | None = None
    tol: float = 1e-2
    tol_output: float = 0.1
    tol_gradient: float = 1e-4
    tau: float = 0.0
    flow_time: float = float("inf")
    until: str = "fitted"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch is not None and self.dynamics != "sgd":
            raise BadInput(f"a batch is of sgd alone, not of {self.dynamics}: leave it out")
        if self.dynamics == "euler" and self.tau < 0:
            raise BadInput(f"tau is the time of a momentum, 0 for none, not {self.tau:g}")
        if self.until == "budget" and self.dynamics not in ("adam", "sgd"):
            raise BadInput(f"{self.dynamics} ends when all fit: choose adam, sgd or until fitted")


@dataclass(frozen=True)
class Seeds(Checked):
    """Where the randomness of data, initial weights and batches comes from, each its own."""

    data_seed: int = 0
    init_seed: int = 0
    batch_seed: int = 0


def flat(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a job as `dataclasses.asdict` gives them, those of its parts among them."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        found |= value if isinstance(value, Mapping) else {name: value}
    return found
