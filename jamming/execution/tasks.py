"""Tasks, the groups they come in, and the queue from which workers take them."""

import queue
import random
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from jaxtyping import Array, Key, PyTree

from jamming.execution.checkpoint import Checkpoints
from jamming.objectives.problem import State, Stepper

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True)
class Task:
    """A trajectory; `extra` is what its observer needs besides, `name` that of its checkpoint."""

    problem: Any  # a Landscape
    key: Key[Array, ""]
    extra: PyTree = None
    name: Hashable = None


@dataclass(frozen=True)
class Group(Generic[Name]):
    """Tasks of one shape, `build(name)`, and their dynamics.

    The problems differ in the values of their arrays alone. `build` runs in the workers' threads.
    `common`: arrays of all of them, of which there is one copy for all lanes (`Landscape.given`).
    """

    stepper: Stepper[Any]
    names: Sequence[Name]
    build: Callable[[Name], Task]
    common: PyTree = None


@dataclass(frozen=True)
class Ended(Generic[Name]):
    """The outcome of a task: its final state, and snapshots at log-spaced ticks.

    `seconds`: wall time from its first to its last tick, also before an interruption.
    """

    name: Name
    task: Task
    state: State
    snapshots: Sequence[PyTree]
    seconds: float = 0.0


@dataclass
class IdleTime:
    """Ticks that lanes could have spent, and those that they spent.

    A lane that has ended is idle while its neighbours tick, and a worker without tasks until the
    other workers are done.
    """

    possible: int = 0
    spent: int = 0

    @property
    def share(self) -> float:
        """Share of the possible ticks that were idle."""
        return 1 - self.spent / self.possible if self.possible else 0.0


Observer = Callable[[Any, Any, PyTree], PyTree]


class Queue(Generic[Name]):
    """What the workers share: tasks to take, places to report to, and whether to stop.

    Tasks are taken in random order, so that those that have ended are a fair sample of what is
    left: from them the time left is told. Workers that take them `singly`, one a visit, choose
    among all groups; others take those of one group to their end.
    """

    def __init__(
        self,
        groups: Sequence[Group[Name]],
        on_ticks: Callable[[int], None],
        idle: IdleTime,
        checkpoints: Checkpoints | None = None,
        claim: Callable[[Name], bool] = lambda name: True,
        *,
        singly: bool = False,
    ) -> None:
        self.groups, self.idle, self.checkpoints = groups, idle, checkpoints
        self.singly, self._random = singly, random.Random(0)
        self.rates = [1.0] * len(groups)  # ticks a second of a lane, as was seen last
        self._claim, self._on_ticks = claim, on_ticks
        self.stop = False
        self.reports: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._waiting = [self._random.sample(group.names, len(group.names)) for group in groups]
        self._workers = [0] * len(groups)
        self._compiled = [False] * len(groups)
        self._compiling = [threading.Lock() for _ in groups]
        self._lock = threading.Lock()

    def join(self) -> int | None:
        """The group that a worker goes to next; None where no task is left.

        Workers that take tasks singly draw one of all that wait, but of a program that another
        worker compiles only if there is no other; other workers go where the fewest are. So several
        compile different programs at the same time.
        """
        with self._lock:
            left = [i for i, names in enumerate(self._waiting) if names]
            if self.stop or not left:
                return None
            best = min(left, key=lambda i: self._workers[i])
            if self.singly:
                ready = [i for i in left if self._compiled[i] or not self._workers[i]] or left
                best = self._random.choices(ready, [len(self._waiting[i]) for i in ready])[0]
            self._workers[best] += 1
            return best

    def leave(self, group: int) -> None:
        with self._lock:
            self._workers[group] -= 1

    @contextmanager
    def compiling(self, group: int) -> Iterator[None]:
        """Around a worker's first chunk, alone: threads would each compile the same program."""
        with ExitStack() as alone:
            alone.enter_context(self._compiling[group])
            if self._compiled[group]:
                alone.close()
            yield
            self._compiled[group] = True

    def take(self, group: int) -> tuple[Name, Task] | None:
        """The next task of a group that can be claimed, or None at its end."""
        while True:
            with self._lock:
                if self.stop or not self._waiting[group]:
                    return None
                name = self._waiting[group].pop()
            if self._claim(name):
                return name, self.groups[group].build(name)

    def put_back(self, group: int, names: Sequence[Name]) -> None:
        """Tasks that were taken and must be taken again."""
        with self._lock:
            self._waiting[group] += names

    def waiting(self, group: int) -> int:
        """Tasks of a group that no worker has taken."""
        return len(self._waiting[group])

    def account(self, spent: int, possible: int) -> None:
        """Ticks spent by a chunk, and those that its lanes could have spent."""
        with self._lock:
            self.idle.spent += spent
            self.idle.possible += possible
            self._on_ticks(spent)
