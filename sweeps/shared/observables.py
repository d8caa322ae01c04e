r"""Observables of trained networks by name: functions of a network, its weights and its data.

To add one, write a function of a `Trained` that returns a number, and name it:

    @observable("norm", r"$|F|$")
    def norm(of: Trained) -> float:
        return float(np.sqrt(np.mean(of.outputs(of.data.x_test) ** 2)))

Here, or in a module of your own that then makes the diagram (`sweeps.phase_diagram.sweep`, with
``observe="norm"``). `outputs` are those of what has been learnt, or of a hidden layer where the
name asks for one: R_f@2 is that of the second.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from jamming.checks.arguments import one_of
from jamming.checks.errors import BadInput
from jamming.data import Dataset
from jamming.data.invariant import MODELS
from jamming.data.names import parse_name
from jamming.images.estimators import Stability, relative_stability
from jamming.kernels import change
from jamming.kernels.empirical import tangent_kernel
from jamming.models.networks import Chain, Params
from jamming.objectives.losses import misclassified
from jamming.objectives.predictor import Predictor, predictor
from jamming.observables.alignment import alignment
from jamming.observables.kernel_pca import TOP, contrast, kernel_pca
from jamming.training.build import predictor_at
from jamming.training.spec import Job
from sweeps.shared.deformed import images

POINTS = 200  # of a tangent kernel, where the job does not say


@dataclass(frozen=True)
class Trained:
    """A network as it has learnt, or as it starts, and its data.

    `w` are its weights and `start` those at initialisation, as its `net.apply` takes them. `layer`
    is that whose activations are its outputs, from 1; None for the outputs of the network.
    """

    job: Job
    data: Dataset
    w: Params
    start: Params
    F: Predictor
    v: Params  # the variable of F
    layer: int | None = None

    @property
    def finite(self) -> bool:
        return all(bool(np.isfinite(leaf).all()) for leaf in jax.tree.leaves(self.w))

    def outputs(self, x: Any) -> Float[np.ndarray, "n *h"]:
        """At x [n, ...]: F = alpha (f - f0), at the start f0; or phi(a^l) of hidden layer l."""
        x = jnp.asarray(x, self.job.dtype)
        if self.layer is None:
            return np.asarray(_outputs(self.F, self.v, x))
        return np.asarray(_activations(self.job.network(), self.layer, self.w, x))

    @property
    def kernel_x(self) -> Float[Array, "n *d"]:
        """The test points of kernels, as many as the job says."""
        return jnp.asarray(self.data.x_test[: self.job.kernel_points or POINTS], self.job.dtype)

    def kernel(self, w: Params) -> Float[Array, "n n"]:
        """The tangent kernel of f, of one output, between test points."""
        return tangent_kernel(self.job.network(), w, self.kernel_x)

    @property
    def kernel_labels(self) -> np.ndarray:
        return np.asarray(self.data.y_test[: self.job.kernel_points or POINTS])


def trained(job: Job, data: Dataset, w: np.ndarray | None, layer: int | None = None) -> Trained:
    """What a job has learnt, of weights w as `Trajectory.w`; for None, f0 as it starts."""
    F, v = predictor_at(job, data.x_train, w)
    start = F.weights(F.start())
    if w is not None:
        return Trained(job, data, F.weights(v), start, F, v, layer)
    plain = predictor(job.network(), start, None)
    return Trained(job, data, start, start, plain, plain.start(), layer)


@dataclass(frozen=True)
class Observable:
    """What is measured of a `Trained`, and how it is averaged over networks and drawn.

    `log`: positive, and averaged in logarithms. `start`: known before learning, too. `layers`: also
    known of hidden layers. `images`: of test images that are deformed. `check` refuses a job.
    """

    of: Callable[[Trained], float]
    label: str
    log: bool = True
    start: bool = True
    layers: bool = False
    images: bool = False
    check: Callable[[Job], object] = lambda job: None


OBSERVABLES: dict[str, Observable] = {}


def observable(name: str, label: str, **how: Any) -> Callable[[Any], Any]:
    """Name a function of a `Trained`; `how` are the other fields of `Observable`."""

    def named(of: Callable[[Trained], float]) -> Callable[[Trained], float]:
        OBSERVABLES[name] = Observable(of, label, **how)
        return of

    return named


def chosen(name: Any, job: Job) -> tuple[Observable, int | None]:
    """The observable of a name, and the hidden layer behind its @.

    Raises BadInput for another name, and where it is not known of the job's network and data.
    """
    base, at, layer = name.partition("@") if isinstance(name, str) else (name, "", "")
    found = OBSERVABLES[one_of("observe", base, OBSERVABLES)]
    if job.label:
        raise BadInput("observables of own networks and data are not known: a job names neither")
    if at:
        if not found.layers:
            raise BadInput(f"{base} is not known of a layer: leave out @{layer}")
        if not isinstance(job.network(), Chain):
            raise BadInput(f"{job.architecture} has no chain of layers: leave out @{layer}")
        if layer not in map(str, range(1, job.L + 1)):
            raise BadInput(f"observe {name}: its hidden layers are {base}@1 to {base}@{job.L}")
    found.check(job)
    return found, int(layer) if at else None


@functools.partial(jax.jit, static_argnums=(0, 1))
def _activations(net: Any, layer: int, w: Params, x: Array) -> Array:
    found: Array = net.activation(net.preactivations(w, x)[layer - 1])
    return found


_change = jax.jit(change.kernel_change, static_argnums=0)


def _two_labels(job: Job) -> None:
    if job.multiclass:
        raise BadInput(
            "kernel PCA by observe = contrast or projection is of labels +-1: choose a loss of"
            " these, or observe kernel_change, error, weight_change, R_f, D_f or G_f"
        )


@jax.jit
def _outputs(F: Any, v: Any, x: Array) -> Array:
    found: Array = F(v, x)
    return found


def _stability(of: Trained) -> Stability | None:
    """None where the outputs are a constant, as of dead neurons."""
    try:
        return relative_stability(*(of.outputs(x) for x in images(of.job)), samples=1)
    except BadInput:
        return None


def _of_stability(letter: str) -> Callable[[Trained], float]:
    def of_network(of: Trained) -> float:
        found = _stability(of)
        return float("nan") if found is None else float(getattr(found, letter).value)

    return of_network


for _letter in "RDG":
    observable(f"{_letter}_f", f"${_letter}_f$", layers=True, images=True)(_of_stability(_letter))


@observable("error", "test error", log=False, start=False)
def error(of: Trained) -> float:
    """Share of the test points that are on the wrong side, or not of the largest output."""
    F, y = of.outputs(of.data.x_test), jnp.asarray(of.data.y_test)
    return float(misclassified(jnp.asarray(F), y).mean())


@observable("kernel_change", r"$||\Theta - \Theta_0|| \,/\, ||\Theta_0||$", start=False)
def kernel_change(of: Trained) -> float:
    """Of the tangent kernel of all outputs, relative, by learning (`jamming.kernels.change`)."""
    return float(_change(of.job.network().apply, of.w, of.start, of.kernel_x))


@observable("weight_change", r"$|w - w_0| \,/\, |w_0|$", start=False)
def weight_change(of: Trained) -> float:
    """Of all parameters, relative, by learning."""
    w, w0 = (ravel_pytree(each)[0] for each in (of.w, of.start))
    return float(jnp.linalg.norm(w - w0) / jnp.linalg.norm(w0))


@observable("contrast", r"contrast of classes in $\Theta$", log=False, check=_two_labels)
def class_contrast(of: Trained) -> float:
    """Tangent kernel within classes minus that between, over its diagonal (`kernel_pca`)."""
    return contrast(np.asarray(of.kernel(of.w)), of.kernel_labels)


@observable(
    "projection", rf"$\sum_{{k \leq {TOP}}} \omega_k^2$ of $\Theta$", log=False, check=_two_labels
)
def projection(of: Trained) -> float:
    """Share of the labels on the top ten eigenvectors of the tangent kernel (`kernel_pca`)."""
    pca = kernel_pca(np.asarray(of.kernel(of.w), float))
    return float(pca.projections(of.kernel_labels)[:TOP].sum())


def _invariant(job: Job) -> None:
    spec = parse_name(job.dataset)
    if job.architecture != "fc" or spec.base not in MODELS or spec.d is None:
        raise BadInput(f"Lambda is of fully connected networks on stripe<d>, not {job.dataset}")


@observable("Lambda", r"$\Lambda = W_\parallel / W_\perp$", check=_invariant)
def compression(of: Trained) -> float:
    """Alignment of the first layer, neurons of one hidden layer weighed by their read-out."""
    spec, w = parse_name(of.job.dataset), of.w["params"]
    read_out = np.asarray(w["W2"])[:, 0] if of.job.L == 1 else None
    return alignment(np.asarray(w["W1"]), MODELS[spec.base].d_par, spec.d, read_out).Lambda
