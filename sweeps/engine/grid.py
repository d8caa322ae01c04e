"""What a sweep varies: frozen dataclasses that check each field by its annotation.

    @dataclass(frozen=True)
    class Config(Grid):
        P: Points
        seeds: Seeds = 4

Values of an axis are sorted, each once. What is out of range is refused by name, and so are more
trajectories than one command may have.
"""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar, get_type_hints

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.commands.files import expanded
from jamming.training.spec import Job
from sweeps.engine.store import Store


@dataclass(frozen=True)
class Rule:
    """`check(owner, field, value)` returns the value as a plain type, or raises BadInput.

    The field multiplies the number of runs where `counts` says what to call its values.
    """

    check: Callable[[Any, str, Any], Any]
    counts: str = ""


def scalar(check: Callable[..., Any], name: str = "", **bounds: Any) -> Rule:
    """A value for `jamming.checks.arguments`, in messages under this name or that of the field."""
    return Rule(lambda owner, field, value: check(name or field, value, **bounds))


def several(
    check: Callable[..., Any],
    name: str = "",
    *,
    counts: str = "",
    enough: int = 1,
    sort: bool = True,
    **bounds: Any,
) -> Rule:
    """At least `enough` values, sorted and without duplicates; with `sort` off, as given."""

    def plain(owner: Any, field: str, values: Any) -> tuple[Any, ...]:
        said = name or field
        found = given.some(said, check(said, values, **bounds), least=enough)
        return tuple(sorted(set(found))) if sort else found

    return Rule(plain, counts)


def names(name: str, values: Any, *, known: Collection[str] = ()) -> tuple[str, ...]:
    """Several texts, of those that are `known` if there are any to choose from."""
    if isinstance(values, str):
        raise BadInput(f"{name}: give several names, not '{values}'")
    return tuple(given.one_of(name, value, known) if known else value for value in values)


def count(name: str = "seeds", **bounds: int) -> Rule:
    """A number of seeds, which are counted up from the seeds of the job."""

    def plain(owner: Any, field: str, n: Any) -> int:
        return given.seeds(owner.job.last_seed, n, name=name, **bounds)

    return Rule(plain, name)


def _times(owner: Any, field: str, values: Any) -> tuple[int, ...]:
    found = given.some(field, given.wholes(field, values, most=owner.job.max_ticks))
    return tuple(sorted(set(found)))


Points = Annotated[tuple[int, ...], several(given.wholes, counts="P", least=2)]
Depths = Annotated[
    tuple[int, ...], several(given.wholes, "depth", counts="depths", most=given.DEEPEST)
]
Widths = Annotated[tuple[int, ...], several(given.wholes, counts="widths")]
Ratios = Annotated[
    tuple[float, ...], several(given.numbers, counts="ratios", above=0.0, most=given.HUGE)
]
Times = Annotated[tuple[int, ...], Rule(_times)]
Seeds = Annotated[int, count()]
DataSets = Annotated[int, count("sets")]
Inits = Annotated[int, Rule(lambda owner, field, n: given.whole(field, n), "inits")]
Flag = Annotated[bool, scalar(given.flag)]


@dataclass(frozen=True)
class Checked:
    """A dataclass whose annotations are rules.

    `version` is part of its key: to be raised when a change of the code changes what is measured.

    Raises:
        BadInput: a value out of range, or too many trajectories.
    """

    version: ClassVar[int] = 0

    def __post_init__(self) -> None:
        counts: dict[str, int] = {}
        for name, hint in get_type_hints(type(self), include_extras=True).items():
            for rule in getattr(hint, "__metadata__", ()):
                value = rule.check(self, name, getattr(self, name))
                given.settle(self, {name: value})
                if rule.counts:
                    counts[rule.counts] = len(value) if isinstance(value, tuple) else value
        given.runs(**counts)

    def check(self) -> Any:
        """Refuse now what would be refused when the runs begin."""

    @property
    def key(self) -> str:
        """The hash of all fields and of the version of the code that measures."""
        fields = dataclasses.asdict(self) | {"version": self.version}
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:32]

    def json(self) -> str:
        """All fields, as the attribute `config` of a result has them."""
        return json.dumps(dataclasses.asdict(self))


@dataclass(frozen=True)
class Grid(Checked):
    """Runs that differ from `job` in what is varied, and in their seeds."""

    job: Job

    def attrs(self, *names: str, **others: Any) -> dict[str, Any]:
        """Attributes of a result: these fields of the job, others, and all fields as JSON."""
        return {name: getattr(self.job, name) for name in names} | others | {"config": self.json()}

    def at(self, s: int, *, h: int | None = None, data: bool = False, **changes: Any) -> Job:
        """The job of seed s, of width h in every layer if given.

        It has init_seed and batch_seed plus s, and with `data` data_seed plus s.
        """
        job = self.job
        moved: dict[str, Any] = {"init_seed": job.init_seed + s, "batch_seed": job.batch_seed + s}
        if data:
            moved["data_seed"] = job.data_seed + s
        if h is not None:
            moved["widths"] = (h,) * job.L
        return job.replace(**moved | changes)


@dataclass(frozen=True)
class Sets(Grid):
    """`sets` data sets at each P, and `inits` networks on each; all else is that of `job`."""

    P: Points
    sets: DataSets = 4
    inits: Inits = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        given.seeds(self.job.last_seed, self.sets * self.inits)

    @property
    def cells(self) -> list[tuple[int, int]]:
        """(P, s) of all data sets, the small ones first."""
        return [(P, s) for P in self.P for s in range(self.sets)]

    def on_set(self, P: int, s: int) -> list[Job]:
        """The networks on P points of data set s, one for each initialisation."""
        several = range(s * self.inits, (s + 1) * self.inits)
        return [self.at(n, P=P, data_seed=self.job.data_seed + s) for n in several]


Kind = TypeVar("Kind", bound=Grid)


def saved(kind: type[Kind], folder: str | Path, name: str, lacking: str) -> tuple[Kind, Store]:
    """The grid that `Store.note` has written into a folder, and the store there.

    Raises:
        BadInput: there is none, which `lacking` says, or it is damaged.
    """
    path = expanded(folder) / name
    if not path.is_file():
        raise BadInput(f"{folder} {lacking}")
    store = Store(folder)
    fields = store.noted(name)
    try:
        job = Job(**_tuples(fields.pop("job")))
        return kind(job, **_tuples(fields)), store
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(f"{path} is damaged or of another version: run the sweep again") from error


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in fields.items()}
