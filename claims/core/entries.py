"""The register's entries, read from the TOML files in the folders of the chapters.

An entry is a table under the id of its claim, with the keys of `KEYS`. `statistic` is the name
`module.function` of a function of the chapter. It takes the opened results of `experiments`, in
their order, and the parameters of `with`. If it raises BadInput, as fits of too few points do, the
claim has no number. What its number is, is said by `text`, or else by the first paragraph of the
function's docstring; both have placeholders, such as {h} or {chi2:.1f}, for what it is `saying`. If
the experiment `beside` was run, its value is appended.
`published` is a text, a number, or a table with the keys of `VALUE`, `FRACTION`, `RANGE` or
`SEVERAL`. `accepted` is [low, high], in which the whole interval of the number must lie, and `why`
explains it; `alternative`, with the keys of `ALTERNATIVE`, says what would be measured if the
statement were wrong, a number outside the range. With `exact = true` the statement is exact, or
one on all cases, and the number itself must lie there. Without `accepted` the papers leave the
number open, and `known` says so. Test errors need several training sets: `training_sets` is
"counted", in the results (`claims.core.statistics.training_sets`), or "each" if each run has its
own. `data` is one of `Data`: what the data of the laptop's version are beside those of the papers.
An entry without `statistic` has no laptop version: `paper` is the command at the papers' size,
`cost` its cost. `figure` is the name of a figure.
The letters in `source` stand for `PAPERS`.
"""

import inspect
import math
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from claims.core.register import (
    PARTS,
    Accepted,
    Alternative,
    Claim,
    Data,
    Measured,
    Published,
    letters,
)
from claims.core.statistics import training_sets
from jamming.checks.errors import BadInput
from sweeps.engine.discover import EXPERIMENTS

PAPERS = {
    "A": "Geiger et al. 2019, The jamming transition as a paradigm",
    "B": "Spigler et al. 2019, A jamming transition from under- to over-parametrization",
    "C": "Geiger et al. 2020, Scaling description of generalization",
    "D": "Geiger et al. 2020, Disentangling feature and lazy training",
}


def dashed(name: str) -> str:
    """The name of a chapter as the register has it; its folder's has underscores."""
    return name.replace("_", "-")


# of the chapters, by their names
FOLDERS = {
    dashed(folder.name): folder
    for folder in sorted(Path(__file__).parents[1].iterdir())
    if any(folder.glob("*.toml"))
}

Kind = dict[type, str]  # of a value, with the words for it
Number = float | Fraction
Statistic = Callable[[Mapping[str, Any]], Measured]

TEXT: Kind = {str: "a text"}
NUMBER: Kind = {int: "a number", float: "a number"}
TRUTH: Kind = {bool: "true or false"}
LIST: Kind = {list: "a list"}
TABLE: Kind = {dict: "a table"}
KEYS: dict[str, Kind] = {
    **dict.fromkeys(("statement", "statistic", "text", "why", "beside"), TEXT),
    **dict.fromkeys(("paper", "cost", "known", "figure", "data", "training_sets"), TEXT),
    **dict.fromkeys(("accepted", "experiments"), LIST),
    "source": TEXT | TABLE,
    "published": TEXT | NUMBER | TABLE,
    **dict.fromkeys(("with", "alternative"), TABLE),
    **dict.fromkeys(("laptop", "exact"), TRUTH),
}
ALTERNATIVE = {"text": TEXT, "value": NUMBER}
VALUE = {"number": NUMBER, "error": NUMBER, "unit": TEXT, "remark": TEXT, "about": TRUTH}
FRACTION = {"fraction": TEXT, "unit": TEXT, "remark": TEXT, "about": TRUTH}
RANGE = {"low": NUMBER, "high": NUMBER, "unit": TEXT, "remark": TEXT}
SEVERAL = {"each": LIST}
SETS = ("counted", "each")


def place(id: str) -> tuple[int, int, str]:
    """Its place in the register: by part, then by number; an id of no part comes last."""
    digits = "".join(filter(str.isdigit, id))
    return [*PARTS, letters(id)].index(letters(id)), int(digits or 0), id


def refuse_unknown(ids: Sequence[str], chapters: Sequence[str]) -> None:
    """Refuse an id or a chapter that is not there; no statistic is imported for it."""
    known = sorted((id for folder in FOLDERS.values() for id, *_ in tables(folder)), key=place)
    for kind, there, asked in (
        ("claim", known, ids),
        ("chapter", [*FOLDERS], map(dashed, chapters)),
    ):
        for name in asked:
            if name not in there:
                near = [one for one in there if re.fullmatch(re.escape(name) + "[a-z]?", one, re.I)]
                near = near or get_close_matches(name, there, n=8) or there
                raise BadInput(f"there is no {kind} '{name}': choose of {', '.join(near)}")


def read(folder: Path) -> list[Claim]:
    """The claims of a chapter, from all TOML files in its folder.

    Raises BadInput, one line with the file and the claim, for an unknown key, a value of a wrong
    type, an unknown experiment, or a statistic that is not there or takes other arguments.
    """
    return [_claim(*entry, chapter=folder.name) for entry in tables(folder)]


