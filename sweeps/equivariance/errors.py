"""`python -m sweeps.equivariance errors`: how far stacks of spherical correlations commute.

Random signals on the sphere pass through correlations with random local filters, without a
nonlinearity, or with relu on the grid of the rotations, or on finer grids. How much the outputs of
turned signals differ from turned outputs is measured behind each layer (T. Cohen, M. Geiger,
J. Koehler & M. Welling, *Spherical CNNs*, ICLR 2018, sec. 5.1, where filters are turned on grids:
here rotations and correlations are of coefficients, and aliases of relu alone are left).
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, Complex

from jamming.checks import arguments as given
from jamming.equivariant.error import equivariance_error
from jamming.equivariant.sphere import correlations, rotations
from jamming.equivariant.sphere.transforms import from_sphere, library, to_sphere
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "errors.nc"
LARGEST = 40  # bandwidth, of the finer grids, too: the transforms of more take minutes to set up


@dataclass(frozen=True)
class Stack(grid.Checked):
    """One stack of `depth` layers of so many channels, and `signals`, turned by random rotations.

    `finer` is how many times as fine as its own the grid of relu is; 0: there is no relu.
    """

    b: Annotated[int, grid.scalar(given.whole, "the bandwidth b", least=2, most=LARGEST)]
    depth: Annotated[int, grid.scalar(given.whole, least=1, most=100)]
    channels: Annotated[int, grid.scalar(given.whole, least=1, most=1000)]
    signals: Annotated[int, grid.scalar(given.whole, least=1, most=100_000)]
    turns: Annotated[int, grid.scalar(given.whole, least=1, most=1000)]
    finer: Annotated[int, grid.scalar(given.whole, least=0, most=LARGEST)]
    seed: Annotated[int, grid.scalar(given.whole, least=0, most=2**31 - 1)]

    version: ClassVar[int] = 1

    def check(self) -> None:
        """Refuse grids that are too fine, and where there are no transforms."""
        library()
        given.whole("b times finer", self.b * max(self.finer, 1), most=LARGEST)

    def run(self) -> np.ndarray:
        """Errors [turn, depth, signal]."""
        rng = np.random.default_rng(self.seed)
        white = rng.standard_normal((2, self.signals, 1, self.b, 2 * self.b - 1))
        band = np.abs(np.arange(1 - self.b, self.b)) <= np.arange(self.b)[:, None]
        f = from_sphere(to_sphere(jnp.asarray((white[0] + 1j * white[1]) * band)).real)
        of_sphere, of_rotations = _places(self.b)
        shapes = [(1, self.channels, len(of_sphere))]
        shapes += [(self.channels, self.channels, len(of_rotations))] * (self.depth - 1)
        weights = [rng.standard_normal(shape) / math.prod(shape[::2]) ** 0.5 for shape in shapes]
        turns = [
            functools.partial(correlations.rotated, angles=angles)
            for angles in rotations.haar(rng, self.turns)
        ]
        apply = functools.partial(_through, self.finer, weights)
        # of each layer by itself: what is moved and compared has a row for each layer and signal
        rows = jnp.concatenate([f] * self.depth)
        errors = equivariance_error(
            lambda x: apply(x[: self.signals]), rows, [(t, t) for t in turns]
        )
        return np.asarray(errors).reshape(self.turns, self.depth, self.signals)


def _places(b: int) -> tuple[correlations.Places, correlations.Places]:
    """Of local filters, whose rings are some two distances of the grid wide."""
    most = min(math.pi, 3 * math.pi / (2 * b))
    return correlations.near_pole(most=most), correlations.near_identity(most=most)


@functools.partial(jax.jit, static_argnums=0)
def _through(
    finer: int, weights: Sequence[Array], f: Complex[Array, "P C l m"]
) -> Complex[Array, "layers_P K n l m"]:
    """What is behind each layer, one below the other."""
    b = f.shape[-2]
    of_sphere, of_rotations = (at.basis(b) for at in _places(b))
    F, each = f, []
    for layer, w in enumerate(weights):
        basis = of_rotations if layer else of_sphere
        psi = jnp.tensordot(w.astype(F.dtype), jnp.asarray(basis, F.dtype), 1)
        F = (correlations.on_rotations if layer else correlations.on_sphere)(F, psi)
        if finer:
            F = correlations.pointwise(F, jax.nn.relu, finer)
        each.append(F)
    return jnp.concatenate(each)


def errors(several: Sequence[Stack], store: Store) -> xr.Dataset:
    """Measure what the store lacks; `error` over (finer, b, seed, turn, depth, signal)."""
    measure(several, store, lambda one: ({}, {"error": one.run()}), unit="stacks")
    cells = {(s.finer, s.b, s.seed): {"error": store.arrays(s.key)["error"]} for s in several}
    axes = [sorted(set(values)) for values in zip(*cells, strict=True)]
    coords = dict(zip(("finer", "b", "seed"), axes, strict=True))
    found = gather.gathered(cells, coords, {"error": ("turn", "depth", "signal")})
    return found.assign_coords(depth=np.arange(1, several[0].depth + 1)).assign_attrs(
        channels=several[0].channels
    )


def summary(found: xr.Dataset) -> str:
    """A line for each nonlinearity and bandwidth: means over signals, turns and seeds."""
    rows = []
    for finer in found.finer.values:
        for b in found.b.values:
            mean = found.error.sel(finer=finer, b=b).mean(("seed", "turn", "signal"))
            of = {f"{d} layers": float(mean.sel(depth=d)) for d in found.depth.values}
            each = {name: gather.number(x, ".2g") for name, x in of.items()}
            rows.append({"nonlinearity": named(int(finer)), "b": gather.number(b, "d"), **each})
    return gather.table(rows)


def named(finer: int) -> str:
    """What `finer` says of the nonlinearity."""
    if not finer:
        return "none"
    return "relu" if finer == 1 else f"relu, grid {finer} times finer"
