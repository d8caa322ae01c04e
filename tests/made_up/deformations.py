"""Results on deformations made by hand, of known numbers."""

import numpy as np
import xarray as xr

from jamming.images.fields import displacement, window
from sweeps.deformations.fields import predicted
from sweeps.deformations.initial import QUANTITIES

WAYS = ("subsample", "max", "average", "strided", "strided-ReLU")
LAST = {"subsample": 0.75, "max": 0.6, "average": 0.3, "strided": 0.75, "strided-ReLU": 0.8}


def random_fields(
    sums: float = 1.0, formula: float = 1.0, fold: float = 0.9, *, fields: int = 4000
) -> xr.Dataset:
    """Means are `sums` times the sums over modes, medians of max Xi `formula` times theirs.

    No fold is beyond `fold` times max Xi.
    """
    rng, c, n = np.random.default_rng(0), (1, 3, 5, 10, 15, 30), (16, 32)
    known = {name: np.array([predicted(each)[name] for each in c]) for name in predicted(3)}
    noise = rng.normal(size=(len(n), len(c), fields // 2))
    noise = np.concatenate([noise, -noise], -1)  # whose mean and median are 0
    measured = {
        name: sums * known[f"{name}_exact"][:, None] * (1 + 0.1 * noise)
        for name in ("gradient", "square", "centre")
    }
    xi = formula * known["xi_formula"][:, None] * np.exp(0.1 * noise)
    columns = {**measured, "xi": xi, "fold": fold * xi}
    return xr.Dataset(
        {name: (("n", "c", "field"), x) for name, x in columns.items()}
        | {name: ("c", x) for name, x in known.items()},
        {"n": list(n), "c": list(c)},
        {"seed": 0},
    )


def stabilities(
    R: float = 1.0, bilinear: float = 1.0, deepest: float = 1.0, *, noise: float = 0.02
) -> xr.Dataset:
    """R_f of three networks at initialisation.

    That with bilinear interpolation is so many times that with the other, that of the deepest layer
    so many times that of the first.
    """
    rng, names = np.random.default_rng(0), ["fullconn_l4", "vgg11_bn", "resnet18"]
    c, delta, seeds, layers, n = [3, 5], [0.1, 1.0], 5, 4, 8
    own = ("state", "network", "seed", "interpolation", "c", "delta")
    of_layers = ("state", "network", "seed", "layer")

    def drawn(shape: tuple[int, ...]) -> np.ndarray:
        return np.exp(noise * rng.standard_normal(shape))

    plain = R * drawn((1, 3, seeds, 2, 2, 2)) * np.array([bilinear, 1.0])[:, None, None]
    profile = deepest ** np.linspace(0, 1, layers) * drawn((1, 3, seeds, layers))
    profile[:, 0, :, 2:] = np.nan
    columns = {}
    for name in QUANTITIES:
        for end, factor in (("", 1.0), ("_low", 0.8), ("_high", 1.2)):
            columns[f"{name}{end}"] = own, factor * plain
            columns[f"layer_{name}{end}"] = of_layers, factor * profile
    titles = [["a", "b", "", ""], *[list("abcd")] * 2]
    return xr.Dataset(
        {
            **columns,
            "layer_name": (("network", "layer"), np.array(titles)),
            "picture": (("row", "column", "channel"), rng.normal(size=(n, n, 1))),
        },
        {
            "state": ["init"],
            "network": names,
            "seed": range(seeds),
            "interpolation": ["bilinear", "gaussian"],
            "c": c,
            "delta": delta,
            "delta_max": ("c", [displacement(window(n, each)[1], n, each) for each in c]),
        },
        {"dataset": "mnist", "n": n, "images": 9, "estimator": "median"},
    )


def halved(
    last: dict[str, float] | None = None, smoothing: float = 0.6, *, noise: float = 0.02
) -> xr.Dataset:
    """Distances that grow to these in the last layer; each step of smoothing multiplies them."""
    rng, seeds, sigma = np.random.default_rng(0), 5, [0.0, 0.5, 1.0, 2.0]
    last = LAST | (last or {})
    end = np.array([last[way] for way in WAYS])[:, None] * smoothing ** np.arange(4)
    profile = 0.3 + np.linspace(0, 1, 3) * (end[..., None] - 0.3)
    drawn = np.exp(noise * rng.standard_normal((1, 5, 4, seeds, 3)))
    tv = 1.86 + 0.01 * rng.standard_normal((1, 5, 4, seeds, 2))
    over = ("state", "down", "sigma", "seed")
    return xr.Dataset(
        {
            "distance": ((*over, "layer"), profile[None, :, :, None] * drawn),
            "tv": ((*over, "filter"), tv),
        },
        {
            "state": ["init"],
            "down": list(WAYS),
            "sigma": sigma,
            "seed": range(seeds),
            "layer_name": ("layer", ["input", "conv1_1", "down1"]),
            "filter_name": ("filter", ["conv1_1", "conv1_2"]),
        },
        {"dataset": "mnist"},
    )


def stripes(slope: float = -1.0, radius: float = 1.0, *, noise: float = 0.1) -> xr.Dataset:
    """R_f ~ P^slope of networks that learn features, P^-0.4 of others.

    At each radius `radius` times that of the one before.
    """
    rng, sets = np.random.default_rng(0), 6
    P = np.array([64, 128, 256, 512])
    laws = np.stack([0.02 * (P / 64.0) ** slope, 0.3 * (P / 64.0) ** -0.4])
    R = laws[:, :, None, None, None, None] * radius ** np.arange(3)[:, None]
    own = np.exp(noise * rng.standard_normal((2, 4, sets, 1, 1, 2)))
    over = ("alpha_tilde", "P", "set", "init")
    one = np.ones((2, 4, sets, 1))
    return xr.Dataset(
        {
            "R": ((*over, "radius", "estimator"), R * own),
            "error": (over, 0.1 * one),
            "fitted": (over, one),
            "weight_change": (over, one),
        },
        {
            "alpha_tilde": [1e-3, 1e3],
            "P": P,
            "radius": [0.1, 0.3, 1.0],
            "estimator": ["mean", "median"],
        },
        {"dataset": "stripe5", "d": 5, "d_par": 1, "h": 400},
    )


def learnt(R: float = 0.05, slope: float = -0.3, growth: float = 0.2) -> xr.Dataset:
    """Of three networks on two P, all of R_f = 1 at first.

    After training R_f is R, 40 R and 80 R times P^slope, and G_f grows as P^growth. Layers go from
    R_f = 1 to that of the outputs; the first network has two, the others four.
    """
    rng, names = np.random.default_rng(1), ["fullconn_l4", "lenet", "strided"]
    at = {"network": names, "P": [100, 400], "augmentation": ["none"], "seed": range(5)}
    shape = tuple(map(len, at.values()))
    P = (np.array(at["P"]) / 100.0)[:, None, None]
    after = R * np.array([80.0, 40.0, 1.0])[:, None, None, None] * P**slope
    after = after * np.exp(0.1 * rng.normal(size=shape))
    G = 0.1 * P**growth * np.exp(0.02 * rng.normal(size=shape))
    columns = {}
    for name, values in (("D", after * G), ("G", G), ("R", after)):
        both = np.stack([np.ones(shape), values])[..., None, None, None]
        for end, width in (("", 1.0), ("_low", 0.8), ("_high", 1.2)):
            columns[f"{name}{end}"] = ("state", *at, "interpolation", "c", "delta"), width * both
    layers = [["fc1", "logits", "", ""], *[["conv1", "conv2", "fc1", "logits"]] * 2]
    profile = np.stack([np.ones(shape), after])[..., None] ** np.linspace(0, 1, 4)
    profile *= np.exp(0.02 * rng.normal(size=profile.shape))
    profile[:, 0, ..., 2:] = np.nan
    errors = 0.1 * np.sqrt(after) * np.exp(0.05 * rng.normal(size=shape))
    examples = rng.normal(size=(3, 4, 8, 8, 1))
    return xr.Dataset(
        columns
        | {
            "test_error": (tuple(at), errors),
            "layer_R": (("state", *at, "layer"), profile),
            "layer_name": (("network", "layer"), np.array(layers)),
            "examples": (("kind", "example", "row", "column", "channel"), examples),
        },
        {name: list(values) for name, values in at.items()}
        | {
            "state": ["init", "trained"],
            "interpolation": ["bilinear"],
            "c": [3],
            "delta": [1.0],
            "kind": ["clean", "deformed", "noisy"],
        },
        {"dataset": "mnist", "n": 8, "images": 100},
    )
