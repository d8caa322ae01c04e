"""`python -m sweeps.deformations initial`: stability to deformations before anything is learnt.

D_f, G_f and R_f of networks at initialisation, against the displacement delta, the cut-off c, the
interpolation, and depth. Batch normalisation has the statistics of the batch (Petrini, Favero,
Geiger & Wyart, *Relative stability toward diffeomorphisms indicates performance in deep nets*,
2021: R_f is of order 1 at initialisation, whatever the network).
"""

import functools
import itertools
import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, get_args

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax.tree_util import Partial
from jaxtyping import Array, Float

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.data.names import pixels, side
from jamming.data.pictures import standardised
from jamming.fits.seeds import Interval
from jamming.images import fields
from jamming.images.estimators import Estimator, Stability, log_average, relative_stability
from jamming.images.stability import evaluate, perturbed
from jamming.images.warp import Interpolation
from jamming.models.classic.classifier import Convolutional, layers
from jamming.models.classic.names import NAMES, named
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "stability.nc"
QUANTITIES = ("D", "G", "R")
ENDS = {"": "value", "_low": "low", "_high": "high"}  # of an interval
MEAN = "mean_"  # before what is a mean over images, whatever the estimator
STANDARD = (1.0, 3)  # delta and c at which layers are measured
SAMPLES = 100


