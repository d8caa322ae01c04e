"""Made-up results of the chapter on learning curves of kernels, of exponents that are known."""

import numpy as np
import xarray as xr

from jamming.kernels.spectrum import ranks

P = (100, 200, 400, 800, 1600, 3200)
POINTS = (500, 1000, 2000)
KERNELS = ("laplace", "gaussian")


def kernel_curves(
    beta: float = 0.4,
    svm: float | None = None,
    tail: float | None = None,
    lam: float = 16 / 15,
    *,
    gaussian: float = 0.0,
    sigma: tuple[float, ...] = (1000.0,),
    flat: float = 0.0,
    noise: float = 0.01,
    seeds: int = 6,
    sizes: tuple[int, ...] = P,
    points: tuple[int, ...] = POINTS,
) -> xr.Dataset:
    """Errors ~ P^-beta, of the Gaussian kernel with `gaussian` more, of SVMs with `svm`.

    sum_{rho > n} q^2 ~ n^-`tail` and lambda ~ rho^-`lam`, both with a term in 1 / m. Below a length
    of `flat` kernels learn nothing.
    """
    rng, size = np.random.default_rng(1), np.array(sizes, float)
    shape = (len(sigma), seeds)
    cells = {"sigma": list(sigma), "seed": list(range(seeds)), "kernel": list(KERNELS)}
    exponents = np.array([beta, beta + gaussian])

    def errors(level: float, powers: np.ndarray) -> np.ndarray:
        law = level * (size / size[0]) ** -powers[:, None]  # [kernel, P]
        law = law[None, None] * np.exp(noise * rng.standard_normal((*shape, 2, len(sizes))))
        return np.where(np.array(sigma)[:, None, None, None] < flat, 1.0, law)

    mse = errors(0.6, exponents)
    wrong = errors(0.15, exponents if svm is None else np.full(2, svm))
    rank = ranks(max(points)) if points else np.empty(0)
    m = np.array(points, float)[:, None]
    drawn = np.exp(noise * rng.standard_normal((*shape, 2, 1, 1)))
    below = rank ** -(beta if tail is None else tail) * drawn * (1 - rank / (m + 1))
    values = 0.1 * rank**-lam * drawn + 0.02 / m
    known = np.where(rank <= m, 1.0, np.nan)
    expected = np.where(size < m, 1.0 - size / m, np.nan) * mse[:, :, :, None, :]
    curve, spectrum = ("sigma", "seed", "kernel"), ("sigma", "seed", "kernel", "m")
    found = xr.Dataset(
        {
            "mse": ((*curve, "P"), mse),
            "error": ((*curve, "P"), 1.1 * wrong),
            "svm_error": ((*curve, "P"), wrong),
            "condition": ((*curve, "P"), np.broadcast_to(10 * size, wrong.shape)),
            "eigenvalues": ((*spectrum, "rank"), values * known),
            "tails": ((*spectrum, "rank"), below * known),
            "predicted": ((*spectrum, "P"), expected),
        },
        {**cells, "P": list(sizes), "m": list(points), "rank": rank},
        {"dataset": "mnist", "test_points": 2000, "nu": 1.5, "depth": 1, "ridge": 0.0, "C": 1e4},
    )
    return found if points else found.drop_dims(("m", "rank"))


def neighbours(
    mnist: float = 15.0,
    cifar10: float = 35.0,
    spheres: float = 1.0,
    *,
    largest: float = 0.8,
    noise: float = 1e-4,
    sizes: tuple[int, ...] = (1000, 2000, 4000, 8000, 16_000),
) -> xr.Dataset:
    """Distances of data of these dimensions; spheres appear as `spheres` times theirs, 35 less."""
    true = {"mnist": mnist, "cifar10": cifar10}
    true |= {f"random{d + 1}": d * spheres for d in (2, 3, 5)} | {"random36": 35 * largest}
    rng, size = np.random.default_rng(2), np.array(sizes, float)
    rows = [
        [
            (size / size[0]) ** (-1 / d) * np.exp(noise * rng.standard_normal(len(size)))
            for _ in "abcdef"
        ]
        for d in true.values()
    ]
    coords = {"dataset": list(true), "seed": list(range(6)), "P": list(sizes)}
    return xr.Dataset({"nearest": (("dataset", "seed", "P"), np.array(rows))}, coords)
