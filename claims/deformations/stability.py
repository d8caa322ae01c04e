"""The statistics of claims about networks under deformations: before learning, and exact ones."""

import itertools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from claims.core import statistics as st
from claims.core.register import Measured
from jamming.images.estimators import relative_stability
from jamming.images.filters import total_variation
from jamming.models.classic.classifier import layers
from jamming.models.classic.downsampled import CIFAR, DownSampled
from jamming.models.classic.names import named
from jamming.models.counting import count
from jamming.models.parametrisation import plain

COUNTED = {"fullconn_l4": 209_802, "lenet": 62_006}
DRAWS = (5, 100)  # of the filters of a layer, the fewer the more there are


def before_learning(*several: xr.Dataset) -> Measured:
    """log10 of R_f at initialisation, log-average over {seeds} networks, {delta:g} pixel, c = {c},
    the worst of {networks} architectures on {datasets}."""
    cases, standard = [], {"delta": 1.0, "c": 3}
    for found in several:
        one = found.R.sel(state="init", interpolation="bilinear", **standard)
        for name in one.network.values:
            number = st.of_mean(np.log10(one.sel(network=name).values))
            cases.append((f"{name} on {found.attrs['dataset']}", number))
    said = {"seeds": several[0].sizes["seed"], "networks": several[0].sizes["network"]}
    datasets = " and ".join(found.attrs["dataset"] for found in several)
    number = st.worst_case(cases, 0.0)
    return number.saying(datasets=datasets, **said, **standard)


def interpolations(*several: xr.Dataset, delta: float) -> Measured:
    """R_f with bilinear divided by that with Gaussian interpolation at initialisation, {delta:g}
    pixels, c = 3."""
    cases = []
    for found in several:
        one = found.R.sel(state="init", delta=delta, c=3)
        apart = one.sel(interpolation="bilinear") / one.sel(interpolation="gaussian")
        for name in found.network.values:
            number = st.of_geometric_mean(apart.sel(network=name).values)
            cases.append((f"{name} on {found.attrs['dataset']}", number))
    return st.worst_case(cases, 1.0, log=True).saying(delta=delta)


def over_depth(*several: xr.Dataset, networks: list[str]) -> Measured:
    """Largest R_f of a layer divided by the smallest at initialisation, log-averages."""
    cases = []
    for found in several:
        for name in networks:
            logs = np.log(found.layer_R.sel(state="init", network=name).values)  # [seed, layer]
            logs = logs[:, np.isfinite(logs).all(0)]

            def spread(rows: np.ndarray, logs: np.ndarray = logs) -> float:
                return float(np.exp(np.ptp(logs[rows].mean(0))))

            number = st.bootstrap(spread, len(logs), log=True)
            cases.append((f"{name} on {found.attrs['dataset']}", number))
    return st.worst_case(cases, 1.0, log=True)


def pooled(found: xr.Dataset, *, ways: list[str], over: str) -> Measured:
    """Distance in the last layer of one way of down-sampling divided by that with {over}."""
    return st.worst_case(_last_layers(found, ways, over), np.inf).saying(over=over)


def alike(found: xr.Dataset, *, ways: list[str], over: str) -> Measured:
    """Distance in the last layer of one way of down-sampling divided by that with {over}."""
    cases = _last_layers(found, ways, over)
    return st.worst_case(cases, 1.0, log=True).saying(over=over)


def _last_layers(found: xr.Dataset, ways: list[str], over: str) -> list[tuple[str, Measured]]:
    """Ratios of the same images, without smoothing."""
    one = found.distance.isel(layer=-1, sigma=0).sel(state="init")
    base = one.sel(down=over)
    return [(way, st.of_geometric_mean((one.sel(down=way) / base).values)) for way in ways]


def smoother(found: xr.Dataset, *, sigma: list[float]) -> Measured:
    """Distance in the last layer at one sigma divided by that at the one before, {down}."""
    down = found.down.values[0]
    one = found.distance.isel(layer=-1).sel(state="init", down=down)
    each = (
        (f"{a:g} to {b:g}", st.of_geometric_mean((one.sel(sigma=b) / one.sel(sigma=a)).values))
        for a, b in itertools.pairwise(sigma)
    )
    return st.worst_case(each, -np.inf).saying(down=down)


def variation() -> Measured:
    """TV / ||W||_1 of draws of the filters of a layer, the worst of the layers of the CIFAR
    network; its standard deviation is {first:.3f} in the first layer, {last:.4f} in the last.
    """
    channels = [3, *(width for n, width in CIFAR for _ in range(n))]
    law, cases, spread = plain("truncated"), [], []
    for i, shape in enumerate(itertools.pairwise(channels)):
        draws = int(np.clip(100_000 // np.prod(shape), *DRAWS))
        keys = jax.random.split(jax.random.key(i), draws)
        each = [total_variation(law.weights(key, (3, 3, *shape), jnp.float32)) for key in keys]
        cases.append((f"layer {i + 1}", st.of_mean(each)))
        spread.append(float(np.std(each, ddof=1)))
    number = st.worst_case(cases, 1.87)
    return number.saying(first=spread[0], last=spread[-1])


def measured_layers() -> Measured:
    """Layers that are measured: {names}."""
    net, x = DownSampled(), jax.ShapeDtypeStruct((1, 32, 32, 3), jnp.float32)
    seen: Any = jax.eval_shape(
        lambda x: layers(net, net.init(jax.random.key(0), x), x, batch_norm="batch"), x
    )
    return st.exact(len(seen), 1).saying(names=", ".join(seen))


def counted() -> Measured:
    """Largest difference of the numbers of parameters for images of 32x32x3; ours are {ours}."""
    x, found = jax.ShapeDtypeStruct((1, 32, 32, 3), jnp.float32), {}
    for name in COUNTED:
        found[name] = count(jax.eval_shape(named(name).init, jax.random.key(0), x)).all
    off = max(abs(found[name] - printed) for name, printed in COUNTED.items())
    return st.exact(off, len(found)).saying(ours=", ".join(map(str, found.values())))


def divided() -> Measured:
    """Largest relative deviation of R_f, from the changes of outputs alone, from D_f / G_f."""
    rng = np.random.default_rng(0)
    f = rng.normal(size=(50, 10))
    moved, noisy = (f + size * rng.normal(size=f.shape) for size in (0.3, 0.1))
    off = []
    for estimator, average in (("median", np.median), ("mean", np.mean)):
        found = relative_stability(f, moved, noisy, estimator=estimator, samples=2)
        direct = [average(((x - f) ** 2).sum(1)) for x in (moved, noisy)]
        off += [found.R.value / (direct[0] / direct[1]) - 1]
        off += [found.R.value / (found.D.value / found.G.value) - 1]
    return st.exact(np.abs(off).max(), len(off))
