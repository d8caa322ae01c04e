"""A data set of which a test may change the files."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A prepared `mnist` of 5 + 2 examples whose decoding is faked, and counted."""
    root = tmp_path / "tfds"
    folder = root / "mnist" / "3.0.1"
    folder.mkdir(parents=True)
    state = SimpleNamespace(root=root, folder=folder, cache=tmp_path / "cache", decoded=0)

    def describe(train: int, test: int) -> None:
        splits = f'{{"name": "train", "shardLengths": ["{train}"]}}, '
        splits += f'{{"name": "test", "shardLengths": ["{test}"]}}'
        (folder / "dataset_info.json").write_text(f'{{"splits": [{splits}]}}')

    class Source(list[dict[str, Any]]):
        def __getitems__(self, keys: range) -> list[dict[str, Any]]:
            return [self[i] for i in keys]

    class Builder:
        def as_data_source(self, split: str) -> Source:
            state.decoded += 1
            start = {"train": 0, "test": 100}[split]
            return Source(
                {"image": np.full((2, 2, 1), start + i, np.uint8), "label": i % 3}
                for i in range(50)
            )

    describe(5, 2)
    state.describe = describe
    fake = SimpleNamespace(builder_from_directory=lambda _: Builder())
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", fake)
    monkeypatch.setenv("TFDS_DATA_DIR", str(root))
    monkeypatch.setenv("JAMMING_CACHE", str(state.cache))
    return state
