"""One table: this version, an earlier one in an environment of its own, and the peer in PyTorch.

All learn the same networks, those of `benchmarks.peer`, side by side in one run: in turns, of which
the best counts, with all cores. Both versions take the tolerance that has an error of 1 % here; the
peer's trajectories are counted as there. The outputs of the two versions are compared, too. The
earlier one is built once, from the repository, in `versions` of the cache folder.

    python -m benchmarks.versions             # ten minutes; needs the extra `peer` and git
    python -m benchmarks.versions --dataset digits10pca --P 400 --seeds 2 --alpha-tilde 1
"""

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import jax.numpy as jnp
import numpy as np

from benchmarks.environment import environment, said
from benchmarks.flow import EULER, REFERENCE, Flow, jobs
from benchmarks.gradient import D, products
from benchmarks.ladder import just_enough, ladder
from benchmarks.lanes import SETTING, timed
from benchmarks.peer import (
    ATTEMPTS,
    WARM,
    Networks,
    Peers,
    mean,
    milliseconds,
)
from jamming.checks.errors import BadInput
from jamming.commands.command import echo
from jamming.commands.files import cache_dir
from jamming.commands.typed import Help
from jamming.execution.threads import cores
from jamming.training.spec import Job
from jamming.training.train import train

ROOT = Path(__file__).parents[1]
TURNS = 2
AGREE = 0.02  # relative difference of F, twice the error that each has


class Version:
    """A process of one version, and the best of what it has measured."""

    def __init__(self, name: str, python: Path | str, home: Path) -> None:
        self.name, self.best = name, dict[str, Any]()
        env = os.environ | {"PYTHONPATH": str(home), "JAX_ENABLE_COMPILATION_CACHE": "0"}
        self.process = subprocess.Popen(
            [python, ROOT / "benchmarks" / "measured.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=env,
            cwd=home,
        )

    def measure(self, job: dict[str, Any], seeds: int) -> None:
        """Once more; what compiling takes is that of the first time."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"job": job, "seeds": seeds}) + "\n")
        self.process.stdin.flush()
        if not (line := self.process.stdout.readline()):
            raise BadInput(f"the version {self.name} has ended: see what it said above")
        found = json.loads(line)
        if self.best:
            found["compiling"] = self.best["compiling"]
        if not self.best or found["seconds"] < self.best["seconds"]:
            self.best = found

    def row(self, seeds: int) -> tuple[str, float, float, float, float]:
        """Gradients, ms of each, seconds of compiling, trajectories an hour."""
        gradients, ms, compiling, seconds = map(
            self.best.__getitem__, ("gradients", "ms", "compiling", "seconds")
        )
        return self.name, gradients, ms, compiling, 3600 * seeds / seconds


def plain(job: Job, tol: float) -> dict[str, Any]:
    """The fields of a network's job that all versions know."""
    same = ("dataset", "P", "widths", "alpha", "dynamics", "max_ticks", "test_points", *SETTING)
    return {name: getattr(job, name) for name in same} | {"tol": tol}


def product_ms(a: Flow) -> float:
    """Of the products of a gradient alone, on one core."""
    alone = products(jnp.ones((a.P, D)), [a.h] * 2)
    alone(1)
    return 5 * min(timed(lambda: alone(200))[0] for _ in range(5))


def built(commit: str) -> tuple[Path, Path]:
    """(python, tree) of a commit's own environment; BadInput where it cannot be made."""
    try:
        found = said("git", "-C", ROOT, "rev-parse", "--verify", f"{commit}^{{commit}}").strip()
        home = cache_dir() / "versions" / found
        tree = home / "tree"
        if not (home / "whole").exists():
            tree.mkdir(parents=True, exist_ok=True)
            said("git", "-C", ROOT, "archive", "-o", home / "tree.tar", found)
            said("tar", "-xf", home / "tree.tar", "-C", tree)
        return environment(home, tree), tree
    except BadInput as error:
        raise BadInput(f"no earlier version: {error}: see --commit") from error


@contextmanager
def versions(commit: str) -> Iterator[list[Version]]:
    """This one and that of the commit."""
    both = [Version("here", sys.executable, ROOT), Version(commit, *built(commit))]
    try:
        yield both
    finally:
        for each in both:
            each.process.kill()


@dataclass(frozen=True, kw_only=True)
class Versions(Networks):
    """This version, an earlier one, and the peer in PyTorch, in one table."""

    commit: Annotated[str, Help("the earlier version")] = "8ebd7db"

    prog: ClassVar[str] = "versions"

    def compare(self, a: Flow, peer: Peers) -> int:
        floor = product_ms(a)
        echo(f"{a.seeds} networks, {cores()} cores; products of a gradient alone: {floor:.2f} ms")
        echo("alpha~  program    gradients  ms a gradient  x products  compiled in (s)   an hour")
        rates, apart = [], []
        for alpha_tilde in self.alpha_tilde:
            flow, euler = (jobs(a, alpha_tilde, dynamics=name) for name in ("flow", "euler"))
            reference = train([job.replace(tol=REFERENCE) for job in flow])
            (tol,) = just_enough(flow, reference).tolerances
            needed = ladder(euler, "tol_gradient", EULER, reference).needed
            few = [job.replace(max_ticks=min(a.steps, ATTEMPTS)) for job in euler]
            peer.runs(few, WARM)
            ms = math.inf
            with versions(self.commit) as both:
                for _ in range(TURNS):
                    for each in both:
                        each.measure(plain(flow[0], tol), a.seeds)
                    ms = min(ms, milliseconds(peer.runs(few, ATTEMPTS), "gradients"))
            rows = [each.row(a.seeds) for each in both]
            rows.append(("PyTorch", needed, ms, 0.0, 3.6e6 * cores() / needed / ms))
            for name, gradients, cost, compiling, rate in rows:
                echo(
                    f"{alpha_tilde:6g}  {name:9}  {gradients:9.0f}  {cost:13.2f}"
                    f"  {cost / floor:10.1f}  {compiling:15.1f}  {rate:8.2f}"
                )
            rates.append([rate for *_, rate in rows])
            F, F_old = (np.array(each.best["F_test"]) for each in both)
            differ = np.linalg.norm(F - F_old, axis=1) / np.linalg.norm(F_old, axis=1)
            apart.append(float(np.median(differ)))
        than_old, than_peer = (mean([rate[0] / rate[i] for rate in rates]) for i in (1, 2))
        echo(f"trajectories an hour: {than_old:.2f} x {self.commit}, {than_peer:.1f} x PyTorch")
        verdict = "as wanted" if max(apart) <= AGREE else f"above the {AGREE:.0%} allowed"
        echo(f"outputs differ from those of {self.commit} by {max(apart):.2%}, {verdict}")
        return 0 if max(apart) <= AGREE else 1


main = Versions.main

if __name__ == "__main__":
    sys.exit(main())
