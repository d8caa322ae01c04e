"""The register's entries, read from the TOML files in the folders of the chapters.

An entry is a table under the id of its claim, with the keys of `KEYS`. `statistic` is the name
`module.function` of a function of the chapter. It takes the opened results of `experiments`, in
their order, and the parameters of `with`. If it raises BadInput, as fits of too few points do, the
claim has no number. If the experiment `beside` was run, its value is appended to the text.
`published` is a text, a number, or a table with the keys of `VALUE`, `FRACTION`, `RANGE` or
`SEVERAL`. `accepted` is [low, high], and `why` explains it; without `accepted` the papers leave the
number open, and `known` says so. An entry without `statistic` has no laptop version: `paper` is the
command at the papers' size, `cost` its cost. `figure` is the name of a figure.
The letters in `source` stand for these papers:

A: Geiger, Spigler, d'Ascoli, Sagun, Baity-Jesi, Biroli and Wyart, *The jamming transition as a
paradigm to understand the loss landscape of deep neural networks* (2019). B: Spigler, Geiger,
d'Ascoli, Sagun, Biroli and Wyart, *A jamming transition from under- to over-parametrization affects
generalization in deep learning* (2019). C: Geiger et al., *Scaling description of generalization
with number of parameters in deep learning* (2020). D: Geiger, Spigler, Jacot and Wyart,
*Disentangling feature and lazy training in deep neural networks* (2020).
"""

import inspect
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any

from claims.core.published import Published, Range, Several, Value
from claims.core.register import Accepted, Claim, Measured
from claims.core.statistics import no_estimate
from jamming.checks.errors import BadInput
from sweeps.engine.discover import EXPERIMENTS

PAPERS = {
    "A": "Geiger et al. 2019, The jamming transition as a paradigm",
    "B": "Spigler et al. 2019, A jamming transition from under- to over-parametrization",
    "C": "Geiger et al. 2020, Scaling description of generalization",
    "D": "Geiger et al. 2020, Disentangling feature and lazy training",
}

Kind = tuple[type, ...]
Statistic = Callable[[Mapping[str, Any]], Measured]

NAMES = {
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}
TEXT, NUMBER, TRUTH, LIST, TABLE = (str,), (int, float), (bool,), (list,), (dict,)
KEYS: dict[str, Kind] = {
    "statement": TEXT,
    "source": TEXT + TABLE,
    "published": TEXT + NUMBER + TABLE,
    "accepted": LIST,
    "experiments": LIST,
    "with": TABLE,
    "laptop": TRUTH,
    **dict.fromkeys(("statistic", "why", "beside", "paper", "cost", "known", "figure"), TEXT),
}
VALUE = {"number": NUMBER, "error": NUMBER, "unit": TEXT, "remark": TEXT, "about": TRUTH}
FRACTION = {"fraction": TEXT, "unit": TEXT, "remark": TEXT, "about": TRUTH}
RANGE = {"low": NUMBER, "high": NUMBER, "unit": TEXT, "remark": TEXT}
SEVERAL = {"each": LIST}


def read(folder: Path) -> tuple[Claim, ...]:
    """The claims of a chapter, from all TOML files in its folder.

    Raises:
        BadInput: one line with the file and the claim that has an unknown key, a value of a wrong
            type, an unknown experiment, or a statistic that is not there or takes other arguments.
    """
    found = []
    for path in sorted(folder.glob("*.toml")):
        try:
            tables = tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise BadInput(f"{path}: {error}") from error
        found += [_claim(id, table, folder.name, f"{path}: {id}") for id, table in tables.items()]
    return tuple(found)


def _claim(id: str, table: Any, chapter: str, where: str) -> Claim:
    of = _checked(table, KEYS, ("statement", "source", "published"), where)
    experiments = _each(of.get("experiments", []), TEXT, "experiments", where)
    beside = [of["beside"]] if "beside" in of else []
    for name in (*experiments, *beside):
        if name not in EXPERIMENTS:
            raise BadInput(f"{where}: there is no experiment '{name}'")
    paper, cost = of.get("paper", ""), of.get("cost", "")
    if experiments:
        paper = f"python -m claims --only {id} --scale paper"
        cost = "; ".join(f"{name}: {EXPERIMENTS[name].paper_cost}" for name in experiments)
    return Claim(
        id,
        of["statement"],
        _source(of["source"], where),
        _published(of["published"], where),
        _statistic(of, chapter, experiments, where),
        _accepted(of, where),
        tuple(experiments),
        paper=paper,
        paper_cost=cost,
        known=of.get("known", ""),
        figure=of.get("figure", ""),
        laptop=of.get("laptop", "statistic" in of),
    )


