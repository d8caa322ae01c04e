"""What is measured, one spec at a time, rather than trained: kernels, spectra, scales."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from jamming.execution.compute import Claim, End, Item, compute
from sweeps.engine.checkpoints import Running
from sweeps.engine.store import Store, lacks

Numbers = Mapping[str, Any]
Arrays = Mapping[str, np.ndarray]


def measure(
    specs: Sequence[Item],
    store: Store,
    of: Callable[[Item], tuple[Numbers, Arrays]],
    *,
    unit: str = "runs",
) -> None:
    """Numbers, JSON-ready, and arrays `of` each spec that the store lacks, kept as they are there.

    Processes that share the store share the work.

    Raises:
        BadInput: from `of` or the store.
    """

    def run(some: Sequence[Item], claim: Claim[Item], end: End[Item]) -> None:
        for spec in tqdm(some, desc="measured", unit=f" {unit}", disable=None):
            if claim(spec):
                numbers, arrays = of(spec)
                end(spec, entry(spec, numbers, arrays))

    def lacking(spec: Item) -> bool:
        return lacks(store, spec.key)

    compute(specs, store, run, lacks=lacking, leases=Running(store))


def entry(spec: Any, numbers: Numbers, arrays: Arrays | None = None) -> dict[str, Any]:
    """What a store keeps of a spec: its fields, and what it came to."""
    found = {"job": dataclasses.asdict(spec), "trajectory": dict(numbers)}
    return found | {"arrays": dict(arrays)} if arrays else found
