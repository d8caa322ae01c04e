"""One engine for all that is run: what a store lacks is run, and stored as it ends.

A spec names its result by a `key`, and a store, a dict or a folder, maps keys to entries. Several
processes may share a store: each spec is claimed before it begins. A process does what others have
claimed last: it waits, and takes over what a process that has died had claimed.
"""

import time
from collections.abc import Callable, Container, Mapping, MutableMapping, Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

from jamming.checks.errors import BadInput, warn

WAIT = 0.5  # seconds between two looks at what others do


class Spec(Protocol):
    """All that a result depends on."""

    @property
    def key(self) -> str:
        """The name of its result, by its content."""


Item = TypeVar("Item", bound=Spec)
Claim = Callable[[Item], bool]
End = Callable[[Item, Mapping[str, Any]], None]


@runtime_checkable
class Leases(Protocol):
    """Who works on what, by name; asked from several threads."""

    def take(self, name: str) -> bool:
        """Whether this process has it, now or from before; False while another one has it."""

    def give_back(self, name: str) -> None:
        """No process has it; without effect where another one has it."""

    def drop(self, name: str) -> None:
        """As `give_back`, and it has ended: its checkpoint can go."""


@runtime_checkable
class Doubts(Protocol):
    """A store that says which of its entries do not verify."""

    def doubt(self, key: str, error: BadInput) -> None:
        """The run of this key is made again."""


def lacks(store: Container[str], key: str, read: Callable[[], object]) -> bool:
    """Whether a run is to be made: it is missing, or a store that `Doubts` cannot `read` it."""
    if key not in store:
        return True
    try:
        read()
    except KeyError:  # it was deleted meanwhile
        return True
    except BadInput as error:
        if not isinstance(store, Doubts):
            raise
        store.doubt(key, error)
        return True
    return False


def compute(
    specs: Sequence[Item],
    store: MutableMapping,
    run: Callable[[Sequence[Item], Claim[Item], End[Item]], object],
    *,
    lacks: Callable[[Item], bool],
    leases: Leases | None = None,
    begin: Callable[[Sequence[Item]], None] = lambda todo: None,
) -> list[Item]:
    """Run the specs that the store lacks; return those of them that other processes have run.

    `begin` is called with the specs to run. `run(some, claim, end)` asks `claim(spec)` before it
    begins one, leaves out those for which it is False, and calls `end(spec, entry)` as soon as
    there is a result, the entry of the store. Without `leases` there are no other processes.
    """
    todo = list({spec.key: spec for spec in specs if lacks(spec)}.values())
    begin(todo)
    ended = set[str]()

    def claim(spec: Item) -> bool:
        if leases is None:
            return True
        if not leases.take(spec.key):
            return False
        if lacks(spec):
            return True
        leases.give_back(spec.key)  # another process has made it meanwhile
        return False

    def end(spec: Item, entry: Mapping[str, Any]) -> None:
        store[spec.key] = entry
        ended.add(spec.key)
        if leases is not None:
            leases.drop(spec.key)

    left, waits = todo, False
    try:
        while left:
            run(left, claim, end)
            if leases is None:
                break
            left = [spec for spec in left if spec.key not in ended and lacks(spec)]
            while left and not any(map(claim, left)):
                if not waits:
                    waits = True
                    warn(f"{len(left)} runs are left, which other processes make: waiting for them")
                time.sleep(WAIT)
                left = [spec for spec in left if lacks(spec)]
    finally:
        for spec in todo:
            if leases is not None:
                leases.give_back(spec.key)
    return [spec for spec in todo if spec.key not in ended]
