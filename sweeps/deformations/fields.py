"""`python -m sweeps.deformations fields`: the size of random fields, and when they fold.

Of many maximum-entropy fields at temperature 1, and what is predicted of them: the mean square
gradient, the mean square displacement over the image and at its centre, max Xi, and where they
cease to be bijections (Petrini, Favero, Geiger & Wyart, *Relative stability toward diffeomorphisms
indicates performance in deep nets*, 2021, Apps. A and B; Fig. 8). Fields are linear in sqrt(T), so
that one temperature tells of all.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, Float, Key

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.images import fields
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "fields.nc"
FIELD = ("gradient", "square", "centre", "xi", "fold")
PIXELS = 1_000_000  # of the fields that are there at a time


@dataclass(frozen=True)
class Fields(grid.Checked):
    """So many random fields of cut-off c at T = 1, on n x n pixels."""

    n: Annotated[int, grid.scalar(given.whole, least=3, most=1024)]
    c: Annotated[int, grid.scalar(given.whole)]
    fields: Annotated[int, grid.scalar(given.whole, least=2, most=10**7)]
    seed: Annotated[int, grid.scalar(given.whole, least=0, most=given.LARGEST_SEED)]

    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.c > self.n - 2:  # beyond, sums over pixels are not the integrals of the modes
            raise BadInput(f"c = {self.c} is too much for n = {self.n} pixels: at most n - 2")

    def run(self) -> dict[str, np.ndarray]:
        """What `of_field` says of each field, [fields] in single precision."""
        key = jax.random.fold_in(jax.random.key(self.seed), self.c)  # the same fields for all n
        keys = jax.random.split(key, self.fields)
        found = _of_fields(keys, self.n, self.c)
        return {name: np.asarray(x, np.float32) for name, x in found.items()}


def of_field(key: Key[Array, ""], n: int, c: int) -> dict[str, Float[Array, ""]]:
    """Of one random field at T = 1, in units of the side.

    `gradient`, the integral of |grad tau|^2, and `square`, that of |tau|^2, by the trapezoidal
    rule, which is exact for c < n - 1; `centre`, |tau|^2 there; `xi`, max Xi over the pixels;
    `fold`, the largest positive real eigenvalue of grad tau over them, or 0. At temperature T
    det(1 - grad tau) is positive everywhere, and s -> s - tau(s) a bijection, for sqrt(T) fold < 1.
    """
    C = fields.coefficients(key, c, 1.0)
    tau, J = fields.field(C, n), fields.gradient(C, n)
    ends = jnp.ones(n, J.dtype).at[jnp.array([0, n - 1])].set(0.5) / (n - 1)
    half = (J[0, 0] + J[1, 1]) / 2
    beyond = half**2 - (J[0, 0] * J[1, 1] - J[0, 1] * J[1, 0])
    eigenvalue = jnp.where(beyond >= 0, half + jnp.sqrt(jnp.maximum(beyond, 0)), 0)
    return {
        "gradient": jnp.einsum("abxy,x,y->", J**2, ends, ends),
        "square": jnp.einsum("axy,x,y->", tau**2, ends, ends),
        "centre": (fields.field(C, 3)[:, 1, 1] ** 2).sum(),
        "xi": fields.xi(J),
        "fold": jnp.maximum(eigenvalue.max(), 0),
    }


def _of_fields(keys: Array, n: int, c: int) -> dict[str, Array]:
    size = max(1, min(len(keys), PIXELS // n**2))
    found: dict[str, Array] = _mapped(keys, n, c, size)
    return found


@jax.jit(static_argnums=(1, 2, 3))
def _mapped(keys: Array, n: int, c: int, size: int) -> dict[str, Array]:
    return jax.lax.map(lambda key: of_field(key, n, c), keys, batch_size=size)


def predicted(c: int) -> dict[str, float]:
    """At T = 1, sums over modes (`_exact`) and the papers' formulas, in units of the side.

    T_max is the temperature of the formula at which the typical max Xi is 1.
    """
    n = 2  # any: squares are of n^2
    return {
        "gradient_exact": fields.mean_square_gradient(1.0, c),
        "gradient_formula": fields.mean_square_gradient(1.0, c, "asymptotic"),
        "square_exact": fields.displacement(1.0, n, c) ** 2 / n**2,
        "centre_exact": fields.displacement(1.0, n, c, "centre") ** 2 / n**2,
        "square_formula": math.pi / 4 * math.log(c),
        "xi_formula": fields.typical_xi(1.0, c),
        "T_max": fields.window(n, c)[1],
    }


def sweep(several: Sequence[Fields], store: Store) -> xr.Dataset:
    """Measure what the store lacks; `of_field` over (n, c, field), `predicted` over c."""
    measure(several, store, lambda one: ({}, one.run()), unit="cut-offs")
    cells = {(one.n, one.c): store.arrays(one.key) for one in several}
    n, c = (sorted(set(values)) for values in zip(*cells, strict=True))
    found = gather.gathered(cells, {"n": n, "c": c}, dict.fromkeys(FIELD, ("field",)), FIELD)
    known = gather.gathered({(each,): predicted(each) for each in c}, {"c": c})
    return found.merge(known).assign_attrs(seed=several[0].seed)


def _beside(name: str, formula: str, form: str) -> Mapping[str, gather.Column]:
    def measured(one: xr.Dataset) -> str:
        x = one[name].values
        return gather.spread(x.mean(), x.std(ddof=1) / math.sqrt(x.size), form)

    return {
        name: measured,
        "sum": lambda one: gather.number(float(one[f"{name}_exact"]), form),
        "formula": lambda one: gather.number(float(one[formula]), form),
    }


def summary(found: xr.Dataset) -> str:
    """A line for each n and c, in tables: what is summed over modes, and what folds."""
    of = ("gradient", "gradient", ".2f"), ("square", "square", ".4f"), ("centre", "square", ".4f")
    sums = [
        gather.table(gather.means(found, ("n", "c"), _beside(name, f"{formula}_formula", form)))
        for name, formula, form in of
    ]
    share = lambda of: gather.number(float(of.mean()), ".3f")  # noqa: E731
    folds: dict[str, gather.Column] = {
        "median max Xi": lambda one: gather.number(float(one.xi.median()), ".2f"),
        "formula": lambda one: gather.number(float(one.xi_formula), ".2f"),
        "Xi < 1 at T_max": lambda one: share(one.xi**2 * one.T_max < 1),
        "bijective": lambda one: share(one.fold**2 * one.T_max < 1),
        "T_1/2 / T_max": lambda one: share(one.xi.median() ** -2 / one.T_max),
    }
    last = gather.table(gather.means(found, ("n", "c"), folds))
    return gather.page(*sums, last, between="\n\n")
