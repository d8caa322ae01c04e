"""One engine for all that is run: what a store lacks is run, and stored as it ends.

A spec names its result by a `key`, and a store, a dict or a folder, maps keys to entries. Several
processes may share a store: each spec is claimed before it begins. A process does what others have
claimed last: it waits, and takes over what a process that has died had claimed.
"""

import time
from collections.abc import Callable, Container, Mapping, MutableMapping, Sequence
from typing import Any, Protocol, TypeVar

from jamming.checks.errors import BadInput, warn
from jamming.execution.checkpoint import Checkpoints

WAIT = 0.5  # seconds between two looks at what others do


class Spec(Protocol):
    """All that a result depends on."""

    @property
    def key(self) -> str:
        """The name of its result, by its content."""


Item = TypeVar("Item", bound=Spec)
Claim = Callable[[Item], bool]
End = Callable[[Item, Mapping[str, Any]], None]


def lacks(store: Container[str], key: str, read: Callable[[], object]) -> bool:
    """Whether a run is to be made: it is missing, or `read` refuses it.

    A store that has `doubt` is told so; another one raises the BadInput.
    """
    if key not in store:
        return True
    try:
        read()
    except KeyError:  # it was deleted meanwhile
        return True
    except BadInput as error:
        if not hasattr(store, "doubt"):
            raise
        store.doubt(key, error)
        return True
    return False


def compute(
    specs: Sequence[Item],
    store: MutableMapping,
    run: Callable[[Sequence[Item], Claim[Item], End[Item]], object],
    *,
    read: Callable[[Item], object],
    leases: Checkpoints | None = None,
    begin: Callable[[Sequence[Item]], None] = lambda todo: None,
) -> list[Item]:
    """Run the specs that the store lacks; return those of them that other processes have run.

    `read` loads a result, and refuses a damaged one, which is made again (`lacks`). `begin` is
    called with the specs to run. `run(some, claim, end)` asks `claim(spec)` before it begins one,
    leaves out those for which it is False, and calls `end(spec, entry)` as soon as there is a
    result, the entry of the store. Without `leases` there are no other processes.
    """

    def missing(spec: Item) -> bool:
        return lacks(store, spec.key, lambda: read(spec))

    todo = list({spec.key: spec for spec in specs if missing(spec)}.values())
    begin(todo)
    ended = set[str]()

    def claim(spec: Item) -> bool:
        if leases is None:
            return True
        if not leases.take(spec.key):
            return False
        if missing(spec):
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
            left = [spec for spec in left if spec.key not in ended and missing(spec)]
            while left and not any(map(claim, left)):
                if not waits:
                    waits = True
                    warn(f"{len(left)} runs are left, which other processes make: waiting for them")
                time.sleep(WAIT)
                left = [spec for spec in left if missing(spec)]
    finally:
        for spec in todo:
            if leases is not None:
                leases.give_back(spec.key)
    return [spec for spec in todo if spec.key not in ended]
