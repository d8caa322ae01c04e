"""From a job to the loss landscape that it learns on, ready for a lane.

One compiled program serves all jobs of equal `program`. Fully connected and convolutional networks
of like widths are embedded in one bucket (`jamming.models.padding`); residual networks and
user-supplied modules have a program for each width.
"""

import dataclasses
import functools
import inspect
import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Int

from jamming.checks.arrays import finite
from jamming.checks.errors import BadInput
from jamming.data import Dataset
from jamming.execution import tasks, threads
from jamming.execution.programs import quickly
from jamming.kernels.analytic import nngp_ntk
from jamming.kernels.empirical import ntk
from jamming.kernels.frozen import kernel_problem, weights_at
from jamming.models.accepted import adapted
from jamming.models.counting import count
from jamming.models.networks import CNN, FC, Chain, Params
from jamming.models.own import NNX, state_of
from jamming.models.padding import bucket, bucket_width, embed, pad_inputs, pad_of, shapes
from jamming.objectives.predictor import (
    Network,
    Plain,
    Predictor,
    Scaled,
    needs_care,
    predictor,
)
from jamming.objectives.problem import Problem
from jamming.training.custom import called
from jamming.training.spec import Job

LONG = 3e7  # P times gradients above which training takes longer than compiling


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Lane:
    """What a lane needs beside its problem: test points, and the true network's size.

    f0: the network's outputs at x_test at the start, where alpha allows to subtract them.
    """

    x_test: Float[Array, "..."]
    y_test: Array
    N: Int[Array, "*lanes"]
    N_all: Int[Array, "*lanes"]
    f0: Array | None = None


def network_of(job: Job, net: Any) -> Network | None:
    """A user-supplied network for a job: `net`, or what it makes, `adapted`; None without."""
    if net is None:
        return None
    # a class stands for none of its modules, and is refused
    if not isinstance(net, Network | nnx.Module | type) and callable(net):
        by = "" if inspect.isfunction(net) else f" by a {type(net).__name__}, which is none itself"
        net = called(f"the network of a job cannot be made{by}", net, job)
    return adapted(net)


def program(job: Job, own: Network | None = None) -> Hashable:
    """Jobs for which this is equal share a compiled program; `own` replaces the job's network."""
    network: Any = own
    if own is None and job.model_kind == "network":  # a Gram matrix has no width
        network = _wide(job) or job.network()
    kind: Any = job.model_kind != "network"
    if job.multiclass and job.model_kind == "kernel_infinite":  # [P, P], others are [P, P, k, k]
        kind = job.model_kind
    learning = kind, job.kind_of_stepper(), job.loss_function()
    data = job.dataset, job.label, job.P, job.test_points
    form = job.alpha is not None and ("scaled", needs_care(job.alpha, job.dtype))
    return (*learning, *data, job.precision, form, network)


def _wide(job: Job) -> Chain | None:
    """The bucket of the job's network; None for a kind that is not padded."""
    net = job.network()
    return bucket(net, ratio=_ladder(job)) if isinstance(net, FC | CNN) else None


def _ladder(job: Job) -> float:
    """Ratio of one bucket's width to the next: padding costs time, and so do programs.

    A ratio of 2 costs up to four times the products; one of sqrt(2) up to twice, and more programs,
    which is less where training is long.
    """
    return 2.0 if job.P * job.max_ticks < LONG else math.sqrt(2)


def task_of(job: Job, data: Dataset, own: Network | None = None) -> tasks.Task:
    """The run of a job on these data; `own` replaces the job's network."""
    x, x_test = _inputs(job, data)
    net = own or job.network()
    # a row of x tells the network its input shape and dtype
    w0 = _init(net, job.init_key(), jnp.asarray(x[:1]))
    # a module of Flax draws float32, whatever its inputs, unless it says otherwise
    w0 = jax.tree.map(lambda a: a.astype(job.dtype), w0)
    size, pad, wide = count(w0), state_of(net, w0, jnp.asarray(x)), None
    if own is None:
        wide = _wide(job)
    if job.model_kind == "kernel_infinite":
        return _frozen(job, data, _infinite(net, x, x_test), size)
    if wide is not None:
        pad = pad_of(job.network(), wide, x.shape[-1], job.dtype)
        if job.dataset == "random":  # d = h: inputs are as wide as the bucket
            D = bucket_width(job.widths[0], _ladder(job))
            x, x_test = (pad_inputs(a, D) for a in (x, x_test))
        w0 = jax.tree.map(jnp.asarray, embed(jax.device_get(w0), shapes(wide, x[:1])))
    scaled = predictor(net if wide is None else wide, w0, job.alpha, pad)
    problem = Problem(scaled, job.loss_function(), jnp.asarray(x), _labels(job, data.y_train))
    if job.model_kind == "network":
        return _task(job, problem, x_test, data, size)
    w = scaled.w0
    if job.model_kind == "kernel_end":
        w = weights_at(problem, job.batch_key(), job.stepper(), [math.inf])[0].w
    alone = Plain(scaled.net, scaled.w0, pad)  # one program whatever alpha
    kernels = _kernels(alone, w, problem.x, jnp.asarray(x_test), several=job.multiclass)
    return _frozen(job, data, kernels, size)


