"""What is measured, one spec at a time, rather than trained: kernels, spectra, scales."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any, TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from jamming.execution.compute import Claim, End, Item, compute
from sweeps.engine.checkpoints import Running
from sweeps.engine.progress import Counted
from sweeps.engine.store import Store

Numbers = Mapping[str, Any]
Arrays = Mapping[str, np.ndarray]
Found = TypeVar("Found")


def measure(
    specs: Sequence[Item],
    store: Store,
    of: Callable[[Item], tuple[Numbers, Arrays]],
    *,
    unit: str = "runs",
    threads: int = 1,
) -> None:
    """Store numbers, JSON-ready, and arrays `of` each spec that the store lacks.

    Processes that share the store share the work. Of several threads, each has one of BLAS. Raises
    BadInput from `of` or the store.
    """

    def run(some: Sequence[Item], claim: Claim[Item], end: End[Item]) -> None:
        each = _parallel(some, lambda spec: of(spec) if claim(spec) else None, threads)
        with Counted("measured", len(some), unit) as bar:
            for spec, found in each:
                if found is not None:
                    end(spec, entry(spec, *found))
                bar.update()

    compute(specs, store, run, read=lambda spec: store.arrays(spec.key), leases=Running(store))


def _parallel(
    some: Sequence[Item], of: Callable[[Item], Found], threads: int
) -> Iterator[tuple[Item, Found]]:
    if threads == 1:
        yield from ((spec, of(spec)) for spec in some)
        return
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        ends = {pool.submit(of, spec): spec for spec in some}
        try:
            for future in as_completed(ends):
                yield ends[future], future.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def entry(spec: Any, numbers: Numbers, arrays: Arrays | None = None) -> dict[str, Any]:
    """What is stored of a spec: its fields, and the outcome."""
    found = {"job": dataclasses.asdict(spec), "trajectory": dict(numbers)}
    return found | {"arrays": dict(arrays)} if arrays else found
