"""`python -m sweeps.kernel_curves teacher_student`: kernels that learn Gaussian fields.

Points are uniform on the unit sphere of dimension d, labels a Gaussian field of the teacher's
covariance, over which the error is averaged exactly (`jamming.kernels.teacher`). Beside it are
what the spectra of both predict (`jamming.kernels.replica`), and the exponent of the theorem, beta
= min(alpha_T - d, 2 alpha_S) / d (Spigler, Geiger & Wyart, *Asymptotic learning curves of kernel
methods: empirical data versus teacher-student paradigm*, 2020).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Any, ClassVar

import numpy as np
import xarray as xr
from jaxtyping import Float

from jamming.checks import arguments as given
from jamming.execution.memory import fits
from jamming.fits.power import power_law
from jamming.kernels.distance import SMOOTHEST, squared_distances
from jamming.kernels.fields import NAMES, Covariance
from jamming.kernels.lattice import beta
from jamming.kernels.replica import predicted
from jamming.kernels.sphere import LARGEST, Spectrum, uniform
from jamming.kernels.teacher import taught
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "teacher_student.nc"
LAST = 3  # sizes that the exponent is fitted to
DOUBLE = 8  # bytes
DEGREES = 300  # of the spectra, or as many as `degrees` says
EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Taught(grid.Checked):
    """One draw of points on the sphere of dimension d, of which the first n are learnt, for each n.

    `sigma` is the length of both kernels, `nu` that of a Matern teacher, `student_nu` of a Matern
    student; the mean is over `tests` points.
    """

    teacher: Annotated[str, grid.scalar(given.one_of, known=NAMES)]
    student: Annotated[str, grid.scalar(given.one_of, known=NAMES)]
    d: Annotated[int, grid.scalar(given.whole, most=LARGEST)]
    sigma: Annotated[float, grid.scalar(given.number, least=1e-3, most=1e6)]
    nu: Annotated[float, grid.scalar(given.number, above=0.0, most=SMOOTHEST)]
    student_nu: Annotated[float, grid.scalar(given.number, above=0.0, most=SMOOTHEST)]
    n: Annotated[tuple[int, ...], grid.several(given.wholes, enough=LAST, least=2)]
    tests: Annotated[int, grid.scalar(given.whole)]
    jitter: Annotated[tuple[float, ...], grid.several(given.numbers, least=0.0, most=1e6)]
    seed: Annotated[int, grid.scalar(given.whole, least=0, most=given.SEEDS - 1)]

    version: ClassVar[int] = 1

    def check(self) -> None:
        """Refuse what cannot fit in memory."""
        P, points = self.n[-1], self.n[-1] + self.tests
        # distances, both kernels, a factor, and what they are made of
        needed = DOUBLE * points * (6 * P + self.d)
        fits(f"the kernels of {P} points", needed, "n or tests")

    @property
    def of_teacher(self) -> Covariance:
        return Covariance(self.teacher, self.sigma, self.nu)

    @property
    def of_student(self) -> Covariance:
        return Covariance(self.student, self.sigma, self.student_nu)

    def run(self) -> dict[str, np.ndarray]:
        """`mse`, `condition` and `rounding` [jitter, n], as of `jamming.kernels.teacher.Learnt`."""
        P = self.n[-1]
        x = uniform(P + self.tests, self.d, self.seed)
        r2, r2_test = squared_distances(x[:P]), squared_distances(x[:P], x[P:])
        K_T, k_T, K_S, k_S = (
            K
            for one in (self.of_teacher, self.of_student)
            for K in (one.gram(r2), one.kernel(r2_test))
        )
        found = [taught(K_T, k_T, K_S, k_S, self.n, jitter=jitter) for jitter in self.jitter]
        return {name: np.stack([getattr(one, name) for one in found]) for name in found[0]._fields}

    def predicted(self) -> Float[np.ndarray, "jitter n"]:
        """What the spectra predict, with each jitter as the ridge that it is."""
        K = degrees(self.n[-1], self.d)
        T, S = _spectrum(self.of_teacher, self.d, K), _spectrum(self.of_student, self.d, K)
        # what is beyond the degrees: a ridge of the student, and nothing that it learns
        lam = np.append(S.eigenvalues, 0.0)
        weights = np.append(T.multiplicities * T.eigenvalues, T.rest)
        several = np.append(S.multiplicities, 1.0)
        return np.stack(
            [
                predicted(lam, weights, self.n, S.rest + jitter, multiplicities=several)
                for jitter in self.jitter
            ]
        )

    @property
    def beta(self) -> float:
        """The exponent of the theorem; infinite if both are Gaussian."""
        return beta(self.of_teacher.alpha(self.d), self.of_student.alpha(self.d), self.d)


@lru_cache(maxsize=64)
def _spectrum(of: Covariance, d: int, K: int) -> Spectrum:
    return of.spectrum(d, K)


def degrees(n: int, d: int) -> int:
    """Degrees that are kept: several times those that n points resolve, of the order n^(1/d).

    On the circle n points resolve n / 2 degrees, of which five times as many are kept.
    """
    return max(DEGREES, 2 * n + n // 2 if d == 1 else math.ceil(8 * n ** (1 / d)))


def teacher_student(several: Sequence[Taught], store: Store) -> xr.Dataset:
    """Run what the store lacks; over (case, jitter, n, seed), a case being a value of d and nu.

    `mse`, `condition`, `rounding`; `replica` without seed; `exponent` (case, jitter) of the last
    sizes, beta where mse falls as n^-beta, with its interval over draws; `theorem` (case).
    """
    measure(several, store, lambda one: ({}, one.run()), unit="draws")
    cases: dict[tuple[int, float], list[Taught]] = {}
    for one in several:
        cases.setdefault((one.d, one.nu), []).append(one)
    first = several[0]
    draws = {
        (i, one.seed): store.arrays(one.key)
        for i, each in enumerate(cases.values())
        for one in each
    }
    seeds = list(dict.fromkeys(one.seed for one in several))
    inner = dict.fromkeys(("mse", "condition", "rounding"), ("jitter", "n"))
    found = gather.gathered(draws, {"case": range(len(cases)), "seed": seeds}, inner)
    found = found.transpose("case", "jitter", "n", "seed")
    theory = np.stack([each[0].predicted() for each in cases.values()])
    found = found.assign_coords(
        n=list(first.n),
        jitter=list(first.jitter),
        d=("case", [d for d, _ in cases]),
        nu=("case", [nu for _, nu in cases]),
        theorem=("case", [each[0].beta for each in cases.values()]),
    ).assign(replica=(("case", "jitter", "n"), theory))
    return found.assign(**exponents(found)).assign_attrs(
        teacher=first.teacher,
        student=first.student,
        tests=first.tests,
        sigma=[each[0].sigma for each in cases.values()],
    )


def exponents(found: xr.Dataset) -> dict[str, Any]:
    """`exponent` (case, jitter) with the ends of its interval; NaN where errors are rounding."""
    dims = ("case", "jitter")
    values: dict[str, np.ndarray] = {}
    for at in np.ndindex(*(found.sizes[dim] for dim in dims)):
        one = found.isel(dict(zip(dims, at, strict=True))).isel(n=slice(-LAST, None))
        law = None
        if (one.mse > 10 * one.rounding).all():
            law = power_law(one.n.values, one.mse.values).exponent
            law = replace(law, value=-law.value, low=-law.high, high=-law.low)
        for name, value in gather.with_interval("exponent", law).items():
            blank = np.full([found.sizes[dim] for dim in dims], np.nan)
            values.setdefault(name, blank)[at] = value
    return {name: (dims, rows) for name, rows in values.items()}


def summary(found: xr.Dataset) -> str:
    """A row for each case and jitter: the error of the largest size, and exponents."""

    def both(one: xr.Dataset) -> str:
        low, high = float(one.exponent_low), float(one.exponent_high)
        return gather.interval(float(one.exponent), low, high, ".3f")

    def last(name: str, form: str) -> Any:
        return lambda one: gather.number(float(one[name].isel(n=-1).mean()), form)

    n = int(found.n[-1])
    columns: dict[str, Any] = {
        "d": lambda one: gather.number(int(one.d), "d"),
        "nu": lambda one: gather.number(float(one.nu), "g"),
        f"MSE of {n}": last("mse", ".3g"),
        "replica": last("replica", ".3g"),
        "exponent": both,
        "theorem": lambda one: gather.number(float(one.theorem), ".3f"),
        "condition": last("condition", ".0e"),
    }
    if found.attrs["teacher"] != "matern":
        del columns["nu"]
    rows = gather.means(found, ("case", "jitter"), columns)
    text = gather.table([{k: v for k, v in row.items() if k != "case"} for row in rows])
    return gather.page(text, *_said(found))


def _said(found: xr.Dataset) -> Iterable[str]:
    """What a jitter does, and where numbers are those of rounding."""
    if found.sizes["jitter"] > 1:
        of_n = found.mse.mean("seed").isel(n=-1)
        change = np.abs(np.log(of_n.isel(jitter=1) / of_n.isel(jitter=0))).max()
        low, next_ = (float(x) for x in found.jitter[:2])
        yield (
            f"a jitter of {next_:g} in place of {low:g} changes the error of {int(found.n[-1])}"
            f" points by a factor of {float(np.exp(change)):.3g} at most"
        )
    if bool((found.condition > 1 / EPS).any()):
        yield "where the condition number is above 5e15, rounding acts as a jitter of its own"
    if bool(found.exponent.isnull().any()):
        yield "without an exponent: errors below ten times that of rounding"
