"""`python -m claims`: put the published claims to the test, and say which came out.

Runs the experiments that the claims need, or what is left of them, computes each statistic and its
verdict, prints a table and writes a page with figures. Exit code 0 whatever the verdicts, 2 on bad
input, 130 on Ctrl-C.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import jax

from analysis.figures import drawn
from claims.core import register
from claims.core.discover import CHAPTERS, chosen
from claims.core.evidence import Evidence, gather
from claims.core.register import Claim, Measured, Row
from claims.report.report import prepared, table, write
from jamming.commands.command import Parser, complain, exit_code, one_line, tell
from jamming.commands.files import folder_for
from sweeps.engine.discover import EXPERIMENTS, Scale, experiment
from sweeps.engine.provenance import provenance


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = Parser(
        prog="claims",
        description="Put the published claims to the test; a table and a page with figures.",
        epilog="example: python -m claims --only J1 J2 --scale laptop",
        allow_abbrev=False,
    )
    p.add_argument("--only", nargs="+", metavar="ID", help="these claims (default: all)")
    p.add_argument("--chapter", nargs="+", metavar="NAME", help=", ".join(CHAPTERS))
    p.add_argument("--scale", type=Scale, default=Scale.LAPTOP, choices=list(Scale))
    p.add_argument("--root", type=Path, default=Path("results"), help="folder of the experiments")
    p.add_argument("--report", type=Path, default=Path("report"), help="folder of the page")
    p.add_argument("--no-run", action="store_true", help="judge what is there")
    p.add_argument("--list", action="store_true", help="the claims and what they need, and stop")
    return p


def tested(claim: Claim, scale: Scale) -> bool:
    """Whether there is an experiment of this size for it."""
    return claim.laptop or scale is Scale.PAPER


def judge(claim: Claim, evidence: Evidence, root: Path, scale: Scale) -> Row:
    """The claim's number and verdict, as far as there are data."""
    missing = tuple(name for name in claim.experiments if name in evidence.missing)
    measured: Measured | None = None
    error = ""
    seconds = sum(evidence.seconds.get(name, 0.0) for name in claim.experiments)
    commits = sorted({evidence.commits[n] for n in claim.experiments if n in evidence.commits})
    if not missing and tested(claim, scale):
        begin = time.perf_counter()
        try:
            measured = claim.statistic(evidence.results)
        except Exception as problem:  # one statistic that fails is no reason to lose the others
            error = f"{type(problem).__name__}: {one_line(problem)}"
        seconds += time.perf_counter() - begin
    return Row(
        claim=claim,
        measured=measured,
        verdict=register.verdict(measured, claim.accepted),
        commands=tuple(experiment(name).command(root, scale) for name in claim.experiments)
        or (f"python -m claims --only {claim.id}",) * claim.laptop,
        commit=", ".join(commits) or str(provenance()["commit"]),
        seconds=seconds,
        figure=_figure(claim.figure, root, scale) if claim.figure and not missing else None,
        missing=tuple(f"{name} ({evidence.missing[name]})" for name in missing),
        error=error,
    )


def _figure(name: str, root: Path, scale: Scale) -> Path | None:
    """Where it was drawn; None, and a line why, where it cannot be."""
    try:
        return drawn(name, root, scale)
    except Exception as problem:  # the verdicts do not depend on it
        complain(f"claims: there is no figure {name}: {one_line(problem)}")
        return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""

    def run(a: argparse.Namespace) -> int:
        claims = chosen(a.only, a.chapter)
        if a.list:
            tell(*(_listed(claim) for claim in claims))
            return 0
        folder_for(a.root, written=False)  # what is there already may be read-only
        prepared(a.report)
        needed = {name for c in claims if tested(c, a.scale) for name in c.experiments}
        names = [name for name in EXPERIMENTS if name in needed]
        if a.scale is Scale.PAPER and not a.no_run:
            tell(*(f"{name}: {EXPERIMENTS[name].paper_cost}" for name in names))
        evidence = gather(names, a.root, a.scale, run=not a.no_run)
        jax.config.update("jax_enable_x64", True)  # a sweep in float32 may have turned it off
        rows = [judge(claim, evidence, a.root, a.scale) for claim in claims]
        try:
            page = write(rows, a.report)
        finally:  # without a page there is still the table
            tell(table(rows), kept=a.report)
        tell(f"report: {page}", kept=page)
        return 0

    return exit_code(parser(), run, arguments)


def _listed(claim: Claim) -> str:
    return f"{claim.id:4} {', '.join(claim.experiments) or '-':36} {claim.statement}"


if __name__ == "__main__":
    sys.exit(main())
