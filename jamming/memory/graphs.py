"""Which updates of its memory an agent may choose from.

The agent sees its memory x of M states, the arm a that it has just played and the reward rho, and
chooses the next memory, among those that are allowed after (x, a, rho), and the next arm. Hence the
effective size of a memory of M states is M_eff = 4M.

* RAM(M): every update is allowed.
* Memento(m) remembers the last m arms and rewards: x is the m - 1 pairs before the last one, and
  there is one update, which forgets the oldest pair and takes in the last. So M = 4^(m-1), and
  M_eff = 4^m.
"""

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput

NONE = -1  # in place of a successor
LARGEST, LONGEST = 256, 6  # M of a RAM: 8 M^2 logits; m of a Memento: 4^m observations


@dataclass(frozen=True, eq=False)
class Graph:
    """`successors` [M, arm, reward, K]: the memories that may follow, `NONE` where there are fewer.

    Made by `ram`, `memento` and `graph`. Hashed by identity: a static part of compiled programs.
    """

    name: str
    successors: Int[np.ndarray, "M 2 2 K"]

    @property
    def M(self) -> int:
        """States of the memory."""
        return len(self.successors)

    @property
    def effective(self) -> int:
        """M_eff, the number of observations (memory, arm, reward)."""
        return 4 * self.M

    @property
    def allowed(self) -> Any:
        """Whether there is such a successor, [M, arm, reward, K]."""
        return self.successors != NONE

    @property
    def full(self) -> bool:
        """Whether successor k is memory k, always, so that no table is needed."""
        return self.successors.shape[-1] == self.M and bool(
            (self.successors == np.arange(self.M)).all()
        )


@functools.cache
def ram(M: int) -> Graph:
    """M memories, any of which may follow any; BadInput unless 1 <= M <= 256.

    Example:
        >>> ram(8).effective
        32
    """
    M = given.whole("M, the states of the RAM,", M, most=LARGEST)
    return Graph(f"RAM({M})", np.broadcast_to(np.arange(M), (M, 2, 2, M)))


@functools.cache
def memento(m: int) -> Graph:
    """The last m arms and rewards; BadInput unless 1 <= m <= 6.

    Memory x has a digit 2 arm + reward in base 4 for each of the m - 1 plays before the last, the
    newest last.

    Example:
        >>> memento(3).effective
        64
    """
    m = given.whole("m, the plays that a Memento remembers,", m, most=LONGEST)
    M = 4 ** (m - 1)
    x, arm, reward = np.ogrid[:M, :2, :2]
    return Graph(f"Memento({m})", ((4 * x + 2 * arm + reward) % M)[..., None])


def graph(allowed: Any, name: str = "user's") -> Graph:
    """A memory of one's own.

    `allowed`: truth values [M, M], whether memory x' may follow memory x, at [x, x'];
    or [M, 2, 2, M], which may also depend on the arm that was just played and its reward.
    Raises BadInput for other shapes or values, and for an observation after which there is nothing.

    Example:
        >>> import numpy as np
        >>> ring = graph(np.eye(5, k=1) + np.eye(5, k=-4), "ring")
        >>> ring.successors[4, 0, 0]
        array([0])
    """
    table = np.asarray(allowed)
    M = len(table) if table.ndim else 0
    if not M or table.shape not in ((M, M), (M, 2, 2, M)) or M > LARGEST:
        raise BadInput(
            f"a memory graph of shape {list(table.shape)}: give [M, M] or [M, 2, 2, M] truth"
            f" values, M from 1 to {LARGEST}"
        )
    if not np.isin(table, (0, 1)).all():
        raise BadInput(
            "a memory graph says which updates are allowed: give truth values, or 0 and 1"
        )
    if table.ndim == 2:
        table = np.broadcast_to(table[:, None, None, :], (M, 2, 2, M))
    table = table.astype(bool)
    counts = table.sum(-1)
    if not counts.all():
        x, arm, reward = np.argwhere(counts == 0)[0]
        raise BadInput(
            f"no update is allowed after memory {x}, arm {'AB'[arm]}, reward {'-+'[reward]}: allow"
            " one at least"
        )
    successors = np.full((M, 2, 2, int(counts.max())), NONE)
    for at in np.ndindex(M, 2, 2):
        nexts = np.flatnonzero(table[at])
        successors[at][: len(nexts)] = nexts
    return Graph(name, successors)
