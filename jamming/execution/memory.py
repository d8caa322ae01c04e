"""How much memory there is, one line for what cannot fit in it, and too many compiled programs.

Each program that JAX compiles for a CPU takes some memory maps, of which Linux gives a process
65,530 unless told otherwise. Thousands of programs, as sweeps over many sizes need them, use those
up: the compiler then says "cannot allocate memory", and the process ends without a word. So they
are forgotten before.
"""

import gc
import math
import os
import resource
from contextlib import suppress
from pathlib import Path

import jax

from jamming.checks.errors import BadInput

# where Linux says what a container may use
LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
MOST_MAPS = 15_000
_MAPS = Path("/proc/self/maps")


def memory() -> int:
    """Bytes of this machine, or of the container or the limit that this process is in."""
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)  # of `ulimit -v`
    found += [limit] if limit != resource.RLIM_INFINITY else []
    for path in map(Path, LIMITS):
        with suppress(OSError, ValueError):  # there is no such file, or it says "max"
            found.append(int(path.read_text()))
    return min(found)


def of_device() -> int:
    """Bytes of an accelerator, or else of the machine."""
    known = jax.local_devices()[0].memory_stats() or {}  # None on a CPU
    return int(known.get("bytes_limit", 0)) or memory()


def fits(what: str, needed: int | float, lower: str, most: int | float | None = None) -> None:
    """Refuse `what` needs more than `most` bytes (of this machine), with the numbers to `lower`."""
    most = memory() if most is None else most
    if needed > most:
        raise BadInput(
            f"{what} would take some {said(needed)} of memory, and there are {said(most)}:"
            f" lower {lower}"
        )


def said(size: int | float) -> str:
    """Bytes, for people: '24 GiB'."""
    units = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
    k = min(len(units) - 1, max(0, int(math.log2(max(size, 1)) / 10)))
    return f"{size / 1024**k:.3g} {units[k]}"


def memory_maps() -> int:
    """How many memory maps this process has; 0 where there is no way to know."""
    return len(_MAPS.read_bytes().splitlines()) if _MAPS.exists() else 0


def clear_programs(most: int = MOST_MAPS) -> bool:
    """Forget all compiled programs if there are more memory maps than `most`; whether it did.

    What is needed again is compiled again; programs that other threads run end as they would.
    """
    if memory_maps() <= most:
        return False
    jax.clear_caches()
    gc.collect()
    return True
