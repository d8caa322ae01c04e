"""`python -m sweeps.deformations stripe_stability`: R_f of networks that learn an invariance.

The labels of a stripe or cylinder depend on few coordinates x_par. A network of one hidden layer
that learns them by gradient flow becomes less sensitive to noise in the other ones than to noise in
all of them,

    R_f = <(F(x + nu) - F(x))^2> / <(F(x + eta) - F(x))^2>,    |nu| = |eta|,

nu along x_perp alone, eta in any direction: R_f ~ 1/P where features are learnt (Geiger, *Loss
landscape and symmetries in neural networks*, 2021, the chapter on relative stability, Eq. 6).
alpha~ = sqrt(h) alpha is the alpha of mean-field networks.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Unpack

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax.flatten_util import ravel_pytree
from jaxtyping import Array

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.data.invariant import MODELS
from jamming.data.names import parse_name
from jamming.images.noise import sphere_noise
from jamming.objectives.predictor import Predictor
from jamming.training.build import predictor_at
from jamming.training.ready import ready
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine import gather, grid
from sweeps.engine.execute import How
from sweeps.engine.store import Store

RESULTS = "stripe_stability.nc"
ESTIMATORS: dict[str, Callable[..., np.ndarray]] = {"mean": np.mean, "median": np.median}


@dataclass(frozen=True)
class Config(grid.Sets):
    """Networks of one hidden layer at several alpha~, and the norms of the noise."""

    alpha_tilde: Annotated[tuple[float, ...], grid.several(given.numbers, above=0.0)] = (1e-3, 1e3)
    radius: Annotated[
        tuple[float, ...], grid.several(given.numbers, above=0.0, most=given.HUGE)
    ] = (0.3,)

    def __post_init__(self) -> None:
        super().__post_init__()
        spec = parse_name(self.job.dataset)
        if spec.base not in MODELS or spec.d is None or spec.d <= MODELS[spec.base].d_par:
            raise BadInput(
                f"{self.job.dataset} has no invariance: choose stripe<d> or cylinder<d>, d above 2"
            )
        if self.job.L != 1:
            raise BadInput("a network that learns an invariance has one hidden layer here")
        given.runs(P=len(self.P), sets=self.sets, inits=self.inits, alphas=len(self.alpha_tilde))

    def networks(self, P: int, s: int, alpha_tilde: float) -> list[Job]:
        alpha = alpha_tilde / math.sqrt(self.job.widths[0])
        return [job.replace(alpha=alpha, batch_seed=job.init_seed) for job in self.on_set(P, s)]

    def check(self) -> None:
        ready([self.networks(self.P[-1], 0, a)[0] for a in self.alpha_tilde])


def stripe_stability(config: Config, store: Store, **how: Unpack[How]) -> xr.Dataset:
    """Train what the store lacks; R over (alpha_tilde, P, set, init, radius, estimator).

    Beside it the test error, whether the network fits, and |w - w_0| / |w_0|.
    """
    cells = {
        (a, P, s): config.networks(P, s, a) for a in config.alpha_tilde for P, s in config.cells
    }
    rows = {}
    for at, runs in gather.trained(cells, store, weights=True, arrays=True, **how).items():
        for i, (job, run) in enumerate(zip(cells[at], runs, strict=True)):
            rows[(*at, i)] = _of_run(job, run, config.radius)
    axes: dict[str, Any] = {"alpha_tilde": config.alpha_tilde, "P": config.P}
    axes |= {"set": range(config.sets), "init": range(config.inits)}
    spec, inner = parse_name(config.job.dataset), {"R": ("radius", "estimator")}
    return (
        gather.gathered(rows, axes, inner)
        .drop_vars(("set", "init"))
        .assign_coords(radius=list(config.radius), estimator=list(ESTIMATORS))
        .assign_attrs(
            config.attrs("dataset", d=spec.d, d_par=MODELS[spec.base].d_par),
            h=config.job.widths[0],
        )
    )


def _of_run(job: Job, run: Trajectory, radii: tuple[float, ...]) -> dict[str, object]:
    data, spec = job.data(), parse_name(job.dataset)
    F, v = predictor_at(job, data.x_train, run.w)
    x, d, d_par = jnp.asarray(data.x_test, job.dtype), spec.d, MODELS[spec.base].d_par
    clean = _outputs(F, v, x)

    def change(key: int, columns: slice, radius: float) -> np.ndarray:
        """Squares of what noise in these columns does to the outputs, [Q]."""
        noise = sphere_noise(jax.random.key(key), x[:, columns], radius)
        return np.asarray(_outputs(F, v, x.at[:, columns].add(noise)) - clean, float) ** 2

    each = [(change(0, slice(d_par, d), r), change(1, slice(d), r)) for r in radii]
    R = [[of(nu) / of(eta) for of in ESTIMATORS.values()] for nu, eta in each]
    moved, at_first = (
        float(jnp.linalg.norm(ravel_pytree(w)[0])) for w in (v, F.weights(F.start()))
    )
    return {
        "R": np.array(R) if math.isfinite(run.loss) else np.full((len(radii), 2), math.inf),
        "error": run.test_error,
        "fitted": float(run.fitted),
        "weight_change": moved / at_first,
    }


@jax.jit
def _outputs(F: Predictor, v: Any, x: Array) -> Array:
    return F(v, x)


def _typical(estimator: str) -> gather.Column:
    """The log-average over networks, at the radius in the middle."""

    def text(one: xr.Dataset) -> str:
        R = one.R.sel(estimator=estimator).isel(radius=one.sizes["radius"] // 2)
        return gather.number(float(np.exp(np.log(R).mean())), ".4f")

    return text


summary = gather.summary(
    ("alpha_tilde", "P"),
    {
        "fitted": ("fitted", ".0%"),
        "test error": ("error", ".4f"),
        "R_f (mean)": _typical("mean"),
        "R_f (median)": _typical("median"),
        "|dw|/|w|": ("weight_change", ".3f"),
    },
)
