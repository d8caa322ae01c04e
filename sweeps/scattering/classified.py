"""`python -m sweeps.scattering`: images told apart by classifiers of scattering coefficients.

Nothing of an image is learnt: coefficients of Morlet wavelets, up to each order and scale, go into
a linear classifier and one of Gaussian kernels, beside the pixels and the modulus of the Fourier
transform, which is as invariant to translations and is not stable to deformations (J. Bruna & S.
Mallat, *Invariant scattering convolution networks*, 2013). Of all of them, D_f, G_f and R_f
are measured, the stability of these features to deformations and to noise of the same norm
(Petrini, Favero, Geiger & Wyart, *Relative stability toward diffeomorphisms indicates performance
in deep nets*, 2021). Every seed has training and test images of its own.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, Float
from sklearn.linear_model import RidgeClassifierCV
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.data.pictures import chosen, framed, parts, pictures
from jamming.fits.seeds import mean_and_error
from jamming.images.estimators import log_average, relative_stability
from jamming.images.stability import perturbed
from jamming.wavelets.transforms import Scattering2D
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "classified.nc"
BEFORE = ("pixels", "Fourier modulus")
SHOWN = 3  # images whose coefficients are kept
CUT = 3  # off, of the deformations
QUANTITIES = ("D", "G", "R")
COORDS = ("kind", "J", "order")  # of a feature
BLOCK = 100  # images whose features are computed at a time, by one program

CLASSIFIERS = ("linear", "Gaussian")


class Kind(NamedTuple):
    """Features [n, parts, ...] of images [n, H, W, C], and how many parts each order ends with."""

    name: str
    J: int
    of: Callable[[Array], Array]
    ends: tuple[int, ...]


@dataclass(frozen=True)
class Classified(grid.Checked):
    """So many training and test images of one seed, and the features that they are told apart by.

    J: octaves, for each of which there are all orders up to `order`; L: angles. Features of
    `images` test images are compared under deformations of `delta` pixels.
    """

    dataset: str
    enlarge: Annotated[int, grid.scalar(given.whole, most=64)]
    P: Annotated[int, grid.scalar(given.whole, least=10)]
    tests: Annotated[int, grid.scalar(given.whole, least=2)]
    J: Annotated[tuple[int, ...], grid.several(given.wholes)]
    L: Annotated[int, grid.scalar(given.whole)]
    order: Annotated[int, grid.scalar(given.whole, most=4)]
    images: Annotated[int, grid.scalar(given.whole, least=2)]
    delta: Annotated[tuple[float, ...], grid.several(given.numbers, above=0.0, most=given.HUGE)]
    seed: Annotated[int, grid.scalar(given.whole, least=0, most=given.LARGEST_SEED)]

    version: ClassVar[int] = 2

    def check(self) -> None:
        """Refuse data that are not there, and scales that do not fit into the images."""
        if self.images > self.tests:
            raise BadInput(f"images = {self.images} of {self.tests} test images: lower it")
        x, y, *_ = self.data()
        self.kinds(x.shape[1:3])
        if len(np.unique(y)) < 2:
            raise BadInput(f"P = {self.P} images of one class: give more")

    def data(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Training images [n, H, W, C], pixels from 0 to 1, and classes; then those of the test."""
        of = framed(pictures(self.dataset), self.enlarge)
        train = parts(of, self.P, 0, self.seed).train
        test = of.train + chosen(self.tests, of.test, self.seed)
        scale = np.float32(of.pixels.max())
        x, x_test = (of.pixels[rows] / scale for rows in (train, test))
        return x, of.y[train], x_test, of.y[test]

    def kinds(self, shape: tuple[int, ...]) -> list[Kind]:
        """What is measured of images of this shape."""
        found = [Kind(BEFORE[0], 0, lambda x: x[:, None], (1,)), Kind(BEFORE[1], 0, _fourier, (1,))]
        for J in self.J:
            of = Scattering2D(J=J, shape=shape, max_order=self.order, L=self.L)
            orders = [path.order for path in of.paths]
            ends = tuple(np.searchsorted(orders, range(1, self.order + 2)).tolist())
            found.append(Kind("scattering", J, _coefficients(of), ends))
        return found

    def run(self) -> dict[str, np.ndarray]:
        """Errors [feature, classifier], D, G, R [feature, delta], coefficients of some images."""
        x, y, x_test, y_test = self.data()
        key, several = jax.random.key(self.seed), x_test[: self.images]
        views = [perturbed(several, key, delta=delta, c=CUT)[:3] for delta in self.delta]
        errors, stable = [], []
        for kind in self.kinds(x.shape[1:3]):
            f, f_test = (_features(kind, images) for images in (x, x_test))
            moved = [[_features(kind, np.asarray(view)) for view in each] for each in views]
            for end in kind.ends:
                errors.append(_errors(f[:, :end], y, f_test[:, :end], y_test))
                found = [relative_stability(*(view[:, :end] for view in each)) for each in moved]
                stable.append([[getattr(one, q).value for q in QUANTITIES] for one in found])
        first = min(2, len(kind.ends)) - 1  # of the largest J
        shown = {"image": x_test[:SHOWN], "coefficient": f_test[:SHOWN, : kind.ends[first]]}
        by_quantity = dict(zip(QUANTITIES, np.moveaxis(np.array(stable), -1, 0), strict=True))
        return {"error": np.array(errors), **by_quantity, **shown}


