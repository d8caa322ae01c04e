"""`python -m sweeps.deformations downsampled`: ways to halve images, smooth filters, deformations.

At initialisation, how far random deformations move the representations of images in each layer,
relative to how far apart those of different images are, for five ways of down-sampling; the same
with random filters that are smoothed; and the total variation of the filters (Ruderman, Rabinowitz,
Morcos & Zoran, *Pooling is neither necessary nor sufficient for appropriate deformation stability
in CNNs*, 2018).
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.data.names import pixels, side
from jamming.data.pictures import standardised
from jamming.images.estimators import cosine_distance
from jamming.images.filters import smoothed, total_variation
from jamming.images.splines import sample_spline_field
from jamming.images.warp import warp
from jamming.models.classic.classifier import layers
from jamming.models.classic.downsampled import DOWN, DownSampled
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "downsampled.nc"
SMOOTHED = 3  # the side of the filters that are smoothed and whose total variation counts


@dataclass(frozen=True)
class Filtered(grid.Checked):
    """One network at its initialisation, its filters smoothed by `sigma`, and deformed images.

    `down` halves images after each block (`DownSampled`), `width` multiplies the channels. So many
    `images` of `size` pixels a side (see `standardised`) are chosen by `seed`, and each is deformed
    by the spline through `points` x `points` points that are displaced by up to `reach` pixels.
    """

    dataset: str
    down: Annotated[str, grid.scalar(given.one_of, known=DOWN)]
    sigma: Annotated[float, grid.scalar(given.number, least=0.0, most=given.HUGE)]
    width: Annotated[float, grid.scalar(given.number, above=0.0, most=64.0)]
    size: Annotated[int, grid.scalar(given.whole, least=0, most=1024)]
    images: Annotated[int, grid.scalar(given.whole, least=2)]
    points: Annotated[int, grid.scalar(given.whole, least=2, most=32)]
    reach: Annotated[float, grid.scalar(given.number, above=0.0, most=1024.0)]
    seed: Annotated[int, grid.scalar(given.whole, least=0, most=given.LARGEST_SEED)]

    version: ClassVar[int] = 3

    def check(self) -> None:
        """Refuse data that are not there, and images that are too few, or small for the network."""
        n = side(self.dataset, self.size)
        x = jax.ShapeDtypeStruct((1, n, n, pixels(self.dataset)[2]), jnp.float32)
        try:
            jax.eval_shape(self.net().init, jax.random.key(0), x)
        except BadInput as error:
            raise BadInput(f"size = {self.size}: {error}") from error
        standardised(self.dataset, self.images, self.seed, self.size)

    def net(self) -> DownSampled:
        return DownSampled(down=self.down, width=self.width)

    def run(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Names of layers and filters; `distances` [layer] and total variations `tv` [filter]."""
        x = jnp.asarray(standardised(self.dataset, self.images, self.seed, self.size))
        of_weights, of_fields = jax.random.split(jax.random.key(self.seed))
        w = smooth(jax.jit(self.net().init)(of_weights, x[:1]), self.sigma)
        keys = jax.random.split(of_fields, len(x))
        within = functools.partial(_within(self.down, self.width), w)
        moved = splined(x, keys, jnp.asarray(self.reach, x.dtype), self.points)
        names, found = distances(within, x, moved)
        variation = {name: total_variation(W) for name, W in filters(w).items()}
        return (
            {"layers": names, "filters": list(variation)},
            {"distance": found, "tv": np.array(list(variation.values()))},
        )


def distances(
    within: Callable[[Array], Mapping[str, Array]], x: Array, moved: Array
) -> tuple[list[str], np.ndarray]:
    """Names of layers, and of each the normalised cosine distance of images and deformed ones."""
    clean, deformed = within(x), within(moved)
    found = [cosine_distance(clean[name], deformed[name]) for name in clean]
    return list(clean), np.array(found)


def filters(w: Mapping[str, Any]) -> dict[str, Array | np.ndarray]:
    """The kernels [3, 3, in, out] among the variables of a network, by layer, in their order."""
    kernels = {name: layer["kernel"] for name, layer in w["params"].items() if "kernel" in layer}
    return {name: W for name, W in sorted(kernels.items()) if W.shape[:2] == (SMOOTHED, SMOOTHED)}


def smooth(w: Mapping[str, Any], sigma: float) -> Mapping[str, Any]:
    """The variables with smooth `filters`."""
    params = dict(w["params"])
    for name, W in filters(w).items():
        params[name] = {**params[name], "kernel": smoothed(W, sigma)}
    return {**w, "params": params}


@functools.cache
def _within(down: str, width: float) -> Callable[[Any, Array], Any]:
    """Layers of weights and images, the same function each time: compiled once."""
    net = DownSampled(down=down, width=width)
    return jax.jit(lambda w, x: layers(net, w, x, batch_norm="batch"))


@functools.partial(jax.jit, static_argnames="points")
def splined(x: Array, keys: Array, reach: Array, points: int) -> Array:
    """Images [n, H, W, C], each deformed by the random spline field of one of the keys [n].

    `points` are control points a side, `reach` is their largest displacement in pixels.
    """
    n = x.shape[1:3]
    tau = jax.vmap(lambda key: sample_spline_field(key, n, points, reach))(keys)
    return warp(x, tau)


def downsampled(several: Sequence[Filtered], store: Store) -> xr.Dataset:
    """Measure what the store lacks; `distance` and `tv` over (state, down, sigma, seed, ...).

    `distance` is also over layer, of which `layer_name` are the names, from the input on; `tv` over
    filter, with `filter_name`. `state` is "init".
    """
    measure(several, store, Filtered.run, unit="networks")
    cells = {("init", one.down, one.sigma, one.seed): store.arrays(one.key) for one in several}
    names = ("state", "down", "sigma", "seed")
    axes = {
        name: list(dict.fromkeys(values))
        for name, values in zip(names, zip(*cells, strict=True), strict=True)
    }
    first = several[0]
    said = store[first.key]["trajectory"]
    return (
        gather.gathered(cells, axes, {"distance": ("layer",), "tv": ("filter",)})
        .assign_coords(
            layer_name=("layer", said["layers"]), filter_name=("filter", said["filters"])
        )
        .assign_attrs(
            dataset=first.dataset,
            n=side(first.dataset, first.size),
            width=first.width,
            images=first.images,
            reach=first.reach,
        )
    )


def _spread(name: str, at: int | slice) -> gather.Column:
    def text(one: xr.Dataset) -> str:
        values = one[name].values[..., at].ravel()
        if values.size < 2:
            return gather.number(np.nan, "")
        return gather.spread(values.mean(), values.std(ddof=1), ".3f")

    return text


def summary(found: xr.Dataset) -> str:
    """The last layer's distance and the filters' total variation, with their scatter over seeds."""
    columns = {"last layer": _spread("distance", -1), "total variation": _spread("tv", slice(None))}
    return gather.table(gather.means(found, ("state", "down", "sigma"), columns))