def _statistic(of: dict[str, Any], chapter: str, names: Sequence[str], where: str) -> Statistic:
    """From opened results by experiment to the number."""
    if "statistic" not in of:
        return lambda results: no_estimate("no laptop version")
    module, _, name = of["statistic"].rpartition(".")
    parameters, beside = of.get("with", {}), of.get("beside", "")
    try:
        function = getattr(import_module(f"claims.{chapter}.{module}"), name)
        inspect.signature(function).bind(*names, **parameters)
    except (ImportError, AttributeError, ValueError) as error:
        raise BadInput(f"{where}: there is no statistic '{of['statistic']}': {error}") from error
    except TypeError as error:
        raise BadInput(f"{where}: {of['statistic']} is given other arguments: {error}") from error

    def number(*data: Any) -> Measured:
        try:
            return function(*data, **parameters)
        except BadInput as problem:  # of a fit that is given too little
            return no_estimate(str(problem))

    def statistic(results: Mapping[str, Any]) -> Measured:
        found = number(*(results[name] for name in names))
        if not results.get(beside):
            return found
        value = number(results[beside]).value
        said = "no number" if value is None else f"{value:.3g}"
        return replace(found, text=f"{found.text} ({beside}: {said})")

    return statistic


def _source(of: str | dict[str, Any], where: str) -> str:
    """Papers and the places in them, with the papers' names for their letters."""
    if isinstance(of, str):
        return of
    _each(of.values(), TEXT, "source", where)
    return "; ".join(f"{PAPERS.get(paper, paper)}, {place}" for paper, place in of.items())


def _published(of: Any, where: str) -> Published:
    where = f"{where}: published"
    match of:
        case str():
            return of
        case dict() if "each" in of:
            each = _checked(of, SEVERAL, (), where)["each"]
            return Several(tuple(_number(one, where) for one in each))
    return _number(of, where)


def _number(of: Any, where: str) -> Value | Range:
    match of:
        case dict() if "low" in of or "high" in of:
            return Range(**_checked(of, RANGE, ("low", "high"), where))
        case dict() if "fraction" in of:
            rest = dict(_checked(of, FRACTION, (), where))
            try:
                return Value(Fraction(rest.pop("fraction")), **rest)
            except (ValueError, ZeroDivisionError) as error:
                raise BadInput(f"{where}: {error}") from error
        case dict():
            return Value(**_checked(of, VALUE, ("number",), where))
    return Value(_checked({"number": of}, VALUE, (), where)["number"])


def _accepted(of: dict[str, Any], where: str) -> Accepted | None:
    if "accepted" not in of:
        return None
    ends = _each(of["accepted"], NUMBER, "accepted", where)
    if len(ends) != 2:
        raise BadInput(f"{where}: 'accepted' must be [low, high]")
    return Accepted(ends[0], ends[1], of.get("why", ""))


def _checked(
    table: Any, kinds: Mapping[str, Kind], needed: Sequence[str], where: str
) -> dict[str, Any]:
    """The table, once its keys and their types are known to be right."""
    if not isinstance(table, dict):
        raise BadInput(f"{where}: must be a table")
    for key, value in table.items():
        if key not in kinds:
            raise BadInput(f"{where}: there is no key '{key}': choose of {', '.join(kinds)}")
        _each([value], kinds[key], key, where)
    for key in needed:
        if key not in table:
            raise BadInput(f"{where}: '{key}' is missing")
    return table


def _each(values: Any, kind: Kind, key: str, where: str) -> list[Any]:
    """The values, all of a kind; True is no number."""
    found = list(values)
    for value in found:
        if type(value) not in kind:
            names = " or ".join(dict.fromkeys(NAMES[each] for each in kind))
            raise BadInput(f"{where}: '{key}' must be {names}, not {value!r}")
    return found
