"""Results on foundations made by hand, of known numbers."""

import numpy as np
import xarray as xr

from sweeps.foundations.bounds import EPS, LABELS, SHARES
from sweeps.foundations.filters import STATES
from sweeps.foundations.laziness import SCALES, STARTS


def _noise(shape: tuple[int, ...], noise: float) -> np.ndarray:
    return np.exp(noise * np.random.default_rng(0).standard_normal(shape))


def lazy(
    moved: float = -1.0,
    apart: float = -2.0,
    gap: float = -1.0,
    kappa: float = -0.5,
    stays: float = 0.0,
    ntk: float = -0.5,
    off: float = 0.0,
    *,
    noise: float = 0.005,
) -> xr.Dataset:
    """Powers of alpha, m and h; products of outputs are `off` standard errors from what is due."""
    alpha, m, h = (np.array(each, float) for each in ([3, 30, 300], [10, 100, 1000], [64, 256]))
    seeds, n, p = 6, 100, 3
    of_flow = _noise((seeds, len(STARTS), len(alpha)), noise)
    powers = {"moved": moved, "apart": apart, "gap": gap}
    flows = {name: of_flow * alpha[None, None] ** power for name, power in powers.items()}
    of_kappa = np.stack([m**kappa, m**stays])[None] * _noise((seeds, 2, len(m)), noise)
    nngp = np.tile(np.eye(p) + 1, (seeds, 1, 1))
    error = np.sqrt(1.0 / (seeds * n))
    ff = nngp + off * error
    return xr.Dataset(
        {
            **{name: (("seed", "start", "alpha"), rows) for name, rows in flows.items()},
            "kappa": (("seed", "scale", "m"), of_kappa),
            "ntk": (("seed", "h"), h[None] ** ntk * _noise((seeds, len(h)), noise)),
            "ff": (("seed", "point", "other"), ff),
            "ff2": (("seed", "point", "other"), ff**2 + 1.0),
            "nngp": (("seed", "point", "other"), nngp),
        },
        {
            "seed": range(seeds),
            "start": list(STARTS),
            "alpha": alpha,
            "scale": list(SCALES),
            "m": m,
            "h": h,
        },
        {"d": 5, "neurons": 100, "networks": n, "hidden": 64},
    )


def bounded(
    fitted: float = 1.0, margin: float = 4.0, slope: float = 0.8, change: float = 3.0
) -> xr.Dataset:
    """Of random labels that share is fitted; normalised margins of true labels are so much larger.

    The largest gradient is `slope` times the bound, the smallest change `change` times its own.
    """
    networks, seeds, images = ["fullconn_l2", "lenet"], 6, 12
    dims, shape = ("network", "labels", "seed"), (2, 2, seeds)
    rng = np.random.default_rng(0)
    bound = 10 * _noise(shape, 0.1) * np.array([1.0, 5.0])[None, :, None]
    random = np.array([0.0, 1.0])[None, :, None] * np.ones(shape)
    margins = bound * np.where(random, 0.01, 0.01 * margin) * _noise(shape, 0.05)
    share = np.linspace(0.2, 1, images)
    test_margin = margins[..., None] * share
    least = test_margin / (np.sqrt(2) * bound[..., None])
    return xr.Dataset(
        {
            "bound": (dims, bound),
            "complexity": (dims, bound),
            "train_error": (dims, random * (1 - fitted)),
            "test_error": (dims, 0.05 + 0.8 * random),
            "fit": (dims, 1 - random * (1 - fitted)),
            "margin": ((*dims, "point"), margins[..., None] * np.array([0.5, 1.0, 1.5])),
            "gradient": ((*dims, "place"), slope * bound[..., None] * share),
            "test_margin": ((*dims, "image"), test_margin),
            "smallest": ((*dims, "image"), change * least),
            "fooled": ((*dims, "image"), np.ones((*shape, images))),
            "size": ((*dims, "image"), np.full((*shape, images), 16.0)),
            "fgsm": ((*dims, "eps"), np.sort(rng.uniform(size=(*shape, len(EPS))), -1)),
            "universal": ((*dims, "share"), np.sort(rng.uniform(size=(*shape, len(SHARES))), -1)),
        },
        {
            "network": networks,
            "labels": list(LABELS),
            "seed": range(seeds),
            "eps": list(EPS),
            "share": list(SHARES),
        },
        {"dataset": "digits", "P": 500, "images": images},
    )


