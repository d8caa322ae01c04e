"""Pages that follow from the code: of each module, of each figure, of each claim; notebooks."""

import sys
from itertools import groupby
from pathlib import Path

import jupytext
import mkdocs_gen_files
import nbformat

sys.path.insert(0, ".")
from analysis.figures import FIGURES
from claims.core.discover import CHAPTERS
from claims.core.judged import still
from claims.core.register import Verdict, part, verdict
from claims.report.wording import accepted, estimate
from sweeps.engine.discover import EXPERIMENTS, Scale, experiment

PACKAGES = ("jamming", "sweeps", "analysis", "claims")
ROOT = Path("results")


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
    """Every figure with its command; those whose experiments have been run here are shown."""
    lines = [
        "# Gallery",
        "",
        "All figures, by chapter, each with the command that fills it and its cost on two cores.",
        "",
    ]
    for chapter, figures in groupby(
        FIGURES.values(), lambda one: one.figure.__module__.split(".")[1]
    ):
        lines += [f"## {chapter.replace('_', ' ')}", ""]
        for one in figures:
            of, drawn = experiment(one.experiment), one.path(ROOT, Scale.LAPTOP)
            lines += [
                f"### {one.name}",
                "",
                one.about[:1].upper() + one.about[1:] + f" ({of.minutes:g} minutes).",
                "",
            ]
            if drawn.is_file():
                with mkdocs_gen_files.open(f"gallery/{one.name}.png", "wb") as out:
                    out.write(drawn.read_bytes())
                lines += [f"![{one.about}](gallery/{one.name}.png)", ""]
            lines += [f"    {of.command(ROOT, Scale.LAPTOP)}", ""]
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


def notebooks() -> None:
    """Each tutorial as a notebook."""
    for source in sorted(Path("docs/tutorials").glob("*.md")):
        notebook = jupytext.reads(source.read_text("utf-8"), fmt="md")
        page(f"notebooks/{source.stem}.ipynb", nbformat.writes(notebook))


reference()
gallery()
claims()
notebooks()
