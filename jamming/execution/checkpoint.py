"""A running trajectory as plain arrays, from which it can be resumed.

A state is a pytree whose structure and types follow from the task alone, so its leaves in their
order are all of it. They are saved bit for bit: a resumed trajectory ends where it would have
ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree


@dataclass(frozen=True)
class Checkpoint:
    """A running trajectory.

    `state`: the leaves of its state; `snapshots`: by name, arrays [snapshots, ...]; `seconds`: wall
    time since its first tick.
    """

    state: tuple[np.ndarray, ...]
    snapshots: dict[str, np.ndarray]
    seconds: float


@runtime_checkable
class Checkpoints(Protocol):
    """What runs, by name: its checkpoints, and who works on it; called from several threads."""

    @property
    def every(self) -> float:
        """Seconds between two checkpoints of a trajectory."""

    def load(self, name: Any) -> Checkpoint | None:
        """The last one, or None where there is none that can be read."""

    def save(self, name: Any, checkpoint: Checkpoint) -> None:
        """Save it in place of the last one."""

    def take(self, name: Any) -> bool:
        """Whether this process has it, now or from before; False while another one has it."""

    def give_back(self, name: Any) -> None:
        """No process has it; without effect where another one has it."""

    def drop(self, name: Any) -> None:
        """As `give_back`, and it has ended: its checkpoint can go."""


def taken(state: PyTree, snapshots: Sequence[dict[str, Any]], seconds: float) -> Checkpoint:
    """The checkpoint of a state (one lane) and of its snapshots so far."""
    leaves = tuple(np.asarray(jax.device_get(_plain(leaf))) for leaf in jax.tree.leaves(state))
    seen = {name: np.stack([one[name] for one in snapshots]) for name in snapshots[0]}
    return Checkpoint(leaves, seen, seconds)


def restored(
    like: PyTree, saved: Checkpoint, snapshot: dict[str, Any] | None = None
) -> tuple[PyTree, list[dict[str, Any]]] | None:
    """(state, snapshots) of a checkpoint.

    None where it does not have the form of `like`, or its snapshots not that of `snapshot`.
    """
    leaves, structure = jax.tree.flatten(like)
    forms = [(leaf.shape, leaf.dtype) for leaf in map(_plain, leaves)]
    if forms != [(array.shape, array.dtype) for array in saved.state]:
        return None
    numbers = {rows.shape[:1] for rows in saved.snapshots.values()}
    if len(numbers) != 1 or numbers & {(), (0,)}:
        return None
    shapes = {name: rows.shape[1:] for name, rows in saved.snapshots.items()}
    if snapshot and shapes != {name: np.shape(value) for name, value in snapshot.items()}:
        return None
    ((n,),) = numbers
    seen = [{name: rows[i] for name, rows in saved.snapshots.items()} for i in range(n)]
    arrays = map(jnp.asarray, saved.state)
    state = [
        jax.random.wrap_key_data(array) if _is_key(leaf) else array
        for leaf, array in zip(leaves, arrays, strict=True)
    ]
    return jax.tree.unflatten(structure, state), seen


def _is_key(leaf: Any) -> bool:
    return jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _plain(leaf: Any) -> Any:
    """Random keys as the integers that they are."""
    return jax.random.key_data(leaf) if _is_key(leaf) else leaf
