"""`python -m sweeps.foundations laziness`: when a model learns like its linearisation.

Of Gaussian points with random signs as labels: how far gradient flows go and leave the linear ones
against alpha, kappa against the number of neurons, the tangent kernel of finite networks beside
that of infinite width, and the covariance of their outputs beside the Gaussian process
(`jamming.theory.laziness`; Chizat, Oyallon & Bach 2019; Jacot, Gabriel & Hongler 2018).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array

from jamming.checks import arguments as given
from jamming.kernels.analytic import nngp_ntk
from jamming.kernels.empirical import relative_change, tangent_kernel
from jamming.models.activations import activation
from jamming.models.networks import FC
from jamming.theory import laziness as theory
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "laziness.nc"
STARTS = ("doubled", "difference")  # two ways in which the model is 0 at the start
SCALES = {"m^-1/2": 0.5, "m^-1": 1.0}  # of the model in `kappa`
TIME, STEPS = 20.0, 200  # of the flows: the fastest rates are of order 1
OBSERVED = 5  # points at which outputs are averaged: 15 pairs
GROUP = 50  # networks whose outputs are computed at a time

WIDEST, MOST = 2**14, 10_000


@dataclass(frozen=True)
class Lazy(grid.Checked):
    """All measurements on `points` points of dimension `d`, with weights of one seed.

    `neurons` of the one-hidden-layer tanh model whose flows are followed at each of `alpha`; `m` of
    the same model in `kappa`; widths `h` of relu networks of two hidden layers whose tangent kernel
    is measured; so many `networks` of width `wide` whose outputs are averaged.
    """

    d: Annotated[int, grid.scalar(given.whole, most=MOST)]
    points: Annotated[int, grid.scalar(given.whole, least=2, most=1000)]
    neurons: Annotated[int, grid.scalar(given.whole, most=MOST)]
    alpha: Annotated[tuple[float, ...], grid.several(given.numbers, least=1e-3, most=1e6)]
    m: Annotated[tuple[int, ...], grid.several(given.wholes, most=MOST)]
    h: Annotated[tuple[int, ...], grid.several(given.wholes, most=WIDEST)]
    networks: Annotated[int, grid.scalar(given.whole, least=2, most=1_000_000)]
    hidden: Annotated[int, grid.scalar(given.whole, most=WIDEST)]
    seed: Annotated[int, grid.scalar(given.whole, least=0, most=given.LARGEST_SEED)]

    version: ClassVar[int] = 2

    def data(self) -> tuple[Array, Array]:
        """Points [P, d], of which each seed has its own, and labels [P] of +-1."""
        of_x, of_y = jax.random.split(jax.random.key(self.seed))
        x = jax.random.normal(of_x, (self.points, self.d), float)
        return x, jax.random.rademacher(of_y, (self.points,), x.dtype)

    def run(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """`moved`, `apart`, `gap` [start, alpha], `kappa` [scale, m], `ntk` [h], and of outputs."""
        x, y = self.data()
        key = jax.random.fold_in(jax.random.key(self.seed), 1)
        flows = self.flows(x, y, key)
        found = {
            name: np.stack(each) for name, each in zip(theory.Distances._fields, flows, strict=True)
        }
        kappas = [[self.kappa(x, y, m, power, key) for m in self.m] for power in SCALES.values()]
        return {}, found | {
            "kappa": np.array(kappas),
            "ntk": np.array([deviation(self.net(h), x, key) for h in self.h]),
            **self.outputs(key),
        }

    def flows(self, x: Array, y: Array, key: Array) -> list[list[Array]]:
        """`Distances` by their names, each of both `STARTS`, [alpha]."""
        w = theory.drawn(key, self.d, self.neurons, x.dtype)
        both = _flows(x, y, w, jnp.asarray(self.alpha, x.dtype))
        return [list(pair) for pair in zip(*both, strict=True)]

    def kappa(self, x: Array, y: Array, m: int, power: float, key: Array) -> float:
        """The laziness of the model with m neurons and the scale m^-`power`."""
        w = theory.drawn(jax.random.fold_in(key, m), self.d, m, x.dtype)
        return float(_kappa(x, y, w, jnp.asarray(float(m) ** -power, x.dtype), key))

    @staticmethod
    def net(h: int) -> FC:
        """A relu network of two hidden layers, whose neurons have unit second moment."""
        return FC(h=h, L=2, activation=activation("relu", normalised=True))

    def outputs(self, key: Array) -> dict[str, np.ndarray]:
        """Means of f f^T and of its square over `networks`, on a few points, the same of all seeds.

        And what it is at infinite width, all [p, p].
        """
        x = self.of(0).data()[0][:OBSERVED]
        net = self.net(self.hidden)
        keys = jax.random.split(key, self.networks)
        of = jax.jit(
            lambda keys: jax.lax.map(lambda k: net.apply(net.init(k, x), x), keys, batch_size=GROUP)
        )
        f = np.asarray(of(keys), np.float64)
        product = f[:, :, None] * f[:, None, :]
        expected = np.asarray(nngp_ntk(net.activation, net.L, x).nngp)
        return {"ff": product.mean(0), "ff2": (product**2).mean(0), "nngp": expected}

    def of(self, seed: int) -> "Lazy":
        """The same of another seed."""
        return replace(self, seed=seed)


@jax.jit
def _flows(x: Array, y: Array, w: Any, alphas: Array) -> tuple[theory.Distances, theory.Distances]:
    """Of a model with doubled neurons, and of one from which its start is subtracted, [alpha]."""
    m = len(w["a"])
    twice, once = (theory.one_hidden(x, n**-0.5) for n in (2 * m, m))
    begun = once(w)

    def each(model: theory.Model, start: Any) -> theory.Distances:
        def at(alpha: Array) -> theory.Distances:
            return theory.distances(model, start, y, alpha, time=TIME, steps=STEPS)

        return jax.vmap(at)(alphas)

    return each(twice, theory.doubled(w)), each(lambda u: once(u) - begun, w)


@jax.jit
def _kappa(x: Array, y: Array, w: Any, scale: Array, key: Array) -> Array:
    return theory.kappa(theory.one_hidden(x, scale), w, y, key)


def deviation(net: FC, x: Array, key: Array) -> float:
    """||Theta - Theta_inf|| / ||Theta_inf|| of a network at its start, on the points."""
    expected = nngp_ntk(net.activation, net.L, x).ntk
    w = net.init(jax.random.fold_in(key, int(np.max(net.h))), x[:1])
    return float(relative_change(tangent_kernel(net, w, x), expected))


def laziness(several: Sequence[Lazy], store: Store) -> xr.Dataset:
    """Measure what the store lacks; variables of `Lazy.run` over seed and their own axes."""
    measure(several, store, Lazy.run, unit="seeds")
    cells = {(one.seed,): store.arrays(one.key) for one in several}
    flows = dict.fromkeys(theory.Distances._fields, ("start", "alpha"))
    outputs = dict.fromkeys(("ff", "ff2", "nngp"), ("point", "other"))
    inner = {**flows, "kappa": ("scale", "m"), "ntk": ("h",), **outputs}
    first = several[0]
    axes = {"start": list(STARTS), "alpha": first.alpha, "scale": list(SCALES), "m": first.m}
    return (
        gather.gathered(cells, {"seed": [one.seed for one in several]}, inner)
        .assign_coords({**{name: list(of) for name, of in axes.items()}, "h": list(first.h)})
        .assign_attrs(
            d=first.d, neurons=first.neurons, networks=first.networks, hidden=first.hidden
        )
    )


def summary(found: xr.Dataset) -> str:
    """Geometric means over seeds, of each axis."""

    def line(name: str, values: xr.DataArray, axis: str) -> gather.Said:
        logs: Any = np.log(values)
        mean = [*map(float, np.exp(logs.mean("seed")).values)]
        pairs = [*zip(values[axis].values, mean, strict=True)]
        text = f"{name}: " + ", ".join(f"{axis} = {x:g}: {v:.3g}" for x, v in pairs)
        return gather.Said(text, [{"what": name, axis: x, "geometric mean": v} for x, v in pairs])

    rows = []
    for start in STARTS:
        for name in theory.Distances._fields:
            rows.append(line(f"{start}, {name}", found[name].sel(start=start), "alpha"))
    rows += [line(f"kappa, {scale}", found.kappa.sel(scale=scale), "m") for scale in SCALES]
    return gather.page(*rows, line("deviation of the tangent kernel", found.ntk, "h"))
