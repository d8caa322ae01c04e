"""A trajectory's job: all that its result depends on, in one frozen config with a name for ever.

`Job.key` is the hash of the config, `network`, `stepper` and `problem` build the pure objects
that it describes.
"""

import dataclasses
import hashlib
import json
import math
from dataclasses import dataclass
from typing import Any, get_args

import jax
import numpy as np
from jaxtyping import Array, Key

from jamming.checks import arguments
from jamming.checks.arguments import HUGE, MOST, SEEDS, TINY, WITHIN
from jamming.checks.errors import BadInput
from jamming.data import Dataset, load
from jamming.data.names import class_count, pixels
from jamming.dynamics.flow import Flow
from jamming.dynamics.optimiser import Optimiser, adam, sgd
from jamming.dynamics.rkc import RKC
from jamming.models.activations import activation
from jamming.models.networks import CNN, FC, STRIDES
from jamming.models.parametrisation import parametrisation
from jamming.models.residual import WideResNet
from jamming.objectives.losses import Loss, loss_named

# Part of every key: raise it when a change of the code changes the result of an unchanged job.
VERSION = {"fc": 2, "cnn": 3, "resnet": 3}

DYNAMICS = ("flow", "euler", "adam", "sgd")
# what learns: the network, or its tangent kernel frozen at one moment, or at infinite width
LEARNERS = ("network", "kernel_init", "kernel_end", "kernel_infinite")
PRECISIONS = ("float32", "float64")
ARCHITECTURES = tuple(VERSION)
# when a trajectory ends: with the last constraint, or not before the budget
UNTIL = ("fitted", "budget")
KNOWN = {
    "dynamics": DYNAMICS,
    "precision": PRECISIONS,
    "learner": LEARNERS,
    "architecture": ARCHITECTURES,
    "until": UNTIL,
}

# What a field is called where it is refused, and the range of its numbers.
SAID = {"max_ticks": "steps", "lr": "learning rate", "label_noise": "label noise"}
COUNTS: dict[str, dict[str, int]] = {
    "max_ticks": {"most": MOST - 1},  # as of `arguments.steps`
    "kernel_points": {"least": 0},
    **{name: {"least": 0, "most": SEEDS - 1} for name in ("data_seed", "init_seed", "batch_seed")},
}
RANGES: dict[str, dict[str, float]] = {
    "label_noise": {"least": 0.0, "most": 1.0},
    "tau": {"least": -HUGE, "most": HUGE},
    **{name: {"least": TINY, "most": HUGE} for name in ("lr", "margin", "tol_output", "flow_time")},
    # shares, of which 1 is all
    **{name: {"least": TINY, "most": 1.0} for name in ("tol", "tol_gradient")},
}

# Fields that came later: a job that has one at this value has the key that it had without it.
LATER = {"architecture": "fc", "until": "fitted"}