def _fourier(x: Float[Array, "n H W C"]) -> Float[Array, "n one H W C"]:
    return jnp.abs(jnp.fft.fft2(x, axes=(1, 2), norm="ortho"))[:, None]


def _coefficients(of: Scattering2D) -> Callable[[Array], Array]:
    """[n, paths, C, h, w]"""
    return lambda x: jnp.moveaxis(of(jnp.moveaxis(x, -1, 1)), 2, 1)


def _features(kind: Kind, x: np.ndarray) -> np.ndarray:
    full = np.concatenate([x, np.zeros((-len(x) % BLOCK, *x.shape[1:]), x.dtype)])
    blocks = [kind.of(jnp.asarray(full[i : i + BLOCK])) for i in range(0, len(full), BLOCK)]
    return np.concatenate([np.asarray(block) for block in blocks])[: len(x)]


def _errors(f: np.ndarray, y: np.ndarray, f_test: np.ndarray, y_test: np.ndarray) -> list[float]:
    """Of each classifier, of features that are standardised by those of the training images.

    Ridge regression on the classes, its ridge chosen by leaving one out; and support vectors with C
    = 10 and a Gaussian of the width at which scikit-learn begins. Its kernel is computed at once,
    by products of matrices.
    """
    rows, rows_test = (np.asarray(each.reshape(len(each), -1), np.float64) for each in (f, f_test))
    scale = StandardScaler().fit(rows)
    rows, rows_test = scale.transform(rows), scale.transform(rows_test)
    gamma = 1 / (rows.shape[1] * rows.var())
    linear = RidgeClassifierCV(np.logspace(-2, 5, 8)).fit(rows, y)
    support = SVC(C=10.0, kernel="precomputed").fit(rbf_kernel(rows, rows, gamma), y)
    guesses = linear.predict(rows_test), support.predict(rbf_kernel(rows_test, rows, gamma))
    return [float((guess != y_test).mean()) for guess in guesses]


def classified(several: Sequence[Classified], store: Store) -> xr.Dataset:
    """Measure what the store lacks; `error` over (seed, feature, classifier), D, G, R over delta.

    `feature` has the coordinates `kind`, `J` and `order`. `image` [seed, example, ...] and
    `coefficient` [seed, example, path, channel, h, w], up to order 1, are of some test images.
    Raises BadInput from a spec or the store.
    """
    measure(several, store, lambda one: ({}, one.run()), unit="seeds")
    first = several[0]
    inner: dict[str, tuple[str, ...]] = {
        "error": ("feature", "classifier"),
        **dict.fromkeys(QUANTITIES, ("feature", "delta")),
        "image": ("example", "row", "column", "channel"),
        "coefficient": ("example", "path", "channel", "h", "w"),
    }
    cells = {(one.seed,): store.arrays(one.key) for one in several}
    orders = range(first.order + 1)
    rows = [(name, 0, 0) for name in BEFORE] + [
        ("scattering", J, m) for J in first.J for m in orders
    ]
    along = {name: ("feature", [row[i] for row in rows]) for i, name in enumerate(COORDS)}
    coords: dict[str, Any] = {
        "feature": list(map(named, rows)),
        "classifier": list(CLASSIFIERS),
        **along,
    }
    return (
        gather.gathered(cells, {"seed": [one.seed for one in several]}, inner)
        .assign_coords(coords | {"delta": list(first.delta)})
        .assign_attrs(dataset=first.dataset, P=first.P, tests=first.tests, L=first.L, c=CUT)
    )


def features(J: Sequence[int], order: int) -> list[tuple[str, int, int]]:
    """(kind, J, order) of each feature, as they are measured."""
    before = [(name, 0, 0) for name in BEFORE]
    return before + [("scattering", j, m) for j in J for m in range(order + 1)]


def named(feature: tuple[str, int, int]) -> str:
    """What a feature is called."""
    kind, J, order = feature
    return f"{kind}, J = {J}, order {order}" if J else kind


def _error(classifier: str) -> gather.Column:
    def text(one: xr.Dataset) -> str:
        each = one.error.sel(classifier=classifier).values
        (mean,), (error,) = mean_and_error(each[None])
        return gather.spread(mean, error, ".1f", percent=True)

    return text


def _stability(delta: float) -> gather.Column:
    def text(one: xr.Dataset) -> str:
        mean = log_average(one.D.sel(delta=delta).values)
        bars = "" if math.isnan(mean.error) else f" +- {100 * mean.error:.0f} %"
        value = {"log_mean": mean.value, "relative_error": mean.error}
        return gather.Said(f"{mean.value:.3g}{bars}", value)

    return text


def summary(found: xr.Dataset) -> str:
    """A line for each feature: test errors of the classifiers, and D_f by displacement."""
    columns = {name: _error(name) for name in CLASSIFIERS}
    columns |= {f"D_f, delta = {d:g}": _stability(d) for d in found.delta.values}
    return gather.table(gather.means(found, ("feature",), columns))
