"""Random features: ensembles in closed form, and a network that the rest of the suite can train.

`FrozenFirst` is an `FC` of one hidden layer whose first weights get no gradient: every dynamics
leaves them where they are. With alpha (f - f0) learning starts from F = 0, and the gradient flow of
the square loss ends at the read-out of the smallest norm (`model.ridge` at 0).
"""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from jamming.checks import arguments as given
from jamming.checks.arrays import ArrayLike, finite, shaped
from jamming.checks.errors import BadInput
from jamming.data import Dataset
from jamming.models.activations import activation
from jamming.models.networks import FC, Params
from jamming.random_features import theory
from jamming.random_features.harmonics import excess, harmonics, learned, together
from jamming.random_features.model import features, ridge, sample, spectrum, sphere
from jamming.training.spec import Job
from sweeps.engine.grid import Checked, scalar

# of the gradient flow: its length, the largest |y - F| that counts as fitted, and its budget
LONG, FITTED, GRADIENTS = 1e6, 1e-6, 100_000


@dataclass(frozen=True)
class Model(Checked):
    """What all cells share: d, P, noise of the labels, nonlinearity, ridges, networks a cell."""

    d: Annotated[int, scalar(given.whole, least=3)]
    P: Annotated[int, scalar(given.whole, least=2)]
    noise: Annotated[float, scalar(given.number, least=0.0, most=given.HUGE)]
    activation: str
    ridges: Annotated[tuple[float, ...], scalar(given.numbers, "ridge", least=0.0, most=given.HUGE)]
    members: Annotated[int, scalar(given.whole)]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.ridges or len(set(self.ridges)) < len(self.ridges):
            raise BadInput("ridges must be different, and there must be one at least")
        theory.constants(activation(self.activation))
        for lam in self.ridges:
            theory.Setting(1.0, self.P / self.d, lam, self.noise)


@dataclass(frozen=True)
class Cell(Checked):
    """One training set, and the ensemble of width h that learns it."""

    model: Model
    h: Annotated[int, scalar(given.whole)]
    seed: Annotated[int, scalar(given.whole, least=0, most=given.LARGEST_SEED)]

    version: ClassVar[int] = 1


def measured(cell: Cell) -> dict[str, Any]:
    """Test errors of the members [member][ridge] and of their mean [ridge]."""
    of, phi = cell.model, activation(cell.model.activation)
    sigma = harmonics(phi, of.d)
    for_data, *for_members = np.random.default_rng([cell.seed, cell.h]).spawn(1 + of.members)
    data = sample(of.P, of.d, of.noise, for_data)
    found = []
    for rng in for_members:
        theta = sphere(cell.h, of.d, rng)
        at = spectrum(features(phi, theta, data.x), data.y)
        found.append([learned(theta, ridge(at, lam, P=of.P, d=of.d), sigma) for lam in of.ridges])
    return {
        "single": [[excess(one, data.beta, sigma) for one in member] for member in found],
        "ensemble": [
            excess(together(members), data.beta, sigma) for members in zip(*found, strict=True)
        ],
    }


@dataclass(frozen=True)
class FrozenFirst:
    """f = h^(-1/2) sum_j W2_j sigma(W1_j.x / sqrt(d)), in ntp; only W2 learns.

    The columns of W1 lie on the sphere |theta|^2 = d.
    """

    net: FC

    def __post_init__(self) -> None:
        if self.net.L != 1 or self.net.bias or self.net.parametrisation.name != "ntp":
            raise BadInput("random features are an FC of one hidden layer in ntp, without biases")

    def init(self, key: Any, x: Float[Array, "P d"]) -> Params:
        """Initial weights: those of the network, with W1 brought to the sphere."""
        w = self.net.init(key, x)["params"]
        W1 = w["W1"]
        norm = jnp.sqrt(jnp.sum(W1**2, axis=0, keepdims=True))
        return {"params": {**w, "W1": W1 * (jnp.sqrt(jnp.asarray(W1.shape[0], W1.dtype)) / norm)}}

    def apply(self, w: Params, x: Float[Array, "P d"]) -> Float[Array, " P"]:
        f: Any = self.net.apply(_held(w), x)
        return f

    def difference(self, w: Params, dw: Params, x: Float[Array, "P d"]) -> Float[Array, " P"]:
        """f(w + dw, x) - f(w, x), without cancellation."""
        return self.net.difference(_held(w), _held(dw), x)


def _held(w: Params) -> Params:
    params = w["params"]
    return {"params": {**params, "W1": jax.lax.stop_gradient(params["W1"])}}


def frozen_first(job: Job) -> FrozenFirst:
    net = job.network()
    if not isinstance(net, FC):
        raise BadInput("random features are fully connected: choose architecture fc")
    return FrozenFirst(net)


def flow_job(of: Model, h: int, seed: int) -> Job:
    """A network of width h that learns by gradient flow, until it fits or next to nothing moves."""
    return Job(
        dataset="sphere",
        P=of.P,
        widths=(h,),
        data_seed=seed,
        init_seed=seed,
        activation=of.activation,
        parametrisation="ntp",
        bias=False,
        alpha=1.0,
        loss="square",
        slack=FITTED,
        dynamics="flow",
        flow_time=LONG,
        max_ticks=GRADIENTS,
        label=f"random features, d = {of.d}, noise = {of.noise:g}",
    )


def training_set(of: Model, job: Job) -> tuple[Dataset, Float[np.ndarray, " d"]]:
    """What the network of a job learns, and beta."""
    rng = np.random.default_rng([job.data_seed, job.widths[0], 1])
    data = sample(of.P, of.d, of.noise, rng)
    x_test = sphere(2, of.d, rng)  # the error is a quadratic form, these only have to be there
    return Dataset("sphere", data.x, data.y, x_test, x_test @ data.beta), data.beta


def compared(of: Model, job: Job, w: ArrayLike) -> tuple[float, float]:
    """The test error at the end of the flow, w [N] as a `Trajectory` has it, and in closed form.

    Raises BadInput if the weights are not finite, or not those of the job's network.
    """
    net, (data, beta) = frozen_first(job), training_set(of, job)
    w0 = net.init(job.init_key(), jnp.asarray(data.x_train[:1]))
    flat, unravel = ravel_pytree(w0)
    w = shaped(jnp.asarray(finite(w, "w", dtype=flat.dtype)), "w", flat.size)
    moved = np.asarray(unravel(w - flat)["params"]["W2"])[:, 0]
    theta = np.asarray(w0["params"]["W1"]).T
    phi = activation(job.activation)
    sigma = harmonics(phi, of.d)
    at = spectrum(features(phi, theta, data.x_train), data.y_train)
    # F = h^(-1/2) sum_j dW2_j sigma_j, as alpha is 1
    flowed = moved / np.sqrt(moved.size)
    closed = ridge(at, 0.0, P=of.P, d=of.d)
    one, two = (excess(learned(theta, a, sigma), beta, sigma) for a in (flowed, closed))
    return one, two
