"""How initial weights matter less and less as networks grow wide.

The command is `python -m sweeps.double_descent wide_limit`. For every width h and several initial
weights:

* the tangent kernel at the start, and how far from its mean it is;
* outputs at the start, and their variance, with orthogonal and with independent weights;
* how far the kernel moves as the network learns f - f0 (alpha = 1) by gradient flow;
* how far what the square loss comes to is from the closed form of a kernel that stays as it was.

The kernel at the start is that of the initial weights of *Scaling description of generalization
with number of parameters in deep learning* (Geiger et al., 2020: orthogonal, no prefactors), which
says that its fluctuations go as h^(-1/2) (Eq. 8) and that the variance of outputs is constant (sec.
5). The other two are in the parametrisation of tangent kernels, where that paper says that the
kernel moves by 1/h (sec. 5) and that the closed form holds to that order (Eq. 17).
"""

import dataclasses
import json
import math
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from jamming.checks.arguments import RUNS, runs, seeds, settle, some, whole, wholes
from jamming.checks.errors import BadInput
from jamming.execution.memory import fits
from jamming.models.counting import n_weights
from jamming.observables.ensembles import norm
from jamming.observables.initial import (
    distance_to_frozen,
    kernel_fluctuations,
    output_fluctuations,
)
from jamming.training.costs import DOUBLE
from jamming.training.ready import ready
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine.diverged import infinite
from sweeps.engine.execute import ProgressCallback, execute, load_run
from sweeps.engine.progress import Work
from sweeps.engine.store import Store

RESULTS = "initial.nc"
# the square loss is learnt until every output is as close as this to its label
LEFT = 1e-3


@dataclass(frozen=True)
class Config:
    """The widths h, and how many initial weights of each: `seeds` that learn, `draws` that do not.

    `job` is the network that learns f - f0; `few` of its points are those of the square loss, and
    its `kernel_points` those of all kernels.

    Raises:
        BadInput: nothing to do, or a value out of range.
    """

    job: Job
    h: tuple[int, ...]
    seeds: int = 5
    draws: int = 1000
    few: int = 20

    def __post_init__(self) -> None:
        plain = {
            "h": tuple(sorted(set(some("h", wholes("h", self.h))))),
            "seeds": seeds(self.job.last_seed, self.seeds, least=2),
            "draws": whole("draws", self.draws, least=2, most=RUNS),
            "few": whole("few", self.few, least=2),
        }
        settle(self, plain)
        runs(widths=len(self.h), seeds=self.seeds)
        if not 2 <= self.few <= self.job.P:
            raise BadInput(f"the square loss needs 2 to {self.job.P} points, not {self.few}")
        if self.job.kernel_points < 2:
            raise BadInput("a kernel needs 2 points at least")

    def check(self, asked: int = 0) -> None:
        """Refuse now what would be refused when the runs begin, and fewer test points than `asked`.

        Raises:
            BadInput: from `jamming.training.ready`.
        """
        h, few, points = self.h[-1], self.squares(self.h[-1]), self.job.kernel_points
        kernels = DOUBLE * max(2 * self.seeds * points**2, self.draws * points)
        fits(f"{self.seeds} kernels of {points} points", kernels, "kernel_points")
        ready([*few, self.drawn(h, orthogonal=True), *self.jobs(h)], points=max(2, asked))

    def jobs(self, h: int) -> list[Job]:
        """The networks of a width that learn f - f0, one for each seed."""
        return [
            self.job.replace(
                widths=(h,) * self.job.L,
                alpha=1.0,
                init_seed=self.job.init_seed + s,
                batch_seed=self.job.batch_seed + s,
            )
            for s in range(self.seeds)
        ]

    def squares(self, h: int) -> list[Job]:
        """Those that learn f, with the square loss."""
        return [
            job.replace(P=self.few, alpha=None, loss="square", slack=LEFT) for job in self.jobs(h)
        ]

    def drawn(self, h: int, *, orthogonal: bool) -> Job:
        """A network of relu of which the weights are drawn and nothing is learnt.

        Orthogonal weights as they are, or independent ones of variance 2 / fan-in.
        """
        return self.job.replace(
            widths=(h,) * self.job.L,
            activation="relu",
            normalised=not orthogonal,
            parametrisation="plain",
            init="orthogonal" if orthogonal else "normal",
            bias=True,
        )


