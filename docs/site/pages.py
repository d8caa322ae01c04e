"""Pages that follow from the code: of each module, of each figure, of each claim; notebooks."""

import json
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

import jupytext
import mkdocs_gen_files
import nbformat
import yaml

sys.path.insert(0, ".")
from analysis.figures import FIGURES
from claims.core.discover import CHAPTERS
from claims.core.judged import still
from claims.core.register import Verdict, part, verdict
from claims.report.wording import accepted, estimate
from sweeps.engine.discover import EXPERIMENTS, Scale, experiment

PACKAGES = ("jamming", "sweeps", "analysis", "claims")
ROOT = Path("results")
SMALL = Path("docs/pictures/gallery")  # made by docs/site/pictures.py


def page(path: str | Path, *lines: str) -> None:
    """A page of these lines."""
    with mkdocs_gen_files.open(str(path), "w") as out:
        out.write("\n".join(lines) + "\n")


def reference() -> None:
    """A page for each module."""
    nav = mkdocs_gen_files.Nav()
    for source in sorted(path for package in PACKAGES for path in Path(package).rglob("*.py")):
        parts = source.with_suffix("").parts
        if parts[-1] == "__main__" or any(p.startswith("_") and p != "__init__" for p in parts):
            continue
        whole = parts[-1] == "__init__"
        parts = parts[:-1] if whole else parts
        target = Path(*parts, "index.md") if whole else Path(*parts).with_suffix(".md")
        nav[parts] = target.as_posix()
        name = ".".join(parts)
        page(Path("reference", target), f"# {name}", "", f"::: {name}")
    page("reference/SUMMARY.md", "".join(nav.build_literate_nav()))


def gallery() -> None:
    """Every figure with its command; pictures of those whose experiments have been run."""
    made = json.loads(Path(SMALL, "made.json").read_text("utf-8"))
    there = [one for one in FIGURES.values() if one.path(ROOT, Scale.LAPTOP).is_file()]
    shown = {one.name for one in there} | set(made)
    lines = [
        "# Gallery",
        "",
        f"All {len(FIGURES)} figures, by chapter, each with the command that fills it and its cost"
        f" on two cores. {len(shown)} are shown: "
        + ", ".join(f"[{name}](#{name})" for name in FIGURES if name in shown)
        + ". After the command of another, `python -m analysis.figures` draws it, and `make docs`"
        " shows it here.",
        "",
    ]
    for chapter, figures in groupby(
        FIGURES.values(), lambda one: one.figure.__module__.split(".")[1]
    ):
        lines += [f"## {chapter.replace('_', ' ').capitalize()}", ""]
        for one in figures:
            of, drawn = experiment(one.experiment), one.path(ROOT, Scale.LAPTOP)
            about = one.about[:1].upper() + one.about[1:]
            lines += [f"### {one.name}", "", f"{about} ({of.minutes:g} minutes).", ""]
            command = of.command(ROOT, Scale.LAPTOP)
            if one in there:
                with mkdocs_gen_files.open(f"gallery/{one.name}.png", "wb") as out:
                    out.write(drawn.read_bytes())
                lines += [f"![{one.about}](gallery/{one.name}.png)", ""]
            elif one.name in made:
                lines += [f"![{one.about}](pictures/gallery/{one.name}.webp)", ""]
                if made[one.name]["command"] != command:
                    lines += ["(A picture of an earlier version: the command has changed.)", ""]
            lines += [f"    {command}", ""]
    page("gallery.md", *lines)


