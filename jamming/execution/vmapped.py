"""Many trajectories side by side: initialise, advance, see which have ended.

A *lane* is one trajectory. Problems and states of several lanes are the same pytrees with a leading
axis. On a CPU the lanes of a device tick one after the other (arrays stay in cache, and an ended
lane costs nothing), so no bit of a result depends on its neighbours; elsewhere they are vmapped.
What all problems have in `common` is given once, without that axis.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, cast

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int, Key, PyTree

from jamming.checks.arrays import several_keys
from jamming.checks.errors import BadInput
from jamming.execution.programs import quickly
from jamming.execution.rows import in_rows
from jamming.execution.tasks import Observer
from jamming.objectives.problem import Landscape, Problem, Result, S, Stepper

T = TypeVar("T")
Devices = tuple[jax.Device, ...]


def stack(trees: Sequence[T]) -> T:
    """Pytrees of one structure -> one with a leading axis of lanes; others are refused."""
    if len(set(map(jax.tree.structure, trees))) > 1:
        raise BadInput(
            "lanes must be alike, networks, losses and predictors: a large alpha takes another form"
            " than a small one, unless predictor(..., careful=True) makes them the same"
        )
    stacked: T = _stacked(tuple(trees))
    return stacked


# of many leaves at once: a program costs as little to call as one of a single leaf
@quickly
def _stacked(trees: tuple[T, ...]) -> T:
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *trees)


def lane(tree: T, i: int | Array) -> T:
    """Lane i of a stacked pytree."""
    return jax.tree.map(lambda leaf: leaf[i], tree)


def start(
    stepper: Stepper[S],
    problems: Landscape,
    keys: Key[Array, " lanes"],
    *,
    devices: Devices | None = None,
    common: PyTree = None,
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
    whole(problems, common).check()
    none = jnp.zeros(keys.shape, int)
    started: S = _shared_out(_inits, (stepper, vmaps()), devices)(common, none, problems, keys)
    return started


def advance(
    stepper: Stepper[S],
    problems: Landscape,
    states: S,
    until: int | Int[Array, " lanes"],
    *,
    vmapped: bool | None = None,
    devices: Devices | None = None,
    common: PyTree = None,
) -> S:
    """Every lane that is still running, ticked until it ends or has spent `until` ticks.

    `until` may be one for each lane. `vmapped`: whether the lanes of a device tick together; by
    default all but on a CPU.
    """
    bound = jnp.broadcast_to(jnp.asarray(until, int), states.ticks.shape)
    together = vmaps() if vmapped is None else vmapped
    after: S = _shared_out(_runs, (stepper, together), devices)(common, bound, problems, states)
    return after


def watch(
    stepper: Stepper[S],
    observe: Observer,
    problems: Landscape,
    extras: PyTree,
    states: S,
    until: Int[np.ndarray, "lanes stretches two"],
    *,
    devices: Devices | None = None,
    common: PyTree = None,
) -> tuple[S, Int[Array, "lanes stretches"], Bool[Array, "lanes stretches"], PyTree]:
    """Several stretches of ticks in one program, and what is seen at their ends.

    `until` holds (until, due) of each lane and stretch: the lane is ticked as by `advance`, and
    seen if it spent a tick and either ended or came to `due`; due = 0 is for seeing it as it is.
    Returns the states, and for each stretch the ticks at its end, whether the lane is seen, and
    what `observe(problem, state, extra)` says if so.
    """
    out: Any = _shared_out(_watches, (stepper, vmaps(), observe), devices)(
        common, jnp.asarray(until, int), problems, extras, states
    )
    return out


def run(
    stepper: Stepper[S],
    problems: Landscape,
    keys: Key[Array, " lanes"],
    *,
    checkpoints: Sequence[int] | None = None,
    common: PyTree = None,
) -> Iterator[S]:
    """The stacked states at log-spaced ticks, or at those given, until every lane has ended.

    Yields the state at the start, then one for each checkpoint reached; the last is final where
    the checkpoints reach the stepper's `max_ticks`, as the log-spaced ones do.
    """
    states = start(stepper, problems, keys, common=common)
    yield states
    for tick in checkpoints if checkpoints is not None else log_spaced(stepper.max_ticks):
        if tick <= 1:  # which the start has spent
            continue
        if not bool(jnp.any(states.result == Result.RUNNING)):
            return
        states = advance(stepper, problems, states, tick, common=common)
        yield states


def whole(problem: Landscape, common: PyTree) -> Landscape:
    """A problem, or stacked ones, with what it has in common with others."""
    return problem if common is None else problem.given(common)


def everywhere(common: T, devices: Devices | None = None) -> T:
    """The arrays that all lanes have in common, a copy on each device."""
    mesh = _mesh(devices)
    if mesh is None:
        return common
    return jax.device_put(common, jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec()))


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


def _inits(stepper: Stepper[S], vmapped: bool) -> Callable[..., S]:
    def init(common: PyTree, until: Array, problem: Landscape, key: Array) -> S:
        return stepper.init(whole(problem, common), key)

    return _each(init, vmapped)


def _runs(stepper: Stepper[S], vmapped: bool) -> Callable[..., S]:
    def run(common: PyTree, until: Int[Array, ""], problem: Landscape, state: S) -> S:
        def going(state: S) -> Array:
            return (state.result == Result.RUNNING) & (state.ticks < until)

        landscape = whole(problem, common).anchored()
        bare = jax.tree_util.treedef_is_leaf(jax.tree.structure(state.v))
        rows = isinstance(landscape, Problem) and getattr(stepper, "elementwise", False)
        if bare or not rows:
            step = functools.partial(stepper.tick, landscape)
            return jax.lax.while_loop(going, step, state)
        of_row, join, part = in_rows(cast(Problem, landscape), state)
        step = functools.partial(stepper.tick, of_row)
        return part(jax.lax.while_loop(going, step, join(state)))

    return _each(run, vmapped)


def _watches(stepper: Stepper[S], vmapped: bool, observe: Observer) -> Callable[..., Any]:
    def look(common: PyTree, problem: Landscape, state: S, extra: PyTree) -> PyTree:
        return observe(whole(problem, common), state, extra)

    runs, looks = _runs(stepper, vmapped), _each(look, vmapped)

    def watches(common: Any, until: Array, problems: Any, extras: PyTree, states: S) -> Any:
        def stretch(states: S, until: Array) -> Any:
            after = runs(common, until[:, 0], problems, states)
            over = (after.result != Result.RUNNING) | (after.ticks >= until[:, 1])
            seen = ((after.ticks > states.ticks) & over) | (until[:, 1] == 0)
            args = common, problems, after, extras
            none = jax.tree.map(lambda a: jnp.zeros(a.shape, a.dtype), jax.eval_shape(looks, *args))
            # one condition for all lanes: what no lane asks for is not computed
            found = jax.lax.cond(seen.any(), looks, lambda *_: none, *args)
            return after, (after.ticks, seen, found)

        states, each = jax.lax.scan(stretch, states, until.swapaxes(0, 1))
        return states, *jax.tree.map(lambda a: a.swapaxes(0, 1), each)

    return watches


def _each(one: Callable[..., T], vmapped: bool) -> Callable[..., T]:
    """`one(common, *lane)` on every lane, together or one after the other."""

    def each(common: PyTree, *lanes: PyTree) -> T:
        alone = functools.partial(one, common)
        return jax.vmap(alone)(*lanes) if vmapped else jax.lax.map(lambda at: alone(*at), lanes)

    return each


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
def _shared_out(
    make: Callable[..., Callable[..., T]], how: tuple[Any, ...], devices: Devices | None
) -> Callable[..., T]:
    """`make(*how)`, of what is common and (until, ...) of lanes, over the devices; jitted."""
    mesh, of_device = _mesh(devices), make(*how)
    jit: Any = quickly if make is _inits else jax.jit
    if mesh is None:
        return cast(Callable[..., T], jit(of_device))
    spec = jax.sharding.PartitionSpec("lanes")

    def of_all(common: PyTree, until: Array, *args: PyTree) -> T:
        lanes, spare = len(until), -len(until) % mesh.size
        # spare lanes are copies of the first that spend no tick
        args = jax.tree.map(lambda a: jnp.concatenate([a, a[:1].repeat(spare, 0)]), args)
        until = jnp.concatenate([until, jnp.full((spare, *until.shape[1:]), -1, until.dtype)])
        specs = (jax.sharding.PartitionSpec(), *[spec] * (1 + len(args)))
        out = jax.shard_map(of_device, mesh=mesh, in_specs=specs, out_specs=spec, check_vma=False)(
            common, until, *args
        )
        place = _place(lanes, mesh)
        # said, or XLA may place what comes out otherwise than what came in: to go in again, as it
        # does at each chunk, would take a program more
        return jax.tree.map(lambda a: jax.lax.with_sharding_constraint(a[:lanes], place), out)

    return cast(Callable[..., T], jit(of_all))
