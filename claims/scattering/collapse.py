"""The statistics of claims about networks that collapse phases or reduce amplitudes."""

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from claims.core import statistics as st
from claims.core.register import Measured
from jamming.models.classic.names import named
from jamming.wavelets.layer_filters import LOW, wavelet
from jamming.wavelets.morlet import FREQUENCY, WIDTH, gabor, morlet

# millions of real parameters: (network, skip, classes, side of an image) -> published
COUNTED = {
    ("pcscat_cifar10", False, 10, 32): 41.6,
    ("pcscat_cifar10", True, 10, 32): 83.1,
    ("pcscat_imagenet", False, 1000, 224): 36.0,
    ("pcscat_imagenet", True, 1000, 224): 62.8,
}
SIDE = 32  # pixels of the image on which filters are compared


def beside(found: xr.Dataset, *, of: str, than: str) -> Measured:
    """Test error of {of} divided by that of {than}, means over {n} training sets of {P} images."""
    number = _ratio(found, of, than)
    return number.saying(of=of, than=than, **_size(found))


def ordered(found: xr.Dataset, *, networks: list[str]) -> Measured:
    """The least ratio of the test error of a network to that of the one before it, of {order},
    means over {n} training sets of {P} images."""
    pairs = zip(networks[1:], networks[:-1], strict=True)
    cases = [(f"{of}/{than}", _ratio(found, of, than)) for of, than in pairs]
    number = st.worst_case(cases, np.inf)
    return number.saying(order=", ".join(networks), **_size(found))


def deeper(found: xr.Dataset, *, network: str) -> Measured:
    """Test error of {network} of several octaves, the lowest mean over {n} training sets of {P}
    images, divided by that of one octave; by octaves {each} %."""
    rows = found.test_error.sel(network=network).transpose("depth", "seed").sortby("depth").values
    if rows.shape[1] < 2 or not rows[0].any():
        return st.no_estimate()

    def ratio(seeds: np.ndarray) -> float:
        one, *further = np.maximum(rows[:, seeds].mean(1), _least(rows))
        return min(further) / one

    each = ", ".join(f"{100 * mean:.1f}" for mean in rows.mean(1))
    number = st.bootstrap(ratio, rows.shape[1], log=True)
    return number.saying(network=network, each=each, **_size(found))


def counts() -> Measured:
    """Real parameters beside the published millions, the largest relative difference of {cases}."""
    each = {}
    for (name, skip, classes, side), published in COUNTED.items():
        net = named(name, skip=skip, classes=classes)
        x = jax.ShapeDtypeStruct((1, side, side, 3), jnp.float32)
        params = jax.eval_shape(net.init, jax.random.key(0), x)["params"]
        each[published] = sum(leaf.size for leaf in jax.tree.leaves(params)) / 1e6
    worst = max(abs(found / published - 1) for published, found in each.items())
    return st.exact(worst, 1).saying(cases=", ".join(f"{found:.2f}" for found in each.values()))


def composed(*, samples: int) -> Measured:
    """Normalised inner product of the Fourier transforms of the low-pass with a wavelet of the
    second layer and of the wavelet of scale sqrt(2), slant 0.5, with {samples} samples a pixel, the
    least of {L} angles."""
    root, L = np.sqrt(2), 8
    sigma, xi, slant = wavelet("second", 0.5)
    low = gabor(SIDE * samples, LOW["first"] * samples)
    products = []
    for theta in np.arange(L) * np.pi / L:
        second = morlet(SIDE * samples, sigma * samples, theta, xi / samples, slant)
        scale = WIDTH * root * samples
        whole = morlet(SIDE * samples, scale, theta, FREQUENCY / root / samples, 0.5)
        both = low * second
        products.append((both * whole).sum() / np.sqrt((both**2).sum() * (whole**2).sum()))
    return st.exact(min(products), L).saying(L=L, samples=samples)


def _ratio(found: xr.Dataset, of: str, than: str) -> Measured:
    one = found.test_error.isel(depth=-1)
    return _paired(one.sel(network=of).values, one.sel(network=than).values)


def _paired(a: np.ndarray, b: np.ndarray) -> Measured:
    """mean a / mean b of networks [seeds], those of one training set drawn together."""
    if a.size < 2 or not (a.any() or b.any()):
        return st.no_estimate()
    some = _least(np.stack([a, b]))

    def ratio(rows: np.ndarray) -> float:
        return max(a[rows].mean(), some) / max(b[rows].mean(), some)

    return st.bootstrap(ratio, a.size, log=True)


def _least(errors: np.ndarray) -> float:
    """What stands for no error at all: half of the least that there is."""
    return float(errors[errors > 0].min() / 2)


def _size(found: xr.Dataset) -> dict[str, int]:
    return {"n": found.sizes["seed"], "P": int(found.attrs["P"])}
