"""`python -m sweeps.gram`: the tangent kernel between test points, before and after learning.

At a few alpha~, Theta between test points sorted by their labels, at the initial weights and at
those of the end: where features are learnt the kernel inflates, and differently within a class
and between classes (Geiger et al., *Disentangling feature and lazy training in deep neural
networks*, 2020, Fig. 8a and b). What was measured is kept: the same command goes on where it was.

Exit code 0 on a result, 2 on bad input, 130 on Ctrl-C.
"""

import argparse
import dataclasses
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, Float
from tqdm import tqdm

from jamming.command import Parser, exit_code
from jamming.dynamics.protocol import Problem
from jamming.errors import BadInput
from jamming.job import Job
from jamming.kernels.empirical import ntk
from jamming.kernels.learning import weights_at
from jamming.networks import Params
from jamming.observables.kernel_pca import contrast
from jamming.predictor import predictor
from sweeps import grid
from sweeps.store import Store

RESULTS = "gram.nc"
MOMENTS = ("start", "end")


def gram(config: grid.Config, store: Store) -> xr.Dataset:
    """Train and measure what the store lacks, at the only width of the config.

    `theta` over (alpha_tilde, moment, point, other) of the first seed, the points sorted by their
    label `y`; `contrast` over (alpha_tilde, seed, moment), see there.

    Raises:
        BadInput: from a job or the store.
    """
    cells = [config.jobs(config.h[0], a) for a in config.alpha_tilde]
    todo = [job for jobs in cells for job in jobs if job.key not in store]
    for job in tqdm(todo, desc="kernels", unit=" networks", disable=None):
        y, theta = _measured(job)
        store[job.key] = {
            "job": dataclasses.asdict(job),
            "trajectory": {"contrast": [contrast(each, y) for each in theta]},
            "arrays": {"theta": theta, "y": y},
        }
    contrasts = np.array(
        [[store[job.key]["trajectory"]["contrast"] for job in jobs] for jobs in cells]
    )
    first = [store.arrays(jobs[0].key) for jobs in cells]
    theta = np.stack([each["theta"] for each in first])
    job = config.job
    return xr.Dataset(
        {
            "theta": (("alpha_tilde", "moment", "point", "other"), theta),
            "contrast": (("alpha_tilde", "seed", "moment"), contrasts),
            "y": ("point", first[0]["y"]),
        },
        {
            "alpha_tilde": list(config.alpha_tilde),
            "moment": list(MOMENTS),
            "seed": np.arange(config.seeds),
        },
        {"dataset": job.dataset, "P": job.P, "L": job.L, "h": config.h[0]},
    )


def _measured(job: Job) -> tuple[Float[np.ndarray, " Q"], Float[np.ndarray, "2 Q Q"]]:
    data = job.data()
    order = np.argsort(-data.y_test, kind="stable")
    x, y = jnp.asarray(data.x_train), jnp.asarray(data.y_train)
    seen = jnp.asarray(data.x_test[order])
    net = job.network()
    w0 = net.init(job.init_key(), x[:1])
    problem = Problem(predictor(net, w0, job.alpha), job.loss_function(), x, y)
    moments = weights_at(problem, job.batch_key(), job.stepper(), [0.0, math.inf])

    @jax.jit
    def kernel(w: Params) -> Array:
        f: Any = net.apply
        return ntk(f, w, seen)

    return data.y_test[order], np.stack([np.asarray(kernel(each.w)) for each in moments])


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = Parser(
        prog="gram",
        description="The tangent kernel between test points before and after learning.",
        epilog="example: python -m sweeps.gram --dataset mnist10pca --P 300",
        allow_abbrev=False,
    )
    p.add_argument("--dataset", default="digits10pca", help="see python -m jamming.find_nstar -h")
    p.add_argument("--P", type=int, default=200, help="training points")
    p.add_argument("--depth", type=int, default=2, help="L, hidden layers")
    p.add_argument("--h", type=int, default=60, help="width")
    p.add_argument("--alpha-tilde", type=float, nargs="+", default=[0.1, 10.0, 1000.0])
    p.add_argument("--seeds", type=int, default=3)
    p.add_argument("--steps", type=int, default=50_000, help="budget: gradients a network")
    p.add_argument("--test-points", type=int, default=200)
    p.add_argument("--out", type=Path, help="folder (default: results/gram)")
    return p


def config_of(a: argparse.Namespace) -> grid.Config:
    """The grid that the arguments describe.

    Raises:
        BadInput: a value out of range or an unknown name.
    """
    job = Job(
        dataset=a.dataset,
        P=a.P,
        widths=(a.h,) * a.depth,
        whiten=False,
        test_points=a.test_points,
        activation="softplus5",
        normalised=True,
        parametrisation="ntp",
        bias=False,
        alpha=1.0,
        loss="soft_hinge",
        slack=0.0,
        dynamics="flow",
        max_ticks=a.steps,
    )
    return grid.Config(job, (a.h,), tuple(map(float, a.alpha_tilde)), a.seeds, kernel=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    a = parser().parse_args(arguments)

    def run() -> int:
        jax.config.update("jax_enable_x64", True)
        config = config_of(a)
        if len(set(config.job.data().y_test.tolist())) < 2:
            raise BadInput("the test points are of one label: raise --test-points")
        store = Store(a.out or Path("results") / "gram")
        found = gram(config, store)
        store.write(RESULTS, bytes(found.to_netcdf()))
        print(summary(found))
        print(f"results: {store.folder / RESULTS}")
        return 0

    return exit_code("gram", run, "--h or --test-points")


def summary(found: xr.Dataset) -> str:
    """A line for each alpha~."""
    rows = ["   alpha~   contrast of classes: start      end"]
    for a in found.alpha_tilde.values:
        start, end = (float(found.contrast.sel(alpha_tilde=a, moment=m).mean()) for m in MOMENTS)
        rows.append(f"{a:9.3g}  {start:26.3f} {end:8.3f}")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
