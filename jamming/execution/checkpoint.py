"""Where a trajectory stands, as plain arrays that can be written down and taken up again.

A state is a pytree whose structure and types follow from the task alone, so that its leaves in
their order say it all. They are kept bit for bit: a trajectory that was taken up again ends where
it would have ended.
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

    `state`: the leaves of its state; `snapshots`: for each name what was seen at each look
    [looks, ...]; `seconds`: wall time since its first tick.
    """

    state: tuple[np.ndarray, ...]
    snapshots: dict[str, np.ndarray]
    seconds: float


@runtime_checkable
class Checkpoints(Protocol):
    """Where they go, by the name of the task; called from the threads of the workers."""

    @property
    def every(self) -> float:
        """Seconds from one of a trajectory to the next."""

    def load(self, name: Any) -> Checkpoint | None:
        """The last one, or None where there is none that can be read."""

    def save(self, name: Any, checkpoint: Checkpoint) -> None:
        """Keep it in place of the last one."""


def taken(state: PyTree, snapshots: Sequence[dict[str, Any]], seconds: float) -> Checkpoint:
    """The checkpoint of a state (one lane) and of what was seen on the way."""
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
    if len(leaves) != len(saved.state):
        return None
    for leaf, kept in zip(leaves, saved.state, strict=True):
        plain = _plain(leaf)
        if (plain.shape, plain.dtype) != (kept.shape, kept.dtype):
            return None
    back = [_like(leaf, kept) for leaf, kept in zip(leaves, saved.state, strict=True)]
    shapes = {name: rows.shape for name, rows in saved.snapshots.items()}
    looks = min((shape[0] if shape else 0 for shape in shapes.values()), default=0)
    like_look = {name: np.shape(snapshot[name]) for name in snapshot} if snapshot else None
    if not looks or any(shape[0] != looks for shape in shapes.values()):
        return None
    if like_look not in (None, {name: shape[1:] for name, shape in shapes.items()}):
        return None
    seen = [{name: rows[i] for name, rows in saved.snapshots.items()} for i in range(looks)]
    return jax.tree.unflatten(structure, back), seen


def _is_key(leaf: Any) -> bool:
    return jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _plain(leaf: Any) -> Any:
    """Random keys as the integers that they are."""
    return jax.random.key_data(leaf) if _is_key(leaf) else leaf


def _like(leaf: Any, kept: np.ndarray) -> Any:
    array = jnp.asarray(kept)
    return jax.random.wrap_key_data(array) if _is_key(leaf) else array