def tables(folder: Path) -> list[tuple[str, Any, str]]:
    """The ids in all TOML files of a chapter, their tables as they are, and where they stand."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        try:
            read = tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise BadInput(f"{path}: {error}") from error
        found += [(id, table, f"{path}: {id}") for id, table in read.items()]
    return found


def _claim(id: str, table: Any, where: str, chapter: str) -> Claim:
    of = _checked(table, KEYS, ("statement", "source", "published", "data"), where)
    if of["data"] not in [*Data]:
        raise BadInput(f"{where}: 'data' must be one of {', '.join(Data)}, not {of['data']!r}")
    experiments = _each(of.get("experiments", []), TEXT, "experiments", where)
    for name in (*experiments, of.get("beside")):
        if name is not None and name not in EXPERIMENTS:
            raise BadInput(f"{where}: there is no experiment '{name}'")
    paper, cost = of.get("paper", ""), of.get("cost", "")
    if experiments:
        paper = f"python -m claims --only {id} --scale paper"
        cost = "; ".join(f"{name}: {EXPERIMENTS[name].paper_cost}" for name in experiments)
    return Claim(
        id,
        of["statement"],
        _source(of["source"], where),
        published(of["published"], f"{where}: published"),
        _statistic(of, chapter, experiments, where),
        _accepted(of, where),
        tuple(experiments),
        paper=paper,
        paper_cost=cost,
        known=of.get("known", ""),
        figure=of.get("figure", ""),
        laptop=of.get("laptop", "statistic" in of),
        data=Data(of["data"]),
    )


def _statistic(of: dict[str, Any], chapter: str, names: Sequence[str], where: str) -> Statistic:
    """From opened results by experiment to the number."""
    if "statistic" not in of:
        return lambda results: Measured(None, text="no laptop version")
    module, _, name = of["statistic"].rpartition(".")
    parameters, beside = of.get("with", {}), of.get("beside", "")
    try:
        function = getattr(import_module(f"claims.{chapter}.{module}"), name)
        inspect.signature(function).bind(*names, **parameters)
    except (ImportError, AttributeError, ValueError) as error:
        raise BadInput(f"{where}: there is no statistic '{of['statistic']}': {error}") from error
    except TypeError as error:
        raise BadInput(f"{where}: {of['statistic']} is given other arguments: {error}") from error
    about, *_ = (inspect.getdoc(function) or "").split("\n\n")
    text = of.get("text", " ".join(about.split()).removesuffix("."))

    def number(*data: Any) -> Measured:
        try:
            return function(*data, **parameters).worded(text)
        except BadInput as problem:  # of a fit that is given too little
            return Measured(None, text=str(problem))

    def statistic(results: Mapping[str, Any]) -> Measured:
        data = [results[name] for name in names]
        found = number(*data)
        found = replace(found, sets=found.sets or training_sets(data))
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


def published(of: Any, where: str) -> Published:
    """A text, a number, a range, or several, as where figures and text of a paper differ."""
    if isinstance(of, str):
        return Published(of)
    if isinstance(of, dict) and "each" in of:
        each = [_number(one, where) for one in _checked(of, SEVERAL, (), where)["each"]]
        text = ", ".join(one.text for one in each)
        return Published(text, tuple(x for one in each for x in one.stretches))
    return _number(of, where)


def _number(of: Any, where: str) -> Published:
    table = of if isinstance(of, dict) else {"number": of}
    if "low" in table or "high" in table:
        _checked(table, RANGE, ("low", "high"), where)
        low, high = table["low"], table["high"]
        text = f"{written(low)} to {written(high)}"
        if math.isinf(high) or math.isinf(low):  # all beyond the other end
            text = f"> {written(low)}" if math.isinf(high) else f"< {written(high)}"
    else:
        number, off = _value(table, where), table.get("error", 0)
        text = written(number) + (f" +- {written(off)}" if off else "")
        low, high = float(number) - float(off), float(number) + float(off)
    text = f"about {text}" if table.get("about") else text
    text += f" {table['unit']}" if table.get("unit") else ""
    text += f" ({table['remark']})" if table.get("remark") else ""
    return Published(text, ((float(low), float(high)),))


def _value(table: dict[str, Any], where: str) -> Number:
    if "fraction" not in table:
        return _checked(table, VALUE, ("number",), where)["number"]
    try:
        return Fraction(_checked(table, FRACTION, (), where)["fraction"])
    except (ValueError, ZeroDivisionError) as error:
        raise BadInput(f"{where}: {error}") from error


def written(x: Number) -> str:
    """All digits; a fraction stays one, and 1e-3 is no row of zeros."""
    if isinstance(x, Fraction):
        return str(x)
    if x == 0 or 0.01 <= abs(x) < 1e9:
        return np.format_float_positional(x, trim="-")
    return np.format_float_scientific(x, trim="-", exp_digits=1)


def _accepted(of: dict[str, Any], where: str) -> Accepted | None:
    if "accepted" not in of:
        return None
    ends = _each(of["accepted"], NUMBER, "accepted", where)
    if len(ends) != 2:
        raise BadInput(f"{where}: 'accepted' must be [low, high]")
    wrong, sets = None, of.get("training_sets", "each")
    if "alternative" in of:
        wrong = Alternative(**_checked(of["alternative"], ALTERNATIVE, [*ALTERNATIVE], where))
    if sets not in SETS:
        raise BadInput(f"{where}: 'training_sets' must be {' or '.join(SETS)}, not {sets!r}")
    return Accepted(
        ends[0],
        ends[1],
        of.get("why", ""),
        exact=of.get("exact", False),
        alternative=wrong,
        of_sets=sets == "counted",
    )


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
            names = " or ".join(dict.fromkeys(kind.values()))
            raise BadInput(f"{where}: '{key}' must be {names}, not {value!r}")
    return found
