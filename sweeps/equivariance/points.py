"""`python -m sweeps.equivariance points`: what networks of point clouds tell apart.

Pieces of Tetris, seen in one orientation and turned at random in tests; or bundles of helices and
strands in any orientation (`jamming.equivariant.data.bundles`), against the number of them. The
networks are equivariant with fields that are odd under reflections ("odd"), so that two mirrored
classes differ, or without ("even"), or plain ("plain"), of the same channels.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr
from jaxtyping import Array, Float, Key
from scipy.spatial.transform import Rotation

from jamming.checks import arguments as given
from jamming.equivariant.data import bundles, tetris
from jamming.equivariant.error import equivariance_error
from jamming.equivariant.euclidean.points import Around, PointNet
from jamming.models.counting import count
from jamming.objectives.losses import loss_named
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "points.nc"
NETWORKS = ("odd", "even", "plain")

Drawn = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Task:
    """Clouds of classes, two of which are mirror images of each other."""

    classes: tuple[str, ...]
    mirrored: tuple[int, int]
    around: Around
    fields: tuple[str, str]  # with parities as harmonics have them
    draw: Callable[..., Drawn]  # of P, seed, noise, whether they are turned
    augmented: bool  # trained on a random orientation at each step

    def network(self, name: str) -> PointNet:
        """One of `NETWORKS`; the second layer of the odd one has pseudovectors, too."""
        first, second = self.fields
        if name != "odd":
            symmetry = "none" if name == "plain" else "O(3)"
            return PointNet(len(self.classes), self.fields, (), symmetry, self.around)
        odd = first, f"{second}+4x1e"
        return PointNet(len(self.classes), odd, (self.mirrored,), "O(3)", self.around)


def pieces(P: int, seed: int, *, noise: float, turned: bool) -> Drawn:
    """P pieces of Tetris, one after another."""
    rng = np.random.default_rng(seed)
    y = np.arange(P) % len(tetris.PIECES)
    x = tetris.points()[y] + noise * rng.standard_normal((P, 4, 3))
    return (np.einsum("pij,pnj->pni", Rotation.random(P, rng).as_matrix(), x) if turned else x), y


def proteins(P: int, seed: int, *, noise: float, turned: bool) -> Drawn:
    """P bundles, always turned."""
    return bundles.bundles(P, seed, noise=noise)


TASKS = {
    "tetris": Task(
        tuple(tetris.PIECES), (0, 1), Around(), ("16x0e+4x1o+4x2e",) * 2, pieces, augmented=False
    ),
    "bundles": Task(
        bundles.CLASSES,
        (0, 3),
        Around(3.0, 6, 2, 10),
        ("8x0e+4x1o+4x2e",) * 2,
        proteins,
        augmented=True,
    ),
}


@dataclass(frozen=True)
class Cloud(grid.Checked):
    """A network that learns P clouds in so many `steps` of ADAM, whose rate falls as a cosine."""

    task: Annotated[str, grid.scalar(given.one_of, known=TASKS)]
    network: Annotated[str, grid.scalar(given.one_of, known=NETWORKS)]
    P: Annotated[int, grid.scalar(given.whole, least=1, most=100_000)]
    tests: Annotated[int, grid.scalar(given.whole, least=1, most=100_000)]
    noise: Annotated[float, grid.scalar(given.number, least=0.0, most=10.0)]
    steps: Annotated[int, grid.scalar(given.whole, least=1, most=10_000_000)]
    lr: Annotated[float, grid.scalar(given.number, above=0.0, most=1e6)]
    seed: Annotated[int, grid.scalar(given.whole, least=0, most=2**30)]

    version: ClassVar[int] = 1

    def check(self) -> None:
        """Refuse where there are no irreps."""
        TASKS[self.task].network(self.network)

    def run(self) -> dict[str, Any]:
        """Accuracy on tests by class, share fitted, change of logits under a rotation, size."""
        task = TASKS[self.task]
        x, y = task.draw(self.P, 2 * self.seed, noise=self.noise, turned=False)
        x_test, y_test = task.draw(self.tests, 2 * self.seed + 1, noise=self.noise, turned=True)
        key, net = jax.random.key(self.seed), task.network(self.network)
        first, tests = (jnp.asarray(each, jnp.float32) for each in (x, x_test))
        w = trained(net, first, jnp.asarray(y), key, self.steps, self.lr, task.augmented)
        R = Rotation.random(rng=np.random.default_rng(self.seed)).as_matrix()
        turn = jnp.asarray(R.T, jnp.float32)
        both = jnp.concatenate([first, tests])  # for one compiled program
        error = equivariance_error(lambda x: outputs(net, w, x), both, [lambda x: x @ turn])
        right = np.asarray(outputs(net, w, both).argmax(1)) == np.concatenate([y, y_test])
        of_tests = [right[self.P :][y_test == c] for c in range(len(task.classes))]
        return {
            "accuracy": np.array([each.mean() if each.size else np.nan for each in of_tests]),
            "fitted": np.mean(right[: self.P]),
            "error": np.asarray(error.max()),
            "parameters": np.array(count(w).all),
        }


@functools.partial(jax.jit, static_argnums=0)
def outputs(net: PointNet, w: Any, x: Float[Array, "P n 3"]) -> Float[Array, "P classes"]:
    """Logits."""
    return jnp.asarray(net.apply(w, x))


@functools.partial(jax.jit, static_argnames=("net", "steps", "lr", "augmented"))
def trained(
    net: PointNet,
    x: Float[Array, "P n 3"],
    y: Array,
    key: Key[Array, ""],
    steps: int,
    lr: float,
    augmented: bool,
) -> Any:
    """Weights after so many steps of ADAM on all clouds; each turned at each step, or not."""
    rule, of = optax.adam(optax.cosine_decay_schedule(lr, steps)), loss_named("cross_entropy")

    def mean(w: Any, x: Array) -> Array:
        return of.mean(outputs(net, w, x), y, 1.0)

    def step(i: Array, at: Any) -> Any:
        w, state = at
        now = x @ rotations(jax.random.fold_in(key, i), x) if augmented else x
        moves, state = rule.update(jax.grad(mean)(w, now), state)
        return optax.apply_updates(w, moves), state

    w = net.init(key, x)
    return jax.lax.fori_loop(0, steps, step, (w, rule.init(w)))[0]


def rotations(key: Key[Array, ""], x: Float[Array, "P n 3"]) -> Float[Array, "P 3 3"]:
    """A random rotation of each cloud, from unit quaternions."""
    q = jax.random.normal(key, (len(x), 4), x.dtype)
    a, b, c, d = (q / jnp.linalg.norm(q, axis=1, keepdims=True)).T
    rows = (
        (a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)),
        (2 * (b * c + a * d), a * a - b * b + c * c - d * d, 2 * (c * d - a * b)),
        (2 * (b * d - a * c), 2 * (c * d + a * b), a * a - b * b - c * c + d * d),
    )
    return jnp.stack([jnp.stack(row, -1) for row in rows], -2)


def points(several: Sequence[Cloud], store: Store) -> xr.Dataset:
    """Train what the store lacks; `accuracy` over (network, P, seed, class), the rest without."""

    measure(several, store, lambda one: ({}, one.run()), unit="networks")
    cells = {(one.network, one.P, one.seed): store.arrays(one.key) for one in several}
    networks, P, seeds = zip(*cells, strict=True)
    coords = {
        "network": list(dict.fromkeys(networks)),
        "P": sorted(set(P)),
        "seed": sorted(set(seeds)),
    }
    found = gather.gathered(cells, coords, {"accuracy": ("class",)})
    first = several[0]
    return found.assign_coords({"class": list(TASKS[first.task].classes)}).assign_attrs(
        task=first.task, tests=first.tests, noise=first.noise
    )


def summary(found: xr.Dataset) -> str:
    """A line for each network and number of clouds: means over seeds."""
    rows = []
    for network in found.network.values:
        for P in found.P.values:
            one = found.sel(network=network, P=P)
            accuracy = one.accuracy.mean("class")
            a, b = (found["class"].values[c] for c in TASKS[found.task].mirrored)
            mirrored = (
                gather.number(float(one.accuracy.sel({"class": c}).mean()), ".0%") for c in (a, b)
            )
            rows.append(
                {
                    "network": str(network),
                    "parameters": gather.number(int(one.parameters.isel(seed=0)), "d"),
                    "P": gather.number(P, "d"),
                    "fitted": gather.number(float(one.fitted.mean()), ".1%"),
                    "accuracy": gather.number(float(accuracy.mean()), ".1%"),
                    "worst seed": gather.number(float(accuracy.min()), ".1%"),
                    f"{a}, {b}": gather.joined(", ", **dict(zip((a, b), mirrored, strict=True))),
                    "turned, off by": gather.number(float(one.error.max()), ".1g"),
                }
            )
    return gather.table(rows)
