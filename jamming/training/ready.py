"""What would be refused when runs begin, or after them, is refused before anything is made."""

from collections.abc import Sequence

from jamming.checks.errors import BadInput
from jamming.data import Dataset
from jamming.models.padding import shapes
from jamming.training.costs import affordable
from jamming.training.spec import Job


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
