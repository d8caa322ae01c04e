"""The coordinate check: how preactivations and their first changes depend on the width.

In a parametrisation that says how prefactors, initial weights and learning rates scale with the
width h, every layer has preactivations, and changes of them in a few steps, that go as powers of h.
Where all changes are O(1) all layers learn features at any width, and a learning rate that is good
at one width is good at all; where one grows, wide networks diverge; where hidden layers change less
and less, they end as kernels (Yang & Hu, *Feature learning in infinite-width neural networks*,
2021; Yang et al., *Tensor Programs V*, 2022, App. D.1, where the check has its name).

It is for any network, given as a function of the width::

    found = coordinate_check(lambda h: MyModule(h), optax.adam(1e-3), x, y, h=(64, 128, 256))
    for layer, power in found.powers().items():
        print(layer, power.value, power.low, power.high)
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax.traverse_util import flatten_dict
from jaxtyping import Array, Float

from jamming.checks import arguments as given
from jamming.checks.arrays import ArrayLike, finite
from jamming.checks.errors import BadInput
from jamming.dynamics.optimiser import Optimiser
from jamming.fits.power import power_law
from jamming.fits.seeds import Interval
from jamming.models.networks import Layered, Params
from jamming.models.reparametrised import LayerRates, Reparametrised
from jamming.objectives.losses import Loss, loss_named
from jamming.objectives.predictor import Network, predictor
from jamming.objectives.problem import Problem
from jamming.training.custom import check_network

OUTPUT = "output"


@dataclass(frozen=True)
class Coordinates:
    """Root mean squares over points, neurons and places of an image, of networks of n widths.

    `start` [n, seeds, layers]: of what each of `layers` gives at the start; `change` [n, seeds,
    steps, layers]: of its difference from that after each step; infinite where a run diverged.
    """

    h: tuple[int, ...]
    layers: tuple[str, ...]
    start: Float[np.ndarray, "n seeds layers"]
    change: Float[np.ndarray, "n seeds steps layers"]

    def powers(self, step: int = -1) -> dict[str, Interval]:
        """Of each layer the power of h of its change after a step, by default the last one.

        With 95 % intervals over seeds. Raises BadInput for fewer than three widths.
        """
        rows = np.moveaxis(self.change[:, :, step], -1, 0)
        return dict(zip(self.layers, (power(self.h, row) for row in rows), strict=True))


def power(h: Any, sizes: Float[np.ndarray, "n seeds"]) -> Interval:
    """The power of h of sizes; NaN where one is infinite or zero."""
    x, y = np.asarray(h, float), np.asarray(sizes, float)
    if not (np.isfinite(y) & (y > 0)).all():
        return Interval(math.nan, math.nan, math.nan)
    return power_law(x, y).exponent


def coordinate_check(
    network: Callable[[int], Network],
    optimiser: Any,
    x: ArrayLike,
    y: ArrayLike,
    *,
    h: Any = (64, 128, 256, 512),
    steps: Any = 5,
    seeds: Any = 5,
    loss: Loss | str = "square",
    alpha: Any = None,
) -> Coordinates:
    """The sizes of all layers at the start, and of their changes, of networks of widths h.

    `network`: from a width to a Flax module or any object with init and apply; `optimiser`: one of
    `jamming.dynamics.optimiser`, a transformation of optax, or a function from a width to either.
    They learn all of x [P, ...] and y [P] in their precision, from other weights for each of the
    `seeds`; with `alpha` alpha (f - f0). The layers are the preactivations of `FC` and `CNN`, of
    other Flax modules what their submodules give, and the output of any network.

    Raises BadInput for widths below one, networks that do not fit the data, networks of different
    layers, and what optimiser and loss refuse.
    """
    widths = tuple(sorted(set(given.some("h", given.wholes("h", h)))))
    steps, seeds = given.whole("steps", steps), given.seeds(0, seeds)
    loss = loss_named(loss) if isinstance(loss, str) else loss
    inputs, labels = jnp.asarray(finite(x, "x")), jnp.asarray(y)
    loss.check(labels)
    found, names = [], []
    for width in widths:
        net = network(width)
        check_network(net, inputs, loss)
        stepper = _stepper(optimiser, width, steps)
        names.append(layers(net, inputs))
        of = functools.partial(measured, net, stepper, loss, alpha, steps, inputs, labels)
        found.append([of(jax.random.key(seed)) for seed in range(seeds)])
    if len(set(names)) > 1:
        raise BadInput("networks of different widths have different layers: give one kind alone")
    start, change = (np.array([[one[i] for one in row] for row in found]) for i in range(2))
    return Coordinates(widths, names[0], start, change)


def _stepper(optimiser: Any, width: int, steps: int) -> Optimiser:
    known = isinstance(optimiser, Optimiser | optax.GradientTransformation)
    of: Any = optimiser if known or not callable(optimiser) else optimiser(width)
    return of if isinstance(of, Optimiser) else Optimiser(of, max_ticks=steps + 1)


@functools.partial(jax.jit, static_argnums=(0, 1, 2, 3, 4))
def measured(
    net: Network, stepper: Any, loss: Loss, alpha: Any, steps: int, x: Array, y: Array, key: Array
) -> tuple[Float[Array, " layers"], Float[Array, "steps layers"]]:
    """Sizes at the start, and of the changes after each step, of one network."""
    of_weights, of_batches = jax.random.split(key)
    w = jax.tree.map(lambda a: a.astype(x.dtype), net.init(of_weights, x[:1]))
    problem = Problem(predictor(net, w, alpha), loss, x, y)
    first = activations(net, w, x)

    def step(state: Any, _: None) -> tuple[Any, Array]:
        state = stepper.tick(problem, state)
        now = activations(net, problem.predictor.weights(state.v), x)
        change = jnp.stack([_size(now[name] - a) for name, a in first.items()])
        return state, jnp.where(jnp.isnan(change), jnp.inf, change)

    _, change = jax.lax.scan(step, stepper.init(problem, of_batches), None, steps)
    return jnp.stack([_size(a) for a in first.values()]), change


def _size(a: Array) -> Array:
    return jnp.sqrt(jnp.mean(a**2))


def layers(net: Network, x: Array) -> tuple[str, ...]:
    """The names of the `activations` of a network, in their order."""
    names: list[str] = []

    def of() -> None:
        w = net.init(jax.random.key(0), x[:1])
        names.extend(activations(net, w, x[:1]))

    jax.eval_shape(of)
    return tuple(names)


def activations(net: Network, w: Params, x: Array) -> dict[str, Array]:
    """What each layer gives at x, by its name; the last is the output of the network."""
    if isinstance(net, Reparametrised):
        return activations(net.net, net.weights(w), x)
    if isinstance(net, LayerRates):
        return activations(net.net, w, x)
    if not isinstance(net, nn.Module):
        return {OUTPUT: jnp.asarray(net.apply(w, x))}
    capture: Any = {} if isinstance(net, Layered) else {"capture_intermediates": True}
    F, seen = net.apply(w, x, mutable=["intermediates"], **capture)
    found: dict[str, Array] = {}
    for path, calls in flatten_dict(dict(seen).get("intermediates", {})).items():
        name = "/".join(part for part in path if part != "__call__")
        for i, a in enumerate(calls if isinstance(calls, tuple) else (calls,)):
            if name and isinstance(a, jax.Array):
                found[f"{name}{f' ({i + 1})' * (len(calls) > 1)}"] = a
    if isinstance(net, Layered):
        found.popitem()  # is the output
    return found | {OUTPUT: F}
