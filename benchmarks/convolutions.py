"""What a training step of a convolutional network costs: by matrix products, by convolutions.

Small networks of the papers take gradient steps in a compiled loop, their convolutions once as
products of columns and weights, once as XLA has them, timed in turns, of which the best counts. The
floor is the time of the products alone, 6 operations a weight and place, at their measured rate.

    python -m benchmarks.convolutions         # exits 1 where products are not twice as fast
"""

import itertools
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar, Literal
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.lanes import product_rate, timed
from jamming.checks.arguments import MOST, whole
from jamming.commands.command import echo
from jamming.commands.typed import Command, Help
from jamming.models import convolution
from jamming.models.networks import CNN
from jamming.models.residual import WideResNet

WANTED = 2.0

Steps = Callable[[int], Any]

# name -> network, images of a step and their shape
SETTINGS: dict[str, tuple[CNN | WideResNet, int, tuple[int, int, int]]] = {
    "3 layers, h 16, CIFAR-10": (CNN(h=16, strides=(2, 2, 2), c=10), 50, (32, 32, 3)),
    "3 layers, h 64, CIFAR-10": (CNN(h=64, strides=(2, 2, 2), c=10), 50, (32, 32, 3)),
    "4 layers, h 8, MNIST": (CNN(h=8), 200, (28, 28, 1)),
    "resnet 7, h 4, digits": (WideResNet(h=4, blocks=1), 200, (8, 8, 1)),
    "resnet 7, h 4, CIFAR-10": (WideResNet(h=4, blocks=1), 50, (32, 32, 3)),
}


def descent(net: CNN | WideResNet, x: jax.Array, way: Callable[..., jax.Array]) -> Steps:
    """n gradient steps in one compiled loop, the convolutions done in that `way`."""
    w = net.init(jax.random.key(0), x)

    def step(_: int, w: Any) -> Any:
        g = jax.grad(lambda w: jnp.mean(jnp.asarray(net.apply(w, x)) ** 2))(w)
        return jax.tree.map(lambda one, slope: one - 1e-3 * slope, w, g)

    run = jax.jit(lambda n: jax.lax.fori_loop(0, n, step, w))
    with mock.patch("jamming.models.networks.convolve", way):
        run(1)  # traced, and compiled
    return lambda n: jax.block_until_ready(run(n))


def operations(net: CNN | WideResNet, x: jax.Array) -> float:
    """Of one gradient: 6 for each weight and place of a filter."""
    total = 0.0

    def counted(W: jax.Array, z: jax.Array, *, stride: int, padding: int) -> jax.Array:
        nonlocal total
        a = convolution.convolution(W, z, stride=stride, padding=padding)
        total += 6.0 * math.prod(a.shape[:-1]) * W.size
        return a

    with mock.patch("jamming.models.networks.convolve", counted):
        w = jax.eval_shape(net.init, jax.random.key(0), x)
        total = 0.0
        jax.eval_shape(net.apply, w, x)
    return total


@dataclass(frozen=True, kw_only=True)
class Convolutions(Command):
    """What a training step of a CNN costs: by matrix products, by convolutions."""

    precision: Annotated[Literal["float32", "float64"], Help("of all numbers")] = "float32"
    steps: Annotated[int, Help("of one timing")] = 5
    turns: Annotated[int, Help("of which the best counts")] = 5
    settings: Annotated[int, Help("only the first of them")] = len(SETTINGS)

    prog: ClassVar[str] = "convolutions"

    def run(self) -> int:
        for name, most in {"steps": MOST, "turns": MOST, "settings": len(SETTINGS)}.items():
            whole(name, getattr(self, name), most=most)
        jax.config.update("jax_enable_x64", self.precision == "float64")
        rate = product_rate(self.precision, 4096, 128)
        echo(f"matrix products: {rate / 1e9:.0f} GFLOP/s")
        echo("network                    products  convolutions     ratio  products / floor")
        ratios = []
        for name, (net, P, shape) in itertools.islice(SETTINGS.items(), self.settings):
            x = jnp.asarray(np.random.default_rng(0).normal(size=(P, *shape)), self.precision)
            ways = [descent(net, x, way) for way in (convolution.product, convolution.convolution)]
            turns = range(self.turns)
            seconds = [[timed(partial(way, self.steps))[0] for way in ways] for _ in turns]
            best = np.min(seconds, axis=0) / self.steps
            ratios.append(best[1] / best[0])
            above = best[0] * rate / operations(net, x)
            ms = f"{best[0] * 1e3:8.2f} ms  {best[1] * 1e3:8.2f} ms"
            echo(f"{name:25} {ms}  {ratios[-1]:8.1f}  {above:8.1f}")
        mean = math.exp(np.mean(np.log(ratios)))
        echo(f"products are {mean:.1f} times as fast in the mean, {WANTED:g} wanted")
        return 0 if mean >= WANTED else 1


main = Convolutions.main

if __name__ == "__main__":
    sys.exit(main())
