"""Work that several processes share: each piece is claimed before it is begun.

A process that finds a piece taken does others first, waits for it in the end, and takes it over
where whoever had it has died.
"""

import time
from collections.abc import Callable, Container, Sequence
from typing import Protocol, TypeVar, runtime_checkable

from jamming.errors import BadInput, warn

WAIT = 0.5  # seconds between two looks at what others do

Item = TypeVar("Item")


@runtime_checkable
class Leases(Protocol):
    """Who works on what, by name; asked from several threads."""

    def take(self, name: str) -> bool:
        """Whether it is this one's now, or was before; False while another process has it."""

    def give_back(self, name: str) -> None:
        """It is nobody's; without effect where it was not this one's."""


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


def work_off(
    items: Sequence[Item],
    run: Callable[[Sequence[Item], Callable[[Item], bool]], object],
    *,
    name: Callable[[Item], str],
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
        if not holder.take(name(item)):
            return False
        if lacks(item):
            mine.add(name(item))
            return True
        holder.give_back(name(item))  # another process has made it meanwhile
        return False

    waits = False
    try:
        left = list(items)
        while left:
            run(left, claim)
            left = [item for item in left if name(item) not in mine and lacks(item)]
            while left and not any(map(claim, left)):
                if not waits:
                    waits = True
                    warn(f"{len(left)} runs are left, which other processes make: waiting for them")
                time.sleep(WAIT)
                left = [item for item in left if lacks(item)]
    finally:
        for item in items:
            leases.give_back(name(item))
