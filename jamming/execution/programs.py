"""Compiled programs are forgotten before a process has too many of them.

Each program that JAX compiles for a CPU takes some memory maps, of which Linux gives a process
65,530 unless told otherwise. Thousands of programs, as sweeps over many sizes need them, use those
up: the compiler then says "cannot allocate memory", and the process ends without a word.
"""

import gc
from pathlib import Path

import jax

MOST_MAPS = 15_000
_MAPS = Path("/proc/self/maps")


def memory_maps() -> int:
    """How many memory maps this process has; 0 where there is no way to know."""
    return len(_MAPS.read_bytes().splitlines()) if _MAPS.exists() else 0


def clear_programs(most: int = MOST_MAPS) -> bool:
    """Forget all compiled programs if there are more memory maps than `most`; whether it did.

    What is needed again is compiled again. Programs that other threads are running end as they
    would.
    """
    if memory_maps() <= most:
        return False
    jax.clear_caches()
    gc.collect()
    return True
