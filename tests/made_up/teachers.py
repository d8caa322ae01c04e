"""Results of teachers and students made by hand, of known exponents."""

import numpy as np
import xarray as xr

from jamming.kernels.fields import Covariance
from jamming.kernels.lattice import beta
from sweeps.kernel_curves.teacher_student import exponents

SIZES = np.array([50, 100, 200, 400, 800])


def taught(
    teacher: str = "laplace",
    student: str = "laplace",
    *,
    d: tuple[int, ...] = (1, 2, 3, 4),
    nu: tuple[float, ...] = (1.0,),
    off: float = 0.0,
    slope: float | None = None,
    ratio: float = 1.0,
    noise: float = 0.01,
) -> xr.Dataset:
    """Errors fall with the exponent of the theorem and `off`, or all with `slope`.

    The spectra predict `ratio` times these.
    """
    cases = [(one, each) for one in d for each in nu]
    theorem = np.array(
        [
            beta(
                Covariance(teacher, 1.0, each).alpha(one), Covariance(student, 1.0).alpha(one), one
            )
            for one, each in cases
        ]
    )
    power = theorem + off if slope is None else np.full(len(cases), slope)
    curve = 0.5 * (SIZES / 50.0) ** -power[:, None]
    draws = np.exp(noise * np.random.default_rng(0).standard_normal((len(cases), 1, 5, 8)))
    return _whole(curve[:, None, :, None] * draws, cases, theorem, ratio, teacher, student)


def smooth(least: float = 0.9, best: float = 1 / 6) -> xr.Dataset:
    """A Gaussian student with three jitters: powers `least` of the smallest, `best` of the next."""
    powers = np.array([least, best, 0.05])
    curve = np.array([9.0, 0.1, 0.1])[:, None] * (SIZES / 50.0) ** -powers[:, None]
    draws = np.exp(0.01 * np.random.default_rng(0).standard_normal((1, 3, 5, 8)))
    mse = curve[None, :, :, None] * draws
    return _whole(mse, [(6, 1.0)], np.array([1 / 6]), 1.0, "laplace", "gaussian")


def stretched(power: float = 1 / 3, least: float = 1e-15) -> xr.Dataset:
    """Both Gaussian: log MSE linear in n^`power`."""
    curve = 1e-4 * np.exp(-1.5 * (SIZES**power - 50.0**power))
    draws = np.exp(0.01 * np.random.default_rng(0).standard_normal((1, 1, 5, 8)))
    found = _whole(
        curve[None, None, :, None] * draws, [(6, 1.0)], np.array([np.inf]), 1.0, *["gaussian"] * 2
    )
    return found.assign(rounding=found.rounding * 0 + least)


def latticed(off: float = 0.0) -> xr.Dataset:
    """Exact powers, with exponents of the theorem and `off`."""
    d, nu, n = (1, 2), (0.5, 2.0, 3.5), np.array([16, 64, 256])
    theorem = np.array([[beta(one + 2 * each, one + 1.0, one) for each in nu] for one in d])
    slope = np.repeat((theorem + off)[..., None], 3, axis=-1)
    mse = (n / 16.0) ** -slope
    dims = ("d", "nu", "n")
    return xr.Dataset(
        {"mse": (dims, mse), "slope": (dims, slope), "theorem": (dims[:2], theorem)},
        {"d": list(d), "nu": list(nu), "n": n},
        {"student_nu": 0.5, "sigma": 1.0},
    )


def _whole(
    mse: np.ndarray,
    cases: list[tuple[int, float]],
    theorem: np.ndarray,
    ratio: float,
    teacher: str,
    student: str,
) -> xr.Dataset:
    dims = ("case", "jitter", "n", "seed")
    found = xr.Dataset(
        {
            "mse": (dims, mse),
            "condition": (dims, np.full_like(mse, 1e6)),
            "rounding": (dims, np.full_like(mse, 1e-15)),
            "replica": (dims[:3], ratio * mse.mean(-1)),
        },
        {
            "jitter": [0.0] if mse.shape[1] == 1 else list(10.0 ** -np.arange(12, 2, -4)),
            "n": SIZES,
            "seed": range(mse.shape[-1]),
            "d": ("case", [d for d, _ in cases]),
            "nu": ("case", [nu for _, nu in cases]),
            "theorem": ("case", theorem),
        },
        {
            "teacher": teacher,
            "student": student,
            "tests": 100,
            "sigma": [float(d) for d, _ in cases],
        },
    )
    return found.assign(exponents(found))
