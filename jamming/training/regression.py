"""Real numbers learnt by ADAM on random batches, of inputs of any structure."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from jamming.checks.arguments import HUGE, TINY, number, whole
from jamming.checks.arrays import one_key, targets
from jamming.checks.errors import BadInput
from jamming.checks.fields import Checked, scalar

BLOCK = 100  # inputs to which a network is applied at a time

Predict = Callable[[Any], Float[np.ndarray, " P"]]


@dataclass(frozen=True)
class Regression(Checked):
    """So many `steps` on batches drawn without replacement; the rate `lr` falls as a cosine."""

    steps: Annotated[int, scalar(whole, most=10**7)] = 1000
    batch: Annotated[int, scalar(whole)] = 50
    lr: Annotated[float, scalar(number, "learning rate", least=TINY, most=HUGE)] = 3e-3


def regress(net: Any, x: Any, y: Any, how: Regression, key: Any) -> Predict:
    """The square loss of `net`, a Flax module whose outputs are [P], made small on (x, y).

    Args:
        x: an array [P, ...], or several in a tuple or dictionary
        y: targets [P]; they are learnt in units of their mean and standard deviation
        key: of the weights at the start, and of the batches

    Returns a function from inputs to predictions [P] in the units of y. Raises BadInput for targets
    that are all the same, or not as many as inputs, and a batch of more than P.

    Example:
        >>> x = np.linspace(-1, 1, 64)[:, None]
        >>> net = jamming.FC(h=20, L=1, bias=True)
        >>> f = regress(net, x, x[:, 0] ** 2, Regression(steps=300, batch=32), jax.random.key(0))
        >>> bool(np.abs(f(x) - x[:, 0] ** 2).mean() < 0.1)
        True
    """
    y, x = np.asarray(targets(y, "y", "P")), jax.tree.map(jnp.asarray, x)
    if any(len(part) != len(y) for part in jax.tree.leaves(x)):
        raise BadInput(f"there are {len(y)} targets, and not as many inputs: give one of each")
    if how.batch > len(y):
        raise BadInput(f"batch = {how.batch} is larger than the {len(y)} data: lower it")
    mean, std = float(y.mean()), float(y.std())
    if not std > 1e-12 * abs(mean):
        raise BadInput("all targets are the same: there is nothing to learn")
    kind = jax.tree.leaves(x)[0].dtype
    params = _trained(net, x, jnp.asarray((y - mean) / std, kind), how, one_key(key))

    def predict(x: Any) -> Float[np.ndarray, " P"]:
        found = _applied(net, params, jax.tree.map(lambda part: jnp.asarray(part, kind), x))
        return np.asarray(mean + std * np.asarray(found, float))

    return predict


@functools.partial(jax.jit, static_argnums=(0, 3))
def _trained(net: Any, x: Any, y: Array, how: Regression, key: Array) -> Any:
    start, batches = jax.random.split(key)
    params = net.init(start, jax.tree.map(lambda part: part[:1], x))
    adam = optax.adam(optax.cosine_decay_schedule(how.lr, how.steps))

    def loss(params: Any, rows: Array) -> Array:
        F = net.apply(params, jax.tree.map(lambda part: part[rows], x))
        return ((F - y[rows]) ** 2).mean()

    def step(state: Any, i: Array) -> tuple[Any, None]:
        params, inner = state
        rows = jax.random.permutation(jax.random.fold_in(batches, i), len(y))[: how.batch]
        updates, inner = adam.update(jax.grad(loss)(params, rows), inner)
        return (optax.apply_updates(params, updates), inner), None

    (params, _), _ = jax.lax.scan(step, (params, adam.init(params)), jnp.arange(how.steps))
    return params


@functools.partial(jax.jit, static_argnums=0)
def _applied(net: Any, params: Any, x: Any) -> Float[Array, " P"]:
    def one(x: Any) -> Array:
        F: Array = net.apply(params, jax.tree.map(lambda part: part[None], x))
        return F[0]

    return jax.lax.map(one, x, batch_size=BLOCK)
