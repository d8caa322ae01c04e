"""From a claim and the evidence for it to a row of the report: its number, verdict and figure."""

import time
from pathlib import Path

from analysis.figures import drawn
from claims.core.evidence import Evidence
from claims.core.register import Claim, Measured, Row
from jamming.checks.errors import one_line
from jamming.commands.command import complain
from sweeps.engine.discover import Scale, experiment
from sweeps.engine.store.provenance import provenance


def tested(claim: Claim, scale: Scale) -> bool:
    """Whether there is an experiment of this size for it."""
    return claim.laptop or scale is Scale.PAPER


def judge(claim: Claim, evidence: Evidence, root: Path, scale: Scale) -> Row:
    """The claim's number and verdict, as far as there are data."""
    missing = [name for name in claim.experiments if name in evidence.missing]
    seconds = sum(evidence.seconds.get(name, 0.0) for name in claim.experiments)
    commits = sorted({evidence.commits[n] for n in claim.experiments if n in evidence.commits})
    measured: Measured | None = None
    figure: Path | None = None
    error = ""
    if not missing and tested(claim, scale):
        begin = time.perf_counter()
        try:
            measured = claim.statistic(evidence.results)
        except Exception as problem:  # one statistic that fails is no reason to lose the others
            error = f"{type(problem).__name__}: {one_line(problem)}"
        seconds += time.perf_counter() - begin
    if claim.figure and not missing:
        try:
            figure = drawn(claim.figure, root, scale)
        except Exception as problem:  # the verdicts do not depend on it
            complain(f"claims: there is no figure {claim.figure}: {one_line(problem)}")
    return Row(
        claim=claim,
        measured=measured,
        commands=tuple(experiment(name).command(root, scale) for name in claim.experiments)
        or (f"python -m claims --only {claim.id}",) * claim.laptop,
        commit=", ".join(commits) or str(provenance()["commit"]),
        seconds=seconds,
        figure=figure,
        missing=tuple(f"{name} ({evidence.missing[name]})" for name in missing),
        error=error,
    )
