"""Batch normalisation as a function of the weights: what outputs depend on beside them.

Of a module whose only variables beside parameters are running means and variances (Linen's
collection `batch_stats`, NNX's `BatchStat`), by `batch_norm`:

* ``"batch"``: normalised as in training, by means and variances over the training inputs, at the
  weights w at which f is evaluated. These are functions of w, and gradients see them so; they are
  computed once more for each evaluation. At the training inputs f is the module in training mode,
  and at any point it depends on that point alone.
* ``"frozen"``: by means and variances over the training inputs at the start, constants from then
  on.

A module in training moves its averages from `old` to m old + (1 - m) new: two looks from different
averages give m, and then one look gives the means and variances themselves, whatever m is.
"""

import functools
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from flax.errors import FlaxError
from jaxtyping import Array

from jamming.checks.arguments import shown
from jamming.checks.errors import BadInput, described

MODES = ("batch", "frozen")
Variables = Mapping[str, Any]


class Stateful:
    """What modules of any kind have in common: parameters, and a state for the rest.

    Subclasses have a `name`, `start`(key, x), all variables {"params": ..., "batch_stats": ...},
    and `run`(variables, x, train), outputs and the batch_stats that they leave behind.
    """

    batch_norm: str

    def init(self: Any, key: Any, x: Array) -> Variables:
        """Parameters alone, {"params": ...}."""
        return {"params": self.start(key, x).get("params", {})}

    def apply(self: Any, w: Variables, x: Array, state: Any = None) -> Any:
        """Outputs at x; BadInput for parameters of another module, or where a state is missing."""
        known = {"params": parameters(self, w)}
        if state is not None:
            known["batch_stats"] = (
                state["stats"] if "stats" in state else _statistics(self, w, state)
            )
        try:
            return self.run(known, x, train=False)[0]
        except BadInput:
            raise
        except (FlaxError, KeyError, TypeError, ValueError) as error:
            if state is None and self.averages(x):
                raise BadInput(
                    f"{self.name} has batch normalisation, whose averages these parameters lack:"
                    " give the variables of its init with batch_stats, or, as"
                    " pad=net.state(w, x_train) of net = jamming.network(...), the training inputs"
                ) from error
            raise BadInput(
                f"{self.name} cannot be applied to inputs of shape {list(x.shape)}:"
                f" {described(error)}"
            ) from error

    def state(self: Any, w: Variables, x: Array) -> Any:
        """None without batch normalisation; else what `apply` needs, of training inputs x.

        Raises BadInput for batch_stats that are no running averages.
        """
        blank = self.blank(x)
        if blank is None:
            return None
        state = {"x": x, "new": jax.tree.map(lambda m: 1 - m, _kept(self, w, x))}
        if self.batch_norm == "frozen":
            return {"stats": _statistics(self, w, state)}
        _seen_by_gradients(self, w, x)
        return state

    def blank(self: Any, x: Array) -> Any:
        """A state of the right shapes, where `state` is one."""
        stats = self.averages(x)
        if not stats:
            return None
        return {"x": x, "new": stats} if self.batch_norm == "batch" else {"stats": stats}

    def averages(self: Any, x: Array) -> Any:
        """Running averages that are all 1, of the right shapes; empty where there are none."""
        shapes = jax.eval_shape(self.start, jax.random.key(0), x[:1]).get("batch_stats", {})
        return jax.tree.map(lambda a: jnp.ones(a.shape, a.dtype), shapes)


def parameters(net: Any, w: Any) -> Any:
    """The parameters in the weights of a module, or BadInput."""
    if not isinstance(w, Mapping) or "params" not in w:
        raise BadInput(
            f'weights of {net.name} are what its init gives, {{"params": ...}}, not'
            f" {shown(jax.tree.map(jnp.shape, w))}"
        )
    return w["params"]


@functools.partial(jax.jit, static_argnums=0)
def _statistics(net: Any, w: Variables, state: Any) -> Any:
    """Means and variances over the training inputs at w."""
    moved = _moved(net, w, state["x"], 0.0)
    return jax.tree.map(jnp.divide, moved, state["new"])


@functools.partial(jax.jit, static_argnums=0)
def _moved(net: Any, w: Variables, x: Array, old: Any) -> Any:
    """Running averages, all `old`, after a look at x in training."""
    # in the precision of the weights: what NNX writes into averages of float32 is rounded to that
    dtype = jnp.result_type(*jax.tree.leaves(w))
    stats = jax.tree.map(lambda a: jnp.full(a.shape, old, dtype), net.averages(x))
    return net.run({**w, "batch_stats": stats}, x, train=True)[1]


def _kept(net: Any, w: Variables, x: Array) -> Any:
    """The momentum m of each running average, which moves from old to m old + (1 - m) new."""
    zero, one, two = (_moved(net, w, x, old) for old in (0.0, 1.0, 2.0))
    kept, again = (jax.tree.map(jnp.subtract, *pair) for pair in ((one, zero), (two, one)))
    for m, other in zip(*map(jax.tree.leaves, (kept, again)), strict=True):
        # one factor for all, up to the rounding of what is averaged
        mean = float(m.mean())
        off = float(jnp.abs(jnp.stack([m, other]) - mean).max())
        if not (0 <= mean < 1 and off < 1e-2):
            raise BadInput(
                f"{net.name} has batch_stats that are no running averages over a batch, as of"
                " batch normalisation: leave that layer out"
            )
    return kept


def _seen_by_gradients(net: Any, w: Variables, x: Array) -> None:
    """Refuse averages on which gradients stop, where they do change with w along w."""
    moved = functools.partial(_moved, net, x=x, old=0.0)
    after, before = (moved(jax.tree.map(lambda a, s=s: s * a, w)) for s in (1.01, 0.99))
    change = _length(jax.tree.map(jnp.subtract, after, before)) / 0.02
    if _length(jax.jvp(moved, (w,), (w,))[1]) < 0.5 * change:
        raise BadInput(
            f"gradients stop at the batch statistics of {net.name}: normalise by Flax's own"
            " BatchNorm, or with batch_norm='frozen'"
        )


def _length(tree: Any) -> float:
    return float(jnp.sqrt(sum(jnp.sum(jnp.square(leaf)) for leaf in jax.tree.leaves(tree))))
