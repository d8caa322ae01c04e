"""What a sweep varies: frozen dataclasses that check each field (`jamming.checks.fields`).

    @dataclass(frozen=True)
    class Config(Grid):
        P: Points
        seeds: Seeds = 4

Values of an axis are sorted, each once.
"""

import dataclasses
import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar

from jamming.checks import arguments as given
from jamming.checks import fields
from jamming.checks.errors import BadInput
from jamming.commands.files import expanded
from jamming.training.spec import Job
from sweeps.engine.store import Store

Flag = fields.Flag
Rule, count, scalar, several = fields.Rule, fields.count, fields.scalar, fields.several


def names(name: str, values: Any, *, known: Collection[str] = ()) -> tuple[str, ...]:
    """Several texts, of those that are `known` if there are any to choose from."""
    if isinstance(values, str):
        raise BadInput(f"{name}: give several names, not '{values}'")
    return tuple(given.one_of(name, value, known) if known else value for value in values)


def _times(owner: Any, field: str, values: Any) -> tuple[int, ...]:
    found = given.some(field, given.wholes(field, values, most=owner.job.max_ticks))
    return tuple(sorted(set(found)))


def alphas(owner: Any, _: str, values: Any) -> tuple[float, ...]:
    """Values of alpha or alpha~, named as `owner.scale` says."""
    scale = owner.scale
    return tuple(sorted(set(given.some(scale, given.numbers(scale, values, above=0.0)))))


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


@dataclass(frozen=True)
class Checked(fields.Checked):
    """A dataclass whose annotations are rules, named by a key.

    `version` is part of its key: to be raised when a change of the code changes what is measured.
    """

    version: ClassVar[int] = 0

    def check(self) -> Any:
        """Refuse now what would be refused when the runs begin."""

    @property
    def key(self) -> str:
        """The hash of all fields and of the version of the code that measures."""
        return fields.content_key(self, self.version)

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
        """The job of seed s, as `Job.at`, of width h in every layer if given."""
        widths = {} if h is None else {"widths": (h,) * self.job.L}
        return self.job.at(s, data=data, **widths | changes)


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

    Raises BadInput if there is none, which `lacking` says, or it is damaged.
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


def but_seeds(spec: Any) -> Any:
    """The fields of a spec, and of specs in it, but for those that are seeds."""
    if not dataclasses.is_dataclass(spec):
        return spec
    names = [each.name for each in dataclasses.fields(spec) if not each.name.endswith("seed")]
    return type(spec), *((name, but_seeds(getattr(spec, name))) for name in names)
