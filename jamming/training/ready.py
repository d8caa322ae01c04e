"""What would be refused when runs begin, or after them, is refused before anything is made.

The memory that runs take is known from their jobs alone.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from jamming.checks.errors import BadInput
from jamming.data import Dataset, invariant, names, own_files
from jamming.data.own import Points
from jamming.dynamics.deflation import DIRECTIONS
from jamming.execution import memory, threads, vmapped
from jamming.kernels import empirical
from jamming.models.padding import shapes
from jamming.models.residual import WideResNet
from jamming.training.spec import Job

# of the weights: the initial ones, the present ones, and their gradient; what a stepper holds of
# their size (two moments of adam, two stages, the end of a step and a direction of the flow); and
# the next of them while it is made
COPIES = 8
OUTPUTS = 2  # of the outputs of each layer, for the gradient: they, and their changes
MOST_IMAGES = 120_000  # no data set of images has more
DOUBLE = 8
HESSIANS = 16e9  # bytes that dense Hessians may take, as of `split`


def inputs(job: Job) -> tuple[int, ...] | None:
    """The shape of one input, None where the name does not say it: user-supplied data."""
    if names.own_file(job.dataset):
        return own_points(job).pool.x.shape[1:]
    try:
        spec = names.parse_name(job.dataset)
    except BadInput:
        return None
    if spec.pca is not None:
        return (spec.pca,)
    if spec.base in names.IMAGES:
        shape = names.pixels(job.dataset)
        return shape if job.architecture != "fc" else (math.prod(shape),)
    return (job.widths[0] if spec.d is None else spec.d,)


def own_points(job: Job) -> Points:
    """The points of the file that a job names."""
    options: dict[str, Any] = {"images": job.architecture != "fc"}
    options |= {name: getattr(job, name) for name in ("positive", "whiten", "multiclass")}
    return own_files.of_file(job.dataset, **options)


def sizes(net: Any, shape: tuple[int, ...]) -> tuple[int, int]:
    """(weights, outputs of all layers for one input) of a network for inputs of that shape."""
    weights = outputs = 0
    image = shape[:2] if len(shape) == 3 else ()
    layers = net.layers(shape[-1])
    if isinstance(net, WideResNet):  # without shortcuts
        stem, blocks, readout = layers
        layers = stem, *[each for block in blocks for each in block[:2]], readout
    for layer in layers:
        weights += math.prod(layer.shape) + layer.shape[-1]
        if len(layer.shape) == 2:
            image = ()
        image = tuple(
            (side + 2 * layer.padding - layer.shape[0]) // layer.stride + 1 for side in image
        )
        outputs += math.prod(image) * layer.shape[-1]
    return weights, outputs


def of_job(job: Job) -> dict[str, int]:
    """Bytes of one run by what they hold; nothing where the name of the data does not say d."""
    shape = inputs(job)
    if shape is None:
        return {}
    if names.own_file(job.dataset):
        there = max(0, len(own_points(job).pool.x) - job.P)
    else:
        base = names.parse_name(job.dataset).base
        there = {"random": job.P}.get(base, invariant.TEST_POINTS)
        there = MOST_IMAGES if base in names.IMAGES else there
    n, points = job.dtype.itemsize, job.P + min(job.test_points, there)
    weights, outputs = sizes(job.network(), shape)
    frozen, c = job.model_kind != "network", job.network().c
    pairs = 1 if job.model_kind == "kernel_infinite" else c**2  # of outputs
    one = 2 * job.kernel_points**2 * n
    stiff = DIRECTIONS if job.dynamics == "flow" else 0  # of the size of the weights
    return {
        "the points": points * math.prod(shape) * (DOUBLE + n),
        "the weights": (1 if frozen else COPIES + stiff) * weights * n,
        "the outputs of the layers": 0 if frozen else OUTPUTS * (job.batch or job.P) * outputs * n,
        "the kernels": job.P * points * pairs * n if frozen else 0,
        "a kernel": one if c == 1 else min(one * c**2, empirical.memory()),
    }


# what to lower where that is not P
LOWER = {"the weights": "h", "the outputs of the layers": "P or h", "a kernel": "kernel_points"}


def affordable(jobs: Iterable[Job], lower: str = "") -> None:
    """Refuse runs that cannot fit in memory, as many of the largest as run at a time.

    `lower` names what to lower, by default the number behind the largest part.
    """
    kinds: dict[Any, list[Job]] = {}
    for job in jobs:
        of = job.dataset, job.P, job.test_points, job.kernel_points, job.widths
        kinds.setdefault((*of, job.model_kind, job.architecture, job.precision), []).append(job)
    known = [(parts, some) for some in kinds.values() if (parts := of_job(some[0]))]
    if not known:
        return
    parts, some = max(known, key=lambda one: sum(one[0].values()))
    job, side_by_side = some[0], 1 if vmapped.vmaps() else min(len(some), threads.cores())
    largest = max(parts, key=lambda name: parts[name])
    said = f"P = {job.P}, h = {max(job.widths)}, L = {job.L}"
    also = f", {side_by_side} at a time" if side_by_side > 1 else ""
    memory.fits(
        f"a run of {said}{also}, most of it for {largest},",
        side_by_side * sum(parts.values()),
        lower or LOWER.get(largest, "P"),
        memory.of_device(),
    )


def hessian(job: Job, lower: str) -> None:
    """Refuse now the Hessians that `jamming.observables.hessian.split` would refuse.

    They take three matrices N x N and the Jacobian P x N.
    """
    shape = inputs(job)
    if shape is not None:
        N, _ = sizes(job.network(), shape)
        needed = DOUBLE * N * (3 * N + job.P)
        memory.fits(f"Hessians of {N} parameters", needed, lower, min(HESSIANS, memory.memory()))


def ready(jobs: Sequence[Job], *, lower: str = "", here: bool = True, points: int = 0) -> Dataset:
    """Check `jobs`, the extremes of what is to be run on data by name; the data of the last one.

    Their memory first (that of this machine, unless they do not run `here`), then their data, of
    which a kernel is measured on one test point at least, and on `points` where so many are wanted.
    Raises BadInput if they do not fit in memory, data are missing or too few, or images are too
    small for the filters.
    """
    if here:
        affordable(jobs, lower)
    seen: dict[tuple[object, ...], Dataset] = {}
    for job in jobs:
        of = job.dataset, job.P, job.data_seed, job.test_points, job.widths[0]
        data = seen[of] = seen[of] if of in seen else job.data()
        shapes(job.network(), data.x_train[:1])
        there, needed = len(data.x_test), max(points, min(1, job.kernel_points))
        if there < needed:
            raise BadInput(
                f"{there} test points are left, fewer than the {needed} of the kernel: lower"
                " kernel_points or P, or raise test_points"
            )
    return data
