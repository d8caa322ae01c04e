"""One engine for all that is run: what a store lacks is run, and kept as it ends.

A spec names its result by a `key`, and a store maps keys to entries, be it a dict or a folder.
Several processes may share a store: each spec is claimed before it is begun. A process that finds
one taken does others first, waits for it in the end, and takes it over where whoever had it has
died.
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
        """Whether it is this one's now, or was before; False while another process has it."""

    def give_back(self, name: str) -> None:
        """It is nobody's; without effect where it was not this one's."""

    def drop(self, name: str) -> None:
        """As `give_back`, of what has ended and needs no checkpoint any more."""


@runtime_checkable
class Doubts(Protocol):
    """A store that says which of its entries do not verify."""

    def doubt(self, key: str, error: BadInput) -> None:
        """The run of this key is made again."""


def lacks(store: Container[str], key: str, read: Callable[[], object]) -> bool:
    """Whether a run is to be made: it is not there, or a store that `Doubts` cannot `read` it.

    Raises:
        BadInput: from `read`, where the store is another.
    """
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
    """Run those of the specs that the store lacks; those of them that other processes have run.

    `run(some, claim, end)` asks `claim(spec)` before it begins one, leaves out those for which it
    is False, and calls `end(spec, entry)` with each result as it is there: the entry of the store.
    `begin` is told what there is to run.

    Raises:
        BadInput: from `run`, `lacks` or the store.
    """
    todo = list({spec.key: spec for spec in specs if lacks(spec)}.values())
    begin(todo)
    mine = set[str]()

    def end(spec: Item, entry: Mapping[str, Any]) -> None:
        store[spec.key] = entry
        mine.add(spec.key)
        if leases is not None:
            leases.drop(spec.key)

    if todo:
        _work_off(todo, lambda some, claim: run(some, claim, end), lacks, leases)
    return [spec for spec in todo if spec.key not in mine]


def _work_off(
    items: Sequence[Item],
    run: Callable[[Sequence[Item], Claim[Item]], object],
    lacks: Callable[[Item], bool],
    leases: Leases | None,
) -> None:
    """Until nothing lacks of what `run(items, claim)` makes, here or in other processes.

    `run` asks `claim(item)` before it begins one, and leaves out those for which it is False. What
    it makes is given back by itself as it is made, all else in the end.
    """
    if leases is None:
        run(items, lambda item: True)
        return
    holder, mine = leases, set[str]()

    def claim(item: Item) -> bool:
        if not holder.take(item.key):
            return False
        if lacks(item):
            mine.add(item.key)
            return True
        holder.give_back(item.key)  # another process has made it meanwhile
        return False

    waits = False
    try:
        left = list(items)
        while left:
            run(left, claim)
            left = [item for item in left if item.key not in mine and lacks(item)]
            while left and not any(map(claim, left)):
                if not waits:
                    waits = True
                    warn(f"{len(left)} runs are left, which other processes make: waiting for them")
                time.sleep(WAIT)
                left = [item for item in left if lacks(item)]
    finally:
        for item in items:
            leases.give_back(item.key)
