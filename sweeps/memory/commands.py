"""The commands of the chapter on finite memory."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import one_of, runs, seeds, some
from jamming.checks.errors import BadInput
from jamming.commands.typed import Help
from sweeps.engine import command

Mementos = Annotated[tuple[int, ...] | None, Help("m, last plays that a Memento remembers")]
Rams = Annotated[tuple[int, ...] | None, Help("M, states of a memory of any updates")]


@dataclass(frozen=True, kw_only=True)
class Learnt(command.Sweep):
    """What policies with finite memory have in common."""

    steps: Annotated[int, Help("budget: gradients a seed")] = 10_000
    max_time: Annotated[float, Help("flow time at which a seed ends, if its budget lasts")] = 1e6
    lr: Annotated[float, Help("learning rate of adam")] = 0.05
    learn_start: Annotated[bool, Help("learn the memory after a reset, too")] = False
    seeds: Annotated[int, Help("policies of each start")] = 20
    seed: Annotated[int, Help("the first")] = 0

    lower: ClassVar[str] = "--ram, --memento or --seeds"

    def learned(self, memory: str, size: int, initial: str, **changes: Any) -> Any:
        from sweeps.memory.learning import Learned

        return self.grid(Learned, memory=memory, size=size, initial=initial, **changes)


@dataclass(frozen=True, kw_only=True)
class Memory(Learnt):
    """Learn which of two arms is better with a finite memory: q(t) from several starts."""

    ram: Rams = None
    memento: Mementos = None
    graph: Annotated[
        Path | None, Help("text file of a table of 0 and 1: which memory may follow")
    ] = None
    initial: Annotated[
        tuple[str, ...] | None,
        Help("random, linear, columns, column; of a Memento random, cycles, necklace"),
    ] = None
    dynamics: Annotated[tuple[str, ...], Help("flow, euler (the papers'), adam")] = ("flow", "adam")
    r: Annotated[float, Help("probability of a reset a step, 1 - discount")] = 1e-4
    mu: Annotated[float, Help("difference of the arms, (1 + mu)/2 and (1 - mu)/2")] = 0.1
    arms: Annotated[
        tuple[float, ...] | None,
        Help("chances of +1 of the good and of the bad arm, in place of mu"),
    ] = None

    example: ClassVar[str] = "--ram 4 8 --memento 3"
    sweep: ClassVar[str] = "sweeps.memory.learning:learning"
    home: ClassVar[str] = "memory"

    def config(self) -> Any:
        from jamming.memory.arms import Arms, symmetric
        from jamming.memory.initial import STARTS
        from sweeps.memory.learning import DYNAMICS, Curves, in_blocks

        if self.arms is not None and len(self.arms) != 2:
            raise BadInput(f"--arms takes two chances of +1, not {len(self.arms)}: good and bad")
        arms = symmetric(self.mu) if self.arms is None else Arms(*self.arms)
        chosen = {"good": arms.good, "bad": arms.bad}
        for name in some("dynamics", self.dynamics):
            one_of("dynamics", name, DYNAMICS)
        known = dict.fromkeys(name for names in STARTS.values() for name in names)
        wanted = known if self.initial is None else dict.fromkeys(some("initial", self.initial))
        for name in wanted:
            one_of("initialisation", name, known)
        found = []
        for memory, size, more in self.memories():
            starts = [name for name in STARTS.get(memory, ("random",)) if name in wanted]
            of = {"seed": self.seed, "seeds": 1} | chosen | more
            found += [
                self.learned(memory, size, start, dynamics=how, **of)
                for start in starts
                if start != "necklace" or size > 1
                for how in dict.fromkeys(self.dynamics)
            ]
        if not found:
            kinds = {memory for memory, *_ in self.memories()}
            there = "; ".join(
                f"{k}: {', '.join(STARTS.get(k, ('random',)))}" for k in sorted(kinds)
            )
            raise BadInput(f"no memory starts at {', '.join(wanted)}: choose of {there}")
        count = seeds(self.seed, self.seeds)
        runs(curves=max(1, len(found)), seeds=count)
        return Curves(tuple(block for one in found for block in in_blocks(one, count)))

    def memories(self) -> list[tuple[str, int, dict[str, Any]]]:
        """Kind, size and more of each memory; RAM(8) and Memento(3) by default."""
        ram, memento = self.ram, self.memento
        if ram is None and memento is None and self.graph is None:
            ram, memento = (8,), (3,)
        kinds = (("ram", ram), ("memento", memento))
        found: list[tuple[str, int, dict[str, Any]]] = [
            (kind, size, {}) for kind, sizes in kinds for size in dict.fromkeys(sizes or ())
        ]
        if self.graph is not None:
            rows = table(self.graph)
            found.append(("graph", len(rows), {"rows": rows}))
        return found

    def figures(self, found: Any) -> tuple[str, ...]:
        return ("memory.learning",)


@dataclass(frozen=True, kw_only=True)
class Columns(Learnt):
    """Learn from near the best column of confidence, at several r, M and mu."""

    ram: Annotated[tuple[int, ...], Help("M, states of the memory")] = (2, 4, 8, 16)
    r: Annotated[tuple[float, ...], Help("probabilities of a reset a step")] = (
        *(1e-5, 1e-4, 1e-3, 1e-2, 1e-1),
    )
    mu: Annotated[tuple[float, ...], Help("differences of the arms")] = (0.1, 0.3)
    dynamics: Annotated[str, Help("flow, euler (the papers'), adam")] = "flow"
    max_time: Annotated[float, Help("flow time at which a seed ends, if its budget lasts")] = 1e9
    seeds: Annotated[int, Help("policies of each start")] = 3

    example: ClassVar[str] = "--ram 4 8 --r 1e-4 1e-2 --mu 0.1"
    sweep: ClassVar[str] = "sweeps.memory.columns:columns"
    home: ClassVar[str] = "columns"

    def config(self) -> Any:
        from jamming.memory.arms import symmetric

        count = seeds(self.seed, self.seeds)
        axes = {"M": self.ram, "r": self.r, "mu": self.mu}
        M, r, mu = (tuple(dict.fromkeys(some(name, each))) for name, each in axes.items())
        runs(M=len(M), r=len(r), mu=len(mu), seeds=count)
        return [
            self.learned("ram", size, "column", good=arms.good, bad=arms.bad, r=each, seeds=count)
            for size in M
            for arms in map(symmetric, mu)
            for each in r
        ]

    def figures(self, found: Any) -> tuple[str, ...]:
        return ("memory.columns",)


def table(path: Path) -> tuple[str, ...]:
    """The rows of a table of 0 and 1, as texts without spaces."""
    from jamming.commands.files import expanded

    try:
        lines = expanded(path).read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: give a text file of rows of 0 and 1") from error
    rows = tuple("".join(line.replace(",", " ").split()) for line in lines if line.strip())
    if not rows or any(len(row) != len(rows) or set(row) - {"0", "1"} for row in rows):
        raise BadInput(f"{path} holds no square table of 0 and 1: give a row for each memory")
    return rows


COMMANDS = (Memory, Columns)
