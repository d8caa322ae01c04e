"""A scan of N of which every law is known: what `sweeps.double_descent` could have found."""

import numpy as np
import xarray as xr

from jamming.models.counting import fractional_widths, n_weights
from sweeps.double_descent.ensemble import QUARTILES, SNAPSHOTS, groups

N_STAR = 100.0
H = (3.0, 4.0, 4.67, 5.0, 5.67, 6.33, 7.0, 8.0, 10.0, 14.0, 20.0, 30.0, 45.0, 70.0, 100.0, 150.0)
# the limit of the test error, of averages as of single networks
LIMIT, SLOPE, AVERAGED = 0.1, 4.0, 1 / 40


def a_scan(
    P: tuple[int, ...] = (500,),
    depths: tuple[int, ...] = (3,),
    *,
    h: tuple[float, ...] = H,
    seeds: int = 12,
    sets: int = 1,
    noise: float = 0.01,
    steps: int = 30_000,
) -> xr.Dataset:
    """Variance N^-1/2, slope 2 + 2 N^-1/4, ||f||^2 = 1 + 30 (N/N* - 1)^-2, error 0.1 + 4 delta^2.

    delta = sqrt(variance) / slope; an average of n has 1 / n of the excess of one. Near N* the
    error has a peak that early stopping takes away. There are `seeds` networks on each of `sets`
    training sets, of which all errors have a part in common.
    """
    rng = np.random.default_rng(0)
    shape = (len(P), len(depths), len(h))
    N = np.array([[[_weights(x, L) for x in h] for L in depths] for _ in P], float)
    many = (*shape, sets * seeds)
    of_set = np.repeat(0.3 * noise * rng.normal(size=sets) * (sets > 1), seeds)

    def noisy(mean: np.ndarray, by: float = noise) -> np.ndarray:
        return mean[..., None] * np.exp(by * rng.normal(size=many) - by**2 / 2)

    far = np.maximum(N / N_STAR - 1, 0.05)
    norm = np.where(N > N_STAR, np.sqrt(1 + 30 * far**-2), 20 * N / N_STAR)
    peak = 0.08 * np.exp(-((np.log(N / N_STAR) / 0.25) ** 2))
    variance = 3 * N**-0.5
    slope = 2 + 2 * N**-0.25
    delta = np.sqrt(variance) / slope
    clean = LIMIT + SLOPE * delta**2
    fitted = np.broadcast_to((N > N_STAR)[..., None], many).astype(float)
    ticks = np.where(N > N_STAR, np.maximum(2e6 / N, 300), steps)
    error = noisy(clean + peak, noise / 10) + of_set
    ensemble = LIMIT + SLOPE * delta**2 / seeds
    without = ensemble[..., None] * (1 + 1e-3 * rng.normal(size=many)) + of_set
    count, sizes = groups(seeds)
    n = np.array(sizes, float)
    grouped = (*shape, sets * count, len(sizes))
    by_group = 1 + noise / 10 * rng.normal(size=grouped)
    times = (steps // 100, steps // 10, steps)
    share = np.array([0.2, 0.5, 1.0])
    snapshots = 12
    course = np.linspace(0, 1, snapshots)
    columns: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}

    def over(name: str, values: np.ndarray, *dims: str) -> None:
        columns[name] = (("P", "L", "h", *dims), values)

    for name, values in {
        "test_error": error,
        "early_error": error - peak[..., None] - 1e-3,
        "early_norm": noisy(np.full(shape, 1.5)),
        "early_ticks": noisy(np.full(shape, 150.0)),
        "fitted": fitted,
        "ticks": noisy(ticks),
        "train_error": 0.2 * (1 - fitted),
        "norm": noisy(norm),
        "deviation_test": noisy(variance),
        "deviation_train": noisy(variance / 2),
        "slope": noisy(slope),
        "delta": noisy(delta),
        "delta_estimate": noisy(delta / 0.9),
        "ensemble_without": without,
        "ensemble_of_set": np.broadcast_to(ensemble[..., None], many) + of_set,
    }.items():
        over(name, values, "seed")
    over("N", N)
    over("ensemble_error", ensemble + of_set.mean())
    widening = np.array([-0.3, 0.0, 0.3]) * (N / N_STAR)[..., None, None] ** -0.25
    zeros = 1 + widening + 1e-3 * rng.normal(size=(*many, 1))
    over("crossing", zeros, "seed", "quartile")
    mean = LIMIT + (SLOPE * delta**2)[..., None, None] / n
    over("average_error", mean * by_group, "group", "size")
    over("average_delta", delta[..., None, None] * n**-0.5 * by_group, "group", "size")
    over("norm_t", noisy(norm)[..., None] * share, "seed", "t")
    over("error_t", error[..., None] * (2 - share), "seed", "t")
    for name in SNAPSHOTS:
        values = {
            "ticks": ticks[..., None, None] ** course,
            "test_error": error[..., None] * (2 - course),
            "misclassified": np.full((*many, 1), 100.0) * (1 - course),
            "norm": norm[..., None, None] * course,
            "loss": np.full((*many, 1), 0.5) * (1 - course),
        }[name]
        over(f"snapshot_{name}", np.broadcast_to(values, (*many, snapshots)), "seed", "snapshot")
    for name, factor in (("n_star", 1.0), ("n_star_low", 0.9), ("n_star_high", 1.1)):
        columns[name] = (("P", "L"), np.full(shape[:2], factor * N_STAR))
    return xr.Dataset(
        columns,
        {
            "P": list(P),
            "L": list(depths),
            "h": list(h),
            "lr": ("h", [min(0.1 * x**-1.5, 1e-3) for x in h]),
            "seed": np.arange(sets * seeds),
            "set": ("seed", np.repeat(np.arange(sets), seeds)),
            "t": list(times),
            "size": list(sizes),
            "quartile": list(QUARTILES),
        },
        {"dataset": "mnist10pca", "alpha": 0.0, "most": 1e-3, "steps": steps, "sets": sets},
    )