def initial(
    config: Config, store: Store, *, progress: ProgressCallback | None = None, client: Any = None
) -> xr.Dataset:
    """Run what the store lacks; all over (h, seed), but the variances, over (h, draw).

    `fluctuation` is ||Theta - <Theta>|| / ||<Theta>|| at the start, `kernel_change` ||Theta -
    Theta_0|| / ||Theta_0|| at the end, `deviation` the root mean square distance to the closed form
    by that of the closed form. `orthogonal` and `independent` have one number a draw, the mean of
    which is the variance of outputs at the start with such weights.

    Raises:
        BadInput: from a job or the store.
    """
    learning = [config.jobs(h) for h in config.h]
    squares = [config.squares(h) for h in config.h]
    jobs = [job for row in (*learning, *squares) for job in row]
    execute(jobs, store, Work() if progress is None else progress, client=client)
    job = config.job
    few, many = (jax.random.split(job.init_key(), n) for n in (config.seeds, config.draws))
    x = jnp.asarray(job.data().x_test[: job.kernel_points], job.dtype)
    runs = [[load_run(store, one) for one in row] for row in learning]
    closed = [[_closed_form(load_run(store, one), one) for one in row] for row in squares]
    columns: dict[str, Any] = {
        "kernel_change": [
            [math.nan if run.kernel_change is None else infinite(run.kernel_change) for run in row]
            for row in runs
        ],
        "fitted": [[run.fitted for run in row] for row in runs],
        "deviation": infinite([[away for away, _ in row] for row in closed]),
        "left": [[left for _, left in row] for row in closed],
        "fluctuation": [
            kernel_fluctuations(config.drawn(h, orthogonal=True).network(), few, x)
            for h in config.h
        ],
    }
    variances = {
        name: [
            output_fluctuations(config.drawn(h, orthogonal=yes).network(), many, x)
            for h in config.h
        ]
        for name, yes in (("orthogonal", True), ("independent", False))
    }
    return xr.Dataset(
        {name: (("h", "seed"), np.array(rows)) for name, rows in columns.items()}
        | {name: (("h", "draw"), np.array(rows)) for name, rows in variances.items()}
        | {
            "N": ("h", [n_weights(x.shape[1], h, job.L) for h in config.h]),
        },
        {"h": list(config.h), "seed": np.arange(config.seeds) + job.init_seed},
        {
            "dataset": job.dataset,
            "activation": job.activation,
            "P": job.P,
            "few": config.few,
            "L": job.L,
            "config": json.dumps(dataclasses.asdict(config)),
        },
    )


def _closed_form(run: Trajectory, job: Job) -> tuple[float, float]:
    """How far a network is from the closed form, and from its labels (root mean squares)."""
    data, net = job.data(), job.network()
    x, y, x_test = (jnp.asarray(a, job.dtype) for a in (data.x_train, data.y_train, data.x_test))
    if run.F_train is None or run.F_test is None:
        raise BadInput("a network has no outputs: its folder was made by another version")
    w0 = net.init(job.init_key(), x[:1])
    points = job.kernel_points
    away = distance_to_frozen(net, w0, x, y, x_test[:points], np.asarray(run.F_test)[:points])
    return away, float(norm(np.asarray(run.F_train) - data.y_train))


def summary(found: xr.Dataset) -> str:
    """A line for each width."""
    rows = ["    h  fluctuation  orthogonal  independent  kernel change  closed form"]
    for h in found.h.values:
        one = found.sel(h=h)
        names = ("fluctuation", "orthogonal", "independent", "kernel_change", "deviation")
        a, b, c, d, e = (float(one[name].mean()) for name in names)
        rows.append(f"{h:5d}  {a:11.4f}  {b:10.4f}  {c:11.4f}  {d:13.4f}  {e:11.4f}")
    return "\n".join(rows)
