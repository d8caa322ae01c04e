"""`python -m sweeps.foundations bounds`: how far networks of true and of random labels are bounded.

Networks learn the labels of digits, or random ones, by heart; measured are the bound of their
Lipschitz constant beside their gradients, normalised margins, the spectral complexity, and how
little an image must change for its class to change (`jamming.theory.lipschitz`,
`jamming.theory.adversarial`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array

from jamming.checks import arguments as given
from jamming.data.names import IMAGES
from jamming.theory import adversarial, lipschitz
from jamming.training.images import ImageJob
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store
from sweeps.foundations.images import learnt, seen

RESULTS = "bounds.nc"
LABELS = ("true", "random")
NETWORKS = ("fullconn_l2", "fullconn_l4", "fullconn_l6", "lenet")  # whose norms have a product
EPS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.5)  # of `fgsm`, where a pixel has variance 1
SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)  # of the norm of an image, of the universal change


@dataclass(frozen=True)
class Bounded(grid.Checked):
    """One network that learns, and `images` test images at which it is looked at."""

    job: ImageJob
    images: Annotated[int, grid.scalar(given.whole, least=2, most=100_000)]

    version: ClassVar[int] = 1

    def check(self) -> None:
        """Refuse networks and data that do not fit together, and too few images."""
        given.one_of("network", self.job.network, NETWORKS)
        seen(self.job, self.images)

    def run(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Errors, the bound and the largest gradient; margins, and norms of adversarial changes."""
        run, of = learnt(self.job), seen(self.job, self.images)
        classes = IMAGES[self.job.dataset].classes
        net = self.job.module(classes)
        measured = _measured(net, run.variables, *map(jnp.asarray, of))
        norms, arrays = ({k: np.asarray(v) for k, v in of.items()} for of in measured)
        numbers = {
            "train_error": run.train_error,
            "test_error": run.test_error,
            "fit": lipschitz.fit_of_random_labels(run.train_error, classes),
            "bound": float(np.prod(list(norms.values()))),
            "complexity": lipschitz.spectral_complexity(norms, len(of.y)),
        }
        return numbers, arrays


@partial(jax.jit, static_argnums=0)
def _measured(
    net: Any, variables: Any, x: Array, y: Array, x_test: Array, y_test: Array
) -> tuple[dict[str, Array], dict[str, Array]]:
    """||W_j|| of the layers, and what is measured at the images.

    `gradient`: norms at test images, at training images, and half way between test images, where
    the network has not seen anything. `size` of the test images.
    """
    outputs = partial(net.apply, variables)
    F, F_test = outputs(x), outputs(x_test)
    places = jnp.concatenate([x_test, x[: len(x_test)], (x_test + x_test[::-1]) / 2])
    r = adversarial.smallest(outputs, x_test)
    attacked = [adversarial.fgsm(outputs, x_test, y_test, eps) for eps in EPS]
    size = jnp.mean(_norms(x_test))
    kappas = [adversarial.universal(outputs, x_test, s * size, passes=1).kappa for s in SHARES]
    return lipschitz.layer_norms(net, variables, x), {
        "gradient": lipschitz.gradient_norms(outputs, places),
        "margin": lipschitz.margins(F, y),
        "test_margin": _gap(F_test),
        "smallest": _norms(r),
        "fooled": jnp.argmax(outputs(x_test + r), 1) != jnp.argmax(F_test, 1),
        "size": _norms(x_test),
        "fgsm": jnp.stack([jnp.mean(jnp.argmax(outputs(z), 1) != y_test) for z in attacked]),
        "universal": jnp.stack(kappas),
    }


def _norms(x: Array) -> Array:
    return jnp.linalg.norm(x.reshape(len(x), -1), axis=1)


def _gap(F: Array) -> Array:
    """The largest logit less the second, whatever is right."""
    top = jax.lax.top_k(F, 2)[0]
    return top[:, 0] - top[:, 1]


def bounds(several: Sequence[Bounded], store: Store) -> xr.Dataset:
    """Train and measure what the store lacks; numbers and arrays over (network, labels, seed)."""
    measure(several, store, Bounded.run, unit="networks")
    cells = {}
    for one in several:
        at = one.job.network, LABELS[one.job.random_labels], one.job.data_seed
        cells[at] = {**store[one.key]["trajectory"], **store.arrays(one.key)}
    axes = {
        name: list(dict.fromkeys(values))
        for name, values in zip(
            ("network", "labels", "seed"), zip(*cells, strict=True), strict=True
        )
    }
    of_images = dict.fromkeys(("test_margin", "smallest", "fooled", "size"), ("image",))
    inner = {"gradient": ("place",), "margin": ("point",), **of_images}
    inner |= {"fgsm": ("eps",), "universal": ("share",)}
    first = several[0].job
    return (
        gather.gathered(cells, axes, inner)
        .assign_coords(eps=list(EPS), share=list(SHARES))
        .assign_attrs(dataset=first.dataset, P=first.P, images=several[0].images)
    )


def summary(found: xr.Dataset) -> str:
    """Means over seeds, of each network and kind of labels."""

    def largest(one: xr.Dataset) -> str:
        return gather.number(float((one.gradient.max("place") / one.bound).max()), ".2g")

    def median(one: xr.Dataset) -> str:
        return gather.number(float((one.smallest / one["size"]).median()), ".3f")

    columns: dict[str, Any] = {
        "training error": ("train_error", ".1%"),
        "test error": ("test_error", ".1%"),
        "prod ||W||": ("bound", ".3g"),
        "largest gradient / it": largest,
        "smallest change / |x|": median,
    }
    return gather.table(gather.means(found, ("network", "labels"), columns))