def claims() -> None:
    """Every claim with its verdict as it was last judged; and by paper, the features."""
    every = [claim for of in CHAPTERS.values() for claim in of]
    known = still(every)
    verdicts = {c.id: verdict(known[c.id].measured, c.accepted) for c in every if c.id in known}
    counts = ", ".join(
        f"{[*verdicts.values()].count(v)} {v}" for v in Verdict if v in verdicts.values()
    )
    lines = [
        "# What is put to the test",
        "",
        f"{len(every)} published statements; of those that have been judged as they are now, "
        f"{counts}. [What the columns mean](explanation/register.md). What decides an undecided "
        "one, and the figures, are on the page that `python -m claims` writes.",
        "",
    ]
    for name, of in groupby(sorted(every, key=lambda c: part(c)), part):
        lines += [
            f"## {name}",
            "",
            "| | statement | published | measured | range | verdict | data |",
            "|-|-|-|-|-|-|-|",
        ]
        for c in of:
            number, interval = estimate(known[c.id].measured if c.id in known else None)
            cells = (
                c.id,
                c.statement,
                c.published.text,
                f"{number} {interval}",
                accepted(c.accepted) if c.accepted else "reported",
                f"{verdicts[c.id]}, {known[c.id].date}" if c.id in known else "to be judged",
                c.data,
            )
            lines.append(
                "| " + " | ".join(x.replace("|", "\\|").replace("*", "\\*") for x in cells) + " |"
            )
        lines.append("")
    page("register.md", *lines)
    rows = ["# Features", "", "Which figure or section of which paper is which command.", ""]
    places: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for c in every:
        for source in c.source.split("; "):
            places.setdefault(source, {}).setdefault(c.experiments, []).append(c.id)
    rows += ["| paper and place | claims | experiments | figures |", "|-|-|-|-|"]
    for source in sorted(places):
        for names, ids in places[source].items():
            figures = sorted({c.figure for c in every if c.id in ids and c.figure})
            links = ", ".join(f"[{f}](gallery.md#{f})" for f in figures)
            commands = ", ".join(
                f"`{EXPERIMENTS[n].command(ROOT, Scale.LAPTOP)}`" for n in names[:1]
            )
            rows.append(
                f"| {source} | {', '.join(ids)} | {commands or '-'} | {links} |".replace("*", "\\*")
            )
    page("features.md", *rows)


def citing() -> None:
    """What to cite: the suite, and by chapter the papers of `CITATION.cff`."""
    of = yaml.safe_load(Path("CITATION.cff").read_text("utf-8"))
    lines = [
        "# Citing",
        "",
        "If you use the suite, cite it, and the papers whose experiments you reproduce with it."
        " `CITATION.cff` in the repository has all of this page in a form that reference managers"
        " read; [the list of features](features.md) says which paper a figure or a claim is of.",
        "",
        "```bibtex",
        "@software{jamming,",
        f"  title = {{{{{of['title']}}}}},",
        f"  author = {{{{{of['authors'][0]['name']}}}}},",
        f"  version = {{{of['version']}}},",
        f"  license = {{{of['license']}}},",
        "}",
        "```",
        "",
    ]
    known = list(dict.fromkeys(name for one in of["references"] for name in one["keywords"]))
    for chapter in known:
        lines += [f"## {chapter.replace('_', ' ').capitalize()}", ""]
        for one in of["references"]:
            if chapter in one["keywords"]:
                lines.append(f"* {reference_to(one)}")
        lines.append("")
    page("citing.md", *lines)


def reference_to(one: dict[str, Any]) -> str:
    """A line of a bibliography."""
    names = [f"{name['given-names']} {name['family-names']}" for name in one["authors"]]
    who = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    places = ("journal", "collection-title")
    where = next((one[name] for name in places if name in one), "")
    where = where or one["institution"]["name"]
    link = f", [doi:{one['doi']}](https://doi.org/{one['doi']})" if "doi" in one else ""
    return f"{who}, *{one['title']}*, {where}, {one['year']}{link}"


def notebooks() -> None:
    """Each tutorial as a notebook."""
    for source in sorted(Path("docs/tutorials").glob("*.md")):
        notebook = jupytext.reads(source.read_text("utf-8"), fmt="md")
        page(f"notebooks/{source.stem}.ipynb", nbformat.writes(notebook))


reference()
gallery()
claims()
notebooks()
citing()
