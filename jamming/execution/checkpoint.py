"""A running trajectory as plain arrays, from which it can be resumed.

A state is a pytree whose structure and types follow from the task alone, so its leaves in their
order are all of it. They are saved bit for bit: a resumed trajectory ends where it would have
ended.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

# a running trajectory: "state<i>", the leaves of its state; "seen<name>", snapshots [snapshots,
# ...]; "seconds", wall time since its first tick
Saved = Mapping[str, np.ndarray]


@runtime_checkable
class Checkpoints(Protocol):
    """What runs, by name: its checkpoints, and who works on it; called from several threads."""

    every: float  # seconds between two checkpoints of a trajectory

    def load(self, name: Any) -> Saved | None:
        """The last one, or None where there is none that can be read."""

    def save(self, name: Any, saved: Saved) -> None:
        """Save it in place of the last one."""

    def take(self, name: Any) -> bool:
        """Whether this process has it, now or from before; False while another one has it."""

    def give_back(self, name: Any) -> None:
        """No process has it; without effect where another one has it."""

    def drop(self, name: Any) -> None:
        """As `give_back`, and it has ended: its checkpoint can go."""


def taken(
    state: PyTree, snapshots: Sequence[dict[str, Any]], seconds: float
) -> dict[str, np.ndarray]:
    """The checkpoint of a state (one lane) and of its snapshots so far."""
    saved = {name: np.asarray(jax.device_get(leaf)) for name, leaf in _plain(state).items()}
    seen = {f"seen{name}": np.stack([one[name] for one in snapshots]) for name in snapshots[0]}
    return saved | seen | {"seconds": np.asarray(seconds)}


def restored(
    like: PyTree, saved: Saved, snapshot: dict[str, Any] | None = None
) -> tuple[PyTree, list[dict[str, Any]], float] | None:
    """(state, snapshots, seconds); None if not of the form of `like`, or of `snapshot`."""
    seen = {name[4:]: rows for name, rows in saved.items() if name.startswith("seen")}
    rest = {name: array for name, array in saved.items() if not name.startswith("seen")}
    due = _plain(like) | {"seconds": np.asarray(0.0)}
    if {name: (a.shape, a.dtype) for name, a in rest.items()} != {
        name: (a.shape, a.dtype) for name, a in due.items()
    }:
        return None
    numbers = {rows.shape[:1] for rows in seen.values()}
    if len(numbers) != 1 or numbers & {(), (0,)}:
        return None
    shapes = {name: rows.shape[1:] for name, rows in seen.items()}
    if snapshot and shapes != {name: np.shape(value) for name, value in snapshot.items()}:
        return None
    ((n,),) = numbers
    leaves, structure = jax.tree.flatten(like)
    arrays = [jnp.asarray(saved[f"state{i}"]) for i in range(len(leaves))]
    state = [
        jax.random.wrap_key_data(array) if _is_key(leaf) else array
        for leaf, array in zip(leaves, arrays, strict=True)
    ]
    snapshots = [{name: rows[i] for name, rows in seen.items()} for i in range(n)]
    return jax.tree.unflatten(structure, state), snapshots, float(saved["seconds"])


def _is_key(leaf: Any) -> bool:
    return jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _plain(state: PyTree) -> dict[str, Any]:
    """The leaves of a state by name, random keys as the integers that they are."""
    return {
        f"state{i}": jax.random.key_data(leaf) if _is_key(leaf) else leaf
        for i, leaf in enumerate(jax.tree.leaves(state))
    }
