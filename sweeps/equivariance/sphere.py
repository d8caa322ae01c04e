"""`python -m sweeps.equivariance sphere`: digits on the sphere, rotated or not.

Networks are trained on images that are not rotated (NR), or each by a random rotation of its own
(R), and tested on others of both kinds: spherical ones, with filters that have a direction or none,
and planar ones of the map of the sphere (T. Cohen, M. Geiger, J. Koehler & M. Welling, *Spherical
CNNs*, ICLR 2018, sec. 5.2, Table 1).
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, Float, Int

from jamming.checks import arguments as given
from jamming.data.pictures import chosen, pictures
from jamming.equivariant.data.pictures import on_sphere
from jamming.equivariant.sphere import rotations
from jamming.training.image_build import seen
from jamming.training.image_run import ImageRun
from jamming.training.images import ImageJob
from sweeps.engine import gather, grid
from sweeps.engine.classify import classify
from sweeps.engine.store import Store
from sweeps.equivariance.sphere_command import ROTATED

RESULTS = "sphere.nc"
LARGEST = 64  # bandwidth of images
TURNS = 0x5E  # the seed of the rotations, the same for all networks
EXAMPLES = 3
BLOCK = 100  # images that are classified at a time

Data = tuple[Float[np.ndarray, "n H W C"], Int[np.ndarray, " n"], np.ndarray, np.ndarray]
Run = tuple[ImageJob, Any, Any]  # with what is seen, as `Digits`, and the network


@dataclass(frozen=True)
class Digits(grid.Checked):
    """Images on the sphere; those to train on are rotated or not, those to test with are both."""

    dataset: str
    b: Annotated[int, grid.scalar(given.whole, "the bandwidth b", most=LARGEST)]
    rotated: bool
    test_points: Annotated[int, grid.scalar(given.whole, least=2)]

    def data(self) -> Data:
        """To train on, [n, 2 b, 2 b - 1, C] with labels, and to test with: first not rotated."""
        return _projected(self)


@functools.lru_cache(maxsize=2)
def _projected(digits: Digits) -> Data:
    of, b = pictures(digits.dataset), digits.b
    turns = rotations.haar(np.random.default_rng(TURNS), len(of.y))
    tests = of.train + chosen(max(2, min(digits.test_points, of.test)), of.test, 0)
    x = on_sphere(of.pixels[: of.train], b, turns[: of.train] if digits.rotated else None)
    both = [on_sphere(of.pixels[tests], b, angles) for angles in (None, turns[tests])]
    return x, of.y[: of.train], np.concatenate(both), np.tile(of.y[tests], 2)


def sphere(config: Mapping[tuple[str, str, int], Run], store: Store) -> xr.Dataset:
    """Train what the store lacks; `error` over (network, trained, tested, seed), NR and R.

    `N_all` parameters, `train_error` and `seconds` do not depend on what is tested; `example` are
    test images of both kinds. Raises BadInput from a job or the store.
    """
    cells = {}
    for name, rotated in dict.fromkeys(at[:2] for at in config):
        some = {at: run for at, run in config.items() if at[:2] == (name, rotated)}
        _, digits, net = next(iter(some.values()))
        jobs, apply = [job for job, _, _ in some.values()], _classes(net)
        runs = classify(jobs, store, data=digits.data(), net=net)
        for at, job, run in zip(some, jobs, runs, strict=True):
            cells[at] = {
                **{each: getattr(run, each) for each in ("N_all", "train_error", "seconds")},
                "error": errors(job, digits, run, apply),
            }
    axes = (list(dict.fromkeys(values)) for values in zip(*config, strict=True))
    coords = dict(zip(("network", "trained", "seed"), axes, strict=True))
    found = gather.gathered(cells, coords, {"error": ("tested",)})
    job, digits, _ = next(iter(config.values()))
    x = digits.data()[2][..., 0]
    example = np.stack([x[:EXAMPLES], x[len(x) // 2 :][:EXAMPLES]])
    found["example"] = (("tested", "digit", "beta", "alpha"), example)
    return found.assign_coords(tested=list(ROTATED)).assign_attrs(
        dataset=job.dataset, P=job.P, b=digits.b, tests=len(x) // 2
    )


def errors(
    job: ImageJob, digits: Any, run: ImageRun, apply: Callable[[Any, Array], Array]
) -> Float[np.ndarray, " tested"]:
    """Shares of test images that are misclassified, not rotated and rotated."""
    tests = seen(job, data=digits.data())
    guess = apply(run.variables, jnp.asarray(tests.x_test, job.dtype))
    return (np.asarray(guess) != tests.y_test).reshape(2, -1).mean(1)


def _classes(net: Any) -> Callable[[Any, Array], Array]:
    """The most probable class of each image, of weights and images."""

    def of(w: Any, x: Array) -> Array:
        logits = jax.lax.map(lambda one: net.apply(w, one[None])[0], x, batch_size=BLOCK)
        return jnp.argmax(logits, -1)

    return jax.jit(of)


def summary(found: xr.Dataset) -> str:
    """A line for each network: errors, trained / tested, with their standard errors."""
    rows = []
    for name in found.network.values:
        one = found.sel(network=name)
        row = {"network": str(name), "parameters": gather.number(int(one.N_all.max()), "d")}
        for trained, tested in (("NR", "NR"), ("R", "R"), ("NR", "R"), ("R", "NR")):
            values = one.error.sel(trained=trained, tested=tested).values
            bar = values.std(ddof=1) / values.size**0.5 if values.size > 1 else np.nan
            row[f"{trained}/{tested}"] = gather.spread(values.mean(), bar, ".1f", percent=True)
        rows.append(row)
    return gather.table(rows)


if __name__ == "__main__":
    from sweeps.equivariance.sphere_command import Sphere

    raise SystemExit(Sphere.main())
