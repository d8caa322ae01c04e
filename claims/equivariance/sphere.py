"""Statistics of digits and shapes that are rotated or not, and of published sizes."""

import math

import jax
import jax.numpy as jnp
import xarray as xr

from claims.core import statistics as st
from claims.core.register import Measured
from jamming.equivariant.sphere.maps import MapNet
from jamming.equivariant.sphere.spherical import SphereNet


def accuracy(found: xr.Dataset, *, network: str, trained: str, tested: str) -> Measured:
    """Share of {tests} tests that the {network} network recognises, trained {trained} and tested
    {tested}; mean over {n} training sets of {P} images."""
    error = _error(found).sel(network=network, trained=trained, tested=tested)
    said = {"network": network, "trained": trained, "tested": tested}
    return st.of_mean(1 - error.values).saying(**said, **_size(found))


def lost(found: xr.Dataset, *, network: str, first: list[str], second: list[str]) -> Measured:
    """Accuracy of the {network} network at {first} (trained / tested) minus that at {second}; mean
    over {n} training sets of {P} images, {tests} tests."""
    one = _error(found).sel(network=network)
    a, b = (one.sel(trained=x, tested=y).values for x, y in (first, second))
    said = {"network": network, "first": "/".join(first), "second": "/".join(second)}
    return st.of_mean(b - a).saying(**said, **_size(found))


def less(found: xr.Dataset, *, network: str, than: str, trained: str, tested: str) -> Measured:
    """Error of the {network} network minus that of the {than} one, trained {trained} and tested
    {tested}; mean over {n} training sets of {P} images, {tests} tests."""
    one = _error(found).sel(trained=trained, tested=tested)
    difference = one.sel(network=network) - one.sel(network=than)
    said = {"network": network, "than": than, "trained": trained, "tested": tested}
    return st.of_mean(difference.values).saying(**said, **_size(found))


def sizes(*, published: list[int]) -> Measured:
    """Parameters of the planar network, of the spherical one for digits, and of that for shapes,
    its kernels and last layer alone: {each}; the largest difference from what is published."""
    x = jax.ShapeDtypeStruct((1, 60, 60, 1), jnp.float32)
    params = jax.eval_shape(MapNet().init, jax.random.key(0), x)["params"]
    planar = sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(params))
    digits = SphereNet()
    spherical = weights(digits, 1, 30) + sum(digits.channels)
    shapes = SphereNet(
        bandwidths=(32, 22, 7), channels=(50, 70, 350), filters="equator", alphas=None, classes=55
    )
    each = [planar, spherical, weights(shapes, 6, 128)]
    worst = max(abs(a - b) for a, b in zip(each, published, strict=True))
    return st.exact(worst, len(each)).saying(each=", ".join(f"{n:,}" for n in each))


def weights(net: SphereNet, channels: int, b: int) -> int:
    """Parameters of kernels and last layer, of images of so many channels, bandwidth b.

    Of shapes alone: transforms of large bandwidths take minutes to set up.
    """
    each, inputs = 0, channels
    for i, outputs in enumerate(net.channels, 1):
        each += inputs * outputs * len(net.places(i, b))
        inputs, b = outputs, net.bandwidths[i - 1]
    return each + (inputs + 1) * net.classes


def _error(found: xr.Dataset) -> xr.DataArray:
    """Of the largest training sets, where there are several sizes."""
    return found.error.isel(P=-1, missing_dims="ignore")


def _size(found: xr.Dataset) -> dict[str, int]:
    P = found.P[-1] if "P" in found.dims else found.attrs["P"]
    return {"n": found.sizes["seed"], "P": int(P), "tests": found.attrs["tests"]}