@dataclass(frozen=True)
class Probe(grid.Checked):
    """One network at its initialisation, and the deformations that images are given.

    `width` multiplies the channels of convolutional networks; so many `images` of `size` pixels a
    side (see `standardised`) are chosen by `seed`, as are the weights.
    """

    dataset: str
    network: Annotated[str, grid.scalar(given.one_of, known=tuple(NAMES))]
    width: Annotated[float, grid.scalar(given.number, above=0.0, most=64.0)]
    size: Annotated[int, grid.scalar(given.whole, least=0, most=1024)]
    images: Annotated[int, grid.scalar(given.whole, least=2)]
    delta: Annotated[tuple[float, ...], grid.several(given.numbers, above=0.0, most=given.HUGE)]
    c: Annotated[tuple[int, ...], grid.several(given.wholes)]
    interpolation: Annotated[
        tuple[str, ...], grid.several(grid.names, sort=False, known=get_args(Interpolation))
    ]
    estimator: Annotated[str, grid.scalar(given.one_of, known=get_args(Estimator))]
    seed: Annotated[int, grid.scalar(given.whole, least=0, most=given.LARGEST_SEED)]

    version: ClassVar[int] = 4

    def check(self) -> None:
        """Refuse data that are not there, and images that are too few, or small for the network."""
        n, net = side(self.dataset, self.size), self.net()
        x = jax.ShapeDtypeStruct((1, n, n, pixels(self.dataset)[2]), jnp.float32)
        try:
            jax.eval_shape(net.init, jax.random.key(0), x)
        except BadInput as error:
            raise BadInput(f"size = {self.size}: {error}") from error
        self.unsound()
        self.pictures()

    def unsound(self) -> list[str]:
        return unsound(self, side(self.dataset, self.size))

    def pictures(self) -> Float[np.ndarray, "n H W C"]:
        return standardised(self.dataset, self.images, self.seed, self.size)

    def net(self) -> Any:
        return _net(self.network, self.width)

    def run(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Names of layers; `probed` of the network, and the first of its images, `picture`."""
        x = jnp.asarray(self.pictures())
        of_weights, of_images = jax.random.split(jax.random.key(self.seed))
        w = jax.jit(self.net().init)(of_weights, x[:1])
        outputs, within = (Partial(f, w) for f in _functions(self.network, self.width))
        names, found = probed(outputs, within, x, of_images, self)
        return {"layers": names}, found | {"picture": np.asarray(x[0])}


def unsound(grid: Any, n: Any) -> list[str]:
    """Which deformations of a grid are outside of the `window` of n pixels a side, and why.

    A line for each side of the window. `grid` is a `Probe`, or what has a `delta` and `c` like it.
    Raises BadInput for a cut-off or displacement that images cannot have.
    """
    found: dict[str, dict[float, list[int]]] = {}
    for delta, c in itertools.product(grid.delta, grid.c):
        if wrong := fields.fault(fields.temperature(delta, n, c), n, c):
            found.setdefault(wrong, {}).setdefault(delta, []).append(c)

    def listed(cuts: dict[float, list[int]]) -> str:
        each = (f"delta = {delta:g} at c = {', '.join(map(str, c))}" for delta, c in cuts.items())
        return "; ".join(each)

    return [f"{listed(cuts)}: {wrong}" for wrong, cuts in found.items()]


@functools.cache
def _net(network: str, width: float) -> Any:
    scaled = {"width": width} if issubclass(NAMES[network][0], Convolutional) else {}
    return named(network, **scaled)


@functools.cache
def _functions(network: str, width: float) -> tuple[Callable, Callable]:
    """Outputs and layers of weights and images, the same functions each time: compiled once."""
    net = _net(network, width)

    def within(w: Any, x: Array) -> Any:
        return layers(net, w, x, batch_norm="batch")

    return functools.partial(net.apply, batch_norm="batch"), within


def probed(
    outputs: Partial, within: Partial, x: Array, key: Array, grid: Any
) -> tuple[list[str], dict[str, np.ndarray]]:
    """What a network's outputs and layers do under the deformations of a grid, as of a `Probe`.

    Of `outputs` D, G and R (NaN of constants) with the ends of their intervals over images,
    [interpolation, c, delta], and the same by means, as `mean_D`; of what is `within`, at the
    `STANDARD` point, with the names of the layers, [layer]. All images are seen at once, as batch
    normalisation needs it. See `dimensions`.
    """
    see = functools.partial(evaluate, block=len(x))
    shape = len(grid.interpolation), len(grid.c), len(grid.delta)
    cells, means = np.empty(shape, object), np.empty(shape, object)
    for i, interpolation in enumerate(grid.interpolation):
        f = None
        for (j, c), (k, delta) in (
            (j, k) for j in enumerate(grid.c) for k in enumerate(grid.delta)
        ):
            seen = deformed(x, key, delta, c, interpolation)
            f = see(outputs, seen.clean) if f is None else f
            three = f, see(outputs, seen.deformed), see(outputs, seen.noisy)
            cells[i, j, k], means[i, j, k] = rate(grid.estimator, *three), rate("mean", *three)
    seen = deformed(x, key, *STANDARD, "bilinear")
    of_layers = [see(within, each) for each in (seen.clean, seen.deformed, seen.noisy)]
    names = [name for name in of_layers[0] if name != "input"]
    rows = np.empty(len(names), object)
    rows[:] = [rate(grid.estimator, *(each[name] for each in of_layers)) for name in names]
    return names, _columns("", cells) | _columns(MEAN, means) | _columns("layer_", rows)


def rate(estimator: Any, *outputs: np.ndarray) -> Stability:
    """D_f, G_f, R_f of outputs that are clean, deformed, noisy; NaN of constants."""
    try:
        return relative_stability(*outputs, estimator=estimator, samples=SAMPLES)
    except BadInput:  # a constant, as of dead neurons, or what has diverged
        return Stability(*[Interval(*[math.nan] * 3)] * 3)


def dimensions() -> dict[str, tuple[str, ...]]:
    """Of the variables that `probed` gives."""
    over = {"": ("interpolation", "c", "delta"), "layer_": ("layer",)}
    over[MEAN] = over[""]
    ends = [f"{name}{end}" for name in QUANTITIES for end in ENDS]
    return {f"{begins}{name}": own for begins, own in over.items() for name in ends}


def deformed(x: Array, key: Array, delta: float, c: int, interpolation: str) -> Any:
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # `delta_max` says so
        return perturbed(x, key, delta=delta, c=c, interpolation=interpolation, block=len(x))


def _columns(prefix: str, cells: np.ndarray) -> dict[str, np.ndarray]:
    """D, G and R of each cell, and the ends of their intervals, in arrays of the cells' shape."""
    found = {}
    for name in QUANTITIES:
        each = [getattr(one, name) for one in cells.ravel()]
        for end, part in ENDS.items():
            values = np.array([getattr(one, part) for one in each])
            found[f"{prefix}{name}{end}"] = values.reshape(cells.shape)
    return found


def initial(several: Sequence[Probe], store: Store) -> xr.Dataset:
    """Measure what the store lacks; D, G, R over (state, network, seed, interpolation, c, delta).

    `mean_D`, ... are these by means over images; `layer_D`, ... are over (state, network, seed,
    layer), NaN beyond a network's last layer, `layer_name` over (network, layer). `state` is
    "init"; `delta_max` over c is where half of the fields fold; `picture` [row, column, channel] is
    one of the images.
    """
    measure(several, store, Probe.run, unit="networks")
    cells, names = {}, {}
    for one in several:
        cells["init", one.network, one.seed] = dict(store.arrays(one.key))
        names[one.network,] = {"layer_name": np.array(store[one.key]["trajectory"]["layers"])}
    first = several[0]
    seen = [cell.pop("picture") for cell in cells.values()]
    networks, seeds = (list(dict.fromkeys(at[i] for at in cells)) for i in (1, 2))
    found = gather.gathered(
        cells, {"state": ["init"], "network": networks, "seed": seeds}, dimensions()
    )
    known = gather.gathered(names, {"network": networks}, {"layer_name": ("layer",)})
    n = side(first.dataset, first.size)
    return (
        found.merge(known)
        .assign(picture=(("row", "column", "channel"), seen[0]))
        .assign_coords(
            interpolation=list(first.interpolation),
            c=list(first.c),
            delta=list(first.delta),
            delta_max=("c", [fields.displacement(fields.window(n, c)[1], n, c) for c in first.c]),
        )
        .assign_attrs(dataset=first.dataset, n=n, images=first.images, estimator=first.estimator)
    )


def log_averaged(values: np.ndarray) -> gather.Said:
    """Their log-average with its relative error; of how many, where some are not known."""
    known = values[np.isfinite(values) & (values > 0)]
    if not known.size:
        return gather.number(math.nan, "")
    mean = log_average(known)
    bars = "" if math.isnan(mean.error) else f" +- {100 * mean.error:.0f} %"
    of = "" if known.size == values.size else f" ({known.size} of {values.size})"
    text = f"{mean.value:.3g}{bars}{of}"
    return gather.Said(text, {"log_mean": mean.value, "relative_error": mean.error})


def _logged(name: str) -> gather.Column:
    return lambda one: log_averaged(one[name].values)


def summary(found: xr.Dataset) -> str:
    """Log-averages over seeds, a line for each network, c and delta, of the first interpolation."""
    columns = {f"{name}_f": _logged(name) for name in QUANTITIES}
    over = ("state", "network", "c", "delta")
    return gather.table(gather.means(found.isel(interpolation=0), over, columns))
