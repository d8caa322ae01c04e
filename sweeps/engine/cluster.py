"""Machines beyond this one: a dask.distributed scheduler, or SLURM through dask-jobqueue."""

import contextlib
import logging
from asyncio import CancelledError
from collections.abc import Iterator
from typing import Any

from jamming.checks.errors import BadInput

WAIT = 4  # seconds for a scheduler to answer; of one that does not, dask takes a little more


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
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise BadInput(f"no dask scheduler at '{scheduler}': {said}") from error
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
