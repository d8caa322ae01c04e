"""Many trajectories side by side: initialise, advance, see which have ended.

A *lane* is one trajectory. Problems and states of several lanes are the same pytrees with a leading
axis. On a CPU the lanes of a device tick one after the other (arrays stay in cache, and an ended
lane costs nothing), so no bit of a result depends on its neighbours; elsewhere they are vmapped.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Key, PyTree

from jamming.checks.arrays import several_keys
from jamming.checks.errors import BadInput
from jamming.objectives.problem import Problem, Result, S, Stepper

T = TypeVar("T")
Devices = tuple[jax.Device, ...]


def stack(trees: Sequence[T]) -> T:
    """Pytrees of one structure -> one with a leading axis of lanes; others are refused."""
    if len(set(map(jax.tree.structure, trees))) > 1:
        raise BadInput(
            "lanes must be alike, networks, losses and predictors: a large alpha takes another form"
            " than a small one, unless predictor(..., careful=True) makes them the same"
        )
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *trees)


def lane(tree: T, i: int | Array) -> T:
    """Lane i of a stacked pytree."""
    return jax.tree.map(lambda leaf: leaf[i], tree)


def start(
    stepper: Stepper[S],
    problems: Problem,
    keys: Key[Array, " lanes"],
    *,
    devices: Devices | None = None,
) -> S:
    """States at t = 0 of stacked problems, shared out over `devices` (default: all local ones).

    Raises BadInput for problems that are not stacked, no data, labels of another loss, outputs that
    do not fit them, or not one key for each lane.
    """
    if getattr(getattr(problems, "y", None), "ndim", 0) != 2:
        raise BadInput(
            "lanes are stacked problems: give vmapped.stack([problem]), also of one alone"
        )
    keys = several_keys(keys, len(problems.y))
    if not problems.y.size:
        raise BadInput("there is nothing to learn: give one point with its label at least")
    classes = None
    if problems.loss.multiclass:
        outputs = jax.vmap(lambda problem: problem.outputs(problem.predictor.start()))
        classes = jax.eval_shape(outputs, problems).shape[-1]
    problems.loss.check(problems.y, classes)
    return _over_lanes(_init, stepper, vmaps(), devices)(jnp.zeros(keys.shape, int), problems, keys)


def advance(
    stepper: Stepper[S],
    problems: Problem,
    states: S,
    until: int | Int[Array, " lanes"],
    *,
    vmapped: bool | None = None,
    devices: Devices | None = None,
) -> S:
    """Every lane that is still running, ticked until it ends or has spent `until` ticks.

    `until` may be one for each lane. `vmapped`: whether the lanes of a device tick together; by
    default all but on a CPU.
    """
    bound = jnp.broadcast_to(jnp.asarray(until, int), states.ticks.shape)
    together = vmaps() if vmapped is None else vmapped
    return _over_lanes(_run, stepper, together, devices)(bound, problems, states)


def run(
    stepper: Stepper[S],
    problems: Problem,
    keys: Key[Array, " lanes"],
    *,
    checkpoints: Sequence[int] | None = None,
) -> Iterator[S]:
    """The stacked states at log-spaced ticks, or at those given, until every lane has ended.

    Yields the state at the start, then one for each checkpoint reached; the last is final where
    the checkpoints reach the stepper's `max_ticks`, as the log-spaced ones do.
    """
    states = start(stepper, problems, keys)
    yield states
    for tick in checkpoints if checkpoints is not None else log_spaced(stepper.max_ticks):
        if tick <= 1:  # which the start has spent
            continue
        if not bool(jnp.any(states.result == Result.RUNNING)):
            return
        states = advance(stepper, problems, states, tick)
        yield states


def spread(lanes: T, devices: Devices | None = None) -> T:
    """The arrays of a stacked pytree, where those of the states are that `advance` returns.

    What is used by several calls is so moved once, and the calls share a program.
    """
    mesh = _mesh(devices)
    if mesh is None:
        return lanes
    return jax.tree.map(lambda a: jax.device_put(a, _place(len(a), mesh)), lanes)


def log_spaced(max_ticks: int, ratio: float = 1.25, largest: float = 0.05) -> list[int]:
    """1, 2, ..., max_ticks, growing by `ratio`, in gaps of at most `largest` of the whole."""
    ticks, gap = [1], max(1, int(largest * max_ticks))
    while ticks[-1] < max_ticks:
        ticks.append(min(max(ticks[-1] + 1, int(ticks[-1] * ratio)), ticks[-1] + gap, max_ticks))
    return ticks


def _init(stepper: Stepper[S], until: Array, problem: Problem, key: Key[Array, ""]) -> S:
    del until
    return stepper.init(problem, key)


def _run(stepper: Stepper[S], until: Int[Array, ""], problem: Problem, state: S) -> S:
    def going(state: S) -> Array:
        return (state.result == Result.RUNNING) & (state.ticks < until)

    return jax.lax.while_loop(going, functools.partial(stepper.tick, problem.anchored()), state)


def vmaps() -> bool:
    """Whether the lanes of a device tick together here: on accelerators."""
    return jax.local_devices()[0].platform != "cpu"


def _mesh(devices: Devices | None) -> jax.sharding.Mesh | None:
    """Of the devices; None for the first alone.

    It would be part of the type of what comes out: a program more when that goes in again.
    """
    devices = tuple(jax.local_devices()) if devices is None else devices
    first = devices == (jax.local_devices()[0],)
    return None if first else jax.sharding.Mesh(np.array(devices), ("lanes",))


def _place(lanes: int, mesh: jax.sharding.Mesh) -> jax.sharding.NamedSharding:
    """Shared out where there are equally many for each device, else whole on each of them."""
    spec = ("lanes",) if lanes % mesh.size == 0 else ()
    return jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec(*spec))


@functools.lru_cache(maxsize=256)
def _over_lanes(
    one: Callable[..., S], stepper: Stepper[S], vmapped: bool, devices: Devices | None
) -> Callable[..., S]:
    """`one(stepper, until, ...)` on every lane, shared out over the devices; jitted."""
    mesh = _mesh(devices)

    def of_device(*args: PyTree) -> S:
        lane = functools.partial(one, stepper)
        return jax.vmap(lane)(*args) if vmapped else jax.lax.map(lambda a: lane(*a), args)

    if mesh is None:
        return jax.jit(of_device)
    spec = jax.sharding.PartitionSpec("lanes")

    @jax.jit
    def of_all(until: Array, *args: PyTree) -> S:
        lanes, spare = len(until), -len(until) % mesh.size
        # spare lanes are copies of the first that may spend no tick
        args = jax.tree.map(lambda a: jnp.concatenate([a, a[:1].repeat(spare, 0)]), args)
        until = jnp.concatenate([until, jnp.zeros((spare,), until.dtype)])
        out = jax.shard_map(of_device, mesh=mesh, in_specs=spec, out_specs=spec, check_vma=False)(
            until, *args
        )
        place = _place(lanes, mesh)
        # said, or XLA may place what comes out otherwise than what came in: to go in again, as it
        # does at each chunk, would take a program more
        return jax.tree.map(lambda a: jax.lax.with_sharding_constraint(a[:lanes], place), out)

    return of_all
