"""Results on deformations made by hand, of known numbers."""

from collections.abc import Sequence
from typing import Any

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

    After training R_f is R, 40 R and 80 R times P^slope, and G_f grows as P^growth.
    """
    P = np.array([100, 400])
    R_of = R * np.array([80.0, 40.0, 1.0])[:, None] * (P / 100.0) ** slope
    G = 0.1 * (P / 100.0) ** growth + 0 * R_of
    names = ["fullconn_l4", "lenet", "strided"]
    return trained_networks(names, P, R_of[..., None], G[..., None])


def over_points(slope: float = -0.8, flat: float = 1e9, *, noise: float = 0.1) -> xr.Dataset:
    """Of one network whose R_f falls as P^slope up to P = `flat`."""
    P = np.array([100, 300, 1000, 3000, 10_000])
    R = 0.3 * (np.minimum(P, flat) / 100.0) ** slope
    return trained_networks(["strided"], P, R[None, :, None], 0.1, noise=noise)


def augmented(deform: float = 0.6, translate: float = 0.8, *, noise: float = 0.1) -> xr.Dataset:
    """Of one network whose R_f is so many times 0.1 with augmentation."""
    R = 0.1 * np.array([1.0, translate, deform])
    ways = ["none", "translate", "deform"]
    return trained_networks(["strided"], [400], R[None, None], 0.1, ways, noise=noise)


def transferred(error: float = 0.7, R: float = 0.5, *, noise: float = 0.1) -> xr.Dataset:
    """Of one network; so many times its test error and R_f where other images were learnt first."""
    each = [
        trained_networks(["strided"], [400], 0.1 * x * np.ones((1, 1, 1)), 0.1, noise=noise)
        for x in (1.0, R)
    ]
    own = xr.DataArray(np.exp(noise * np.random.default_rng(2).normal(size=5)), dims="seed")
    each[1] = each[1].assign(test_error=error * each[0].test_error, R=own * each[1].R)
    found = xr.concat(each, xr.Variable("start", ["scratch", "transfer"]), data_vars="all")
    return found.assign_attrs(each[0].attrs | {"source": "digits", "source_P": 300})


def related(
    slope: float = 0.5,
    by_R: float = 1.0,
    bend: float = 1.0,
    *,
    scatter: float = 0.0,
    noise: float = 0.1,
    networks: int = 10,
) -> xr.Dataset:
    """Of networks whose test errors are R_f^slope.

    log R_f = log D_f - log G_f, where the two are independent; log errors follow `by_R` log R_f +
    (1 - by_R) log D_f and `scatter` around it from network to network. G_f is
    |eta|^2 / (1 + (|eta| / bend)^2).
    """
    rng = np.random.default_rng(3)
    D = np.exp(rng.permutation(np.linspace(-4, 0, networks)))
    G = np.exp(np.linspace(-3, 0, networks))
    along = by_R * np.log(D / G) + (1 - by_R) * np.log(D)
    eps = 0.2 * np.exp(slope * along + scatter * rng.normal(size=networks))
    names = [f"fullconn_l{L}" for L in (2, 4, 6)] + ["lenet", "alexnet", "allcnn", "strided"]
    names += ["vgg11", "vgg11_bn", "resnet18", *(f"another_{i}" for i in range(networks - 10))]
    norms = np.geomspace(1e-3, 10.0, 9)
    found = trained_networks(
        *(names, [400], (D / G)[:, None, None], G[:, None, None]),
        noise=noise,
        errors=eps[:, None, None],
    )
    law = (norms**2 / (1 + (norms / bend) ** 2))[:, None] * np.exp(noise * rng.normal(size=(9, 5)))
    rows = np.stack([law, law])[:, None, None, None] + np.zeros((2, networks, 1, 1, 1, 1))
    at = ("state", "network", "P", "augmentation", "norm", "seed")
    return found.assign(noise_G=(at, rows)).assign_coords(norm=norms)


def trained_networks(
    names: list[str],
    P: Any,
    R: Any,
    G: Any,
    augmentation: Sequence[str] = ("none",),
    *,
    noise: float = 0.1,
    errors: Any = None,
) -> xr.Dataset:
    """Five networks of each kind with these R_f and G_f, [network, P, augmentation].

    R_f is 1 at first; it and test errors, by default 0.1 sqrt(R_f), scatter by `noise`, G_f by a
    fifth of it. Means over images are as medians. Layers go from R_f = 1 to that of the outputs;
    the first network has two, the others four.
    """
    rng = np.random.default_rng(1)
    at = {"network": names, "P": list(P), "augmentation": list(augmentation), "seed": range(5)}
    shape = tuple(map(len, at.values()))
    after = np.asarray(R)[..., None] * np.exp(noise * rng.normal(size=shape))
    G = np.asarray(G)[..., None] * np.exp(noise / 5 * rng.normal(size=shape))
    columns = {}
    for name, values in (("D", after * G), ("G", G), ("R", after)):
        both = np.stack([np.ones(shape), values])[..., None, None, None]
        for end, width in (("", 1.0), ("_low", 0.8), ("_high", 1.2)):
            cells = ("state", *at, "interpolation", "c", "delta"), width * both
            columns |= {f"{name}{end}": cells, f"mean_{name}{end}": cells}
    errors = 0.1 * np.sqrt(after) if errors is None else np.asarray(errors)[..., None]
    errors = errors * np.exp(noise / 2 * rng.normal(size=shape))
    four = ["conv1", "conv2", "fc1", "logits"]
    layers = [["fc1", "logits", "", ""], *[four] * (len(names) - 1)]
    profile = np.stack([np.ones(shape), after])[..., None] ** np.linspace(0, 1, 4)
    profile *= np.exp(0.02 * rng.normal(size=profile.shape))
    profile[:, 0, ..., 2:] = np.nan
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
            "delta_max": ("c", [3.0]),
            "kind": ["clean", "deformed", "noisy"],
        },
        {"dataset": "mnist", "n": 8, "images": 100},
    )
