"""Threshold states: a jammed network decompressed, point by point, until its loss vanishes.

Packings are brought to their isostatic point by decompression. Here the pressure is the number of
points: from a jammed state points are taken away, the last one by degrees, and the network relaxes
from the weights where it was, until its loss is as small as one likes with constraints that are
still unsatisfied. Such a state is at the transition: its gaps and overlaps have the exponents of
jamming, and N_Delta / N is the height of the jump (Geiger et al., *The jamming transition as a
paradigm to understand the loss landscape of deep neural networks*, 2019, Figs. 6 and 8, where runs
of ever more points come near it).

The loss is that of the quadratic hinge, L = sum_mu max(0, Delta_mu - c_mu)^2 / (2 P) over P kept
points, with c_mu = 0 but for the last one, whose margin is lowered by c to take it away. A state is
jammed where L comes to rest above zero in further rounds of ADAM, and fits where it falls
through a floor. Points on which all neurons of a layer are silent are lost for good: no gradient
brings them back. Like the rattlers of a packing they are left out.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Bool, Float

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.models.networks import Params
from jamming.objectives.problem import Problem

FLOOR = 1e-13  # a smaller loss falls to zero
# The limit of the loss as a share of it: above REST the last state is at rest, above NEAR one on
# the way there is; below NOTHING, when all rounds are spent, the loss counts as falling to zero.
REST, NEAR, NOTHING = 0.9, 0.5, 0.1
STEP = 0.05  # of the points, as long as all states have been jammed
FINEST = 1e-4  # of a point: narrower brackets are closed
TINY = 1e-30  # beside the root of the second moment of ADAM: gradients vanish with the loss
PATH = "rounds", "P", "loss", "N_delta", "lost"


@dataclass(frozen=True)
class Relaxation:
    """Rounds of ADAM, each from no momentum, with `steps` of a rate that falls geometrically.

    It begins at `rate` sqrt(2 L), L being the loss at the start of the round, and ends at `fall` of
    that. After `rounds` at one number of points the limit of the loss decides.
    """

    steps: int = 8000
    rate: float = 0.02
    fall: float = 1e-3
    rounds: int = 12

    def __post_init__(self) -> None:
        for name, least in (("steps", 1), ("rounds", 3)):
            given.settle(self, {name: given.whole(name, getattr(self, name), least=least)})
        for name, most in (("rate", given.HUGE), ("fall", 1.0)):
            value = given.number(name, getattr(self, name), above=0.0, most=most)
            given.settle(self, {name: value})


@dataclass(frozen=True)
class Decompression:
    """How far it is: `w`, weights now, and `jammed`, those of the jammed state of fewest points.

    Weights are in the order of `ravel_pytree`. The first `kept` points are there now, between
    `low`, with which it fits, and `high`, with which it is jammed, but for those that are lost (not
    `alive`). `losses` of the rounds at this number, `rounds` in all. `path` has a row of `PATH` for
    each jammed state. `ended` when there is nothing left to do.
    """

    w: Float[np.ndarray, " N"]
    jammed: Float[np.ndarray, " N"]
    kept: float
    low: float
    high: float
    alive: Bool[np.ndarray, " P"]
    losses: Float[np.ndarray, " n"]
    rounds: int
    path: Float[np.ndarray, "k 5"]
    ended: bool

    @property
    def lowered(self) -> Float[np.ndarray, " P"]:
        """By how many margins that of each point is lowered in the jammed state: c; inf is gone."""
        return lowered(self.high, self.alive)


def lowered(kept: float, alive: Bool[np.ndarray, " P"]) -> Float[np.ndarray, " P"]:
    """By how many margins that of each point is lowered, where the first `kept` are there.

    The last one by 1/f - 1 where a part f of it is there, so that it goes without a jump.
    """
    away = np.arange(alive.size) - math.floor(kept)
    f = kept - math.floor(kept)
    part = 1 / f - 1 if f else np.inf
    found = np.where(away < 0, 0.0, np.where(away == 0, part, np.inf))
    return np.where(alive, found, np.inf)


def begin(w: Float[np.ndarray, " N"], P: int) -> Decompression:
    """From weights that are jammed on P points."""
    nothing = np.empty(0)
    return Decompression(
        w=w,
        jammed=w,
        kept=float(P),
        low=0.0,
        high=float(P),
        alive=np.ones(P, bool),
        losses=nothing,
        rounds=0,
        path=nothing.reshape(0, len(PATH)),
        ended=False,
    )


def decompress(
    problem: Problem,
    at: Decompression,
    relaxation: Relaxation | None = None,
    *,
    target: float = 1e-6,
    each: Callable[[Decompression], None] = lambda at: None,
) -> Decompression:
    """Go on until a jammed state has a loss of at most `target`, `each` being told of every round.

    `problem` has all points, in the order from the last of which they are taken away, and a loss of
    the form margin - y F with a margin. It ends without such a state where the bracket closes.

    Raises:
        BadInput: the loss has no margin, the target is not above the floor of 1e-13, weights or
            points are not those of the problem, the loss is not finite, or the network fits all
            points, so that there is nothing to decompress
    """
    if problem.loss.multiclass or not problem.loss.margin > 0:
        raise BadInput("only a loss of +-1 labels with a margin jams: choose quadratic_hinge")
    target = given.number("target", target, above=FLOOR)
    by = relaxation or Relaxation()
    start, back = ravel_pytree(problem.predictor.start())
    for what, own, due in (
        ("weights", at.w.size, start.size),
        ("points", at.alive.size, len(problem.y)),
    ):
        if own != due:
            raise BadInput(f"{own} {what} are decompressed, and the problem has {due}: begin anew")
    while not at.ended:
        here = back(jnp.asarray(at.w))
        w, loss, N_delta, lost = _round(problem, here, _margins(problem, at), by)
        row = np.asarray(ravel_pytree(w)[0])
        at = _next(at, row, float(loss), int(N_delta), np.asarray(lost), by, target)
        if not at.path.size and at.low:
            raise BadInput(f"the network fits all {at.alive.size} points: give more of them")
        if at.path.size and at.path[-1, PATH.index("loss")] <= target:
            at = replace(at, ended=True)
        each(at)
    return at


def delta(problem: Problem, at: Decompression) -> Float[np.ndarray, " P"]:
    """Delta_mu - c_mu in the jammed state; NaN of points that are not there."""
    back = ravel_pytree(problem.predictor.start())[1]
    found = problem.loss.delta(problem.outputs(back(jnp.asarray(at.jammed))), problem.y)
    c = at.lowered * problem.loss.margin
    return np.where(np.isfinite(c), np.asarray(found) - np.where(np.isfinite(c), c, 0.0), np.nan)


def _margins(problem: Problem, at: Decompression) -> Array:
    return jnp.asarray(lowered(at.kept, at.alive) * problem.loss.margin, at.w.dtype)


def _overlaps(problem: Problem, v: Params, c: Array) -> Array:
    return jnp.maximum(problem.loss.delta(problem.outputs(v), problem.y) - c, 0)


def _loss(problem: Problem, v: Params, c: Array) -> Array:
    return jnp.sum(_overlaps(problem, v, c) ** 2) / (2 * jnp.sum(jnp.isfinite(c)))


@partial(jax.jit, static_argnums=3)
def _round(
    problem: Problem, v: Params, c: Array, by: Relaxation
) -> tuple[Params, Array, Array, Array]:
    """Weights, loss and N_Delta after a round, and which unsatisfied points are lost."""
    slope = jax.grad(partial(_loss, problem))
    rate = by.rate * jnp.sqrt(2 * _loss(problem, v, c))
    adam = optax.scale_by_adam(eps=TINY)

    def step(i: Array, at: tuple[Params, Any]) -> tuple[Params, Any]:
        v, inner = at
        along, inner = adam.update(slope(v, c), inner)
        lr = rate * by.fall ** (i / by.steps)
        return jax.tree.map(lambda v, u: v - lr * u, v, along), inner

    v, _ = jax.lax.fori_loop(0, by.steps, step, (v, adam.init(v)))
    overlaps = _overlaps(problem, v, c)
    # F does not depend on an input where all neurons of a layer are silent
    inward = jax.grad(lambda x: jnp.sum(problem.predictor(v, x)))(problem.x)
    silent = jnp.all(inward.reshape(len(inward), -1) == 0, axis=1)
    return v, _loss(problem, v, c), jnp.sum(overlaps > 0), silent & (overlaps > 0)


def limit(losses: Sequence[float] | np.ndarray) -> float:
    """That of the loss by its last three rounds, as if what is left fell geometrically (Aitken).

    The last one where it has risen; NaN of fewer than three.
    """
    if len(losses) < 3:
        return math.nan
    one, two, three = losses[-3:]
    if three >= two:
        return float(three)
    bend = one - 2 * two + three
    # falling as fast as before, or faster: towards nothing
    return max(0.0, float(three - (three - two) ** 2 / bend)) if bend > 0 else 0.0


def _next(
    at: Decompression,
    w: Float[np.ndarray, " N"],
    loss: float,
    N_delta: int,
    lost: Bool[np.ndarray, " P"],
    by: Relaxation,
    target: float,
) -> Decompression:
    """After a round: it goes on, or has come to rest, or fits, and another number is next."""
    at = replace(at, w=w, losses=np.append(at.losses, loss), rounds=at.rounds + 1)
    if not math.isfinite(loss):
        raise BadInput("the loss is no finite number: check x, y and w, or lower rate")
    if lost.any():  # of those that are left the loss is another
        return replace(at, alive=at.alive & ~lost, losses=np.empty(0))
    share = limit(at.losses) / loss if loss else 0.0
    rests = share > (REST if loss <= target else NEAR)
    fits = N_delta == 0 or loss < FLOOR
    if not fits and not rests:
        if at.losses.size < by.rounds:
            return at
        fits = share < NOTHING
    if fits:
        at = replace(at, low=at.kept)
    else:
        P = np.clip(at.kept - np.arange(at.alive.size), 0, 1) @ at.alive
        row = at.rounds, P, loss, N_delta, (~at.alive).sum()
        at = replace(at, jammed=w, high=at.kept, path=np.vstack([at.path, row]))
    kept = (at.low + at.high) / 2 if at.low else at.high * (1 - STEP)
    ended = at.high - at.low < FINEST or kept < 1
    return replace(at, w=at.jammed, kept=kept, losses=np.empty(0), ended=ended)


def arrays(at: Decompression) -> dict[str, np.ndarray]:
    """All of it, for a file."""
    return {name: np.asarray(value) for name, value in vars(at).items()}


def of_arrays(saved: Any) -> Decompression:
    """What `arrays` were of. Raises BadInput if they are of something else."""
    try:
        plain: Any = {"kept": float, "low": float, "high": float, "rounds": int, "ended": bool}
        return Decompression(**{n: plain.get(n, np.asarray)(x) for n, x in saved.items()})
    except (TypeError, ValueError) as error:
        raise BadInput("what was saved is no decompression: delete it, it begins anew") from error
