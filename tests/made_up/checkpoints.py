"""Checkpoints in memory."""

from dataclasses import dataclass, field
from typing import Any

from jamming.execution.checkpoint import Saved


@dataclass
class Kept:
    """Checkpoints in memory."""

    every: float = 0.0
    by_name: dict[Any, Saved] = field(default_factory=dict)

    def load(self, name: Any) -> Saved | None:
        return self.by_name.get(name)

    def save(self, name: Any, saved: Saved) -> None:
        self.by_name[name] = saved

    def take(self, name: Any) -> bool:
        return True

    def give_back(self, name: Any) -> None: ...

    def drop(self, name: Any) -> None: ...
