"""Phase diagrams made by hand: as a sweep leaves them, in part, and beside stochastic descent."""

import numpy as np
import xarray as xr


def a_diagram(
    h: tuple[int, ...] = (2, 3, 4, 5, 6, 8, 10, 14, 20, 30, 50, 100, 200),
    alphas: int = 17,
    seed: int = 0,
    share: float = 1.0,
) -> xr.Dataset:
    """A sweep as it may come out, of which `share` has been run (small alpha~ first).

    Jamming near h = 6, later at large alpha~; errors with a ridge there that the ensemble does not
    have; a kernel change that falls with alpha~ and, at small widths, is larger.
    """
    rng = np.random.default_rng(seed)
    h_, a = np.array(h), np.logspace(-3, 5, alphas)
    star = 5.6 + 2.6 / (1 + (30 / a) ** 0.8) + 0.1 * rng.normal(size=a.size)
    x = np.log(h_[:, None] / star)
    lazy = 1 / (1 + (10 / a) ** 0.9)
    level = 0.030 + 0.020 * lazy + 0.015 * np.exp(-(np.log10(a / 5) ** 2)) * -0.4
    ensemble = level * (1 + 0.6 / (1 + np.exp(5 * x)) + 0.25 * np.exp(-2 * np.abs(x)))
    ensemble = ensemble * np.exp(0.03 * rng.normal(size=x.shape))
    error = ensemble * (1 + 1.5 * np.exp(-((x / 0.35) ** 2)) + 1.2 * h_[:, None] ** -0.5)
    fit = np.round(8 / (1 + np.exp(-14 * x))) / 8
    change = 3 * np.sqrt(10 / a) * (1 + 3 / h_[:, None]) / 3
    change = np.where(fit > 0.5, change, np.nan)
    levels = np.array([0.1, 1.0, 10.0])
    crossover = 10 * ((1 + 3 / h_) / levels[:, None]) ** 2
    crossover = crossover * np.exp(0.1 * rng.normal(size=crossover.shape))
    crossover[:, h_ < 7] = np.nan
    kernel = level[-1] * (1 + 1.2 * h_**-0.5) * np.exp(0.02 * rng.normal(size=h_.size))
    run = np.arange(a.size) < round(share * a.size)
    cells = {"error": error, "ensemble_error": ensemble, "fit": fit, "kernel_change": change}
    cells |= {"error_se": 0.04 * error, "ensemble_error_se": 0.02 * ensemble}
    star = np.where(run, star, np.nan)
    dims = ("h", "alpha_tilde")
    return xr.Dataset(
        {k: (dims, np.where(run, v, np.nan)) for k, v in cells.items()}
        | {
            "N": ("h", 10 * h_ + h_**2 + 3 * h_ + 1),
            "jamming_h": ("alpha_tilde", star),
            "jamming_h_low": ("alpha_tilde", star * 0.9),
            "jamming_h_high": ("alpha_tilde", star * 1.15),
            "crossover": (("level", "h"), crossover),
            "crossover_low": (("level", "h"), crossover / 1.3),
            "crossover_high": (("level", "h"), crossover * 1.3),
            "kernel_error": ("h", kernel * 1.1),
            "kernel_error_se": ("h", kernel * 0.05),
            "kernel_ensemble_error": ("h", kernel),
            "kernel_infinite_error": ((), float(level[-1])),
        },
        coords={"h": h_, "alpha_tilde": a, "level": levels},
        attrs={
            "dataset": "mnist10pca",
            "P": 1000,
            "L": 2,
            "seeds": 8,
            "activation": "relu",
            "loss": "quadratic_hinge",
            "complete": int(share == 1.0),
            "done": round(share * 550),
            "total": 550,
        },
    )


def an_observed_diagram(rise: float = 1.0, error: float = 0.1) -> xr.Dataset:
    """With an R_f that rises where features are learnt, from that of the start."""
    found = a_diagram((4, 8, 16, 32, 64), 5)
    rf = 0.8 + rise * (1 + 0.2 * np.log2(found.h)) / (1 + found.alpha_tilde)
    start = 0.8 + 0 * found.h
    values = {"observable": rf, "observable_se": error + 0 * rf}
    values |= {"observable_start": start, "observable_start_se": error + 0 * start}
    known = {"observe": "R_f", "observe_label": "$R_f$", "log": 1, "delta": 1.0, "cut": 3}
    return found.assign(values).assign_attrs(known, dataset="mnist", seeds=1, sets=5)


H, ALPHA = "h", "alpha_tilde"
OPTIONAL = (
    "error",
    "N",
    "jamming_h",
    "jamming_h_low",
    "jamming_h_high",
    "crossover",
    "crossover_low",
    "crossover_high",
    "kernel_ensemble_error",
    "kernel_infinite_error",
)


def blank(data: xr.Dataset) -> xr.Dataset:
    """The same sweep before anything has run."""
    return data.map(lambda v: v.astype(float) * np.nan, keep_attrs=True)


CASES = {
    "finished": a_diagram(),
    "half-finished": a_diagram(share=0.5),
    "nothing run": blank(a_diagram()),
    "one width": a_diagram(h=(7,)),
    "one alpha": a_diagram(alphas=1),
    "one cell": a_diagram(h=(7,), alphas=1),
    "all jammed": a_diagram(h=(1, 2, 3)),
    "none jammed": a_diagram(h=(50, 70, 90)),
    "widths close by": a_diagram(h=(61, 62, 63, 64, 65, 66, 67, 68)),
    "one error everywhere": a_diagram().assign(
        ensemble_error=a_diagram().ensemble_error * 0 + 0.1,
        kernel_ensemble_error=a_diagram().kernel_ensemble_error * 0 + 0.1,
        kernel_infinite_error=0.1,
    ),
    "no optional variable": a_diagram().drop_vars([*OPTIONAL, "level"]),
    "no attributes": a_diagram().assign_attrs().drop_attrs(),
    "intervals without an end": a_diagram().assign(
        jamming_h_high=a_diagram().jamming_h_high * np.inf,
        crossover_low=a_diagram().crossover * np.nan,
    ),
    "transposed": a_diagram().transpose(ALPHA, H, "level"),
    "descending": a_diagram().isel(h=slice(None, None, -1), alpha_tilde=slice(None, None, -1)),
} | {f"no {name}": a_diagram().drop_vars(name) for name in OPTIONAL}


def rules(alphas: int = 5) -> xr.Dataset:
    """Of `sweeps.phase_diagram.sgd_axis`: the flow, and two temperatures that move both lines."""
    flow = a_diagram(h=(3, 6, 12, 32), alphas=alphas)
    temperature = np.array([0.0, 0.1 / 32, 0.1 / 4])
    moved = [1.0, 1.1, 1.3]
    names = ("jamming_h", "jamming_h_low", "jamming_h_high", "error", "ensemble_error")
    crossing = ("crossover", "crossover_low", "crossover_high")
    rows = [
        flow.assign({n: by * flow[n] for n in names} | {n: by**9 * flow[n] for n in crossing})
        for by in moved
    ]
    return xr.concat(rows, "rule", data_vars="all").assign_coords(
        rule=["flow", "batch 32, lr 0.1", "batch 4, lr 0.1"],
        batch=("rule", [0.0, 32.0, 4.0]),
        lr=("rule", [0.0, 0.1, 0.1]),
        temperature=("rule", temperature),
    )
