"""The parts of a job, each a small frozen spec: what is learnt, by what, how, from which seeds.

Each brings its values to plain Python, or refuses them by name as a `BadInput`; what depends on
several parts is checked by `jamming.training.spec.Job`, which holds them. The names of all fields
differ, so that each is an attribute of the job, too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from jamming.checks import arguments
from jamming.checks.arguments import HUGE, MOST, SEEDS, TINY, number, one_of, whole, wholes
from jamming.checks.errors import BadInput
from jamming.checks.fields import Checked, Flag, scalar
from jamming.data.labels import Plain, each, plain
from jamming.data.names import of_images
from jamming.data.own_files import canonical
from jamming.models.activations import activation
from jamming.models.parametrisation import parametrisation

_WHOLE = re.compile("[+-]?[0-9]{1,18}", re.ASCII)
# what learns: the network, or its tangent kernel frozen at one moment, or at infinite width
MODEL_KINDS = ("network", "kernel_init", "kernel_end", "kernel_infinite")


def _labels(field: str, given: Any) -> tuple[int | float | str, ...]:
    """One label or several, as Python's own: 1, 1.0, "1" and True are one, and give one key."""
    found = [plain(value) for value in each(given)]
    for i, value in enumerate(found):
        if not isinstance(value, Plain):
            raise BadInput(f"{field} = {arguments.shown(value)} is no label: give numbers or texts")
        if isinstance(value, bool) or (isinstance(value, str) and _WHOLE.fullmatch(value)):
            found[i] = int(value)
    return tuple(found)


def _name(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise BadInput(f"{field} = {arguments.shown(value)} is no name: give one")
    return value


Name = Annotated[str, scalar(_name)]
Count = Annotated[int, scalar(whole)]
CountOrNone = Annotated[int | None, scalar(whole)]
Seed = Annotated[int, scalar(whole, least=0, most=SEEDS - 1)]
Positive = Annotated[float, scalar(number, least=TINY, most=HUGE)]
Share = Annotated[float, scalar(number, least=TINY, most=1.0)]


@dataclass(frozen=True)
class Sample(Checked):
    """The points: P of a data set by its name, to train on, and at most `test_points` others.

    `positive`, `whiten` and `label_noise` are those of `jamming.load`. A file gets a hash of what
    it holds behind its name (`jamming.data.own_files`). For a stripe or cylinder the
    uninformative coordinates are divided by `compression`, and `constant` adds a coordinate of
    value sqrt(d).
    """

    dataset: Name
    P: Count
    positive: Annotated[tuple[int | float | str, ...] | None, scalar(_labels)] = None
    whiten: Flag = True
    label_noise: Annotated[float, scalar(number, "label noise", least=0.0, most=1.0)] = 0.0
    test_points: Count = 2000
    constant: Flag = False
    compression: Positive = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        dataset, positive = canonical(self.dataset, self.positive)
        if positive is not None and of_images(dataset):
            positive = wholes("positive", positive, least=0)
        arguments.settle(self, {"dataset": dataset, "positive": positive})


@dataclass(frozen=True)
class Model(Checked):
    """The network: fc with a width for each hidden layer, or cnn or resnet with equal widths.

    The strides of a cnn follow from the number of its layers (`networks.STRIDES`); a resnet is a
    `WideResNet` of L = 6 n + 1 layers, whose `widths` are all that of its first stage. Names are
    those of `activation` (`normalised`: E[phi^2] = 1), `named` laws and initial weights of `plain`.
    """

    widths: Annotated[tuple[int, ...], scalar(wholes, least=-MOST)]  # looked at one by one below
    architecture: Annotated[str, scalar(one_of, known=("fc", "cnn", "resnet"))] = "fc"
    activation: Name = "relu"
    normalised: Flag = False
    parametrisation: Name = "plain"
    init: Name = "orthogonal"
    bias: Flag = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.widths:
            raise BadInput("depth: a network needs at least one hidden layer")
        arguments.layers(len(self.widths))
        for i, h in enumerate(self.widths, start=1):
            whole(f"width of layer {i}", h)
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

    alpha: Annotated[float | None, scalar(number)] = None
    loss: Name = "quadratic_hinge"
    margin: Annotated[float | None, scalar(number, least=TINY, most=HUGE)] = None
    slack: Annotated[float, scalar(number)] = 1e-3


@dataclass(frozen=True)
class Learning(Checked):
    """The dynamics and its budget of `max_ticks` gradients.

    adam and sgd use `lr` and `decay_every`, the number of steps after which lr is divided by 10
    (None: never), and add `weight_decay` times the weights to the gradient; sgd uses `batch`, the
    number of points per step (None: all); flow uses `tol`;
    euler uses `tol_output`, `tol_gradient` and `tau`; flow and euler end at the time `flow_time`.
    With until = "budget", adam and sgd continue after the last constraint is satisfied.
    """

    dynamics: Annotated[str, scalar(one_of, known=("flow", "euler", "adam", "sgd"))] = "adam"
    max_ticks: Annotated[int, scalar(whole, "steps", most=MOST - 1)] = 20_000
    lr: Annotated[float, scalar(number, "learning rate", least=TINY, most=HUGE)] = 3e-3
    decay_every: CountOrNone = 8_000
    batch: CountOrNone = None
    tol: Share = 1e-2
    tol_output: Positive = 0.1
    tol_gradient: Share = 1e-4
    tau: Annotated[float, scalar(number, least=-HUGE, most=HUGE)] = 0.0
    flow_time: Annotated[float, scalar(arguments.unbounded, least=TINY, most=HUGE)] = float("inf")
    until: Annotated[str, scalar(one_of, known=("fitted", "budget"))] = "fitted"
    weight_decay: Annotated[float, scalar(number, "weight decay", least=0.0, most=HUGE)] = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch is not None and self.dynamics != "sgd":
            raise BadInput(f"a batch is of sgd alone, not of {self.dynamics}: leave it out")
        if self.weight_decay and self.dynamics not in ("adam", "sgd"):
            raise BadInput(f"a weight decay is of adam and sgd, not {self.dynamics}: leave it out")
        if self.dynamics == "euler" and self.tau < 0:
            raise BadInput(f"tau is the time of a momentum, 0 for none, not {self.tau:g}")
        if self.until == "budget" and self.dynamics not in ("adam", "sgd"):
            raise BadInput(f"{self.dynamics} ends when all fit: choose adam, sgd or until fitted")


@dataclass(frozen=True)
class Seeds(Checked):
    """Where the randomness of data, initial weights and batches comes from, each its own."""

    data_seed: Seed = 0
    init_seed: Seed = 0
    batch_seed: Seed = 0


def flat(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a job as `dataclasses.asdict` gives them, those of its parts among them."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        found |= value if isinstance(value, Mapping) else {name: value}
    return found
