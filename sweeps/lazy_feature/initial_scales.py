"""Gradients and speeds at the start of training, against width.

The command is `python -m sweeps.lazy_feature.initial_scales`. At several widths, and for several
initial weights each, how large the gradients of f are in each layer and how fast its
pre-activations begin to move (`jamming.observables.initial_scales`; Geiger et al., *Disentangling
feature and lazy training in deep neural networks*, 2020, Eqs. 20 to 22 and Fig. 11). Nothing is
trained.

Exit code 0 on a result, 2 on bad input, 130 on Ctrl-C.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from jamming.checks.arguments import SEEDS, layers, runs, seeds, whole
from jamming.commands.command import Parser, exit_code
from jamming.models.networks import chain
from jamming.objectives.predictor import predictor
from jamming.objectives.problem import Problem
from jamming.observables.initial_scales import gradient_scales, velocities
from jamming.training.ready import ready
from jamming.training.spec import Job
from sweeps.engine.labelled import ended
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "initial_scales.nc"


def initial_scales(jobs: Sequence[Job], store: Store) -> xr.Dataset:
    """Measure what the store lacks, of jobs of one depth; over (layer, h, seed).

    `gradient`, root mean square of df/dW over the L + 1 `layer`s, and `velocity`, that of dz~/dt of
    the hidden ones, NaN of the last.

    Raises:
        BadInput: from a job or the store.
    """
    measure(jobs, store, lambda job: (_measured(job), {}), unit="networks")
    h = sorted({job.widths[0] for job in jobs})
    seeds = sorted({job.init_seed for job in jobs})
    shape = (jobs[0].L + 1, len(h), len(seeds))
    data = {name: np.full(shape, np.nan) for name in ("gradient", "velocity")}
    for job in jobs:
        at = h.index(job.widths[0]), seeds.index(job.init_seed)
        for name, values in store[job.key]["trajectory"].items():
            data[name][(slice(len(values)), *at)] = values
    return xr.Dataset(
        {name: (("layer", "h", "seed"), values) for name, values in data.items()},
        {"layer": np.arange(1, shape[0] + 1), "h": h, "seed": seeds},
        {"dataset": jobs[0].dataset, "P": jobs[0].P, "L": jobs[0].L, "alpha": jobs[0].alpha or 1.0},
    )


def _measured(job: Job) -> dict[str, Any]:
    data = job.data()
    x, y = jnp.asarray(data.x_train), jnp.asarray(data.y_train)
    net = chain(job.network())
    w = net.init(job.init_key(), x[:1])
    problem = Problem(predictor(net, w, job.alpha), job.loss_function(), x, y)
    return {
        "gradient": gradient_scales(net, w, x).tolist(),
        "velocity": velocities(problem).tolist(),
    }


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = Parser(
        prog="initial_scales",
        description="Gradients and speeds of pre-activations at the start, against the width.",
        epilog="example: python -m sweeps.lazy_feature.initial_scales --dataset mnist10pca --P 300",
        allow_abbrev=False,
    )
    p.add_argument("--dataset", default="digits10pca")
    p.add_argument("--P", type=int, default=200, help="points")
    p.add_argument("--depth", type=int, default=5, help="L, hidden layers")
    p.add_argument("--h", type=int, nargs="+", default=[32, 64, 128, 256, 512], help="widths")
    p.add_argument("--alpha", type=float, default=1.0)
    p.add_argument("--activation", default="softplus5", help="relu, tanh, swish, softplus<beta>")
    p.add_argument("--seeds", type=int, default=5)
    p.add_argument("--init-seed", type=int, default=0, help="first seed of the weights")
    p.add_argument("--out", type=Path, help="folder (default: results/initial-scales)")
    return p


def jobs_of(a: argparse.Namespace) -> list[Job]:
    """The networks that the arguments describe, the narrow ones first.

    Raises:
        BadInput: a value out of range or an unknown name.
    """
    L, first = layers(a.depth), whole("init_seed", a.init_seed, least=0, most=SEEDS - 1)
    runs(widths=len(a.h), seeds=seeds(first, a.seeds))
    return [
        Job(
            dataset=a.dataset,
            P=whole("P", a.P, least=2),
            widths=(h,) * L,
            init_seed=a.init_seed + s,
            whiten=False,
            test_points=1,
            activation=a.activation,
            normalised=True,
            parametrisation="ntp",
            bias=False,
            alpha=a.alpha,
            loss="soft_hinge",
            slack=0.0,
            dynamics="flow",
            max_ticks=1,
        )
        for h in sorted(set(a.h))
        for s in range(a.seeds)
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""

    def run(a: argparse.Namespace) -> int:
        jax.config.update("jax_enable_x64", True)
        jobs = jobs_of(a)
        ready([*jobs[:: max(1, len(jobs) - 1)]])  # what is refused leaves no folder behind
        store = Store(a.out or Path("results") / "initial-scales")
        found = initial_scales(jobs, store)
        return ended(store, RESULTS, found, summary(found))

    return exit_code(parser(), run, arguments, "--h or --P")


def summary(found: xr.Dataset) -> str:
    """A line for each layer and width."""
    rows = ["layer     h    df/dW   dz/dt"]
    for layer in found.layer.values:
        for h in found.h.values:
            one = found.sel(layer=layer, h=h)
            speed = float(one.velocity.mean())
            said = f"{speed:8.3g}" if np.isfinite(speed) else "       -"
            rows.append(f"{layer:5d}  {h:4d}  {float(one.gradient.mean()):8.3g}{said}")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
