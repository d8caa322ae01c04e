"""Working off a list of jobs, here or on a dask cluster, each trajectory stored as it ends.

The cluster is a dask.distributed scheduler, or SLURM through dask-jobqueue.
"""

import contextlib
import dataclasses
import logging
import random
from asyncio import CancelledError
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypedDict

from jamming.checks.errors import BadInput, described
from jamming.data import Dataset
from jamming.data.dataset import cut
from jamming.data.own import Points, points
from jamming.execution.compute import Claim, End, compute, lacks
from jamming.execution.tasks import IdleTime
from jamming.objectives.predictor import Network
from jamming.training.build import network_of, program
from jamming.training.spec import Job
from jamming.training.train import Observe, train
from jamming.training.trajectory import Trajectory, of_job
from sweeps.engine.checkpoints import Running
from sweeps.engine.measure import entry
from sweeps.engine.progress import Work
from sweeps.engine.store import Store
from sweeps.engine.store.provenance import kind_of

BATCH = 8  # jobs that travel together: enough to share a compiled program, few enough to lose
RETRIES = 5  # how often a batch may lose its worker before it is taken to be its fault
WAIT = 4  # seconds for a scheduler to answer; of one that does not, dask takes a little more


class How(TypedDict, total=False):
    """What shows the progress of a sweep, by default on stderr, and its workers, as `execute`."""

    progress: Work | None
    client: Any


@dataclasses.dataclass(frozen=True)
class UserSupplied:
    """A user-supplied network and data in place of those that a job names.

    `network(job)` is of width ``job.widths[0]``; `x` [n, ...] and labels `y` [n] are as
    `jamming.from_arrays` takes them, by `positive` of the job, or as classes under its loss.
    """

    network: Callable[[Job], Network] | None = None
    x: Any = None
    y: Any = None
    duplicates: str = "refuse"
    # what was made of them, once for all jobs
    _points: dict[Any, Points] = dataclasses.field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if (self.x is None) != (self.y is None):
            raise BadInput("own data are inputs x and labels y: give both, or neither")

    def data(self, job: Job) -> Dataset:
        if self.x is None:
            return job.data()
        how = job.positive, job.multiclass
        if how not in self._points:
            options = {"positive": job.positive, "multiclass": job.multiclass}
            self._points[how] = points(self.x, self.y, **options, duplicates=self.duplicates)
        whole = cut(self._points[how], job.P, seed=job.data_seed, name=job.label)
        few = slice(job.test_points)
        return dataclasses.replace(whole, x_test=whole.x_test[few], y_test=whole.y_test[few])


def load_run(store: Store, job: Job, *, arrays: bool = True) -> Trajectory:
    """The stored trajectory of a job; without `arrays`, numbers and snapshots alone.

    Raises BadInput if it is damaged, or of another version, KeyError if there is none.
    """
    fields = _whole(store, job.key)["trajectory"]
    outputs = store.arrays(job.key) if arrays else {}
    if arrays and "F_test" not in outputs:
        raise store.damaged(job.key, "names no outputs")
    return Trajectory.from_dict(fields | outputs)


def entries(store: Store) -> Iterator[Mapping[str, Any]]:
    """All entries of a store of jobs; raises BadInput if one of them is damaged, or no job."""
    return (_whole(store, key) for key in store)


def sound(store: Store) -> Iterator[Mapping[str, Any]]:
    """Those that are not damaged; a sweep has run its own damaged ones again before."""
    return store.sound(lambda key: _whole(store, key))


def _whole(store: Store, key: str) -> Mapping[str, Any]:
    entry: dict[str, Any] = store[key]
    try:
        if kind_of(entry["job"]) is not Job:
            raise TypeError("no job")
        Trajectory.from_dict(entry["trajectory"])
        of_job(entry["job"], entry["trajectory"])
    except (KeyError, TypeError, AttributeError) as error:
        raise store.damaged(key, "was made by another version") from error
    except BadInput as error:
        raise store.damaged(key, f"is damaged ({error})") from error
    return entry