@dataclass(frozen=True)
class Job:
    """One network learning one data set: labels +-1, or all of its classes by a loss of several.

    Lengths and counts are plain integers; `widths` has one entry for each hidden layer; `lr`,
    `batch` and `decay_every` count for adam and sgd, `tol` for flow, the tolerances of output and
    gradient and `tau` for euler, `flow_time` for both. `learner` is the network or a frozen kernel
    of it (`LEARNERS`). The change of the tangent kernel is measured on `kernel_points` test points,
    0 for not at all. `label` names own data or an own network, which the other fields cannot
    describe. `architecture` is fc, or cnn: convolutions of equal widths, whose strides follow from
    their number (`networks.STRIDES`), or resnet: a `WideResNet` of L = 6 n + 1 layers, whose
    `widths` are all that of its first stage. `until` budget lets adam and sgd go on after the last
    constraint, for losses that have no margin at which to stop.

    Raises:
        BadInput: a value out of range, by name.

    Example:
        >>> job = jamming.Job("digits10pca", P=100, widths=(20, 20), alpha=10.0)
        >>> job.L, job.alpha, len(job.key)
        (2, 10.0, 32)
    """

    dataset: str
    P: int
    widths: tuple[int, ...]
    data_seed: int = 0
    init_seed: int = 0
    batch_seed: int = 0
    positive: tuple[int, ...] | None = None
    whiten: bool = True
    label_noise: float = 0.0
    test_points: int = 2000
    activation: str = "relu"
    normalised: bool = False
    parametrisation: str = "plain"
    init: str = "orthogonal"
    bias: bool = True
    alpha: float | None = None
    loss: str = "quadratic_hinge"
    margin: float | None = None
    slack: float = 1e-3
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
    precision: str = "float64"
    learner: str = "network"
    kernel_points: int = 0
    label: str = ""
    architecture: str = "fc"
    until: str = "fitted"

    def __post_init__(self) -> None:
        self._make_plain()
        if not self.widths:
            raise BadInput("depth: a network needs at least one hidden layer")
        arguments.layers(len(self.widths))
        for i, h in enumerate(self.widths, start=1):
            arguments.whole(f"width of layer {i}", h)
        for name, known in KNOWN.items():
            arguments.one_of(name, getattr(self, name), known)
        if self.alpha is not None:
            arguments.number("alpha", self.alpha, **WITHIN[self.precision])
        if self.batch is not None:
            self._check_batch(self.batch)
        if self.dynamics == "euler" and self.tau < 0:
            raise BadInput(f"tau is the time of a momentum, 0 for none, not {self.tau:g}")
        # each of these looks its own name or number up, and says so where it is unknown
        activation(self.activation)
        parametrisation(self.parametrisation, self.init)
        self.stepper()
        if self.learner == "kernel_infinite" and self.parametrisation != "ntp":
            raise BadInput(
                f"the kernel of infinite width is that of ntp, not of {self.parametrisation}:"
                " choose --parametrisation ntp or a kernel of finite width"
            )
        if self.until == "budget" and self.dynamics not in ("adam", "sgd"):
            raise BadInput(
                f"{self.dynamics} ends when all fit: choose adam or sgd, or until fitted"
            )
        if self.multiclass:
            self._check_classes()
        if self.architecture != "fc":
            self._check_convolutions()
        if self.learner != "network" and self.dynamics == "adam":
            raise BadInput(
                "a frozen kernel learns by steps along its gradient, not by adam: choose flow,"
                " euler or sgd"
            )

    def _check_batch(self, batch: int) -> None:
        if self.dynamics != "sgd":
            raise BadInput(f"a batch is of sgd alone, not of {self.dynamics}: leave it out")
        if batch > self.P:
            raise BadInput(f"a batch of {batch} is more than all P = {self.P} points")
        if batch < self.P and self.learner != "network":
            raise BadInput("a frozen kernel learns from all points at once: leave the batch out")

    def _check_classes(self) -> None:
        class_count(self.dataset)
        if self.learner != "network" or self.kernel_points:
            raise BadInput(
                f"the loss '{self.loss}' has an output for each class, a tangent kernel has one:"
                " choose a loss of labels +-1, or no kernel"
            )

    def _check_convolutions(self) -> None:
        pixels(self.dataset)
        if self.architecture == "cnn" and self.L not in STRIDES:
            raise BadInput(f"a cnn has {min(STRIDES)} to {max(STRIDES)} layers, not {self.L}")
        if self.architecture == "resnet" and (self.L < 7 or self.L % 6 != 1):
            raise BadInput(f"a resnet has 7, 13, 19, 25, ... layers, 6 n + 1, not {self.L}")
        if len(set(self.widths)) > 1:
            raise BadInput(f"the layers of a {self.architecture} have one width, not {self.widths}")
        if self.learner == "kernel_infinite":
            raise BadInput("the kernel of infinite width is known for fc alone: choose another")

    def binary_only(self) -> None:
        """Refuse several classes, where labels +-1 are counted on.

        Raises:
            BadInput: the loss is one of several classes.
        """
        if self.multiclass:
            raise BadInput(
                f"the loss '{self.loss}' is for several classes, the labels here are +-1: choose"
                " another, or python -m sweeps.transition classes"
            )

    def _make_plain(self) -> None:
        """Equal values, equal types: 1, 1.0 and np.int64(1) must give the same key."""
        for field in dataclasses.fields(self):
            name, value = field.name, getattr(self, field.name)
            if value is None and type(None) in get_args(field.type):
                continue
            if field.type in (int, int | None):
                value = arguments.whole(SAID.get(name, name), value, **COUNTS.get(name, {}))
            elif field.type in (float, float | None):
                real = arguments.unbounded if name == "flow_time" else arguments.number
                value = real(SAID.get(name, name), value, **RANGES.get(name, {}))
            elif field.type is bool:
                value = arguments.flag(name, value)
            elif field.type is not str:
                least = 0 if name == "positive" else -MOST  # widths are looked at one by one
                value = arguments.wholes(name, value, least=least)
            elif not isinstance(value, str):
                raise BadInput(f"{name} = {arguments.shown(value)} is no name: give one")
            object.__setattr__(self, name, value)

    @property
    def key(self) -> str:
        """The content hash that names this job."""
        fields = dataclasses.asdict(self) | {"version": VERSION[self.architecture]}
        told = {name: v for name, v in fields.items() if name not in LATER or v != LATER[name]}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]

    @property
    def L(self) -> int:
        return len(self.widths)

    @property
    def last_seed(self) -> int:
        """The largest of its seeds, from which on those of others may be counted."""
        return max(self.data_seed, self.init_seed, self.batch_seed)

    @property
    def multiclass(self) -> bool:
        """Whether the labels are all classes rather than +-1: the loss says so."""
        return self.loss_function().multiclass

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(self.precision)

    def loss_function(self) -> Loss:
        """The loss, with margin and slack."""
        return loss_named(self.loss, self.margin, self.slack)

    def network(self) -> FC | CNN | WideResNet:
        """The Flax module: one output, or one for each class."""
        common: dict[str, Any] = {
            "activation": activation(self.activation, normalised=self.normalised),
            "parametrisation": parametrisation(self.parametrisation, self.init),
            "bias": self.bias,
            "c": class_count(self.dataset) if self.multiclass else 1,
        }
        if self.architecture == "cnn":
            return CNN(h=self.widths[0], strides=STRIDES[self.L], **common)
        if self.architecture == "resnet":
            return WideResNet(h=self.widths[0], blocks=self.L // 6, **common)
        return FC(h=self.widths, L=self.L, **common)

    def stepper(self) -> Optimiser | Flow | RKC:
        """The dynamics, with its budget and numbers."""
        ticks = self.max_ticks
        descent: dict[str, Any] = {
            "max_ticks": ticks,
            "decay_every": self.decay_every,
            "until_fitted": self.until == "fitted",
        }
        match self.dynamics:
            case "adam":
                return adam(self.lr, **descent)
            case "sgd":
                return sgd(self.lr, batch=self.batch, **descent)
            case "flow":
                return RKC(ticks, self.flow_time, self.tol)
            case _:
                return Flow(ticks, self.flow_time, self.tol_output, self.tol_gradient, self.tau)

    def numbers(self) -> dict[str, float]:
        """What `Problem.numbers` holds of the dynamics, which no compiled program need know."""
        descent = {"lr": self.lr, "decay_every": float(self.decay_every or math.inf)}
        return {
            "adam": descent,
            "sgd": descent,
            "flow": {"tol": self.tol, "max_time": self.flow_time},
            "euler": {
                "tol_output": self.tol_output,
                "tol_gradient": self.tol_gradient,
                "max_time": self.flow_time,
            },
        }[self.dynamics]

    def kind_of_stepper(self) -> Optimiser | Flow | RKC:
        """The `stepper` of all jobs that differ from this one in `numbers` alone."""
        free: dict[str, Any] = dict.fromkeys(("tol", "tol_output", "tol_gradient", "lr"), 1.0)
        free |= {"decay_every": None, "flow_time": math.inf}
        bare: Job = dataclasses.replace(self, **free)
        return bare.stepper()

    def data(self) -> Dataset:
        """The training set and at most `test_points` test points."""
        d = self.widths[0] if self.dataset == "random" else None  # d = h, as in the papers
        data = load(
            self.dataset,
            self.P,
            seed=self.data_seed,
            d=d,
            positive=self.positive,
            whiten=self.whiten,
            label_noise=self.label_noise,
            multiclass=self.multiclass,
            images=self.architecture != "fc",
        )
        few = slice(self.test_points)
        return dataclasses.replace(data, x_test=data.x_test[few], y_test=data.y_test[few])

    def init_key(self) -> Key[Array, ""]:
        """The key of the initial weights."""
        return jax.random.fold_in(jax.random.key(self.init_seed), 0)

    def batch_key(self) -> Key[Array, ""]:
        """The key of the dynamics; never that of the initial weights, even for equal seeds."""
        return jax.random.fold_in(jax.random.key(self.batch_seed), 1)
