"""A trajectory's job: all that its result depends on, in one frozen spec named by its hash.

A job has five parts (`jamming.training.parts`) and fields of its own. `Job.key` is the hash of
all; `network`, `stepper`, `loss_function` and `data` build the pure objects that it describes.
"""

import dataclasses
import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import jax
import numpy as np
from jaxtyping import Array, Key

from jamming.checks.arguments import WITHIN, number, one_of, settle, shown, whole
from jamming.checks.errors import BadInput
from jamming.checks.fields import Checked, content_key, scalar
from jamming.data import Dataset, load, own_files
from jamming.data.invariant import MODELS, seen
from jamming.data.names import class_count, own_file, parse_name, pixels
from jamming.dynamics import euler, optimiser, rkc
from jamming.models.activations import activation
from jamming.models.networks import CNN, FC, STRIDES
from jamming.models.parametrisation import parametrisation
from jamming.models.residual import WideResNet
from jamming.objectives.losses import Loss, loss_named
from jamming.training.parts import MODEL_KINDS, Learning, Model, Name, Objective, Sample, Seeds

# Part of every key: raise it when a change of the code changes the result of an unchanged job, by
# 100 for each such change of the stabilised flow, whose jobs alone have the latter.
VERSION = {"fc": 3, "cnn": 4, "resnet": 4}
FLOW = 100

PARTS: dict[str, Any] = {
    kind.__name__.lower(): kind for kind in (Sample, Model, Objective, Learning, Seeds)
}
# the part that has a field, by the field's name
PART_OF = {field.name: part for part, kind in PARTS.items() for field in dataclasses.fields(kind)}


