"""`python -m sweeps.deformations`: what networks of images have made themselves invariant to.

Trains networks, and measures D_f, G_f and R_f of each, of its outputs and its layers, before and
after. Every seed has its own training set, initial weights and batches, and is probed with test
images and deformations of its own (Petrini, Favero, Geiger & Wyart, *Relative stability toward
diffeomorphisms indicates performance in deep nets*, 2021). At the start batch normalisation has the
statistics of the batch, after training its running averages.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, get_args

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax.tree_util import Partial
from jaxtyping import Array, Float

from jamming.checks import arguments as given
from jamming.data.names import IMAGES
from jamming.images import fields
from jamming.images.estimators import Estimator
from jamming.images.noise import sphere_noise
from jamming.images.stability import evaluate
from jamming.models.classic.classifier import layers
from jamming.training.image_build import held_out, initial, ready
from jamming.training.image_run import ImageRun, Variables
from jamming.training.images import ImageJob
from sweeps.deformations.initial import (
    ENDS,
    QUANTITIES,
    STANDARD,
    deformed,
    dimensions,
    log_averaged,
    probed,
    rate,
    unsound,
)
from sweeps.engine import gather, grid
from sweeps.engine.classify import classify, load_image_run
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "trained.nc"
STATES = ("init", "trained")
NUMBERS = ("test_error", "train_error", "N_all")
EXAMPLES = 4


@dataclass(frozen=True)
class Trained(grid.Checked):
    """A network that is trained, and the deformations that so many of its test images are given.

    `noise`: norms of noise, of standardised pixels, at which G_f is measured beside them.
    """

    job: ImageJob
    images: Annotated[int, grid.scalar(given.whole, least=2)]
    delta: Annotated[tuple[float, ...], grid.several(given.numbers, above=0.0, most=given.HUGE)]
    c: Annotated[tuple[int, ...], grid.several(given.wholes)]
    estimator: Annotated[str, grid.scalar(given.one_of, known=get_args(Estimator))]
    noise: Annotated[
        tuple[float, ...],
        grid.several(given.numbers, enough=0, above=0.0, most=given.HUGE),
    ] = ()

    version: ClassVar[int] = 3
    interpolation: ClassVar[tuple[str, ...]] = ("bilinear",)

    def check(self) -> None:
        """Refuse networks and data that do not fit together, and too few images."""
        ready([self.job], None, None)
        self.unsound()

    def unsound(self) -> list[str]:
        return unsound(self, self.pictures().shape[1:3])

    def pictures(self) -> Float[np.ndarray, "n H W C"]:
        """Its test images, as the network sees them, chosen by the seed of the data."""
        return held_out(self.job, self.images)


def trained(
    several: Sequence[Trained],
    store: Store,
    *,
    start: Callable[[ImageJob], Variables] | None = None,
) -> xr.Dataset:
    """Train and measure what the store lacks; D, G, R over (state, ..., seed, c, delta).

    `start` is that of `train_images`.

    The dimensions are state (init, trained), network, P, augmentation and seed. `mean_D`, ... are
    by means over images, `noise_G`, if any, is over norms of the noise; `layer_D`, ... are over
    layers, NaN beyond a network's last, whose names are `layer_name` (network, layer);
    `test_error`, `train_error` and `N_all` are of the trained networks. `examples` [kind, example,
    row, column, channel] are images as they are, deformed, and with noise. Raises BadInput from a
    job or the store.
    """
    classify(list({one.job.key: one.job for one in several}.values()), store, start=start)

    def of(one: Trained) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        return _measured(one, (start or initial)(one.job), load_image_run(store, one.job))

    measure(several, store, of, unit="networks")
    return _gathered(several, store)


def _measured(
    one: Trained, start: Variables, run: ImageRun
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Numbers of the run, with the names of layers; `probed` of both states, as init_D, ..."""
    x, key = jnp.asarray(one.pictures()), jax.random.key(one.job.data_seed)
    of = {"init": start, "trained": run.variables}
    found: dict[str, np.ndarray] = {}
    for state, variables in of.items():
        f = _functions(one.job, state == "init")
        outputs, within = (Partial(each, variables) for each in f)
        names, arrays = probed(outputs, within, x, key, one)
        arrays |= _noisy(outputs, x, key, one)
        found |= {f"{state}_{name}": array for name, array in arrays.items()}
    views = deformed(x[:EXAMPLES], key, one.delta[0], one.c[0], one.interpolation[0])[:3]
    numbers = {name: getattr(run, name) for name in NUMBERS} | {"layers": names}
    return numbers, found | {"examples": np.stack([np.asarray(view) for view in views])}


