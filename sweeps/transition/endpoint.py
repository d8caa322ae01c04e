"""The landscape around the weights at which a run has ended.

All that the jamming papers draw of such a point: the constraints Delta, the three spectra (H, H_0,
H_p), that of H_p where training began, and the pre-activations on the training points against
those of unseen ones (Geiger et al., *The jamming transition as a paradigm to understand the loss
landscape of deep neural networks*, 2019, Figs. 7, 8, 9 and 12). In float64, whatever the precision
of training.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from scipy import stats

from jamming.checks.arrays import ArrayLike, finite
from jamming.checks.errors import BadInput
from jamming.data import Dataset
from jamming.models.networks import Params, chain
from jamming.objectives.problem import Problem
from jamming.observables.cusps import KINK, cusps, density, preactivations, size_of
from jamming.observables.hessian import spectrum, split
from jamming.training.build import predictor_at
from jamming.training.spec import Job

# Bins of the pre-activations, in units of their root mean square: the kink fills one of them.
EDGES = np.linspace(-4.0, 4.0, 402)  # an odd number of bins, so that one has its middle at zero


@dataclass(frozen=True)
class Endpoint:
    """What is found there; N_all counts all parameters, L the hidden layers.

    `delta` are all Delta_mu. The eigenvalues ascend; H, H_0, H_p are empty where all constraints
    are met, as the loss is flat there. `train` and `unseen` are the densities of the
    pre-activations, in units of their root mean square in the layer, on `EDGES`. `on_kink` counts
    pairs (training point, neuron) on the kink of relu, `by_chance` how many of them unseen points
    would have; `distance` is the largest difference of the cumulative distributions of training
    and unseen pre-activations, without those on the kink.
    """

    delta: Float[np.ndarray, " P"]
    H: Float[np.ndarray, " N_here"]
    H_0: Float[np.ndarray, " N_here"]
    H_p: Float[np.ndarray, " N_here"]
    H_p_start: Float[np.ndarray, " N_all"]
    train: Float[np.ndarray, "L bins"]
    unseen: Float[np.ndarray, "L bins"]
    on_kink: Float[np.ndarray, " L"]
    by_chance: Float[np.ndarray, " L"]
    distance: Float[np.ndarray, " L"]

    @property
    def N_c(self) -> float:
        """Number of cusps."""
        return float(self.on_kink.sum() - self.by_chance.sum())


def problem_of(job: Job, data: Dataset, w: ArrayLike | None = None) -> tuple[Problem, Params]:
    """The landscape of a job in float64, and the variable v that stands for the weights w.

    `w` in the order of `ravel_pytree`, as `Trajectory.w`; by default those at which the job begins.
    Raises BadInput if they are not those of the job's network, or not finite, or if float64 is off
    in JAX.
    """
    if not jax.config.read("jax_enable_x64"):
        raise BadInput('float64 is off in JAX: call jax.config.update("jax_enable_x64", True)')
    w = None if w is None else np.asarray(finite(w, "w", dtype=np.float64))
    F, v = predictor_at(job, data.x_train, w, np.float64)
    x, y = jnp.asarray(data.x_train, np.float64), jnp.asarray(data.y_train, np.float64)
    problem = Problem(F, job.loss_function(), x, y)
    problem.loss.check(y)
    return problem, v


def endpoint(job: Job, data: Dataset, w: ArrayLike) -> Endpoint:
    """Everything about the point w; dense, see `jamming.observables.hessian.split` for memory.

    Raises BadInput as `problem_of` and `split`, or if there are no unseen points to compare with,
    or if the network is no chain of layers.
    """
    if not len(data.x_test):
        raise BadInput("there are no unseen points to compare with: ask for test points")
    problem, v = problem_of(job, data, w)
    delta = finite(np.asarray(problem.loss.delta(problem.outputs(v), problem.y)), "Delta")
    spectra = dict.fromkeys(("H", "H_0", "H_p"), np.empty(0))
    if (delta > 0).any():
        parts = split(problem, v)
        spectra = {name: spectrum(getattr(parts, name)).eigenvalues for name in spectra}
    began = split(problem, problem.predictor.start()).H_p
    net, weights = chain(job.network()), problem.predictor.weights(v)
    x_unseen = jnp.asarray(data.x_test, np.float64)
    seen = preactivations(net, weights, problem.x)
    unseen = preactivations(net, weights, x_unseen)
    counted = cusps(net, weights, problem.x, x_unseen)
    return Endpoint(
        delta=delta,
        **spectra,
        H_p_start=spectrum(began).eigenvalues,
        train=np.stack([density([a], EDGES) for a in seen]),
        unseen=np.stack([density([a], EDGES) for a in unseen]),
        on_kink=np.array(counted.train, float),
        by_chance=np.array(counted.chance, float),
        distance=np.array([_distance(*pair) for pair in zip(seen, unseen, strict=True)]),
    )


def _distance(one: np.ndarray, two: np.ndarray) -> float:
    """Kolmogorov and Smirnov's, without what is on the kink."""
    size = KINK * size_of(one)
    off = [a[np.abs(a) > size].ravel() for a in (one, two)]
    known = all(a.size for a in off)
    return float(stats.ks_2samp(*off, method="asymp").statistic) if known else float("nan")