@dataclass(frozen=True, init=False)
class Job(Checked):
    """One network learning one data set: labels +-1, or all of its classes by a loss of several.

    The arguments are the fields of the parts (`jamming.training.parts`), passed by name; those left
    out have their defaults. Each is an attribute too: in ``Job("mnist10pca", P=100, widths=(20,),
    lr=1e-2)`` ``job.lr`` is ``job.learning.lr``, and ``job.replace(lr=1e-3)`` is a new job.
    `model_kind` is one of `MODEL_KINDS`. The relative change of the tangent kernel is measured
    on `kernel_points` test points (0: not measured), of k classes that of the full kernel.
    `label` names user-supplied data or networks, which the parts cannot describe; arrays of k
    classes have own<k> as `dataset`. Raises BadInput if a value is out of range, or values do not
    fit together, and TypeError if there is no field of that name.

    Example:
        >>> job = jamming.Job("digits10pca", P=100, widths=(20, 20), alpha=10.0)
        >>> job.L, job.alpha, len(job.key)
        (2, 10.0, 32)
    """

    sample: Sample
    model: Model
    objective: Objective
    learning: Learning
    seeds: Seeds
    model_kind: Annotated[str, scalar(one_of, known=MODEL_KINDS)] = "network"
    kernel_points: Annotated[int, scalar(whole, least=0)] = 0
    precision: Annotated[str, scalar(one_of, known=("float32", "float64"))] = "float64"
    label: Name = ""

    def __init__(self, dataset: Any = ..., P: Any = ..., widths: Any = ..., **fields: Any) -> None:
        first = {"dataset": dataset, "P": P, "widths": widths}
        fields |= {name: value for name, value in first.items() if value is not ...}
        if unknown := [name for name in fields if name not in (*PARTS, *self.names())]:
            raise TypeError(f"a job has no '{unknown[0]}'")
        own = {each.name: fields.get(each.name, each.default) for each in dataclasses.fields(self)}
        for part, kind in PARTS.items():
            all_of = fields.get(part)
            if not isinstance(all_of, kind | Mapping | None):
                raise BadInput(f"{part} = {shown(all_of)} is none: give a {kind.__name__}")
            given = dict(vars(all_of) if isinstance(all_of, kind) else all_of or {})
            given |= {name: value for name, value in fields.items() if PART_OF.get(name) == part}
            own[part] = kind(**given)
        settle(self, own)
        self.__post_init__()

    def __getattr__(self, name: str) -> Any:
        if name in PART_OF:
            return getattr(getattr(self, PART_OF[name]), name)
        raise AttributeError(f"a job has no '{name}'")

    def replace(self, **fields: Any) -> "Job":
        """The job with other values of these fields, each by its name alone."""
        return dataclasses.replace(self, **fields)

    def at(self, s: int, *, data: bool = True, **changes: Any) -> "Job":
        """The job of seed s: init_seed and batch_seed plus s, and with `data` data_seed plus s."""
        names = ("init_seed", "batch_seed", *(("data_seed",) if data else ()))
        return self.replace(**{name: getattr(self, name) + s for name in names} | changes)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Of all fields, those of the parts among them."""
        return (*PART_OF, *(f.name for f in dataclasses.fields(cls) if f.name not in PARTS))

    def __post_init__(self) -> None:
        super().__post_init__()
        frozen = self.model_kind != "network"
        if self.alpha is not None:
            number("alpha", self.alpha, **WITHIN[self.precision])
        if self.weight_decay and (frozen or self.alpha is not None):
            raise BadInput(
                "alpha (f - f0) and frozen kernels are learnt in the distance from the initial"
                " weights, which do not decay: leave out alpha and kernel, or the weight decay"
            )
        stepper = self.stepper()
        if isinstance(stepper, optimiser.Optimiser):
            stepper.check(self.P, kernel=frozen)
        if self.model_kind == "kernel_infinite" and self.parametrisation != "ntp":
            raise BadInput(
                f"the kernel of infinite width is that of ntp, not of {self.parametrisation}:"
                " choose --parametrisation ntp or a kernel of finite width"
            )
        if self.multiclass and not own_file(self.dataset):
            class_count(self.dataset)  # refuses data without classes
        if self.architecture != "fc":
            self._check_convolutions()
        if (self.constant or self.compression != 1) and parse_name(self.dataset).base not in MODELS:
            raise BadInput(
                f"{self.dataset} has no invariance, as a constant coordinate and a compression"
                " need: choose stripe<d> or cylinder<d>"
            )

    def _check_convolutions(self) -> None:
        if not own_file(self.dataset):
            pixels(self.dataset)
        if self.architecture == "cnn" and self.L not in STRIDES:
            raise BadInput(f"a cnn has {min(STRIDES)} to {max(STRIDES)} layers, not {self.L}")
        if self.architecture == "resnet" and (self.L < 7 or self.L % 6 != 1):
            raise BadInput(f"a resnet has 7, 13, 19, 25, ... layers, 6 n + 1, not {self.L}")
        if len(set(self.widths)) > 1:
            raise BadInput(f"the layers of a {self.architecture} have one width, not {self.widths}")
        if self.model_kind == "kernel_infinite":
            raise BadInput("the kernel of infinite width is known for fc alone: choose another")

    def binary_only(self) -> None:
        """Refuse several classes, where labels +-1 are needed."""
        if self.multiclass:
            raise BadInput(
                f"the loss '{self.loss}' is for several classes, the labels here are +-1: choose"
                " another, or python -m sweeps.transition classes"
            )

    @functools.cached_property
    def key(self) -> str:
        """The content hash that names this job."""
        flow = FLOW if self.dynamics == "flow" else 0
        came_later = () if self.weight_decay else ("weight_decay",)
        return content_key(self, VERSION[self.architecture] + flow, without=came_later)

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
        return loss_named(self.loss, self.margin, self.slack)

    def network(self) -> FC | CNN | WideResNet:
        """The Flax module: one output, or one for each class."""
        common: dict[str, Any] = {
            "activation": activation(self.activation, normalised=self.normalised),
            "parametrisation": parametrisation(self.parametrisation, self.init),
            "bias": self.bias,
            "c": own_files.class_count(self.dataset) if self.multiclass else 1,
        }
        if self.architecture == "cnn":
            return CNN(h=self.widths[0], strides=STRIDES[self.L], **common)
        if self.architecture == "resnet":
            return WideResNet(h=self.widths[0], blocks=self.L // 6, **common)
        return FC(h=self.widths, L=self.L, **common)

    def stepper(self) -> optimiser.Optimiser | euler.Euler | rkc.RKC:
        """The dynamics, with its budget and numbers."""
        ticks, until_fitted = self.max_ticks, self.until == "fitted"
        names = ("decay_every", "weight_decay")
        descent: dict[str, Any] = {name: getattr(self, name) for name in names}
        descent["until_fitted"] = until_fitted
        match self.dynamics:
            case "adam":
                return optimiser.adam(self.lr, max_ticks=ticks, **descent)
            case "sgd":
                return optimiser.sgd(self.lr, max_ticks=ticks, batch=self.batch, **descent)
            case "flow":
                return rkc.RKC(ticks, self.flow_time, self.tol)
            case _:
                tolerances = self.tol_output, self.tol_gradient
                return euler.Euler(ticks, self.flow_time, *tolerances, self.tau)

    def numbers(self) -> dict[str, float]:
        """What `Problem.numbers` holds of the dynamics, which no compiled program need know."""
        if self.dynamics in ("adam", "sgd"):
            return {"lr": self.lr, "decay_every": float(self.decay_every or math.inf)}
        tolerances = ("tol",) if self.dynamics == "flow" else ("tol_output", "tol_gradient")
        return {"max_time": self.flow_time} | {name: getattr(self, name) for name in tolerances}

    def kind_of_stepper(self) -> Any:
        """The `stepper` of all jobs that differ from this one in `numbers` alone."""
        free: dict[str, Any] = dict.fromkeys(("tol", "tol_output", "tol_gradient", "lr"), 1.0)
        return self.replace(**free, decay_every=None, flow_time=math.inf).stepper()

    def data(self) -> Dataset:
        """The training set and at most `test_points` test points."""
        d = self.widths[0] if self.dataset == "random" else None  # d = h, as in the papers
        of = ("positive", "whiten", "label_noise", "multiclass")
        options: dict[str, Any] = {name: getattr(self, name) for name in of}
        options |= {"d": d, "images": self.architecture != "fc"}
        data = load(self.dataset, self.P, seed=self.data_seed, **options)
        few = slice(self.test_points)
        x_train, x_test = data.x_train, data.x_test[few]
        if self.constant or self.compression != 1:
            x_train, x_test = (
                seen(parse_name(self.dataset).base, x, self.compression, constant=self.constant)
                for x in (x_train, x_test)
            )
        return dataclasses.replace(data, x_train=x_train, x_test=x_test, y_test=data.y_test[few])

    def init_key(self) -> Key[Array, ""]:
        return jax.random.fold_in(jax.random.key(self.init_seed), 0)

    def batch_key(self) -> Key[Array, ""]:
        """The key of the dynamics; never that of the initial weights, even for equal seeds."""
        return jax.random.fold_in(jax.random.key(self.batch_seed), 1)