def separated(worse: float = 0.0, contracted: float = 0.2) -> xr.Dataset:
    """Errors that fall with depth, but for the last layer, which is so much worse."""
    names, seeds = ["conv1", "conv2", "logits"], 6
    errors = np.array([0.3, 0.1, 0.1 + worse])
    noise = 1e-3 * np.random.default_rng(0).standard_normal((seeds, 1, 3))
    rows = errors * np.array([[2.0], [1.0]]) + noise
    far = np.stack([np.full(3, 0.7), 0.7 * np.geomspace(1, contracted, 3)])
    dims = ("seed", "state", "layer")
    return xr.Dataset(
        {
            "nearest": (dims, rows),
            "probe": (dims, rows),
            "contraction": (dims, far[None] * _noise((seeds, 1, 3), 0.01)),
            "test_error": ("seed", np.full(seeds, 0.02)),
        },
        {"seed": range(seeds), "state": ["init", "trained"], "layer_name": ("layer", names)},
        {"dataset": "digits", "P": 1000, "network": "strided"},
    )


def inverted(behind: float = 0.0, off: float = 1e-7, *, noise: float = 0.002) -> xr.Dataset:
    """An invertible network so much behind a residual one, whose images come back so exactly."""
    seeds, rng = 6, np.random.default_rng(0)
    errors = 0.03 + np.array([[behind], [0.0]]) + noise * rng.standard_normal((2, seeds))
    back = np.full((2, seeds, 9), np.nan)
    back[0] = off * rng.uniform(0.5, 1, (seeds, 9))
    back[0, 0, 0] = off
    between = np.full((2, seeds, 7, 8, 8, 1), np.nan)
    between[0] = rng.normal(size=(seeds, 7, 8, 8, 1))
    return xr.Dataset(
        {
            "test_error": (("network", "seed"), errors),
            "train_error": (("network", "seed"), 0 * errors),
            "N_all": (("network", "seed"), 100 + 0 * errors),
            "reconstruction": (("network", "seed", "image"), back),
            "between": (("network", "seed", "step", "row", "column", "channel"), between),
        },
        {"network": ["coupling", "coupling_residual"], "seed": range(seeds)},
        {"dataset": "digits", "P": 1000, "steps": 200},
    )


def checked(
    mfp: float = 0.0, ntp: float = -0.5, output: float = 0.0, adam: float = 0.0, grows: float = 1.0
) -> xr.Dataset:
    """Powers of h of changes in each of the parametrisations; of mup with ADAM it is `adam`."""
    h, seeds, steps = np.array([64, 128, 256]), 6, 2
    names = ["mfp", "mup", "ntp", "standard"]
    layers = ["a1", "a2", "output"]
    powers = np.zeros((4, 2, len(layers)))
    powers[:2, 0], powers[:2, 1] = mfp, adam
    powers[2] = ntp, ntp, output
    powers[3] = 0.0, grows, grows
    shape = (4, 2, seeds, len(h), steps, len(layers))
    dims = ("parametrisation", "optimiser", "seed", "h", "step", "layer")
    change = 0.1 * h[:, None, None] ** powers[:, :, None, None, None] * _noise(shape, 0.005)
    return xr.Dataset(
        {"change": (dims, change), "start": (dims[:4] + dims[5:], change[..., 0, :])},
        {
            "parametrisation": names,
            "optimiser": ["sgd", "adam"],
            "seed": range(seeds),
            "h": h,
            "step": range(1, steps + 1),
            "layer": layers,
        },
        {"dataset": "digits", "P": 100, "network": "fc", "L": 2},
    )


def gabors(trained: float = 0.7, init: float = 0.1, *, seeds: int = 5) -> xr.Dataset:
    """Filters of which such a share is explained, as many above as below, before and after."""
    rng = np.random.default_rng(0)
    filters, k = 8, 5
    share = np.array([trained, init, init])[:, None] + np.linspace(-0.05, 0.05, filters)
    shape = (seeds, len(STATES), filters)
    psi = rng.standard_normal((seeds, filters, k, k, 3))
    rows = {name: (("seed", "state", "filter"), np.ones(shape)) for name in ("frequency", "width")}
    return xr.Dataset(
        {
            "explained": (
                ("seed", "state", "filter"),
                share + 0.01 * rng.standard_normal((seeds, 1, 1)),
            ),
            **rows,
            "filters": (("seed", "filter", "row", "column", "colour"), psi),
            "fits": (("seed", "filter", "row", "column", "colour"), 0.9 * psi),
            "test_error": ("seed", np.full(seeds, 0.4)),
        },
        {"seed": range(seeds), "state": list(STATES)},
        {"dataset": "cifar10", "P": 100, "network": "strided", "steps": 10},
    )
