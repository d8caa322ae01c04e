"""How an entry of the register is made: papers by letter, both sizes of its experiments.

A: Geiger, Spigler, d'Ascoli, Sagun, Baity-Jesi, Biroli and Wyart, *The jamming transition as a
paradigm to understand the loss landscape of deep neural networks* (2019). B: Spigler, Geiger,
d'Ascoli, Sagun, Biroli and Wyart, *A jamming transition from under- to over-parametrization affects
generalization in deep learning* (2019). C: Geiger et al., *Scaling description of generalization
with number of parameters in deep learning* (2020). D: Geiger, Spigler, Jacot and Wyart,
*Disentangling feature and lazy training in deep neural networks* (2020).
"""

import dataclasses
import re
from collections.abc import Callable

from claims.core.published import Published
from claims.core.register import Accepted, Claim, Measured
from claims.core.statistics import no_estimate
from sweeps.engine.discover import EXPERIMENTS

PAPERS = {
    "A": "Geiger et al. 2019, The jamming transition as a paradigm",
    "B": "Spigler et al. 2019, A jamming transition from under- to over-parametrization",
    "C": "Geiger et al. 2020, Scaling description of generalization",
    "D": "Geiger et al. 2020, Disentangling feature and lazy training",
}


def named(source: str) -> str:
    """With the papers' names in place of their letters."""
    return re.sub(r"\b([ABCD])(?=, )", lambda letter: PAPERS[letter[1]], source)


def entry(
    id: str,
    statement: str,
    source: str,
    published: Published,
    statistic: Callable[..., Measured],
    accepted: Accepted | None,
    experiments: tuple[str, ...] = (),
    known: str = "",
    figure: str = "",
) -> Claim:
    """A claim that has the papers' size where it has experiments; see `Claim` for the fields."""
    cost = "; ".join(f"{name}: {EXPERIMENTS[name].paper_cost}" for name in experiments)
    return Claim(
        id,
        statement,
        named(source),
        published,
        statistic,
        accepted,
        experiments,
        paper=f"python -m claims --only {id} --scale paper" if experiments else "",
        paper_cost=cost,
        known=known,
        figure=figure,
    )


def large(
    id: str,
    statement: str,
    source: str,
    published: Published,
    accepted: Accepted,
    *,
    paper: str = "",
    cost: str,
    known: str = "",
) -> Claim:
    """A claim that no laptop puts to the test; `paper` is the command that does, or ""."""
    claim = entry(id, statement, source, published, _untested, accepted, known=known)
    return dataclasses.replace(claim, paper=paper, paper_cost=cost, laptop=False)


def _untested(results: object) -> Measured:
    del results
    return no_estimate("no laptop version")
