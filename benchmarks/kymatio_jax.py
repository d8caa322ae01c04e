"""Scattering by Kymatio under jax.jit; `benchmarks.scattering` asks it.

Run in an environment of its own, since Kymatio 0.3 needs a SciPy below 1.17, as a process that
stays: it reads a case, a line of JSON, and answers with another one.
"""

import json
import sys
import time
from typing import Any

import jax
import numpy as np
from kymatio.jax import Scattering2D

KNOWN: dict[tuple[int, ...], Any] = {}


def answer(case: dict[str, Any]) -> dict[str, Any]:
    """Seconds of the fastest of some calls, of compiling, and coefficients where asked for."""
    n, J, L, batch = (case[name] for name in ("n", "J", "L", "batch"))
    x = np.random.default_rng(0).standard_normal((batch, n, n), dtype=np.float32)
    first = time.perf_counter()
    if (n, J, L) not in KNOWN:
        scattering = Scattering2D(J, (n, n), L=L)
        KNOWN[n, J, L] = jax.jit(scattering.scattering)
    f = KNOWN[n, J, L]
    f(x).block_until_ready()
    compiling = time.perf_counter() - first
    seconds: list[float] = []
    while sum(seconds) < case["seconds"] or len(seconds) < 3:
        begin = time.perf_counter()
        f(x).block_until_ready()
        seconds.append(time.perf_counter() - begin)
    found = {"seconds": min(seconds), "compiling": compiling}
    return found | ({"S": np.asarray(f(x[:2])).tolist()} if case["show"] else {})


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
