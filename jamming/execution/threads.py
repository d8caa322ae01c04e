"""How many threads share one computation: never one alone, so that one core gives the bits of two.

The number of threads sets the order in which a sum is added up, and so its last bits. XLA's
programs on a CPU use the pool that JAX makes with its first array: of as many threads as the
environment variable NPROC says, else as there are cores (never fewer than `jax_num_cpu_devices`).
No option of a program changes that, and with one thread trajectories that run side by side would
wait for each other. NumPy and SciPy, whose decompositions XLA calls too, use the threads of BLAS.

So `import jamming` sets NPROC where nobody has, to the number of cores but at least 2, and
`requested_blas_threads` has BLAS do the same. Two threads on one core cost little; an equal NPROC
gives equal bits on however many cores.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from jamming.checks.errors import BadInput

LEAST = 2  # threads of one core

_lock = threading.Lock()
_within = 0  # how many blocks of `requested_blas_threads` are open
_limits = ExitStack()


def cores() -> int:
    """CPU cores that this process may use."""
    affinity: Any = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def settle() -> None:
    """Two threads a computation, or one a core if those are more, unless NPROC is set."""
    if not os.environ.get("NPROC"):
        os.environ["NPROC"] = str(max(LEAST, cores()))


def requested_threads() -> int:
    """The number of threads that NPROC says."""
    said = os.environ.get("NPROC", "")
    if not said.isdecimal() or int(said) < 1:
        raise BadInput(
            f"NPROC={said} says how many threads share one computation: set it to 1 or more"
        )
    return int(said)


@contextmanager
def requested_blas_threads() -> Iterator[None]:
    """Within it, BLAS uses `requested_threads` threads, in all threads of this process."""
    global _within
    with _lock:
        if _within == 0:
            import scipy.linalg  # noqa: F401  # whose BLAS has to be there: it is XLA's as well
            from threadpoolctl import threadpool_limits

            _limits.enter_context(threadpool_limits(requested_threads(), user_api="blas"))
        _within += 1
    try:
        yield
    finally:
        with _lock:
            _within -= 1
            if _within == 0:
                _limits.close()


@cache
def program_threads() -> int | None:
    """The threads of XLA's programs on this CPU, once JAX has made its pool; None where unknown."""
    tasks = Path("/proc/self/task").glob("*/comm")
    return sum(task.read_text().startswith("tf_XLAEigen") for task in tasks) or None


@cache
def processor() -> str:
    """The name of this CPU, and which of that name, as clouds have several; or 'unknown'."""
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    pairs = (line.partition(":") for line in lines)
    facts = {key.strip(): value.strip() for key, _, value in pairs}
    numbers = (f"{key} {facts[key]}" for key in ("cpu family", "model", "stepping") if key in facts)
    return ", ".join([facts.get("model name", "unknown"), *numbers])
