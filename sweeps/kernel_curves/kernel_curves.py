"""`python -m sweeps.kernel_curves`: how well kernels learn a data set, and what was to be expected.

Regression and support vector machines in closed form or to optimality, so that the exponents beta
of error ~ P^-beta are those of the kernels alone: about 0.4 on MNIST and 0.1 on CIFAR-10, for both
tasks and both kernels (Spigler, Geiger & Wyart, *Asymptotic learning curves of kernel methods:
empirical data versus teacher-student paradigm*, 2020). Beside them is what kernel PCA of the same
points predicts, without any parameter (`jamming.kernels.curves`).
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
import xarray as xr

from jamming.checks import arguments as given
from jamming.checks import fields
from jamming.data import own_files
from jamming.data.invariant import MODELS
from jamming.data.names import own_file, parse_name
from jamming.execution.memory import fits
from jamming.kernels.curves import Learnt, learn, room
from jamming.kernels.distance import SMOOTHEST
from jamming.kernels.gram import NAMES, Kernel
from jamming.kernels.svm import price
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store
from sweeps.kernel_curves import points
from sweeps.kernel_curves.exponents import beta
from sweeps.kernel_curves.limits import limits

RESULTS = "kernel_curves.nc"
INNER = {
    **dict.fromkeys(("mse", "error", "condition", "svm_error"), ("kernel", "P")),
    **dict.fromkeys(("eigenvalues", "tails"), ("kernel", "m", "rank")),
    "predicted": ("kernel", "m", "P"),
}


@dataclass(frozen=True)
class Curves(grid.Checked):
    """One draw of the points, learnt by every kernel at every P.

    The training set of a P is the start of that of the next one, and the test points are the same
    for all; `sigma` is in units of `points.drawn`. `svm` is the largest P of support vector
    machines, and `spectrum` the number of points of kernel PCA, 0 for none. `positive` are the
    labels that are +1 of a file of more than two.
    """

    dataset: str
    P: Annotated[tuple[int, ...], grid.several(given.wholes, least=2)]
    kernels: Annotated[tuple[str, ...], grid.several(grid.names, "kernel", sort=False, known=NAMES)]
    sigma: Annotated[float, grid.scalar(given.number, least=given.TINY, most=given.HUGE)]
    nu: Annotated[float, grid.scalar(given.number, above=0.0, most=SMOOTHEST)]
    depth: Annotated[int, grid.scalar(given.whole, most=given.DEEPEST)]
    ridge: Annotated[float, grid.scalar(given.number, least=0.0, most=given.HUGE)]
    svm: Annotated[int, grid.scalar(given.whole, least=0)]
    C: Annotated[float, grid.scalar(price)]
    spectrum: Annotated[int, grid.scalar(given.whole, least=0)]
    test_points: Annotated[int, grid.scalar(given.whole)]
    seed: Annotated[int, grid.scalar(given.whole, least=0, most=given.SEEDS - 1)]
    positive: tuple[int | float | str, ...] | None = None

    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        # of a file with a hash of what it holds: a changed one is other data
        dataset, positive = own_files.canonical(self.dataset, self.positive)
        given.settle(self, {"dataset": dataset, "positive": positive})

    @property
    def key(self) -> str:
        """As elsewhere; stripes had no constant coordinate in version 1, nor were there files."""
        if own_file(self.dataset):
            return fields.content_key(self, self.version)
        stripes = parse_name(self.dataset).base in MODELS
        return fields.content_key(self, self.version + stripes, without=("positive",))

    def check(self) -> None:
        """Refuse what has no room, and more points than there are."""
        P = self.P[-1]
        given.whole("spectrum", self.spectrum, least=0, most=P)
        needed = room(P, self.test_points, 0, self.svm, self.spectrum)
        fits(f"kernels of P = {P}", needed, "P, spectrum or test_points")
        points.drawn(self.dataset, P, self.test_points, self.seed, self.positive)

    def run(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """The numbers of points and ranks of kernel PCA; `INNER` of all kernels."""
        of = points.drawn(self.dataset, self.P[-1], self.test_points, self.seed, self.positive)
        learnt: list[Learnt] = []
        for name in self.kernels:
            kernel = Kernel(name, self.sigma, self.nu, self.depth)
            how = {"ridge": self.ridge, "svm": self.svm, "C": self.C, "pca": self.spectrum}
            learnt.append(
                learn(kernel, of.x_train, of.y_train, of.x_test, of.y_test, self.P, **how)
            )
        first = learnt[0]
        arrays = {name: np.stack([getattr(one, name) for one in learnt]) for name in INNER}
        return {"m": list(first.points), "rank": first.rank.tolist()}, arrays


def kernel_curves(several: Sequence[Curves], store: Store) -> xr.Dataset:
    """Run what the store lacks; `INNER` over (sigma, seed), without spectra where there are none.

    Raises:
        BadInput: fewer points than asked for; equal points or an ill-conditioned kernel in
            regression without a ridge; from the store.
    """
    measure(several, store, Curves.run, unit="draws")
    found = {(run.sigma, run.seed): store.arrays(run.key) for run in several}
    first, said = several[0], store[several[0].key]["trajectory"]
    sigma, seed = (list(dict.fromkeys(values)) for values in zip(*found, strict=True))
    names = ("dataset", "test_points", "nu", "depth", "ridge", "C")
    given_to = dataclasses.asdict(first)
    of = (
        gather.gathered(found, {"sigma": sigma, "seed": seed}, INNER)
        .assign_coords(kernel=list(first.kernels), P=list(first.P))
        .assign_coords({name: said[name] for name in ("m", "rank")})
        .assign_attrs({name: given_to[name] for name in names})
    )
    # a file cannot tell an axis of no length from one without end
    return of if first.spectrum else of.drop_dims(("m", "rank"))


def summary(found: xr.Dataset) -> str:
    """A line for each sigma, kernel and P, means over draws; then the exponents."""
    found = found.assign(limits(found))
    columns: dict[str, Any] = {"MSE": ("mse", ".4f")}
    columns |= {"predicted": ("predicted", ".4f")} if "predicted" in found else {}
    columns |= {
        "wrong": ("error", ".4f"),
        "SVM wrong": ("svm_error", ".4f"),
        "condition": ("condition", ".1e"),
    }
    laws: list[tuple[str, dict[str, Any]]] = []
    for sigma in found.sigma.values:
        for kernel in found.kernel.values:
            one = found.sel(sigma=sigma, kernel=kernel)
            for name, title in (("mse", "MSE"), ("svm_error", "SVM wrong")):
                law = beta(found.P.values, one[name].transpose("P", "seed").values)
                if law is not None:
                    of = gather.interval(law.value, law.low, law.high, ".3f")
                    text = f"{title} ~ P^-beta, {kernel}, sigma = {sigma:g}: beta = {of}"
                    row = {"kernel": kernel, "sigma": sigma, "of": title, "beta": of}
                    laws.append((text, row))
    rows = gather.means(found, ("sigma", "kernel", "P"), columns)
    return gather.page(gather.table(rows), *gather.listed(laws))
