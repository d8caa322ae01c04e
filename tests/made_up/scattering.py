"""Results made by hand, of known numbers, on scattering coefficients and what they tell apart."""

import numpy as np
import xarray as xr

from sweeps.scattering.classified import CLASSIFIERS, features, named

DELTAS = [0.5, 1.0, 2.0]


def classified(
    ratio: float = 0.2, second: float = 0.5, fourier: float = 1.5, *, noise: float = 0.05
) -> xr.Dataset:
    """Errors of 10 % of pixels and Fourier moduli, of coefficients `ratio` of that at the last
    order, of which order 1 has 1 / `second` times as many. Deformations move the Fourier moduli
    `fourier` times as far as the coefficients."""
    rng, seeds, L = np.random.default_rng(0), 5, 8
    rows = features((2, 3), 2)
    last, J = max(row[2] for row in rows), np.array([row[1] for row in rows])
    order = np.array([row[2] for row in rows])
    errors = np.where(J == 0, 0.1, 0.1 * ratio * second ** (order - last))
    D = np.where([row[0] == "Fourier modulus" for row in rows], fourier, 1.0)
    drawn = rng.standard_normal((2, seeds, len(rows), len(CLASSIFIERS)))
    over = ("seed", "feature")
    moved = D[:, None] * 0.05 * np.square(DELTAS) * np.exp(noise * drawn[1][:, :, :1])
    paths = 1 + 3 * L
    return xr.Dataset(
        {
            "error": ((*over, "classifier"), errors[:, None] * np.exp(noise * drawn[0])),
            **dict.fromkeys("DGR", ((*over, "delta"), moved)),
            "image": (
                ("seed", "example", "row", "column", "channel"),
                rng.uniform(size=(seeds, 2, 24, 24, 1)),
            ),
            "coefficient": (
                ("seed", "example", "path", "channel", "h", "w"),
                rng.uniform(size=(seeds, 2, paths, 1, 3, 3)),
            ),
        },
        {
            "seed": range(seeds),
            "feature": list(map(named, rows)),
            "classifier": list(CLASSIFIERS),
            "delta": DELTAS,
            **{
                name: ("feature", [row[i] for row in rows])
                for i, name in enumerate(("kind", "J", "order"))
            },
        },
        {"dataset": "mnist", "P": 2000, "tests": 1000, "L": L, "c": 3},
    )
