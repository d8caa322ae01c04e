"""Working off a list of `ImageJob`: networks of images, each stored as it ends."""

from collections.abc import Callable, Sequence
from typing import Any

from jamming.checks.errors import BadInput
from jamming.execution.compute import Claim, End, compute
from jamming.training.classify import train_images
from jamming.training.image_run import ImageRun, Variables
from jamming.training.images import ImageJob
from sweeps.engine.checkpoints import EVERY, Running
from sweeps.engine.measure import entry
from sweeps.engine.progress import Counted
from sweeps.engine.store import Store


def classify(
    jobs: Sequence[ImageJob],
    store: Store,
    *,
    data: Any = None,
    net: Any = None,
    start: Callable[[ImageJob], Variables] | None = None,
    weights: bool = True,
    every: float = EVERY,
) -> list[ImageRun]:
    """Train what the store lacks, side by side; the runs of all jobs, in their order.

    `data`, `net`, `start` and `weights` are those of `train_images`. Running jobs have checkpoints,
    `every` so many seconds, and resume; jobs that another process runs are not run here: this one
    waits for them. Raises BadInput from the jobs or the store.
    """
    leases = Running(store, every)

    def run(some: Sequence[ImageJob], claim: Claim[ImageJob], store_end: End[ImageJob]) -> None:
        total = None if data is not None else sum(job.ticks() for job in some)
        with Counted(f"{len(some)} networks", total, "steps") as bar:

            def end(job: ImageJob, run: ImageRun) -> None:
                store_end(job, entry(job, run.to_dict(), run.arrays()))

            train_images(
                some,
                data=data,
                net=net,
                start=start,
                on_end=end,
                on_progress=bar.update,
                checkpoints=leases,
                claim=claim,
                weights=weights,
            )

    def read(job: ImageJob) -> ImageRun:
        return load_image_run(store, job)

    compute(jobs, store, run, read=read, leases=leases)
    return [read(job) for job in jobs]


def load_image_run(store: Store, job: ImageJob) -> ImageRun:
    """The stored run of a job.

    Raises BadInput if it is damaged, or of another version, KeyError if there is none.
    """
    fields = store[job.key]["trajectory"]
    try:
        return ImageRun.from_dict(fields | store.arrays(job.key))
    except (TypeError, BadInput) as error:
        raise store.damaged(job.key, "is damaged, or was made by another version") from error
