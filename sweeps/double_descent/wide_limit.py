"""`python -m sweeps.double_descent wide_limit`: how initial weights matter less in wide networks.

For every width h and several initial weights: the tangent kernel at the start and its distance from
the mean; the variance of outputs at the start, with orthogonal and with independent weights; how
far the kernel moves as the network learns f - f0 by gradient flow; how far the outcome of the
square loss is from the closed form of a constant kernel. Geiger et al., *Scaling description of
generalization with number of parameters in deep learning*, 2020, say that with their weights
(orthogonal, no prefactors) the kernel fluctuates by h^(-1/2) (Eq. 8) and the variance of outputs is
constant (sec. 5), and that in ntp the kernel moves by 1/h (sec. 5) and the closed form holds to
that order (Eq. 17).
"""

import math
from dataclasses import dataclass
from typing import Annotated, Any, Unpack

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.execution.memory import fits
from jamming.models.counting import n_weights
from jamming.observables import initial as start
from jamming.observables.ensembles import norm
from jamming.training.ready import DOUBLE, ready
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine import gather, grid
from sweeps.engine.diverged import infinite
from sweeps.engine.execute import How
from sweeps.engine.store import Store

RESULTS = "initial.nc"
# the square loss is learnt until every output is as close as this to its label
LEFT = 1e-3


@dataclass(frozen=True)
class Config(grid.Grid):
    """The widths h, and how many initial weights of each: `seeds` that learn, `draws` that do not.

    `job` is the network that learns f - f0; `few` of its points are those of the square loss, and
    its `kernel_points` those of all kernels.
    """

    h: grid.Widths
    seeds: Annotated[int, grid.count(least=2)] = 5
    draws: Annotated[int, grid.scalar(given.whole, least=2, most=given.RUNS)] = 1000
    few: Annotated[int, grid.scalar(given.whole, least=2)] = 20

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.few > self.job.P:
            raise BadInput(f"the square loss needs 2 to {self.job.P} points, not {self.few}")
        self.job.binary_only()
        if self.job.kernel_points < 2:
            raise BadInput(f"kernel_points must be at least 2, not {self.job.kernel_points}")

    def check(self, asked: int = 0) -> None:
        h, few, points = self.h[-1], self.squares(self.h[-1]), self.job.kernel_points
        kernels = DOUBLE * max(2 * self.seeds * points**2, self.draws * points)
        fits(f"{self.seeds} kernels of {points} points", kernels, "kernel_points")
        ready([*few, self.drawn(h, orthogonal=True), *self.jobs(h)], points=max(2, asked))

    def jobs(self, h: int) -> list[Job]:
        """The networks of a width that learn f - f0, one for each seed."""
        return [self.at(s, h=h, alpha=1.0) for s in range(self.seeds)]

    def squares(self, h: int) -> list[Job]:
        """Those that learn f, with the square loss."""
        square = {"P": self.few, "alpha": None, "loss": "square", "slack": LEFT}
        return [job.replace(**square) for job in self.jobs(h)]

    def drawn(self, h: int, *, orthogonal: bool) -> Job:
        """A network of relu of which the weights are drawn and nothing is learnt.

        Orthogonal weights as they are, or independent ones of variance 2 / fan-in.
        """
        return self.at(
            0,
            h=h,
            activation="relu",
            normalised=not orthogonal,
            parametrisation="plain",
            init="orthogonal" if orthogonal else "normal",
            bias=True,
        )


def initial(config: Config, store: Store, **how: Unpack[How]) -> xr.Dataset:
    """Run what the store lacks; all over (h, seed), but the variances, over (h, draw).

    `fluctuation` is ||Theta - <Theta>|| / ||<Theta>|| at the start, `kernel_change` ||Theta -
    Theta_0|| / ||Theta_0|| at the end, `deviation` the root mean square distance to the closed form
    divided by that of the closed form. `orthogonal` and `independent` have one number a draw, the
    mean of which is the variance of outputs at the start with such weights.
    """
    jobs = {("alpha f", h): config.jobs(h) for h in config.h}
    jobs |= {("square", h): config.squares(h) for h in config.h}
    runs = gather.trained(jobs, store, arrays=True, **how)
    job = config.job
    few, many = (jax.random.split(job.init_key(), n) for n in (config.seeds, config.draws))
    x = jnp.asarray(job.data().x_test[: job.kernel_points], job.dtype)
    rows: dict[tuple[int], dict[str, Any]] = {}
    for h in config.h:
        learnt, squares = runs["alpha f", h], zip(runs["square", h], jobs["square", h], strict=True)
        closed = np.array([_closed_form(run, one) for run, one in squares])
        drawn = [config.drawn(h, orthogonal=yes).network() for yes in (True, False)]
        rows[(h,)] = {
            "kernel_change": [
                math.nan if run.kernel_change is None else infinite(run.kernel_change)
                for run in learnt
            ],
            "fitted": [run.fitted for run in learnt],
            "deviation": infinite(closed[:, 0]),
            "left": closed[:, 1],
            "fluctuation": start.kernel_fluctuations(drawn[0], few, x),
            "orthogonal": start.output_fluctuations(drawn[0], many, x),
            "independent": start.output_fluctuations(drawn[1], many, x),
            "N": n_weights(x.shape[1], h, job.L),
        }
    dims = {name: ("seed",) for name in rows[config.h[0],] if name != "N"}
    dims |= {"orthogonal": ("draw",), "independent": ("draw",)}
    return (
        gather.gathered(rows, {"h": config.h}, dims)
        .assign_coords(seed=np.arange(config.seeds) + job.init_seed)
        .assign_attrs(config.attrs("dataset", "activation", "P", "L", few=config.few))
    )


def _closed_form(run: Trajectory, job: Job) -> tuple[float, float]:
    """How far a network is from the closed form, and from its labels (root mean squares)."""
    data, net = job.data(), job.network()
    x, y, x_test = (jnp.asarray(a, job.dtype) for a in (data.x_train, data.y_train, data.x_test))
    w0, few = net.init(job.init_key(), x[:1]), slice(job.kernel_points)
    F_train, F_test = run.outputs
    away = start.distance_to_frozen(net, w0, x, y, x_test[few], F_test[few])
    return away, float(norm(F_train - data.y_train))


SHOWN = ("fluctuation", "orthogonal", "independent", "kernel_change", "deviation")
summary = gather.summary(("h",), {name.replace("_", " "): (name, ".4f") for name in SHOWN})