def execute(
    jobs: Sequence[Job],
    store: Store,
    progress: Work | None = None,
    *,
    own: UserSupplied | None = None,
    client: Any = None,
    lanes: int | None = None,
    idle: IdleTime | None = None,
    weights: bool = False,
    observe: Observe | None = None,
) -> None:
    """Run the jobs that the store lacks, and store each trajectory under its key as it ends.

    `client` is a dask.distributed Client; without one the jobs run here, where `lanes` and `idle`
    are those of `jamming.execution.pool.work`. `own` replaces the networks and data of the jobs.
    With `weights`, the final weights are stored too; with `observe`, what it measures at each
    snapshot (`jamming.training.train`). Running jobs have checkpoints, and jobs that another
    process runs are not run here: this process waits for their results. Raises BadInput if a job,
    its data or the store is unusable, or the workers of a batch died repeatedly.
    """
    own, progress, running = own or UserSupplied(), progress or Work(), Running(store)

    def run(some: Sequence[Job], claim: Claim[Job], store_end: End[Job]) -> None:
        def end(job: Job, trajectory: Trajectory) -> None:
            store_end(job, entry(job, trajectory.to_dict(), trajectory.arrays()))
            progress.ended(job, trajectory)

        def begins(job: Job) -> bool:
            if mine := claim(job):
                progress.started(job)
            return mine

        if client is not None:
            mine = list(filter(claim, some))
            for job, trajectory in _on_cluster(mine, client, own, weights, observe):
                progress.ticks(trajectory.ticks)
                end(job, trajectory)
            return
        train(
            some,
            data=Job.data if _named(own) else own.data,
            net=own.network,
            on_end=end,
            on_progress=progress.ticks,
            lanes=lanes,
            idle=idle,
            weights=weights,
            observe=observe,
            checkpoints=running,
            claim=begins,
        )

    def read(job: Job) -> Trajectory:
        return load_run(store, job)

    for job in compute(jobs, store, run, read=read, leases=running, begin=progress.begin):
        progress.ended(job, load_run(store, job, arrays=False))


def lacking(store: Store, job: Job) -> bool:
    """Whether a job is missing from the store, or damaged there, which is then said."""
    return lacks(store, job.key, lambda: load_run(store, job))


def _on_cluster(
    jobs: Sequence[Job], client: Any, own: UserSupplied, weights: bool, observe: Observe | None
) -> Iterator[tuple[Job, Trajectory]]:
    """Send batches of one program each to the workers; their trajectories, in any order.

    A batch whose worker died goes to another one; batches are pure. Like the tasks of
    `jamming.execution.tasks.Queue` they come in random order.
    """
    from dask.distributed import KilledWorker, as_completed

    groups: dict[Any, list[Job]] = {}
    for job in (at_random := random.Random(0)).sample(jobs, len(jobs)):
        groups.setdefault(program(job, network_of(job, own.network)), []).append(job)
    batches = [
        group[i : i + BATCH] for group in groups.values() for i in range(0, len(group), BATCH)
    ]
    plain = _named(own) and own.network is None
    shared = own if plain else client.scatter(own, broadcast=True)
    futures = {
        client.submit(_batch, batch, shared, weights, observe, pure=False, retries=RETRIES): batch
        for batch in at_random.sample(batches, len(batches))
    }
    for future in as_completed(list(futures)):
        batch = futures.pop(future)
        try:
            found = future.result()
        except KilledWorker as error:
            said = f"a worker died each time it ran {len(batch)} jobs of h = {batch[0].widths[0]}"
            raise BadInput(f"{said}: give the workers more memory") from error
        yield from zip(batch, found, strict=True)


def _named(own: UserSupplied) -> bool:
    """Whether the data are those that the jobs name."""
    return type(own) is UserSupplied and own.x is None


def _batch(
    jobs: list[Job], own: UserSupplied, weights: bool, observe: Observe | None
) -> list[Trajectory]:
    import jax

    jax.config.update("jax_enable_x64", jobs[0].precision == "float64")
    return train(jobs, data=own.data, net=own.network, workers=1, weights=weights, observe=observe)


@contextlib.contextmanager
def cluster(scheduler: str | None, workers: int = 4) -> Iterator[Any]:
    """A Client of the scheduler at an address, or of `workers` SLURM jobs; None for this machine.

    SLURM jobs are described in dask-jobqueue's own configuration (`jobqueue.slurm`: cores, memory,
    queue, walltime). Raises BadInput if dask is not installed, there is no scheduler at the
    address, SLURM refuses, or the scheduler goes while it is used.
    """
    if scheduler is None:
        yield None
        return
    try:
        from dask.distributed import Client
    except ImportError as error:
        raise BadInput("a scheduler needs dask: pip install 'jamming[cluster]'") from error
    with contextlib.ExitStack() as stack:
        try:
            if scheduler == "slurm":
                from dask_jobqueue import SLURMCluster

                slurm = stack.enter_context(SLURMCluster())
                slurm.scale(jobs=workers)
                scheduler = slurm.scheduler_address
            client = stack.enter_context(Client(scheduler, timeout=WAIT))
        except ImportError as error:
            raise BadInput("slurm needs dask-jobqueue: pip install 'jamming[cluster]'") from error
        except (OSError, TimeoutError, ValueError) as error:
            raise BadInput(f"no dask scheduler at '{scheduler}': {described(error)}") from error
        except MemoryError as error:  # another server's answer, read as a length
            raise BadInput(f"what answers at '{scheduler}' is no dask scheduler") from error
        for name in [name for name in logging.root.manager.loggerDict if "distributed" in name]:
            logging.getLogger(name).setLevel(logging.CRITICAL)  # it says in pages what we say below
        try:
            yield client
        except (Exception, CancelledError) as error:
            if isinstance(error, BadInput) or client.status == "running":
                raise
            raise BadInput(
                f"the dask scheduler at '{scheduler}' has gone; what had ended is kept: start it"
                " again, and the same command goes on there"
            ) from error
