"""Observables on the phase diagram: what trained networks have made themselves invariant to.

D_f, G_f and R_f (`jamming.images.estimators`) at each (h, alpha~), of what has been learnt, F =
alpha (f - f0), and of f0 itself: test images deformed by `DELTA` pixels at cut-off `CUT` (by less
where the images are so small that this would fold most of them), against noise of the same norm.
Both act on pixels, and all networks see the same images.
"""

import functools
from collections.abc import Iterable, Mapping
from typing import Any

import jax
import numpy as np
import xarray as xr
from jaxtyping import Array, Float

from jamming.checks.errors import BadInput
from jamming.data.names import pixels
from jamming.data.unprepared import unprepared
from jamming.images.estimators import log_average, relative_stability
from jamming.images.fields import displacement, window
from jamming.images.stability import perturbed
from jamming.objectives.predictor import predictor
from jamming.training.build import predictor_at
from jamming.training.spec import Job
from sweeps.engine.gather import gathered
from sweeps.shared.alpha_grid import Config

DELTA, CUT, IMAGES = 1.0, 3, 500
SEED = 0  # of deformations and noise


def observed(config: Config, outputs: Mapping[str, Any]) -> xr.Dataset:
    """`config.observe` in each cell: its log-average over seeds, and the relative error of that.

    `observable`, `observable_se` (h, alpha_tilde) are of F, `observable_start` and
    `observable_start_se` (h) of f0. NaN where there is no run, or nothing responds to the noise.
    `outputs` maps the key of a job that is there to its arrays. Raises BadInput if these are
    without weights, and as `images`.
    """
    with jax.enable_x64(config.job.precision == "float64"):
        return _observed(config, outputs)


def _observed(config: Config, outputs: Mapping[str, Any]) -> xr.Dataset:
    name, x = str(config.observe), images(config.job)

    def of_runs(jobs: Iterable[Job]) -> Iterable[float]:
        for job in jobs:
            if (arrays := outputs.get(job.key)) is None:
                continue
            if arrays.get("w") is None:
                raise BadInput(
                    "the runs here were made without their weights, which observables need: give"
                    " --out another folder"
                )
            yield _observable(name, *predictor_at(job, x[0], np.asarray(arrays["w"])), x)

    def of_starts(jobs: Iterable[Job]) -> Iterable[float]:
        for job in jobs:
            of, v = predictor_at(job, x[0], None)
            plain = predictor(job.network(), of.weights(v), None)
            yield _observable(name, plain, plain.start(), x)

    cells = {
        (h, a): _averaged("observable", of_runs(config.jobs(h, a)))
        for h in config.h
        for a in config.alpha_tilde
    }
    first = config.alpha_tilde[0]
    starts = {
        (h,): _averaged("observable_start", of_starts(config.jobs(h, first))) for h in config.h
    }
    axes = {"h": config.h, "alpha_tilde": config.alpha_tilde}
    found = xr.merge([gathered(cells, axes), gathered(starts, {"h": config.h})])
    return found.assign_attrs(observe=name, delta=_delta(config.job.dataset), cut=CUT)


def images(job: Job) -> list[Float[np.ndarray, "n *d"]]:
    """The same test images clean, deformed and with noise, as inputs of the job's network.

    Raises BadInput if its data are no images, or there are fewer than two.
    """
    if job.label:
        raise BadInput("observables of own data are not known: their images have no name")
    few = min(IMAGES, job.test_points)
    x = _images(job.dataset, job.P, job.data_seed, few)
    return [each.reshape(len(each), -1) for each in x] if job.architecture == "fc" else list(x)


@functools.lru_cache(maxsize=4)
def _images(dataset: str, P: int, seed: int, n: int) -> tuple[np.ndarray, ...]:
    of = unprepared(dataset, P, n, seed=seed)
    if len(of.images) < 2:
        raise BadInput("observables compare test images: give two --test-points at least")
    three = perturbed(of.images, jax.random.key(SEED), delta=_delta(dataset), c=CUT)[:3]
    return tuple(of.inputs(np.asarray(x)) for x in three)


def _delta(dataset: str) -> float:
    """In pixels: `DELTA`, or half-way through the window of small images."""
    n = pixels(dataset)[:2]
    least, most = (displacement(T, n, CUT) for T in window(n, CUT))
    return DELTA if most >= DELTA else round((least + most) / 2, 2)


def _observable(name: str, of: Any, v: Any, x: list[np.ndarray]) -> float:
    """NaN where the weights are not finite, or the outputs a constant, as of dead neurons."""
    if not all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(v)):
        return np.nan
    F = [_outputs(of, v, each) for each in x]
    try:
        return float(getattr(relative_stability(*F, samples=1), name[0]).value)
    except BadInput:
        return np.nan


@jax.jit
def _outputs(of: Any, v: Any, x: Array) -> Array:
    return of(v, x)


def _averaged(name: str, values: Iterable[float]) -> dict[str, float]:
    known = [value for value in values if value > 0]
    value, error = log_average(known) if known else (np.nan, np.nan)
    return {name: value, f"{name}_se": error}
