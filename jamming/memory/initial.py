"""Where learning starts: logits of policies that are random, or near a policy that is known.

Of a RAM (Geiger et al., Fig. 4):

* random: every logit is normal, of variance 1;
* linear: the same of steps to the neighbouring memories and of none, `NEAR` of all others;
* columns: linear, and the last arm is repeated, but in the first memory;
* column: the column of confidence with the best eps at this r.

Of a Memento:

* random;
* cycles: the oldest arm is repeated, but after `informative` rewards, where it is random;
* necklace: the necklace policy, of which eps_0 and eps_1 alone are learnt; their logits are normal.

Near a policy pi means the logits of pi + `NEAR` u, normalised, where each u is uniform in (0, 2).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from jamming.checks import arguments as given
from jamming.memory.arms import Arms, reset_probability
from jamming.memory.confidence import best_column, column, column_start
from jamming.memory.graphs import Graph, memento, ram
from jamming.memory.necklace_policy import informative, necklace_policy, repeats
from jamming.memory.policies import uniform

NEAR = 1e-4  # the published distance from the column of confidence
STARTS = {
    "ram": ("random", "linear", "columns", "column"),
    "memento": ("random", "cycles", "necklace"),
}


@dataclass(frozen=True)
class Start:
    """The variable `v` of `jamming.memory.learning`, p_0 [M, 2], and `parts` of its policy.

    v is {"w": logits}, or {"eps": logits of eps_0 and eps_1} with the arrays (repeat, ends,
    between) of a necklace policy as `parts`.
    """

    memory: Graph
    v: dict[str, Any]
    p_0: Any
    parts: Any = None


def start(kind: str, size: Any, initial: str, arms: Arms, r: Any, seed: Any) -> Start:
    """The start of a seed; `kind` is ram or memento, `size` its M or m, `initial` as above.

    Raises BadInput for an unknown name, sizes out of range, and unless 0 < r < 1.
    """
    given.one_of("memory", kind, STARTS)
    given.one_of(f"initialisation of a {kind}", initial, STARTS[kind])
    r = reset_probability(r)
    memory = ram(size) if kind == "ram" else memento(size)
    if initial == "random":
        return random_start(memory, seed)
    rng = np.random.default_rng(given.whole("seed", seed, least=0, most=given.LARGEST_SEED))
    if initial == "necklace":
        of = necklace_policy(size)
        return Start(
            memory, {"eps": rng.normal(size=2)}, of.start, (of.repeat, of.ends, of.between)
        )
    p_0 = column_start(size) if initial in ("columns", "column") else uniform(memory)
    return Start(memory, {"w": _logits(memory, size, initial, arms, r, rng)}, p_0)


def random_start(memory: Graph, seed: Any) -> Start:
    """Normal logits on a memory graph of any kind, from any memory."""
    rng = np.random.default_rng(given.whole("seed", seed, least=0, most=given.LARGEST_SEED))
    return Start(memory, {"w": rng.normal(size=(*memory.successors.shape, 2))}, uniform(memory))


def _logits(memory: Graph, size: Any, initial: str, arms: Arms, r: float, rng: Any) -> Any:
    M, w = memory.M, rng.normal(size=(*memory.successors.shape, 2))
    if initial == "column":
        return near(column(M, best_column(M, arms, r)[0]), rng)
    if initial == "cycles":
        free = informative(size) != 0
        return np.where(free[..., None, None], w, near(repeats(size), rng))
    x = np.arange(M)
    allowed = np.broadcast_to((abs(x[:, None] - x) <= 1)[:, None, None, :, None], w.shape)
    if initial == "columns":
        same = np.eye(2, dtype=bool)[None, :, None, None, :]
        allowed = allowed & (same | (x == 0)[:, None, None, None, None])
    pi = np.where(allowed, np.exp(w), 0.0)
    return near(pi / pi.sum((-2, -1), keepdims=True), rng)


def near(pi: Any, rng: Any) -> Any:
    """Logits of pi + `NEAR` u, u uniform in (0, 2)."""
    return np.log(pi + NEAR * rng.uniform(0, 2, pi.shape))
