"""What convolutions of voxels cost: by matrix products, by XLA's convolution, and in PyTorch.

Forwards, and the gradient of the outputs' sum of squares in filters and voxels, in float32, timed
in turns, of which the best counts. The floor is the time of the products alone, 2 operations
forwards and 6 with the gradient for each weight and place, at their measured rate. PyTorch, where
it is installed (`pip install 'jamming[peer]'`), computes the same without a compiler.

Minimal filtering (`jamming.models.winograd`), which the first and the last setting have, takes
fewer products, and may beat the floor of the direct sum. On two cores, beside PyTorch: the first
setting takes 0.9 times as long forwards and with the gradient; the last, of few channels, 1.8 and
1.7 times. The others have direct sums, of few channels or with a stride: 1.3 and 2.4 times
forwards, 0.6 and 1.3 times with the gradient. There columns of planes, k^2 C numbers a place, and
k M outputs of each plane go through memory. Columns along one axis alone, added up along two, or
columns of whole cubes took five to eight times as long.

    python -m benchmarks.voxels               # exits 1 where products are not twice as fast as XLA
"""

import itertools
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.lanes import product_rate, timed
from jamming.checks.arguments import MOST, whole
from jamming.commands.command import echo
from jamming.commands.typed import Command, Help
from jamming.models import convolution

WANTED = 2.0


@dataclass(frozen=True)
class Setting:
    """P images of n^3 voxels, and k^3 filters from C to M channels."""

    P: int
    n: int
    C: int
    M: int
    k: int
    stride: int
    padding: int

    def arrays(self) -> tuple[jax.Array, jax.Array]:
        """Filters and images."""
        rng = np.random.default_rng(0)
        shapes = (self.k,) * 3 + (self.C, self.M), (self.P, *(self.n,) * 3, self.C)
        W, z = (jnp.asarray(rng.standard_normal(shape), jnp.float32) for shape in shapes)
        return W / math.sqrt(W[..., 0].size), z

    @property
    def operations(self) -> float:
        """Of one forward pass."""
        places = (self.n + 2 * self.padding - self.k) // self.stride + 1
        return 2.0 * self.P * places**3 * self.k**3 * self.C * self.M

    @property
    def name(self) -> str:
        return (
            f"{self.P} x {self.n}^3, {self.C} -> {self.M}, {self.k}^3"
            + f", stride {self.stride}" * (self.stride > 1)
        )


SETTINGS = (
    Setting(4, 16, 32, 32, 5, 1, 2),
    Setting(8, 36, 1, 29, 5, 1, 4),
    Setting(8, 20, 29, 40, 5, 2, 4),
    Setting(16, 16, 16, 16, 3, 1, 1),
)


def by_jax(of: Setting, way: Callable[..., jax.Array]) -> tuple[Callable[[], Any], ...]:
    """A forward pass and a gradient within compiled loops, as training has them."""
    W, z = of.arrays()
    apply = partial(way, stride=of.stride, padding=of.padding)
    slope = jax.grad(lambda W, z: jnp.sum(apply(W, z) ** 2), argnums=(0, 1))

    def looped(f: Callable[..., Any]) -> Callable[[], Any]:
        # once, and nothing may be taken out of the loop
        def once(W: jax.Array, z: jax.Array, n: int) -> Any:
            out = jax.tree.map(lambda a: jnp.zeros(a.shape, a.dtype), jax.eval_shape(f, W, z))
            return jax.lax.fori_loop(0, n, lambda i, _: f(W * (1 + 0.0 * i), z), out)

        run = jax.jit(once)
        return lambda: jax.block_until_ready(run(W, z, 1))

    return looped(apply), looped(slope)


def by_torch(of: Setting) -> tuple[Callable[[], Any], ...] | None:
    """The same in PyTorch, channels first; None where it is not installed."""
    try:
        import torch
    except ImportError:
        return None
    W, z = (torch.tensor(np.moveaxis(np.asarray(a), -1, 0).copy()) for a in of.arrays())
    W = W.movedim(-1, 1).contiguous().requires_grad_()
    z = z.movedim(0, 1).contiguous().requires_grad_()
    apply = partial(torch.nn.functional.conv3d, stride=of.stride, padding=of.padding)

    def forwards() -> None:
        with torch.no_grad():
            apply(z, W)

    def gradient() -> None:
        torch.autograd.grad((apply(z, W) ** 2).sum(), (W, z))

    return forwards, gradient


@dataclass(frozen=True, kw_only=True)
class Voxels(Command):
    """What convolutions of voxels cost: by matrix products, by XLA's, and in PyTorch."""

    turns: Annotated[int, Help("of which the best counts")] = 5
    settings: Annotated[int, Help("only the first of them")] = len(SETTINGS)

    prog: ClassVar[str] = "voxels"

    def run(self) -> int:
        for name, most in {"turns": MOST, "settings": len(SETTINGS)}.items():
            whole(name, getattr(self, name), most=most)
        rate = product_rate("float32", 4096, 128)
        echo(f"matrix products: {rate / 1e9:.0f} GFLOP/s; seconds forwards / of a gradient")
        columns = "images, channels, filters", "products", "convolutions", "torch", "floor"
        echo("{:34}{:>16}{:>16}{:>16}{:>16}".format(*columns))
        ratios = []
        for of in itertools.islice(SETTINGS, self.settings):
            ways = [by_jax(of, way) for way in (convolution.product, convolution.convolution)]
            if peer := by_torch(of):
                ways.append(peer)
            for one in itertools.chain(*ways):
                one()  # traced, and compiled
            turns = [[[timed(one)[0] for one in way] for way in ways] for _ in range(self.turns)]
            best = np.min(turns, axis=0)
            ratios.append(best[1, 1] / best[0, 1])
            floor = np.array([1, 3]) * of.operations / rate
            rows = [*best, *[None] * (3 - len(best)), floor]
            shown = ["-" if row is None else f"{row[0]:.4f} / {row[1]:.4f}" for row in rows]
            echo("{:34}{:>16}{:>16}{:>16}{:>16}".format(of.name, *shown))
        mean = math.exp(np.mean(np.log(ratios)))
        echo(f"products are {mean:.1f} times as fast in the mean, {WANTED:g} wanted")
        return 0 if mean >= WANTED else 1


main = Voxels.main

if __name__ == "__main__":
    sys.exit(main())