Kernels = tuple[Float[Array, "P P *kk"], Float[Array, "Q P *kk"]]


def _frozen(job: Job, data: Dataset, kernels: Kernels, size: Any) -> tasks.Task:
    """The flow of a frozen kernel: Theta between training points, and of test points with them."""
    theta, theta_test = kernels
    classes = job.network().c if job.multiclass and theta.ndim == 2 else None
    problem = kernel_problem(theta, _labels(job, data.y_train), job.loss_function(), classes)
    return _task(job, problem, theta_test, data, size)


@functools.partial(quickly, static_argnames="several")
def _kernels(of: Plain, w: Params, x: Array, x_test: Array, *, several: bool) -> Kernels:
    """Theta at w, as `tangent_kernels`, of a network in its bucket, whose padding adds nothing.

    Of one output, or of all of several.
    """
    theta = functools.partial(ntk, of.network, w, outputs="full" if several else "one")
    return theta(x), theta(x_test, x)


def _infinite(net: Any, x: Any, x_test: Any) -> Kernels:
    """Theta of a chain of infinite width (`jamming.kernels.analytic`)."""
    pairs = (jnp.asarray(x), None), (jnp.asarray(x_test), jnp.asarray(x))
    theta, theta_test = (
        nngp_ntk(net.activation, net.L, *pair, bias=net.bias).ntk for pair in pairs
    )
    return theta, theta_test


def _inputs(job: Job, data: Dataset) -> list[Any]:
    return [finite(x, "the inputs", dtype=job.dtype) for x in (data.x_train, data.x_test)]


def _labels(job: Job, y: np.ndarray) -> Array:
    """Of two labels as numbers that outputs are multiplied with, of classes as integers."""
    return jnp.asarray(y, np.int32 if job.multiclass else job.dtype)


def _task(job: Job, problem: Problem, x_test: Any, data: Dataset, size: Any) -> tasks.Task:
    numbers = {name: jnp.asarray(value, job.dtype) for name, value in job.numbers().items()}
    of, x_test = problem.predictor, jnp.asarray(x_test)
    f0 = _anchor(of, x_test) if isinstance(of, Scaled) and not of.careful else None
    y_test = _labels(job, data.y_test)
    lane = Lane(x_test, y_test, jnp.asarray(size.N), jnp.asarray(size.all), f0)
    return tasks.Task(dataclasses.replace(problem, numbers=numbers), job.batch_key(), lane, job.key)


@threads.requested_blas_threads()
def network_at(
    job: Job, x: Float[np.ndarray, "P *d"], w: Float[np.ndarray, " N_all"] | None
) -> tuple[Callable[[Params, Array], Array], Params, Params]:
    """(apply, w at the start, w at the end) of the job's network, from its final weights.

    `x` are inputs like those of its data; `w` as `Trajectory.w`, refused if of another length; None
    stands for the weights of the start.
    """
    net = job.network()
    start = jax.block_until_ready(_init(net, job.init_key(), jnp.asarray(x[:1], job.dtype)))
    row, back = ravel_pytree(start)
    end: Any = row if w is None else w
    if end.shape != row.shape:
        said = f"{end.size} weights do not fill a network of {row.size}"
        raise BadInput(f"{said}: choose another job")
    apply: Any = net.apply
    return apply, start, back(jnp.asarray(end, row.dtype))


def predictor_at(
    job: Job,
    x: Float[np.ndarray, "P *d"],
    w: Float[np.ndarray, " N_all"] | None,
    dtype: Any = None,
) -> tuple[Predictor, Params]:
    """The predictor of a job, and its variable v at the weights w, as `network_at`, in `dtype`."""
    _, *moments = network_at(job, x, w)
    w0, end = (jax.tree.map(lambda a: a.astype(dtype or a.dtype), at) for at in moments)
    v = end if job.alpha is None else jax.tree.map(jnp.subtract, end, w0)
    return predictor(job.network(), w0, job.alpha), v


def _init(net: Network, key: Array, x: Array) -> Any:
    # networks of NNX are equal that begin with other weights
    return net.init(key, x) if isinstance(net, NNX) else _compiled(net, key, x)


@functools.partial(quickly, static_argnums=0)
def _compiled(net: Network, key: Array, x: Array) -> Any:
    return net.init(key, x)


_anchor = quickly(Scaled.anchor)