def decaying(seeds: int = 12, sets: int = 1) -> xr.Dataset:
    """Networks of which none fits, as under a decay of the weights, with a norm of 2 at any N."""
    scan = a_scan(seeds=seeds, sets=sets)
    norms = {"norm": 2 + 0 * scan.norm, "norm_t": 2 + 0 * scan.norm_t}
    nowhere = {name: np.nan * scan[name] for name in ("n_star", "n_star_low", "n_star_high")}
    return scan.assign(**norms, **nowhere, fitted=0 * scan.fitted).assign_attrs(weight_decay=0.01)


def _weights(h: float, L: int) -> int:
    return n_weights(10, fractional_widths(h, L), L)


def of_wide(seeds: int = 6, draws: int = 400) -> xr.Dataset:
    """What a sweep of wide networks could have found: h^-1/2, 1/h, a constant, and 1/h."""
    rng = np.random.default_rng(1)
    h = np.array([16, 32, 64, 128, 256])

    def rows(mean: np.ndarray, n: int, dim: str) -> tuple[tuple[str, str], np.ndarray]:
        return ("h", dim), mean[:, None] * np.exp(0.02 * rng.normal(size=(h.size, n)))

    return xr.Dataset(
        {
            "fluctuation": rows(2 * h**-0.5, seeds, "seed"),
            "kernel_change": rows(20.0 / h, seeds, "seed"),
            "deviation": rows(5.0 / h, seeds, "seed"),
            "left": rows(np.full(h.size, 1e-3), seeds, "seed"),
            "independent": rows(np.ones(h.size), draws, "draw"),
            "orthogonal": rows(2.5 / h, draws, "draw"),
        },
        {"h": h, "seed": np.arange(seeds)},
    )


def of_convolutions(seeds: int = 6, sets: int = 1) -> xr.Dataset:
    """What a sweep of classes could have found: all fit from 28 channels on, 64 do best."""
    rng = np.random.default_rng(2)
    f = np.array([4, 8, 16, 24, 28, 40, 64, 256])
    far = np.abs(np.log(f / 64))
    single, together = 0.25 + 0.03 * far, 0.19 + 0.02 * far
    noise = 1 + 0.01 * rng.normal(size=(1, f.size, sets * seeds))
    train = np.where(f < 28, 0.3, 0.0)
    over = ("loss", "h", "seed")
    return xr.Dataset(
        {
            "test_error": (over, single[None, :, None] * noise),
            "train_error": (over, train[None, :, None] * noise),
            "ensemble_error": (over[:2], together[None]),
            "ensemble_of_set": (over, together[None, :, None] + 0 * noise),
        },
        {
            "loss": ["multiclass_linear_hinge"],
            "h": f,
            "seed": np.arange(sets * seeds),
            "set": ("seed", np.repeat(np.arange(sets), seeds)),
        },
        {"dataset": "cifar10", "architecture": "cnn", "P": 5000, "L": 3},
    )
