"""`python -m claims`: put the published claims to the test, and say which are reproduced.

Runs the experiments that the claims need, or what is left of them, computes each statistic and its
verdict, prints a table and writes a page with figures.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from claims.core.register import Data
from jamming.checks.errors import BadInput
from jamming.commands.command import aside, echo
from jamming.commands.files import folder_for
from jamming.commands.typed import Command, Help
from sweeps.engine.experiment import Scale


@dataclass(frozen=True, kw_only=True)
class Claims(Command):
    """Put the published claims to the test; a table and a page with figures.

    Exit code 0 whatever the verdicts.
    """

    only: Annotated[tuple[str, ...] | None, Help("these claims (default: all)")] = None
    chapter: Annotated[tuple[str, ...] | None, Help("those of a chapter (default: all)")] = None
    data: Annotated[
        tuple[Data, ...] | None, Help("of such data (default: all)", name_transform=str.lower)
    ] = None
    scale: Annotated[Scale, Help("size of the experiments", name_transform=str.lower)] = (
        Scale.LAPTOP
    )
    root: Annotated[Path, Help("folder of the experiments")] = Path("results")
    report: Annotated[Path, Help("folder of the page")] = Path("report")
    execute: Annotated[
        bool, Help("run what is missing; without: judge what is there", name="--run")
    ] = True
    freeze: Annotated[
        tuple[str, ...] | None,
        Help("take these claims' ranges as they are now, and log the change"),
    ] = None
    reason: Annotated[str, Help("of the change")] = ""
    record: Annotated[
        bool, Help("keep the numbers with the register, as those last measured", negative=())
    ] = False
    list: Annotated[bool, Help("the claims and what they need, and stop", negative=())] = False

    prog: ClassVar[str] = "claims"
    example: ClassVar[str] = "python -m claims --only J1 J2 --scale laptop"

    def run(self) -> int:
        """Run, judge and report."""
        from claims.core.entries import refuse_unknown

        if self.reason and self.freeze is None:
            raise BadInput("--reason is that of --freeze ID: say what to freeze")
        if self.record and (self.scale is Scale.PAPER or self.freeze is not None):
            raise BadInput("--record is of what a laptop measured: leave out --scale and --freeze")
        ids = self.only if self.freeze is None else self.freeze
        refuse_unknown(ids or (), self.chapter or ())  # before all else is imported
        import jax

        from claims.core.changes import freeze, refuse_without_a_reason
        from claims.core.discover import chosen
        from claims.core.judged import recalled, record
        from claims.report.evidence import gather, judge, tested
        from claims.report.report import listed, prepared, table, write
        from jamming.execution import programs
        from sweeps.engine.discover import EXPERIMENTS

        if self.freeze is not None:
            refuse_without_a_reason(self.reason)
        claims = chosen(ids, self.chapter, self.data)
        if self.list:
            echo(listed(claims))
            return 0
        folder_for(self.root, written=False)  # what is there already may be read-only
        if self.freeze is None:
            prepared(self.report)
        needed = {name for c in claims if tested(c, self.scale) for name in c.experiments}
        names = [name for name in EXPERIMENTS if name in needed]
        if self.scale is Scale.PAPER and self.execute:
            for name in names:
                aside(f"{name}: {EXPERIMENTS[name].paper_cost}")
        programs.keep()
        evidence = gather(names, self.root, self.scale, run=self.execute and self.freeze is None)
        jax.config.update("jax_enable_x64", True)  # a sweep in float32 may have turned it off
        rows = [judge(claim, evidence, self.root, self.scale) for claim in claims]
        if self.freeze is not None:
            changed = freeze(rows, self.reason)
            echo(*(f"{one.id}: {one.before} before, {one.after} now" for one in changed))
            return 0
        if self.record:
            echo(f"recorded: {' '.join(record(rows)) or 'none'}")
        if self.scale is Scale.LAPTOP:
            rows = recalled(rows)
        try:
            page = write(rows, self.report)
        finally:  # without a page there is still the table
            echo(table(rows), kept=self.report)
        echo(kept=page, report=page)
        return 0


main = Claims.main

if __name__ == "__main__":
    sys.exit(main())