def _noisy(outputs: Partial, x: Array, key: Array, one: Trained) -> dict[str, np.ndarray]:
    """G_f at each norm of the noise, whose directions are the same at all; of no norms nothing."""
    if not one.noise:
        return {}
    see = functools.partial(evaluate, outputs, block=len(x))
    f, seen = see(x), [see(x + sphere_noise(key, x, r)) for r in one.noise]
    G = [rate(one.estimator, f, moved, moved).G for moved in seen]
    return {f"noise_G{end}": np.array([getattr(g, part) for g in G]) for end, part in ENDS.items()}


def _functions(job: ImageJob, batch: bool) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Outputs and layers, of variables and images."""
    classes = IMAGES[job.dataset].classes
    return _cached(job.network, job.width, job.options, classes, batch)


@functools.cache
def _cached(*of: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The same functions each time, which are compiled once."""
    network, width, options, classes, batch = of
    job = ImageJob("digits", 2, network, width=width, options=options, batch=1)
    net, how = job.module(classes), "batch" if batch else None

    def within(w: Mapping[str, Any], x: Array) -> Any:
        return layers(net, w, x, batch_norm=how)

    return functools.partial(net.apply, batch_norm=how), within


def _gathered(several: Sequence[Trained], store: Store) -> xr.Dataset:
    cells, runs, names = {}, {}, {}
    for one in several:
        job, arrays, said = one.job, dict(store.arrays(one.key)), store[one.key]["trajectory"]
        at = job.network, job.P, job.augmentation, job.init_seed
        examples = arrays.pop("examples")
        for state in STATES:
            begins = f"{state}_"
            cells[(state, *at)] = {
                name.removeprefix(begins): array
                for name, array in arrays.items()
                if name.startswith(begins)
            }
        runs[at] = {name: said[name] for name in NUMBERS}
        names[job.network,] = {"layer_name": np.array(said["layers"])}
    inner = dimensions() | {f"noise_G{end}": ("norm",) for end in ENDS}
    values = map(_distinct, zip(*runs, strict=True))
    axes = dict(zip(("network", "P", "augmentation", "seed"), values, strict=True))
    first = several[0]
    n = examples.shape[2]
    norms: dict[str, Any] = {"norm": list(first.noise)} if first.noise else {}
    kinds = ("kind", "example", "row", "column", "channel")
    return (
        gather.gathered(cells, {"state": STATES, **axes}, inner)
        .merge(gather.gathered(runs, axes))
        .merge(gather.gathered(names, {"network": axes["network"]}, {"layer_name": ("layer",)}))
        .assign(examples=(kinds, examples))
        .assign_coords(
            interpolation=list(first.interpolation),
            c=list(first.c),
            delta=list(first.delta),
            **norms,
            kind=["clean", "deformed", "noisy"],
            delta_max=("c", [fields.displacement(fields.window(n, c)[1], n, c) for c in first.c]),
        )
        .assign_attrs(dataset=first.job.dataset, n=n, images=first.images, standard=str(STANDARD))
    )


def standard(found: xr.Dataset) -> xr.Dataset:
    """At the `STANDARD` delta and c, or where it was not measured, at the first."""
    at = dict(zip(("delta", "c"), STANDARD, strict=True))
    there = {name: int(np.argmax(found[name].values == value)) for name, value in at.items()}
    return found.isel(there | {"interpolation": 0})


def _distinct(values: Sequence[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


def error(one: xr.Dataset) -> str:
    values = one.test_error.values.ravel()
    bars = values.std(ddof=1) / len(values) ** 0.5 if len(values) > 1 else np.nan
    return gather.spread(values.mean(), bars, ".1f", percent=True)


def from_to(name: str) -> gather.Column:
    """Log-averages over seeds, before and after."""

    def text(one: xr.Dataset) -> str:
        at = standard(one)
        said = {state: log_averaged(at[name].sel(state=state).values) for state in STATES}
        return gather.joined(" -> ", **said)

    return text


def summary(found: xr.Dataset) -> str:
    """A line for each network, P, augmentation: its error, and D_f, G_f, R_f, init -> trained."""
    columns = {"test error": error} | {f"{name}_f": from_to(name) for name in QUANTITIES}
    return gather.table(gather.means(found, ("network", "P", "augmentation"), columns))
